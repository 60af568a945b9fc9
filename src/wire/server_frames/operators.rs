//! What operators' sockets are told.

use std::sync::Arc;

use serde::Serialize;

use super::super::Voice;
use super::super::explained::{ReasonObject, timer_state};
use super::super::objects::{
    AccountObject, ChatObject, ChatStatus, ConversationObject, CountsObject, DeviceObject, GroupObject, MessageObject,
    NoticeObject, OperatorObject, PageObject, ThereObject, is_false,
};
use super::super::time::{Seconds, Time};
use super::frame;
use crate::domain::account::{Account, Delays, Kind, Operator};
use crate::domain::bulletin::Notice;
use crate::domain::conversation::view::{ConversationView, Counts};
use crate::domain::ids::{ConversationId, GroupId, OperatorId};
use crate::domain::news::OperatorNews;
use crate::domain::notice::letter::LetterState;
use crate::domain::presence::status::{BoxView, DeviceView, OperatorView, Status};
use crate::domain::time::{Span, Timestamp};

/// What an operator's welcome tells.
pub struct OperatorWelcome<'a> {
    /// Oneself.
    pub operator: &'a Operator,
    /// One's account.
    pub account: &'a Account,
    /// The boxes.
    pub chat: &'a [BoxView],
    /// Everybody, oneself included.
    pub operators: &'a [OperatorView],
    /// One's own devices.
    pub devices: &'a [DeviceView],
    /// How many conversations there are.
    pub counts: Counts,
    /// What an admin should know; nothing for others.
    pub notices: &'a [Notice],
    /// The newest open ones.
    pub conversations: &'a [Arc<ConversationView>],
    /// How often the server pings.
    pub heartbeat: Span,
}

/// An operator's welcome.
pub fn operator_welcome(welcome: &OperatorWelcome<'_>, server: &Delays, voice: Voice<'_>) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        operator: OperatorObject<'a>,
        account: AccountObject<'a>,
        groups: Vec<GroupObject<'a>>,
        chat: Vec<ChatObject<'a>>,
        operators: Vec<ThereObject<'a>>,
        devices: Vec<DeviceObject<'a>>,
        counts: CountsObject,
        notices: Vec<NoticeObject>,
        conversations: Vec<ConversationObject<'a>>,
        heartbeat_s: Seconds,
    }
    let oneself = welcome.operators.iter().find(|view| view.id == welcome.operator.id);
    let says = Says {
        operator: OperatorObject::new(welcome.operator, welcome.account, oneself),
        account: AccountObject::new(welcome.account, server),
        groups: welcome.account.effective_groups().iter().map(GroupObject::from).collect(),
        chat: welcome.chat.iter().map(ChatObject::from).collect(),
        operators: welcome.operators.iter().map(ThereObject::brief).collect(),
        devices: welcome.devices.iter().map(DeviceObject::from).collect(),
        counts: welcome.counts.into(),
        notices: welcome.notices.iter().map(|notice| NoticeObject::new(*notice, voice)).collect(),
        conversations: welcome.conversations.iter().map(|view| ConversationObject::new(view, voice)).collect(),
        heartbeat_s: Seconds(welcome.heartbeat),
    };
    frame("welcome", says)
}

