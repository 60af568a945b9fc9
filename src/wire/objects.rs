//! The shapes of PROTOCOL: people, groups, presence, conversations, messages. All borrow from what they tell of.

use serde::Serialize;

use super::Voice;
use super::time::{Seconds, Time};
use crate::domain::account::{
    Account, Delays, Group, Kind, Locale, MissedRecipients, Operator, Plan, ReadCancels, Role,
};
use crate::domain::bulletin::Notice;
use crate::domain::conversation::message::{Author, Happened, Message};
use crate::domain::conversation::view::{Canceller, ConversationView, Counts, Page, Standing, TimerView, VisitorView};
use crate::domain::ids::{ConversationId, DeviceId, GroupId, OperatorId, VisitorId};
use crate::domain::notice::letter::LetterState;
use crate::domain::presence::status::{Because, BoxView, DeviceKind, DeviceState, DeviceView, OperatorView, Status};

/// An operator with everything that their account may know of them.
#[derive(Serialize)]
pub struct OperatorObject<'a> {
    id: OperatorId,
    name: &'a str,
    email: &'a str,
    role: Role,
    active: bool,
    locale: Locale,
    appear_offline: bool,
    notifications: OwnSwitches,
    groups: Vec<GroupId>,
    status: Status,
    since: Time,
}

#[derive(Serialize)]
struct OwnSwitches {
    offline: bool,
    missed: bool,
}

impl<'a> OperatorObject<'a> {
    /// An operator of `account`; `there`: how they are there, unless nothing is known (then offline since they were made).
    pub fn new(operator: &'a Operator, account: &Account, there: Option<&OperatorView>) -> Self {
        Self {
            id: operator.id,
            name: &operator.name,
            email: &operator.email,
            role: operator.role,
            active: operator.active,
            locale: account.locale_of(operator),
            appear_offline: there.is_some_and(|view| view.appear_offline),
            notifications: OwnSwitches {
                offline: operator.switch(Kind::Offline).is_on(),
                missed: operator.switch(Kind::Missed).is_on(),
            },
            groups: account.groups.iter().filter(|g| g.operators.contains(&operator.id)).map(|g| g.id).collect(),
            status: there.map_or(Status::Offline, |view| view.status),
            since: there.map_or(operator.created_at, |view| view.since).into(),
        }
    }
}

/// An account's settings, with the server's values where it has none of its own.
#[derive(Serialize)]
pub struct AccountObject<'a> {
    id: crate::domain::ids::AccountId,
    name: &'a str,
    plan: Plan,
    locale: Locale,
    timezone: &'a str,
    notifications: Notifications,
    allowed_origins: &'a [String],
    widget_key: Option<&'a str>,
}

#[derive(Serialize)]
struct Notifications {
    offline: KindObject,
    missed: KindObject,
    cooldown_s: Seconds,
    read_cancels: ReadCancels,
    missed_recipients: MissedRecipients,
    include_text: bool,
}

#[derive(Serialize)]
struct KindObject {
    enabled: bool,
    delay_s: Seconds,
}

impl<'a> AccountObject<'a> {
    /// An account; `server`: what holds where it chose nothing.
    pub fn new(account: &'a Account, server: &Delays) -> Self {
        let kind = |kind| KindObject {
            enabled: account.notifications.kind(kind).enabled,
            delay_s: Seconds(account.delay(kind, server)),
        };
        Self {
            id: account.id,
            name: &account.name,
            plan: account.plan,
            locale: account.locale,
            timezone: &account.timezone,
            notifications: Notifications {
                offline: kind(Kind::Offline),
                missed: kind(Kind::Missed),
                cooldown_s: Seconds(account.cooldown(server)),
                read_cancels: account.notifications.read_cancels,
                missed_recipients: account.notifications.missed_recipients,
                include_text: account.notifications.include_text,
            },
            allowed_origins: &account.allowed_origins,
            widget_key: account.widget_keys.first().map(|key| key.key.as_str()),
        }
    }
}

/// A group with its members.
#[derive(Serialize)]
pub struct GroupObject<'a> {
    id: GroupId,
    name: &'a str,
    operators: &'a [OperatorId],
}

