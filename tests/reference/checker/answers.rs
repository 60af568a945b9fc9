//! Holds what a server answers over HTTP against the published reference: a call, a status, a type or a field that it does not
//! tell of is a mistake.

use std::sync::LazyLock;

use doorbell::edge::http::reference;
use serde_json::{Value, json};

use crate::strict::Document;

/// The calls over HTTP.
pub(crate) static OPENAPI: LazyLock<Document> =
    LazyLock::new(|| Document::new(&reference::openapi("https://chat.example")));

/// What any request can come to before it is looked at: the document says so of all calls at once.
const AT_THE_DOOR: [u16; 5] = [400, 408, 413, 414, 431];

/// What is wrong with an answer; `path` may have a query.
pub(crate) fn answer(method: &str, path: &str, status: u16, content_type: &str, body: &str) -> Result<(), String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let method = if method == "HEAD" { "GET" } else { method };
    let wrong = |what: String| format!("{method} {path} → {status}: {what}\n{body}");
    let response = match documented(path) {
        Some((_, calls)) => match &calls[method.to_ascii_lowercase()] {
            Value::Null => &json!({ "content": problem_with(405) }),
            call => match &call["responses"][status.to_string()] {
                Value::Null if AT_THE_DOOR.contains(&status) => &json!({ "content": problem_with(status) }),
                Value::Null => return Err(wrong("this status is not in the reference".into())),
                response => response,
            },
        },
        None if path.starts_with("/api/") => &json!({ "content": problem_with(404) }),
        // A page, or none.
        None if content_type.starts_with("application/problem+json") => &json!({ "content": problem_with(status) }),
        None => return Ok(()),
    };
    let response = OPENAPI.resolved(response);
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match response["content"].as_object() {
        None if body.is_empty() => Ok(()),
        None => Err(wrong("there is to be no body".into())),
        Some(_) if body.is_empty() && method == "GET" && status != 200 => Ok(()),
        Some(kinds) => match kinds.get(kind) {
            None => Err(wrong(format!("its type is {content_type:?}"))),
            Some(told) if kind.ends_with("json") => {
                let value = serde_json::from_str(body).map_err(|error| wrong(format!("no JSON: {error}")))?;
                OPENAPI.valid(&told["schema"], &value).map_err(wrong)
            }
            Some(_) => Ok(()),
        },
    }
}

/// A problem document that stands in no call: every path can answer so.
fn problem_with(status: u16) -> Value {
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, { "properties": { "status": { "const": status } } }] });
    json!({ "application/problem+json": { "schema": schema } })
}

/// The template of a path and what it takes.
pub(crate) fn documented(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = OPENAPI["paths"].as_object().expect("an object");
    let fits = |template: &str| {
        let (wanted, got) = (template.split('/'), path.split('/'));
        wanted.clone().count() == got.clone().count()
            && wanted.zip(got).all(|(wanted, got)| wanted == got || (wanted.starts_with('{') && !got.is_empty()))
    };
    let found = paths.iter().filter(|(template, _)| fits(template));
    found.min_by_key(|(template, _)| template.matches('{').count()).map(|(template, calls)| (template.as_str(), calls))
}
