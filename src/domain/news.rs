//! What those who watch are told: announcements, in the past tense. `wire` spells them.

use std::sync::Arc;

use super::account::{Account, Kind};
use super::bulletin::Notice;
use super::conversation::message::Message;
use super::conversation::view::{ConversationView, Counts, Page};
use super::ids::{ConversationId, GroupId, OperatorId};
use super::notice::letter::LetterState;
use super::notice::reason::Reason;
use super::presence::status::{DeviceView, Status};
use super::time::Timestamp;

/// What became of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerState {
    /// Its condition holds.
    Running,
    /// Its condition ended.
    Cancelled,
    /// It fired.
    Fired,
}

/// Told to operators' sockets.
#[derive(Clone, Debug)]
pub enum OperatorNews {
    /// A colleague's (or one's own) status changed.
    Presence {
        /// Whose.
        operator: OperatorId,
        /// To what.
        status: Status,
        /// Since when.
        since: Timestamp,
        /// Whether they chose to appear offline.
        appear_offline: bool,
    },
    /// One's own devices changed.
    Devices {
        /// Whose: told to this operator's sockets only.
        operator: OperatorId,
        /// All of them.
        devices: Vec<DeviceView>,
    },
    /// A chat box changed.
    Chat {
        /// Whose; `None`: the account's.
        group: Option<GroupId>,
        /// Whether it is online.
        online: bool,
        /// Since when.
        since: Timestamp,
        /// Whether the server cannot know if it is still so.
        stale: bool,
    },
    /// The reader's own counts changed.
    Counts(Counts),
    /// Something that an admin should know began, or is over. Told to admins only.
    Notice {
        /// What.
        notice: Notice,
        /// `false`: it is over.
        on: bool,
    },
    /// A conversation changed.
    Conversation(Arc<ConversationView>),
    /// Something was said.
    Message {
        /// In which conversation.
        conversation: ConversationId,
        /// What.
        message: Arc<Message>,
    },
    /// Somebody types, or stopped.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Which operator, with their name; `None`: the visitor.
        operator: Option<(OperatorId, String)>,
        /// Whether they type.
        on: bool,
    },
    /// A visitor came, left or moved on.
    Visitor {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether they are there.
        online: bool,
        /// Where.
        page: Option<Page>,
    },
    /// A visitor has read.
    Read {
        /// In which conversation.
        conversation: ConversationId,
        /// Up to where.
        seq: u64,
    },
    /// A timer started or ended.
    Timer {
        /// In which conversation.
        conversation: ConversationId,
        /// Of which kind.
        kind: Kind,
        /// What became of it.
        state: TimerState,
        /// When it fires, while it runs.
        due_at: Option<Timestamp>,
        /// Why it ended, where it did.
        reason: Option<Reason>,
    },
    /// A letter's state changed.
    Email {
        /// About which conversation.
        conversation: ConversationId,
        /// To whom.
        operator: OperatorId,
        /// To what.
        state: LetterState,
    },
    /// The account's settings changed.
    Settings(Arc<Account>),
}

/// Told to a visitor's sockets.
#[derive(Clone, Debug)]
pub enum VisitorNews {
    /// Something was said.
    Message {
        /// In which conversation.
        conversation: ConversationId,
        /// What.
        message: Arc<Message>,
    },
    /// An operator types, or stopped.
    Typing {
        /// Under which name.
        name: String,
        /// Whether they type.
        on: bool,
    },
    /// An operator joined.
    OperatorJoined {
        /// Under which name.
        name: String,
    },
    /// An operator left.
    OperatorLeft {
        /// Under which name.
        name: String,
    },
    /// The conversation was closed.
    Closed,
    /// An operator has read.
    Read {
        /// Up to where.
        seq: u64,
    },
}
