//! Conversations over HTTP: what a visitor wrote is found, answered and explained.

use doorbell::domain::account::Plan;
use serde_json::{Value, json};

use crate::company::write;
use crate::world::{Client, World};

async fn items(client: &Client<'_>, path: &str) -> Vec<Value> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()["items"].as_array().unwrap().clone()
}

#[actix_rt::test]
async fn a_conversation_is_found_answered_and_explained() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Standard).await;
    let admin = world.log_in("admin@shop.test").await;
    let id = write(&world, account.id, "is anybody there?").await;

    for (view, found) in [("unserved", 1), ("mine", 0), ("served", 0), ("closed", 0), ("all", 1)] {
        assert_eq!(items(&admin, &format!("/api/v1/conversations?view={view}")).await.len(), found, "{view}");
    }
    assert_eq!(admin.get("/api/v1/counts").await.json(), json!({ "unserved": 1, "mine": 0, "served": 0 }));
    let shown = admin.get(&format!("/api/v1/conversations/{id}")).await.json();
    assert_eq!((&shown["status"], &shown["unread"]), (&"unserved".into(), &1.into()));
    assert_eq!(shown["timer"]["kind"], "offline");
    let told = admin.get(&format!("/api/v1/conversations/{id}/notifications")).await.json();
    assert_eq!(told["timers"][0]["state"], "running");

    let reply = json!({ "text": "yes", "client_id": "r1" });
    let written = admin.post(&format!("/api/v1/conversations/{id}/messages"), reply.clone()).await;
    assert_eq!(written.status, 201, "{}", written.text);
    assert_eq!((&written.json()["text"], &written.json()["conversation"]), (&"yes".into(), &id.clone().into()));
    let again = admin.post(&format!("/api/v1/conversations/{id}/messages"), reply).await;
    assert_eq!(again.json()["seq"], written.json()["seq"], "a repeat is the same message");

    let messages = items(&admin, &format!("/api/v1/conversations/{id}/messages?limit=100")).await;
    let texts: Vec<_> = messages.iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!((texts.first(), texts.last()), (Some(&"is anybody there?"), Some(&"yes")));
    let told = admin.get(&format!("/api/v1/conversations/{id}/notifications?lang=cs")).await.json();
    assert_eq!(told["timers"][0]["state"], "cancelled");
    assert_eq!(items(&admin, "/api/v1/conversations?view=mine").await.len(), 1);

    for act in ["open", "leave", "join", "close"] {
        assert_eq!(admin.post(&format!("/api/v1/conversations/{id}/{act}"), json!({})).await.status, 200, "{act}");
    }
    assert_eq!(items(&admin, "/api/v1/conversations?view=closed").await.len(), 1);
}

#[actix_rt::test]
async fn pages_follow_each_other_without_a_gap() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let mut written = Vec::new();
    for n in 0..5 {
        written.push(write(&world, account.id, &format!("message {n}")).await);
    }
    written.sort();
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("/api/v1/conversations?limit=2{cursor}")).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, written);
}

#[actix_rt::test]
async fn d6_a_conversation_of_another_account_is_none() {
    let world = World::new().await;
    let account = world.account("one", Plan::Pro).await;
    world.account("two", Plan::Pro).await;
    let id = write(&world, account.id, "secret").await;
    let two = world.log_in("admin@two.test").await;
    for path in ["", "/messages", "/notifications"] {
        assert_eq!(two.get(&format!("/api/v1/conversations/{id}{path}")).await.problem(), "not_found", "{path}");
    }
    for act in ["open", "join", "leave", "close"] {
        assert_eq!(
            two.post(&format!("/api/v1/conversations/{id}/{act}"), json!({})).await.problem(),
            "not_found",
            "{act}"
        );
    }
    let reply = json!({ "text": "x", "client_id": "c" });
    assert_eq!(two.post(&format!("/api/v1/conversations/{id}/messages"), reply).await.problem(), "not_found");
}
