//! Who connects again, or opens anew, while messages come: each is told once, in order.

use doorbell::edge::limits::DoorLimits;
use serde_json::{Value, json};

use super::world::{Peer, World, calm};

/// How often somebody comes back.
const TIMES: usize = 40;

/// Writes replies for as long as it is not dropped, one after the other.
async fn write_on(mut operator: Peer, conversation: Value) {
    for n in 0.. {
        let reply =
            json!({"type": "message", "conversation": conversation, "text": "and on", "client_id": n.to_string()});
        operator.ask(reply).await;
    }
}

fn seqs(messages: &Value) -> Vec<u64> {
    messages.as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

/// The places of the next messages that come by themselves.
async fn next_said(peer: &mut Peer, count: usize) -> Vec<u64> {
    let mut said = Vec::new();
    while said.len() < count {
        said.push(peer.next_of("message").await["seq"].as_u64().unwrap());
    }
    said
}

#[actix_rt::test]
async fn a_visitor_who_comes_back_is_told_every_message_once() {
    let world = World::start(DoorLimits { frames_per_second: 100_000, ..calm() });
    let (mut visitor, welcome) = world.visitor().await;
    let written = visitor.ask(json!({"type": "message", "text": "hello", "client_id": "c"})).await;
    let (operator, _) = world.operator("desk").await;
    let writing = actix_rt::spawn(write_on(operator, written["conversation"].clone()));
    let mut last = 1;
    for _ in 0..TIMES {
        let mut visitor = world.connect("/ws/visitor").await;
        let hello = json!({
            "type": "hello", "key": world.known.key, "visitor": welcome["visitor"]["token"], "after": last,
        });
        visitor.tell(hello).await;
        let welcome = visitor.next().await;
        assert_eq!(welcome["type"], "welcome", "nothing is told before it");
        let thread = &welcome["conversation"];
        let mut told = seqs(&thread["messages"]);
        assert_eq!(told.last().copied().unwrap_or(last), thread["last_seq"].as_u64().unwrap());
        told.extend(next_said(&mut visitor, 3).await);
        let first = told[0];
        assert_eq!(told, (first..).take(told.len()).collect::<Vec<_>>());
        // Of very many the welcome holds the newest.
        assert!(first == last + 1 || told.len() >= 50, "{first} after {last}");
        last = *told.last().unwrap();
    }
    writing.abort();
}

#[actix_rt::test]
async fn an_operator_who_opens_it_while_messages_come_is_told_what_follows_the_answer_and_nothing_else() {
    let world = World::start(DoorLimits { frames_per_second: 100_000, ..calm() });
    let (mut visitor, _) = world.visitor().await;
    let written = visitor.ask(json!({"type": "message", "text": "hello", "client_id": "c"})).await;
    let conversation = written["conversation"].clone();
    let (operator, _) = world.operator("desk").await;
    let writing = actix_rt::spawn(write_on(operator, conversation.clone()));
    let (mut watcher, _) = world.operator("second").await;
    for n in 0..TIMES {
        watcher.tell(json!({"type": "open", "id": "open", "conversation": conversation, "peek": true})).await;
        let mut before = 0;
        let opened = loop {
            let frame = watcher.next().await;
            match frame["type"].as_str() {
                Some("message") => before = frame["seq"].as_u64().unwrap(),
                Some("ack") => break frame,
                _ => {}
            }
        };
        let last = *seqs(&opened["messages"]).last().unwrap();
        assert_eq!(opened["conversation"]["last_seq"], last);
        assert!(before <= last, "{n}: {before} came before an answer that ends with {last}");
        assert_eq!(next_said(&mut watcher, 3).await, [last + 1, last + 2, last + 3], "{n}");
    }
    writing.abort();
}
