//! What sockets are told without asking.

use std::sync::Arc;

use doorbell::actors::api::{ChangeSettings, Changed};
use doorbell::domain::account::{Account, Group, Operator};
use doorbell::domain::ids::{GroupId, OperatorId};
use doorbell::domain::time::{Span, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Peer, World, calm};

async fn written(visitor: &mut Peer, text: &str) -> Value {
    visitor.ask(json!({"type": "message", "text": text, "client_id": text})).await["conversation"].clone()
}

/// The next frames of that type until one is so; others are passed over.
async fn until(peer: &mut Peer, kind: &str, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let frame = peer.next_of(kind).await;
        if is(&frame) {
            return frame;
        }
    }
}

#[actix_rt::test]
async fn a_group_is_acknowledged_and_then_its_box_is_told_even_if_it_looks_the_same() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    visitor.tell(json!({"type": "group", "id": "g", "group": null})).await;
    let (ack, chat) = (visitor.next().await, visitor.next().await);
    assert_eq!((&ack["type"], &ack["id"]), (&"ack".into(), &"g".into()));
    assert_eq!((&chat["type"], &chat["status"]), (&"chat".into(), &"offline".into()));
}

#[actix_rt::test]
async fn reading_is_told_to_the_other_side_and_a_peek_is_no_reading() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    let conversation = written(&mut visitor, "Hello?").await;
    let (mut operator, _) = world.operator("desk").await;
    let peeked = operator.ask(json!({"type": "open", "conversation": conversation, "peek": true})).await;
    assert_eq!((&peeked["conversation"]["read_seq"], &peeked["conversation"]["unread"]), (&json!(0), &json!(1)));
    assert_eq!(operator.ask(json!({"type": "read", "conversation": conversation, "seq": 1})).await["type"], "ack");
    // A peek would have been told before.
    assert_eq!(visitor.next_of("read").await, json!({"type": "read", "seq": 1}));
    let reply = json!({"type": "message", "conversation": conversation, "text": "Good day", "client_id": "r"});
    let seq = operator.ask(reply).await["seq"].clone();
    assert_eq!(visitor.ask(json!({"type": "read", "seq": seq})).await["type"], "ack");
    let read = operator.next_of("read").await;
    assert_eq!(read, json!({"type": "read", "conversation": conversation, "seq": seq}));
}

#[actix_rt::test]
async fn typing_is_told_both_ways_and_ends_with_its_socket() {
    let world = World::start(calm());
    let (mut visitor, welcome) = world.visitor().await;
    let conversation = written(&mut visitor, "Hello?").await;
    let (mut anna, _) = world.operator("anna").await;
    visitor.tell(json!({"type": "typing", "on": true})).await;
    let typing = anna.next_of("typing").await;
    assert_eq!(
        (&typing["conversation"], &typing["on"], &typing["operator"]),
        (&conversation, &true.into(), &Value::Null)
    );

    let mut tab = world.connect("/ws/visitor").await;
    let token = &welcome["visitor"]["token"];
    tab.tell(json!({"type": "hello", "key": world.known.key, "visitor": token})).await;
    tab.next_of("welcome").await;
    drop(visitor);
    assert_eq!(anna.next_of("typing").await["on"], false);

    assert_eq!(anna.ask(json!({"type": "typing", "conversation": conversation, "on": true})).await["type"], "ack");
    assert_eq!(tab.next_of("typing").await, json!({"type": "typing", "on": true, "name": "Jana"}));
    drop(anna);
    assert_eq!(tab.next_of("typing").await, json!({"type": "typing", "on": false, "name": "Jana"}));
}

#[actix_rt::test]
async fn counts_are_told_whenever_they_changed_to_the_last() {
    let world = World::start(calm());
    let (mut operator, welcome) = world.operator("desk").await;
    assert_eq!(welcome["counts"], json!({"unserved": 0, "mine": 0, "served": 0}));
    let mut visitors = Vec::new();
    for _ in 0..20 {
        let (mut visitor, _) = world.visitor().await;
        let conversation = written(&mut visitor, "Hello?").await;
        visitors.push((visitor, conversation));
    }
    until(&mut operator, "counts", |counts| counts["unserved"] == 20).await;
    for (n, (_, conversation)) in visitors.iter().enumerate() {
        let act = if n < 5 { "join" } else { "close" };
        assert_eq!(operator.ask(json!({"type": act, "conversation": conversation})).await["type"], "ack");
    }
    let last = json!({"type": "counts", "unserved": 0, "mine": 5, "served": 5});
    assert_eq!(until(&mut operator, "counts", |counts| *counts == last).await, last);
    // Whoever comes now is welcomed with the same.
    let (_, welcome) = world.operator("phone").await;
    assert_eq!(welcome["counts"], json!({"unserved": 0, "mine": 5, "served": 5}));
}

