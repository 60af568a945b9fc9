//! Conversations over HTTP: what a visitor wrote is found, answered and explained.

use doorbell::domain::account::Plan;
use serde_json::{Value, json};

use crate::company::{write, write_to};
use crate::world::{Client, World};

pub(crate) async fn items(client: &Client<'_>, path: &str) -> Vec<Value> {
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
async fn lists_and_counts_cover_the_audience_whatever_becomes_of_its_group() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let (sales, sales_id) = world.agent(&admin, "sales@shop.test").await;
    let (help, help_id) = world.agent(&admin, "help@shop.test").await;
    let group = async |name: &str, who: &str| {
        let made = admin.post("/api/v1/groups", json!({ "name": name, "operators": [who] })).await.json();
        made["id"].as_str().unwrap().to_owned()
    };
    let (of_sales, of_help) = (group("Sales", &sales_id).await, group("Help", &help_id).await);
    let id = write_to(&world, account.id, "to sales", Some(of_sales.parse().unwrap())).await;
    let sees = async |client: &Client<'_>| {
        let listed = items(client, "/api/v1/conversations?view=unserved").await.len();
        let counted = client.get("/api/v1/counts").await.json()["unserved"].clone();
        assert_eq!(counted, json!(listed), "the list is as long as it is said to be");
        listed
    };
    // The admin is in no group, so in every audience.
    assert_eq!((sees(&sales).await, sees(&help).await, sees(&admin).await), (1, 0, 1));
    assert_eq!(items(&help, "/api/v1/conversations?view=all").await.len(), 1);

    // What they joined is theirs, and still is when its group is not.
    assert_eq!(help.post(&format!("/api/v1/conversations/{id}/join"), json!({})).await.status, 200);
    for (view, client) in [("mine", &help), ("served", &help), ("served", &sales)] {
        assert_eq!(items(client, &format!("/api/v1/conversations?view={view}")).await.len(), 1, "{view}");
    }
    assert_eq!(help.get("/api/v1/counts").await.json(), json!({ "unserved": 0, "mine": 1, "served": 1 }));
    assert_eq!(help.post(&format!("/api/v1/conversations/{id}/leave"), json!({})).await.status, 200);
    assert_eq!((sees(&sales).await, sees(&help).await), (1, 0));

    // With nobody active in it, nor outside of all groups, it is everybody's who is left.
    let switch = async |who: &str, active: bool| {
        let changed = admin.patch(&format!("/api/v1/operators/{who}"), json!({ "active": active })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    };
    let admin_id = admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let members = json!({ "operators": [help_id, admin_id] });
    assert_eq!(admin.patch(&format!("/api/v1/groups/{of_help}"), members).await.status, 200);
    assert_eq!((sees(&sales).await, sees(&help).await, sees(&admin).await), (1, 0, 0));
    switch(&sales_id, false).await;
    assert_eq!((sees(&help).await, sees(&admin).await), (1, 1));
    switch(&sales_id, true).await;
    assert_eq!((sees(&help).await, sees(&admin).await), (0, 0));

    // Of a group that is no more it is everybody's.
    let sales = world.log_in("sales@shop.test").await;
    assert_eq!(admin.delete(&format!("/api/v1/groups/{of_sales}")).await.status, 204);
    assert_eq!((sees(&sales).await, sees(&help).await, sees(&admin).await), (1, 1, 1));
    assert_eq!(items(&help, "/api/v1/conversations?view=unserved&q=").await.len(), 1);
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
