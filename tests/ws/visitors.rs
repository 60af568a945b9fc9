//! What a visitor who was welcomed says, and is told.

use std::sync::Arc;

use doorbell::actors::api::{ChangeSettings, Changed};
use doorbell::domain::account::{Account, Locale};
use doorbell::edge::limits::DoorLimits;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::world::{World, calm};

#[actix_rt::test]
async fn a_stranger_is_welcomed_and_known_again() {
    let world = World::start(calm());
    let (peer, welcome) = world.visitor().await;
    assert_eq!(welcome["chat"]["status"], "offline");
    assert_eq!(welcome["conversation"], json!(null));
    assert_eq!(welcome["heartbeat_s"], 45);
    drop(peer);
    let mut again = world.connect("/ws/visitor").await;
    again.tell(json!({"type": "hello", "key": world.known.key, "visitor": welcome["visitor"]["token"]})).await;
    assert_eq!(again.next_of("welcome").await["visitor"]["id"], welcome["visitor"]["id"]);
    let mut other = world.connect("/ws/visitor").await;
    other.tell(json!({"type": "hello", "key": world.known.key, "visitor": "made up"})).await;
    assert_ne!(other.next_of("welcome").await["visitor"]["id"], welcome["visitor"]["id"]);
}

#[actix_rt::test]
async fn who_names_no_language_is_told_in_the_accounts() {
    let world = World::start(calm());
    let speak_czech = |account: &mut Account, _| {
        account.locale = Locale::Cs;
        Ok(Changed::default())
    };
    world.known.accounts.ask(world.known.account, ChangeSettings(Arc::new(speak_czech))).await.unwrap();
    let (mut operator, _) = world.operator("desk").await;
    for (locale, joined) in [(json!(null), "stalo se"), (json!("de"), "stalo se"), (json!("en"), "it happened")] {
        let mut visitor = world.connect("/ws/visitor").await;
        visitor.tell(json!({"type": "hello", "key": world.known.key, "locale": locale})).await;
        visitor.next_of("welcome").await;
        let written = visitor.ask(json!({"type": "message", "text": "x", "client_id": "c"})).await;
        operator.ask(json!({"type": "join", "conversation": written["conversation"]})).await;
        let mut told = visitor.next_of("message").await;
        while told["event"]["code"] != "joined" {
            told = visitor.next_of("message").await;
        }
        assert!(told["text"].as_str().unwrap().contains(joined), "{locale}: {told}");
        let history = visitor.ask(json!({"type": "history", "before": 9})).await;
        assert_eq!(history["messages"][1]["text"], told["text"]);
    }
}

#[actix_rt::test]
async fn messages_are_acknowledged_in_their_order_and_once() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    for n in 1..=20 {
        visitor.tell(json!({"type": "message", "id": n.to_string(), "text": "x", "client_id": n.to_string()})).await;
    }
    for n in 1..=20 {
        let ack = visitor.next_of("ack").await;
        assert_eq!((&ack["id"], &ack["seq"]), (&n.to_string().into(), &n.into()));
    }
    let repeated = visitor.ask(json!({"type": "message", "text": "x", "client_id": "7"})).await;
    assert_eq!(repeated["seq"], 7);
    let history = visitor.ask(json!({"type": "history", "before": 7, "limit": 3})).await;
    let seqs: Vec<_> = history["messages"].as_array().unwrap().iter().map(|m| m["seq"].clone()).collect();
    assert_eq!(seqs, [4, 5, 6]);
}

#[actix_rt::test]
async fn what_is_malformed_is_refused_and_too_much_of_it_is_4029() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    visitor.tell(json!({"type": "hello", "id": "again", "key": world.known.key})).await;
    visitor.send(Message::binary(vec![1, 2, 3])).await;
    for _ in 0..8 {
        visitor.say("{").await;
    }
    assert_eq!(visitor.ask(json!({"type": "ping"})).await["type"], "ack");
    visitor.say("{").await;
    let (texts, code) = visitor.end().await;
    assert_eq!((texts[0]["code"].as_str(), code), (Some("bad_frame"), 4029));
}

