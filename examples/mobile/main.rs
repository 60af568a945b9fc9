//! Plays a mobile app through its day against a running server, and says after each step what the server makes of it.
//! docs/mobile.md tells the story; this is its proof. Ends with 1 where the server does not do as documented.
//!
//! ```sh
//! doorbell demo &
//! cargo run --example mobile
//! cargo run --example mobile -- --url http://127.0.0.1:8080 --email jana@example.com --password …
//! ```
//! It writes one message as a visitor. With the usual grace of 20 s its day takes about two minutes; in the demo, some seconds.
//! Nobody else is to be logged in as this operator meanwhile.
#![expect(clippy::print_stdout, reason = "a story is what it is for")]

mod client;
mod day;

use std::error::Error;

use clap::Parser;

/// Plays a mobile app through its day against a running server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server is; by default a `doorbell demo` on this machine
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Whose app it is; by default Petr's, of the demo
    #[arg(long, default_value = "petr@demo.test")]
    email: String,
    /// Their password; by default the demo's
    #[arg(long, env = "DOORBELL_PASSWORD", hide_env_values = true, default_value = "ring-the-bell")]
    password: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { url, email, password } = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut say = |line| println!("{line}");
    let day = day::spend(&url, &email, &password, &mut say);
    runtime.block_on(tokio::task::LocalSet::new().run_until(day))
}
