//! What is said of how things stand now: why somebody would, or would not, get an email.

use jiff::tz::TimeZone;

use super::Names;
use crate::domain::notice::check::Check;
use crate::domain::time::Timestamp;

/// To whom and about whom a check is told.
pub struct Checked<'a> {
    /// Whose emails it is about; `None`: those of the reader.
    pub about: Option<&'a str>,
    /// Who is called what.
    pub who: &'a dyn Names,
    /// The domain from which emails are sent: what an IT department is to allow.
    pub mail_domain: &'a str,
    /// When it is told: what is of the same day is told without its day.
    pub now: Timestamp,
    /// Where the reader's clock hangs.
    pub tz: &'a TimeZone,
}

impl Checked<'_> {
    /// The beginning of a sentence about them: "You are", or "Petr is".
    pub(super) fn they(&self, you: &str, somebody: &str) -> String {
        self.about.map_or_else(|| you.to_owned(), |name| format!("{name} {somebody}"))
    }
}

/// The sentences of checks. Whatever is handed in stands in them as it is.
pub trait Checks {
    /// What was found, and what it means for emails; where it stands in their way, what would be right.
    fn check(&self, check: &Check<'_>, told: &Checked<'_>) -> String;
}
