//! What an account's actor can be asked, and what it tells. Requests are imperative, announcements past tense.
//!
//! Everything about an account goes to its [`AccountActor`](super::account::AccountActor) through
//! [`Accounts::ask`](super::directory::Accounts::ask); it passes on what belongs to one of its conversations.
//! An answer comes after the commit of what was asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix::{Message, Recipient};

use crate::domain::account::{Account, Locale, Operator};
use crate::domain::audit::{Doer, Done as AuditedAct};
use crate::domain::bulletin::Notice;
pub use crate::domain::conversation::deed::{Deed, VisitorDeed, VisitorDone};
use crate::domain::conversation::message::Message as Said;
pub use crate::domain::conversation::view::Counts;
use crate::domain::conversation::view::{ConversationView, Page};
use crate::domain::ids::{AccountId, ConversationId, DeviceId, GroupId, OperatorId, SessionId, VisitorId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::presence::status::{BoxView, DeviceKind, DeviceView, OperatorView, Status};
use crate::domain::presence::word::Word;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};

/// The answer to everything that can be refused.
pub type Reply<T> = Result<T, Refusal>;

/// One operator's socket, unique within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// One worker's lobby, unique within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LobbyId(pub u32);

/// One visitor's socket, unique within its lobby for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u64);

/// A socket's last sign of life, written by the door at every incoming frame and read by the account.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<AtomicI64>);

impl Pulse {
    /// A pulse that was felt at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.0)))
    }

    /// A sign of life.
    pub fn beat(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::Relaxed);
    }

    /// The last one.
    pub fn last(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// How a socket ended (rule P4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By `bye`, log-out or sign-out: at once.
    Bye,
    /// In any other way: its device or visitor lingers; the end is dated back to this last sign of life if it does not return.
    Broken {
        /// The last frame's time.
        last_sign: Timestamp,
    },
}

impl Ended {
    /// That of a socket that was not let in. For who was refused because the store did not answer it has broken; others are gone.
    pub fn refused(why: &Refusal, now: Timestamp) -> Self {
        if why.code == RefusalCode::Unavailable { Self::Broken { last_sign: now } } else { Self::Bye }
    }
}

// ---------------------------------------------------------------- operators' sockets

/// What a socket is told.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub enum ToSocket {
    /// Something happened.
    News(Arc<OperatorNews>),
    /// It must end: its session was revoked or its operator deactivated (close code 4001).
    Revoked,
    /// It is to be asked for a sign of life: this node was taken for lost, and the socket with it.
    Prove,
}

/// A socket said hello and its session is good.
#[derive(Clone, Message)]
#[rtype(result = "Reply<Entered>")]
pub struct Enter {
    /// Which socket.
    pub socket: SocketId,
    /// Whose.
    pub operator: OperatorId,
    /// By which log-in.
    pub session: SessionId,
    /// On which device.
    pub device: DeviceId,
    /// Of what kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
    /// What the user chooses for the device; `None`: what it last was, at first online.
    pub state: Option<Word<Status>>,
    /// Where to tell it.
    pub outlet: Recipient<ToSocket>,
    /// Its signs of life.
    pub pulse: Pulse,
}

/// What a welcome is made of.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Oneself.
    pub operator: Operator,
    /// One's account.
    pub account: Arc<Account>,
    /// The boxes: the account's and each group's.
    pub chat: Vec<BoxView>,
    /// Everybody, oneself included.
    pub operators: Vec<OperatorView>,
    /// One's own devices.
    pub devices: Vec<DeviceView>,
    /// The newest 50 open conversations of one's audience.
    pub conversations: Vec<Arc<ConversationView>>,
    /// How many there are.
    pub counts: Counts,
    /// What one should know as an admin; nothing for others.
    pub notices: Vec<Notice>,
}

/// The user chose a state for the socket's device.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct Choose {
    /// Which socket.
    pub socket: SocketId,
    /// What they chose.
    pub state: Word<Status>,
}

