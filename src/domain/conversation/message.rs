//! What is said in a conversation.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{GroupId, OperatorId};
use crate::domain::time::Timestamp;

/// The longest text of a message, in Unicode scalar values.
pub const TEXT_LEN_MAX: usize = 4_000;
/// The longest `client_id`, in bytes.
pub const CLIENT_ID_LEN_MAX: usize = 128;

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    /// An operator, under the name that they had.
    Operator {
        /// Who.
        id: OperatorId,
        /// Their name then.
        name: String,
    },
    /// The visitor, under the name that they had given by then.
    Visitor {
        /// Their name then.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
    },
    /// doorbell itself: something happened.
    System,
}

/// What happened, in a system message: told in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Happened {
    /// An operator joined.
    Joined {
        /// Who.
        operator: OperatorId,
        /// Their name then.
        name: String,
    },
    /// An operator left.
    Left {
        /// Who.
        operator: OperatorId,
        /// Their name then.
        name: String,
    },
    /// It was handed to an operator or a group.
    Transferred {
        /// To whom.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        operator: Option<OperatorId>,
        /// To which group.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        group: Option<GroupId>,
        /// The name of either, then.
        name: String,
    },
    /// It was closed.
    Closed {
        /// By whom.
        operator: OperatorId,
        /// Their name then.
        name: String,
    },
}

/// One message of a conversation's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its place in the conversation, from 1 without gaps.
    pub seq: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Who said it.
    pub author: Author,
    /// Its text; empty for a system message.
    pub text: String,
    /// The name that its client gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_id: Option<String>,
    /// What happened, where the author is the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event: Option<Happened>,
}