#[actix_rt::test]
async fn when_the_store_is_away_boxes_stay_and_are_told_as_stale_until_it_is_back() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    let (mut operator, welcome) = world.operator("desk").await;
    assert_eq!(welcome["chat"][0]["stale"], Value::Null);
    let notices: Vec<_> = welcome["notices"].as_array().unwrap().iter().map(|notice| notice["code"].clone()).collect();
    assert_eq!(notices, ["any_origin"]);
    let online = until(&mut visitor, "chat", |chat| chat["status"] == "online").await;

    world.known.board.on_store_away(Timestamp(1_000), Timestamp(1_000) + Span::from_secs(60), Span::from_secs(5));
    let stale = visitor.next_of("chat").await;
    assert_eq!(stale, json!({"type": "chat", "status": "online", "since": online["since"], "stale": true}));
    assert_eq!(until(&mut operator, "chat", |chat| chat["stale"] == true).await["status"], "online");
    let notice = operator.next_of("notice").await;
    let expected = json!({"type": "notice", "code": "store_stale", "text": "store_stale",
        "since": "1970-01-01T00:00:01.000Z", "on": true});
    assert_eq!(notice, expected);
    let (_, welcome) = world.visitor().await;
    assert_eq!(welcome["chat"]["stale"], true);
    let (_, welcome) = world.operator("phone").await;
    assert_eq!((&welcome["chat"][0]["stale"], &welcome["notices"][0]["code"]), (&true.into(), &"store_stale".into()));

    world.known.board.on_store_answered();
    let fresh = visitor.next_of("chat").await;
    assert_eq!(fresh, json!({"type": "chat", "status": "online", "since": online["since"]}));
    assert_eq!(operator.next_of("notice").await["on"], false);
    let (_, welcome) = world.visitor().await;
    assert_eq!(welcome["chat"]["stale"], Value::Null);
}

/// What the box shows after the page's group has changed.
async fn turned_to(visitor: &mut Peer, group: GroupId) -> Value {
    visitor.tell(json!({"type": "group", "id": "g", "group": group})).await;
    assert_eq!(visitor.next_of("ack").await["id"], "g");
    visitor.next_of("chat").await["status"].clone()
}

/// Two groups: Jana answers by day, Petr by night.
async fn day_and_night(world: &World) -> [GroupId; 2] {
    let [day, night] = [GroupId(Uuid::now_v7()), GroupId(Uuid::now_v7())];
    let change = move |account: &mut Account, _| {
        let jana = account.operators[0].clone();
        let owl = Operator { id: OperatorId(Uuid::now_v7()), name: "Petr".into(), ..jana.clone() };
        account.groups.push(Group { id: day, name: "Day".into(), operators: vec![jana.id] });
        account.groups.push(Group { id: night, name: "Night".into(), operators: vec![owl.id] });
        account.operators.push(owl);
        Ok(Changed::default())
    };
    world.known.accounts.ask(world.known.account, ChangeSettings(Arc::new(change))).await.unwrap();
    [day, night]
}

#[actix_rt::test]
async fn whoever_had_a_conversation_among_theirs_is_told_that_it_went_to_others() {
    let world = World::start(calm());
    let [day, night] = day_and_night(&world).await;
    let (mut jana, _) = world.operator("desk").await;
    let (mut visitor, _) = world.visitor().await;
    turned_to(&mut visitor, day).await;
    let conversation = written(&mut visitor, "Hello?").await;
    until(&mut jana, "conversation", |told| told["id"] == conversation).await;
    jana.tell(json!({"type": "transfer", "conversation": conversation, "group": night})).await;
    let gone = until(&mut jana, "conversation", |told| told["group"] == json!(night)).await;
    assert_eq!(gone["id"], conversation);
    // That was the last: it is the night's.
    written(&mut visitor, "Anybody up?").await;
    let (mut other, _) = world.visitor().await;
    turned_to(&mut other, day).await;
    let next = written(&mut other, "Good morning").await;
    assert_eq!(jana.next_of("message").await["conversation"], next);
}

#[actix_rt::test]
async fn n13_an_open_conversation_shows_its_own_box_whatever_group_the_page_names() {
    let world = World::start(calm());
    let [day, night] = day_and_night(&world).await;
    let (mut operator, welcome) = world.operator("desk").await;
    let statuses: Vec<_> = welcome["chat"].as_array().unwrap().iter().map(|chat| chat["status"].clone()).collect();
    assert_eq!(statuses, ["online", "online", "offline"]);
    let (mut visitor, welcome) = world.visitor().await;
    assert_eq!(welcome["chat"]["status"], "online");
    assert_eq!(turned_to(&mut visitor, night).await, "offline");
    assert_eq!(turned_to(&mut visitor, day).await, "online");
    assert_eq!(turned_to(&mut visitor, night).await, "offline");
    let conversation = written(&mut visitor, "Anybody up?").await;
    assert_eq!(turned_to(&mut visitor, day).await, "offline", "the conversation is the night's");
    let hand_over = json!({"type": "transfer", "conversation": conversation, "group": day});
    assert_eq!(operator.ask(hand_over).await["type"], "ack");
    assert_eq!(visitor.next_of("chat").await["status"], "online");
}
