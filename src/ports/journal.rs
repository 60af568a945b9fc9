//! The store's one atomic step, and the reads beside it.
//!
//! Documents are opaque bytes here: a store engine knows tokens, keys, streams and indexes, never the shapes within
//! (those are `store::record`'s). Everything of one commit belongs to one account.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, GroupId, LetterId, NoteId, OperatorId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;

/// A future that need not stay on its thread.
pub type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a read answers.
pub type Found<T> = Answer<Result<T, StoreError>>;

/// One document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocKey {
    /// Plan, switches, groups, operators, addresses.
    Settings(AccountId),
    /// Devices, forced states, boxes.
    Presence(AccountId),
    /// One visitor's thread.
    Conversation(AccountId, ConversationId),
    /// One row of the outbox.
    Letter(AccountId, LetterId),
    /// A letter about the account itself.
    Note(AccountId, NoteId),
}

impl DocKey {
    /// The account that it belongs to.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Settings(a)
            | Self::Presence(a)
            | Self::Conversation(a, _)
            | Self::Letter(a, _)
            | Self::Note(a, _) => *a,
        }
    }
}

/// The version of a document, minted by who commits it: a counter, and 64 random bits so that a repeat after an unknown
/// outcome is recognised as one's own and a forked history never passes for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    /// One more than that of the version before; the first is 1.
    pub counter: u64,
    /// Random.
    pub nonce: u64,
}

impl Token {
    /// Whether this version, which was heard of, is newer than the one that is known, or of another history.
    pub fn is_news(self, known: Option<Self>) -> bool {
        known.is_none_or(|known| {
            known.counter < self.counter || (known.counter == self.counter && known.nonce != self.nonce)
        })
    }
}

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its version.
    pub token: Token,
    /// Its content.
    pub state: Vec<u8>,
}

/// An append-only stream. Positions are given by who appends; each is written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The account's changes of presence.
    Edges(AccountId),
    /// What was said in a conversation.
    Messages(AccountId, ConversationId),
    /// What was decided about a conversation, and why.
    Entries(AccountId, ConversationId),
    /// What admins did to the account.
    Audit(AccountId),
}

impl Stream {
    /// The account that it belongs to.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Edges(a) | Self::Messages(a, _) | Self::Entries(a, _) | Self::Audit(a) => *a,
        }
    }
}

/// One entry of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// To which stream.
    pub stream: Stream,
    /// At which position.
    pub position: u64,
    /// Its content.
    pub entry: Vec<u8>,
}

/// A conversation's row in the inbox index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// `unserved`, `served` or `closed`.
    pub status: InboxStatus,
    /// The group that it belongs to.
    pub group: Option<GroupId>,
    /// The last activity: the order of the inbox.
    pub at: Timestamp,
    /// Who joined.
    pub joined: Vec<OperatorId>,
    /// What the search finds by prefix: the visitor's name and address, case and accents folded.
    pub search: Vec<String>,
}

/// The three states of a conversation, as the inbox sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InboxStatus {
    /// Nobody has joined.
    Unserved,
    /// Somebody has joined.
    Served,
    /// Closed.
    Closed,
}

/// A letter's row in the outbox index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRow {
    /// The state's name (rule W3).
    pub state: String,
    /// When something is to be done about it; `None` when it is finished.
    pub due: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// A decision's row in the index of the operator that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionRow {
    /// About whom.
    pub operator: OperatorId,
    /// When it was so: the order of the list.
    pub at: Timestamp,
    /// Which.
    pub id: DecisionId,
}

/// A change to an index, in the same step as the document it mirrors. All may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexOp {
    /// When the conversation wants to be looked at; `None`: not by itself.
    Deadline(ConversationId, Option<Timestamp>),
    /// Until when a change of presence matters to the conversation ([`Timestamp::NEVER`] while something waits in it);
    /// `None`: it does not.
    Attention(ConversationId, Option<Timestamp>),
    /// Where it stands in the inbox.
    Inbox(ConversationId, InboxRow),
    /// Where a letter stands in the outbox.
    Letter(LetterId, LetterRow),
    /// A decision was made about an operator.
    Decided(DecisionRow),
    /// It turned out otherwise before it was settled.
    Undecided(DecisionRow),
}

/// A letter to be queued, if none is there under its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLetter {
    /// Its id; the one fact that makes a second letter impossible.
    pub id: LetterId,
    /// The document's first version.
    pub token: Token,
    /// Its content.
    pub state: Vec<u8>,
    /// Its row in the outbox index.
    pub row: LetterRow,
}

/// A plain record beside the documents: sessions, log-in names, widget keys, visitors' tokens, node leases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOp {
    /// Writes it, whatever was there.
    Put {
        /// Its key, `kind/…`.
        key: String,
        /// Its content.
        value: Vec<u8>,
    },
    /// Removes it.
    Delete {
        /// Its key.
        key: String,
    },
}

/// A document to be written. It must be among the commit's reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which.
    pub key: DocKey,
    /// Its new version.
    pub token: Token,
    /// Its new content.
    pub state: Vec<u8>,
}

/// One atomic step. Nothing of it is written unless every document read is still at the token read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Every document that the decision looked at; `None`: that there was none.
    pub reads: Vec<(DocKey, Option<Token>)>,
    /// Those among them that change.
    pub writes: Vec<Write>,
    /// What is appended to streams.
    pub log: Vec<Append>,
    /// What changes in the indexes: of the account of the first read.
    pub indexes: Vec<(AccountId, IndexOp)>,
    /// Letters, inserted if absent.
    pub outbox: Vec<(AccountId, NewLetter)>,
    /// Plain records.
    pub records: Vec<RecordOp>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable. Also the answer to a repeat of a commit that had been written (recognised by the tokens of its writes), for
    /// five minutes even if somebody else has written since.
    Committed {
        /// The store's time.
        at: Timestamp,
    },
    /// A document has another token than the one read; nothing was written. Read again and decide again.
    Conflict {
        /// Which documents.
        stale: Vec<DocKey>,
    },
    /// It may or may not have been written (a time-out, a full disk at the wrong moment). Ask again with the same tokens.
    Unknown {
        /// Why, for the log.
        why: String,
    },
}

