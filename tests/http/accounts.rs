//! Accounts and their people: who may what.

use doorbell::domain::account::Plan;
use serde_json::json;

use crate::world::World;

#[actix_rt::test]
async fn an_agent_is_no_admin() {
    let world = World::new().await;
    world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, id) = world.agent(&admin, "agent@shop.test").await;
    for path in ["/api/v1/operators", "/api/v1/groups", &format!("/api/v1/operators/{id}")] {
        assert_eq!(agent.get(path).await.problem(), "forbidden", "{path}");
    }
    assert_eq!(agent.patch("/api/v1/account", json!({ "name": "Mine" })).await.problem(), "forbidden");
    assert_eq!(agent.get("/api/v1/account").await.status, 200);
    assert_eq!(agent.get("/api/v1/emails").await.status, 200);
    let others = agent.get("/api/v1/emails?operator=0198c0de-0000-7000-8000-000000000000").await;
    assert_eq!(others.problem(), "forbidden");
}

#[actix_rt::test]
async fn settings_change_and_say_the_servers_defaults() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    assert_eq!(admin.get("/api/v1/account").await.json()["notifications"]["offline"]["delay_s"], 120);
    let body = json!({ "name": "Nový", "locale": "cs", "notifications": { "offline": { "delay_s": 0.6 }, "include_text": false },
        "allowed_origins": ["https://shop.example"], "plan": "pro" });
    let changed = admin.patch("/api/v1/account", body).await.json();
    assert_eq!((&changed["name"], &changed["plan"]), (&"Nový".into(), &"free".into()));
    assert_eq!(changed["notifications"]["offline"], json!({ "enabled": true, "delay_s": 0.6 }));
    assert_eq!(changed["allowed_origins"], json!(["https://shop.example"]));
    let key = changed["widget_key"].as_str().unwrap().to_owned();
    let replaced = admin.post("/api/v1/account/widget-key", json!({})).await.json();
    assert_ne!(replaced["widget_key"], key);
    let old = world.call(actix_web::http::Method::GET, &format!("/api/v1/widget/{key}/status"), None).await;
    assert_eq!(old.status, 200, "the old key works for another day");
}

#[actix_rt::test]
async fn groups_need_their_plan() {
    let world = World::new().await;
    world.account("small", Plan::Standard).await;
    let admin = world.log_in("admin@small.test").await;
    assert_eq!(admin.get("/api/v1/groups").await.problem(), "plan");
    assert_eq!(admin.post("/api/v1/groups", json!({ "name": "Sales", "operators": [] })).await.problem(), "plan");

    world.account("big", Plan::Pro).await;
    let admin = world.log_in("admin@big.test").await;
    let me = admin.get("/api/v1/me").await.json()["id"].clone();
    let made = admin.post("/api/v1/groups", json!({ "name": "Sales", "operators": [me] })).await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.get("/api/v1/me").await.json()["groups"], json!([id]));
    let renamed = admin.patch(&format!("/api/v1/groups/{id}"), json!({ "name": "Support" })).await.json();
    assert_eq!((&renamed["name"], &renamed["operators"]), (&"Support".into(), &json!([me])));
    let stranger = json!({ "operators": ["0198c0de-0000-7000-8000-000000000000"] });
    assert_eq!(admin.patch(&format!("/api/v1/groups/{id}"), stranger).await.json()["field"], "operators");
    assert_eq!(admin.delete(&format!("/api/v1/groups/{id}")).await.status, 204);
    assert_eq!(admin.get("/api/v1/groups").await.json()["items"], json!([]));
}

#[actix_rt::test]
async fn d6_nothing_of_another_account_is_there() {
    let world = World::new().await;
    world.account("one", Plan::Pro).await;
    world.account("two", Plan::Pro).await;
    let one = world.log_in("admin@one.test").await;
    let two = world.log_in("admin@two.test").await;
    let id = two.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(one.get(&format!("/api/v1/operators/{id}")).await.problem(), "not_found");
    assert_eq!(one.patch(&format!("/api/v1/operators/{id}"), json!({ "name": "x" })).await.problem(), "not_found");
    assert_eq!(one.delete(&format!("/api/v1/operators/{id}")).await.problem(), "not_found");
    assert_eq!(one.get("/api/v1/operators").await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_rt::test]
async fn p9_a_deactivated_operator_is_out() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, id) = world.agent(&admin, "agent@shop.test").await;
    let lease = json!({ "device": { "id": "phone", "kind": "mobile" }, "state": "online", "ttl_s": 60 });
    assert_eq!(agent.call(actix_web::http::Method::PUT, "/api/v1/presence", Some(lease)).await.status, 200);
    assert_eq!(admin.get("/api/v1/presence").await.json()["chat"][0]["status"], "online");
    assert_eq!(admin.delete(&format!("/api/v1/operators/{id}")).await.status, 204);
    assert_eq!(agent.get("/api/v1/me").await.status, 401);
    assert_eq!(admin.get("/api/v1/presence").await.json()["chat"][0]["status"], "offline");
    let me = admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.delete(&format!("/api/v1/operators/{me}")).await.problem(), "conflict", "the last admin stays");
}

#[actix_rt::test]
async fn p3_appearing_offline_is_a_switch_of_the_person() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let lease = json!({ "device": { "id": "phone", "kind": "mobile" }, "state": "online", "ttl_s": 60 });
    admin.call(actix_web::http::Method::PUT, "/api/v1/presence", Some(lease)).await;
    let changed =
        admin.patch("/api/v1/me", json!({ "appear_offline": true, "notifications": { "missed": false } })).await;
    assert_eq!(changed.json()["appear_offline"], true);
    assert_eq!(changed.json()["status"], "offline");
    assert_eq!(changed.json()["notifications"], json!({ "offline": true, "missed": false }));
    let back = admin.patch("/api/v1/me", json!({ "appear_offline": false })).await.json();
    assert_eq!(back["status"], "online");
}