#[actix_rt::test]
async fn a_flood_is_4029_and_others_are_served() {
    let world = World::start(DoorLimits { frames_per_second: 5, ..calm() });
    let (mut flood, _) = world.visitor().await;
    let (mut other, _) = world.visitor().await;
    for _ in 0..50 {
        if futures_util::SinkExt::send(&mut flood.stream, Message::text(r#"{"type":"ping"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(flood.end().await.1, 4029);
    assert_eq!(other.ask(json!({"type": "message", "text": "x", "client_id": "c"})).await["type"], "ack");
}

#[actix_rt::test]
async fn too_many_messages_are_rate_limited_under_their_names() {
    let world = World::start(DoorLimits { visitor_messages_per_minute: 2, ..calm() });
    let (mut visitor, _) = world.visitor().await;
    let mut answers = Vec::new();
    for n in 0..4 {
        answers.push(visitor.ask(json!({"type": "message", "text": "x", "client_id": n.to_string()})).await);
    }
    assert_eq!(answers.iter().filter(|answer| answer["type"] == "ack").count(), 2);
    assert_eq!(answers[3]["code"], "rate_limited");
    assert!(answers[3]["retry_after_ms"].as_i64().unwrap() > 0);
}

#[actix_rt::test]
async fn new_conversations_from_one_address_are_limited() {
    let world = World::start(DoorLimits { new_conversations_per_minute_per_ip: 1, ..calm() });
    let message = || json!({"type": "message", "text": "x", "client_id": uuid::Uuid::now_v7().to_string()});
    let (mut first, _) = world.visitor().await;
    assert_eq!(first.ask(message()).await["type"], "ack");
    assert_eq!(first.ask(message()).await["type"], "ack");
    let (mut second, _) = world.visitor().await;
    assert_eq!(second.ask(message()).await["code"], "rate_limited");
}

#[actix_rt::test]
async fn visitors_who_give_a_name_and_write_nothing_are_limited_like_conversations() {
    let world = World::start(DoorLimits { new_conversations_per_minute_per_ip: 1, ..calm() });
    let introduction = || json!({"type": "identify", "name": "Eva"});
    let (mut first, _) = world.visitor().await;
    assert_eq!(first.ask(introduction()).await["type"], "ack");
    assert_eq!(first.ask(introduction()).await["type"], "ack");
    let (mut second, _) = world.visitor().await;
    assert_eq!(second.ask(introduction()).await["code"], "rate_limited");
    assert_eq!(second.ask(introduction()).await["code"], "rate_limited", "a refused one makes nobody known");
}

#[actix_rt::test]
async fn what_operators_are_told_of_a_visitor_is_limited_like_messages() {
    for limits in [
        DoorLimits { visitor_messages_per_minute: 3, ..calm() },
        DoorLimits { visitor_messages_per_minute_per_ip: 3, ..calm() },
    ] {
        let world = World::start(limits);
        let (mut visitor, _) = world.visitor().await;
        let page = |n: usize| json!({"type": "page", "url": format!("https://shop.test/{n}")});
        for n in 0..9 {
            assert_eq!(visitor.ask(page(n)).await["type"], "ack", "nobody is told of one who only watches");
        }
        assert_eq!(visitor.ask(json!({"type": "message", "text": "x", "client_id": "1"})).await["type"], "ack");
        assert_eq!(visitor.ask(json!({"type": "typing", "on": true})).await["type"], "ack");
        assert_eq!([&visitor.ask(page(1)).await["type"], &visitor.ask(page(2)).await["type"]], ["ack", "ack"]);
        assert_eq!(visitor.ask(page(3)).await["code"], "rate_limited");
        assert_eq!(visitor.ask(json!({"type": "identify", "name": "Eva"})).await["code"], "rate_limited");
        assert_eq!(visitor.ask(json!({"type": "typing", "on": false})).await["type"], "ack", "that it ends is told");
        assert_eq!(visitor.ask(json!({"type": "message", "text": "x", "client_id": "2"})).await["type"], "ack");
    }
}

#[actix_rt::test]
async fn everybody_who_watches_sees_the_box_flip_to_its_last_state() {
    let world = World::start(DoorLimits { connections_per_ip: 5_000, ..calm() });
    let mut visitors = Vec::new();
    for _ in 0..600 {
        visitors.push(world.visitor().await.0);
    }
    let (mut operator, _) = world.operator("laptop").await;
    for state in ["offline", "online", "offline", "online"] {
        assert_eq!(operator.ask(json!({"type": "presence", "state": state})).await["type"], "ack");
    }
    for visitor in &mut visitors {
        let mut last = (String::new(), String::new());
        // What comes in between may be passed over by a slow reader; the last state may not.
        visitor.tell(json!({"type": "ping"})).await;
        let mut ponged = false;
        while !ponged || last.0 != "online" {
            let frame = visitor.next().await;
            if frame["type"] == "chat" {
                let since = frame["since"].as_str().unwrap().to_owned();
                assert!(since >= last.1, "{since} after {last:?}");
                last = (frame["status"].as_str().unwrap().to_owned(), since);
            }
            ponged |= frame["type"] == "pong";
        }
    }
}

#[actix_rt::test]
async fn a_widget_on_a_foreign_page_is_let_in_where_any_page_may_embed_it() {
    let world = World::start(calm());
    let mut peer = world.connect_with("/ws/visitor", &[("origin", "https://any.test")]).await.expect("it is let in");
    peer.tell(json!({"type": "hello", "key": world.known.key})).await;
    assert_eq!(peer.next().await["type"], "welcome");
}
