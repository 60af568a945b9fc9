//! The fields of a client's frame, read one by one: each mistake says what is wrong and what would be right.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::domain::conversation::message::{CLIENT_ID_LEN_MAX, TEXT_LEN_MAX};
use crate::domain::conversation::view::Page;
use crate::domain::ids::GroupId;
use crate::domain::refusal::{Refusal, RefusalCode};

/// The longest `id` of a frame, in characters.
pub const ID_LEN_MAX: usize = 64;
/// The longest address of a page that is kept, in characters: what is longer is cut, since the visitor cannot help it.
pub const URL_LEN_MAX: usize = 2_048;
/// The longest title of a page that is kept, in characters; cut likewise.
pub const TITLE_LEN_MAX: usize = 256;

/// A frame's own name: the client made it, exactly one answer bears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameId(pub Box<str>);

/// A client's frame that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFrame<C> {
    /// Its name, if it wants an answer.
    pub id: Option<FrameId>,
    /// What it says.
    pub call: C,
}

/// A client's frame that was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name, where that much was understood.
    pub id: Option<FrameId>,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// A mistake in a frame: what is wrong and what would be right.
pub fn bad_frame(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::BadFrame, message)
}

/// How a frame is read, by its type: all that a direction knows.
pub type Frames<C, const N: usize> = [(&'static str, Read<C>); N];

/// What the fields of a frame of one type say.
pub type Read<C> = fn(&Fields) -> Result<C, Refusal>;

/// The types of a direction, in the order of its table.
pub const fn types<C, const N: usize>(frames: &Frames<C, N>) -> [&'static str; N] {
    let mut types = [""; N];
    let mut at = 0;
    while at < N {
        types[at] = frames[at].0;
        at += 1;
    }
    types
}

/// Takes a frame apart: its name, and what the table makes of its type and fields.
///
/// # Errors
/// A refusal under the frame's name, where it has a good one.
pub fn decode<C>(text: &str, frames: &[(&'static str, Read<C>)]) -> Result<ClientFrame<C>, Refused> {
    let anonymous = |refusal| Refused { id: None, refusal };
    let value: Value =
        serde_json::from_str(text).map_err(|e| anonymous(bad_frame(format!("a frame is one JSON object: {e}"))))?;
    let Value::Object(map) = value else { return Err(anonymous(bad_frame("a frame is one JSON object"))) };
    let fields = Fields(map);
    let id = fields.frame_id().map_err(anonymous)?;
    let made = fields.string("type").and_then(|kind| reader(kind, frames)).and_then(|read| read(&fields));
    match made {
        Ok(call) => Ok(ClientFrame { id, call }),
        Err(refusal) => Err(Refused { id, refusal }),
    }
}

fn reader<C>(kind: &str, frames: &[(&'static str, Read<C>)]) -> Result<Read<C>, Refusal> {
    let found = frames.iter().find(|(known, _)| *known == kind).map(|(_, read)| *read);
    found.ok_or_else(|| {
        let known: Vec<_> = frames.iter().map(|(known, _)| *known).collect();
        bad_frame(format!("`type` is one of {}", known.join(", ")))
    })
}

/// What stands in a frame or in an object within it. An absent field and a `null` are the same.
pub struct Fields(Map<String, Value>);

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn frame_id(&self) -> Result<Option<FrameId>, Refusal> {
        match self.0.get("id") {
            None => Ok(None),
            Some(Value::String(id)) if (1..=ID_LEN_MAX).contains(&id.chars().count()) => {
                Ok(Some(FrameId(id.as_str().into())))
            }
            Some(_) => Err(bad_frame(format!("`id` is a string of 1 to {ID_LEN_MAX} characters"))),
        }
    }

    /// A text that must be there.
    pub fn string(&self, name: &str) -> Result<&str, Refusal> {
        self.optional_string(name)?.ok_or_else(|| bad_frame(format!("`{name}` is missing: a string")))
    }

    /// A text that may be there.
    pub fn optional_string(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad_frame(format!("`{name}` is a string"))),
        }
    }

    /// A text of at most `max` characters that may be there.
    pub fn bounded_string(&self, name: &str, max: usize) -> Result<Option<&str>, Refusal> {
        let text = self.optional_string(name)?;
        match text {
            Some(text) if text.chars().nth(max).is_some() => Err(too_long(name, max)),
            _ => Ok(text),
        }
    }

    /// Yes or no, which must be there.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        self.optional_flag(name)?.ok_or_else(|| bad_frame(format!("`{name}` is missing: true or false")))
    }

    /// Yes or no, which may be there.
    pub fn optional_flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(bad_frame(format!("`{name}` is true or false"))),
        }
    }

    /// A number that must be there.
    pub fn whole(&self, name: &str) -> Result<u64, Refusal> {
        self.optional_whole(name)?.ok_or_else(|| bad_frame(format!("`{name}` is missing: a whole number from 0")))
    }

    /// A number that may be there.
    pub fn optional_whole(&self, name: &str) -> Result<Option<u64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            // A place in a conversation fits a signed integer of the store.
            Some(value) => (value.as_u64().filter(|n| i64::try_from(*n).is_ok()).map(Some))
                .ok_or_else(|| bad_frame(format!("`{name}` is a whole number from 0"))),
        }
    }

    /// An object that may be there.
    pub fn optional_object(&self, name: &str) -> Result<Option<Fields>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self(map.clone()))),
            Some(_) => Err(bad_frame(format!("`{name}` is an object"))),
        }
    }

    /// An id of something that must exist: a text which is none names nothing.
    pub fn named<T: FromStr>(&self, name: &str) -> Result<T, Refusal> {
        parse(name, self.string(name)?)
    }

    /// The same, which may be absent.
    pub fn optional_named<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.optional_string(name)?.map(|text| parse(name, text)).transpose()
    }

    /// The group of a page: an unknown one is none, and so is a text that names none.
    pub fn page_group(&self) -> Result<Option<GroupId>, Refusal> {
        Ok(self.optional_string("group")?.and_then(|text| text.parse().ok()))
    }

    /// The text of a message, of 1 to [`TEXT_LEN_MAX`] scalar values.
    pub fn text(&self) -> Result<String, Refusal> {
        let text = self.string("text")?;
        if text.is_empty() {
            return Err(bad_frame(format!("`text` is 1 to {TEXT_LEN_MAX} characters long")));
        }
        if text.chars().nth(TEXT_LEN_MAX).is_some() {
            return Err(too_long("text", TEXT_LEN_MAX));
        }
        Ok(text.to_owned())
    }

    /// The name that a client gives a message.
    pub fn client_id(&self) -> Result<String, Refusal> {
        match self.string("client_id")? {
            id if (1..=CLIENT_ID_LEN_MAX).contains(&id.len()) => Ok(id.to_owned()),
            _ => Err(bad_frame(format!("`client_id` is a string of 1 to {CLIENT_ID_LEN_MAX} bytes"))),
        }
    }

    /// Where a visitor is: the fields `url` and `title` of this object.
    pub fn page(&self) -> Result<Page, Refusal> {
        let url = cut(self.string("url")?, URL_LEN_MAX);
        let title = self.optional_string("title")?.map(|title| cut(title, TITLE_LEN_MAX));
        Ok(Page { url, title })
    }
}

fn too_long(name: &str, max: usize) -> Refusal {
    Refusal::new(RefusalCode::TooLong, format!("`{name}` is at most {max} characters long"))
}

fn parse<T: FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::not_found(name))
}

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
