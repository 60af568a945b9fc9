//! What belongs to another account is not there: every frame that names something of it is refused and changes nothing.

use std::sync::Arc;

use doorbell::actors::api::{AskAccount, AskConversations, AskPresence, ChangeSettings, Changed};
use doorbell::domain::account::{Account, Group};
use doorbell::domain::ids::{AccountId, ConversationId, GroupId};
use doorbell::ports::journal::Stream;
use doorbell::wire::operator_frames::OperatorCall;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, calm, founded, log_in};

/// Everything of an account that a socket could change.
async fn everything(world: &World, account: AccountId, conversation: ConversationId) -> String {
    let (known, stream) = (&world.known, Stream::Messages(account, conversation));
    let presence = known.accounts.ask(account, AskPresence).await.unwrap();
    let statuses: Vec<_> = presence.operators.iter().map(|o| (o.id, o.status, o.since, o.appear_offline)).collect();
    let chat: Vec<_> = presence.chat.iter().map(|c| (c.group, c.online, c.since)).collect();
    let settings = known.accounts.ask(account, AskAccount).await.unwrap();
    let views = known.accounts.ask(account, AskConversations(vec![conversation])).await.unwrap();
    let messages = known.store.read(stream, 0, 100).await.unwrap();
    format!("{statuses:?} {chat:?} {settings:?} {views:?} {messages:?}")
}

async fn with_a_group(world: &World, account: AccountId) -> GroupId {
    let group = GroupId(Uuid::now_v7());
    let change = move |account: &mut Account, _| {
        let operators = account.operators.iter().map(|operator| operator.id).collect();
        account.groups.push(Group { id: group, name: "Sales".into(), operators });
        Ok(Changed::default())
    };
    world.known.accounts.ask(account, ChangeSettings(Arc::new(change))).await.unwrap();
    group
}

#[actix_rt::test]
async fn frames_about_another_account_find_nothing_there() {
    let world = World::start(calm());
    let other = founded(&world.known.store, "other").await;
    let their_token = log_in(&world.known.store, other.id, other.operators[0].id).await;
    let their_group = with_a_group(&world, other.id).await;
    let (mut them, _) = world.operator_with(&their_token, "theirs").await;
    let mut their_visitor = world.connect("/ws/visitor").await;
    their_visitor.tell(json!({"type": "hello", "key": other.widget_keys[0].key})).await;
    their_visitor.next_of("welcome").await;
    let said = their_visitor.ask(json!({"type": "message", "text": "Hello?", "client_id": "1"})).await;
    let theirs = &said["conversation"];
    them.next_of("message").await;

    let (mut visitor, _) = world.visitor().await;
    let own = visitor.ask(json!({"type": "message", "text": "Hello?", "client_id": "1"})).await["conversation"].clone();
    let (mut operator, welcome) = world.operator("desk").await;
    let me = &welcome["operator"]["id"];
    let their_id: ConversationId = theirs.as_str().unwrap().parse().expect("an id");
    let before = everything(&world, other.id, their_id).await;
    for kind in OperatorCall::TYPES {
        let frames: Vec<Value> = match kind {
            // They name nothing but what is the socket's own.
            "hello" | "presence" | "appear_offline" | "bye" | "ping" => Vec::new(),
            "open" => [json!({}), json!({"peek": true}), json!({"after": 0})].to_vec(),
            "read" => vec![json!({"seq": 1})],
            "join" | "leave" | "close" => vec![json!({})],
            "message" => vec![json!({"text": "from elsewhere", "client_id": "2"})],
            "typing" => vec![json!({"on": true}), json!({"on": false})],
            "transfer" => vec![
                json!({"operator": me}),
                json!({"operator": other.operators[0].id}),
                json!({"group": their_group}),
                json!({"conversation": own, "operator": other.operators[0].id}),
                json!({"conversation": own, "group": their_group}),
            ],
            _ => panic!("nothing is known of `{kind}`: what can it name?"),
        };
        for mut frame in frames {
            frame["type"] = kind.into();
            if frame["conversation"].is_null() {
                frame["conversation"] = theirs.clone();
            }
            let answer = operator.ask(frame.clone()).await;
            assert_eq!(answer["code"], "not_found", "{frame}: {answer}");
        }
    }
    assert_eq!(everything(&world, other.id, their_id).await, before);
    // Nothing was told there either: what comes next is what they ask for themselves.
    them.tell(json!({"type": "ping"})).await;
    let next = loop {
        let next = them.next().await;
        if !["conversation", "counts"].contains(&next["type"].as_str().unwrap()) {
            break next;
        }
    };
    assert_eq!(next["type"], "pong");
}

#[actix_rt::test]
async fn a_visitor_of_another_account_is_a_new_visitor_and_another_s_log_in_is_none_of_this_account() {
    let world = World::start(calm());
    let other = founded(&world.known.store, "other").await;
    let (mut visitor, welcome) = world.visitor().await;
    let said = visitor.ask(json!({"type": "message", "text": "Hello?", "client_id": "1"})).await;
    let mut stranger = world.connect("/ws/visitor").await;
    let token = &welcome["visitor"]["token"];
    stranger.tell(json!({"type": "hello", "key": other.widget_keys[0].key, "visitor": token})).await;
    let met = stranger.next_of("welcome").await;
    assert_ne!(met["visitor"]["id"], welcome["visitor"]["id"]);
    assert_eq!(met["conversation"], Value::Null);
    let history = stranger.ask(json!({"type": "history", "before": 100})).await;
    assert_eq!(history["messages"], json!([]), "{said}");
    // A group of another account is none.
    let group = with_a_group(&world, world.known.account).await;
    stranger.tell(json!({"type": "group", "group": group})).await;
    stranger.next_of("chat").await;
    let said = stranger.ask(json!({"type": "message", "text": "Hello?", "client_id": "1"})).await;
    let id: ConversationId = said["conversation"].as_str().unwrap().parse().expect("an id");
    let views = world.known.accounts.ask(other.id, AskConversations(vec![id])).await.unwrap();
    assert_eq!(views[0].group, None);

    let their_token = log_in(&world.known.store, other.id, other.operators[0].id).await;
    let (_, welcome) = world.operator_with(&their_token, "theirs").await;
    let ids: Vec<_> = welcome["conversations"].as_array().unwrap().iter().map(|c| c["id"].clone()).collect();
    assert_eq!((&welcome["account"]["id"], ids), (&json!(other.id), vec![said["conversation"].clone()]));
    assert_eq!(welcome["counts"], json!({"unserved": 1, "mine": 0, "served": 0}));
}
