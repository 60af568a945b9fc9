//! How a caller is told things: in a language, with the names of their account, where its clock hangs.

use jiff::tz::TimeZone;

use crate::domain::account::{Account, Kind, Locale};
use crate::domain::conversation::message::Happened;
use crate::domain::ids::OperatorId;
use crate::domain::notice::letter::Letter;
use crate::domain::notice::reason::Reason;
use crate::locale;
use crate::wire::Voice;

/// A teller of sentences.
pub struct Speaker<'a> {
    account: &'a Account,
    locale: Locale,
    zone: TimeZone,
    /// The domain of our sender.
    mail_domain: &'a str,
}

impl<'a> Speaker<'a> {
    /// For somebody of the account.
    pub fn new(account: &'a Account, locale: Locale, mail_domain: &'a str) -> Self {
        Self { account, locale, zone: locale::zone(&account.timezone), mail_domain }
    }

    /// What a system message says.
    pub fn happened(&self, event: &Happened) -> String {
        locale::language(self.locale).system_message(event)
    }

    /// Tells `spell` how to tell things.
    pub fn spell<T>(&self, spell: impl FnOnce(Voice<'_>) -> T) -> T {
        spell(Voice {
            happened: &|event| self.happened(event),
            reason: &|reason, kind| self.reason(reason, kind, None),
            notice: &|notice| locale::notice(notice, self.account, self.mail_domain, self.locale),
        })
    }

    /// Why somebody was, or was not, mailed.
    pub fn reason(&self, reason: &Reason, kind: Kind, about: Option<OperatorId>) -> String {
        locale::sentence(reason, kind, about, self.account, self.locale, &self.zone)
    }

    /// What is known of a letter.
    pub fn letter(&self, letter: &Letter) -> String {
        locale::outbox(letter, self.locale, &self.zone)
    }
}
