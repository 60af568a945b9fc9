//! The command line: a file per command, and what they share.
//!
//! Exit codes: 0; 1, it failed, with the reason on stderr and nothing on stdout (but what `mail test` and `check` found until
//! then); 2, the usage or the configuration is wrong.

pub mod account;
pub mod args;
mod beside;
pub mod check;
pub mod demo;
mod error;
pub mod explain;
pub mod log;
pub mod mail;
pub mod operator;
mod password;
mod print;
pub mod serve;
pub mod store;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, Command};
pub use self::error::CliError;
pub use self::password::Password;
pub use self::print::{Table, print};
use crate::settings::{Settings, Sources};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => leave(run(cli, std::env::vars_os().collect())),
        // Help and version are no errors: clap knows their stream and code.
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Nobody is left to be told that stderr is closed.
            let _ = error.print();
            ExitCode::from(code)
        }
    }
}

fn leave(result: Result<(), CliError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            // The same.
            let _ = writeln!(std::io::stderr(), "doorbell: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cli: Cli, environment: Vec<(OsString, OsString)>) -> Result<(), CliError> {
    let sources = Sources { flags: cli.flags(), file: cli.config, environment };
    let settings = Settings::load(&sources)?;
    actix_rt::System::new().block_on(dispatch(cli.command, settings, sources.file))
}

async fn dispatch(command: Command, settings: Settings, file: Option<PathBuf>) -> Result<(), CliError> {
    match command {
        Command::Serve(args) => serve::run(args, settings).await,
        Command::Demo(args) => demo::run(args, settings).await,
        Command::Account(command) => account::run(command, settings).await,
        Command::Operator(command) => operator::run(command, settings).await,
        Command::Explain(args) => explain::run(args, settings).await,
        Command::Mail(command) => mail::run(command, settings).await,
        // These two are large things to carry about for every other command.
        Command::Store(command) => Box::pin(store::run(command, settings)).await,
        Command::Check(args) => Box::pin(check::run(args, settings, file)).await,
    }
}
