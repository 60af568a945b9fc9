//! Every frame that the server tells, on real sockets of a real process; and what it tells when its store or its relay is of
//! no use.

use std::collections::BTreeSet;

use doorbell::domain::account::Locale;
use doorbell::domain::conversation::message::Happened;
use doorbell::domain::ids::OperatorId;
use doorbell::locale;
use doorbell::wire::server_frames::{TO_OPERATORS, TO_VISITORS};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Server, eventually};
use crate::people::{Account, Device, Operator, operator_hello, text};
use crate::sink::{CA_FILE, Sink, Tls};
use crate::socket::Socket;

fn of(kind: &'static str) -> impl Fn(&Value) -> bool {
    move |frame| frame["type"] == kind
}

/// A visitor who reads Czech.
async fn czech_visitor(account: &Account, token: Option<&str>) -> Socket {
    let mut socket = Socket::open(account.address, "/ws/visitor", "a Czech visitor").await.unwrap();
    let page = json!({ "url": "https://shop.test/", "title": "Shop" });
    let hello = json!({ "type": "hello", "key": account.key, "visitor": token, "locale": "cs-CZ", "page": page });
    socket.send(hello).await;
    socket
}

#[tokio::test]
async fn every_frame_of_the_tables_is_told_and_no_other() {
    let server = Server::start(&[]).await;
    let account = server.account("pro", 2).await;
    let [anna, bob] = &account.operators[..] else { panic!("two operators") };
    let mut desk = anna.at("desk", "offline").await;
    let mut visitor = czech_visitor(&account, None).await;
    let token = text(&visitor.wait("a welcome", of("welcome")).await["visitor"]["token"]);

    // A message while everybody is away: a timer, a letter.
    let said = visitor.must(json!({ "type": "message", "text": "Dobrý den", "client_id": "1" })).await;
    let conversation = &said["conversation"];
    desk.socket.wait("the message", |frame| frame["type"] == "message" && frame["text"] == "Dobrý den").await;
    let running = |frame: &Value| frame["type"] == "timer" && frame["state"] == "running";
    assert_eq!(desk.socket.wait("a timer", running).await["kind"], "offline");
    let with_timer = |frame: &Value| frame["type"] == "conversation" && frame["timer"]["kind"] == "offline";
    let summary = desk.socket.wait("a summary with the timer", with_timer).await;
    assert_eq!(summary["timer"]["recipients"], json!([anna.id, bob.id]));
    assert_eq!(summary["timer"]["cancels"], json!(["online", "open", "join", "reply", "close"]));
    let fired = |frame: &Value| frame["type"] == "timer" && frame["state"] == "fired";
    desk.socket.wait("its end", fired).await;
    for state in ["queued", "sending", "sent"] {
        let moved =
            |frame: &Value| frame["type"] == "email" && frame["operator"] == *bob.id && frame["state"] == *state;
        assert_eq!(desk.socket.wait("a letter's state", moved).await["conversation"], *conversation);
    }
    let mailed = |frame: &Value| frame["type"] == "conversation" && frame["email"]["state"] == "sent";
    desk.socket.wait("a summary with the letter's state", mailed).await;

    // Somebody comes: who, on which device, and the box because of that.
    let mut phone = anna.at("phone", "online").await;
    desk.socket.wait("a status", |f| f["type"] == "presence" && f["status"] == "online").await;
    let two = |frame: &Value| frame["type"] == "devices" && frame["devices"].as_array().is_some_and(|d| d.len() == 2);
    desk.socket.wait("both devices", two).await;
    desk.socket.wait("the box", |f| f["type"] == "chat" && f["status"] == "online").await;
    visitor.wait("the box", |f| f["type"] == "chat" && f["status"] == "online").await;
    let presence = bob.api.get("/api/v1/presence").await;
    let [because] = &presence["chat"][0]["because"].as_array().unwrap()[..] else { panic!("{presence:#}") };
    assert_eq!((&because["operator"], &because["device"]), (&json!(anna.id), &json!("phone")));
    assert!(because["last_seen"].is_string(), "{because}");

    // Joining, typing, reading, answering, leaving, closing: over the socket and over HTTP alike.
    phone.act("join", text(conversation).as_str()).await;
    let joined = visitor.wait("a joining", of("operator_joined")).await;
    let name = text(&joined["name"]);
    let by = OperatorId(anna.id.parse::<Uuid>().unwrap());
    let is_event =
        |code: &'static str| move |frame: &Value| frame["type"] == "message" && frame["event"]["code"] == *code;
    let happened = Happened::Joined { operator: by, name: name.clone() };
    let sentence = |locale| locale::language(locale).system_message(&happened);
    assert_eq!(visitor.wait("the event", is_event("joined")).await["text"], sentence(Locale::Cs));
    assert_eq!(desk.socket.wait("the event", is_event("joined")).await["text"], sentence(Locale::En));
    desk.socket.wait("counts", |f| f["type"] == "counts" && f["mine"] == 1).await;
    visitor.must(json!({ "type": "typing", "on": true })).await;
    desk.socket.wait("typing", of("typing")).await;
    phone.socket.must(json!({ "type": "typing", "conversation": conversation, "on": true })).await;
    assert_eq!(visitor.wait("typing", of("typing")).await["name"], *name);
    phone.reply(&text(conversation), "Good day").await;
    let reply = visitor.wait("a reply", |f| f["type"] == "message" && f["author"]["kind"] == "operator").await;
    visitor.must(json!({ "type": "read", "seq": reply["seq"] })).await;
    assert_eq!(desk.socket.wait("a reading", of("read")).await["seq"], reply["seq"]);
    visitor.must(json!({ "type": "message", "text": "Děkuji", "client_id": "2" })).await;
    anna.act(&text(conversation), "open").await;
    visitor.wait("a reading", of("read")).await;
    anna.act(&text(conversation), "leave").await;
    visitor.wait("a leaving", of("operator_left")).await;
    phone.act("close", text(conversation).as_str()).await;
    visitor.wait("a closing", of("closed")).await;

    // The visitor moves on, and is gone.
    visitor.must(json!({ "type": "page", "url": "https://shop.test/basket" })).await;
    let moved = |frame: &Value| frame["type"] == "visitor" && frame["page"]["url"] == "https://shop.test/basket";
    desk.socket.wait("a page", moved).await;
    let visitor_told = visitor.heard_types();
    visitor.vanish().await;
    desk.socket.wait("a leaving", |f| f["type"] == "visitor" && f["online"] == false).await;
    let again = czech_visitor(&account, Some(&token)).await;
    let welcome = again.wait("a welcome", of("welcome")).await;
    assert_eq!(welcome["conversation"]["messages"][0]["text"], "Dobrý den");

    // Settings, and what follows from them for an admin.
    anna.api.patch("/api/v1/account", json!({ "allowed_origins": ["https://shop.test"] })).await;
    desk.socket.wait("the settings", of("settings")).await;
    let notice = desk.socket.wait("a notice", of("notice")).await;
    assert_eq!((&notice["code"], &notice["on"]), (&json!("any_origin"), &json!(false)));

    // The answers that are no news.
    desk.socket.must(json!({ "type": "ping" })).await;
    assert_eq!(desk.socket.ask(json!({ "type": "open" })).await["code"], "bad_frame");
    let mut clumsy = czech_visitor(&account, None).await;
    clumsy.must(json!({ "type": "ping" })).await;
    assert_eq!(clumsy.ask(json!({ "type": "message" })).await["code"], "bad_frame");

    assert_eq!(desk.socket.heard_types(), TO_OPERATORS.map(str::to_owned).into());
    let to_visitors: BTreeSet<_> = visitor_told.union(&clumsy.heard_types()).cloned().collect();
    assert_eq!(to_visitors, TO_VISITORS.map(str::to_owned).into());
}

