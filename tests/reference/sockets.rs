//! The frames of the reference are those of the code.

use std::collections::BTreeSet;

use doorbell::wire::operator_frames::OperatorCall;
use doorbell::wire::server_frames::{TO_OPERATORS, TO_VISITORS};
use doorbell::wire::visitor_frames::VisitorCall;
use serde_json::{Value, json};

use crate::speech::{Side, frame, messages, reply};

const PATHS: [&str; 2] = ["/ws/visitor", "/ws/operator"];

fn types(path: &str, side: Side) -> BTreeSet<&'static str> {
    messages(path, side).into_iter().map(|message| message["name"].as_str().unwrap()).collect()
}

fn decode(path: &str, text: &str) -> Result<String, String> {
    let wrong = |refusal: doorbell::domain::refusal::Refusal| refusal.message;
    if path == "/ws/visitor" {
        VisitorCall::decode(text).map(|frame| format!("{frame:?}")).map_err(|refused| wrong(refused.refusal))
    } else {
        OperatorCall::decode(text).map(|frame| format!("{frame:?}")).map_err(|refused| wrong(refused.refusal))
    }
}

#[test]
fn both_sides_say_what_the_reference_says() {
    for (path, side, real) in [
        ("/ws/visitor", Side::Client, &VisitorCall::TYPES[..]),
        ("/ws/operator", Side::Client, &OperatorCall::TYPES[..]),
        ("/ws/visitor", Side::Server, &TO_VISITORS[..]),
        ("/ws/operator", Side::Server, &TO_OPERATORS[..]),
    ] {
        assert_eq!(types(path, side), real.iter().copied().collect::<BTreeSet<_>>(), "{path} {side:?}");
    }
}

#[test]
fn every_example_of_a_frame_is_understood_and_of_its_shape() {
    for path in PATHS {
        for side in [Side::Client, Side::Server] {
            for message in messages(path, side) {
                let examples = message["examples"].as_array().filter(|all| !all.is_empty());
                for example in examples.unwrap_or_else(|| panic!("{path}: an example of {}", message["name"])) {
                    let payload = &example["payload"];
                    frame(path, side, payload).unwrap_or_else(|why| panic!("{why}"));
                    if side == Side::Client {
                        decode(path, &payload.to_string()).unwrap_or_else(|why| panic!("{path}: {payload}: {why}"));
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_required_of_a_client_is_what_the_decoder_asks_for() {
    for path in PATHS {
        for message in messages(path, Side::Client) {
            for example in message["examples"].as_array().unwrap() {
                let fields = example["payload"].as_object().unwrap();
                for field in fields.keys() {
                    let mut without = fields.clone();
                    without.remove(field);
                    let without = Value::Object(without);
                    let (documented, real) = (frame(path, Side::Client, &without), decode(path, &without.to_string()));
                    assert_eq!(documented.is_ok(), real.is_ok(), "{path}: {without}: {documented:?}, {real:?}");
                }
            }
        }
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let wrong = |path, side, value: Value| frame(path, side, &value).is_err();
    assert!(wrong("/ws/visitor", Side::Server, json!({ "type": "counts", "unserved": 1, "mine": 0, "served": 0 })));
    assert!(wrong("/ws/operator", Side::Server, json!({ "type": "counts", "unserved": 1, "mine": 0 })));
    assert!(wrong(
        "/ws/operator",
        Side::Server,
        json!({ "type": "counts", "unserved": 1, "mine": 0, "served": 0, "more": 1 })
    ));
    assert!(wrong(
        "/ws/visitor",
        Side::Server,
        json!({ "type": "chat", "status": "online", "since": "2026-08-01T09:00:00Z" })
    ));
    let (join, ack) = (json!({ "type": "join", "id": "1", "conversation": "c" }), json!({ "type": "ack", "id": "1" }));
    assert!(reply("/ws/operator", &join, &ack).is_err());
    assert!(reply("/ws/operator", &json!({ "type": "presence", "id": "1", "state": "away" }), &ack).is_ok());
}
