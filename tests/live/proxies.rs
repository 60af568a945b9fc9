//! Behind a proxy an address is the one for which the proxy speaks; from anybody else the same headers are hot air.

use serde_json::json;

use crate::house::Server;
use crate::wire::Wire;

/// A proxy on this machine, and two log-in attempts a minute for an address.
const BEHIND_A_PROXY: &[(&str, &str)] = &[
    ("server.trusted_proxies", "['127.0.0.1', '10.0.0.0/8']"),
    ("limits.login_attempts_per_minute", "2"),
    ("limits.connections_per_ip", "2"),
];
/// The same without a proxy.
const IN_THE_OPEN: &[(&str, &str)] = &[("limits.login_attempts_per_minute", "2"), ("limits.connections_per_ip", "2")];

/// A log-in attempt with these headers: its status.
async fn attempt(server: &Server, headers: &str) -> u16 {
    // Each for an address of its own, so that only where it comes from is counted.
    let email = format!("nobody-{}@nowhere.test", crate::people::number());
    let body = json!({ "email": email, "password": "wrong" }).to_string();
    let length = body.len();
    let request = format!("POST /api/v1/login HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}");
    Wire::say(server.address, request.as_bytes()).await.told().await.status
}

/// A visitor's socket with these headers, open as long as it is kept, and the status of its upgrade.
async fn socket(server: &Server, headers: &str) -> (Wire, u16) {
    let request = format!(
        "GET /ws/visitor HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    let mut wire = Wire::say(server.address, request.as_bytes()).await;
    let status = wire.told().await.status;
    (wire, status)
}

#[actix_rt::test]
async fn log_ins_are_counted_by_the_address_behind_the_proxy() {
    let server = Server::start(BEHIND_A_PROXY).await;
    let one = "x-forwarded-for: 192.0.2.1\r\n";
    assert_eq!(
        [attempt(&server, one).await, attempt(&server, one).await, attempt(&server, one).await],
        [401, 401, 429]
    );
    assert_eq!(attempt(&server, "x-forwarded-for: 192.0.2.2\r\n").await, 401, "a neighbour is not blamed");
    // What a client makes up stands before what the proxy saw: it changes nothing.
    for made_up in [
        "x-forwarded-for: 203.0.113.7, 192.0.2.1\r\n",
        "x-forwarded-for: 203.0.113.8\r\nx-forwarded-for: 192.0.2.1\r\n",
        "x-forwarded-for: 203.0.113.9, 192.0.2.1, 10.1.2.3\r\n",
        "forwarded: for=203.0.113.10\r\nx-forwarded-for: 192.0.2.1\r\n",
        "x-forwarded-for: nonsense, 192.0.2.1:4711\r\n",
        "x-forwarded-for: 10.9.9.9, 192.0.2.1\r\n",
        "forwarded: for=203.0.113.11, for=\"192.0.2.1:80\";proto=https\r\n",
        "forwarded: for=\"203.0.113.12, for=192.0.2.1\r\n",
    ] {
        assert_eq!(attempt(&server, made_up).await, 429, "{made_up}");
    }
    // A proxy that says nothing, or nothing that can be read, speaks for itself.
    assert_eq!([attempt(&server, "").await, attempt(&server, "x-forwarded-for: unknown\r\n").await], [401, 401]);
    assert_eq!(attempt(&server, "forwarded: for=_hidden\r\n").await, 429);
}

#[actix_rt::test]
async fn sockets_are_counted_by_the_address_behind_the_proxy() {
    let server = Server::start(BEHIND_A_PROXY).await;
    let one = "x-forwarded-for: 192.0.2.1\r\n";
    let (first, second, third) = (socket(&server, one).await, socket(&server, one).await, socket(&server, one).await);
    assert_eq!([first.1, second.1, third.1], [101, 101, 429]);
    assert_eq!(socket(&server, "x-forwarded-for: 203.0.113.7, 192.0.2.1\r\n").await.1, 429);
    let other = socket(&server, "forwarded: for=\"[2001:db8::1]\"\r\n").await;
    assert_eq!(other.1, 101);
    let of_the_same_house = socket(&server, "forwarded: for=\"[2001:db8::2]:443\"\r\n").await;
    assert_eq!(of_the_same_house.1, 101);
    assert_eq!(socket(&server, "x-forwarded-for: 2001:db8::3\r\n").await.1, 429, "an IPv6 household is one");
}

#[actix_rt::test]
async fn without_a_proxy_the_headers_say_nothing() {
    let server = Server::start(IN_THE_OPEN).await;
    let statuses = [
        attempt(&server, "x-forwarded-for: 192.0.2.1\r\n").await,
        attempt(&server, "x-forwarded-for: 192.0.2.2\r\n").await,
        attempt(&server, "forwarded: for=192.0.2.3\r\n").await,
    ];
    assert_eq!(statuses, [401, 401, 429]);
    let sockets = [
        socket(&server, "x-forwarded-for: 192.0.2.1\r\n").await,
        socket(&server, "x-forwarded-for: 192.0.2.2\r\n").await,
        socket(&server, "forwarded: for=192.0.2.3\r\n").await,
    ];
    assert_eq!(sockets.map(|(_, status)| status), [101, 101, 429]);
}
