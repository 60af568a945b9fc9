//! `doorbell demo`: a server on a throw-away store, with people in it.

use super::args::DemoArgs;
use super::{CliError, log};
use crate::settings::Settings;

/// Serves the throw-away world until it is told to stop.
///
/// # Errors
/// Where it cannot start: the address is in use.
pub async fn run(_args: DemoArgs, settings: Settings) -> Result<(), CliError> {
    log::start(&settings.log)?;
    Err(CliError::Failed("not built yet".to_owned()))
}