/// An operator is to appear offline, or no longer (rule P3).
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct AppearOffline {
    /// Who.
    pub operator: OperatorId,
    /// Whether.
    pub on: Word<bool>,
}

/// An admin makes a colleague appear offline, or no longer (rule P3): it stands in the audit trail.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct ForceOffline {
    /// Who.
    pub operator: OperatorId,
    /// Whether.
    pub on: Word<bool>,
    /// The admin.
    pub by: Doer,
}

/// A socket ended. Answered once it is durable.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct SocketEnded {
    /// Which.
    pub socket: SocketId,
    /// How.
    pub how: Ended,
}

/// A device without a socket counts until its lease lapses (rule P5).
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<Timestamp>")]
pub struct Lease {
    /// Whose.
    pub operator: OperatorId,
    /// By which log-in.
    pub session: SessionId,
    /// On which device.
    pub device: DeviceId,
    /// Of what kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
    /// What it counts as; `Offline` ends the lease.
    pub state: Word<Status>,
    /// For how long from when that was said, already cut to what the server allows.
    pub ttl: Span,
}

/// The log-ins of an operator that a device uses right now, by its sockets and its lease; `None`: there is no such device.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<Option<Vec<SessionId>>>")]
pub struct AskDevice {
    /// Whose.
    pub operator: OperatorId,
    /// Which.
    pub device: DeviceId,
}

/// The log-in ended (log-out, revoked, password changed): its sockets and leases end at once (rules P4, P9).
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct EndSessions {
    /// Whose.
    pub operator: OperatorId,
    /// Which; `None`: all of the operator's.
    pub sessions: Option<Vec<SessionId>>,
    /// A device that is signed out: it ends too, whatever its log-in, and is forgotten.
    pub device: Option<DeviceId>,
}

/// Who is there, and why (rule P8).
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<Presence>")]
pub struct AskPresence;

/// The whole presence of an account.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The boxes.
    pub chat: Vec<BoxView>,
    /// Everybody.
    pub operators: Vec<OperatorView>,
}

/// The account's settings.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<Arc<Account>>")]
pub struct AskAccount;

// ---------------------------------------------------------------- settings

/// A pure change of the settings document: decided again on the newest settings if it lost a race. `now` is told to it.
pub type Change = Arc<dyn Fn(&mut Account, Timestamp) -> Reply<Changed> + Send + Sync>;

/// What a change of the settings brings along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Plain records to be written in the same commit (log-in names, credentials, widget keys).
    pub records: Vec<crate::ports::journal::RecordOp>,
    /// What the caller wants to know of what was made (an id).
    pub made: Option<uuid::Uuid>,
}

/// Change the settings, atomically with what presence and boxes make of it.
#[derive(Clone, Message)]
#[rtype(result = "Reply<(Arc<Account>, Changed)>")]
pub struct ChangeSettings(pub Change);

/// The same, by an admin: what it changes stands in the audit trail, worked out of the settings before and after.
#[derive(Clone, Message)]
#[rtype(result = "Reply<(Arc<Account>, Changed)>")]
pub struct ChangeAudited {
    /// The change.
    pub change: Change,
    /// The admin.
    pub by: Doer,
    /// What it does besides, where the settings do not show it.
    pub also: Vec<AuditedAct>,
}

// ---------------------------------------------------------------- conversations, by operators

/// An operator does something in a conversation.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<Done>")]
pub struct Act {
    /// In which.
    pub conversation: ConversationId,
    /// Who.
    pub operator: OperatorId,
    /// What.
    pub deed: Deed,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// The conversation after it.
    pub view: Arc<ConversationView>,
    /// The message written, by its place and time, where one was.
    pub written: Option<(u64, Timestamp)>,
}

/// Summaries of conversations, in the order asked; those that do not exist are left out.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Reply<Vec<Arc<ConversationView>>>")]
pub struct AskConversations(pub Vec<ConversationId>);

