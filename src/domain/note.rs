//! A note: a letter about an account itself, an invitation or a forgotten password. It belongs to no conversation, so it is no
//! row of the outbox; its way is the same (rule E4).

use serde::{Deserialize, Serialize};

use crate::domain::account::Locale;
use crate::domain::ids::{AccountId, NoteId, OperatorId};
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::{Attempt, BODIES_MAX, Claim, LetterState, Pauses};
use crate::domain::time::{Span, Timestamp};

/// How long a note that is over is kept, with what became of it.
pub const KEPT: Span = Span::from_secs(30 * 24 * 3_600);

/// A note.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which.
    pub id: NoteId,
    /// In whose share of the limits it counts (rule E6).
    pub account: AccountId,
    /// The one address that it goes to.
    pub to: String,
    /// In which language.
    pub locale: Locale,
    /// In which time zone its times are told: an IANA name.
    pub timezone: String,
    /// What it tells.
    pub tidings: Tidings,
    /// What is known of it.
    pub state: LetterState,
    /// When it was queued.
    pub created_at: Timestamp,
    /// From when on it makes no sense any more.
    pub until: Timestamp,
    /// When something is to be done about it: a try, another look, or, once it is over, its deletion.
    pub due: Timestamp,
    /// Who works on it.
    pub claim: Option<Claim>,
    /// How often its body was sent without a refusal.
    pub bodies: u32,
    /// The bytes that were sent, for a repeat; gone once it is over.
    pub raw: Option<String>,
    /// Every try.
    pub attempts: Vec<Attempt>,
}

/// What a note tells. Names are those of the moment at which it was queued.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tidings {
    /// Somebody was added, and is to set a first password.
    Invited {
        /// Who, and the way in.
        person: Person,
        /// The name of who invites; `None`: who runs the server.
        by: Option<String>,
    },
    /// Somebody forgot the password.
    Forgotten {
        /// Everybody with that address, and their ways in.
        people: Vec<Person>,
    },
    /// The address of somebody is another one from now on; this goes to the old one (rule D3).
    AddressChanged {
        /// Whose.
        name: String,
        /// The name of their account.
        account_name: String,
        /// The name of who changed it; `None`: who runs the server.
        by: Option<String>,
    },
}

/// Somebody who can set a password by a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Of which account.
    pub account: AccountId,
    /// Who.
    pub operator: OperatorId,
    /// What they are called.
    pub name: String,
    /// What the account is called.
    pub account_name: String,
    /// The key of the record without which the token is worth nothing.
    pub key: String,
    /// The token itself: in the link, and here until the note is over.
    pub token: Option<String>,
}

impl Note {
    /// Whether nothing more is tried.
    pub fn is_over(&self) -> bool {
        match self.state {
            LetterState::Sent | LetterState::Failed | LetterState::Expired | LetterState::NoLongerNeeded => true,
            LetterState::Uncertain => self.bodies >= BODIES_MAX,
            LetterState::Queued | LetterState::Sending | LetterState::Deferred => false,
        }
    }

    /// The stable name of what it tells: for the log.
    pub fn kind(&self) -> &'static str {
        match self.tidings {
            Tidings::Invited { .. } => "invited",
            Tidings::Forgotten { .. } => "forgotten",
            Tidings::AddressChanged { .. } => "address_changed",
        }
    }

    /// Those who can set a password by it.
    pub fn people(&self) -> &[Person] {
        match &self.tidings {
            Tidings::Invited { person, .. } => std::slice::from_ref(person),
            Tidings::Forgotten { people } => people,
            Tidings::AddressChanged { .. } => &[],
        }
    }

    /// It is `state` from now on, to be looked at again at `due`. Once it is over it holds no token any more, and is kept for a
    /// while.
    #[must_use]
    pub fn moved(mut self, state: LetterState, due: Timestamp, attempt: Option<Attempt>) -> Self {
        self.state = state;
        self.due = due;
        self.claim = None;
        self.attempts.extend(attempt);
        if self.is_over() {
            self.due = due + KEPT;
            self.raw = None;
            match &mut self.tidings {
                Tidings::Invited { person, .. } => person.token = None,
                Tidings::Forgotten { people } => people.iter_mut().for_each(|person| person.token = None),
                Tidings::AddressChanged { .. } => {}
            }
        }
        self
    }
}

impl Note {
    /// The note after a refusal, as a letter's ([`super::notice::letter::Letter::refused`]).
    #[must_use]
    pub fn refused(mut self, refusal: Attempt, for_good: bool, sent: bool, now: Timestamp, pauses: &Pauses) -> Self {
        if sent {
            self.bodies = self.bodies.saturating_sub(1);
        }
        if for_good && !refusal.class.is_some_and(Class::passes) {
            return self.moved(LetterState::Failed, now, Some(refusal));
        }
        let state = if self.bodies > 0 { LetterState::Uncertain } else { LetterState::Deferred };
        let due = now + pauses.after(self.attempts.len());
        self.moved(state, due, Some(refusal))
    }
}

impl std::fmt::Debug for Note {
    /// Without addresses and tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut told = f.debug_struct("Note");
        told.field("id", &self.id).field("kind", &self.kind()).field("state", &self.state).finish_non_exhaustive()
    }
}
