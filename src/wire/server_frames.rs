//! What sockets are told: welcomes, answers, news. One function a frame, each gives the JSON text.

use std::sync::Arc;

use serde::Serialize;

use super::Voice;
use super::explained::{ReasonObject, timer_state};
use super::fields::FrameId;
use super::objects::{
    AccountObject, ChatObject, ChatStatus, ConversationObject, CountsObject, DeviceObject, GroupObject, MessageObject,
    OperatorObject, PageObject, ThereObject,
};
use super::time::{Seconds, Time};
use crate::domain::account::{Account, Delays, Kind, Operator};
use crate::domain::conversation::message::{Happened, Message};
use crate::domain::conversation::view::{ConversationView, Standing};
use crate::domain::ids::{ConversationId, GroupId, OperatorId, VisitorId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::notice::letter::LetterState;
use crate::domain::presence::status::{BoxView, DeviceView, OperatorView, Status};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};

/// The answer to `{ "type": "ping" }`.
pub const PONG: &str = r#"{"type":"pong"}"#;

/// A frame: its type and what it says.
#[derive(Serialize)]
struct Frame<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    says: T,
}

fn frame<T: Serialize>(kind: &str, says: T) -> String {
    serde_json::to_string(&Frame { kind, says }).expect("the shapes of the protocol have text keys only")
}

/// The name of a refusal in an `error` frame. A socket knows no `invalid`: a value that is none makes a bad frame.
pub fn error_code(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::BadFrame | RefusalCode::Invalid => "bad_frame",
        RefusalCode::Unauthorized => "unauthorized",
        RefusalCode::Forbidden => "forbidden",
        RefusalCode::NotFound => "not_found",
        RefusalCode::TooLong => "too_long",
        RefusalCode::RateLimited => "rate_limited",
        RefusalCode::Plan => "plan",
        RefusalCode::Conflict => "conflict",
        RefusalCode::Unavailable => "unavailable",
    }
}

/// Something was refused.
pub fn error(id: Option<&FrameId>, refusal: &Refusal) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        code: &'static str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<i64>,
    }
    let says = Says {
        id: id.map(|id| &*id.0),
        code: error_code(refusal.code),
        message: &refusal.message,
        field: refusal.field,
        retry_after_ms: refusal.retry_after.map(|span| span.0.max(0)),
    };
    frame("error", says)
}

/// Something was done. An acknowledgement beside its name says more only where there is more to say.
pub fn ack(id: &FrameId) -> String {
    answer(id, ())
}

/// A message was written.
pub fn ack_written(id: &FrameId, conversation: ConversationId, seq: u64, at: Timestamp) -> String {
    #[derive(Serialize)]
    struct Says {
        conversation: ConversationId,
        seq: u64,
        at: Time,
    }
    answer(id, Says { conversation, seq, at: at.into() })
}

/// Older messages, as they were asked for.
pub fn ack_history(id: &FrameId, messages: &[Message], happened: &dyn Fn(&Happened) -> String) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        messages: Vec<MessageObject<'a>>,
    }
    answer(id, Says { messages: messages.iter().map(|m| MessageObject::new(m, happened)).collect() })
}

/// A conversation was opened.
pub fn ack_opened(id: &FrameId, view: &ConversationView, messages: &[Message], voice: Voice<'_>) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        conversation: ConversationObject<'a>,
        messages: Vec<MessageObject<'a>>,
    }
    let messages = messages.iter().map(|m| MessageObject::new(m, voice.happened)).collect();
    answer(id, Says { conversation: ConversationObject::new(view, voice), messages })
}

/// A conversation was changed.
pub fn ack_done(id: &FrameId, view: &ConversationView, voice: Voice<'_>) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        conversation: ConversationObject<'a>,
    }
    answer(id, Says { conversation: ConversationObject::new(view, voice) })
}

fn answer<T: Serialize>(id: &FrameId, says: T) -> String {
    #[derive(Serialize)]
    struct Says<'a, T> {
        id: &'a str,
        #[serde(flatten)]
        more: T,
    }
    frame("ack", Says { id: &id.0, more: says })
}

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
    pub counts: CountsObject,
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
        notices: [(); 0],
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
        counts: welcome.counts,
        notices: [],
        conversations: welcome.conversations.iter().map(|view| ConversationObject::new(view, voice)).collect(),
        heartbeat_s: Seconds(welcome.heartbeat),
    };
    frame("welcome", says)
}

