//! A conversation as people are shown it.

use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::domain::account::Kind;
use crate::domain::ids::{ConversationId, GroupId, OperatorId, VisitorId};
use crate::domain::notice::letter::LetterState;
use crate::domain::time::Timestamp;

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has joined.
    Unserved,
    /// Somebody has joined.
    Served,
    /// Closed.
    Closed,
}

/// The page that a visitor looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its address, as the visitor's browser says: text, never a link.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
}

/// A visitor as operators are shown them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorView {
    /// Who.
    pub id: VisitorId,
    /// The name that they gave.
    pub name: Option<String>,
    /// The address that they gave.
    pub email: Option<String>,
    /// Whether any of their sockets lives (or lingers, rule P7).
    pub online: bool,
    /// Where they are, or were last.
    pub page: Option<Page>,
}

/// What would end a running timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canceller {
    /// Somebody of the audience comes online.
    Online,
    /// Those who would be mailed open it.
    Open,
    /// Somebody joins.
    Join,
    /// Somebody replies.
    Reply,
    /// Somebody closes it.
    Close,
    /// The visitor comes back.
    Return,
}

/// A running timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerView {
    /// Of which kind.
    pub kind: Kind,
    /// Since when its condition holds.
    pub started_at: Timestamp,
    /// When it fires.
    pub due_at: Timestamp,
    /// Who would be mailed if it fired now.
    pub recipients: Vec<OperatorId>,
    /// What would end it.
    pub cancels: Vec<Canceller>,
}

/// A summary of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    /// Which.
    pub id: ConversationId,
    /// Where it stands.
    pub status: Standing,
    /// Its group.
    pub group: Option<GroupId>,
    /// Whose.
    pub visitor: VisitorView,
    /// Who has joined, with names.
    pub operators: Vec<(OperatorId, String)>,
    /// The newest message.
    pub last_message: Option<Message>,
    /// The visitor's messages that no operator has seen.
    pub unread: u64,
    /// The last activity.
    pub at: Timestamp,
    /// The timer that is due first.
    pub timer: Option<TimerView>,
    /// The worst state among the letters of the last email about it.
    pub email: Option<LetterState>,
    /// The newest message's place.
    pub last_seq: u64,
    /// Up to where operators have read.
    pub read_seq: u64,
    /// Up to where the visitor has read.
    pub seen_seq: u64,
}

/// How many conversations of an operator's audience there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Unserved.
    pub unserved: u64,
    /// Those that one has joined.
    pub mine: u64,
    /// Those that somebody has joined.
    pub served: u64,
}
