//! A store's whole content, as a move into another store walks through it.
//!
//! What is walked is what the port knows, never how an engine lays it out; it is written to the other side by ordinary commits.
//! The order is the same in every engine: part by part as in [`Part::ALL`], within each as that says.

use std::pin::Pin;
use std::sync::Arc;

use super::journal::{Append, DecisionRow, DocKey, Found, InboxRow, InboxStatus, LetterRow, StoreError, Stored};
use crate::domain::ids::{AccountId, ConversationId, LetterId};
use crate::domain::time::Timestamp;

/// How many pieces a page of a walk holds at most.
pub const PAGE_LEN_MAX: usize = 256;

/// The parts of a store's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Documents: by account, kind in the order of [`DocKey`], id.
    Documents,
    /// Entries of streams: by account, kind in the order of [`Stream`](super::journal::Stream), id, position.
    Entries,
    /// Deadlines: by instant, account, conversation.
    Deadlines,
    /// Until when presence matters: by account, instant, conversation.
    Attention,
    /// Rows of the inbox: by account, group (none first), status, instant, conversation.
    Inbox,
    /// Rows of letters: by account, when they were queued, id.
    Letters,
    /// Decisions about operators: by account, operator, instant, id.
    Decisions,
    /// Plain records: by key.
    Records,
}

impl Part {
    /// All, in the order of a walk.
    pub const ALL: [Self; 8] = [
        Self::Documents,
        Self::Entries,
        Self::Deadlines,
        Self::Attention,
        Self::Inbox,
        Self::Letters,
        Self::Decisions,
        Self::Records,
    ];

    /// What it is called in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Entries => "entries",
            Self::Deadlines => "deadlines",
            Self::Attention => "attention",
            Self::Inbox => "inbox",
            Self::Letters => "letters",
            Self::Decisions => "decisions",
            Self::Records => "records",
        }
    }
}

/// One thing that a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A document.
    Document(DocKey, Stored),
    /// An entry of a stream.
    Entry(Append),
    /// When a conversation wants to be looked at.
    Deadline(AccountId, ConversationId, Timestamp),
    /// Until when a change of presence matters to a conversation.
    Attention(AccountId, ConversationId, Timestamp),
    /// A conversation's row in the inbox; who joined and the texts each once, in order.
    Inbox(AccountId, ConversationId, InboxRow),
    /// A letter's row in the outbox.
    Letter(AccountId, LetterId, LetterRow),
    /// A decision's row.
    Decision(AccountId, DecisionRow),
    /// A plain record.
    Record(String, Vec<u8>),
}

impl Piece {
    /// Of which part it is.
    pub fn part(&self) -> Part {
        match self {
            Self::Document(..) => Part::Documents,
            Self::Entry(_) => Part::Entries,
            Self::Deadline(..) => Part::Deadlines,
            Self::Attention(..) => Part::Attention,
            Self::Inbox(..) => Part::Inbox,
            Self::Letter(..) => Part::Letters,
            Self::Decision(..) => Part::Decisions,
            Self::Record(..) => Part::Records,
        }
    }

    /// To which account it belongs; a record to none.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Document(key, _) => Some(key.account()),
            Self::Entry(append) => Some(append.stream.account()),
            Self::Deadline(account, ..)
            | Self::Attention(account, ..)
            | Self::Inbox(account, ..)
            | Self::Letter(account, ..)
            | Self::Decision(account, _) => Some(*account),
            Self::Record(..) => None,
        }
    }
}

/// The place of a status in the order of a walk.
pub fn rank(status: InboxStatus) -> u8 {
    match status {
        InboxStatus::Unserved => 1,
        InboxStatus::Served => 2,
        InboxStatus::Closed => 3,
    }
}

/// A page, when it is read.
pub type NextPage<'a> = Pin<Box<dyn Future<Output = Result<Vec<Piece>, StoreError>> + Send + 'a>>;

/// A walk through all that a store holds. Nobody may write meanwhile.
pub trait Walk: Send {
    /// The next pieces, at most [`PAGE_LEN_MAX`]; none: that was all.
    fn next(&mut self) -> NextPage<'_>;
}

/// Whether a move into a store can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// It was empty, and is now marked: no server takes it before the move is finished.
    Begun,
    /// It bears the mark of a move that was not finished.
    Unfinished,
    /// It holds something.
    Full,
}

/// The side of a store that a move needs.
pub trait Content: Send + Sync + 'static {
    /// Through all that it holds.
    fn walk(self: Arc<Self>) -> Box<dyn Walk>;

    /// How much a walk will meet, roughly: for who watches.
    fn size(&self) -> Found<u64>;

    /// Marks an empty store as one that is being moved into.
    fn begin(&self) -> Found<Beginning>;

    /// Removes all that an unfinished move has written, but for its mark.
    fn clear(&self) -> Found<()>;

    /// Takes the mark away. The clock of whoever opens the store next starts no earlier than `not_before` (rule N11).
    fn finish(&self, not_before: Timestamp) -> Found<()>;
}
