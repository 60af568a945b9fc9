//! Why a command ended without success, and the exit code that says so.

use crate::settings::SettingsError;

/// What a command ends with when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is wrong.
    #[error("the configuration is wrong\n{0}")]
    Settings(#[from] SettingsError),
    /// What was asked cannot be asked so.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// A failure with its reason.
    pub fn failed(why: impl std::fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Settings(_) | Self::Usage(_) => 2,
        }
    }
}
