//! How sockets end.

use std::time::Duration;

use doorbell::actors::api::EndSessions;
use doorbell::domain::time::Span;
use doorbell::edge::limits::DoorLimits;
use doorbell::office::sessions;
use serde_json::json;

use super::raw::Raw;
use super::world::{World, calm};

#[actix_rt::test]
async fn a_restart_is_1012_for_everybody_and_lets_nobody_in() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    let (mut operator, _) = world.operator("laptop").await;
    let mut newcomer = world.connect("/ws/visitor").await;
    let ends = async { (visitor.end().await.1, operator.end().await.1, newcomer.end().await.1) };
    let (codes, ()) = tokio::join!(ends, world.doors.close_all(Duration::from_millis(200), Duration::from_secs(20)));
    assert_eq!(codes, (1012, 1012, 1012));
    assert_eq!(world.doors.seated(), 0);
    let refused = world.connect_with("/ws/visitor", &[]).await.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(refused.contains("503"), "{refused}");
}

#[actix_rt::test]
async fn a_session_that_ends_is_4001() {
    let world = World::start(calm());
    let (mut operator, _) = world.operator("laptop").await;
    let session = sessions::find(&world.known.store, &world.known.token).await.unwrap().expect("it is there");
    let end = EndSessions { operator: session.operator, sessions: Some(vec![session.id]), device: None };
    world.known.accounts.ask(world.known.account, end).await.expect("it is done");
    assert_eq!(operator.end().await.1, 4001);
}

#[actix_rt::test]
async fn a_peer_that_answers_no_ping_is_gone_after_two_heartbeats() {
    let world = World::start(DoorLimits { heartbeat: Span(200), visitor_heartbeat: Span(200), ..calm() });
    for path in ["/ws/visitor", "/ws/operator"] {
        let mut raw = Raw::upgraded(&world, path).await;
        let hello = match path {
            "/ws/visitor" => json!({"type": "hello", "key": world.known.key}),
            _ => json!({"type": "hello", "token": world.known.token, "device": {"id": "d", "kind": "mobile"}}),
        };
        raw.say(&hello.to_string()).await;
        let rest = raw.rest().await;
        assert!(rest.windows(2).any(|bytes| bytes == [0x89, 0x00]), "{path}: it was never pinged");
        assert!(rest.windows(9).any(|bytes| bytes == b"\"welcome\""), "{path}: it was not welcomed");
    }
}

#[actix_rt::test]
async fn a_peer_that_answers_pings_stays() {
    let world = World::start(DoorLimits { heartbeat: Span(100), visitor_heartbeat: Span(100), ..calm() });
    let (mut visitor, _) = world.visitor().await;
    let (mut operator, _) = world.operator("laptop").await;
    let mut pings = [0, 0];
    // Ten heartbeats of each; reading answers them.
    while pings.iter().any(|count| *count < 10) {
        tokio::select! {
            () = visitor.pinged() => pings[0] += 1,
            () = operator.pinged() => pings[1] += 1,
        }
    }
    assert_eq!(operator.ask(json!({"type": "presence", "state": "away"})).await["type"], "ack");
    assert_eq!(visitor.ask(json!({"type": "ping"})).await["type"], "ack");
}

#[actix_rt::test]
async fn an_operator_who_does_not_read_stalls_nobody_and_is_gone() {
    let limits = DoorLimits { write_deadline: Span(500), frames_per_second: 10_000, ..calm() };
    let limits =
        DoorLimits { visitor_messages_per_minute: 100_000, visitor_messages_per_minute_per_ip: 100_000, ..limits };
    let world = World::start(DoorLimits { bytes_per_second: 100 << 20, ..limits });
    let mut deaf = Raw::upgraded(&world, "/ws/operator").await;
    let device = json!({"id": "deaf", "kind": "mobile"});
    deaf.say(&json!({"type": "hello", "token": world.known.token, "device": device}).to_string()).await;
    let (mut visitor, welcome) = world.visitor().await;
    if welcome["chat"]["status"] != "online" {
        visitor.next_of("chat").await;
    }
    let text = "x".repeat(4_000);
    let mut n = 0;
    while world.doors.seated() > 1 {
        n += 1;
        let ack = visitor.ask(json!({"type": "message", "text": text, "client_id": n.to_string()})).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        assert!(n < 20_000, "it is never evicted");
    }
}
