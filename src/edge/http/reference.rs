//! The published reference: every call in `/openapi.json`, every frame in `/asyncapi.json`.
//!
//! The documents are written by hand, as data, in `reference/`; a shape that both of them tell of stands there once. What they
//! say is held against the code by the tests: each answer and each frame that a test sees is checked, each example is executed.

use std::fmt::Write as _;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::problem::Answer;
use super::{Front, pages};
use crate::edge::auth::origin_of_url;

const OPENAPI: &str = include_str!("reference/openapi.json");
const ASYNCAPI: &str = include_str!("reference/asyncapi.json");
/// Shapes that both doors know.
const SHARED: &str = include_str!("reference/schemas/shared.json");
/// Shapes of HTTP alone.
const OF_HTTP: &str = include_str!("reference/schemas/http.json");
/// Shapes of sockets alone.
const OF_SOCKETS: &str = include_str!("reference/schemas/sockets.json");
/// The calls, a file per resource, in the order in which they are told.
const PATHS: [&str; 7] = [
    include_str!("reference/paths/sessions.json"),
    include_str!("reference/paths/profile.json"),
    include_str!("reference/paths/account.json"),
    include_str!("reference/paths/presence.json"),
    include_str!("reference/paths/conversations.json"),
    include_str!("reference/paths/emails.json"),
    include_str!("reference/paths/public.json"),
];

/// Both documents, as one server publishes them.
pub(super) struct Reference {
    openapi: Document,
    asyncapi: Document,
}

struct Document {
    text: Bytes,
    tag: String,
}

impl Reference {
    /// Those of the server at `public_url`.
    pub(super) fn of(public_url: &str) -> Self {
        Self { openapi: Document::new(openapi(public_url)), asyncapi: Document::new(asyncapi(public_url)) }
    }
}

impl Document {
    fn new(text: String) -> Self {
        Self { tag: pages::tag_of(&Sha256::digest(text.as_bytes()).into()), text: text.into() }
    }
}

/// The calls over HTTP of the server at `public_url`, as an OpenAPI document.
pub fn openapi(public_url: &str) -> String {
    fill(
        OPENAPI,
        &[
            ("@version", quoted(env!("CARGO_PKG_VERSION"))),
            ("@url", quoted(public_url)),
            ("@paths", joined(&PATHS)),
            ("@schemas", joined(&[SHARED, OF_HTTP])),
        ],
    )
}

/// The frames of the sockets of the server at `public_url`, as an AsyncAPI document.
pub fn asyncapi(public_url: &str) -> String {
    let (scheme, host) = origin_of_url(public_url).split_once("://").unwrap_or(("http", public_url));
    let protocol = if scheme == "https" { "wss" } else { "ws" };
    fill(
        ASYNCAPI,
        &[
            ("@version", quoted(env!("CARGO_PKG_VERSION"))),
            ("@host", quoted(host)),
            ("@protocol", quoted(protocol)),
            ("@schemas", joined(&[SHARED, OF_SOCKETS])),
        ],
    )
}

/// Puts JSON where a document has a mark.
fn fill(document: &str, values: &[(&str, String)]) -> String {
    let filled = |text: String, (mark, value): &(&str, String)| text.replacen(&quoted(mark), value, 1);
    values.iter().fold(document.to_owned(), filled)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One object out of several.
fn joined(objects: &[&str]) -> String {
    let mut all = String::from("{");
    for (index, object) in objects.iter().enumerate() {
        let inner =
            object.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().trim_end();
        // Writing to a text cannot fail.
        let _ = write!(all, "{}{inner}", if index == 0 { "" } else { "," });
    }
    all.push_str("\n}");
    all
}

pub(super) async fn show_openapi(front: web::Data<Front>, request: HttpRequest) -> Answer {
    Ok(front.reference.openapi.answer(&request))
}

pub(super) async fn show_asyncapi(front: web::Data<Front>, request: HttpRequest) -> Answer {
    Ok(front.reference.asyncapi.answer(&request))
}

impl Document {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (mut response, is_known) = pages::once(request, &self.tag);
        if is_known {
            return response.finish();
        }
        response.content_type("application/json; charset=utf-8").body(self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn both_documents_are_whole() {
        for text in [openapi("https://chat.example"), asyncapi("https://chat.example")] {
            let document: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
            assert!(document["components"]["schemas"]["Operator"].is_object());
            assert!(!text.contains("\"@"), "a mark was left");
        }
    }

    #[test]
    fn they_say_where_the_server_is() {
        let of = |url| serde_json::from_str::<Value>(&asyncapi(url)).unwrap()["servers"]["here"].clone();
        assert_eq!(
            (&of("https://chat.example/x")["host"], &of("https://a")["protocol"]),
            (&"chat.example".into(), &"wss".into())
        );
        assert_eq!(of("http://127.0.0.1:8080")["protocol"], "ws");
        let openapi: Value = serde_json::from_str(&openapi("https://a.example\"")).unwrap();
        assert_eq!(openapi["servers"][0]["url"], "https://a.example\"");
    }
}
