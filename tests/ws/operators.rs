//! What an operator who was welcomed says, and is told.

use serde_json::{Value, json};

use super::world::{Peer, World, calm};

async fn written(visitor: &mut Peer, text: &str) -> Value {
    visitor.ask(json!({"type": "message", "text": text, "client_id": text})).await
}

#[actix_rt::test]
async fn a_conversation_from_both_sides() {
    let world = World::start(calm());
    let (mut operator, welcome) = world.operator("laptop").await;
    assert_eq!(welcome["operator"]["status"], "online");
    assert_eq!(welcome["devices"][0]["id"], "laptop");
    assert_eq!(welcome["account"]["notifications"]["offline"]["delay_s"], 120);
    let (mut visitor, _) = world.visitor().await;
    let conversation = written(&mut visitor, "hello").await["conversation"].clone();
    let message = operator.next_of("message").await;
    assert_eq!((&message["text"], &message["conversation"]), (&"hello".into(), &conversation));

    let opened = operator.ask(json!({"type": "open", "conversation": conversation})).await;
    assert_eq!(opened["messages"][0]["text"], "hello");
    let reply = json!({"type": "message", "conversation": conversation, "text": "good day", "client_id": "r"});
    let ack = operator.ask(reply).await;
    assert!(ack["seq"].as_u64().unwrap() > 1, "{ack}");
    let heard = loop {
        let message = visitor.next_of("message").await;
        if message["author"]["kind"] == "operator" {
            break message;
        }
    };
    assert_eq!(heard["text"], "good day");

    let resumed = operator.ask(json!({"type": "open", "conversation": conversation, "after": 1, "peek": true})).await;
    assert!(resumed["messages"].as_array().unwrap().iter().all(|m| m["seq"].as_u64().unwrap() > 1), "{resumed}");
    let closed = operator.ask(json!({"type": "close", "conversation": conversation})).await;
    assert_eq!(closed["conversation"]["status"], "closed");
    visitor.next_of("closed").await;
}

#[actix_rt::test]
async fn values_that_are_none_are_refused_under_their_names() {
    let world = World::start(calm());
    let (mut operator, _) = world.operator("laptop").await;
    let nowhere = "0198c0de-0000-7000-8000-000000000000";
    for (frame, code) in [
        (json!({"type": "presence", "state": "sleeping"}), "bad_frame"),
        (json!({"type": "appear_offline", "on": "yes"}), "bad_frame"),
        (json!({"type": "open"}), "bad_frame"),
        (json!({"type": "open", "conversation": "no-such-thing"}), "not_found"),
        (json!({"type": "open", "conversation": nowhere}), "not_found"),
        (json!({"type": "message", "conversation": nowhere, "text": "x", "client_id": "c"}), "not_found"),
        (json!({"type": "message", "conversation": nowhere, "text": "x".repeat(4_001), "client_id": "c"}), "too_long"),
        (json!({"type": "no_such_frame"}), "bad_frame"),
    ] {
        assert_eq!(operator.ask(frame.clone()).await["code"], code, "{frame}");
    }
}

#[actix_rt::test]
async fn answers_come_in_the_order_of_the_calls() {
    let world = World::start(calm());
    let (mut operator, _) = world.operator("laptop").await;
    for n in 0..40 {
        let state = if n % 2 == 0 { "away" } else { "online" };
        operator.tell(json!({"type": "presence", "id": n.to_string(), "state": state})).await;
    }
    for n in 0..40 {
        assert_eq!(operator.next_of("ack").await["id"], n.to_string());
    }
}

#[actix_rt::test]
async fn a_bye_counts_at_once_even_if_the_socket_closes_in_the_same_breath() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    let (mut operator, _) = world.operator("laptop").await;
    assert_eq!(visitor.next_of("chat").await["status"], "online");
    operator.tell(json!({"type": "bye"})).await;
    drop(operator);
    assert_eq!(visitor.next_of("chat").await["status"], "offline");
}
