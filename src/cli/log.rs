//! Where the log goes: stderr, as text or JSON.

use tracing_subscriber::EnvFilter;

use super::CliError;
use crate::settings::{Log, LogFormat};

/// Starts logging for the whole process. To be called once, by a command that serves; the others say what they have to say
/// on stdout and stderr themselves.
///
/// # Errors
/// Where logging has been started already.
pub fn start(settings: &Log) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(CliError::failed)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        // Colours are for terminals: a file or a journal gets none.
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(CliError::failed)
}
