//! What operators and visitors can do in a conversation, and what becomes of it.

use super::view::Page;
use crate::domain::ids::{ConversationId, GroupId, LetterId, NodeId, OperatorId};
use crate::domain::notice::letter::LetterState;
use crate::domain::time::Timestamp;

/// What an operator can do in a conversation (rules A3, A4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Opens it: everything in it is seen.
    Open,
    /// Looks at it without seeing (a resume, a hidden tab); also how it is read over HTTP.
    Peek,
    /// Has seen up to here.
    Read {
        /// Up to where.
        seq: u64,
    },
    /// Joins.
    Join,
    /// Leaves.
    Leave,
    /// Closes it.
    Close,
    /// Writes; joins if not yet joined.
    Write {
        /// The text, of checked length.
        text: String,
        /// The client's name for it.
        client_id: String,
    },
    /// Hands it to a colleague who is online.
    TransferToOperator(OperatorId),
    /// Hands it to a group.
    TransferToGroup(GroupId),
}

/// What a visitor can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitorDeed {
    /// Writes.
    Write {
        /// The text, of checked length.
        text: String,
        /// The client's name for it.
        client_id: String,
        /// The page's group: that of a conversation which this message makes or reopens.
        group: Option<GroupId>,
        /// Where they are.
        page: Option<Page>,
    },
    /// Says who they are; `None` leaves as it was.
    Identify {
        /// Their name.
        name: Option<String>,
        /// Their address.
        email: Option<String>,
    },
    /// Went to another page.
    Page(Page),
    /// Types, or stopped.
    Typing(bool),
    /// Has read up to here.
    Read {
        /// Up to where.
        seq: u64,
    },
    /// The page's group changed.
    Group(Option<GroupId>),
}

/// What became of a visitor's deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitorDone {
    /// It was written.
    Written {
        /// Where.
        conversation: ConversationId,
        /// At which place.
        seq: u64,
        /// When.
        at: Timestamp,
    },
    /// The page's group changed: its socket shows this box from now on (rule N13).
    Shows {
        /// Whose; `None`: the account's.
        group: Option<GroupId>,
        /// Whether it is online.
        online: bool,
        /// Since when.
        since: Timestamp,
        /// How often the account's documents had been changed then.
        version: u64,
    },
    /// It was done.
    Noted,
}

/// What happens to a conversation: everything that its document can change by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Something may be due, or presence or settings may have changed.
    Look,
    /// An operator does something.
    Operator {
        /// Who.
        by: OperatorId,
        /// What.
        deed: Deed,
    },
    /// The visitor does something.
    Visitor(VisitorDeed),
    /// The visitor has a socket on this node.
    VisitorCame {
        /// Which.
        node: NodeId,
        /// Where they are.
        page: Option<Page>,
    },
    /// The visitor's last socket on this node ended.
    VisitorLeft {
        /// Which node.
        node: NodeId,
        /// When: its last sign of life, where it broke.
        at: Timestamp,
    },
    /// A letter's state changed.
    LetterMoved {
        /// Which.
        letter: LetterId,
        /// To what.
        state: LetterState,
    },
}
