//! `doorbell mail …`: whether mail leaves.

pub mod test;
pub mod verdict;

use super::CliError;
use super::args::MailCommand;
use crate::settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// Why it failed.
pub async fn run(command: MailCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        MailCommand::Test(args) => test::run(args, settings).await,
    }
}
