//! What an operator's socket says.

use super::fields::{ClientFrame, Fields, Frames, Refused, bad_frame, decode, types};
use crate::domain::ids::{ConversationId, DeviceId, GroupId, OperatorId};
use crate::domain::presence::status::{DeviceKind, Status};
use crate::domain::refusal::Refusal;

/// The longest name of a device, in characters.
pub const DEVICE_NAME_LEN_MAX: usize = 128;

/// An operator's first frame.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorHello {
    /// The session's token, unless the upgrade bore it.
    pub token: Option<String>,
    /// On which device.
    pub device: DeviceId,
    /// Of what kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
    /// What the user chooses for it.
    pub state: Option<Status>,
}

impl std::fmt::Debug for OperatorHello {
    /// Without the token: it opens doors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperatorHello")
            .field("device", &self.device)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Whom a conversation is handed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// A colleague.
    Operator(OperatorId),
    /// A group.
    Group(GroupId),
}

/// What an operator's socket can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorCall {
    /// Who is there.
    Hello(Box<OperatorHello>),
    /// This device's state.
    Presence(Status),
    /// Appear offline, or no longer (rule P3).
    AppearOffline(bool),
    /// Show a conversation.
    Open {
        /// Which.
        conversation: ConversationId,
        /// Only messages after this one; `None`: the newest.
        after: Option<u64>,
        /// How.
        look: Look,
    },
    /// Seen up to here (rule A4).
    Read {
        /// In which.
        conversation: ConversationId,
        /// Up to where.
        seq: u64,
    },
    /// Join it.
    Join(ConversationId),
    /// Leave it.
    Leave(ConversationId),
    /// Close it.
    Close(ConversationId),
    /// Reply.
    Message {
        /// In which.
        conversation: ConversationId,
        /// The text.
        text: String,
        /// The client's name for it.
        client_id: String,
    },
    /// The operator types, or stopped.
    Typing {
        /// In which.
        conversation: ConversationId,
        /// Whether.
        on: bool,
    },
    /// Hand it on.
    Transfer {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        to: Receiver,
    },
    /// An explicit end (rule P4).
    Bye,
    /// To be answered by a pong.
    Ping,
}

/// Whether opening is seeing (rule A4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is.
    Seeing,
    /// A resume or a hidden tab: it is not.
    Peeking,
}

/// Every frame that an operator's socket may say, and how it is read.
const FRAMES: Frames<OperatorCall, 13> = [
    ("hello", |f| hello(f).map(|hello| OperatorCall::Hello(Box::new(hello)))),
    ("presence", |f| Ok(OperatorCall::Presence(status(f.string("state")?)?))),
    ("appear_offline", |f| Ok(OperatorCall::AppearOffline(f.flag("on")?))),
    ("open", |f| {
        Ok(OperatorCall::Open {
            conversation: f.named("conversation")?,
            after: f.optional_whole("after")?,
            look: if f.optional_flag("peek")?.unwrap_or(false) { Look::Peeking } else { Look::Seeing },
        })
    }),
    ("read", |f| Ok(OperatorCall::Read { conversation: f.named("conversation")?, seq: f.whole("seq")? })),
    ("join", |f| Ok(OperatorCall::Join(f.named("conversation")?))),
    ("leave", |f| Ok(OperatorCall::Leave(f.named("conversation")?))),
    ("close", |f| Ok(OperatorCall::Close(f.named("conversation")?))),
    ("message", |f| {
        let conversation = f.named("conversation")?;
        Ok(OperatorCall::Message { conversation, text: f.text()?, client_id: f.client_id()? })
    }),
    ("typing", |f| Ok(OperatorCall::Typing { conversation: f.named("conversation")?, on: f.flag("on")? })),
    ("transfer", |f| Ok(OperatorCall::Transfer { conversation: f.named("conversation")?, to: receiver(f)? })),
    ("bye", |_| Ok(OperatorCall::Bye)),
    ("ping", |_| Ok(OperatorCall::Ping)),
];