impl<'a> From<&'a Group> for GroupObject<'a> {
    fn from(group: &'a Group) -> Self {
        Self { id: group.id, name: &group.name, operators: &group.operators }
    }
}

/// What a chat box shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatStatus {
    /// Somebody is there.
    Online,
    /// Nobody is.
    Offline,
}

impl ChatStatus {
    /// From the domain's word.
    pub fn of(online: bool) -> Self {
        if online { Self::Online } else { Self::Offline }
    }
}

/// A chat box as operators see it.
#[derive(Serialize)]
pub struct ChatObject<'a> {
    group: Option<GroupId>,
    status: ChatStatus,
    since: Time,
    #[serde(skip_serializing_if = "is_false")]
    stale: bool,
    because: Vec<BecauseObject<'a>>,
}

/// For fields that are told only where they are `true`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

#[derive(Serialize)]
struct BecauseObject<'a> {
    operator: OperatorId,
    device: &'a DeviceId,
    last_seen: Time,
}

impl<'a> From<&'a BoxView> for ChatObject<'a> {
    fn from(chat: &'a BoxView) -> Self {
        let because = |Because { operator, device, last_seen }: &'a Because| BecauseObject {
            operator: *operator,
            device,
            last_seen: (*last_seen).into(),
        };
        Self {
            group: chat.group,
            status: ChatStatus::of(chat.online),
            since: chat.since.into(),
            stale: chat.stale,
            because: chat.because.iter().map(because).collect(),
        }
    }
}

/// How an operator is there, without (over the socket) or with (over HTTP) their devices.
#[derive(Serialize)]
pub struct ThereObject<'a> {
    id: OperatorId,
    name: &'a str,
    status: Status,
    since: Time,
    appear_offline: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<Vec<DeviceObject<'a>>>,
}

impl<'a> ThereObject<'a> {
    /// What every colleague is told.
    pub fn brief(view: &'a OperatorView) -> Self {
        Self {
            id: view.id,
            name: &view.name,
            status: view.status,
            since: view.since.into(),
            appear_offline: view.appear_offline,
            devices: None,
        }
    }

    /// With the devices.
    pub fn whole(view: &'a OperatorView) -> Self {
        Self { devices: Some(view.devices.iter().map(DeviceObject::from).collect()), ..Self::brief(view) }
    }
}

/// A device.
#[derive(Serialize)]
pub struct DeviceObject<'a> {
    id: &'a DeviceId,
    kind: DeviceKind,
    name: Option<&'a str>,
    state: DeviceState,
    since: Time,
    last_seen: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
}

impl<'a> From<&'a DeviceView> for DeviceObject<'a> {
    fn from(device: &'a DeviceView) -> Self {
        Self {
            id: &device.id,
            kind: device.kind,
            name: device.name.as_deref(),
            state: device.state,
            since: device.since.into(),
            last_seen: device.last_seen.into(),
            until: device.until.map(Time),
        }
    }
}

/// The answer to `GET /api/v1/presence`.
#[derive(Serialize)]
pub struct PresenceObject<'a> {
    chat: Vec<ChatObject<'a>>,
    operators: Vec<ThereObject<'a>>,
}

impl<'a> PresenceObject<'a> {
    /// Boxes and people.
    pub fn new(chat: &'a [BoxView], operators: &'a [OperatorView]) -> Self {
        Self {
            chat: chat.iter().map(ChatObject::from).collect(),
            operators: operators.iter().map(ThereObject::whole).collect(),
        }
    }
}

/// How many conversations of an operator's audience there are.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CountsObject {
    /// Unserved.
    pub unserved: u64,
    /// Those that they have joined.
    pub mine: u64,
    /// Those that somebody has joined.
    pub served: u64,
}

impl From<Counts> for CountsObject {
    fn from(Counts { unserved, mine, served }: Counts) -> Self {
        Self { unserved, mine, served }
    }
}

/// What an admin should know now.
#[derive(Serialize)]
pub struct NoticeObject {
    code: &'static str,
    text: String,
    since: Time,
}