/// Holds the store's file as a command that writes for very long would, until it is dropped.
fn hold_the_store(server: &Server) -> rusqlite::Connection {
    let holder = rusqlite::Connection::open(server.dir.path().join("doorbell.db")).unwrap();
    holder.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    holder
}

#[tokio::test]
async fn while_the_store_takes_nothing_boxes_are_stale_and_nothing_is_acknowledged() {
    let server = Server::start(&[("presence.stale_after", "'1s'")]).await;
    let account = server.account("pro", 1).await;
    let anna = &account.operators[0];
    let mut desk = anna.at("desk", "online").await;
    let mut visitor = account.visitor().await;
    let said = visitor.say("Hello").await;
    let shown = visitor.welcome["chat"].clone();
    assert_eq!((&shown["status"], shown.get("stale")), (&json!("online"), None));

    let holder = hold_the_store(&server);
    visitor.socket.send(json!({ "type": "message", "id": "late", "text": "Still there?", "client_id": "2" })).await;
    let stale = visitor.socket.wait("a stale box", |f| f["type"] == "chat" && f["stale"] == true).await;
    assert_eq!((&stale["status"], &stale["since"]), (&shown["status"], &shown["since"]));
    desk.socket.wait("a stale box", |f| f["type"] == "chat" && f["stale"] == true).await;
    let is_notice = |frame: &Value| frame["type"] == "notice" && frame["code"] == "store_stale";
    assert_eq!(desk.socket.wait("a notice", is_notice).await["on"], true);
    let unready = server.api().call("GET", "/readyz", None).await.unwrap();
    assert_eq!((unready.status, &unready.json()["reasons"][0]["code"]), (503, &json!("store_away")));
    assert_eq!(anna.api.get("/api/v1/presence").await["chat"][0]["stale"], true);
    let notices = anna.api.get("/api/v1/notices").await;
    assert!(notices["items"].as_array().unwrap().iter().any(|n| n["code"] == "store_stale"), "{notices:#}");
    let stranger = account.visitor().await;
    assert_eq!(
        (&stranger.welcome["chat"]["stale"], &stranger.welcome["chat"]["status"]),
        (&json!(true), &json!("online"))
    );
    assert!(!visitor.socket.has_heard(|f| f["id"] == "late"), "it was acknowledged before it was stored");

    visitor.socket.mark();
    desk.socket.mark();
    drop(holder);
    let ack = visitor.socket.wait("the acknowledgement", |f| f["type"] == "ack" && f["id"] == "late").await;
    assert_eq!(ack["seq"], said.seq + 1);
    let fresh = visitor.socket.wait("a fresh box", of("chat")).await;
    assert_eq!((fresh.get("stale"), &fresh["since"]), (None, &shown["since"]));
    let fresh = desk.socket.wait("a fresh box", of("chat")).await;
    assert_eq!(fresh.get("stale"), None);
    assert_eq!(desk.socket.wait("the notice's end", is_notice).await["on"], false);
    assert_eq!(server.api().call("GET", "/readyz", None).await.unwrap().status, 200);
    assert_eq!(anna.messages(&said.conversation).await.len(), 2);
}

