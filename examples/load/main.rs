//! Puts load on a running server, and says what it took. `scripts/bench` has it played against doorbell and a yardstick.
//!
//! ```sh
//! cargo run --release --example load -- accounts --config load.toml --number 200 > keys
//! cargo run --release --example load -- idle --keys keys --visitors 10000 --pid $(pidof doorbell)
//! cargo run --release --example load -- flip --keys keys --watchers 5000 --pid $(pidof doorbell)
//! cargo run --release --example load -- storm --keys keys --visitors 5000 --pid $(pidof doorbell)
//! cargo run --release --example load -- messages --keys keys --senders 100 --per-second 1000
//! cargo run --release --example load -- talk --keys keys --senders 100 --per-second 1000
//! ```
//! All of it comes from one address: the server's `limits.connections_per_ip` and the limits of messages must allow it.
//! Each run ends by itself and prints one line of JSON; progress goes to stderr. Hosts other than this machine are refused
//! unless `--anywhere` says that they are yours.
#![expect(clippy::print_stdout, reason = "a report is what it is for")]

mod accounts;
mod crowd;
mod flip;
mod idle;
mod messages;
mod process;
mod socket;
mod spread;
mod storm;
mod talk;
mod target;
mod writers;

use std::error::Error;
use std::time::Duration;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

/// What comes of something, or why it did not.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// After this much, what has not come does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// More than this much is never sent by mistake.
pub(crate) const VISITORS_MAX: i64 = 60_000;

/// Puts load on a running server.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Run {
    /// Makes accounts beside a running server, each with an operator who is logged in: a widget's key and a token a line
    Accounts(accounts::Arguments),
    /// Many visitors who only watch: the memory of each, what a connect takes, and what they take while nothing happens
    Idle(idle::Arguments),
    /// The chat box flips before many who watch: when the last one has heard, one after the other and back to back
    Flip(flip::Arguments),
    /// Many visitors are cut off at once, and come back at once
    Storm(storm::Arguments),
    /// Visitors write: when they are acknowledged, and when the operator has read it
    Messages(messages::Arguments),
    /// Visitors write, the operator answers: from a visitor's frame until they read the answer
    Talk(talk::Arguments),
}

fn main() -> Outcome<()> {
    let run = Arguments::parse().run;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(tokio::task::LocalSet::new().run_until(async {
        Ok::<_, Box<dyn Error>>(match run {
            Run::Accounts(arguments) => accounts::run(arguments).await?,
            Run::Idle(arguments) => serde_json::to_string(&idle::run(arguments).await?)?,
            Run::Flip(arguments) => serde_json::to_string(&flip::run(arguments).await?)?,
            Run::Storm(arguments) => serde_json::to_string(&storm::run(arguments).await?)?,
            Run::Messages(arguments) => serde_json::to_string(&messages::run(arguments).await?)?,
            Run::Talk(arguments) => serde_json::to_string(&talk::run(arguments).await?)?,
        })
    }))?;
    println!("{report}");
    Ok(())
}

/// A bar on stderr, where that is a terminal.
pub(crate) fn progress(number: u64, what: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{pos}/{len} {msg} {wide_bar}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(number).with_style(style).with_message(what.to_owned())
}
