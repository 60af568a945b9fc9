//! What stands behind the question mark, and in the path: read value by value, like bodies.

use std::collections::HashMap;
use std::str::FromStr;

use actix_web::{FromRequest as _, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problem::Problem;
use crate::domain::time::Timestamp;

/// The most items of a page.
pub const LIMIT_MAX: usize = 200;
/// Its items, where the caller names no number.
pub const LIMIT_DEFAULT: usize = 50;

/// The values of a query. Of a name that stands there twice the last one counts.
#[derive(Clone, Debug)]
pub struct Query(HashMap<String, String>);

impl Query {
    /// That of a request.
    ///
    /// # Errors
    /// `bad_request` for what is no query.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Self::parse(request.query_string())
    }

    /// From what stands behind the question mark.
    ///
    /// # Errors
    /// `bad_request` for what is no query.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let query = web::Query::<HashMap<String, String>>::from_query(text);
        query.map(|query| Self(query.into_inner())).map_err(|error| Problem::bad_request(error.to_string()))
    }

    /// A text, if it is there.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A value made of a text, if it is there.
    ///
    /// # Errors
    /// `invalid`.
    pub fn parsed<T: FromStr>(&self, name: &'static str, right: &str) -> Result<Option<T>, Problem> {
        let wrong = || Problem::invalid(name, format!("`{name}` is {right}"));
        self.text(name).map(|text| text.parse().map_err(|_| wrong())).transpose()
    }

    /// One of a few words, if it is there.
    ///
    /// # Errors
    /// `invalid`, naming the words.
    pub fn word<T: Copy>(&self, name: &'static str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Problem::invalid(name, format!("`{name}` is one of: {}", all.join(", ")))
        })
    }

    /// How many items a page has.
    ///
    /// # Errors
    /// `invalid` for what is no number from 1 to [`LIMIT_MAX`].
    pub fn limit(&self) -> Result<usize, Problem> {
        let right = format!("a number from 1 to {LIMIT_MAX}");
        match self.parsed("limit", &right)?.unwrap_or(LIMIT_DEFAULT) {
            limit @ 1..=LIMIT_MAX => Ok(limit),
            _ => Err(Problem::invalid("limit", format!("`limit` is {right}"))),
        }
    }

    /// After which place of the order a page begins.
    ///
    /// # Errors
    /// `invalid` for what no answer gave.
    pub fn cursor<T: FromStr>(&self) -> Result<Option<(Timestamp, T)>, Problem> {
        let wrong = || Problem::invalid("cursor", "`cursor` is the `next` of the page before");
        self.text("cursor").map(|text| read_cursor(text).ok_or_else(wrong)).transpose()
    }
}

/// A place of an order, as clients are given it.
pub fn cursor<T: std::fmt::Display>((at, id): &(Timestamp, T)) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{id}", at.0))
}

fn read_cursor<T: FromStr>(text: &str) -> Option<(Timestamp, T)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once('/')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// The id in a path. A text that is none names nothing.
///
/// # Errors
/// `not_found`.
pub fn path_id<T: FromStr>(request: &HttpRequest, what: &str) -> Result<T, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    text.parse().map_err(|_| Problem::not_found(what))
}

/// The one text in a path, its percent signs decoded; `None`: it is none (no UTF-8).
pub fn path_text(request: &HttpRequest) -> Option<String> {
    web::Path::<String>::extract(request).into_inner().ok().map(web::Path::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ConversationId;
    use actix_web::test::TestRequest;

    fn query(text: &str) -> Query {
        Query::of(&TestRequest::with_uri(&format!("/x?{text}")).to_http_request()).unwrap()
    }

    #[test]
    fn a_limit_is_a_small_number() {
        assert_eq!(query("").limit().unwrap(), LIMIT_DEFAULT);
        assert_eq!(query("limit=200").limit().unwrap(), 200);
        for wrong in ["limit=-1", "limit=0", "limit=201", "limit=x", "limit="] {
            assert_eq!(query(wrong).limit().unwrap_err().code(), "invalid", "{wrong}");
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let place = (Timestamp(5), ConversationId(uuid::Uuid::from_u128(7)));
        assert_eq!(query(&format!("cursor={}", cursor(&place))).cursor().unwrap(), Some(place));
        for wrong in ["cursor=%ff%fe", "cursor=", "cursor=AAAA", "cursor=NS94"] {
            assert!(query(wrong).cursor::<ConversationId>().is_err(), "{wrong}");
        }
    }
}
