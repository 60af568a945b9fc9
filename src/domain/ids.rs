//! Names of things: UUIDs, told apart by their types. Minted outside (nothing in `domain` draws random numbers).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            /// Accepts the hyphenated form in small letters only: an id has one spelling.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id = Uuid::try_parse(text)?;
                let is_spelled_so = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
                if is_spelled_so { Ok(Self(id)) } else { Uuid::try_parse("").map(Self) }
            }
        }
    };
}

id!(
    /// One company.
    AccountId
);
id!(
    /// A person of an account.
    OperatorId
);
id!(
    /// A named set of operators (plan pro).
    GroupId
);
id!(
    /// A person on the web site.
    VisitorId
);
id!(
    /// One visitor's thread.
    ConversationId
);
id!(
    /// A log-in of an operator.
    SessionId
);
id!(
    /// A letter about an account itself: an invitation, a forgotten password.
    NoteId
);
id!(
    /// One run of one server process. A restart is a new node, so that what the old one held can be told from what lives.
    NodeId
);

/// The name that a client made for its browser or app installation; 1 to [`DeviceId::LEN_MAX`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub String);

impl DeviceId {
    /// The longest name that a client may make, in bytes.
    pub const LEN_MAX: usize = 128;
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One letter: at most one per conversation, episode and operator (rule E4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LetterId {
    /// About which conversation.
    pub conversation: ConversationId,
    /// Which of its episodes, counted from 1.
    pub episode: u32,
    /// To whom.
    pub operator: OperatorId,
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.conversation.0.simple(), self.episode, self.operator.0.simple())
    }
}

impl From<LetterId> for String {
    fn from(id: LetterId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for LetterId {
    type Error = NotALetterId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for LetterId {
    type Err = NotALetterId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let (Some(conversation), Some(episode), Some(operator), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotALetterId);
        };
        let id = Self {
            conversation: ConversationId(Uuid::try_parse(conversation).map_err(|_| NotALetterId)?),
            episode: episode.parse().map_err(|_| NotALetterId)?,
            operator: OperatorId(Uuid::try_parse(operator).map_err(|_| NotALetterId)?),
        };
        // One spelling, like the ids that it is made of.
        if id.to_string() == text { Ok(id) } else { Err(NotALetterId) }
    }
}

/// One decision: an outcome of a conversation, by its place in the record. An outcome that is not settled yet has the place
/// that it will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId {
    /// About which conversation.
    pub conversation: ConversationId,
    /// The outcome's place in the conversation's record, counted from 1.
    pub position: u64,
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.conversation.0.simple(), self.position)
    }
}

impl FromStr for DecisionId {
    type Err = NotADecisionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (conversation, position) = text.split_once('.').ok_or(NotADecisionId)?;
        Ok(Self {
            conversation: ConversationId(Uuid::try_parse(conversation).map_err(|_| NotADecisionId)?),
            position: position.parse().map_err(|_| NotADecisionId)?,
        })
    }
}

/// The text does not name a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADecisionId;

impl fmt::Display for NotADecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the place of a decision")
    }
}

impl std::error::Error for NotADecisionId {}

/// The text does not name a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALetterId;

impl fmt::Display for NotALetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the id of a letter")
    }
}

impl std::error::Error for NotALetterId {}
