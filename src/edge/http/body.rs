//! Bodies and queries, read field by field: what has a wrong type is refused with its field, what is unknown is ignored.
//!
//! A field is named by its path (`notifications.offline.delay_s`). An absent field and a `null` are the same, but where `null`
//! says something: "the default again".

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use super::Front;
use super::patience::Patience;
use super::problem::Problem;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::office::sessions::{self, Session};
use crate::ports::figures;

/// The longest body, in bytes.
pub const BODY_LEN_MAX: usize = 64 * 1024;
/// The longest text that is looked at where nothing shorter is asked, in bytes.
pub const TEXT_LEN_MAX: usize = 4_096;
/// The longest list.
pub const LIST_LEN_MAX: usize = 2_000;

/// A body that was not read yet: it is read once it is known who asks.
pub struct RawBody {
    payload: dev::Payload,
    /// How many bytes are announced, where that is said.
    announced: Option<u64>,
    /// Whose it is.
    request: HttpRequest,
}

impl FromRequest for RawBody {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let announced = length.and_then(|length| length.parse().ok());
        ready(Ok(Self { payload: payload.take(), announced, request: request.clone() }))
    }
}

impl RawBody {
    /// Its JSON object.
    ///
    /// # Errors
    /// `too_long`, `request_timeout`, `bad_request` for what is no JSON, `invalid` for what is no object; `unauthorized` when the
    /// log-in that asks ended while the body came.
    pub async fn read(self) -> Result<Body, Problem> {
        let request = self.request.clone();
        let body = Body::parse(&self.bytes_up_to(BODY_LEN_MAX).await?)?;
        let arrived = Patience::of(&request).and_then(|patience| patience.arrived());
        Ok(Body { came_at: arrived.unwrap_or_else(|| Front::of(&request).host.now()), ..body })
    }

    /// Its JSON object, or none: nothing must be said.
    ///
    /// # Errors
    /// As [`RawBody::read`].
    pub async fn read_if_any(self) -> Result<Body, Problem> {
        let bytes = self.bytes_up_to(BODY_LEN_MAX).await?;
        if bytes.is_empty() { Ok(Body::default()) } else { Body::parse(&bytes) }
    }

    /// Its bytes, at most so many, whatever they are.
    ///
    /// # Errors
    /// `too_long`, `request_timeout`.
    pub async fn bytes_up_to(self, len_max: usize) -> Result<Vec<u8>, Problem> {
        if self.announced.is_some_and(|announced| announced > len_max as u64) {
            return Err(too_long(len_max));
        }
        let late = |_| {
            figures::limited("request_deadline");
            Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the body did not arrive in time")
        };
        let front = Front::of(&self.request);
        let deadline = front.settings.request_deadline.to_duration();
        let patience = Patience::of(&self.request);
        if let Some(patience) = &patience {
            patience.on_reading();
        }
        let collected = tokio::time::timeout(deadline, collect(self.payload, len_max)).await;
        if let Some(patience) = &patience {
            patience.on_read(front.host.now());
        }
        let bytes = collected.map_err(late)??;
        // Who asked may have held the end of the body back until the log-in was no longer good (rule P9).
        let session = self.request.extensions().get::<Session>().cloned();
        match session {
            Some(session) if !sessions::lives(&front.host.store, &session).await? => Err(Problem::unauthorized()),
            _ => Ok(bytes),
        }
    }
}

/// The JSON object of a body.
#[derive(Clone, Debug, Default)]
pub struct Body {
    fields: Map<String, Value>,
    came_at: Timestamp,
}

