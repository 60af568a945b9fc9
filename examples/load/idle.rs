//! Many visitors who only watch.

use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::crowd::Crowd;
use crate::spread::{Spread, micros_each, millis, rounded};
use crate::target::TargetArguments;
use crate::{Outcome, VISITORS_MAX};

/// How long everything is left alone before the memory is read.
const REST: Duration = Duration::from_secs(10);
/// How many frames of 16 KB are on their way at once.
const AT_ONCE: usize = 64;

/// Who comes, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How many visitors connect and stay
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MAX))]
    visitors: u32,
    /// How many of them connect in a second
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_second: u32,
    /// How long they stay while nothing but pings happens, in seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    hold_s: u64,
    /// Then each sends a frame of 16 KB, and the memory is read again
    #[arg(long)]
    big: bool,
    /// Then all are cut off, and the memory is read again
    #[arg(long)]
    leave: bool,
}

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    run: &'static str,
    visitors: usize,
    refused: usize,
    accounts: usize,
    /// Of the server: in all its life before, and by a visitor.
    memory_before_bytes: u64,
    memory_bytes: u64,
    bytes_each: u64,
    cpu_us_per_connect: f64,
    connect: Option<Spread>,
    /// The share of a core that the server worked while nothing but pings happened.
    held_s: f64,
    idle_cpu_percent: f64,
    still_there: usize,
    memory_after_big_bytes: Option<u64>,
    big_ms: Option<f64>,
    memory_after_leaving_bytes: Option<u64>,
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments) -> Outcome<Report> {
    let target = arguments.target.find().await?;
    let process = target.process()?;
    let (memory_before_bytes, before) = (process.memory()?, process.worked()?);
    let crowd = Crowd::gather(&target, arguments.visitors as usize, Some(arguments.per_second), &[]).await?;
    let connected = process.worked_since(before)?;
    tokio::time::sleep(REST).await;
    let (began, worked) = (Instant::now(), process.worked()?);
    tokio::time::sleep(Duration::from_secs(arguments.hold_s)).await;
    let (held, worked) = (began.elapsed(), process.worked_since(worked)?);
    let memory_bytes = process.memory()?;
    let visitors = crowd.visitors.len();
    let mut report = Report {
        run: "idle",
        visitors,
        refused: crowd.refused,
        accounts: target.keys.len().min(visitors),
        memory_before_bytes,
        memory_bytes,
        bytes_each: memory_bytes.saturating_sub(memory_before_bytes) / visitors as u64,
        cpu_us_per_connect: micros_each(connected, visitors),
        connect: Spread::of(crowd.took.clone()),
        held_s: rounded(held.as_secs_f64()),
        idle_cpu_percent: rounded(100.0 * worked.as_secs_f64() / held.as_secs_f64().max(0.001)),
        still_there: crowd.staying(),
        memory_after_big_bytes: None,
        big_ms: None,
        memory_after_leaving_bytes: None,
    };
    if arguments.big {
        let began = Instant::now();
        say_much(&crowd).await?;
        report.big_ms = Some(millis(began.elapsed()));
        tokio::time::sleep(REST).await;
        report.memory_after_big_bytes = Some(process.memory()?);
        report.still_there = crowd.staying();
    }
    if arguments.leave {
        crowd.drop_all();
        tokio::time::sleep(REST).await;
        report.memory_after_leaving_bytes = Some(process.memory()?);
    }
    Ok(report)
}

/// Each sends a frame of 16 KB that is answered.
async fn say_much(crowd: &Crowd) -> Outcome<()> {
    let frame = json!({ "type": "ping", "padding": "x".repeat(16 << 10) }).to_string();
    let before = crowd.board.pongs.get();
    for (said, visitor) in crowd.visitors.iter().enumerate() {
        visitor.mouth.say(&frame).await?;
        while said > crowd.board.pongs.get() - before + AT_ONCE {
            tokio::time::timeout(crate::PATIENCE, crowd.board.news.notified()).await?;
        }
    }
    while crowd.board.pongs.get() - before < crowd.visitors.len() {
        tokio::time::timeout(crate::PATIENCE, crowd.board.news.notified()).await?;
    }
    Ok(())
}
