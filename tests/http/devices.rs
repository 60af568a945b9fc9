//! Devices, and what is suppressed.

use actix_web::http::Method;
use doorbell::actors::api::{ChangeSettings, Changed};
use doorbell::domain::account::{Plan, Suppression};
use doorbell::domain::notice::class::Class;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::world::{Client, World};

async fn lease(client: &Client<'_>, device: &str, state: &str) {
    let body = json!({ "device": { "id": device, "kind": "mobile", "name": "iPhone" }, "state": state, "ttl_s": 60 });
    assert_eq!(client.call(Method::PUT, "/api/v1/presence", Some(body)).await.status, 200);
}

async fn devices(client: &Client<'_>) -> Vec<String> {
    let presence = client.get("/api/v1/presence").await.json();
    let own = presence["operators"].as_array().unwrap().iter().flat_map(|o| o["devices"].as_array().unwrap());
    own.map(|device| device["id"].as_str().unwrap().to_owned()).collect()
}

async fn sessions(client: &Client<'_>) -> Vec<Value> {
    client.get("/api/v1/sessions").await.json()["items"].as_array().unwrap().clone()
}

#[actix_rt::test]
async fn a_log_in_remembers_the_device_that_uses_it() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    assert_eq!(sessions(&admin).await[0]["device"], Value::Null);
    lease(&admin, "phone", "online").await;
    assert_eq!(sessions(&admin).await[0]["device"], json!({ "id": "phone", "kind": "mobile", "name": "iPhone" }));
}

#[actix_rt::test]
async fn p4_a_device_that_is_signed_out_is_gone_at_once_with_its_log_in_and_lease() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let (desk, phone) = (world.log_in("admin@shop.test").await, world.log_in("admin@shop.test").await);
    lease(&desk, "desk", "away").await;
    lease(&phone, "my phone/2 ž", "online").await;
    assert_eq!(desk.get("/api/v1/presence").await.json()["chat"][0]["status"], "online");
    assert_eq!(desk.delete("/api/v1/me/devices/my%20phone%2F2%20%C5%BE").await.status, 204);
    assert_eq!(phone.get("/api/v1/me").await.status, 401);
    assert_eq!(desk.get("/api/v1/presence").await.json()["chat"][0]["status"], "offline");
    assert_eq!(devices(&desk).await, ["desk"]);
    assert_eq!(sessions(&desk).await.len(), 1);
    assert_eq!(desk.delete("/api/v1/me/devices/my%20phone%2F2%20%C5%BE").await.problem(), "not_found");
}

#[actix_rt::test]
async fn a_log_in_outlives_the_device_that_used_it_before_another_one() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    lease(&admin, "old", "online").await;
    lease(&admin, "old", "offline").await;
    lease(&admin, "new", "online").await;
    assert_eq!(admin.delete("/api/v1/me/devices/old").await.status, 204);
    assert_eq!(devices(&admin).await, ["new"]);
    lease(&admin, "old", "online").await;
    lease(&admin, "new", "online").await;
    assert_eq!(admin.delete("/api/v1/me/devices/old").await.status, 204);
    assert_eq!(admin.get("/api/v1/me").await.status, 401, "it used the log-in right now");
}

#[actix_rt::test]
async fn d6_another_operators_device_is_none() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, _) = world.agent(&admin, "agent@shop.test").await;
    lease(&agent, "phone", "online").await;
    for unknown in ["phone", "nobody's", "%ff"] {
        assert_eq!(admin.delete(&format!("/api/v1/me/devices/{unknown}")).await.problem(), "not_found", "{unknown}");
    }
    assert_eq!(devices(&agent).await, ["phone"]);
    assert_eq!(agent.get("/api/v1/me").await.status, 200);
}

#[actix_rt::test]
async fn d5_what_is_suppressed_is_listed_and_cleared_by_admins() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    world.account("other", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, _) = world.agent(&admin, "a+b@shop.test").await;
    let suppress = ChangeSettings(Arc::new(|account, at| {
        let (address, class) = ("a+b@shop.test".to_owned(), Class::WrongAddress);
        account.suppressed.push(Suppression { address, class, reply: "550 5.1.1 no such user".into(), at });
        Ok(Changed::default())
    }));
    world.accounts.ask(account.id, suppress).await.unwrap();
    let listed = admin.get("/api/v1/suppressions").await.json();
    let me = agent.get("/api/v1/me").await.json()["id"].clone();
    let item = &listed["items"][0];
    assert_eq!((&item["address"], &item["operators"]), (&json!("a+b@shop.test"), &json!([me])));
    assert_eq!((&item["class"], &item["reply"]), (&json!("wrong_address"), &json!("550 5.1.1 no such user")));
    assert!(item["at"].as_str().unwrap().ends_with('Z') && listed["next"].is_null());
    assert_eq!(agent.get("/api/v1/suppressions").await.problem(), "forbidden");
    assert_eq!(agent.delete("/api/v1/suppressions/a+b@shop.test").await.problem(), "forbidden");
    let other = world.log_in("admin@other.test").await;
    assert_eq!(other.delete("/api/v1/suppressions/a%2Bb%40shop.test").await.problem(), "not_found");
    assert_eq!(admin.delete("/api/v1/suppressions/A%2Bb%40shop.test").await.status, 204);
    assert_eq!(admin.delete("/api/v1/suppressions/a+b@shop.test").await.problem(), "not_found");
    assert_eq!(admin.get("/api/v1/suppressions").await.json()["items"], json!([]));
}
