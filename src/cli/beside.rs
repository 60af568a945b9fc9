//! The store, opened beside a server that may be running.

use std::sync::Arc;

use super::CliError;
use crate::domain::refusal::Refusal;
use crate::ports::journal::Store;
use crate::settings::Settings;
use crate::store::OpenMode;

/// Opens the store of the settings.
///
/// # Errors
/// It cannot be opened; the error says what to do.
pub(super) fn open(settings: &Settings) -> Result<Arc<dyn Store>, CliError> {
    crate::app::open_store(settings, OpenMode::Beside).map(|opened| opened.store).map_err(CliError::failed)
}

/// The same, and refuses what a server would refuse.
///
/// # Errors
/// A server would not start on it; the error says what to do.
pub(super) fn open_to_check(settings: &Settings) -> Result<Arc<dyn Store>, CliError> {
    crate::app::open_store(settings, OpenMode::Check).map(|opened| opened.store).map_err(CliError::failed)
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.message)
    }
}
