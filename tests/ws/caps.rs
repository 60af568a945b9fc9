//! How much is too much: sockets, frames, bytes, messages.

use std::time::Instant;

use doorbell::domain::time::Span;
use doorbell::edge::limits::DoorLimits;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::raw::Raw;
use super::world::{Peer, World, calm};

async fn refused(world: &World, headers: &[(&'static str, &str)]) -> String {
    match world.connect_with("/ws/visitor", headers).await {
        Ok(_) => "it was let in".into(),
        Err(error) => error.to_string(),
    }
}

async fn wait_for_seats(world: &World, seated: usize) {
    while world.doors.seated() != seated {
        tokio::task::yield_now().await;
    }
}

#[actix_rt::test]
async fn an_address_has_so_many_sockets() {
    let world = World::start(DoorLimits { connections_per_ip: 2, ..calm() });
    let first = world.connect("/ws/visitor").await;
    let _second: Peer = world.connect("/ws/operator").await;
    assert!(refused(&world, &[]).await.contains("429"));
    drop(first);
    wait_for_seats(&world, 1).await;
    let _third = world.connect("/ws/visitor").await;
}

#[actix_rt::test]
async fn the_house_has_so_many_sockets() {
    let world = World::start(DoorLimits { connections: 1, ..calm() });
    let _first = world.connect("/ws/visitor").await;
    assert!(refused(&world, &[]).await.contains("503"));
}

#[actix_rt::test]
async fn a_trusted_proxy_speaks_for_many() {
    let trusted_proxies = doorbell::edge::address::TrustedProxies(vec!["127.0.0.0/8".parse().expect("a good network")]);
    let world = World::start(DoorLimits { connections_per_ip: 1, trusted_proxies, ..calm() });
    let from = |address| [("x-forwarded-for", address)];
    let _first = world.connect_with("/ws/visitor", &from("1.1.1.1")).await.expect("it is let in");
    let _second = world.connect_with("/ws/visitor", &from("2.2.2.2")).await.expect("it is let in");
    assert!(refused(&world, &from("1.1.1.1")).await.contains("429"));
    assert!(refused(&world, &from("6.6.6.6, 2.2.2.2")).await.contains("429"));
}

#[actix_rt::test]
async fn an_account_has_so_many_sockets_of_each_kind_and_visitors_keep_no_operator_out() {
    let world = World::start(DoorLimits { connections_per_account: 1, ..calm() });
    let (first, _) = world.visitor().await;
    let (_second, _) = world.operator("desk").await;
    let mut third = world.connect("/ws/visitor").await;
    third.tell(json!({"type": "hello", "key": world.known.key})).await;
    assert_eq!(third.end().await, (vec![], 1013));
    let mut fourth = world.connect("/ws/operator").await;
    let device = json!({"id": "phone", "kind": "mobile"});
    fourth.tell(json!({"type": "hello", "token": world.known.token, "device": device})).await;
    assert_eq!(fourth.end().await, (vec![], 1013));
    drop(first);
    wait_for_seats(&world, 1).await;
    world.visitor().await;
}

#[actix_rt::test]
async fn messages_from_one_address_are_limited_whoever_sends_them() {
    let world = World::start(DoorLimits { visitor_messages_per_minute_per_ip: 3, ..calm() });
    let mut acknowledged = 0;
    for n in 0..5 {
        let (mut visitor, _) = world.visitor().await;
        let answer = visitor.ask(json!({"type": "message", "text": "x", "client_id": "1"})).await;
        if answer["type"] == "ack" {
            acknowledged += 1;
        } else {
            assert_eq!(answer["code"], "rate_limited", "{n}");
            assert!(answer["retry_after_ms"].as_i64().unwrap() > 0, "{answer}");
        }
    }
    assert_eq!(acknowledged, 3);
}

/// How many of so many messages are acknowledged; the others come too fast, and are told when they may come again.
async fn acknowledged(visitor: &mut Peer, count: usize, name: &str) -> usize {
    let mut acknowledged = 0;
    for n in 0..count {
        let client_id = format!("{name}-{n}");
        let answer = visitor.ask(json!({"type": "message", "text": "x", "client_id": client_id})).await;
        if answer["type"] == "ack" {
            acknowledged += 1;
        } else {
            assert_eq!(answer["code"], "rate_limited", "{answer}");
            assert!(answer["retry_after_ms"].as_i64().unwrap() > 0, "{answer}");
        }
    }
    acknowledged
}

#[actix_rt::test]
async fn a_visitors_messages_are_limited_over_all_nodes_together() {
    let (here, there) = World::pair(DoorLimits { visitor_messages_per_minute: 5, ..calm() }).await;
    let (mut first, welcome) = here.visitor().await;
    let mut second = there.connect("/ws/visitor").await;
    let token = &welcome["visitor"]["token"];
    second.tell(json!({"type": "hello", "key": there.known.key, "visitor": token})).await;
    assert_eq!(second.next_of("welcome").await["visitor"]["id"], welcome["visitor"]["id"]);
    assert_eq!(acknowledged(&mut first, 3, "a").await, 3);
    assert_eq!(acknowledged(&mut second, 4, "b").await, 2);
    assert_eq!(acknowledged(&mut first, 1, "c").await, 0);
    let (mut other, _) = there.visitor().await;
    assert_eq!(acknowledged(&mut other, 1, "d").await, 1, "another one is another one");
}

#[actix_rt::test]
async fn messages_and_new_conversations_from_one_address_are_limited_over_all_nodes_together() {
    let (here, there) = World::pair(DoorLimits { visitor_messages_per_minute_per_ip: 4, ..calm() }).await;
    let ((mut first, _), (mut second, _)) = (here.visitor().await, there.visitor().await);
    assert_eq!(acknowledged(&mut first, 3, "a").await, 3);
    assert_eq!(acknowledged(&mut second, 3, "b").await, 1);

    let (here, there) = World::pair(DoorLimits { new_conversations_per_minute_per_ip: 1, ..calm() }).await;
    let ((mut first, _), (mut second, _)) = (here.visitor().await, there.visitor().await);
    assert_eq!(acknowledged(&mut first, 2, "a").await, 2);
    assert_eq!(acknowledged(&mut second, 1, "b").await, 0);
}

#[actix_rt::test]
async fn too_many_frames_or_malformed_ones_are_4029_for_operators_too() {
    let world = World::start(DoorLimits { frames_per_second: 5, ..calm() });
    let (mut flood, _) = world.operator("flood").await;
    for _ in 0..50 {
        if futures_util::SinkExt::send(&mut flood.stream, Message::text(r#"{"type":"ping"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(flood.end().await.1, 4029);

    let world = World::start(DoorLimits { malformed_frames_per_minute: 3, ..calm() });
    let (mut clumsy, _) = world.operator("clumsy").await;
    for _ in 0..4 {
        clumsy.say("{").await;
    }
    let (texts, code) = clumsy.end().await;
    assert_eq!((texts.iter().filter(|text| text["code"] == "bad_frame").count(), code), (4, 4029));
}

#[actix_rt::test]
async fn ten_thousand_frames_in_one_breath_stall_nobody_else() {
    let world = World::start(calm());
    let (mut other, _) = world.visitor().await;
    let hello = |path| match path {
        "/ws/visitor" => json!({"type": "hello", "key": world.known.key}),
        _ => json!({"type": "hello", "token": world.known.token, "device": {"id": "d", "kind": "mobile"}}),
    };
    for path in ["/ws/visitor", "/ws/operator"] {
        let mut raw = Raw::upgraded(&world, path).await;
        raw.say(&hello(path).to_string()).await;
        let mut ping = vec![0x81, 0x8F, 0, 0, 0, 0];
        ping.extend_from_slice(br#"{"type":"ping"}"#);
        raw.write(&ping.repeat(10_000)).await;
        let answer = other.ask(json!({"type": "message", "text": "x", "client_id": path})).await;
        assert_eq!(answer["type"], "ack", "{path}");
        let rest = raw.rest().await;
        let code = rest.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..4] == 4029_u16.to_be_bytes());
        assert!(code, "{path}: it was not closed with 4029");
    }
}

#[actix_rt::test]
async fn who_sends_too_many_bytes_is_read_slower_and_loses_nothing() {
    let world = World::start(DoorLimits { bytes_per_second: 50_000, ..calm() });
    for path in ["/ws/visitor", "/ws/operator"] {
        let (mut peer, _) = if path == "/ws/visitor" { world.visitor().await } else { world.operator("desk").await };
        let begun = Instant::now();
        for n in 0..10 {
            peer.tell(json!({"type": "ping", "id": n.to_string(), "pad": "p".repeat(20_000)})).await;
        }
        for n in 0..10 {
            assert_eq!(peer.next_of("ack").await["id"], n.to_string(), "{path}");
        }
        // Twice as much as a second's share goes at once; the rest takes its time.
        assert!(begun.elapsed().as_millis() >= 1_500, "{path}: {:?}", begun.elapsed());
    }
}

#[actix_rt::test]
async fn a_visitor_who_does_not_read_is_gone() {
    let limits = DoorLimits { write_deadline: Span(500), bytes_per_second: 100 << 20, ..calm() };
    let limits = DoorLimits { frames_per_second: 100_000, visitor_messages_per_minute: 100_000, ..limits };
    let world = World::start(DoorLimits { visitor_messages_per_minute_per_ip: 100_000, ..limits });
    let (mut visitor, welcome) = world.visitor().await;
    let mut deaf = Raw::upgraded(&world, "/ws/visitor").await;
    let token = &welcome["visitor"]["token"];
    deaf.say(&json!({"type": "hello", "key": world.known.key, "visitor": token}).to_string()).await;
    let text = "x".repeat(4_000);
    let mut n = 0;
    while world.doors.seated() > 1 {
        n += 1;
        let ack = visitor.ask(json!({"type": "message", "text": text, "client_id": n.to_string()})).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        assert!(n < 20_000, "it is never evicted");
    }
}
