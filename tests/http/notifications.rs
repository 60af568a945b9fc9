//! Why did I (not) get an email, over all conversations.

use doorbell::domain::account::Plan;
use serde_json::{Value, json};

use crate::company::write;
use crate::conversations::items;
use crate::world::World;

const MINE: &str = "/api/v1/me/notifications";

#[actix_rt::test]
async fn w1_an_operator_reads_what_was_decided_about_them_newest_first() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Standard).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, agent_id) = world.agent(&admin, "agent@shop.test").await;
    assert_eq!(items(&admin, MINE).await, Vec::<Value>::new());

    let mut conversations = Vec::new();
    for text in ["one", "two", "three"] {
        let id = write(&world, account.id, text).await;
        // Each is answered, so that its timer ends with a reason for everybody.
        let reply = json!({ "text": "yes", "client_id": "r" });
        assert_eq!(agent.post(&format!("/api/v1/conversations/{id}/messages"), reply).await.status, 201);
        conversations.push(id);
    }
    conversations.reverse();

    let told = items(&admin, MINE).await;
    let listed: Vec<_> = told.iter().map(|told| told["conversation"].as_str().unwrap()).collect();
    assert_eq!(listed, conversations);
    let explained = admin.get(&format!("/api/v1/conversations/{}/notifications", listed[0])).await.json();
    let about = |explained: &Value, who: &str| {
        let decisions = explained["decisions"].as_array().unwrap();
        decisions.iter().find(|decision| decision["operator"] == who).unwrap().clone()
    };
    let me = admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let decision = about(&explained, &me);
    for field in ["at", "kind", "code", "text", "rule"] {
        assert_eq!(told[0][field], decision[field], "{field}");
    }
    assert_eq!((&told[0]["code"], &told[0]["kind"]), (&json!("joined"), &json!("offline")));
    assert_eq!(told[0]["visitor"], json!({ "id": listed[0], "name": null, "email": null }));
    assert_eq!(told[0].get("email"), None);

    let czech = items(&admin, &format!("{MINE}?lang=cs")).await;
    assert_eq!(czech[0]["code"], told[0]["code"]);
    assert_ne!(czech[0]["text"], told[0]["text"]);
    // What an admin reads of somebody is what those read of themselves.
    assert_eq!(items(&admin, &format!("/api/v1/operators/{agent_id}/notifications")).await, items(&agent, MINE).await);
}

#[actix_rt::test]
async fn pages_of_decisions_follow_each_other_without_a_gap() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    for n in 0..5 {
        let id = write(&world, account.id, &format!("message {n}")).await;
        assert_eq!(admin.post(&format!("/api/v1/conversations/{id}/close"), json!({})).await.status, 200);
    }
    let whole = items(&admin, MINE).await;
    assert_eq!(whole.len(), 5);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{MINE}?limit=2{cursor}")).await.json();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
    for wrong in ["limit=0", "limit=201", "cursor=x", "cursor=NS94", "lang=xx"] {
        assert_eq!(admin.get(&format!("{MINE}?{wrong}")).await.problem(), "invalid", "{wrong}");
    }
}

#[actix_rt::test]
async fn d6_decisions_about_others_are_for_admins_of_their_account() {
    let world = World::new().await;
    world.account("one", Plan::Pro).await;
    world.account("two", Plan::Pro).await;
    let (one, two) = (world.log_in("admin@one.test").await, world.log_in("admin@two.test").await);
    let (agent, agent_id) = world.agent(&one, "agent@one.test").await;
    let admin_id = one.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let path = |id: &str| format!("/api/v1/operators/{id}/notifications");
    assert_eq!(one.get(&path(&agent_id)).await.status, 200);
    assert_eq!(agent.get(&path(&admin_id)).await.problem(), "forbidden");
    assert_eq!(two.get(&path(&agent_id)).await.problem(), "not_found");
    assert_eq!(one.get(&path("nobody")).await.problem(), "not_found");
    assert_eq!(world.call(actix_web::http::Method::GET, MINE, None).await.problem(), "unauthorized");
}
