//! What an admin should know now.

use doorbell::domain::account::Plan;
use doorbell::domain::time::{Span, Timestamp};
use serde_json::json;

use super::company::Company;
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

#[actix_rt::test]
async fn a_relay_that_is_shut_is_told_of_and_the_server_stays_ready() {
    let world = World::new().await;
    world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    world.board.on_relay_away(Timestamp(1_000));
    let ready = admin.get("/readyz").await;
    let told = ready.json();
    assert_eq!((ready.status, &told["ready"], &told["reasons"][0]["code"]), (200, &json!(true), &json!("relay_away")));
    world.board.on_relay_refused_us(Timestamp(2_000));
    let told = admin.get("/readyz").await.json();
    assert_eq!(told["reasons"].as_array().unwrap().len(), 1, "it is there, but does not let us in: {told}");
    assert_eq!(told["reasons"][0]["code"], "relay_auth");
    world.board.on_relay_let_us_in();
    assert_eq!(admin.get("/readyz").await.json(), json!({ "ready": true, "reasons": [] }));
}

#[actix_rt::test]
async fn d5_two_blocked_addresses_of_a_domain_are_a_notice_until_an_admin_says_that_it_is_mended() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let (admin, agent) = (company.fresh(company.admin).await, company.fresh(company.agent).await);
    let notice = async || {
        let told = admin.get("/api/v1/notices").await.json();
        told["items"].as_array().unwrap().iter().find(|notice| notice["code"] == "domain_blocked").cloned()
    };
    let text = notice().await.unwrap()["text"].as_str().unwrap().to_owned();
    for part in ["one.test", "admin@one.test", "agent@one.test", "550 5.7.1 refused", "mail.example"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let listed = admin.get("/api/v1/blocked-domains").await.json();
    assert_eq!(listed["items"][0]["addresses"], json!(["admin@one.test", "agent@one.test"]));
    assert_eq!(agent.get("/api/v1/blocked-domains").await.problem(), "forbidden");
    assert_eq!(agent.delete("/api/v1/blocked-domains/one.test").await.problem(), "forbidden");
    assert_eq!(admin.delete("/api/v1/blocked-domains/two.test").await.problem(), "not_found");
    assert_eq!(admin.delete("/api/v1/blocked-domains/One.test").await.status, 204);
    assert_eq!(notice().await, None);
    let entry = &admin.get("/api/v1/audit").await.json()["items"][0];
    assert_eq!(
        (&entry["act"], &entry["subject"]),
        (&json!("domain_allowed"), &json!({ "kind": "domain", "id": "one.test" }))
    );
}
