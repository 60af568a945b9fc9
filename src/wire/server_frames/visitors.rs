//! What visitors' sockets are told.

use serde::Serialize;

use super::super::objects::{ChatStatus, MessageObject, is_false};
use super::super::time::{Seconds, Time};
use super::frame;
use crate::domain::conversation::message::{Happened, Message};
use crate::domain::conversation::view::{ConversationView, Standing};
use crate::domain::ids::{ConversationId, VisitorId};
use crate::domain::news::VisitorNews;
use crate::domain::presence::status::BoxView;
use crate::domain::time::{Span, Timestamp};

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
    /// The account's name: whom they write to.
    pub account_name: &'a str,
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
        account: Name<'a>,
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
        messages: messages.iter().map(|message| MessageObject::new(message, happened).of(view.id)).collect(),
        last_seq: view.last_seq,
        read_seq: view.read_seq,
        seen_seq: view.seen_seq,
    });
    let says = Says {
        visitor: Oneself { id: welcome.visitor, token: welcome.token, name: welcome.name, email: welcome.email },
        account: Name { name: welcome.account_name },
        chat: Chat::new(welcome.chat.online, welcome.chat.since, welcome.chat.stale),
        conversation: thread,
        heartbeat_s: Seconds(welcome.heartbeat),
    };
    frame("welcome", says)
}

#[derive(Serialize)]
struct Chat {
    status: ChatStatus,
    since: Time,
    #[serde(skip_serializing_if = "is_false")]
    stale: bool,
}

impl Chat {
    fn new(online: bool, since: Timestamp, stale: bool) -> Self {
        Self { status: ChatStatus::of(online), since: since.into(), stale }
    }
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// The state of a visitor's chat box; `stale`: the server cannot know whether it is still so.
pub fn visitor_chat(online: bool, since: Timestamp, stale: bool) -> String {
    frame("chat", Chat::new(online, since, stale))
}

/// News for a visitor's socket.
pub fn visitor_news(news: &VisitorNews, happened: &dyn Fn(&Happened) -> String) -> String {
    match news {
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
