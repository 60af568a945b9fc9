//! Holds what a server answers against the published reference, strictly: a status, a field or a frame that it does not tell of
//! is a mistake. (The documents themselves leave objects open, since clients are to tolerate additions; here they are closed.)

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use doorbell::edge::http::reference;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// The calls over HTTP.
pub(crate) static OPENAPI: LazyLock<Value> = LazyLock::new(|| parsed(&reference::openapi("https://chat.example")));
/// The frames of the sockets.
pub(crate) static ASYNCAPI: LazyLock<Value> = LazyLock::new(|| parsed(&reference::asyncapi("https://chat.example")));

static SHAPES: LazyLock<[Value; 2]> = LazyLock::new(|| [closed_shapes(&OPENAPI), closed_shapes(&ASYNCAPI)]);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the reference is JSON")
}

/// What is wrong with an answer; `path` may have a query.
pub(crate) fn answer(method: &str, path: &str, status: u16, content_type: &str, body: &str) -> Result<(), String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let method = if method == "HEAD" { "GET" } else { method };
    let wrong = |what: String| format!("{method} {path} → {status}: {what}\n{body}");
    let response = match documented(path) {
        Some((_, calls)) => match &calls[method.to_ascii_lowercase()] {
            Value::Null => &json!({ "content": problem_with(405) }),
            call => match &call["responses"][status.to_string()] {
                Value::Null => return Err(wrong("this status is not in the reference".into())),
                response => response,
            },
        },
        None if path.starts_with("/api/") => &json!({ "content": problem_with(404) }),
        // A page, or none.
        None if content_type.starts_with("application/problem+json") => &json!({ "content": problem_with(status) }),
        None => return Ok(()),
    };
    let response = resolved(&OPENAPI, response);
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match response["content"].as_object() {
        None if body.is_empty() => Ok(()),
        None => Err(wrong("there is to be no body".into())),
        Some(_) if body.is_empty() && method == "GET" && status != 200 => Ok(()),
        Some(kinds) => match kinds.get(kind) {
            None => Err(wrong(format!("its type is {content_type:?}"))),
            Some(told) if kind.ends_with("json") => {
                let value = serde_json::from_str(body).map_err(|error| wrong(format!("no JSON: {error}")))?;
                valid(0, &told["schema"], &value).map_err(wrong)
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

/// Which side says a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Clients.
    Client,
    /// The server.
    Server,
}

/// What is wrong with a frame of the socket at `path`.
pub(crate) fn frame(path: &str, side: Side, frame: &Value) -> Result<(), String> {
    let messages = messages(path, side);
    let of_type: Vec<&Value> = messages.into_iter().filter(|message| message["name"] == frame["type"]).collect();
    if of_type.is_empty() {
        return Err(format!("{path}: {side:?} frame {} is not in the reference: {frame}", frame["type"]));
    }
    let wrongs: Result<Vec<()>, String> = Ok(Vec::new());
    let mut last = wrongs.map(drop);
    for message in of_type {
        last = valid(1, &message["payload"], frame);
        if last.is_ok() {
            return Ok(());
        }
    }
    last.map_err(|why| format!("{path}: {side:?} frame {frame}: {why}"))
}

/// What is wrong with the answer to a client's frame.
pub(crate) fn reply(path: &str, asked: &Value, answer: &Value) -> Result<(), String> {
    let operations = ASYNCAPI["operations"].as_object().expect("an object").values();
    let asks = |operation: &&'static Value| {
        let message = resolved(&ASYNCAPI, &operation["messages"][0]);
        operation["action"] == "receive" && channel_of(operation) == path && message["name"] == asked["type"]
    };
    let Some(operation) = operations.into_iter().find(asks) else { return Ok(()) };
    let replies = operation["reply"]["messages"].as_array().expect("a list").iter().map(|m| resolved(&ASYNCAPI, m));
    let mut same_type = replies.filter(|message| message["name"] == answer["type"]);
    if same_type.any(|message| valid(1, &message["payload"], answer).is_ok()) {
        return Ok(());
    }
    Err(format!("{path}: {answer} is no documented answer to {asked}"))
}

/// The messages that one side says at a socket.
pub(crate) fn messages(path: &str, side: Side) -> Vec<&'static Value> {
    let mut all = Vec::new();
    for operation in ASYNCAPI["operations"].as_object().expect("an object").values() {
        if channel_of(operation) != path {
            continue;
        }
        let is_received = operation["action"] == "receive";
        let said = if is_received == (side == Side::Client) {
            &operation["messages"]
        } else {
            &operation["reply"]["messages"]
        };
        if side == Side::Client && !is_received {
            continue;
        }
        for message in said.as_array().into_iter().flatten() {
            let message = resolved(&ASYNCAPI, message);
            if !all.iter().any(|known: &&Value| std::ptr::eq(*known, message)) {
                all.push(message);
            }
        }
    }
    all
}

fn channel_of(operation: &'static Value) -> &'static str {
    resolved(&ASYNCAPI, &operation["channel"])["address"].as_str().expect("a channel has its address")
}

/// What a reference within a document leads to; anything else itself.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(pointer) => {
            let target = document.pointer(pointer.trim_start_matches('#'));
            target.unwrap_or_else(|| panic!("{pointer} leads nowhere"))
        }
        None => value,
    }
}

/// What is wrong with a value of a shape of one of the documents, strictly.
pub(crate) fn valid(document: usize, schema: &Value, value: &Value) -> Result<(), String> {
    let key = format!("{document} {schema}");
    let known = VALIDATORS.lock().expect("nobody panicked with it").get(&key).cloned();
    let validator = known.unwrap_or_else(|| {
        let mut whole = closed(schema);
        whole["components"] = json!({ "schemas": SHAPES[document] });
        let built = jsonschema::options().with_draft(Draft::Draft202012).build(&whole);
        let built = Arc::new(built.unwrap_or_else(|error| panic!("{schema}: {error}")));
        VALIDATORS.lock().expect("nobody panicked with it").insert(key, Arc::clone(&built));
        built
    });
    let wrongs: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if wrongs.is_empty() { Ok(()) } else { Err(wrongs.join("; ")) }
}

/// The shared shapes, each open for those who add to it, with everything within it closed.
fn closed_shapes(document: &Value) -> Value {
    let shapes = document["components"]["schemas"].as_object().expect("an object");
    shapes.iter().map(|(name, shape)| (name.clone(), opened(shape))).collect::<Map<_, _>>().into()
}

/// A shape whose objects have the told fields and no others.
fn closed(schema: &Value) -> Value {
    let mut shape = opened(schema);
    if let Some(object) = shape.as_object_mut()
        && !object.contains_key("additionalProperties")
    {
        object.insert("unevaluatedProperties".into(), false.into());
    }
    shape
}

/// The same for what is part of a composition: only what is within it is closed.
fn opened(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let inner = |(key, value): (&String, &Value)| {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(all)) => all.iter().map(|(name, s)| (name.clone(), closed(s))).collect(),
            ("allOf" | "oneOf" | "anyOf", Value::Array(all)) => all.iter().map(opened).collect(),
            ("items" | "additionalProperties", one) => closed(one),
            (_, other) => other.clone(),
        };
        (key.clone(), value)
    };
    Value::Object(schema.iter().map(inner).collect())
}