/// All bytes of a body, or as many as there may be.
async fn collect(mut payload: dev::Payload, len_max: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > len_max {
            return Err(too_long(len_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_long(len_max: usize) -> Problem {
    Refusal::new(RefusalCode::TooLong, format!("a body has at most {len_max} bytes")).into()
}

impl Body {
    /// When it had come. What it says was said then, however long it takes until that is done.
    pub fn came_at(&self) -> Timestamp {
        self.came_at
    }

    /// From the bytes of a request.
    ///
    /// # Errors
    /// `bad_request` for what is no JSON, `invalid` for what is no object.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let value = serde_json::from_slice(bytes)
            .map_err(|error| Problem::bad_request(format!("the body is one JSON object: {error}")))?;
        match value {
            Value::Object(fields) => Ok(Self { fields, came_at: Timestamp::default() }),
            _ => Err(Problem::invalid("", "the body is one JSON object")),
        }
    }

    /// What stands at the path, `null` included.
    fn at(&self, path: &'static str) -> Result<Option<&Value>, Problem> {
        let mut map = &self.fields;
        let mut parts = path.match_indices('.').map(|(end, _)| end);
        let mut start = 0;
        for end in &mut parts {
            match map.get(&path[start..end]) {
                None | Some(Value::Null) => return Ok(None),
                Some(Value::Object(inner)) => map = inner,
                Some(_) => return Err(wrong(&path[..end], "an object")),
            }
            start = end + 1;
        }
        Ok(map.get(&path[start..]))
    }

    fn get(&self, path: &'static str) -> Result<Option<&Value>, Problem> {
        Ok(self.at(path)?.filter(|value| !value.is_null()))
    }

    /// Whether the field is there and is `null`.
    fn is_null(&self, path: &'static str) -> Result<bool, Problem> {
        Ok(self.at(path)?.is_some_and(Value::is_null))
    }

    /// A text, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else, or a text that is longer than any that is meant.
    pub fn text(&self, path: &'static str) -> Result<Option<&str>, Problem> {
        match self.get(path)? {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= TEXT_LEN_MAX => Ok(Some(text)),
            Some(Value::String(_)) => Err(wrong(path, "a shorter text")),
            Some(_) => Err(wrong(path, "a text")),
        }
    }

    /// A text of any length that a body can have, if it is there: the caller has a limit of its own.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn long_text(&self, path: &'static str) -> Result<Option<&str>, Problem> {
        match self.get(path)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(path, "a text")),
        }
    }

    /// A value made of a text, if it is there.
    ///
    /// # Errors
    /// `invalid`, or what `make` says.
    pub fn parsed<T>(
        &self,
        path: &'static str,
        make: impl Fn(&'static str, &str) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Problem> {
        Ok(self.text(path)?.map(|text| make(path, text)).transpose()?)
    }

    /// One of a few words, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else, naming the words.
    pub fn word<T: Copy>(&self, path: &'static str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(path)? else { return Ok(None) };
        let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            wrong(path, &format!("one of: {}", all.join(", ")))
        })
    }

    /// The same, where `null` says something: `Some(None)`.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn word_or_null<T: Copy>(&self, path: &'static str, words: &[(&str, T)]) -> Result<Option<Option<T>>, Problem> {
        if self.is_null(path)? { Ok(Some(None)) } else { Ok(self.word(path, words)?.map(Some)) }
    }

    /// Yes or no, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn flag(&self, path: &'static str) -> Result<Option<bool>, Problem> {
        match self.get(path)? {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong(path, "true or false")),
        }
    }

    /// A number, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn number(&self, path: &'static str) -> Result<Option<f64>, Problem> {
        match self.get(path)? {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| wrong(path, "a number")),
        }
    }

    /// A whole number, such as the place of a message, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn whole(&self, path: &'static str) -> Result<Option<u64>, Problem> {
        match self.get(path)? {
            None => Ok(None),
            // A place in a conversation fits a signed integer of the store.
            Some(value) => (value.as_u64().filter(|n| i64::try_from(*n).is_ok()).map(Some))
                .ok_or_else(|| wrong(path, "a whole number from 0")),
        }
    }

    /// A number of which something is made, where `null` says something: `Some(None)`.
    ///
    /// # Errors
    /// `invalid`, or what `make` says.
    pub fn number_or_null<T>(
        &self,
        path: &'static str,
        make: impl Fn(&'static str, f64) -> Result<T, Refusal>,
    ) -> Result<Option<Option<T>>, Problem> {
        if self.is_null(path)? {
            return Ok(Some(None));
        }
        Ok(self.number(path)?.map(|number| make(path, number)).transpose()?.map(Some))
    }

    /// A list of texts of which something is made, if it is there.
    ///
    /// # Errors
    /// `invalid`, or what `make` says.
    pub fn list<T>(
        &self,
        path: &'static str,
        make: impl Fn(&'static str, &str) -> Result<T, Refusal>,
    ) -> Result<Option<Vec<T>>, Problem> {
        let Some(value) = self.get(path)? else { return Ok(None) };
        let items = value.as_array().filter(|items| items.len() <= LIST_LEN_MAX);
        let items = items.ok_or_else(|| wrong(path, &format!("a list of at most {LIST_LEN_MAX} texts")))?;
        let values = items.iter().map(|item| {
            let text = item.as_str().ok_or_else(|| wrong(path, "a list of texts"))?;
            Ok(make(path, text)?)
        });
        values.collect::<Result<_, Problem>>().map(Some)
    }

    /// A list of ids, if it is there.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub fn ids<T: FromStr>(&self, path: &'static str) -> Result<Option<Vec<T>>, Problem> {
        self.list(path, |path, text| text.parse().map_err(|_| Refusal::invalid(path, format!("`{path}` holds ids"))))
    }
}

