//! Many visitors are cut off at once, and come back at once.

use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use crate::crowd::Crowd;
use crate::spread::{Spread, micros_each, millis};
use crate::target::TargetArguments;
use crate::{Outcome, VISITORS_MAX};

/// How long everything is left alone before it is cut.
const REST: Duration = Duration::from_secs(1);
/// The same before the memory is read.
const LONG_REST: Duration = Duration::from_secs(10);

/// Who comes back.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How many visitors are cut off and come back
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MAX))]
    visitors: u32,
    /// How often
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    times: u32,
}

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    run: &'static str,
    visitors: usize,
    accounts: usize,
    refused: usize,
    /// Until all were welcome again, each time in order of length.
    all_back_ms: Vec<f64>,
    back: Option<Spread>,
    /// What the server worked for each, their going included.
    cpu_us_each: f64,
    /// Before the first storm and some time after the last.
    memory_before_bytes: u64,
    memory_after_bytes: u64,
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments) -> Outcome<Report> {
    let target = arguments.target.find().await?;
    let process = target.process()?;
    let number = arguments.visitors as usize;
    let mut crowd = Crowd::gather(&target, number, Some(2_000), &[]).await?;
    let (mut all_back_ms, mut took, mut refused, mut worked) = (Vec::new(), Vec::new(), 0, Duration::ZERO);
    tokio::time::sleep(LONG_REST).await;
    let memory_before_bytes = process.memory()?;
    for _ in 0..arguments.times {
        tokio::time::sleep(REST).await;
        let before = process.worked()?;
        let tokens = crowd.drop_all();
        let began = Instant::now();
        crowd = Crowd::gather(&target, number, None, &tokens).await?;
        all_back_ms.push(millis(began.elapsed()));
        took.extend(crowd.took.iter().copied());
        refused += crowd.refused;
        // What is still done about those who went is theirs too.
        tokio::time::sleep(REST).await;
        worked += process.worked_since(before)?;
    }
    all_back_ms.sort_by(f64::total_cmp);
    tokio::time::sleep(LONG_REST).await;
    let memory_after_bytes = process.memory()?;
    let visitors = crowd.visitors.len();
    let cpu_us_each = micros_each(worked, visitors * arguments.times as usize);
    let accounts = target.keys.len().min(visitors);
    Ok(Report {
        run: "storm",
        visitors,
        accounts,
        refused,
        all_back_ms,
        back: Spread::of(took),
        cpu_us_each,
        memory_before_bytes,
        memory_after_bytes,
    })
}
