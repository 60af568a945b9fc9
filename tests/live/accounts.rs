//! Accounts and log-ins on a real server: letters that survive the power switch, devices that are signed out on their sockets,
//! what the command line refuses and tells.

use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{PASSWORD, text};
use crate::sink::{Act, At};

const SOON: [(&str, &str); 2] = [("mail.retry_initial", "'100ms'"), ("mail.uncertain_wait", "'300ms'")];

async fn forgot(server: &Server, email: &str) {
    let answer = server.api().call("POST", "/api/v1/password/forgot", Some(json!({ "email": email }))).await.unwrap();
    assert_eq!(answer.status, 202);
}

async fn bodies(server: &Server, count: usize) {
    let what = format!("{count} bodies");
    eventually(&what, async || (server.sink.bodies().len() == count).then_some(())).await;
}

#[tokio::test]
async fn e4_a_note_that_was_on_its_way_when_the_power_went_is_sent_once_more_and_never_a_third_time() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("free", 1).await;
    let email = &account.operators[0].email;
    // The relay takes the whole letter in, twice, and nobody hears its answer.
    server.sink.on(At::Dot, Act::Silence);
    server.sink.on(At::Dot, Act::Silence);
    forgot(&server, email).await;
    bodies(&server, 1).await;
    server.kill9();
    server.begin().await;
    bodies(&server, 2).await;
    server.kill9();
    server.begin().await;
    // The letter of somebody else who forgot later shows that this one has had its turn.
    let other = server.account("free", 1).await;
    eventually("the next letter", async || {
        forgot(&server, &other.operators[0].email).await;
        server.sink.accepted().iter().any(|mail| mail.to == other.operators[0].email).then_some(())
    })
    .await;
    let mails: Vec<_> = server.sink.bodies().into_iter().filter(|mail| mail.to == *email).collect();
    assert_eq!((mails.len(), &mails[0].raw), (2, &mails[1].raw));
}

#[tokio::test]
async fn a_note_that_waits_survives_the_power_switch() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("free", 1).await;
    server.sink.always(At::Connect, Act::Say("421 4.3.2 come back later"));
    forgot(&server, &account.operators[0].email).await;
    eventually("a try", async || (server.sink.connections() > 0).then_some(())).await;
    server.kill9();
    server.sink.forget();
    server.begin().await;
    let mails = server.sink.wait_accepted(1).await;
    assert_eq!(mails[0].to, account.operators[0].email);
}

#[tokio::test]
async fn p4_a_device_that_is_signed_out_loses_its_socket_at_once_and_the_others_stay() {
    let server = Server::start(&[]).await;
    let account = server.account("free", 1).await;
    let jana = &account.operators[0];
    let mut desk = jana.at("desk", "away").await;
    let phone = crate::people::Operator::log_in(&server, &jana.email).await;
    let on_phone = phone.at("phone", "online").await;
    let sessions = jana.api.get("/api/v1/sessions").await;
    let uses: Vec<&Value> =
        sessions["items"].as_array().unwrap().iter().map(|session| &session["device"]["id"]).collect();
    assert_eq!(uses, ["phone", "desk"], "{sessions:#}");
    let answer = jana.api.call("DELETE", "/api/v1/me/devices/phone", None).await.unwrap();
    assert_eq!(answer.status, 204);
    let presence = jana.api.get("/api/v1/presence").await;
    assert_eq!(presence["chat"][0]["status"], "offline", "{presence:#}");
    assert_eq!(on_phone.socket.closed().await, Some(4001));
    assert_eq!(phone.api.call("GET", "/api/v1/me", None).await.unwrap().status, 401);
    let devices = presence["operators"][0]["devices"].as_array().unwrap();
    assert_eq!(devices.iter().map(|device| text(&device["id"])).collect::<Vec<_>>(), ["desk"]);
    desk.socket.must(json!({ "type": "presence", "state": "online" })).await;
}

#[tokio::test]
async fn the_command_line_takes_no_easy_password_and_tells_an_old_address() {
    let server = Server::start(&[]).await;
    let arguments =
        ["account", "create", "--name", "Acme", "--plan", "free", "--email", "boss@acme.test", "--password-stdin"];
    let refused = server.cli(&arguments, "password1\n").await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("anybody would try"), "{refused:?}");
    let made = server.cli_json(&arguments, &format!("{PASSWORD}\n")).await;
    let operator = text(&made["operator"]);
    let refused = server.cli(&["operator", "password", &operator, "--password-stdin"], "boss@acme.test\n").await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    server.cli_json(&["operator", "set", &operator, "--email", "new@acme.test"], "").await;
    let mails = server.sink.wait_accepted(1).await;
    assert_eq!(mails[0].to, "boss@acme.test");
    assert!(String::from_utf8_lossy(&mails[0].raw).contains("Your address in doorbell was changed"));
}
