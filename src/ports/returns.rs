//! What comes back after a letter was taken: a report of its delivery (RFC 3464), as the relay's mail server hands it over.

use uuid::Uuid;

use crate::domain::ids::{AccountId, LetterId, NoteId};
use crate::domain::notice::reply::Reply;

/// The name under which a letter, or a note, went out, as it was read from what came back. Whoever reads it asks whether it was
/// signed here ([`Returns`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeId {
    /// The conversation's id, or the note's.
    pub id: Uuid,
    /// The letter's episode; 0: a note's.
    pub episode: u32,
    /// The signature.
    pub tag: [u8; Self::TAG_LEN],
}

/// How far what is said under a name is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is that of the return path, which only the servers on the way have seen.
    ReturnPath,
    /// It is that of the `Message-ID`, which whoever gets an answer to the letter has seen, too.
    MessageId,
}

impl EnvelopeId {
    /// The length of the signature in bytes: 80 bits cannot be guessed where each guess is a mail.
    pub const TAG_LEN: usize = 10;
}

/// What is said to have become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was given up.
    Failed,
    /// It is still tried.
    Delayed,
    /// Something that changes nothing: it was delivered, passed on, spread to several.
    Other,
}

/// A report about one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the report calls itself, so that it counts once: its own `Message-ID`, or what stands for that.
    pub key: String,
    /// About which letter: the names found in it, the return path's first.
    pub about: Vec<EnvelopeId>,
    /// What became of it.
    pub action: Action,
    /// The address that it is about, if it says so.
    pub recipient: Option<String>,
    /// What the receiving server said.
    pub reply: Reply,
}

/// Why something is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoReport(pub &'static str);

/// Who reads what comes back.
pub trait Returns: Send + Sync + 'static {
    /// Reads a whole message (RFC 5322).
    ///
    /// # Errors
    /// It is no report of a delivery.
    fn read(&self, raw: &[u8]) -> Result<Report, NoReport>;

    /// Whether the name is this letter's, and what that proves.
    fn is_of_letter(&self, id: &EnvelopeId, account: AccountId, letter: LetterId) -> Option<Proof>;

    /// The same of a note.
    fn is_of_note(&self, id: &EnvelopeId, note: NoteId) -> Option<Proof>;
}
