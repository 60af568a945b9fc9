//! Who is let through the upgrade.

use super::raw::Raw;
use super::world::{World, calm};

fn request(line: &str, more: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n{more}\r\n")
}

const GOOD: &str = "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[actix_rt::test]
async fn the_example_of_the_rfc_is_switched() {
    let world = World::start(calm());
    let answer = Raw::open(&world, &request("GET /ws/visitor", GOOD)).await.head().await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
    assert!(!answer.contains("sec-websocket-protocol"), "{answer}");
}

#[actix_rt::test]
async fn what_is_no_upgrade_to_a_door_is_a_problem() {
    let world = World::start(calm());
    let no_key = "sec-websocket-version: 13\r\n";
    let bad_key = "sec-websocket-version: 13\r\nsec-websocket-key: c2hvcnQ=\r\n";
    let old = "sec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (line, more, status, code) in [
        ("GET /ws/nowhere", GOOD, 404, "not_found"),
        ("GET /", GOOD, 404, "not_found"),
        ("POST /ws/visitor", GOOD, 405, "method_not_allowed"),
        ("GET /ws/visitor", old, 426, "upgrade_required"),
        ("GET /ws/visitor", "", 426, "upgrade_required"),
        ("GET /ws/visitor", no_key, 400, "bad_request"),
        ("GET /ws/visitor", bad_key, 400, "bad_request"),
    ] {
        let answer = Raw::open(&world, &request(line, more)).await.rest().await;
        let answer = String::from_utf8(answer).expect("a text");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {more}: {answer}");
        assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
        assert!(answer.contains(&format!(r#""code":"{code}""#)), "{line} {more}: {answer}");
    }
}

/// What both say who agree on an upgrade (RFC 6455, 4.2.1).
const AGREED: &str = "connection: Upgrade\r\nupgrade: websocket\r\n";

#[actix_rt::test]
async fn an_upgrade_is_one_in_every_header() {
    let world = World::start(calm());
    let with =
        |version: &str, agreed: &str, more: &str| format!("GET /ws/visitor {version}\r\nhost: x\r\n{agreed}{more}\r\n");
    let twice = |name: &str, value: &str| format!("{GOOD}{name}: {value}\r\n");
    for (what, request, status) in [
        ("any letters", with("HTTP/1.1", "CONNECTION: UPGRADE\r\nUPGRADE: WebSocket\r\n", GOOD), 101),
        ("a list", with("HTTP/1.1", "connection: keep-alive, Upgrade\r\nupgrade: websocket\r\n", GOOD), 101),
        (
            "lines",
            with("HTTP/1.1", "connection: keep-alive\r\nconnection: upgrade\r\nupgrade: websocket\r\n", GOOD),
            101,
        ),
        ("an empty body", with("HTTP/1.1", AGREED, &twice("content-length", "0")), 101),
        (
            "extensions",
            with("HTTP/1.1", AGREED, &twice("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")),
            101,
        ),
        ("HTTP/1.0", with("HTTP/1.0", AGREED, GOOD), 400),
        ("no Connection", with("HTTP/1.1", "upgrade: websocket\r\n", GOOD), 426),
        ("another option", with("HTTP/1.1", "connection: no-upgrade\r\nupgrade: websocket\r\n", GOOD), 426),
        ("two versions", with("HTTP/1.1", AGREED, &twice("sec-websocket-version", "13")), 426),
        (
            "versions in a list",
            with("HTTP/1.1", AGREED, "sec-websocket-version: 13, 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
            426,
        ),
        ("two keys", with("HTTP/1.1", AGREED, &twice("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")), 400),
        (
            "a key of 15 bytes",
            with("HTTP/1.1", AGREED, "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAA\r\n"),
            400,
        ),
        ("a body", with("HTTP/1.1", AGREED, &twice("content-length", "5")), 400),
        ("no Host", format!("GET /ws/visitor HTTP/1.1\r\n{AGREED}{GOOD}\r\n"), 400),
        ("a tail", request("GET /ws/visitor/", GOOD), 404),
        ("another spelling", request("GET /ws/%76isitor", GOOD), 404),
        ("a query", request("GET /ws/visitor?group=x", GOOD), 101),
        ("HEAD", request("HEAD /ws/visitor", GOOD), 405),
    ] {
        let head = Raw::open(&world, &request).await.head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {head}");
        assert!(!head.contains("sec-websocket-extensions"), "none was agreed on: {head}");
        assert_eq!(head.contains("\r\nupgrade: websocket\r\n"), status == 101 || status == 426, "{what}: {head}");
    }
}

#[actix_rt::test]
async fn http_is_served_on_the_same_port() {
    let world = World::start(calm());
    let answer = Raw::open(&world, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.head().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[actix_rt::test]
async fn an_upgrade_may_come_after_other_requests() {
    let world = World::start(calm());
    let mut raw = Raw::open(&world, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(raw.head().await.starts_with("HTTP/1.1 200 "));
    raw.write(request("GET /ws/visitor", GOOD).as_bytes()).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
}

#[actix_rt::test]
async fn a_cookie_from_a_foreign_page_is_403() {
    let world = World::start(calm());
    let cookie = format!("doorbell_session={}", world.known.token);
    let headers = [("cookie", cookie.as_str()), ("origin", "https://evil.test")];
    let refused = world.connect_with("/ws/operator", &headers).await.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(refused.contains("403"), "{refused}");
    // A visitor's cookie says nothing, and whether the page may embed the widget is for the account to say.
    assert!(world.connect_with("/ws/visitor", &headers).await.is_ok());
}

#[actix_rt::test]
async fn the_subprotocol_is_chosen_where_it_is_offered() {
    let world = World::start(calm());
    let offered = [("sec-websocket-protocol", "other, doorbell.v1")];
    let peer = world.connect_with("/ws/visitor", &offered).await.expect("it is let in");
    assert_eq!(peer.subprotocol.as_deref(), Some("doorbell.v1"));
    for (offered, chosen) in [("other, DOORBELL.V1", false), ("doorbell.v10", false), ("doorbell.v1", true)] {
        let offer = format!("{GOOD}sec-websocket-protocol: other\r\nsec-websocket-protocol: {offered}\r\n");
        let head = Raw::open(&world, &request("GET /ws/operator", &offer)).await.head().await;
        assert_eq!(head.contains("sec-websocket-protocol: doorbell.v1\r\n"), chosen, "{offered}: {head}");
        assert!(!head.contains("other"), "{head}");
    }
}
