//! The configuration: every key, its default and its bounds. `doorbell.example.toml` says what each means to who runs it.
//!
//! A value comes from the last of these that has it: the default, the TOML file, the environment
//! (`DOORBELL_SECTION__KEY`), a flag. Nothing is ignored: an unknown key or a bad value in any of them is refused with its
//! place and what would be right, all of them at once.

mod duration;
mod environment;
mod origin;
mod problem;
mod read;
mod secret;
mod sections;
mod sheet;
mod store_url;
#[cfg(test)]
mod tests;
mod value;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use crate::edge::network::Network;

pub use self::duration::{BadDuration, parse_duration};
pub use self::problem::{Place, Problem, SettingsError};
pub use self::secret::Secret;
pub use self::sections::{Dkim, Limits, Log, LogFormat, Mail, Notifications, Presence, Server, Settings, Store};
use self::sheet::Sheet;
pub use self::store_url::StoreUrl;
pub use self::value::parse_dns_name;

/// Where settings come from, beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file of `--config`; without one there is none.
    pub file: Option<PathBuf>,
    /// The environment, as `std::env::vars_os` tells it.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags that stand for a key: the flag, the key's path, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Settings {
    /// Reads the settings from all sources.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        let mut sheet = Sheet::default();
        if let Some(path) = &sources.file {
            add_file(&mut sheet, path)?;
        }
        environment::add(&mut sheet, &sources.environment);
        for (flag, key, value) in &sources.flags {
            sheet.add_text(key, value.clone(), &Place::Flag(flag));
        }
        Self::from_sheet(sheet)
    }

    /// Reads the settings from the text of a file alone; `path` is how errors call it.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let mut sheet = Sheet::default();
        sheet.add_toml(text, path)?;
        Self::from_sheet(sheet)
    }

    fn from_sheet(mut sheet: Sheet) -> Result<Self, SettingsError> {
        let settings = Self::read(&mut sheet);
        sheet.finish().map(|()| settings)
    }
}

fn add_file(sheet: &mut Sheet, path: &Path) -> Result<(), SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let place = Place::File { path: path.to_owned(), at: None };
        SettingsError::from(Problem { place, key: None, what: format!("cannot be read: {error}") })
    })?;
    sheet.add_toml(&text, path)
}
