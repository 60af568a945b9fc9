//! What a visitor's socket says.

use super::fields::{ClientFrame, Fields, Frames, Refused, bad_frame, decode, types};
use crate::domain::account::Locale;
use crate::domain::conversation::view::Page;
use crate::domain::ids::GroupId;
use crate::domain::refusal::Refusal;

/// The longest name that a visitor gives, in characters.
pub const NAME_LEN_MAX: usize = 128;
/// The longest address that a visitor gives, in characters.
pub const EMAIL_LEN_MAX: usize = 254;
/// The most messages that one look into the past brings.
pub const HISTORY_LEN_MAX: usize = 100;
/// How many it brings where the client names no number.
pub const HISTORY_LEN: usize = 50;

/// A visitor's first frame.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitorHello {
    /// The widget's key.
    pub key: String,
    /// The token of an earlier welcome.
    pub visitor: Option<String>,
    /// The page's group.
    pub group: Option<GroupId>,
    /// Where they are.
    pub page: Option<Page>,
    /// Only messages after this one are wanted.
    pub after: u64,
    /// The language of system messages; one that doorbell does not speak is none.
    pub locale: Option<Locale>,
}

impl std::fmt::Debug for VisitorHello {
    /// Without the token: by it somebody is known again.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VisitorHello").field("group", &self.group).field("after", &self.after).finish_non_exhaustive()
    }
}

/// What a visitor's socket can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitorCall {
    /// Who is there.
    Hello(Box<VisitorHello>),
    /// A message.
    Message {
        /// Its text.
        text: String,
        /// The client's name for it.
        client_id: String,
    },
    /// Who they are; `None` leaves it as it was.
    Identify {
        /// Their name.
        name: Option<String>,
        /// Their address.
        email: Option<String>,
    },
    /// Another page.
    Page(Page),
    /// They type, or stopped.
    Typing(bool),
    /// They have read up to here.
    Read {
        /// Up to where.
        seq: u64,
    },
    /// Older messages are wanted.
    History {
        /// Before which.
        before: u64,
        /// How many at most.
        limit: usize,
    },
    /// The page's group changed.
    Group(Option<GroupId>),
    /// An explicit end (rule P4).
    Bye,
    /// To be answered by a pong.
    Ping,
}

/// Every frame that a visitor's socket may say, and how it is read.
const FRAMES: Frames<VisitorCall, 10> = [
    ("hello", |f| hello(f).map(|hello| VisitorCall::Hello(Box::new(hello)))),
    ("message", |f| Ok(VisitorCall::Message { text: f.text()?, client_id: f.client_id()? })),
    ("identify", |f| {
        Ok(VisitorCall::Identify {
            name: f.bounded_string("name", NAME_LEN_MAX)?.map(str::to_owned),
            email: f.bounded_string("email", EMAIL_LEN_MAX)?.map(address).transpose()?,
        })
    }),
    ("page", |f| Ok(VisitorCall::Page(f.page()?))),
    ("typing", |f| Ok(VisitorCall::Typing(f.flag("on")?))),
    ("read", |f| Ok(VisitorCall::Read { seq: f.whole("seq")? })),
    ("history", |f| Ok(VisitorCall::History { before: f.whole("before")?, limit: history_len(f)? })),
    ("group", |f| Ok(VisitorCall::Group(f.page_group()?))),
    ("bye", |_| Ok(VisitorCall::Bye)),
    ("ping", |_| Ok(VisitorCall::Ping)),
];

