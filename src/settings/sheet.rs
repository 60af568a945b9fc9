//! All values that were given, by the path of their keys, until each is read once; what is left over is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem, SettingsError, nearest};
use super::value::Raw;

/// One value as it was given.
struct Given {
    raw: Raw,
    /// Where the key stands: for "unknown key".
    key_place: Place,
    /// Where the value stands: for "bad value".
    value_place: Place,
}

/// The values of all sources, and what was found wrong with them so far.
#[derive(Default)]
pub(super) struct Sheet {
    /// By key path; of several for one key the last wins, but all must be good.
    given: BTreeMap<String, Vec<Given>>,
    /// Every key that was asked for.
    known: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl Sheet {
    /// Adds the keys of a TOML file.
    ///
    /// # Errors
    /// Where it is not TOML at all: then nothing more can be said about it.
    pub(super) fn add_toml(&mut self, text: &str, path: &Path) -> Result<(), SettingsError> {
        let place = |offset: usize| Place::File { path: path.to_owned(), at: Some(line_and_column(text, offset)) };
        let table = DeTable::parse(text).map_err(|error| {
            // The error's own display shows the line, which may hold a password: its message does not.
            let place = place(error.span().map_or(0, |span| span.start));
            Problem { place, key: None, what: format!("not TOML: {}", error.message()) }
        })?;
        self.add_table("", table.get_ref(), &place);
        Ok(())
    }

    fn add_table(&mut self, parent: &str, table: &DeTable<'_>, place: &impl Fn(usize) -> Place) {
        for (key, value) in table {
            let path =
                if parent.is_empty() { key.get_ref().to_string() } else { format!("{parent}.{}", key.get_ref()) };
            match value.get_ref() {
                DeValue::Table(inner) => self.add_table(&path, inner, place),
                other => {
                    let (key_place, value_place) = (place(key.span().start), place(value.span().start));
                    self.add(path, Given { raw: Raw::from_toml(other), key_place, value_place });
                }
            }
        }
    }

    /// Adds a value that comes as a bare text, whatever its key's type.
    pub(super) fn add_text(&mut self, path: &str, text: String, place: &Place) {
        let given = Given { raw: Raw::Untyped(text), key_place: place.clone(), value_place: place.clone() };
        self.add(path.to_owned(), given);
    }

    fn add(&mut self, path: String, given: Given) {
        self.given.entry(path).or_default().push(given);
    }

    /// Notes something that is wrong.
    pub(super) fn refuse(&mut self, place: Place, key: Option<String>, what: String) {
        self.problems.push(Problem { place, key, what });
    }

    /// The value of a key, or its default. A bad one is noted, and its default stands in until [`Sheet::finish`] refuses all.
    pub(super) fn take<T>(&mut self, key: &'static str, default: T, read: impl Fn(&Raw) -> Result<T, String>) -> T {
        self.take_optional(key, read).unwrap_or(default)
    }

    /// The value of a key that need not be there.
    pub(super) fn take_optional<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<T> {
        self.known.insert(key);
        let mut last = None;
        for given in self.given.remove(key).unwrap_or_default() {
            match read(&given.raw) {
                Ok(value) => last = Some(value),
                Err(what) => self.refuse(given.value_place, Some(key.to_owned()), what),
            }
        }
        last
    }

    /// Where a key was last given, if at all; to be asked before it is taken.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        self.given.get(key).and_then(|all| all.last()).map(|given| given.value_place.clone())
    }

    /// Every key that was asked for.
    #[cfg(test)]
    pub(super) fn known(&self) -> &BTreeSet<&'static str> {
        &self.known
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All that was noted, and every key that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), SettingsError> {
        for (key, all) in std::mem::take(&mut self.given) {
            let what = unknown_key(&key, &self.known);
            for given in all {
                self.refuse(given.key_place, Some(key.clone()), what.clone());
            }
        }
        // As one meets them in the file; those of other sources behind it.
        self.problems.sort_by_key(|problem| match &problem.place {
            Place::File { at: Some(at), .. } => *at,
            _ => (usize::MAX, 0),
        });
        if self.problems.is_empty() { Ok(()) } else { Err(SettingsError { problems: self.problems }) }
    }
}

/// What to say of a key that nobody asked for.
fn unknown_key(key: &str, known: &BTreeSet<&'static str>) -> String {
    let as_table = format!("{key}.");
    let inner: Vec<_> = known.iter().filter_map(|k| k.strip_prefix(&as_table)).collect();
    if !inner.is_empty() {
        return format!("is a table, with the keys {}", inner.join(", "));
    }
    let Some((section, name)) = key.split_once('.') else {
        return format!("unknown key: every key belongs to a section, one of {}", sections(known).join(", "));
    };
    let as_section = format!("{section}.");
    let siblings: Vec<_> = known.iter().filter_map(|k| k.strip_prefix(&as_section)).collect();
    if siblings.is_empty() {
        return match nearest(section, sections(known)) {
            Some(meant) => format!("unknown section [{section}]; did you mean [{meant}]?"),
            None => format!("unknown section [{section}]; there are {}", sections(known).join(", ")),
        };
    }
    if let Some(meant) = nearest(name, siblings.iter().copied()) {
        return format!("unknown key; did you mean `{meant}`?");
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    match known.iter().find(|k| k.rsplit('.').next() == Some(last)) {
        Some(elsewhere) => format!("unknown key; did you mean `{elsewhere}`?"),
        None => format!("unknown key; [{section}] has {}", siblings.join(", ")),
    }
}

fn sections(known: &BTreeSet<&'static str>) -> Vec<&'static str> {
    let mut sections: Vec<_> = known.iter().filter_map(|key| key.split_once('.').map(|(section, _)| section)).collect();
    sections.dedup();
    sections
}

/// Line and column of a byte, counted from 1; columns in characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