impl OperatorCall {
    /// The types of all frames that an operator's socket may say.
    pub const TYPES: [&'static str; FRAMES.len()] = types(&FRAMES);

    /// Reads one text frame.
    ///
    /// # Errors
    /// What is wrong with it, under its `id` where that is good.
    pub fn decode(text: &str) -> Result<ClientFrame<Self>, Refused> {
        decode(text, &FRAMES)
    }
}

fn hello(f: &Fields) -> Result<OperatorHello, Refusal> {
    let device =
        f.optional_object("device")?.ok_or_else(|| bad_frame("`device` is missing: an object with `id` and `kind`"))?;
    Ok(OperatorHello {
        token: f.optional_string("token")?.map(str::to_owned),
        device: device_id(device.string("id")?)?,
        kind: device_kind(device.string("kind")?)?,
        name: device.bounded_string("name", DEVICE_NAME_LEN_MAX)?.map(str::to_owned),
        state: f.optional_string("state")?.map(status).transpose()?,
    })
}

/// A device's id, as its client made it.
///
/// # Errors
/// `bad_frame` when it is empty or too long.
pub fn device_id(text: &str) -> Result<DeviceId, Refusal> {
    if (1..=DeviceId::LEN_MAX).contains(&text.len()) {
        Ok(DeviceId(text.to_owned()))
    } else {
        Err(bad_frame(format!("`device.id` is a string of 1 to {} bytes", DeviceId::LEN_MAX)))
    }
}

/// A kind of device by its name.
///
/// # Errors
/// `bad_frame` when there is none of that name.
pub fn device_kind(text: &str) -> Result<DeviceKind, Refusal> {
    match text {
        "dashboard" => Ok(DeviceKind::Dashboard),
        "mobile" => Ok(DeviceKind::Mobile),
        _ => Err(bad_frame("`device.kind` is dashboard or mobile")),
    }
}

/// A status by its name.
///
/// # Errors
/// `bad_frame` when there is none of that name.
pub fn status(text: &str) -> Result<Status, Refusal> {
    match text {
        "online" => Ok(Status::Online),
        "away" => Ok(Status::Away),
        "offline" => Ok(Status::Offline),
        _ => Err(bad_frame("`state` is online, away or offline")),
    }
}

fn receiver(f: &Fields) -> Result<Receiver, Refusal> {
    match (f.optional_named("operator")?, f.optional_named("group")?) {
        (Some(operator), None) => Ok(Receiver::Operator(operator)),
        (None, Some(group)) => Ok(Receiver::Group(group)),
        _ => Err(bad_frame("a transfer names either an `operator` or a `group`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::RefusalCode;

    const SOME: &str = "0198c0de-0000-7000-8000-000000000000";

    fn code(text: &str) -> RefusalCode {
        OperatorCall::decode(text).expect_err(text).refusal.code
    }

    #[test]
    fn values_that_are_none_are_bad_frames() {
        for text in [
            r#"{"type":"presence","state":"sleeping"}"#,
            r#"{"type":"appear_offline","on":"yes"}"#,
            r#"{"type":"open"}"#,
            r#"{"type":"hello"}"#,
            r#"{"type":"hello","device":{}}"#,
            r#"{"type":"hello","device":{"id":"","kind":"dashboard"}}"#,
            r#"{"type":"hello","device":{"id":"d","kind":"toaster"}}"#,
            r#"{"type":"hello","device":{"id":5,"kind":"mobile"}}"#,
            r#"{"type":"hello","device":"d"}"#,
            &format!(r#"{{"type":"transfer","conversation":"{SOME}"}}"#),
            &format!(r#"{{"type":"transfer","conversation":"{SOME}","operator":"{SOME}","group":"{SOME}"}}"#),
        ] {
            assert_eq!(code(text), RefusalCode::BadFrame, "{text}");
        }
    }

    #[test]
    fn an_id_that_is_none_names_nothing() {
        assert_eq!(code(r#"{"type":"open","conversation":"no-such-thing"}"#), RefusalCode::NotFound);
        assert_eq!(code(r#"{"type":"open","conversation":"0198c0de000070008000000000000000"}"#), RefusalCode::NotFound);
    }

    #[test]
    fn an_open_sees_unless_it_peeks() {
        let look =
            |more: &str| match OperatorCall::decode(&format!(r#"{{"type":"open","conversation":"{SOME}"{more}}}"#))
                .expect("a good frame")
                .call
            {
                OperatorCall::Open { look, .. } => look,
                other => panic!("{other:?}"),
            };
        assert_eq!(look(""), Look::Seeing);
        assert_eq!(look(r#","peek":true"#), Look::Peeking);
        assert_eq!(look(r#","peek":null"#), Look::Seeing);
    }
}