impl VisitorCall {
    /// The types of all frames that a visitor's socket may say.
    pub const TYPES: [&'static str; FRAMES.len()] = types(&FRAMES);

    /// Reads one text frame.
    ///
    /// # Errors
    /// What is wrong with it, under its `id` where that is good.
    pub fn decode(text: &str) -> Result<ClientFrame<Self>, Refused> {
        decode(text, &FRAMES)
    }
}

fn hello(f: &Fields) -> Result<VisitorHello, Refusal> {
    Ok(VisitorHello {
        key: f.string("key")?.to_owned(),
        visitor: f.optional_string("visitor")?.map(str::to_owned),
        group: f.page_group()?,
        page: f.optional_object("page")?.map(|page| page.page()).transpose()?,
        after: f.optional_whole("after")?.unwrap_or(0),
        locale: f.optional_string("locale")?.and_then(locale),
    })
}

/// How far back a look goes: as with a page over HTTP, a number out of bounds is none.
fn history_len(f: &Fields) -> Result<usize, Refusal> {
    let limit = f.optional_whole("limit")?.unwrap_or(HISTORY_LEN as u64);
    let right = || bad_frame(format!("`limit` is a whole number from 1 to {HISTORY_LEN_MAX}"));
    usize::try_from(limit).ok().filter(|limit| (1..=HISTORY_LEN_MAX).contains(limit)).ok_or_else(right)
}

fn locale(tag: &str) -> Option<Locale> {
    match tag.get(..2)? {
        "cs" => Some(Locale::Cs),
        "en" => Some(Locale::En),
        _ => None,
    }
}

/// An address as far as one can tell without writing to it: something on both sides of one `@`, and nothing that a header
/// could be made of (rule E5).
fn address(text: &str) -> Result<String, Refusal> {
    let harmless = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"".contains(c);
    match text.split_once('@') {
        Some((local, domain))
            if !local.is_empty() && !domain.is_empty() && !domain.contains('@') && text.chars().all(harmless) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(bad_frame("`email` is an address such as jana@example.com")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::RefusalCode;

    fn code(text: &str) -> RefusalCode {
        VisitorCall::decode(text).expect_err(text).refusal.code
    }

    #[test]
    fn a_malformed_frame_is_a_bad_frame() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            "42",
            "\"message\"",
            "{}",
            r#"{"type":5}"#,
            r#"{"type":null}"#,
            r#"{"type":"no_such"}"#,
            r#"{"type":"hello"}"#,
            r#"{"type":"message"}"#,
            r#"{"type":"message","id":7,"text":"x","client_id":"c"}"#,
            r#"{"type":"page","url":5}"#,
            r#"{"type":"typing","on":"yes"}"#,
            r#"{"type":"read","seq":-1}"#,
            r#"{"type":"read","seq":1e99}"#,
            r#"{"type":"history"}"#,
            r#"{"type":"history","before":-1}"#,
            r#"{"type":"history","before":9,"limit":0}"#,
            r#"{"type":"history","before":9,"limit":101}"#,
            r#"{"type":"history","before":9,"limit":"5"}"#,
            r#"{"type":"identify","name":{"a":1}}"#,
            "\u{feff}{}",
            r#"{"type":"ping"}garbage"#,
            r#"{"type":"message","text":"","client_id":"c"}"#,
            r#"{"type":"ping","id":""}"#,
            r#"{"type":"ping","id":null}"#,
            r#"{"type":"message","text":"\ud800","client_id":"c"}"#,
            r#"{"type":"identify","email":"a@b.test\r\nBcc: c@d.test"}"#,
            r#"{"type":"identify","email":"a@b.test, c@d.test"}"#,
        ] {
            assert_eq!(code(text), RefusalCode::BadFrame, "{text}");
        }
        assert_eq!(code(&"[".repeat(20_000)), RefusalCode::BadFrame);
    }

    #[test]
    fn a_good_id_comes_back_with_the_refusal_and_a_bad_one_does_not() {
        let refused = VisitorCall::decode(r#"{"type":"message","id":"a"}"#).expect_err("no text");
        assert_eq!(refused.id, Some(FrameId("a".into())));
        let long = format!(r#"{{"type":"message","id":"{}"}}"#, "x".repeat(65));
        assert_eq!(VisitorCall::decode(&long).expect_err("too long").id, None);
    }

    #[test]
    fn texts_count_in_scalar_values() {
        for one in ["a", "ř", "🐴"] {
            let frame = |n: usize| format!(r#"{{"type":"message","text":"{}","client_id":"c"}}"#, one.repeat(n));
            assert!(VisitorCall::decode(&frame(4_000)).is_ok(), "{one}");
            assert_eq!(code(&frame(4_001)), RefusalCode::TooLong, "{one}");
        }
    }

    #[test]
    fn unknown_fields_and_groups_do_no_harm() {
        let frame =
            VisitorCall::decode(r#"{"type":"hello","key":"k","future":{"x":1},"group":"none","locale":"cs-CZ"}"#);
        let VisitorCall::Hello(hello) = frame.expect("a good hello").call else { panic!("not a hello") };
        assert_eq!((hello.group, hello.after, hello.locale), (None, 0, Some(Locale::Cs)));
    }

    use crate::wire::fields::FrameId;
}
