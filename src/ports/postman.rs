//! Who carries letters. In two steps, so that `sending` can be written durably between them: until [`Ready::send`] is called
//! nothing of the letter has left, afterwards a lost answer means that it may have arrived (rule E4).

use std::sync::Arc;

use super::journal::Answer;
use crate::domain::account::{Account, Operator};
use crate::domain::conversation::message::Message;
use crate::domain::conversation::thread::Conversation;
use crate::domain::note::Note;
use crate::domain::notice::letter::Letter;
pub use crate::domain::notice::reply::{Phase, Reply};

/// Carries letters. Never repeats one by itself.
pub trait Postman: Send + Sync + 'static {
    /// Gets everything ready up to the first byte of the letter: with SMTP the server has answered 354 to DATA.
    ///
    /// # Errors
    /// The letter was not taken; nothing of it has left.
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>>;

    /// Asks whether letters would be taken at all, without one: with SMTP up to MAIL, and no recipient is named.
    ///
    /// # Errors
    /// They would not.
    fn knock(&self) -> Answer<Result<(), Refusal>>;
}

/// A door that is held open for one letter. Dropping it sends nothing.
pub trait Ready: Send {
    /// Hands over the letter: `raw` is the whole message (RFC 5322), its lines ending with CRLF.
    fn send(self: Box<Self>, raw: Arc<[u8]>) -> Answer<Delivery>;
}

/// From whom to whom: one recipient per letter (rule E2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The sender's address, without a name.
    pub from: String,
    /// The recipient's.
    pub to: String,
}

/// The letter was not taken, and nothing of it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not now: a 4xx, no answer, or a server that will not talk with *us* (its greeting, the log-in), whatever the code.
    Later(Reply),
    /// Never: a 5xx about this sender, recipient or letter.
    Never(Reply),
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Taken.
    Accepted(Reply),
    /// Certainly not taken; it may be later.
    Later(Reply),
    /// Refused for good.
    Never(Reply),
    /// The letter was under way when the answer was lost, or the answer made no sense: it may have arrived.
    Unknown(Reply),
}

impl Refusal {
    /// What was answered.
    pub fn reply(&self) -> &Reply {
        match self {
            Self::Later(reply) | Self::Never(reply) => reply,
        }
    }
}

impl Delivery {
    /// What was answered.
    pub fn reply(&self) -> &Reply {
        match self {
            Self::Accepted(reply) | Self::Later(reply) | Self::Never(reply) | Self::Unknown(reply) => reply,
        }
    }
}

impl From<Refusal> for Delivery {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Later(reply) => Self::Later(reply),
            Refusal::Never(reply) => Self::Never(reply),
        }
    }
}

/// What a letter is written from: all of one moment.
#[derive(Clone, Debug)]
pub struct LetterFacts {
    /// The row of the outbox.
    pub letter: Letter,
    /// The account.
    pub account: Arc<Account>,
    /// The recipient.
    pub operator: Operator,
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// The messages that it tells of, in order.
    pub messages: Vec<Message>,
}

/// A letter, ready to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// From whom, to whom.
    pub envelope: Envelope,
    /// The whole message, as RFC 5322 has it.
    pub raw: String,
}

/// Who writes letters. That takes the processor a while, a signature most of it, so the answer comes from another thread than
/// the one that asks.
pub trait Scribe: Send + Sync + 'static {
    /// Writes one; the same facts make the same bytes.
    ///
    /// # Errors
    /// Why it cannot be written, in words: it will never be.
    fn write(&self, facts: LetterFacts) -> Answer<Result<Written, String>>;

    /// Writes a note; the same note makes the same bytes.
    ///
    /// # Errors
    /// Why it cannot be written, in words: it will never be.
    fn write_note(&self, note: Note) -> Answer<Result<Written, String>>;
}
