//! What is there without a log-in: pages, the widget, health.

use actix_web::http::{Method, header};
use doorbell::domain::account::Plan;
use serde_json::json;

use crate::world::{Setting, World, request};

#[actix_rt::test]
async fn the_pages_are_there() {
    let world = World::new().await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/dashboard", "text/html"),
        ("/dashboard/main.js", "javascript"),
        ("/dashboard/dashboard.css", "text/css"),
        ("/demo", "text/html"),
        ("/widget.js", "javascript"),
        ("/shared/base.css", "text/css"),
        ("/reference", "text/html"),
        ("/reference/reference.js", "javascript"),
    ] {
        let answer = world.call(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").contains(kind), "{path}: {}", answer.header("content-type"));
    }
    assert!(world.call(Method::GET, "/demo", None).await.text.contains("doorbell demo"));
    for none in ["/demo/mailbox.html", "/demo/demo.css", "/demo/index.html", "/demo/off.html", "/demo/world.json"] {
        assert_eq!(world.call(Method::GET, none, None).await.problem(), "not_found", "{none}");
    }
    assert_eq!(world.call(Method::GET, "/../Cargo.toml", None).await.problem(), "not_found");
    let demo = World::with(Setting { demo: true, ..Setting::default() }).await;
    assert_eq!(demo.call(Method::GET, "/demo/mailbox.html", None).await.status, 200);
}

#[actix_rt::test]
async fn a_widget_says_whether_somebody_is_there_to_whom_it_may() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let url = format!("/api/v1/widget/{}/status", account.widget_keys[0].key);
    let from = |origin: &'static str| {
        let sent = request(Method::GET, &url, None).insert_header((header::ORIGIN, origin));
        world.send(sent)
    };
    assert_eq!(from("https://any.example").await.header("access-control-allow-origin"), "https://any.example");
    let admin = world.log_in("admin@shop.test").await;
    admin.patch("/api/v1/account", json!({ "allowed_origins": ["https://shop.example"] })).await;
    let answer = from("https://shop.example").await;
    assert_eq!(answer.json()["status"], "offline");
    assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
    assert_eq!(from("https://evil.test").await.header("access-control-allow-origin"), "");
    assert_eq!(world.call(Method::GET, "/api/v1/widget/no-such-key/status", None).await.problem(), "not_found");
    let page = world.call(Method::GET, &format!("/widget/{}", account.widget_keys[0].key), None).await;
    assert!(page.header("content-security-policy").ends_with("frame-ancestors 'self' https://shop.example"));
}

#[actix_rt::test]
async fn a_frame_with_a_key_that_is_none_says_so_in_words() {
    let world = World::new().await;
    let ask = async |accept: &str, language: &str| {
        let sent = request(Method::GET, "/widget/no-such-key", None).insert_header((header::ACCEPT, accept));
        world.send(sent.insert_header((header::ACCEPT_LANGUAGE, language))).await
    };
    for (language, tag) in [("cs", "lang=\"cs\""), ("de, en;q=0.5", "lang=\"en\""), ("de", "lang=\"en\"")] {
        let page = ask("text/html,application/xhtml+xml,*/*;q=0.8", language).await;
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(page.text.contains(tag), "{language}: {}", page.text);
        assert!(page.header("content-security-policy").ends_with("frame-ancestors *"));
        assert_eq!(page.header("cross-origin-resource-policy"), "cross-origin");
    }
    for accept in ["application/json", "*/*"] {
        assert_eq!(ask(accept, "en").await.problem(), "not_found");
    }
}

#[actix_rt::test]
async fn health_readiness_and_figures() {
    let world = World::new().await;
    assert_eq!(world.call(Method::GET, "/healthz", None).await.status, 200);
    assert_eq!(world.call(Method::HEAD, "/healthz", None).await.status, 200);
    assert_eq!(world.call(Method::GET, "/readyz", None).await.json(), json!({ "ready": true, "reasons": [] }));
    let metrics = world.call(Method::GET, "/metrics", None).await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    assert!(metrics.text.contains("# TYPE doorbell_uptime_seconds gauge"));
}