/// News for an operator's socket.
pub fn operator_news(news: &OperatorNews, server: &Delays, voice: Voice<'_>) -> String {
    match news {
        OperatorNews::Presence { operator, status, since, appear_offline } => {
            presence(*operator, *status, *since, *appear_offline)
        }
        OperatorNews::Devices { operator, devices } => {
            #[derive(Serialize)]
            struct Says<'a> {
                operator: OperatorId,
                devices: Vec<DeviceObject<'a>>,
            }
            frame("devices", Says { operator: *operator, devices: devices.iter().map(DeviceObject::from).collect() })
        }
        OperatorNews::Chat { group, online, since, stale } => operator_chat(*group, *online, *since, *stale),
        OperatorNews::Counts(counts) => frame("counts", CountsObject::from(*counts)),
        OperatorNews::Notice { notice: about, on } => notice(*about, *on, voice),
        OperatorNews::Conversation(view) => frame("conversation", ConversationObject::new(view, voice)),
        OperatorNews::Message { conversation, message } => {
            frame("message", MessageObject::new(message, voice.happened).of(*conversation))
        }
        OperatorNews::Typing { conversation, operator, on } => typing(*conversation, operator.as_ref(), *on),
        OperatorNews::Visitor { conversation, online, page } => {
            #[derive(Serialize)]
            struct Says<'a> {
                conversation: ConversationId,
                online: bool,
                page: Option<PageObject<'a>>,
            }
            let page = page.as_ref().map(PageObject::from);
            frame("visitor", Says { conversation: *conversation, online: *online, page })
        }
        OperatorNews::Read { conversation, seq } => {
            #[derive(Serialize)]
            struct Says {
                conversation: ConversationId,
                seq: u64,
            }
            frame("read", Says { conversation: *conversation, seq: *seq })
        }
        OperatorNews::Timer { conversation, kind, state, due_at, reason } => {
            #[derive(Serialize)]
            struct Says<'a> {
                conversation: ConversationId,
                kind: Kind,
                state: &'static str,
                #[serde(skip_serializing_if = "Option::is_none")]
                due_at: Option<Time>,
                #[serde(skip_serializing_if = "Option::is_none")]
                reason: Option<ReasonObject<'a>>,
            }
            let reason = reason.as_ref().map(|reason| ReasonObject::new(reason, *kind, voice));
            let (state, due_at) = (timer_state(*state), due_at.map(Time));
            frame("timer", Says { conversation: *conversation, kind: *kind, state, due_at, reason })
        }
        OperatorNews::Email { conversation, operator, state } => {
            #[derive(Serialize)]
            struct Says {
                conversation: ConversationId,
                operator: OperatorId,
                state: LetterState,
            }
            frame("email", Says { conversation: *conversation, operator: *operator, state: *state })
        }
        OperatorNews::Settings(account) => {
            #[derive(Serialize)]
            struct Says<'a> {
                account: AccountObject<'a>,
                groups: Vec<GroupObject<'a>>,
            }
            let groups = account.effective_groups().iter().map(GroupObject::from).collect();
            frame("settings", Says { account: AccountObject::new(account, server), groups })
        }
    }
}

fn presence(operator: OperatorId, status: Status, since: Timestamp, appear_offline: bool) -> String {
    #[derive(Serialize)]
    struct Says {
        operator: OperatorId,
        status: Status,
        since: Time,
        appear_offline: bool,
    }
    frame("presence", Says { operator, status, since: since.into(), appear_offline })
}

fn operator_chat(group: Option<GroupId>, online: bool, since: Timestamp, stale: bool) -> String {
    #[derive(Serialize)]
    struct Says {
        group: Option<GroupId>,
        status: ChatStatus,
        since: Time,
        #[serde(skip_serializing_if = "is_false")]
        stale: bool,
    }
    frame("chat", Says { group, status: ChatStatus::of(online), since: since.into(), stale })
}

fn notice(notice: Notice, on: bool, voice: Voice<'_>) -> String {
    #[derive(Serialize)]
    struct Says {
        #[serde(flatten)]
        notice: NoticeObject,
        on: bool,
    }
    frame("notice", Says { notice: NoticeObject::new(notice, voice), on })
}

fn typing(conversation: ConversationId, operator: Option<&(OperatorId, String)>, on: bool) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        conversation: ConversationId,
        on: bool,
        operator: Option<OperatorId>,
        name: Option<&'a str>,
    }
    let says =
        Says { conversation, on, operator: operator.map(|(id, _)| *id), name: operator.map(|(_, name)| name.as_str()) };
    frame("typing", says)
}
