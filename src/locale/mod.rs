//! Every sentence that a person reads, in every language that doorbell speaks; no other room holds one.
//!
//! [`Language`] is the list of what is said; each language is one file and one implementation, so that a sentence which is
//! missing in one does not compile. Callers hold facts (reasons, letters, events) and get sentences:
//!
//! - [`sentence`]: a reason of rule W2, told about an operator;
//! - [`timer`]: what became of a timer;
//! - [`outbox`]: what is known of a letter (rule W3);
//! - [`Checks::check`]: how things stand now;
//! - [`language`]: all the rest, the texts of letters above all.

mod check;
mod cs;
mod en;
mod language;
mod moment;
mod note;
mod trial;

pub use check::{Checked, Checks};
pub use language::{Language, NoticeFacts, OutboxFacts, Telling, TimerState, Why};
pub use moment::{Moments, Unit};
pub use note::Notes;
pub use trial::Trials;

use jiff::tz::TimeZone;

use crate::domain::account::{Account, Kind, Locale};
use crate::domain::bulletin::Notice;
use crate::domain::ids::{GroupId, OperatorId, VisitorId};
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::notice::reason::{Code, Reason};

/// Who is called what: sentences name people, reasons hold ids.
pub trait Names {
    /// An operator's name; `None`: not of this account.
    fn operator(&self, id: OperatorId) -> Option<&str>;

    /// A group's name.
    fn group(&self, id: GroupId) -> Option<&str>;

    /// An operator's name, or what the language calls somebody without one.
    fn operator_or<'a>(&'a self, id: Option<OperatorId>, otherwise: &'a str) -> &'a str {
        id.and_then(|id| self.operator(id)).unwrap_or(otherwise)
    }
}

impl Names for Account {
    fn operator(&self, id: OperatorId) -> Option<&str> {
        Self::operator(self, id).map(|operator| operator.name.as_str())
    }

    fn group(&self, id: GroupId) -> Option<&str> {
        Self::group(self, id).map(|group| group.name.as_str())
    }
}

/// The language of a locale.
pub fn language(locale: Locale) -> &'static dyn Language {
    match locale {
        Locale::Cs => &cs::Czech,
        Locale::En => &en::English,
    }
}

/// The time zone of an account, from its IANA name; an unknown one is UTC (settings refuse it, an old database may hold it).
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A reason as a sentence in the third person: it is read by the operator `about` whom it is, and by admins (rule W2).
/// `about: None`: the reason of a timer, or of nobody in particular.
pub fn sentence(
    reason: &Reason,
    kind: Kind,
    about: Option<OperatorId>,
    who: &dyn Names,
    locale: Locale,
    tz: &TimeZone,
) -> String {
    language(locale).reason(reason, &Telling { kind, about, who, tz })
}

/// What became of a timer: it runs until, it was cancelled because, it fired.
pub fn timer(state: TimerState<'_>, kind: Kind, who: &dyn Names, locale: Locale, tz: &TimeZone) -> String {
    language(locale).timer(state, &Telling { kind, about: None, who, tz })
}

/// What an admin of the account should know, and what to do about it; `mail_domain`: of our sender.
pub fn notice(notice: Notice, account: &Account, mail_domain: &str, locale: Locale) -> String {
    let tz = zone(&account.timezone);
    language(locale).notice(&NoticeFacts { notice, blocked: account.blocked_domains(), mail_domain, tz: &tz })
}

/// What is known of a letter, what cannot be known included (rule W3).
pub fn outbox(letter: &Letter, locale: Locale, tz: &TimeZone) -> String {
    // That it was given up says less than what was answered before.
    let said =
        letter.attempts.iter().rev().find(|attempt| letter.state != LetterState::Expired || attempt.server.is_some());
    let last = said.or(letter.attempts.last());
    language(locale).outbox(&OutboxFacts {
        state: letter.state,
        to: &letter.to,
        at: last.map(|attempt| attempt.at),
        server: last.and_then(|attempt| attempt.server.as_deref()),
        reply: last.map(|attempt| attempt.reply.as_str()).filter(|reply| !reply.is_empty()),
        queue_id: last.filter(|_| letter.state == LetterState::Sent).and_then(|attempt| queue_id(&attempt.reply)),
        class: letter.class(),
        may_have_arrived: letter.bodies > 0,
        dropped: last.and_then(|attempt| Code::ALL.into_iter().find(|code| code.as_str() == attempt.reply)),
        next_attempt_at: letter.next_attempt_at,
        tz,
    })
}

/// What a visitor is called: by their name, else "Visitor 4F2A" by the end of their id, which is the random part of it.
pub fn visitor_name(id: VisitorId, name: Option<&str>, locale: Locale) -> String {
    if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let id = id.0.simple().to_string();
    language(locale).unnamed_visitor(&id[id.len() - 4..].to_uppercase())
}

/// Under which id a server says that it queued a mail: "250 2.0.0 Ok: queued as 4F2A" is the usual wording.
pub fn queue_id(reply: &str) -> Option<&str> {
    let (_, after) = reply.split_once("queued as ")?;
    after.split(|c: char| c.is_whitespace() || c == ';').next().filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests;
