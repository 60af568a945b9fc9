//! Requests that no client library sends: broken, lying, greedy, slow. Each is answered in the documented way, nothing else
//! changes, and the server lives.

use serde_json::Value;

use crate::house::Server;
use crate::people::Account;
use crate::raw::connect;
use crate::wire::Wire;

const LOG_IN: &str = "POST /api/v1/login HTTP/1.1\r\nhost: x\r\n";
const NOBODY: &str = r#"{"email":"nobody@nowhere.test","password":"wrong"}"#;

/// What its admin sees of an account.
async fn state(account: &Account) -> Vec<Value> {
    let api = &account.operators[0].api;
    let mut seen = Vec::new();
    for path in ["account", "operators", "presence", "conversations", "emails", "sessions"] {
        seen.push(api.get(&format!("/api/v1/{path}")).await);
    }
    seen
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
}

fn log_in(headers: &str, body: &str) -> String {
    format!("{LOG_IN}{headers}\r\n{body}")
}

fn with_header(header: &str) -> String {
    format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{header}\r\n\r\n")
}

#[actix_rt::test]
async fn what_is_no_request_is_a_problem_and_the_end() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let before = state(&account).await;
    let chunked = "transfer-encoding: chunked\r\n";
    for (what, bytes) in [
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
        ("TLS", [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], &[0; 100]].concat()),
        ("HTTP/0.9", b"GET /healthz\r\n\r\n".to_vec()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("HTTP/3.0", b"GET / HTTP/3.0\r\nhost: x\r\n\r\n".to_vec()),
        ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n".to_vec()),
        ("two Hosts", b"GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_vec()),
        ("a space in the URL", get("/a b").into()),
        ("a URL that is not ASCII", get("/ř").into()),
        ("a URL that is not UTF-8", b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("NUL in the URL", get("/\0").into()),
        ("NUL in a header", with_header("x: a\0b").into()),
        ("a line break in a header's name", with_header("x\ny: a").into()),
        ("a folded header", with_header("x: a\r\n b").into()),
        ("a space before the colon", with_header("x : a").into()),
        ("a header without a name", with_header(": a").into()),
        ("length and chunks", log_in(&format!("content-length: 2\r\n{chunked}"), "{}").into()),
        ("chunks and length", log_in(&format!("{chunked}content-length: 4\r\n"), "2\r\n{}\r\n0\r\n\r\n").into()),
        ("two lengths", log_in("content-length: 2\r\ncontent-length: 3\r\n", "{}").into()),
        ("two equal lengths", log_in("content-length: 2\r\ncontent-length: 2\r\n", "{}").into()),
        ("a list of lengths", log_in("content-length: 2, 2\r\n", "{}").into()),
        ("a negative length", log_in("content-length: -1\r\n", "").into()),
        ("a length with a sign", log_in("content-length: +2\r\n", "{}").into()),
        ("a hexadecimal length", log_in("content-length: 0x2\r\n", "{}").into()),
        ("an endless length", log_in("content-length: 99999999999999999999999\r\n", "{}").into()),
        ("two codings", log_in(&format!("{chunked}transfer-encoding: identity\r\n"), "0\r\n\r\n").into()),
        ("an unknown coding", log_in("transfer-encoding: xchunked\r\n", "0\r\n\r\n").into()),
        ("a coding before the chunks", log_in("transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n").into()),
        ("a coding with a tab", log_in("transfer-encoding:\tchunked;x\r\n", "0\r\n\r\n").into()),
        ("chunks in HTTP/1.0", b"POST /api/v1/login HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_vec()),
    ] {
        // What a confused proxy would take for the next request is never answered.
        let smuggled = [&bytes[..], get("/healthz").as_bytes()].concat();
        let mut wire = Wire::say(server.address, &smuggled).await;
        let told = wire.told().await;
        assert_eq!((told.status, told.problem().as_str()), (400, "bad_request"), "{what}");
        assert!(wire.ends().await, "{what}");
    }
    assert_eq!(state(&account).await, before);
}

#[actix_rt::test]
async fn what_is_too_big_is_said_to_be_so() {
    let server = Server::start(&[]).await;
    let many = "x: a\r\n".repeat(120);
    let long = |kib: usize| "a".repeat(kib * 1_024);
    for (what, bytes, status, code) in [
        ("a URL of 9 KiB", get(&format!("/{}", long(9))), 414, "too_long"),
        ("a query of 60 KiB", get(&format!("/api/v1/conversations?q={}", long(60))), 414, "too_long"),
        ("a URL of 100 KiB", get(&format!("/api/v1/conversations?q={}", long(100))), 400, "bad_request"),
        ("a URL of 200 KiB", get(&format!("/{}", long(200))), 431, "too_long"),
        ("a header of 200 KiB", with_header(&format!("x: {}", long(200))), 431, "too_long"),
        ("120 headers", with_header(many.trim_end()), 431, "too_long"),
        ("a body of 65 KiB", log_in(&format!("content-length: {}\r\n", 65 * 1_024), &long(65)), 413, "too_long"),
        ("a body that is announced", log_in("content-length: 1000000000000000\r\n", "{"), 413, "too_long"),
        (
            "chunks of 65 KiB",
            log_in("transfer-encoding: chunked\r\n", &format!("{:x}\r\n{}", 65 * 1_024, long(65))),
            413,
            "too_long",
        ),
    ] {
        let told = Wire::say(server.address, bytes.as_bytes()).await.told().await;
        assert_eq!((told.status, told.problem().as_str()), (status, code), "{what}");
    }
    let big = with_header(&format!("x: {}", long(60)));
    assert_eq!(Wire::say(server.address, big.as_bytes()).await.told().await.status, 200, "cookies may be many");
}

#[actix_rt::test]
async fn a_body_that_lies_is_refused_and_what_follows_it_is_not_taken_for_it() {
    let server = Server::start(&[]).await;
    let chunked = "transfer-encoding: chunked\r\n";
    for (what, bytes, status, code) in [
        ("no chunk size", log_in(chunked, "zz\r\n{}\r\n0\r\n\r\n"), 400, "bad_request"),
        ("an endless chunk size", log_in(chunked, "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"), 400, "bad_request"),
        ("a chunk that is longer than it says", log_in(chunked, "1\r\n{}\r\n0\r\n\r\n"), 400, "bad_request"),
        ("a body that is shorter than it is", log_in("content-length: 1\r\n", "{}"), 400, "bad_request"),
        ("packed", log_in("content-length: 3\r\ncontent-encoding: gzip\r\n", "\x1f\x0b\x08"), 400, "bad_request"),
    ] {
        let mut wire = Wire::say(server.address, bytes.as_bytes()).await;
        let told = wire.told().await;
        assert_eq!((told.status, told.problem().as_str()), (status, code), "{what}");
    }
    let mut broken_off = Wire::say(server.address, log_in("content-length: 50\r\n", "{}").as_bytes()).await;
    tokio::io::AsyncWriteExt::shutdown(&mut broken_off.stream).await.unwrap();
    assert_eq!(broken_off.told().await.problem(), "bad_request");

    // Whole requests in one breath, each with its own answer.
    let length = format!("content-length: {}\r\n", NOBODY.len());
    let chunks = format!("{:x};note=x\r\n{NOBODY}\r\n0\r\nx-trailer: y\r\n\r\n", NOBODY.len());
    let all = [log_in(&length, NOBODY), get("/healthz"), log_in(chunked, &chunks), get("/nothing")].concat();
    let mut wire = Wire::say(server.address, all.as_bytes()).await;
    for status in [401, 200, 401, 404] {
        assert_eq!(wire.told().await.status, status);
    }
}

#[actix_rt::test]
async fn many_requests_in_one_breath_are_answered_in_order() {
    let server = Server::start(&[]).await;
    let all = (0..60).map(|n| get(if n % 3 == 0 { "/healthz" } else { "/nothing" })).collect::<String>();
    let mut wire = Wire::say(server.address, all.as_bytes()).await;
    for n in 0..60 {
        assert_eq!(wire.told().await.status, if n % 3 == 0 { 200 } else { 404 }, "{n}");
    }
}

#[actix_rt::test]
async fn unusual_requests_are_understood() {
    let server = Server::start(&[]).await;
    for (what, bytes, status) in [
        ("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n".to_owned(), 200),
        ("absolute", get("http://elsewhere.test/healthz"), 200),
        ("line feeds alone", "GET /healthz HTTP/1.1\nhost: x\n\n".to_owned(), 200),
        ("an expectation that nobody knows", with_header("expect: 200-ok"), 200),
        ("an upgrade to something else", with_header("connection: upgrade\r\nupgrade: h2c"), 200),
        ("*", "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 404),
        ("a tunnel", "CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 404),
        ("a socket that is none", get("/ws/operator"), 426),
    ] {
        let told = Wire::say(server.address, bytes.as_bytes()).await.told().await;
        assert_eq!(told.status, status, "{what}: {told:?}");
        if status != 200 {
            told.problem();
        }
    }
    let headers = format!("expect: 100-continue\r\ncontent-length: {}\r\n", NOBODY.len());
    let mut patient = Wire::say(server.address, log_in(&headers, "").as_bytes()).await;
    assert_eq!(patient.told().await.status, 100);
    patient.more(NOBODY.as_bytes()).await;
    assert_eq!(patient.told().await.status, 401);
}

#[actix_rt::test]
async fn no_path_leads_out_of_the_pages() {
    let server = Server::start(&[]).await;
    for path in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/shared/../../Cargo.toml",
        "/shared/%2e%2e/%2e%2e/Cargo.toml",
        "/..%5cCargo.toml",
        "/%252e%252e/Cargo.toml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/static/index.html",
        "/./Cargo.toml",
        "/index.html%00.css",
        "/%",
        "/%zz",
        "/%ff.css",
        "//evil.test/%2e%2e",
        "/demo/../Cargo.toml",
        "/demo/%2e%2e/dashboard/index.html",
        "/widget/..%2f..%2fCargo.toml",
    ] {
        let told = Wire::say(server.address, get(path).as_bytes()).await.told().await;
        assert_eq!((told.status, told.problem().as_str()), (404, "not_found"), "{path}");
    }
}

/// Long enough for a machine with much else to do, short enough to wait for.
const DEADLINES: [(&str, &str); 2] = [("limits.handshake_deadline", "'2s'"), ("limits.request_deadline", "'1500ms'")];

#[actix_rt::test]
async fn nobody_holds_a_connection_by_being_slow() {
    let server = Server::start(&DEADLINES).await;
    let slow = [
        ("nothing", String::new(), ""),
        ("half a head", "GET / HTTP/1.1\r\nx: ".into(), "a"),
        ("half a head of an upgrade", "GET /ws/visitor HTTP/1.1\r\nupgrade: websocket\r\nx: ".into(), "a"),
        ("half a body", log_in("content-length: 10000\r\n", "{"), " "),
        ("chunk by chunk", log_in("transfer-encoding: chunked\r\n", ""), "1\r\n \r\n"),
    ];
    let answers = slow.into_iter().map(async |(what, first, then)| {
        let told = Wire::say(server.address, first.as_bytes()).await.drip(then.as_bytes()).await;
        let told = told.unwrap_or_else(|| panic!("{what} is answered"));
        assert_eq!((told.status, told.problem().as_str()), (408, "request_timeout"), "{what}");
    });
    // After an answer, too.
    let half_of_a_second_head = async {
        let mut wire = Wire::say(server.address, get("/healthz").as_bytes()).await;
        assert_eq!(wire.told().await.status, 200);
        wire.more(b"GET / HTTP/1.1\r\nx: ").await;
        assert!(wire.drip(b"a").await.is_none(), "half of a second head");
    };
    let a_body_that_nobody_asked_for = async {
        let mut wire = Wire::say(server.address, with_header("content-length: 10000").as_bytes()).await;
        assert_eq!(wire.told().await.status, 200);
        assert!(wire.drip(b" ").await.is_none(), "a body that nobody asked for");
    };
    let later = async { tokio::join!(half_of_a_second_head, a_body_that_nobody_asked_for) };
    tokio::join!(futures_util::future::join_all(answers), later);
}

#[actix_rt::test]
async fn a_connection_over_which_nothing_comes_is_closed_after_its_time_and_that_is_no_offence() {
    let server = Server::start(&[("server.keep_alive", "'1s'")]).await;
    let mut wire = Wire::say(server.address, get("/healthz").as_bytes()).await;
    assert_eq!(wire.told().await.status, 200);
    assert!(wire.ends().await);
    let figures = server.api().call("GET", "/metrics", None).await.unwrap().body;
    assert!(!figures.contains("doorbell_limited_total"), "{figures}");
}

#[actix_rt::test]
async fn who_reads_no_answer_is_cut_off() {
    let server = Server::start(&DEADLINES).await;
    let mut greedy = connect(server.address).await;
    let request = get("/shared/base.css");
    let cut_off = async { while tokio::io::AsyncWriteExt::write_all(&mut greedy, request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(crate::house::DEADLINE, cut_off).await.expect("the connection is reset");
    assert_eq!(server.api().call("GET", "/healthz", None).await.unwrap().status, 200);
}
