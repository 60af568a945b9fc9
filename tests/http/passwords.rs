//! Passwords: which are taken, and how often somebody may try.

use actix_web::http::Method;
use doorbell::domain::account::Plan;
use doorbell::domain::time::Span;
use serde_json::json;

use crate::world::{Answer, PASSWORD, Setting, World, request};

/// An attempt to log in from an address of the network 10.0.0.0/24.
async fn attempt(world: &World, from: u8, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    world.send(request(Method::POST, "/api/v1/login", Some(body)).peer_addr(([10, 0, 0, from], 5_000).into())).await
}

#[actix_rt::test]
async fn a_password_that_everybody_tries_first_is_refused_wherever_it_is_set() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    for easy in ["password1", "qwertyuiop", "11111111", "Jana.Novotna", "doorbell1"] {
        let made =
            json!({ "name": "Jana Novotná", "email": "jana.novotna@shop.test", "password": easy, "role": "agent" });
        let refused = admin.post("/api/v1/operators", made).await;
        assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &json!("password")), "{easy}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("anybody would try"));
    }
    let own = json!({ "password": "iloveyou1", "current_password": PASSWORD });
    assert_eq!(admin.patch("/api/v1/me", own).await.json()["field"], "password");
    let (_, id) = world.agent(&admin, "agent@shop.test").await;
    let theirs = admin.patch(&format!("/api/v1/operators/{id}"), json!({ "password": "letmein123" })).await;
    assert_eq!(theirs.json()["field"], "password");
}

#[actix_rt::test]
async fn wrong_passwords_in_a_row_make_the_next_try_wait_longer_and_longer() {
    for email in ["admin@shop.test", "nobody@shop.test"] {
        let world = World::new().await;
        world.account("shop", Plan::Free).await;
        let mut waits = Vec::new();
        while waits.len() < 3 {
            let answer = attempt(&world, 1, email, "wrong").await;
            match answer.status {
                401 => {}
                429 => {
                    let wait = answer.json()["retry_after_ms"].as_i64().unwrap();
                    assert_eq!(attempt(&world, 1, email, PASSWORD).await.status, 429, "the right one waits too");
                    waits.push(wait);
                    world.later(Span(wait));
                }
                other => panic!("{other}: {}", answer.text),
            }
        }
        let bounds = [0..=1_000, 1_001..=2_000, 2_001..=4_000];
        assert!(waits.iter().zip(&bounds).all(|(wait, bound)| bound.contains(wait)), "{email}: {waits:?}");
        assert_eq!(attempt(&world, 2, email, "wrong").await.status, 401, "another address is another one's");
    }
}

#[actix_rt::test]
async fn strangers_do_not_lock_out_who_has_logged_in_from_there_before() {
    let setting = Setting { login_attempts_per_email_per_minute: 3, ..Setting::default() };
    let world = World::with(setting).await;
    world.account("shop", Plan::Free).await;
    assert_eq!(attempt(&world, 1, "admin@shop.test", PASSWORD).await.status, 200);
    let mut statuses = Vec::new();
    for stranger in 10..15 {
        statuses.push(attempt(&world, stranger, "admin@shop.test", "wrong").await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(attempt(&world, 2, "admin@shop.test", PASSWORD).await.status, 429, "nobody knows this address");
    assert_eq!(attempt(&world, 1, "admin@shop.test", PASSWORD).await.status, 200);
}

#[actix_rt::test]
async fn the_present_password_is_guessed_as_slowly_as_a_log_in() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let wrong = || admin.patch("/api/v1/me", json!({ "email": "x@shop.test", "current_password": "wrong" }));
    for _ in 0..5 {
        assert_eq!(wrong().await.status, 422);
    }
    assert_eq!(wrong().await.problem(), "rate_limited");
}

#[actix_rt::test]
async fn who_forgets_too_often_is_told_to_wait() {
    let setting =
        Setting { login_attempts_per_minute: 3, login_attempts_per_email_per_minute: 2, ..Setting::default() };
    let world = World::with(setting).await;
    let forgot =
        |email: &'static str| world.call(Method::POST, "/api/v1/password/forgot", Some(json!({ "email": email })));
    assert_eq!((forgot("a@b.test").await.status, forgot("A@b.test").await.status), (202, 202));
    assert_eq!(forgot("a@b.test").await.problem(), "rate_limited");
    assert_eq!(forgot("c@b.test").await.problem(), "rate_limited", "the address of the caller counts, too");
}