#[tokio::test]
async fn a_relay_that_refuses_the_log_in_is_a_notice_until_it_lets_the_server_in() {
    let relay = Sink::start_with(Tls::Implicit);
    relay.wants_login("doorbell", "another password");
    let url = format!("'smtps://doorbell:secret@{}'", relay.address);
    let ca_file = format!("'{CA_FILE}'");
    let overrides =
        [("mail.smtp_url", url.as_str()), ("mail.ca_file", ca_file.as_str()), ("mail.retry_initial", "'200ms'")];
    let server = Server::start(&overrides).await;
    let account = server.account("pro", 2).await;
    let [anna, bob] = &account.operators[..] else { panic!("two operators") };
    let desk = Device::open(anna, "desk", "offline").await.unwrap();
    let agents = Socket::open(server.address, "/ws/operator", "an agent").await.unwrap();
    let agents = greeted(agents, bob).await;
    account.visitor().await.say("Hello").await;
    let is_notice = |frame: &Value| frame["type"] == "notice" && frame["code"] == "relay_auth";
    let begun = desk.socket.wait("a notice", is_notice).await;
    assert_eq!(begun["on"], true);
    let listed = anna.api.get("/api/v1/notices").await["items"][0].clone();
    assert_eq!((&listed["code"], &listed["since"]), (&json!("relay_auth"), &begun["since"]));
    assert!(relay.bodies().is_empty());

    relay.wants_login("doorbell", "secret");
    desk.socket.wait("its end", |frame| is_notice(frame) && frame["on"] == false).await;
    eventually("both letters", async || (relay.accepted().len() == 2).then_some(())).await;
    let listed = anna.api.get("/api/v1/notices").await;
    assert!(!listed["items"].as_array().unwrap().iter().any(|n| n["code"] == "relay_auth"), "{listed:#}");
    assert!(!agents.has_heard(is_notice), "an agent can do nothing about it");
}

async fn greeted(mut socket: Socket, operator: &Operator) -> Socket {
    socket.send(operator_hello(operator, "phone", "offline")).await;
    let welcome = socket.wait("a welcome", of("welcome")).await;
    assert_eq!(welcome["notices"], json!([]));
    socket
}
