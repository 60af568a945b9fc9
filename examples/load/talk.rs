//! Visitors write at a rate, and the operator answers each message.

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use crate::Outcome;
use crate::process::Process;
use crate::spread::{Spread, micros_each};
use crate::target::TargetArguments;
use crate::writers::{Ledger, Manner, Writer, read_all};

/// How long they talk before it counts.
const WARMING_UP: Duration = Duration::from_secs(2);

/// Who talks how much.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How many visitors write, in turn
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    senders: u32,
    /// How many messages they write in a second, all together
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    per_second: u32,
    /// How long it counts, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    duration_s: u64,
}

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    run: &'static str,
    senders: u32,
    per_second: u32,
    said: usize,
    answered: usize,
    refused: usize,
    /// From a visitor's frame until the operator read it, until it was acknowledged, and until the visitor read the answer.
    read: Option<Spread>,
    ack: Option<Spread>,
    there_and_back: Option<Spread>,
    /// What the server worked for a message and its answer.
    cpu_us_each: Option<f64>,
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments) -> Outcome<Report> {
    let target = arguments.target.find().await?;
    let ledger = Rc::new(Ledger::default());
    read_all(&target, target.keys.len(), &ledger, Manner::Answers).await?;
    let mut writers = Vec::new();
    for place in 0..arguments.senders as usize {
        writers.push(Writer::come(&target, place, &ledger).await?);
    }
    let mut pace = tokio::time::interval(Duration::from_secs(1) / arguments.per_second);
    let counts_from = Instant::now() + WARMING_UP;
    let ends = counts_from + Duration::from_secs(arguments.duration_s);
    let (mut turn, mut said_before, mut worked_before) = (writers.iter().cycle(), None, None);
    while let (true, Some(writer)) = (Instant::now() < ends, turn.next()) {
        pace.tick().await;
        if said_before.is_none() && Instant::now() >= counts_from {
            ledger.clear();
            said_before = Some(ledger.said());
            worked_before = target.process.map(Process::worked).transpose()?;
        }
        writer.write().await?;
    }
    let worked = match (target.process, worked_before) {
        (Some(process), Some(before)) => Some(process.worked_since(before)?),
        _ => None,
    };
    let said = ledger.said() - said_before.unwrap_or(0);
    // What is on its way arrives.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answered = ledger.answered.take();
    Ok(Report {
        run: "talk",
        senders: arguments.senders,
        per_second: arguments.per_second,
        said,
        answered: answered.len(),
        refused: ledger.refused.get(),
        read: Spread::of(ledger.read.take()),
        ack: Spread::of(ledger.acknowledged.take()),
        cpu_us_each: worked.map(|worked| micros_each(worked, answered.len())),
        there_and_back: Spread::of(answered),
    })
}