/// How many conversations there are now.
pub fn counts(counts: CountsObject) -> String {
    frame("counts", counts)
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
        OperatorNews::Chat { group, online, since } => operator_chat(*group, *online, *since),
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

fn operator_chat(group: Option<GroupId>, online: bool, since: Timestamp) -> String {
    #[derive(Serialize)]
    struct Says {
        group: Option<GroupId>,
        status: ChatStatus,
        since: Time,
    }
    frame("chat", Says { group, status: ChatStatus::of(online), since: since.into() })
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

/// What a visitor's welcome tells.
pub struct VisitorWelcome<'a> {
    /// Who they are.
    pub visitor: VisitorId,
    /// How they are known again.
    pub token: &'a str,
    /// The name that they gave.
    pub name: Option<&'a str>,
    /// The address that they gave.
    pub email: Option<&'a str>,
    /// Their chat box.
    pub chat: &'a BoxView,
    /// Their conversation, with the wanted messages.
    pub conversation: Option<(&'a ConversationView, &'a [Message])>,
    /// How often the server pings.
    pub heartbeat: Span,
}

/// A visitor's welcome.
pub fn visitor_welcome(welcome: &VisitorWelcome<'_>, happened: &dyn Fn(&Happened) -> String) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        visitor: Oneself<'a>,
        chat: Chat,
        conversation: Option<Thread<'a>>,
        heartbeat_s: Seconds,
    }
    #[derive(Serialize)]
    struct Oneself<'a> {
        id: VisitorId,
        token: &'a str,
        name: Option<&'a str>,
        email: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Thread<'a> {
        id: ConversationId,
        status: Standing,
        operators: Vec<Name<'a>>,
        messages: Vec<MessageObject<'a>>,
        last_seq: u64,
        read_seq: u64,
        seen_seq: u64,
    }
    let thread = welcome.conversation.map(|(view, messages)| Thread {
        id: view.id,
        status: view.status,
        operators: view.operators.iter().map(|(_, name)| Name { name }).collect(),
        messages: messages.iter().map(|message| MessageObject::new(message, happened)).collect(),
        last_seq: view.last_seq,
        read_seq: view.read_seq,
        seen_seq: view.seen_seq,
    });
    let says = Says {
        visitor: Oneself { id: welcome.visitor, token: welcome.token, name: welcome.name, email: welcome.email },
        chat: Chat { status: ChatStatus::of(welcome.chat.online), since: welcome.chat.since.into() },
        conversation: thread,
        heartbeat_s: Seconds(welcome.heartbeat),
    };
    frame("welcome", says)
}

#[derive(Serialize)]
struct Chat {
    status: ChatStatus,
    since: Time,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// The state of a visitor's chat box.
pub fn visitor_chat(online: bool, since: Timestamp) -> String {
    frame("chat", Chat { status: ChatStatus::of(online), since: since.into() })
}

/// News for a visitor's socket.
pub fn visitor_news(news: &VisitorNews, happened: &dyn Fn(&Happened) -> String) -> String {
    match news {
        VisitorNews::Chat { online, since } => visitor_chat(*online, *since),
        VisitorNews::Message { conversation, message } => {
            frame("message", MessageObject::new(message, happened).of(*conversation))
        }
        VisitorNews::Typing { name, on } => {
            #[derive(Serialize)]
            struct Says<'a> {
                on: bool,
                name: &'a str,
            }
            frame("typing", Says { on: *on, name })
        }
        VisitorNews::OperatorJoined { name } => frame("operator_joined", Name { name }),
        VisitorNews::OperatorLeft { name } => frame("operator_left", Name { name }),
        VisitorNews::Closed => frame("closed", ()),
        VisitorNews::Read { seq } => {
            #[derive(Serialize)]
            struct Says {
                seq: u64,
            }
            frame("read", Says { seq: *seq })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice::reason::{Code, Evidence};
    use crate::domain::presence::status::DeviceKind;
    use serde_json::{Value, json};

    const DELAYS: Delays =
        Delays { offline: Span(120_000), missed: Span(120_000), cooldown: Span(600_000), flap_cap: Span(600_000) };

    fn told(news: &OperatorNews) -> Value {
        let voice = Voice { happened: &|_| "it happened".into(), reason: &|_, _| "because".into() };
        serde_json::from_str(&operator_news(news, &DELAYS, voice)).unwrap()
    }

    #[test]
    fn frames_without_fields_have_their_type() {
        assert_eq!(visitor_news(&VisitorNews::Closed, &|_| String::new()), r#"{"type":"closed"}"#);
        assert_eq!(ack(&FrameId("a".into())), r#"{"type":"ack","id":"a"}"#);
    }

    #[test]
    fn an_error_says_when_to_try_again_only_where_that_helps() {
        assert_eq!(
            error(None, &Refusal::invalid("zone", "no")),
            r#"{"type":"error","code":"bad_frame","message":"no","field":"zone"}"#
        );
        let later = error(Some(&FrameId("a".into())), &Refusal::unavailable("later"));
        assert_eq!(later, r#"{"type":"error","id":"a","code":"unavailable","message":"later","retry_after_ms":1000}"#);
    }

    #[test]
    fn a_timer_tells_its_reason_with_the_evidence() {
        let (conversation, by) = (ConversationId(uuid::Uuid::from_u128(1)), OperatorId(uuid::Uuid::from_u128(2)));
        let evidence = Evidence { by: Some(by), at: Some(Timestamp(7)), ..Evidence::default() };
        let news = OperatorNews::Timer {
            conversation,
            kind: Kind::Offline,
            state: crate::domain::news::TimerState::Cancelled,
            due_at: None,
            reason: Some(crate::domain::notice::reason::Reason::with(Code::Joined, evidence)),
        };
        let reason =
            json!({"code": "joined", "text": "because", "rule": "N7", "at": "1970-01-01T00:00:00.007Z", "by": by});
        assert_eq!(
            told(&news),
            json!({"type": "timer", "conversation": conversation, "kind": "offline", "state": "cancelled", "reason": reason})
        );
    }

    #[test]
    fn a_device_that_has_no_lease_says_nothing_of_one() {
        let operator = OperatorId(uuid::Uuid::from_u128(2));
        let device = DeviceView {
            id: crate::domain::ids::DeviceId("d".into()),
            kind: DeviceKind::Mobile,
            name: None,
            state: crate::domain::presence::status::DeviceState::Reconnecting,
            since: Timestamp(0),
            last_seen: Timestamp(0),
            until: None,
        };
        let device_told = json!({"id": "d", "kind": "mobile", "name": null, "state": "reconnecting",
            "since": "1970-01-01T00:00:00.000Z", "last_seen": "1970-01-01T00:00:00.000Z"});
        assert_eq!(
            told(&OperatorNews::Devices { operator, devices: vec![device] }),
            json!({"type": "devices", "operator": operator, "devices": [device_told]})
        );
    }
}
