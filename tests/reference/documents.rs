//! Both documents hold together: what they refer to is there, what is there is used, every example is one.

use serde_json::Value;

use crate::answers::OPENAPI;
use crate::speech::ASYNCAPI;

/// Every object within a document, with where it stands.
fn objects<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
    if value.is_object() {
        found.push((at.to_owned(), value));
    }
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        objects(value, &format!("{at}/{key}"), found);
    }
}

fn all(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    objects(document, "", &mut found);
    found
}

#[test]
fn what_is_referred_to_is_there_and_what_is_there_is_used() {
    for document in [&*OPENAPI, &*ASYNCAPI] {
        let mut used: Vec<&str> = Vec::new();
        for (at, object) in all(document) {
            if let Some(pointer) = object.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(&pointer[1..]).is_some(), "{at}: {pointer} leads nowhere");
                used.push(pointer);
            }
        }
        for kind in ["schemas", "responses", "parameters"] {
            for name in document["components"][kind].as_object().into_iter().flatten().map(|(name, _)| name) {
                let pointer = format!("#/components/{kind}/{name}");
                assert!(used.contains(&pointer.as_str()), "{pointer} is used by nobody");
            }
        }
    }
}

#[test]
fn every_example_of_the_calls_is_good() {
    let mut examples = 0;
    for (at, object) in all(&OPENAPI).into_iter().filter(|(at, _)| !at.contains("/example")) {
        let Some(schema) = object.get("schema") else { continue };
        let named = object.get("examples").and_then(Value::as_object).into_iter().flatten();
        for example in named.map(|(_, named)| &named["value"]).chain(object.get("example")) {
            OPENAPI.valid(schema, example).unwrap_or_else(|why| panic!("{at}: {why}"));
            examples += 1;
        }
    }
    assert!(examples > 60, "{examples}");
}

#[test]
fn every_example_of_a_shape_is_good() {
    for document in [&*OPENAPI, &*ASYNCAPI] {
        for (name, shape) in document["components"]["schemas"].as_object().unwrap() {
            for example in shape["examples"].as_array().into_iter().flatten() {
                document.valid(shape, example).unwrap_or_else(|why| panic!("{name}: {why}"));
            }
        }
    }
}

#[test]
fn every_call_shows_what_it_takes_and_gives() {
    for (path, methods) in OPENAPI["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let shows = |content: &Value| content.get("example").is_some() || content.get("examples").is_some();
            let body = &call["requestBody"]["content"]["application/json"];
            assert!(body.is_null() || shows(body), "{method} {path}: an example of its body");
            for (status, answer) in call["responses"].as_object().unwrap() {
                let content = &OPENAPI.resolved(answer)["content"]["application/json"];
                let is_document = content["schema"]["additionalProperties"] == true;
                assert!(content.is_null() || is_document || shows(content), "{method} {path} {status}: an example");
            }
        }
    }
}
