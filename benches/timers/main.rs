//! What timers cost at scale, on a SQLite file: `cargo bench --bench timers [-- start | cold | burst | arm]`, all four if none is
//! named.
//!
//! - `start`: the real server is started on a store of `--conversations`, in a tenth of which a timer runs: how soon it is
//!   ready, and what memory it has. `--store DIR` keeps that store, and takes the one that is there.
//! - `cold`: the same on no store at all, many times.
//! - `burst`: `--timers` fall due in one instant: how long until all are decided and their letters in the outbox.
//! - `arm`: what a message takes that starts a timer, one that does not, what ends one, and the bare commits of the same bytes.
//!
//! Each figure is a line; with `--json` it is one of JSON. Times are of a machine that does everything at once: clients,
//! server and disk.

mod arm;
mod burst;
mod process;
mod start;
#[path = "../nodes/times.rs"]
#[expect(dead_code, reason = "not everything that the nodes' bench takes is taken here")]
mod times;
mod town;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde_json::Value;

type Done = Result<(), Box<dyn Error>>;

#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured; everything if it is not said
    parts: Vec<Part>,
    /// How many conversations the store has at the start
    #[arg(long, default_value_t = 1_000_000)]
    conversations: u64,
    /// Over how long the deadlines are spread that run at the start, in seconds
    #[arg(long, default_value_t = 3_600)]
    spread_s: i64,
    /// Where the store of `start` is, or is made and left; else it is thrown away
    #[arg(long)]
    store: Option<PathBuf>,
    /// How often the server is started on it
    #[arg(long, default_value_t = 3)]
    starts: usize,
    /// How many timers fall due at once; in how many conversations a timer is started and cancelled
    #[arg(long, default_value_t = 10_000)]
    timers: u64,
    /// The server, if it is another one
    #[arg(long, default_value = env!("CARGO_BIN_EXE_doorbell"))]
    server: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Start,
    Cold,
    Burst,
    Arm,
}

fn main() -> Done {
    let arguments = Arguments::parse();
    let wants = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    let tell = |figures: &Value| tell(figures, arguments.json);
    if wants(Part::Cold) {
        start::cold(&arguments.server, &tell)?;
    }
    if wants(Part::Start) {
        let on = start::On { conversations: arguments.conversations, spread_s: arguments.spread_s };
        start::warm(&arguments.server, &on, arguments.store.as_deref(), arguments.starts, &tell)?;
    }
    if wants(Part::Burst) {
        burst::run(&arguments.server, arguments.timers, &tell)?;
    }
    if wants(Part::Arm) {
        arm::run(arguments.timers, &tell)?;
    }
    Ok(())
}

/// One line.
fn tell(figures: &Value, json: bool) {
    match figures {
        Value::Object(named) if !json => {
            let said: Vec<_> = named.iter().map(|(name, figure)| format!("{name} {figure}")).collect();
            println!("{}", said.join("  "));
        }
        _ => println!("{figures}"),
    }
}

/// Rounded to a tenth: more digits say nothing.
fn tenth(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}