/// Why a read failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store does not answer now; it may later.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// What it holds cannot be read.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// What a read that failed says to who asked.
impl From<StoreError> for Refusal {
    fn from(why: StoreError) -> Self {
        Self::unavailable(why.to_string())
    }
}

/// Which conversations, newest activity first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxQuery {
    /// Only of this status.
    pub status: Option<InboxStatus>,
    /// Not those of these groups, unless joined by `or_joined_by`. Groups are left out, not chosen: conversations of a
    /// group that is no more are everybody's.
    pub but_groups: Vec<GroupId>,
    /// Widens what `but_groups` leaves: those that this operator has joined.
    pub or_joined_by: Option<OperatorId>,
    /// Only those that this operator has joined.
    pub joined_by: Option<OperatorId>,
    /// Only those where a search text starts with this (folded) text.
    pub prefix: Option<String>,
    /// Only those after this place of the order: a cursor.
    pub after: Option<(Timestamp, ConversationId)>,
    /// At most so many.
    pub limit: usize,
}

/// Which letters, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterQuery {
    /// Only in this state.
    pub state: Option<String>,
    /// Only to this operator.
    pub operator: Option<OperatorId>,
    /// Only about this conversation.
    pub conversation: Option<ConversationId>,
    /// Only those after this place of the order: a cursor.
    pub after: Option<(Timestamp, LetterId)>,
    /// At most so many.
    pub limit: usize,
}

/// What is under way in the whole store, for whoever watches it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Running timers.
    pub timers: u64,
    /// Those of them whose deadline is over; counted up to [`Tally::OVERDUE_MAX`].
    pub timers_overdue: u64,
    /// The earliest deadline that is over.
    pub overdue_since: Option<Timestamp>,
    /// Letters about which something is still to be done, by the names of their states, in the order of the names.
    pub letters: Vec<(String, u64)>,
}

impl Tally {
    /// Up to how many overdue timers are counted: that many are an alarm, and counting more would cost time.
    pub const OVERDUE_MAX: usize = 10_000;
}

/// A place where accounts live. Engines: SQLite, Redis, memory (tests); each passes `tests/store_contract`.
///
/// Every method returns at once; the answer comes from the engine's own thread, so an arbiter never waits for a disk.
pub trait Store: Send + Sync + 'static {
    /// The store's clock: never goes back, within a run or over a restart.
    fn now(&self) -> Timestamp;

    /// The atomic step.
    fn commit(&self, commit: Commit) -> Answer<Outcome>;

    /// Documents as of one moment, in the order asked.
    fn load(&self, keys: Vec<DocKey>) -> Found<Vec<Option<Stored>>>;

    /// Single entries, in the order asked.
    fn entries(&self, places: Vec<(Stream, u64)>) -> Found<Vec<Option<Vec<u8>>>>;

    /// Entries with positions greater than `after`, ascending, at most `limit`.
    fn read(&self, stream: Stream, after: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>>;

    /// Entries with positions less than `before`, the newest `limit` of them, ascending.
    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>>;

    /// Conversations whose deadline is at or before `until`, earliest first.
    fn overdue(&self, until: Timestamp, limit: usize) -> Found<Vec<(Timestamp, AccountId, ConversationId)>>;

    /// Conversations of the account to which a change of presence at or after `since` matters.
    fn attention(&self, account: AccountId, since: Timestamp) -> Found<Vec<ConversationId>>;

    /// Accounts with such a conversation, in the order of their ids, those after `after`.
    fn attentive_accounts(&self, since: Timestamp, after: Option<AccountId>, limit: usize) -> Found<Vec<AccountId>>;

    /// A page of the inbox.
    fn inbox(&self, account: AccountId, query: InboxQuery) -> Found<Vec<(Timestamp, ConversationId)>>;

    /// How many conversations the query (its `after` and `limit` aside) names. Without a prefix, and joined by nobody else
    /// than `or_joined_by`, it is answered from counters; else it costs as much as what it counts.
    fn count(&self, account: AccountId, query: InboxQuery) -> Found<u64>;

    /// Decisions about an operator, newest first: those after a place of the order, at most `limit`.
    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Found<Vec<(Timestamp, DecisionId)>>;

    /// The account of a conversation.
    fn account_of(&self, conversation: ConversationId) -> Found<Option<AccountId>>;

    /// Letters about which something is to be done at or before `until`, earliest due first; none of the accounts `except`, whose
    /// letters are passed over one by one.
    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Found<Vec<(Timestamp, AccountId, LetterId)>>;

    /// A page of the outbox.
    fn letters(&self, account: AccountId, query: LetterQuery) -> Found<Vec<(Timestamp, LetterId)>>;

    /// What is under way. It does not look at what is finished.
    fn tally(&self) -> Found<Tally>;

    /// A plain record.
    fn record(&self, key: String) -> Found<Option<Vec<u8>>>;

    /// Plain records whose keys start with `prefix`, in the order of their keys, those after `after`.
    fn records(&self, prefix: String, after: Option<String>, limit: usize) -> Found<Vec<(String, Vec<u8>)>>;

    /// Whether other nodes may work on it at the same time.
    fn is_shared(&self) -> bool;

    /// Whether it can be written to now.
    fn health(&self) -> Found<()>;
}
