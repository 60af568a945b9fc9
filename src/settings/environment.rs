//! Settings from the environment: `DOORBELL_SERVER__BIND` is `server.bind`, `DOORBELL_MAIL__DKIM__DOMAIN` is
//! `mail.dkim.domain`.

use std::ffi::OsString;

use super::problem::Place;
use super::sections::Settings;
use super::sheet::Sheet;

const PREFIX: &str = "DOORBELL_";

/// Adds every variable that names a key. One without a double underscore names none and belongs to somebody else
/// (`DOORBELL_CONFIG`), unless it starts like a section: then an underscore was forgotten.
pub(super) fn add(sheet: &mut Sheet, variables: &[(OsString, OsString)]) {
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let place = Place::Environment(name.to_owned());
        let path = rest.to_ascii_lowercase().replace("__", ".");
        if !rest.contains("__") {
            if let Some((section, key)) =
                path.split_once('_').filter(|(section, _)| Settings::SECTIONS.contains(section))
            {
                let right = format!("{PREFIX}{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase());
                sheet.refuse(place, None, format!("section and key have two underscores between them: write {right}"));
            }
            continue;
        }
        match value.to_str() {
            Some(value) => sheet.add_text(&path, value.to_owned(), &place),
            None => sheet.refuse(place, Some(path), "is not UTF-8".to_owned()),
        }
    }
}
