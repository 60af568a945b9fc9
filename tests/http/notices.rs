//! What an admin should know now.

use doorbell::domain::account::Plan;
use doorbell::domain::time::{Span, Timestamp};
use serde_json::json;

use super::world::World;

#[actix_rt::test]
async fn an_admin_is_told_what_is_so_and_since_when_and_an_agent_is_not() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, _) = world.agent(&admin, "agent@shop.test").await;
    assert_eq!(agent.get("/api/v1/notices").await.problem(), "forbidden");

    let told = admin.get("/api/v1/notices").await.json();
    let [any_origin] = &told["items"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&any_origin["code"], &told["next"]), (&json!("any_origin"), &json!(null)));
    let made = jiff::Timestamp::from_millisecond(account.created_at.0).unwrap();
    assert_eq!(any_origin["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(), made);
    admin.patch("/api/v1/account", json!({ "allowed_origins": ["https://shop.test"] })).await;
    assert_eq!(admin.get("/api/v1/notices").await.json()["items"], json!([]));

    world.board.on_relay_refused_us(Timestamp(1_000));
    world.board.on_store_away(Timestamp(2_000), Timestamp(2_000) + Span::from_secs(60), Span::from_secs(5));
    let told = admin.get("/api/v1/notices").await.json();
    let about = |n: usize| (told["items"][n]["code"].clone(), told["items"][n]["since"].clone());
    assert_eq!(about(0), (json!("relay_auth"), json!("1970-01-01T00:00:01.000Z")));
    assert_eq!(about(1), (json!("store_stale"), json!("1970-01-01T00:00:02.000Z")));
    let czech = admin.get("/api/v1/notices?lang=cs").await.json();
    assert_ne!(czech["items"][0]["text"], told["items"][0]["text"]);
}

#[actix_rt::test]
async fn a_store_that_is_away_makes_the_server_unready_and_boxes_stale_and_asking_costs_nothing() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let status = format!("/api/v1/widget/{}/status", account.widget_keys[0].key);
    assert_eq!(admin.get(&status).await.json().get("stale"), None);
    assert_eq!(admin.get("/readyz").await.json(), json!({ "ready": true, "reasons": [] }));
    assert_eq!(admin.get("/api/v1/presence").await.json()["chat"][0].get("stale"), None);
    world.board.on_store_away(Timestamp(2_000), Timestamp(2_000) + Span::from_secs(60), Span::from_secs(5));
    let unready = admin.get("/readyz").await;
    assert_eq!(unready.status, 503);
    let reason = &unready.json()["reasons"][0];
    assert_eq!((&reason["code"], &reason["since"]), (&json!("store_away"), &json!("1970-01-01T00:00:02.000Z")));
    // The account hears of it as soon as it can.
    while admin.get("/api/v1/presence").await.json()["chat"][0].get("stale") != Some(&json!(true)) {}
    assert_eq!(admin.get(&status).await.json()["stale"], true, "web sites are told, too");
    world.board.on_store_answered();
    assert_eq!(admin.get("/readyz").await.status, 200);
    while admin.get("/api/v1/presence").await.json()["chat"][0].get("stale").is_some() {}
    assert_eq!(admin.get(&status).await.json().get("stale"), None);
}
