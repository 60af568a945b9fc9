//! What is wrong with a request is said in one way.

use actix_web::http::{Method, header};
use doorbell::domain::account::Plan;
use serde_json::json;

use crate::world::{OWN, World, request};

#[actix_rt::test]
async fn unknown_paths_ids_and_methods_are_problems() {
    let world = World::new().await;
    world.account("shop", Plan::Pro).await;
    let admin = world.log_in("admin@shop.test").await;
    let nobody = "0198c0de-0000-7000-8000-000000000000";
    for (method, path, status, code) in [
        ("GET", "/api/v1/nothing".to_owned(), 404, "not_found"),
        ("GET", "/nothing".to_owned(), 404, "not_found"),
        ("GET", "/api/v1/conversations/%00".to_owned(), 404, "not_found"),
        ("GET", "/api/v1/conversations/no-such-id".to_owned(), 404, "not_found"),
        ("GET", format!("/api/v1/conversations/{nobody}"), 404, "not_found"),
        ("GET", format!("/api/v1/conversations/{nobody}/messages"), 404, "not_found"),
        ("GET", format!("/api/v1/conversations/{nobody}/notifications"), 404, "not_found"),
        ("POST", format!("/api/v1/conversations/{nobody}/join"), 404, "not_found"),
        ("GET", "/api/v1/operators/x".to_owned(), 404, "not_found"),
        ("GET", format!("/api/v1/emails/{nobody}"), 404, "not_found"),
        ("GET", "/api/v1/conversations?view=upside-down".to_owned(), 422, "invalid"),
        ("GET", "/api/v1/conversations?view=all&cursor=%ff%fe".to_owned(), 422, "invalid"),
        ("GET", "/api/v1/conversations?limit=-1".to_owned(), 422, "invalid"),
        ("GET", "/api/v1/emails?state=lost".to_owned(), 422, "invalid"),
        ("GET", "/api/v1/me?lang=xx".to_owned(), 422, "invalid"),
        ("DELETE", "/api/v1/me".to_owned(), 405, "method_not_allowed"),
        ("POST", "/healthz".to_owned(), 405, "method_not_allowed"),
    ] {
        let answer = admin.call(method.parse().unwrap(), &path, None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{method} {path}");
    }
    let answer = admin.delete("/api/v1/me").await;
    assert_eq!(answer.header("allow"), "GET, HEAD, PATCH");
}

#[actix_rt::test]
async fn a_bad_body_is_a_problem() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    for (method, path, body, status) in [
        ("POST", "/api/v1/login", "{", 400),
        ("POST", "/api/v1/login", "", 400),
        ("POST", "/api/v1/login", "[]", 422),
        ("POST", "/api/v1/login", r#"{"email":5,"password":[]}"#, 422),
        ("PATCH", "/api/v1/me", r#"{"locale":5}"#, 422),
        ("PATCH", "/api/v1/me", r#"{"locale":"xx-nowhere"}"#, 422),
        ("PATCH", "/api/v1/me", r#"{"email":"not an address"}"#, 422),
        ("PATCH", "/api/v1/account", r#"{"timezone":"Mars/Olympus"}"#, 422),
        ("PATCH", "/api/v1/account", r#"{"notifications":{"offline":{"delay_s":-5}}}"#, 422),
        ("POST", "/api/v1/operators", r#"{"name":"x"}"#, 422),
        ("POST", "/api/v1/operators", r#"{"name":"x","email":"a@b.test","password":"long-enough","role":"king"}"#, 422),
        ("POST", "/api/v1/operators", r#"{"name":"x","email":"a@b.test","password":"short","role":"agent"}"#, 422),
        ("PUT", "/api/v1/presence", r#"{"state":"online","ttl_s":5}"#, 422),
    ] {
        let bearer = (header::AUTHORIZATION, format!("Bearer {}", admin.token));
        let sent = request(method.parse().unwrap(), path, None).insert_header(bearer).set_payload(body);
        let answer = world.send(sent).await;
        answer.problem();
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
    }
}

#[actix_rt::test]
async fn a_huge_body_is_413() {
    let world = World::new().await;
    let body = json!({ "email": "a".repeat(100_000) });
    let answer = world.call(Method::POST, "/api/v1/login", Some(body)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too_long"));
}

#[actix_rt::test]
async fn who_is_not_logged_in_is_told_so_before_anything_else() {
    let world = World::new().await;
    for path in ["/api/v1/me", "/api/v1/operators", "/api/v1/conversations?limit=-1"] {
        let answer = world.call(Method::GET, path, None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let answer = world.send(request(Method::PATCH, "/api/v1/me", None).set_payload("{")).await;
    assert_eq!(answer.status, 401);
}

#[actix_rt::test]
async fn with_the_cookie_a_foreign_origin_changes_nothing() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let cookie = (header::COOKIE, format!("doorbell_session={}", admin.token));
    let rename = |name: &str, origin: Option<&str>| {
        let mut sent =
            request(Method::PATCH, "/api/v1/me", Some(json!({ "name": name }))).insert_header(cookie.clone());
        if let Some(origin) = origin {
            sent = sent.insert_header((header::ORIGIN, origin));
        }
        world.send(sent)
    };
    assert_eq!(rename("Own", Some(OWN)).await.status, 200);
    for origin in [Some("https://evil.test"), Some("null"), None] {
        let answer = rename("Hijacked", origin).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "origin"), "{origin:?}");
    }
    assert_eq!(admin.get("/api/v1/me").await.json()["name"], "Own");
}

#[actix_rt::test]
async fn every_answer_of_the_interface_is_private_and_its_pages_strict() {
    let world = World::new().await;
    let answer = world.call(Method::GET, "/api/v1/me", None).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let page = world.call(Method::GET, "/", None).await;
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}
