//! `doorbell mail …`: what mail needs before it can be trusted, and whether it leaves.

pub mod key;
pub mod test;
pub mod verdict;

use super::CliError;
use super::args::MailCommand;
use crate::settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// Where it cannot do what was asked; the error says why.
pub async fn run(command: MailCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        MailCommand::Key(args) => key::run(&args, &settings),
        MailCommand::Test(args) => test::run(args, settings).await,
    }
}
