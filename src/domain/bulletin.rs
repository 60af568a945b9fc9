//! What an admin should know now: of the node, and of the account's own settings.

use super::account::{Account, Operator, Role};
use super::time::Timestamp;

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeCode {
    /// The relay refuses the server's log-in: mails wait.
    RelayAuth,
    /// The servers of some recipients' domains do not let our mails in (rule D5).
    DomainBlocked,
    /// The store has not answered for a while: what is shown may be old, and nothing is taken.
    StoreStale,
    /// The account names no web site, so any may embed its widget.
    AnyOrigin,
}

impl NoticeCode {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::RelayAuth, Self::DomainBlocked, Self::StoreStale, Self::AnyOrigin];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RelayAuth => "relay_auth",
            Self::DomainBlocked => "domain_blocked",
            Self::StoreStale => "store_stale",
            Self::AnyOrigin => "any_origin",
        }
    }
}

/// One thing that an admin should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub code: NoticeCode,
    /// Since when.
    pub since: Timestamp,
}

/// What is so of the whole node, and since when; `None`: it is not so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The store does not answer, or takes nothing.
    pub store_away: Option<Timestamp>,
    /// It has been so for so long that what is shown counts as old.
    pub store_stale: Option<Timestamp>,
    /// What other nodes do is not heard of: it is found out late.
    pub bus_deaf: Option<Timestamp>,
    /// The relay refuses the server's log-in.
    pub relay_auth: Option<Timestamp>,
    /// The relay cannot be reached, or talks with nobody.
    pub relay_away: Option<Timestamp>,
}

impl Conditions {
    /// Whether chat boxes are stale.
    pub fn is_stale(&self) -> bool {
        self.store_stale.is_some()
    }

    fn since(&self, account: &Account, code: NoticeCode) -> Option<Timestamp> {
        match code {
            NoticeCode::RelayAuth => self.relay_auth,
            // The newest: one more domain is told of anew.
            NoticeCode::DomainBlocked => account.blocked_domains().last().map(|domain| domain.since),
            NoticeCode::StoreStale => self.store_stale,
            NoticeCode::AnyOrigin => account.any_origin_since(),
        }
    }
}

/// What an admin of the account should know now.
pub fn notices(account: &Account, conditions: &Conditions) -> Vec<Notice> {
    let notice = |code| conditions.since(account, code).map(|since| Notice { code, since });
    NoticeCode::ALL.into_iter().filter_map(notice).collect()
}

/// The same for one operator: nothing, unless they are an active admin.
pub fn notices_for(operator: Option<&Operator>, account: &Account, conditions: &Conditions) -> Vec<Notice> {
    match operator {
        Some(operator) if operator.active && operator.role == Role::Admin => notices(account, conditions),
        _ => Vec::new(),
    }
}
