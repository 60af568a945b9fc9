//! Peers that misbehave, and a server that goes away in order.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::{DEADLINE, Server};
use crate::people::{Account, operator_hello};
use crate::raw::{Heard, Raw, connect, masked};

/// What is impatient is so for a second.
const IMPATIENT: [(&str, &str); 2] = [("limits.hello_deadline", "'1s'"), ("limits.write_deadline", "'1s'")];

fn visitor_hello(account: &Account) -> Value {
    json!({ "type": "hello", "key": account.key })
}

/// Hears a welcome.
async fn welcomed(raw: &mut Raw) {
    let Heard::Frame(frame) = raw.hear().await else { panic!("no welcome") };
    assert_eq!(frame["type"], "welcome", "{frame}");
}

#[tokio::test]
async fn p6_a_peer_that_stops_reading_stalls_nobody_and_is_soon_seen_as_gone() {
    // Heartbeats that outlast the test: only the deadline for writing can find this peer.
    let overrides = [IMPATIENT[0], IMPATIENT[1], ("presence.heartbeat", "'60s'")];
    let server = Server::start(&overrides).await;
    let account = server.account("standard", 2).await;
    let mut watcher = account.operators[1].at("laptop", "online").await;
    let mut deaf = Raw::open(server.address, "/ws/operator").await;
    deaf.say(&operator_hello(&account.operators[0], "phone", "online")).await;
    welcomed(&mut deaf).await;
    let is_now = |status: &'static str| {
        let id = account.operators[0].id.clone();
        move |f: &Value| f["type"] == "presence" && f["operator"] == *id && f["status"] == status
    };
    watcher.socket.wait("they are online", is_now("online")).await;
    watcher.socket.mark();
    // From here on nothing is read. What it is told fills the kernel's buffers, and the visitor feels nothing of it.
    let mut eva = account.visitor().await;
    let words = "x".repeat(4_000);
    let told = async {
        loop {
            eva.say(&words).await;
        }
    };
    tokio::select! {
        () = told => {}
        _ = watcher.socket.wait("they are offline", is_now("offline")) => {}
    }
}

#[tokio::test]
async fn a_socket_that_never_says_hello_is_closed() {
    let server = Server::start(&IMPATIENT).await;
    for path in ["/ws/operator", "/ws/visitor"] {
        let mut silent = Raw::open(server.address, path).await;
        assert_eq!(silent.hear_out().await, (vec![], Some(4001)), "{path}");
    }
}

#[tokio::test]
async fn a_hello_of_a_byte_a_time_is_no_hello_in_time() {
    let server = Server::start(&IMPATIENT).await;
    let account = server.account("standard", 1).await;
    let mut raw = Raw::open(server.address, "/ws/visitor").await;
    let (mut read, mut write) = raw.stream.split();
    let drip = async {
        for byte in masked(&visitor_hello(&account).to_string()) {
            if write.write_all(&[byte]).await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let mut heard = Vec::new();
    tokio::select! {
        () = drip => panic!("it was heard out"),
        ended = tokio::time::timeout(DEADLINE, read.read_to_end(&mut heard)) => drop(ended.expect("it is closed")),
    }
    assert!(heard.starts_with(&[0x88]), "a close frame");
    assert_eq!(heard[2..4], 4001_u16.to_be_bytes());
}

#[tokio::test]
async fn a_request_of_a_byte_a_time_holds_nothing_for_ever() {
    let server = Server::start(&[]).await;
    let mut stream = connect(server.address).await;
    let (mut read, mut write) = stream.split();
    let drip = async {
        loop {
            if write.write_all(b"G").await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let mut heard = Vec::new();
    tokio::select! {
        () = drip => {}
        ended = tokio::time::timeout(DEADLINE, read.read_to_end(&mut heard)) => drop(ended.expect("it is cut")),
    }
}

#[tokio::test]
async fn what_comes_after_bye_is_not_done() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let mut raw = Raw::open(server.address, "/ws/visitor").await;
    raw.say(&visitor_hello(&account)).await;
    welcomed(&mut raw).await;
    let message = json!({ "type": "message", "id": "1", "text": "too late", "client_id": "1" });
    let both = [masked(&json!({ "type": "bye" }).to_string()), masked(&message.to_string())].concat();
    raw.stream.write_all(&both).await.unwrap();
    let (frames, _) = raw.hear_out().await;
    assert_eq!(frames, Vec::<Value>::new(), "neither acknowledged nor refused");
    server.a_delay_passes().await;
    let inbox = account.operators[0].api.get("/api/v1/conversations?view=all").await;
    assert_eq!(inbox["items"], json!([]));
}

#[tokio::test]
async fn malformed_frames_are_answered_and_too_many_end_the_socket() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let mut raw = Raw::open(server.address, "/ws/visitor").await;
    raw.say(&visitor_hello(&account)).await;
    welcomed(&mut raw).await;
    for n in 1..=10 {
        raw.stream.write_all(&masked("{ no JSON")).await.unwrap();
        let Heard::Frame(error) = raw.hear().await else { panic!("closed after {n}") };
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("bad_frame")));
    }
    raw.say(&json!({ "type": "message", "id": "1", "text": "still here", "client_id": "1" })).await;
    loop {
        let Heard::Frame(frame) = raw.hear().await else { panic!("closed too early") };
        if frame["type"] == "ack" {
            break;
        }
        assert_eq!(frame["type"], "message", "its other tabs are told, and it is one: {frame}");
    }
    raw.stream.write_all(&masked("{ no JSON")).await.unwrap();
    let (_, code) = raw.hear_out().await;
    assert_eq!(code, Some(4029));
}

#[tokio::test]
async fn a_server_that_is_told_to_end_sends_its_clients_away_and_ends_well() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let laptop = account.operators[0].at("laptop", "online").await;
    let eva = account.visitor().await;
    let mut deaf = Raw::open(server.address, "/ws/visitor").await;
    deaf.say(&visitor_hello(&account)).await;
    server.terminate();
    assert_eq!(laptop.socket.closed().await, Some(1012));
    assert_eq!(eva.socket.closed().await, Some(1012));
    let status = server.ended().await;
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_message_that_was_acknowledged_before_the_end_is_there_after_the_next_start() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let mut eva = account.visitor().await;
    let mut acknowledged = Vec::new();
    let writes = async {
        loop {
            let words = format!("message {}", acknowledged.len());
            match eva.try_say(&words, &words).await {
                Ok(said) => acknowledged.push(said),
                Err(code) => return code,
            }
            if acknowledged.len() == 20 {
                server.terminate();
            }
        }
    };
    assert_eq!(writes.await, Some(1012));
    assert!(server.ended().await.success());
    server.begin().await;
    let messages = account.operators[0].messages(&acknowledged[0].conversation).await;
    for said in &acknowledged {
        assert!(messages.contains(&(said.seq, said.text.clone())), "{said:?} of {messages:?}");
    }
}
