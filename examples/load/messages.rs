//! Visitors write, at a rate or as fast as they are acknowledged.

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use tokio::task::spawn_local;

use crate::spread::{Spread, micros_each, rounded};
use crate::target::{Target, TargetArguments};
use crate::writers::{Ledger, Manner, Writer, read_all};
use crate::{Outcome, PATIENCE};

/// How long they write before it counts.
const WARMING_UP: Duration = Duration::from_secs(2);

/// A visitor whom nobody answers is heard 2,000 times: before that another one takes over.
const SAID_MAX: usize = 1_500;

/// Who writes how much.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How many visitors write, each in a conversation of their own
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    senders: u32,
    /// How many messages they write in a second, all together; 0: each writes again as soon as the last one is acknowledged
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    per_second: u32,
    /// How many accounts have their operator online, who reads everything
    #[arg(long, default_value_t = 1)]
    operators: usize,
    /// How long it counts, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    duration_s: u64,
}

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    run: &'static str,
    senders: u32,
    accounts: usize,
    operators: usize,
    asked_per_second: u32,
    acknowledged: usize,
    refused: usize,
    acknowledged_per_second: f64,
    ack: Option<Spread>,
    read_by_operators: usize,
    read: Option<Spread>,
    cpu_us_each: Option<f64>,
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments) -> Outcome<Report> {
    let target = Rc::new(arguments.target.find().await?);
    let ledger = Rc::new(Ledger::default());
    read_all(&target, arguments.operators, &ledger, Manner::Silent).await?;
    let mut writers = Vec::new();
    for place in 0..arguments.senders as usize {
        writers.push(Writer::come(&target, place, &ledger).await?);
    }
    let lasts = WARMING_UP + Duration::from_secs(arguments.duration_s);
    let began = Instant::now();
    let ends = began + lasts;
    if arguments.per_second == 0 {
        for (place, writer) in writers.into_iter().enumerate() {
            spawn_local(write_on(Rc::clone(&target), place, writer, ends));
        }
    } else {
        let rate = arguments.per_second;
        spawn_local(async move {
            let mut pace = tokio::time::interval(Duration::from_secs(1) / rate);
            let mut turn = writers.iter().cycle();
            while let (true, Some(writer)) = (Instant::now() < ends, turn.next()) {
                pace.tick().await;
                if writer.write().await.is_err() {
                    return;
                }
            }
            // They stay until everything is over.
            tokio::time::sleep(PATIENCE).await;
        });
    }
    tokio::time::sleep(WARMING_UP).await;
    ledger.clear();
    let (counted_from, worked) = (Instant::now(), target.process.map(crate::process::Process::worked).transpose()?);
    tokio::time::sleep_until(ends.into()).await;
    let (counted, worked) = (
        counted_from.elapsed(),
        match (target.process, worked) {
            (Some(process), Some(before)) => Some(process.worked_since(before)?),
            _ => None,
        },
    );
    let acknowledged = ledger.acknowledged.take();
    let read = ledger.read.take();
    Ok(Report {
        run: "messages",
        senders: arguments.senders,
        accounts: target.keys.len().min(arguments.senders as usize),
        operators: arguments.operators.min(target.keys.len()),
        asked_per_second: arguments.per_second,
        acknowledged: acknowledged.len(),
        refused: ledger.refused.get(),
        acknowledged_per_second: rounded(acknowledged.len() as f64 / counted.as_secs_f64()),
        cpu_us_each: worked.map(|worked| micros_each(worked, acknowledged.len())),
        ack: Spread::of(acknowledged),
        read_by_operators: read.len(),
        read: Spread::of(read),
    })
}

/// Writes again as soon as the last thing that was said is acknowledged.
async fn write_on(target: Rc<Target>, place: usize, mut writer: Writer, ends: Instant) -> Outcome<()> {
    for said in 1.. {
        if Instant::now() >= ends {
            break;
        }
        writer.write().await?;
        writer.settled.notified().await;
        if said % SAID_MAX == 0 {
            writer = Writer::come(&target, place, &writer.ledger).await?;
        }
    }
    Ok(())
}
