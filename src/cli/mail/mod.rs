//! `doorbell mail …`: what mail needs before it can be trusted.

pub mod key;

use super::CliError;
use super::args::MailCommand;
use crate::settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// Where it cannot do what was asked; the error says why.
pub fn run(command: MailCommand, settings: &Settings) -> Result<(), CliError> {
    match command {
        MailCommand::Key(args) => key::run(&args, settings),
    }
}
