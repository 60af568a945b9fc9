//! `doorbell serve`: the server.

use super::args::ServeArgs;
use super::{CliError, log};
use crate::app;
use crate::settings::Settings;

/// Serves until it is told to stop. The flags are in the settings already.
///
/// # Errors
/// Where it cannot start: the store cannot be opened, the address is in use.
pub async fn run(_args: ServeArgs, settings: Settings) -> Result<(), CliError> {
    log::start(&settings.log)?;
    let failed = |why: &dyn std::fmt::Display| CliError::Failed(why.to_string());
    let listener = app::listen(settings.server.bind, settings.server.backlog).map_err(|why| failed(&why))?;
    let store = app::open_store(&settings, app::OpenMode::Server).map_err(|why| failed(&why))?;
    let postman = app::postman(&settings).map_err(|why| failed(&why))?;
    let address = settings.server.bind;
    let opened = || tracing::info!(%address, "open");
    app::serve(&settings, listener, store, postman, None, opened).await.map_err(|why| failed(&why))
}
