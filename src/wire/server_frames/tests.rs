//! What frames look like.

use super::*;
use crate::domain::account::{Delays, Kind};
use crate::domain::ids::OperatorId;
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::notice::reason::{Code, Evidence};
use crate::domain::presence::status::{DeviceKind, DeviceView};
use crate::domain::time::Span;
use serde_json::{Value, json};

const DELAYS: Delays =
    Delays { offline: Span(120_000), missed: Span(120_000), cooldown: Span(600_000), flap_cap: Span(600_000) };

fn told(news: &OperatorNews) -> Value {
    let voice =
        Voice { happened: &|_| "it happened".into(), reason: &|_, _| "because".into(), notice: &|_| "mind".into() };
    serde_json::from_str(&operator_news(news, &DELAYS, voice)).unwrap()
}

#[test]
fn frames_without_fields_have_their_type() {
    assert_eq!(visitor_news(&VisitorNews::Closed, &|_| String::new()), r#"{"type":"closed"}"#);
    assert_eq!(ack(&FrameId("a".into())), r#"{"type":"ack","id":"a"}"#);
}

#[test]
fn an_error_says_when_to_try_again_only_where_that_helps() {
    assert_eq!(
        error(None, &Refusal::invalid("zone", "no")),
        r#"{"type":"error","code":"bad_frame","message":"no","field":"zone"}"#
    );
    let later = error(Some(&FrameId("a".into())), &Refusal::unavailable("later"));
    assert_eq!(later, r#"{"type":"error","id":"a","code":"unavailable","message":"later","retry_after_ms":1000}"#);
}

#[test]
fn a_timer_tells_its_reason_with_the_evidence() {
    let (conversation, by) = (ConversationId(uuid::Uuid::from_u128(1)), OperatorId(uuid::Uuid::from_u128(2)));
    let evidence = Evidence { by: Some(by), at: Some(Timestamp(7)), ..Evidence::default() };
    let news = OperatorNews::Timer {
        conversation,
        kind: Kind::Offline,
        state: crate::domain::news::TimerState::Cancelled,
        due_at: None,
        reason: Some(crate::domain::notice::reason::Reason::with(Code::Joined, evidence)),
    };
    let reason = json!({"code": "joined", "text": "because", "rule": "N7", "at": "1970-01-01T00:00:00.007Z", "by": by});
    assert_eq!(
        told(&news),
        json!({"type": "timer", "conversation": conversation, "kind": "offline", "state": "cancelled", "reason": reason})
    );
}

#[test]
fn a_device_that_has_no_lease_says_nothing_of_one() {
    let operator = OperatorId(uuid::Uuid::from_u128(2));
    let device = DeviceView {
        id: crate::domain::ids::DeviceId("d".into()),
        kind: DeviceKind::Mobile,
        name: None,
        state: crate::domain::presence::status::DeviceState::Reconnecting,
        since: Timestamp(0),
        last_seen: Timestamp(0),
        until: None,
    };
    let device_told = json!({"id": "d", "kind": "mobile", "name": null, "state": "reconnecting",
        "since": "1970-01-01T00:00:00.000Z", "last_seen": "1970-01-01T00:00:00.000Z"});
    assert_eq!(
        told(&OperatorNews::Devices { operator, devices: vec![device] }),
        json!({"type": "devices", "operator": operator, "devices": [device_told]})
    );
}
