//! Logging in, sessions, passwords.

use actix_web::http::{Method, header};
use doorbell::domain::account::Plan;
use serde_json::json;

use crate::world::{PASSWORD, Setting, World, request};

fn attempt(email: &str, password: &str) -> serde_json::Value {
    json!({ "email": email, "password": password })
}

#[actix_rt::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    for email in ["admin@shop.test", "nobody@nowhere.test", ""] {
        let answer = world.call(Method::POST, "/api/v1/login", Some(attempt(email, "wrong"))).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"));
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[actix_rt::test]
async fn a_log_in_sets_a_safe_cookie_but_not_for_another_site() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let body = || Some(attempt(" ADMIN@shop.test", PASSWORD));
    let answer = world.call(Method::POST, "/api/v1/login", body()).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["doorbell_session=", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(answer.json()["account"]["plan"], "free");
    assert_eq!(answer.json()["operator"]["role"], "admin");
    let foreign = request(Method::POST, "/api/v1/login", body()).insert_header((header::ORIGIN, "https://evil.test"));
    assert_eq!(world.send(foreign).await.header("set-cookie"), "");
}

#[actix_rt::test]
async fn too_many_attempts_are_429() {
    let world = World::with(Setting { login_attempts_per_minute: 2, ..Setting::default() }).await;
    let try_it = || world.call(Method::POST, "/api/v1/login", Some(attempt("a@b.test", "wrong")));
    assert_eq!((try_it().await.status, try_it().await.status), (401, 401));
    let answer = try_it().await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "rate_limited"));
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[actix_rt::test]
async fn attempts_are_counted_by_address_of_mail_too() {
    let world = World::with(Setting { login_attempts_per_email_per_minute: 1, ..Setting::default() }).await;
    let try_it = |email: &'static str| world.call(Method::POST, "/api/v1/login", Some(attempt(email, "wrong")));
    assert_eq!(try_it("a@b.test").await.status, 401);
    assert_eq!(try_it("A@B.test").await.status, 429);
    assert_eq!(try_it("c@b.test").await.status, 401);
}

#[actix_rt::test]
async fn d2_several_people_with_one_address_choose_who_they_are() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let made = json!({ "name": "Twin", "email": "admin@shop.test", "password": PASSWORD, "role": "agent" });
    let twin = admin.post("/api/v1/operators", made).await.json()["id"].as_str().unwrap().to_owned();
    let answer = world.call(Method::POST, "/api/v1/login", Some(attempt("admin@shop.test", PASSWORD))).await;
    assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"));
    let choices = answer.json()["choices"].clone();
    assert_eq!(choices.as_array().unwrap().len(), 2);
    assert!(choices.as_array().unwrap().iter().any(|c| c["operator"] == twin && c["name"] == "Twin"));
    let body = json!({ "email": "admin@shop.test", "password": PASSWORD, "operator": twin });
    let answer = world.call(Method::POST, "/api/v1/login", Some(body)).await;
    assert_eq!(answer.json()["operator"]["id"], twin);
}

#[actix_rt::test]
async fn p9_a_changed_password_ends_the_other_log_ins() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let other = world.log_in("admin@shop.test").await;
    let wrong = admin.patch("/api/v1/me", json!({ "password": "a-new-one-9" })).await;
    assert_eq!((wrong.status, &wrong.json()["field"]), (422, &"current_password".into()));
    let wrong = json!({ "password": "a-new-one-9", "current_password": "wrong" });
    assert_eq!(admin.patch("/api/v1/me", wrong).await.json()["field"], "current_password");
    let right = json!({ "password": "a-new-one-9", "current_password": PASSWORD });
    assert_eq!(admin.patch("/api/v1/me", right).await.status, 200);
    assert_eq!(other.get("/api/v1/me").await.status, 401);
    assert_eq!(admin.get("/api/v1/me").await.status, 200);
    let old = world.call(Method::POST, "/api/v1/login", Some(attempt("admin@shop.test", PASSWORD))).await;
    assert_eq!(old.status, 401);
    let new = world.call(Method::POST, "/api/v1/login", Some(attempt("admin@shop.test", "a-new-one-9"))).await;
    assert_eq!(new.status, 200);
}

#[actix_rt::test]
async fn d3_a_changed_address_is_the_new_log_in() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let body = json!({ "email": "new@shop.test", "current_password": PASSWORD });
    assert_eq!(admin.patch("/api/v1/me", body).await.json()["email"], "new@shop.test");
    world.log_in("new@shop.test").await;
    let old = world.call(Method::POST, "/api/v1/login", Some(attempt("admin@shop.test", PASSWORD))).await;
    assert_eq!(old.status, 401);
}

#[actix_rt::test]
async fn log_ins_are_listed_and_ended() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let other = world.log_in("admin@shop.test").await;
    let listed = admin.get("/api/v1/sessions").await.json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let current = |s: &&serde_json::Value| s["current"] == true;
    let theirs = items.iter().find(|s| !current(s)).unwrap()["id"].as_str().unwrap();
    assert_eq!(items.iter().filter(current).count(), 1);
    assert_eq!(admin.delete(&format!("/api/v1/sessions/{theirs}")).await.status, 204);
    assert_eq!(admin.delete(&format!("/api/v1/sessions/{theirs}")).await.status, 404);
    assert_eq!(other.get("/api/v1/me").await.status, 401);
    let answer = admin.call(Method::POST, "/api/v1/logout", None).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(admin.get("/api/v1/me").await.status, 401);
}

#[actix_rt::test]
async fn an_invited_operator_sets_the_first_password() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let made = json!({ "name": "New", "email": "new@shop.test", "role": "agent" });
    let made = admin.post("/api/v1/operators", made).await;
    assert_eq!(made.status, 201);
    let url = made.json()["invite"]["url"].as_str().unwrap().to_owned();
    let token = url.strip_prefix("https://chat.example/dashboard#invite=").unwrap();
    let before = world.call(Method::POST, "/api/v1/login", Some(attempt("new@shop.test", ""))).await;
    assert_eq!(before.status, 401);
    let set = |token: &str| {
        let body = json!({ "token": token, "password": PASSWORD });
        world.call(Method::POST, "/api/v1/password/reset", Some(body))
    };
    assert_eq!(set("made up").await.json()["field"], "token");
    // A double click; and the loser must not keep the winner from being answered.
    let at_once = futures_util::future::join_all([set(token), set(token), set(token)]).await;
    let mut statuses: Vec<_> = at_once.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422, 422]);
    assert_eq!(set(token).await.json()["field"], "token", "a link works once");
    world.log_in("new@shop.test").await;
}