impl NoticeObject {
    /// As it is told in `voice`.
    pub fn new(notice: Notice, voice: Voice<'_>) -> Self {
        Self { code: notice.code.as_str(), text: (voice.notice)(notice), since: notice.since.into() }
    }
}

/// A summary of a conversation, as operators see it.
#[derive(Serialize)]
pub struct ConversationObject<'a> {
    id: ConversationId,
    status: Standing,
    group: Option<GroupId>,
    visitor: VisitorObject<'a>,
    operators: Vec<NamedObject<'a>>,
    last_message: Option<MessageObject<'a>>,
    unread: u64,
    at: Time,
    timer: Option<TimerObject<'a>>,
    email: Option<EmailStateObject>,
    last_seq: u64,
    read_seq: u64,
    seen_seq: u64,
}

impl<'a> ConversationObject<'a> {
    /// As it is now, told in `voice`.
    pub fn new(view: &'a ConversationView, voice: Voice<'_>) -> Self {
        Self {
            id: view.id,
            status: view.status,
            group: view.group,
            visitor: (&view.visitor).into(),
            operators: view.operators.iter().map(|(id, name)| NamedObject { id: *id, name }).collect(),
            last_message: view.last_message.as_ref().map(|message| MessageObject::new(message, voice.happened)),
            unread: view.unread,
            at: view.at.into(),
            timer: view.timer.as_ref().map(TimerObject::from),
            email: view.email.map(|state| EmailStateObject { state }),
            last_seq: view.last_seq,
            read_seq: view.read_seq,
            seen_seq: view.seen_seq,
        }
    }
}

#[derive(Serialize)]
struct VisitorObject<'a> {
    id: VisitorId,
    name: Option<&'a str>,
    email: Option<&'a str>,
    online: bool,
    page: Option<PageObject<'a>>,
}

impl<'a> From<&'a VisitorView> for VisitorObject<'a> {
    fn from(visitor: &'a VisitorView) -> Self {
        Self {
            id: visitor.id,
            name: visitor.name.as_deref(),
            email: visitor.email.as_deref(),
            online: visitor.online,
            page: visitor.page.as_ref().map(PageObject::from),
        }
    }
}

/// Where a visitor is.
#[derive(Serialize)]
pub struct PageObject<'a> {
    url: &'a str,
    title: Option<&'a str>,
}

impl<'a> From<&'a Page> for PageObject<'a> {
    fn from(page: &'a Page) -> Self {
        Self { url: &page.url, title: page.title.as_deref() }
    }
}

#[derive(Serialize)]
struct NamedObject<'a> {
    id: OperatorId,
    name: &'a str,
}

#[derive(Serialize)]
struct EmailStateObject {
    state: LetterState,
}

/// A running timer.
#[derive(Serialize)]
pub struct TimerObject<'a> {
    kind: Kind,
    started_at: Time,
    due_at: Time,
    recipients: &'a [OperatorId],
    cancels: &'a [Canceller],
}

impl<'a> From<&'a TimerView> for TimerObject<'a> {
    fn from(timer: &'a TimerView) -> Self {
        Self {
            kind: timer.kind,
            started_at: timer.started_at.into(),
            due_at: timer.due_at.into(),
            recipients: &timer.recipients,
            cancels: &timer.cancels,
        }
    }
}

/// A message. Which conversation it belongs to is said where it stands alone.
#[derive(Serialize)]
pub struct MessageObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    seq: u64,
    at: Time,
    author: &'a Author,
    text: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a Happened>,
}

impl<'a> MessageObject<'a> {
    /// Where it is clear of which conversation it is; `happened` tells what a system message says.
    pub fn new(message: &'a Message, happened: &dyn Fn(&Happened) -> String) -> Self {
        Self {
            conversation: None,
            seq: message.seq,
            at: message.at.into(),
            author: &message.author,
            text: match &message.event {
                Some(event) => happened(event).into(),
                None => message.text.as_str().into(),
            },
            client_id: message.client_id.as_deref(),
            event: message.event.as_ref(),
        }
    }

    /// With its conversation.
    #[must_use]
    pub fn of(self, conversation: ConversationId) -> Self {
        Self { conversation: Some(conversation), ..self }
    }
}
