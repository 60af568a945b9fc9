//! What nodes on one store tell each other.
//!
//! Everything here is a hint: it may come late, twice, out of order, or never. Nothing is decided by one; it only says that
//! somebody who knows something had better read it again. What may have been missed is a [`Heard::Gap`].

use serde::{Deserialize, Serialize};

use super::journal::{Answer, Commit, DocKey, Stream, Token};
use crate::domain::ids::{AccountId, ConversationId, LetterId, NoteId, OperatorId};
use crate::domain::notice::letter::Attempt;
use crate::domain::time::Timestamp;

/// What was carried to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// A letter about a conversation.
    Letter(LetterId),
    /// A letter about an account.
    Note(NoteId),
}

/// Something that a node did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hint", rename_all = "snake_case")]
pub enum Hint {
    /// Documents of an account are at these versions now. Told by the store itself, with the commit.
    Written {
        /// Whose.
        account: AccountId,
        /// Which.
        docs: Vec<Written>,
    },
    /// Log-ins of the account's operators ended (rules P4, P9).
    LogInsEnded {
        /// Whose.
        account: AccountId,
    },
    /// The relay took a letter or a note: nobody sends it again, whatever the store remembers of it.
    Taken {
        /// Whose.
        account: AccountId,
        /// Which.
        what: Carried,
        /// How.
        attempt: Box<Attempt>,
        /// Of a letter: the places of the messages that it told.
        seqs: Vec<u64>,
    },
    /// Somebody types; kept nowhere.
    Typing {
        /// Whose conversation.
        account: AccountId,
        /// Which.
        conversation: ConversationId,
        /// Who, with their name; `None`: the visitor.
        operator: Option<(OperatorId, String)>,
        /// Whether they do.
        on: bool,
    },
}

impl Hint {
    /// The account that it is about.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Written { account, .. }
            | Self::LogInsEnded { account }
            | Self::Taken { account, .. }
            | Self::Typing { account, .. } => *account,
        }
    }

    /// What is told of a commit that was written; `None`: it wrote no document.
    pub fn of(commit: &Commit) -> Option<Self> {
        let account = commit.writes.first()?.key.account();
        let docs = commit.writes.iter().map(|write| Written {
            key: write.key,
            token: write.token,
            said_from: commit.log.iter().filter(|append| says(append.stream, write.key)).map(|a| a.position).min(),
        });
        Some(Self::Written { account, docs: docs.collect() })
    }
}

/// Whether the stream holds what was said in the conversation.
fn says(stream: Stream, key: DocKey) -> bool {
    matches!((stream, key), (Stream::Messages(_, of), DocKey::Conversation(_, conversation)) if of == conversation)
}

/// A document that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Which.
    pub key: DocKey,
    /// Its version since.
    pub token: Token,
    /// Of a conversation: the place of the first message of the same commit.
    pub said_from: Option<u64>,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// This.
    Hint(Hint),
    /// Anything may have happened unheard: all that is known is to be read again.
    Gap,
}

/// The way between nodes, as one of them has it.
pub trait Bus: Send + Sync + 'static {
    /// Tells the other nodes. Returns at once.
    fn tell(&self, hint: Hint);

    /// What was heard since the last call, in the order in which it came; waits for something. There is one listener. What this
    /// node told, or wrote, itself may be among it.
    fn hear(&self) -> Answer<Vec<Heard>>;

    /// Since when it is not known to deliver; `None`: it delivers.
    fn deaf_since(&self) -> Option<Timestamp>;
}

/// The bus of a node that has its store for itself: nobody is told, nothing is heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Bus for Alone {
    fn tell(&self, _: Hint) {}

    fn hear(&self) -> Answer<Vec<Heard>> {
        Box::pin(std::future::pending())
    }

    fn deaf_since(&self) -> Option<Timestamp> {
        None
    }
}
