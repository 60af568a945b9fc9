//! A letter of the outbox: what is to be mailed to whom, and what became of it (rules W3, E4).

use serde::{Deserialize, Serialize};

use crate::domain::account::Kind;
use crate::domain::ids::{GroupId, LetterId, NodeId};
use crate::domain::time::{Span, Timestamp};

/// How often the body of a letter is sent at the most: once, and once more after an unknown outcome (rule E4).
pub const BODIES_MAX: u32 = 2;

/// What is known of a letter (rule W3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// Waits for its turn.
    Queued,
    /// A node talks to the relay about it.
    Sending,
    /// The relay took it.
    Sent,
    /// The relay, or nobody, answered "later".
    Deferred,
    /// The relay refused it for good.
    Failed,
    /// The body was under way when the answer was lost.
    Uncertain,
    /// Handled or seen before it was sent (rule N9).
    NoLongerNeeded,
    /// Deferred for too long.
    Expired,
}

impl LetterState {
    /// All of them, the worst last: of several recipients of a conversation the worst is told.
    pub const ALL: [Self; 8] = [
        Self::NoLongerNeeded,
        Self::Sent,
        Self::Sending,
        Self::Queued,
        Self::Deferred,
        Self::Uncertain,
        Self::Expired,
        Self::Failed,
    ];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::NoLongerNeeded => "no_longer_needed",
            Self::Expired => "expired",
        }
    }
}

/// One try to send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// The server that was spoken to, as it greeted; or where it was written to.
    pub server: Option<String>,
    /// The server's last answer, whole; or what went wrong, in words.
    pub reply: String,
    /// What the answer means (rule D5); `None` for success and for what is not known.
    pub class: Option<String>,
}

/// Which node works on it, and until when others leave it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which.
    pub node: NodeId,
    /// When the claim lapses.
    pub until: Timestamp,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Which.
    pub id: LetterId,
    /// Of which kind.
    pub kind: Kind,
    /// What is known of it.
    pub state: LetterState,
    /// The address that it goes, or went, to.
    pub to: String,
    /// `Message-ID`, minted once, with its angle brackets.
    pub message_id: String,
    /// The messages that it tells of.
    pub seqs: Vec<u64>,
    /// Since when its condition held.
    pub started_at: Timestamp,
    /// The delay that was kept: told in the letter.
    pub delay: Span,
    /// The group of the conversation, as it counted at the firing.
    pub group: Option<GroupId>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is to be tried, or looked at, again.
    pub next_attempt_at: Option<Timestamp>,
    /// Who works on it.
    pub claim: Option<Claim>,
    /// How often its body was sent without being refused: one more than once at most (rule E4).
    #[serde(default)]
    pub bodies: u32,
    /// The bytes that were sent, kept from the first try whose outcome may be unknown: a repeat sends these (rule E4).
    pub raw: Option<String>,
    /// Every try.
    pub attempts: Vec<Attempt>,
}
