//! Log-ins that end while something is still being done by them (rule P9).

use actix_web::http::{Method, header};
use doorbell::domain::account::{Account, Plan};
use doorbell::domain::time::Span;
use doorbell::office::resets::{self, Reset};
use doorbell::office::sessions;
use doorbell::office::{passwords, tokens};
use doorbell::ports::journal::{Commit, DocKey};
use futures_util::future::join;
use serde_json::{Value, json};

use crate::world::{Answer, Client, PASSWORD, World, request};

const OTHER_PASSWORD: &str = "another-horse-battery-8";

/// Asks by a log-in, the body coming only after `meanwhile`.
async fn slowly<T>(
    client: &Client<'_>,
    (method, path): (Method, &str),
    body: Value,
    meanwhile: impl Future<Output = T>,
) -> (Answer, T) {
    let bearer = (header::AUTHORIZATION, format!("Bearer {}", client.token));
    client.world.send_slowly(request(method, path, None).insert_header(bearer), body, meanwhile).await
}

fn newcomer() -> Value {
    json!({ "name": "Mallory", "email": "mallory@shop.test", "password": OTHER_PASSWORD, "role": "admin" })
}

/// An account with two admins: both, and the id of the second.
async fn two_admins(world: &World) -> (Account, Client<'_>, Client<'_>, String) {
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (second, id) = world.agent(&admin, "second@shop.test").await;
    assert_eq!(admin.patch(&format!("/api/v1/operators/{id}"), json!({ "role": "admin" })).await.status, 200);
    (account, admin, second, id)
}

#[actix_rt::test]
async fn p9_who_is_deactivated_while_a_body_comes_does_nothing_with_it() {
    let world = World::new().await;
    let (_, admin, second, id) = two_admins(&world).await;
    let path = format!("/api/v1/operators/{id}");
    let gone = async { admin.delete(&path).await.status };
    let (answer, gone) = slowly(&second, (Method::POST, "/api/v1/operators"), newcomer(), gone).await;
    assert_eq!((gone, answer.problem().as_str()), (204, "unauthorized"));
    assert!(!admin.get("/api/v1/operators").await.text.contains("mallory"));
}

#[actix_rt::test]
async fn p9_a_log_in_that_ends_while_a_body_comes_does_nothing_with_it() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let (owner, thief) = (world.log_in("admin@shop.test").await, world.log_in("admin@shop.test").await);
    let own = json!({ "password": OTHER_PASSWORD, "current_password": PASSWORD });
    let ends = async { owner.patch("/api/v1/me", own).await.status };
    let (answer, ended) = slowly(&thief, (Method::POST, "/api/v1/operators"), newcomer(), ends).await;
    assert_eq!((ended, answer.problem().as_str()), (200, "unauthorized"));
    let renamed = json!({ "name": "Mallory" });
    let ended = async { owner.delete("/api/v1/sessions/none").await };
    let (answer, _) = slowly(&owner, (Method::PATCH, "/api/v1/me"), renamed, ended).await;
    assert_eq!(answer.status, 200, "one that lives is heard to its end: {}", answer.text);
}

#[actix_rt::test]
async fn an_admin_who_is_made_an_agent_while_a_body_comes_is_one() {
    let world = World::new().await;
    let (_, admin, second, id) = two_admins(&world).await;
    let path = format!("/api/v1/operators/{id}");
    let demoted = async { admin.patch(&path, json!({ "role": "agent" })).await.status };
    let back = json!({ "role": "admin" });
    let (answer, demoted) = slowly(&second, (Method::PATCH, &path), back, demoted).await;
    assert_eq!((demoted, answer.problem().as_str()), (200, "forbidden"));
    assert_eq!(second.get("/api/v1/me").await.json()["role"], "agent");
}

#[actix_rt::test]
async fn of_two_links_that_are_used_at_once_one_sets_the_password() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = &account.operators[0];
    let hash = passwords::find(&*world.store, admin.id).await.unwrap();
    let links: Vec<String> = (0..2).map(|_| tokens::mint()).collect();
    let until = world.store.now() + Span::from_secs(3_600);
    let reset = Reset::new(account.id, admin, hash.as_ref(), until);
    let records = links.iter().map(|link| resets::put(link, &reset)).collect();
    world.store.commit(Commit { records, ..Commit::default() }).await;
    let use_it = |link: &str| {
        let body = json!({ "token": link, "password": format!("{OTHER_PASSWORD} {link}") });
        world.call(Method::POST, "/api/v1/password/reset", Some(body))
    };
    let (one, other) = join(use_it(&links[0]), use_it(&links[1])).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
    let set = if one.status == 204 { &links[0] } else { &links[1] };
    let body = json!({ "email": "admin@shop.test", "password": format!("{OTHER_PASSWORD} {set}") });
    assert_eq!(world.call(Method::POST, "/api/v1/login", Some(body)).await.status, 200, "who was told so set it");
}

#[actix_rt::test]
async fn every_log_in_is_listed_and_ended_however_many_ran_out_before_it() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = account.operators[0].id;
    let settings = world.store.load(vec![DocKey::Settings(account.id)]).await.unwrap().remove(0).unwrap();
    for generation in 0..3 {
        for _ in 0..sessions::SESSIONS_MAX {
            let begun = sessions::begin(&world.store, account.id, admin, None, settings.token).await.unwrap();
            assert!(begun.is_some(), "{generation}");
        }
        world.later(Span(sessions::LIFE.0 + 1));
    }
    let thief = world.log_in("admin@shop.test").await;
    let kept = world.store.records(format!("sessions-of/{admin}/"), None, 1_000).await.unwrap();
    assert_eq!(kept.len(), 1, "those that ran out are forgotten");
    let owner = world.log_in("admin@shop.test").await;
    assert_eq!(owner.get("/api/v1/sessions").await.json()["items"].as_array().unwrap().len(), 2);
    let own = json!({ "password": OTHER_PASSWORD, "current_password": PASSWORD });
    assert_eq!(owner.patch("/api/v1/me", own).await.status, 200);
    assert_eq!(thief.get("/api/v1/me").await.status, 401);
}

#[actix_rt::test]
async fn a_log_in_that_has_ended_is_not_brought_back_by_a_late_note_of_its_use() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = account.operators[0].id;
    let thief = world.log_in("admin@shop.test").await;
    let session = sessions::find(&world.store, &thief.token).await.unwrap().unwrap();
    assert!(sessions::lives(&world.store, &session).await.unwrap());
    sessions::end(&world.store, admin, |_| true).await.unwrap();
    sessions::touch(&world.store, &session).await.unwrap();
    assert!(!sessions::lives(&world.store, &session).await.unwrap());
    assert_eq!(sessions::list(&world.store, admin).await.unwrap(), []);
}