/// Takes what must be there.
///
/// # Errors
/// `invalid`, with the field.
pub fn need<T>(path: &'static str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::invalid(path, format!("`{path}` is missing")))
}

fn wrong(path: &'static str, right: &str) -> Problem {
    Problem::invalid(path, format!("`{path}` is {right}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_no_json_and_what_is_no_object_are_told_apart() {
        for (text, status) in [("", 400), ("{", 400), ("\u{feff}{}", 400), ("[]", 422), ("5", 422), ("null", 422)] {
            assert_eq!(Body::parse(text.as_bytes()).unwrap_err().status().as_u16(), status, "{text}");
        }
        assert_eq!(Body::parse("[".repeat(20_000).as_bytes()).unwrap_err().code(), "bad_request");
        assert!(Body::parse(br#"{"future":{"x":1}}"#).is_ok());
    }

    #[test]
    fn a_path_leads_through_objects() {
        let body = body(r#"{"notifications":{"offline":{"delay_s":0.6,"enabled":null},"missed":5}}"#);
        assert_eq!(body.number("notifications.offline.delay_s").unwrap(), Some(0.6));
        assert_eq!(body.flag("notifications.offline.enabled").unwrap(), None);
        assert_eq!(body.flag("absent.too").unwrap(), None);
        assert_eq!(
            body.flag("notifications.missed.enabled").unwrap_err().to_string(),
            "`notifications.missed` is an object"
        );
    }

    #[test]
    fn wrong_types_are_refused() {
        let body = body(r#"{"text":5,"flag":"yes","number":"soon","list":["a",5],"word":"c","ids":["x"]}"#);
        assert!(body.text("text").is_err());
        assert!(body.flag("flag").is_err());
        assert!(body.number("number").is_err());
        assert!(body.list("list", |_, text| Ok(text.to_owned())).is_err());
        assert_eq!(body.word("word", &[("a", 1), ("b", 2)]).unwrap_err().to_string(), "`word` is one of: a, b");
        assert!(body.ids::<crate::domain::ids::GroupId>("ids").is_err());
    }

    #[test]
    fn null_can_mean_the_default_again() {
        let body = body(r#"{"a":null}"#);
        assert_eq!(body.number_or_null("a", |_, n| Ok(n)).unwrap(), Some(None));
        assert_eq!(body.number_or_null("b", |_, n| Ok(n)).unwrap(), None);
        assert_eq!(body.word_or_null("a", &[("x", 1)]).unwrap(), Some(None));
    }
}
