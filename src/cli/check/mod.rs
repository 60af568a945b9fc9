//! `doorbell check`: what is right and wrong with an installation, before somebody misses a letter.
//!
//! Every look has its time; none waits for another but where it needs what that found. Judgements about the sender's domain are
//! [`mail::published`](crate::mail::published)'s, here they become sentences.

mod bounces;
mod dkim;
mod dmarc;
mod dns;
mod domain;
mod doors;
mod finding;
mod http;
mod origin;
mod relay;
mod spf;
mod stored;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use self::finding::{Finding, Report};
use super::args::Output;
use super::{CliError, print};
use crate::settings::Settings;

/// `doorbell check`
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Show the conversation with the relay
    #[arg(long)]
    pub verbose: bool,
    /// Ask this server of the DNS, instead of the system's
    #[arg(long, value_name = "IP:PORT")]
    pub resolver: Option<SocketAddr>,
    /// An address that the relay sends from, where that is another than it listens at; may be repeated
    #[arg(long, value_name = "IP")]
    pub sends_from: Vec<IpAddr>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// Looks everything over and prints what was found. `file`: where the settings come from.
///
/// # Errors
/// Something is wrong.
pub async fn run(args: CheckArgs, settings: Settings, file: Option<PathBuf>) -> Result<(), CliError> {
    let (address, url, relay, domain) = tokio::join!(
        doors::address(&settings.server),
        doors::public_url(&settings.server),
        relay::look(&settings, &args),
        domain::look(&settings, &args),
    );
    let mut findings = vec![configuration(file), stored::look(&settings).await, address, url, relay];
    findings.extend(domain);
    let mut report = Report::new(findings);
    report.coloured = is_coloured();
    print(&report, args.output)?;
    match report.summary.wrong {
        0 => Ok(()),
        1 => Err(CliError::failed("one thing is wrong; what to do stands beside it")),
        wrong => Err(CliError::Failed(format!("{wrong} things are wrong; what to do stands beside each"))),
    }
}

/// It was read before anything could be looked at: what is wrong with it has ended the program already.
fn configuration(file: Option<PathBuf>) -> Finding {
    let from = file.map_or_else(
        || "There is no file (--config FILE), so the defaults and the environment count".to_owned(),
        |file| format!("{}, the environment and the flags", file.display()),
    );
    Finding::ok("configuration", format!("{from}: every key is known, every value can be one."))
}

fn is_coloured() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdout()) && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}
