//! What every answer tells browsers, whatever it is.

use actix_web::http::{Method, header};
use doorbell::domain::account::Plan;
use doorbell::domain::time::Span;
use doorbell::edge::http::routes::table;
use serde_json::json;

use crate::company::Company;
use crate::world::{Answer, Setting, World, request};

const DAY: Span = Span::from_secs(24 * 3_600);

/// One answer of each kind: pages, the interface, refusals by the router, by the parser, by the handlers.
async fn answers(world: &World) -> Vec<(String, Answer)> {
    let account = world.account("shop", Plan::Free).await;
    let key = &account.widget_keys[0].key;
    let mut answers = Vec::new();
    for (method, path, body) in [
        ("GET", "/".to_owned(), ""),
        ("HEAD", "/".to_owned(), ""),
        ("GET", "/widget.js".to_owned(), ""),
        ("GET", format!("/widget/{key}"), ""),
        ("GET", format!("/api/v1/widget/{key}/status"), ""),
        ("GET", "/healthz".to_owned(), ""),
        ("GET", "/metrics".to_owned(), ""),
        ("GET", "/nothing".to_owned(), ""),
        ("GET", "/api/v1/nothing".to_owned(), ""),
        ("GET", "/api/v1/me".to_owned(), ""),
        ("DELETE", "/healthz".to_owned(), ""),
        ("OPTIONS", "/api/v1/login".to_owned(), ""),
        ("POST", "/api/v1/login".to_owned(), "{"),
        ("POST", "/api/v1/login".to_owned(), "[]"),
        ("POST", "/api/v1/login".to_owned(), r#"{"email":"a@b.test","password":"wrong"}"#),
        ("POST", "/api/v1/password/forgot".to_owned(), r#"{"email":"a@b.test"}"#),
        ("POST", "/unsubscribe/made-up".to_owned(), ""),
        ("GET", "/%ff%fe".to_owned(), ""),
    ] {
        let sent = request(method.parse().unwrap(), &path, None).set_payload(body);
        answers.push((format!("{method} {path} {body}"), world.send(sent).await));
    }
    answers
}

#[actix_rt::test]
async fn every_answer_bears_the_guards() {
    let world = World::new().await;
    for (what, answer) in answers(&world).await {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{what}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{what}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
        let is_page = answer.status == 200 && ["/ ", "/widget.js ", "/widget/"].iter().any(|page| what.contains(page));
        let is_page = is_page && !what.contains("/api/");
        assert_eq!(answer.header("cache-control"), if is_page { "no-cache" } else { "no-store" }, "{what}");
        let embeddable = what.starts_with("GET /widget");
        let policy = if embeddable { "cross-origin" } else { "same-origin" };
        assert_eq!(answer.header("cross-origin-resource-policy"), policy, "{what}");
    }
}

#[actix_rt::test]
async fn pages_are_packed_for_who_takes_them_so_and_nothing_else_is() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let mut packed = Vec::new();
    for call in table().into_iter().filter(|call| call.method == Method::GET) {
        let path = company.path(&call);
        let bearer = (header::AUTHORIZATION, format!("Bearer {}", admin.token));
        let sent = request(Method::GET, &path, None).insert_header(bearer);
        let answer = world.send(sent.insert_header((header::ACCEPT_ENCODING, "gzip, deflate, br"))).await;
        match answer.header("content-encoding") {
            "" => assert_ne!(answer.header("vary"), "Accept-Encoding", "{path}"),
            coding => {
                assert_eq!((answer.status, coding, answer.header("vary")), (200, "gzip", "Accept-Encoding"), "{path}");
                packed.push(call.path);
            }
        }
    }
    assert_eq!(packed, ["/widget/{key}", "/demo{rest:(/.*)?}", "/{file:.*}"]);
}

#[actix_rt::test]
async fn a_server_without_tls_promises_none() {
    let world = World::with(Setting { public_url: "http://127.0.0.1:8080", ..Setting::default() }).await;
    for (what, answer) in answers(&world).await {
        assert_eq!(answer.header("strict-transport-security"), "", "{what}");
    }
}

#[actix_rt::test]
async fn the_old_widget_key_works_for_a_day() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let old = account.widget_keys[0].key.clone();
    let new =
        admin.post("/api/v1/account/widget-key", json!({})).await.json()["widget_key"].as_str().unwrap().to_owned();
    let status = async |key: &str| {
        let page = world.call(Method::GET, &format!("/widget/{key}"), None).await.status;
        (page, world.call(Method::GET, &format!("/api/v1/widget/{key}/status"), None).await.status)
    };
    assert_eq!((status(&old).await, status(&new).await), ((200, 200), (200, 200)));
    world.later(Span(DAY.0 - 1_000));
    assert_eq!(status(&old).await, (200, 200));
    world.later(Span(1_000));
    assert_eq!((status(&old).await, status(&new).await), ((404, 404), (200, 200)));
}

#[actix_rt::test]
async fn an_agent_replaces_no_widget_key() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (agent, _) = world.agent(&admin, "agent@shop.test").await;
    assert_eq!(agent.post("/api/v1/account/widget-key", json!({})).await.problem(), "forbidden");
}

#[actix_rt::test]
async fn a_web_site_that_is_not_allowed_reads_no_status_and_embeds_no_widget() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let key = &account.widget_keys[0].key;
    let page = world.call(Method::GET, &format!("/widget/{key}"), None).await;
    assert!(page.header("content-security-policy").ends_with("frame-ancestors *"), "no list allows any");
    let admin = world.log_in("admin@shop.test").await;
    admin.patch("/api/v1/account", json!({ "allowed_origins": ["https://shop.example"] })).await;
    let page = world.call(Method::GET, &format!("/widget/{key}"), None).await;
    assert!(page.header("content-security-policy").ends_with("frame-ancestors 'self' https://shop.example"));
    for (origin, allowed) in [("https://shop.example", "https://shop.example"), ("https://evil.test", ""), ("null", "")]
    {
        let asked = request(Method::GET, &format!("/api/v1/widget/{key}/status"), None);
        let answer = world.send(asked.insert_header((header::ORIGIN, origin))).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, allowed), "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert_eq!(answer.header("vary"), "Origin");
    }
}
