//! The calls of the reference are those of the URL table.

use std::collections::BTreeMap;

use doorbell::edge::http::routes::{Who, table};
use serde_json::{Value, json};

use crate::answers::{OPENAPI, answer};

/// By method and path: who may call it.
fn published() -> BTreeMap<(String, String), Option<Who>> {
    let mut calls = BTreeMap::new();
    for (path, methods) in OPENAPI["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            calls.insert((method.to_uppercase(), path.clone()), who(&call["security"]));
        }
    }
    calls
}

fn who(security: &Value) -> Option<Who> {
    let with = |roles: Value| json!([{ "bearer": roles }, { "cookie": roles }]);
    let known = [
        (json!([]), Who::Anybody),
        (with(json!([])), Who::Operator),
        (with(json!(["admin"])), Who::Admin),
        (json!([{ "mailServer": [] }]), Who::MailServer),
    ];
    known.into_iter().find(|(spelled, _)| spelled == security).map(|(_, who)| who)
}

#[test]
fn every_call_is_published_and_no_other_and_it_says_who_may() {
    // A path with an expression is a page or a part of one.
    let calls = table().into_iter().filter(|call| !call.path.contains(':'));
    let table: BTreeMap<_, _> = calls.map(|call| ((call.method.to_string(), call.path), Some(call.who))).collect();
    let published = published();
    let missing: Vec<_> = table.iter().filter(|(call, _)| !published.contains_key(*call)).collect();
    assert!(missing.is_empty(), "not in the reference: {missing:#?}");
    let invented: Vec<_> = published.iter().filter(|(call, _)| !table.contains_key(*call)).collect();
    assert!(invented.is_empty(), "in the reference only: {invented:#?}");
    for (call, who) in &published {
        assert_eq!(*who, table[call], "{call:?}: who may");
    }
}

/// What a role or a log-in is asked for can be refused.
#[test]
fn what_needs_a_log_in_says_what_comes_without_one() {
    for ((method, path), who) in published() {
        let answers = &OPENAPI["paths"][&path][method.to_lowercase()]["responses"];
        let told = |status: &str| answers.get(status).is_some();
        if who != Some(Who::Anybody) {
            // A mail server has no role that might not suffice.
            let wanted: &[&str] =
                if who == Some(Who::MailServer) { &["401", "422", "503"] } else { &["401", "403", "422", "503"] };
            assert!(wanted.iter().all(|status| told(status)), "{method} {path}");
        }
        assert!(told("404") || !path.contains('{'), "{method} {path}: what it names may not be there");
    }
}

#[test]
fn every_call_has_a_name_of_its_own_and_a_known_tag() {
    let tags: Vec<&Value> = OPENAPI["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = Vec::new();
    for (path, methods) in OPENAPI["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            assert!(tags.contains(&&call["tags"][0]), "{method} {path}");
            assert!(call["summary"].as_str().is_some_and(|text| text.len() > 3), "{method} {path}");
            assert!(!names.contains(&&call["operationId"]), "{method} {path}");
            names.push(&call["operationId"]);
            let given: Vec<&str> = call["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|p| {
                    let parameter = OPENAPI.resolved(p);
                    (parameter["in"] == "path").then(|| parameter["name"].as_str().unwrap())
                })
                .collect();
            let wanted: Vec<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            assert_eq!(given, wanted, "{method} {path}: the parts of its path");
        }
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let json = "application/json";
    let counts = r#"{"unserved":1,"mine":0,"served":0}"#;
    let counted = |status, kind: &str, body: &str| answer("GET", "/api/v1/counts?lang=cs", status, kind, body);
    assert_eq!(counted(200, json, counts), Ok(()));
    assert!(counted(200, json, r#"{"unserved":1,"mine":0}"#).is_err(), "a field is missing");
    assert!(counted(200, json, r#"{"unserved":1,"mine":0,"served":0,"more":0}"#).is_err(), "a field too many");
    assert!(counted(200, json, r#"{"unserved":"1","mine":0,"served":0}"#).is_err(), "a wrong type");
    assert!(counted(200, "text/plain", counts).is_err(), "another type");
    assert!(counted(201, json, counts).is_err(), "another status");
    let problem = |status: u16, code: &str| {
        format!(r#"{{"type":"about:blank","title":"T","status":{status},"code":"{code}","detail":"d"}}"#)
    };
    let refused = |status, code| counted(status, "application/problem+json", &problem(status, code));
    assert_eq!(refused(401, "unauthorized"), Ok(()));
    assert!(refused(401, "forbidden").is_err(), "a code of another status");
    assert!(refused(429, "rate_limited").is_err(), "a refusal that is not told of");
    assert!(answer("DELETE", "/api/v1/counts", 204, "", "").is_err(), "a call that is not told of");
    assert!(answer("GET", "/api/v1/nothing", 200, json, "{}").is_err(), "a path that is not told of");
    assert_eq!(answer("GET", "/api/v1/nothing", 404, "application/problem+json", &problem(404, "not_found")), Ok(()));
    assert!(answer("DELETE", "/api/v1/groups/x", 204, "", "{}").is_err(), "a body where there is none");
}
