//! Why do I get no emails, whatever the conversation.

use actix_web::http::Method;
use doorbell::domain::account::Plan;
use serde_json::{Value, json};

use crate::company::Company;
use crate::conversations::items;
use crate::world::{Client, World};

const MINE: &str = "/api/v1/me/checks";

async fn look(client: &Client<'_>, path: &str, kind: Option<&str>, code: &str) -> Value {
    let all = items(client, path).await;
    let found = all.iter().find(|check| check["kind"] == json!(kind) && check["code"] == code);
    found.unwrap_or_else(|| panic!("no {kind:?} {code} in {all:#?}")).clone()
}

async fn lease(client: &Client<'_>, state: &str) {
    let device = json!({ "id": "phone-1", "kind": "mobile", "name": "iPhone" });
    let body = json!({ "device": device, "state": state, "ttl_s": 600 });
    assert_eq!(client.call(Method::PUT, "/api/v1/presence", Some(body)).await.status, 200);
}

#[actix_rt::test]
async fn w4_an_operator_is_told_on_which_device_they_are_online_and_a_colleague_who_is() {
    let world = World::new().await;
    world.account("shop", Plan::Standard).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, agent_id) = world.agent(&admin, "agent@shop.test").await;
    let everywhere = look(&agent, MINE, Some("offline"), "offline_everywhere").await;
    assert_eq!(
        (&everywhere["ok"], &everywhere["status"], everywhere.get("reason")),
        (&json!(true), &json!("offline"), None)
    );

    lease(&agent, "online").await;
    let everywhere = look(&agent, MINE, Some("offline"), "offline_everywhere").await;
    assert_eq!((&everywhere["ok"], &everywhere["reason"]), (&json!(false), &json!("box_was_online")));
    assert_eq!(everywhere["device"], json!({ "id": "phone-1", "name": "iPhone" }));
    assert_eq!(everywhere["by"], json!(agent_id));
    let text = everywhere["text"].as_str().unwrap();
    assert!(text.starts_with("You are online on iPhone, since "), "{text}");
    let czech = look(&agent, &format!("{MINE}?lang=cs"), Some("offline"), "offline_everywhere").await;
    assert!(czech["text"].as_str().unwrap().starts_with("Jste online (iPhone), a to od "), "{czech}");

    // An admin reads the same about them, as of somebody else; and about themselves that a colleague is there.
    let path = format!("/api/v1/operators/{agent_id}/checks");
    let told = look(&admin, &path, Some("offline"), "offline_everywhere").await;
    assert!(told["text"].as_str().unwrap().starts_with("Agent is online on iPhone, since "), "{told}");
    assert_eq!(told["since"], everywhere["since"]);
    let colleague = look(&admin, MINE, Some("offline"), "colleagues_offline").await;
    assert_eq!((&colleague["ok"], &colleague["by"]), (&json!(false), &json!(agent_id)));

    lease(&agent, "offline").await;
    assert_eq!(look(&admin, MINE, Some("offline"), "colleagues_offline").await["ok"], true);
}

#[actix_rt::test]
async fn w4_a_switch_that_is_off_is_found_and_what_mends_it_is_named() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    assert_eq!(look(&admin, MINE, Some("missed"), "plan").await["reason"], "plan_without_missed");
    for (kind, setting) in [("offline", "notifications.offline"), ("missed", "notifications.missed")] {
        assert_eq!(look(&admin, MINE, Some(kind), "own_switch").await["ok"], true);
        let off = json!({ "notifications": { kind: false } });
        assert_eq!(admin.patch("/api/v1/me", off).await.status, 200);
        let own = look(&admin, MINE, Some(kind), "own_switch").await;
        assert_eq!(
            (&own["ok"], &own["reason"], &own["setting"]),
            (&json!(false), &json!("not_activated_operator"), &json!(setting))
        );
    }
    let off = json!({ "notifications": { "offline": { "enabled": false, "delay_s": 90 } } });
    assert_eq!(admin.patch("/api/v1/account", off).await.status, 200);
    let account = look(&admin, MINE, Some("offline"), "account_switch").await;
    assert_eq!(
        (&account["reason"], &account["setting"]),
        (&json!("not_activated_account"), &json!("notifications.offline.enabled"))
    );
    assert_eq!(look(&admin, MINE, Some("offline"), "delay").await["delay_s"], 90);
}

#[actix_rt::test]
async fn w4_a_suppressed_address_is_told_with_what_the_server_said() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let agent = company.fresh(company.agent).await;
    let address = look(&agent, MINE, None, "address").await;
    assert_eq!(
        (&address["ok"], &address["reason"], &address["rule"]),
        (&json!(false), &json!("suppressed"), &json!("D5"))
    );
    assert_eq!((&address["address"], &address["reply"]), (&json!("agent@one.test"), &json!("550 5.1.1 no such user")));
    // The one letter that there is went to another address: nothing is known of this one.
    let delivery = look(&agent, MINE, None, "delivery").await;
    assert_eq!((&delivery["ok"], delivery.get("email")), (&json!(true), None));

    let change = json!({ "email": "agent@somewhere.test", "current_password": crate::world::PASSWORD });
    assert_eq!(agent.patch("/api/v1/me", change).await.status, 200);
    assert_eq!(look(&agent, MINE, None, "address").await["ok"], true);
    let delivery = look(&agent, MINE, None, "delivery").await;
    assert_eq!((&delivery["ok"], &delivery["state"]), (&json!(false), &json!("deferred")));
    assert_eq!(delivery["email"], json!(company.email.to_string()));
}

#[actix_rt::test]
async fn of_a_colleague_only_an_admin_asks() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let (admin, agent) = (company.fresh(company.admin).await, company.fresh(company.agent).await);
    let path = |id: &str| format!("/api/v1/operators/{id}/checks");
    assert_eq!(agent.get(&path(&company.admin.to_string())).await.problem(), "forbidden");
    assert_eq!(admin.get(&path("nobody")).await.problem(), "not_found");
    assert_eq!(admin.get(&path(&company.agent.to_string())).await.json()["next"], Value::Null);
    assert_eq!(world.call(Method::GET, MINE, None).await.problem(), "unauthorized");
}
