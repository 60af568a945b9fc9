//! A refusal: what was asked for did not happen, and why. A value, not an exception; the edges spell it for their clients.

use std::fmt;

use super::time::Span;

/// The stable codes of PROTOCOL: `error` frames and problem documents bear them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// The frame or body is not what the protocol says.
    BadFrame,
    /// Nobody is logged in, or no longer.
    Unauthorized,
    /// The role does not suffice.
    Forbidden,
    /// No such thing, or another account's.
    NotFound,
    /// A text is too long.
    TooLong,
    /// Too often.
    RateLimited,
    /// The account's plan does not have it.
    Plan,
    /// It contradicts the present state.
    Conflict,
    /// A value that is none (over HTTP; a socket says `bad_frame`).
    Invalid,
    /// The server cannot do it now: nothing was done, unless the sentence says that nobody knows; try again.
    Unavailable,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: RefusalCode,
    /// What is wrong and what would be right, in English.
    pub message: String,
    /// Which field, where it is about one.
    pub field: Option<&'static str>,
    /// When it is worth another try.
    pub retry_after: Option<Span>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after: None }
    }

    /// A value of a field is none.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(RefusalCode::Invalid, message) }
    }

    /// There is no such thing (here).
    pub fn not_found(what: &str) -> Self {
        Self::new(RefusalCode::NotFound, format!("there is no such {what}"))
    }

    /// Somebody's role does not suffice.
    pub fn not_an_admin() -> Self {
        Self::new(RefusalCode::Forbidden, "this is for admins of the account")
    }

    /// Nothing was done; it may work later.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self { retry_after: Some(Span(1_000)), ..Self::new(RefusalCode::Unavailable, why) }
    }
}

const NOT_KNOWN: &str = "it is not known whether this was done, or will be: look before you repeat it";

impl Refusal {
    /// Nobody knows yet: it was done, or is still to be done, or will never be.
    pub fn unknown_outcome() -> Self {
        Self::unavailable(format!(
            "{NOT_KNOWN}; a message is written once, however often it is sent with the same `client_id`"
        ))
    }

    /// The same to somebody who runs the server: why nobody knows.
    pub fn unknown(why: &str) -> Self {
        Self::unavailable(format!("{NOT_KNOWN} ({why})"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
