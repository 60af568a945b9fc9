//! `doorbell serve`: the server.

use super::args::ServeArgs;
use super::{CliError, log};
use crate::settings::Settings;

/// Serves until it is told to stop. The flags are in the settings already.
///
/// # Errors
/// Where it cannot start: the store cannot be opened, the address is in use.
pub async fn run(_args: ServeArgs, settings: Settings) -> Result<(), CliError> {
    log::start(&settings.log)?;
    Err(CliError::Failed("not built yet".to_owned()))
}
