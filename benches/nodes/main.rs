//! Several nodes on one Redis: how many commits it takes from one, two and four of them, what is slower between two nodes than on one,
//! and how long an installation takes to move there. `cargo bench --bench nodes [-- commits | latency | move]`, all three if none
//! is named.
//!
//! Each node is a process of its own, as is the Redis, which is started from the repository's `redis.conf`. All of them share
//! the cores of the machine, so each table says where the time went. Rows are printed as they stand in `docs/benchmarks.md`.

mod commits;
mod house;
mod latency;
#[path = "../message/mod.rs"]
mod message;
mod moved;
#[path = "../../tests/store_contract/redis_server.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' Redis a bench only starts one, and cannot go on without"
)]
mod redis_server;
mod times;
mod writer;

use std::error::Error;

use clap::{Parser, ValueEnum};

type Done = Result<(), Box<dyn Error>>;

#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured; everything if it is not said
    parts: Vec<Part>,
    /// The orders of a node that commits, in JSON: how this program starts itself
    #[arg(long, hide = true)]
    node: Option<String>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Commits,
    Latency,
    Move,
}

fn main() -> Done {
    let Arguments { parts, node, .. } = Arguments::parse();
    if let Some(orders) = node {
        return writer::run(&serde_json::from_str(&orders)?);
    }
    let wants = |part| parts.is_empty() || parts.contains(&part);
    if wants(Part::Commits) {
        commits::table()?;
    }
    if wants(Part::Latency) {
        latency::table()?;
    }
    if wants(Part::Move) {
        moved::figures()?;
    }
    Ok(())
}
