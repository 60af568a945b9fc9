//! What sockets are told: welcomes, answers, news. One function a frame, each gives the JSON text.
//!
//! Here are the answers, which both kinds of sockets get; beside it what only operators and what only visitors are told.

mod operators;
#[cfg(test)]
mod tests;
mod visitors;

use serde::Serialize;

use super::Voice;
use super::fields::FrameId;
use super::objects::{ConversationObject, MessageObject};
use super::time::Time;
use crate::domain::conversation::message::{Happened, Message};
use crate::domain::conversation::view::ConversationView;
use crate::domain::ids::ConversationId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;

pub use self::operators::{OperatorWelcome, operator_news, operator_welcome};
pub use self::visitors::{VisitorWelcome, visitor_chat, visitor_news, visitor_welcome};

/// The types of all frames that an operator's socket may be told.
pub const TO_OPERATORS: [&str; 17] = [
    "welcome",
    "ack",
    "error",
    "pong",
    "presence",
    "devices",
    "chat",
    "counts",
    "notice",
    "read",
    "conversation",
    "message",
    "typing",
    "visitor",
    "timer",
    "email",
    "settings",
];

/// The types of all frames that a visitor's socket may be told.
pub const TO_VISITORS: [&str; 11] = [
    "welcome",
    "ack",
    "error",
    "pong",
    "chat",
    "message",
    "typing",
    "operator_joined",
    "operator_left",
    "closed",
    "read",
];

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
    debug_assert!(TO_OPERATORS.contains(&kind) || TO_VISITORS.contains(&kind), "`{kind}` is in no list");
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
pub fn ack_history(
    id: &FrameId,
    conversation: Option<ConversationId>,
    messages: &[Message],
    happened: &dyn Fn(&Happened) -> String,
) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        messages: Vec<MessageObject<'a>>,
    }
    let told = |message| {
        let told = MessageObject::new(message, happened);
        conversation.into_iter().fold(told, MessageObject::of)
    };
    answer(id, Says { messages: messages.iter().map(told).collect() })
}

/// A conversation was opened.
pub fn ack_opened(id: &FrameId, view: &ConversationView, messages: &[Message], voice: Voice<'_>) -> String {
    #[derive(Serialize)]
    struct Says<'a> {
        conversation: ConversationObject<'a>,
        messages: Vec<MessageObject<'a>>,
    }
    let messages = messages.iter().map(|m| MessageObject::new(m, voice.happened).of(view.id)).collect();
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
