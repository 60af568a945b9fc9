//! A letter of the outbox: what is to be mailed to whom, and what became of it (rules W3, E4).

use serde::{Deserialize, Serialize};

use super::class::{Class, classify};
use super::reply::Reply;
use crate::domain::account::Kind;
use crate::domain::ids::{GroupId, LetterId, NodeId};
use crate::domain::time::{Span, Timestamp};

/// How often the body of a letter is sent at the most: once, and once more after an unknown outcome (rule E4).
pub const BODIES_MAX: u32 = 2;

/// The longest pause between two tries.
const RETRY_MAX: Span = Span::from_secs(3_600);

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
    pub class: Option<Class>,
}

impl Attempt {
    /// A try that began at `at` and was answered so.
    pub fn answered(at: Timestamp, reply: &Reply) -> Self {
        Self { at, server: reply.server.clone(), reply: reply.text.clone(), class: classify(reply) }
    }

    /// Something that became of it without a server, in words.
    pub fn without_a_server(at: Timestamp, what: &str) -> Self {
        Self { at, server: None, reply: what.to_owned(), class: None }
    }
}

/// The pauses of the outbox (rule E4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// The first one before another try; it doubles with each.
    pub retry_initial: Span,
    /// How long an unknown outcome is left alone.
    pub uncertain_wait: Span,
    /// When trying ends.
    pub expire: Span,
}

impl Pauses {
    /// How long a letter waits that was tried so often before.
    pub fn after(&self, tries: usize) -> Span {
        let pause = Span(self.retry_initial.0.saturating_mul(1 << tries.min(16)));
        // A setting above the longest pause is what its owner wants.
        pause.min(RETRY_MAX.max(self.retry_initial))
    }
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
    /// When somebody last asked for another try: trying ends counted from then.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// The bounces that were counted, each by what it calls itself.
    #[serde(default)]
    pub bounces: Vec<String>,
    /// Every try, and what bounces said.
    pub attempts: Vec<Attempt>,
}

impl Letter {
    /// The letter in another state, with what led to it; nobody works on it.
    #[must_use]
    pub fn moved(&self, state: LetterState, next_attempt_at: Option<Timestamp>, attempt: Option<Attempt>) -> Self {
        let mut moved = Self { state, next_attempt_at, claim: None, ..self.clone() };
        moved.attempts.extend(attempt);
        if !matches!(state, LetterState::Sending | LetterState::Uncertain) {
            // Only what may have arrived is repeated byte for byte; the texts of visitors need not lie here once more.
            moved.raw = None;
        }
        moved
    }

    /// The letter after a refusal, which left nothing of it with the server: tried again where the server said "later" or where
    /// waiting helps ([`Class::passes`]), else failed. `sent`: whether its body was under way when it was refused.
    #[must_use]
    pub fn refused(&self, refusal: Attempt, for_good: bool, sent: bool, now: Timestamp, pauses: &Pauses) -> Self {
        let mut letter = self.clone();
        if sent {
            // A body that was refused is none that may have arrived.
            letter.bodies = letter.bodies.saturating_sub(1);
        }
        let is_over = for_good && !refusal.class.is_some_and(Class::passes);
        let next = (!is_over).then(|| now + pauses.after(self.attempts.len()));
        // The body before it may have arrived: that is not forgotten, however this try went. None did at an address that is none;
        // one that is none "for now" says nothing of what was taken before.
        let state = match is_over {
            true if refusal.class == Some(Class::WrongAddress) => LetterState::Failed,
            _ if letter.bodies > 0 => LetterState::Uncertain,
            true => LetterState::Failed,
            false => LetterState::Deferred,
        };
        letter.moved(state, next, Some(refusal))
    }

    /// What the server's last answer means, where it is still what matters of the letter (rule D5).
    pub fn class(&self) -> Option<Class> {
        match self.state {
            LetterState::Sent | LetterState::NoLongerNeeded => None,
            _ => self.attempts.iter().rev().find_map(|attempt| attempt.class),
        }
    }

    /// Whether it was tried for so long that nobody waits for it any more.
    pub fn is_too_old(&self, now: Timestamp, pauses: &Pauses) -> bool {
        now - self.asked_at.unwrap_or(self.created_at) > pauses.expire
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{ConversationId, OperatorId};

    /// A letter whose body was on its way once.
    fn lost_from_sight() -> Letter {
        Letter {
            id: LetterId {
                conversation: ConversationId(Uuid::from_u128(1)),
                episode: 1,
                operator: OperatorId(Uuid::from_u128(2)),
            },
            kind: Kind::Offline,
            state: LetterState::Uncertain,
            to: "jana@shop.test".to_owned(),
            message_id: "<1@shop.test>".to_owned(),
            seqs: vec![1],
            started_at: Timestamp(0),
            delay: Span::from_secs(120),
            group: None,
            created_at: Timestamp(0),
            next_attempt_at: Some(Timestamp(0)),
            claim: None,
            bodies: 1,
            raw: Some("Subject: hi".to_owned()),
            asked_at: None,
            bounces: Vec::new(),
            attempts: Vec::new(),
        }
    }

    #[test]
    fn e4_a_letter_that_may_have_arrived_stays_one_whatever_is_said_of_its_repeat() {
        let pauses = Pauses { retry_initial: Span(1), uncertain_wait: Span(1), expire: Span::from_secs(86_400) };
        for class in Class::ALL {
            for for_good in [false, true] {
                let refusal = Attempt { class: Some(class), ..Attempt::without_a_server(Timestamp(0), "450 4.1.2 no") };
                let after = lost_from_sight().refused(refusal, for_good, false, Timestamp(0), &pauses);
                let wanted = match class {
                    // An address that there is not has taken nothing.
                    Class::WrongAddress if for_good => LetterState::Failed,
                    _ => LetterState::Uncertain,
                };
                assert_eq!(after.state, wanted, "{class:?}, for good: {for_good}");
            }
        }
    }
}
