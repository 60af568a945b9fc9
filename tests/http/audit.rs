//! What admins did is written down, whatever it is, and nothing else is.

use actix_web::http::Method;
use doorbell::domain::account::Plan;
use doorbell::edge::http::routes::{Who, table};
use doorbell::office::accounts;
use doorbell::ports::journal::DocKey;
use doorbell::ports::record;
use serde_json::{Value, json};

use crate::company::Company;
use crate::conversations::items;
use crate::world::{Client, PASSWORD, World};

const TRAIL: &str = "/api/v1/audit";

async fn acts(admin: &Client<'_>) -> Vec<String> {
    let entries = items(admin, &format!("{TRAIL}?limit=200")).await;
    entries.iter().map(|entry| entry["act"].as_str().unwrap().to_owned()).collect()
}

/// A row that is added to the table is tried here too: it cannot be forgotten.
#[actix_rt::test]
async fn every_row_for_admins_that_changes_something_is_audited() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let mut rows = table();
    rows.retain(|call| call.method != Method::GET && (call.who == Who::Admin || call.path.ends_with("/retry")));
    rows.sort_by_key(|call| call.method == Method::DELETE);
    assert!(rows.len() >= 9, "{rows:?}");
    for call in rows {
        let admin = company.fresh(company.admin).await;
        let before = acts(&admin).await.len();
        let answer = admin.call(call.method.clone(), &company.path(&call), company.body(&call)).await;
        assert!(answer.status < 300, "{call:?}: {}", answer.text);
        let entries = items(&admin, TRAIL).await;
        assert!(entries.len() > before, "{call:?} leaves no trace");
        assert_eq!(entries[0]["operator"]["id"], company.admin.to_string(), "{call:?}");
    }
}

#[actix_rt::test]
async fn each_act_is_told_with_its_subject_and_the_names_of_what_changed() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let (_, agent) = world.agent(&admin, "agent@shop.test").await;
    let made = admin.post("/api/v1/groups", json!({ "name": "Sales", "operators": [agent] })).await.json();
    let group = made["id"].as_str().unwrap().to_owned();
    let operator = format!("/api/v1/operators/{agent}");
    let secret = "another-secret-password-9";
    let changes = [
        (operator.clone(), json!({ "name": "Ann", "email": "ann@shop.test", "role": "admin" })),
        (operator.clone(), json!({ "password": secret })),
        (operator.clone(), json!({ "appear_offline": true })),
        // What is so already is no act.
        (operator.clone(), json!({ "appear_offline": true })),
        (operator.clone(), json!({ "appear_offline": false })),
        (operator.clone(), json!({ "active": false })),
        (operator.clone(), json!({ "active": true })),
        (operator.clone(), json!({ "name": "Ann" })),
        (format!("/api/v1/groups/{group}"), json!({ "operators": [] })),
        (
            "/api/v1/account".to_owned(),
            json!({ "notifications": { "missed": { "delay_s": 60 } }, "timezone": "Europe/Vienna" }),
        ),
    ];
    for (path, body) in changes {
        let answer = admin.patch(&path, body.clone()).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text);
    }
    assert_eq!(admin.delete(&format!("/api/v1/groups/{group}")).await.status, 204);
    assert_eq!(admin.post("/api/v1/account/widget-key", json!({})).await.status, 200);
    accounts::set_plan(&world.store, account.id, Plan::Free).await.unwrap();

    let me = admin.get("/api/v1/me").await.json();
    let mut entries = items(&admin, TRAIL).await;
    let text = json!(entries).to_string();
    assert!(!text.contains(secret) && !text.contains(PASSWORD) && !text.contains("argon2"), "{text}");
    entries.reverse();
    let by = json!({ "id": me["id"], "name": me["name"] });
    let last = entries.len() - 1;
    for (n, entry) in entries.iter_mut().enumerate() {
        assert_eq!(entry["operator"], if n == last { Value::Null } else { by.clone() }, "{entry}");
        let parts = entry.as_object_mut().unwrap();
        assert!(parts.remove("at").is_some() && parts.remove("operator").is_some());
    }
    let to =
        |act: &str, name: &str| json!({ "act": act, "subject": { "kind": "operator", "id": agent, "name": name } });
    let of = |act: &str| json!({ "act": act, "subject": { "kind": "group", "id": group, "name": "Sales" } });
    let with = |mut entry: Value, fields: Value| {
        entry["details"] = json!({ "fields": fields });
        entry
    };
    let wanted = [
        to("operator_added", "Agent"),
        of("group_created"),
        with(to("operator_changed", "Ann"), json!(["name", "email", "role"])),
        to("password_set", "Ann"),
        to("forced_offline", "Ann"),
        to("forced_offline_ended", "Ann"),
        to("operator_deactivated", "Ann"),
        with(to("operator_changed", "Ann"), json!(["active"])),
        with(of("group_changed"), json!(["operators"])),
        with(json!({ "act": "account_changed" }), json!(["timezone", "notifications.missed.delay_s"])),
        of("group_deleted"),
        json!({ "act": "widget_key_replaced" }),
        json!({ "act": "plan_changed", "details": { "from": "pro", "to": "free" } }),
    ];
    assert_eq!(json!(entries), json!(wanted));
}

#[actix_rt::test]
async fn pages_of_the_trail_follow_each_other_and_are_for_admins() {
    let world = World::new().await;
    world.account("shop", Plan::Pro).await;
    world.account("other", Plan::Pro).await;
    let (admin, other) = (world.log_in("admin@shop.test").await, world.log_in("admin@other.test").await);
    let (agent, _) = world.agent(&admin, "agent@shop.test").await;
    // Nobody's own profile is anybody else's business.
    for client in [&agent, &admin] {
        assert_eq!(client.patch("/api/v1/me", json!({ "name": "Renamed", "appear_offline": true })).await.status, 200);
    }
    for name in ["a", "b", "c", "d"] {
        assert_eq!(admin.patch("/api/v1/account", json!({ "name": name })).await.status, 200);
    }
    let whole = items(&admin, TRAIL).await;
    assert_eq!(acts(&admin).await, [["account_changed"; 4].as_slice(), &["operator_added"]].concat());
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{TRAIL}?limit=2{cursor}")).await.json();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
    for wrong in ["cursor=x", "cursor=-1", "limit=0"] {
        assert_eq!(admin.get(&format!("{TRAIL}?{wrong}")).await.problem(), "invalid", "{wrong}");
    }
    assert_eq!(items(&other, TRAIL).await, Vec::<Value>::new());
    assert_eq!(agent.get(TRAIL).await.problem(), "forbidden");
}

/// Settings that were written before there was a trail.
#[actix_rt::test]
async fn older_settings_are_read_and_their_trail_begins() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let key = DocKey::Settings(account.id);
    let stored = world.store.load(vec![key]).await.unwrap().remove(0).unwrap();
    let text = String::from_utf8(stored.state).unwrap();
    let older = text.replace(",\"audited\":0", "");
    assert_ne!(older, text);
    assert_eq!(record::decode::<doorbell::domain::account::Account>(older.as_bytes()).unwrap(), account);
}