/// What was decided about a conversation, and what is running (rules W1 to W3).
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<crate::domain::notice::explain::Explanation>")]
pub struct AskExplanation(pub ConversationId);

/// Somebody types; told on, kept nowhere.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct OperatorTypes {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub operator: OperatorId,
    /// Whether.
    pub on: bool,
}

// ---------------------------------------------------------------- visitors

/// What a lobby is told.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub enum ToLobby {
    /// A box changed: every slot of this account and box is to be told.
    Chat {
        /// Of which account.
        account: AccountId,
        /// Which box; `None`: the account's.
        group: Option<GroupId>,
        /// Whether it is online.
        online: bool,
        /// Since when.
        since: Timestamp,
        /// How often the account's documents had been changed then.
        version: u64,
    },
    /// Other groups count than before: slots look which box they show (rules N9, N13).
    GroupsChanged {
        /// Of which account.
        account: AccountId,
    },
    /// Some slots are to be told.
    News {
        /// Which.
        slots: Vec<SlotId>,
        /// What.
        news: Arc<VisitorNews>,
    },
    /// The slot shows this box from now on (rule N13); if it differs from what it showed, it is told so.
    Shows {
        /// Which slot.
        slot: SlotId,
        /// Which box.
        chat: BoxView,
    },
    /// The slots are to be asked for a sign of life, which is told by [`VisitorAlive`]: this node was taken for lost, and they
    /// with it.
    Prove {
        /// Which.
        slots: Vec<SlotId>,
    },
}

/// A visitor's socket said hello.
#[derive(Clone, Message)]
#[rtype(result = "Reply<VisitorEntered>")]
pub struct VisitorEnter {
    /// In which lobby.
    pub lobby: LobbyId,
    /// How to tell the lobby.
    pub outlet: Recipient<ToLobby>,
    /// Which slot.
    pub slot: SlotId,
    /// Who, by a token that was checked.
    pub visitor: VisitorId,
    /// `true`: the token was minted just now, so nothing can be stored about them.
    pub fresh: bool,
    /// The web site that the socket comes from, unless it is doorbell's own; must be an allowed one.
    pub origin: Option<String>,
    /// The page's group.
    pub group: Option<GroupId>,
    /// Where they are.
    pub page: Option<Page>,
    /// Only messages after this one are wanted.
    pub after: u64,
}

/// What a visitor's welcome is made of.
#[derive(Clone, Debug)]
pub struct VisitorEntered {
    /// The box that the slot shows (rule N13).
    pub chat: BoxView,
    /// The name that they gave.
    pub name: Option<String>,
    /// The address that they gave.
    pub email: Option<String>,
    /// The account's name: whom they write to.
    pub account_name: String,
    /// The account's language: that of who names none.
    pub locale: Locale,
    /// Their conversation, if there is one with messages, and the wanted messages (at most the newest 50).
    pub conversation: Option<(Arc<ConversationView>, Vec<Said>)>,
}

/// A visitor's socket that was to prove itself was heard of.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct VisitorAlive {
    /// In which lobby.
    pub lobby: LobbyId,
    /// Which slot.
    pub slot: SlotId,
    /// Whose.
    pub visitor: VisitorId,
}

/// A visitor does something.
#[derive(Clone, Message)]
#[rtype(result = "Reply<VisitorDone>")]
pub struct VisitorAct {
    /// Through which lobby.
    pub lobby: LobbyId,
    /// Through which slot.
    pub slot: SlotId,
    /// Who.
    pub visitor: VisitorId,
    /// What.
    pub deed: VisitorDeed,
}

/// A visitor's socket ended (rule P7). Answered once it is durable that they left, where that is so at once.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Reply<()>")]
pub struct VisitorEnded {
    /// In which lobby.
    pub lobby: LobbyId,
    /// Which slot.
    pub slot: SlotId,
    /// Whose.
    pub visitor: VisitorId,
    /// How.
    pub how: Ended,
}
