//! The chat box flips before many who watch.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_local;

use crate::crowd::Crowd;
use crate::socket::{Mouth, Socket, Then};
use crate::spread::{Spread, micros_each, millis, rounded};
use crate::target::{Target, TargetArguments};
use crate::{Outcome, VISITORS_MAX};

/// Who watches what.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How many visitors watch the box of the first account
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MAX))]
    watchers: u32,
    /// How often it flips, each time when all have heard of the last one
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    flips: u32,
    /// How often it flips without waiting, at last
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    back_to_back: u32,
}

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    run: &'static str,
    watchers: usize,
    refused: usize,
    /// From the operator's frame.
    acknowledged: Option<Spread>,
    first: Option<Spread>,
    last: Option<Spread>,
    cpu_us_per_delivery: f64,
    /// How long a visitor of another account waited for a pong meanwhile.
    others_pong: Option<Spread>,
    back_to_back: Option<BackToBack>,
}

#[derive(Debug, Serialize)]
struct BackToBack {
    flips: u32,
    /// Until everybody showed the last state.
    took_ms: f64,
    /// How often anybody was told.
    deliveries: usize,
    /// Flips a second, times watchers: what a server would have delivered that leaves none out.
    flips_times_watchers_per_second: f64,
    deliveries_per_second: f64,
    cpu_us_per_delivery: f64,
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments) -> Outcome<Report> {
    let mut target = arguments.target.find().await?;
    let process = target.process()?;
    let other = (target.keys.len() > 1).then(|| target.keys[1].clone());
    target.keys.truncate(1);
    let crowd = Crowd::gather(&target, arguments.watchers as usize, Some(2_000), &[]).await?;
    let watchers = crowd.visitors.len();
    let mut operator = target.operator(&target.keys[0], "offline").await?;
    crowd.board.all_show(false, watchers).await?;
    let pongs = Rc::new(RefCell::new(Vec::new()));
    let pinger = match other {
        Some(key) => {
            let target = Target { keys: vec![key], ..target };
            let (neighbour, pongs) = (Crowd::gather(&target, 1, Some(1), &[]).await?, Rc::clone(&pongs));
            Some(spawn_local(ping(neighbour, pongs)))
        }
        None => None,
    };
    let (mut acknowledged, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new());
    let (before, told_before) = (process.worked()?, crowd.board.told.get());
    for flip in 0..arguments.flips {
        let online = flip % 2 == 0;
        crowd.board.begin();
        let began = Instant::now();
        operator.say(&presence(online, flip)).await?;
        operator.wait_for("ack").await?;
        acknowledged.push(began.elapsed());
        crowd.board.all_show(online, watchers).await?;
        let since = |at: Option<Instant>| at.map_or(Duration::ZERO, |at| at - began);
        first.push(since(crowd.board.first_at.get()));
        last.push(since(crowd.board.last_at.get()));
    }
    let (worked, told) = (process.worked_since(before)?, crowd.board.told.get() - told_before);
    if let Some(pinger) = pinger {
        pinger.abort();
    }
    let cpu_us_per_delivery = micros_each(worked, told);
    let back_to_back = if arguments.back_to_back > 0 {
        Some(back_to_back(operator, &crowd, arguments.back_to_back, process).await?)
    } else {
        None
    };
    Ok(Report {
        run: "flip",
        watchers,
        refused: crowd.refused,
        acknowledged: Spread::of(acknowledged),
        first: Spread::of(first),
        last: Spread::of(last),
        cpu_us_per_delivery,
        others_pong: Spread::of(pongs.take()),
        back_to_back,
    })
}

fn presence(online: bool, id: u32) -> String {
    let state = if online { "online" } else { "offline" };
    json!({ "type": "presence", "id": id.to_string(), "state": state }).to_string()
}

/// A visitor of another account asks for a pong every two milliseconds.
async fn ping(neighbour: Crowd, pongs: Rc<RefCell<Vec<Duration>>>) {
    let mut pace = tokio::time::interval(Duration::from_millis(2));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let began = Instant::now();
        if neighbour.visitors[0].mouth.say(r#"{"type":"ping"}"#).await.is_err() {
            return;
        }
        neighbour.board.news.notified().await;
        pongs.borrow_mut().push(began.elapsed());
    }
}

/// Flips without waiting for anybody; ends with the box online.
async fn back_to_back(
    mut operator: Socket,
    crowd: &Crowd,
    flips: u32,
    process: crate::process::Process,
) -> Outcome<BackToBack> {
    let watchers = crowd.visitors.len();
    crowd.board.all_show(false, watchers).await?;
    let flips = flips / 2 * 2 + 1;
    let (before, told_before) = (process.worked()?, crowd.board.told.get());
    let mouth: Mouth = operator.mouth();
    // Somebody has to take in what the operator is told.
    let listener = spawn_local(async move { operator.listen(|_| Then::Listen).await.map_err(|why| why.to_string()) });
    let began = Instant::now();
    for flip in 0..flips {
        mouth.say(&presence(flip % 2 == 0, flip)).await?;
    }
    // All may show the state for a moment before the last flip: it holds when nobody is told any more.
    let mut told = 0;
    let took = loop {
        crowd.board.all_show(true, watchers).await?;
        let last_at = crowd.board.last_at.get();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if crowd.board.show(true) == watchers && crowd.board.told.get() == told {
            break last_at.map_or(Duration::ZERO, |at| at - began);
        }
        told = crowd.board.told.get();
    };
    if listener.is_finished() {
        return Err("the operator was cut off".into());
    }
    let deliveries = crowd.board.told.get() - told_before;
    let per_second = |number: f64| rounded(number / took.as_secs_f64().max(0.000_001));
    Ok(BackToBack {
        flips,
        took_ms: millis(took),
        deliveries,
        flips_times_watchers_per_second: per_second(f64::from(flips) * watchers as f64),
        deliveries_per_second: per_second(deliveries as f64),
        cpu_us_per_delivery: micros_each(process.worked_since(before)?, deliveries),
    })
}
