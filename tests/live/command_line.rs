//! The command line beside a running server: both see one store, and the server sees what was changed under it.

use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{PASSWORD, text};

fn item<'a>(list: &'a Value, id: &str) -> &'a Value {
    list["items"].as_array().unwrap().iter().find(|item| item["id"] == *id).unwrap_or_else(|| panic!("{id} in {list}"))
}

#[tokio::test]
async fn an_account_that_was_made_beside_the_server_can_be_used_at_once() {
    let server = Server::start(&[]).await;
    let arguments = ["account", "create", "--name", "Žluťoučký kůň", "--plan", "free", "--email", "boss@kun.test"];
    let made = server.cli_json(&arguments, "").await;
    let login = json!({ "email": "boss@kun.test", "password": made["password"] });
    let logged_in = server.api().post("/api/v1/login", login).await;
    assert_eq!(logged_in["account"]["name"], "Žluťoučký kůň");
    assert_eq!(logged_in["operator"]["id"], made["operator"]);
    let status = server.api().get(&format!("/api/v1/widget/{}/status", text(&made["widget_key"]))).await;
    assert_eq!(status["status"], "offline");
    let listed = server.cli_json(&["account", "list"], "").await;
    assert_eq!(item(&listed, &text(&made["account"]))["plan"], "free");
    let told = server.cli(&["account", "list"], "").await;
    assert!(String::from_utf8(told.stdout).unwrap().contains("Žluťoučký kůň"));
}

#[tokio::test]
async fn a_password_that_was_given_is_not_told_back() {
    let server = Server::start(&[]).await;
    let arguments = ["account", "create", "--name", "N", "--plan", "free", "--email", "a@n.test", "--password-stdin"];
    let output = server.cli(&arguments, &format!("{PASSWORD}\n")).await;
    assert!(output.status.success());
    let said = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(said).unwrap().contains(PASSWORD));
}

#[tokio::test]
async fn the_running_server_sees_a_change_of_plan() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let admin = &account.operators[0];
    let mut laptop = admin.at("laptop", "online").await;
    let group = json!({ "name": "Sales", "operators": [admin.id] });
    let refused = admin.api.call("POST", "/api/v1/groups", Some(group.clone())).await.unwrap();
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("plan")));
    laptop.socket.mark();
    server.cli_json(&["account", "set", &account.id, "--plan", "pro"], "").await;
    eventually("the server knows the plan", async || {
        (admin.api.get("/api/v1/account").await["plan"] == "pro").then_some(())
    })
    .await;
    laptop.socket.wait("news of it", |f| f["type"] == "settings" && f["account"]["plan"] == "pro").await;
    admin.api.post("/api/v1/groups", group).await;
}

#[tokio::test]
async fn n9_a_plan_that_was_lowered_while_a_missed_timer_ran_counts_when_it_fires() {
    let delay = [("notifications.missed_delay", "'2s'"), ("notifications.offline_delay", "'2s'")];
    let mut server = Server::start(&delay).await;
    let account = server.account("standard", 1).await;
    let admin = &account.operators[0];
    let laptop = admin.at("laptop", "online").await;
    let mut eva = account.visitor().await;
    let said = eva.say("Anybody there?").await;
    eva.leave().await;
    laptop.socket.wait("a timer", |f| f["type"] == "timer" && f["kind"] == "missed").await;
    server.cli_json(&["account", "set", &account.id, "--plan", "free"], "").await;
    admin.wait_for_decision(&said.conversation, "missed", "plan_without_missed").await;
    server.a_delay_passes().await;
    assert!(!server.sink.accepted().iter().any(|mail| mail.to == admin.email));
}

#[tokio::test]
async fn operators_are_listed_added_changed_and_given_passwords() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let admin = &account.operators[0];
    let add = ["operator", "add", "--account", &account.id, "--name", "Petr", "--email", "petr@cli.test"];
    let petr = server.cli_json(&add, "").await;
    let id = text(&petr["id"]);
    let log_in = async |password: &str| {
        let body = json!({ "email": "petr@cli.test", "password": password });
        server.api().call("POST", "/api/v1/login", Some(body)).await.unwrap()
    };
    let mut old = server.api();
    old.token = Some(text(&log_in(&text(&petr["password"])).await.json()["token"]));
    eventually("the server knows whom the command has added", async || {
        let told = admin.api.call("GET", &format!("/api/v1/operators/{id}"), None).await.ok()?;
        (told.status == 200 && told.json()["name"] == "Petr").then_some(())
    })
    .await;

    let set = ["operator", "set", &id, "--name", "Petr Novák", "--role", "admin"];
    let renamed = server.cli_json(&set, "").await;
    assert_eq!((&renamed["name"], &renamed["role"]), (&json!("Petr Novák"), &json!("admin")));
    let listed = server.cli_json(&["operator", "list", "--account", &account.id], "").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(item(&listed, &id)["name"], "Petr Novák");
    eventually("the server knows the name", async || {
        let told = admin.api.get(&format!("/api/v1/operators/{id}")).await;
        (told["name"] == "Petr Novák" && told["role"] == "admin").then_some(())
    })
    .await;

    server.cli_json(&["operator", "password", &id, "--password-stdin"], "another good one 8\n").await;
    assert_eq!(log_in(&text(&petr["password"])).await.status, 401, "the old password is no good any more");
    assert_eq!(log_in("another good one 8").await.status, 200);
    eventually("old sessions have ended", async || {
        (old.call("GET", "/api/v1/me", None).await.ok()?.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn p9_deactivating_an_operator_closes_their_sockets() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 2).await;
    let petr = &account.operators[1];
    let laptop = petr.at("laptop", "online").await;
    server.cli_json(&["operator", "set", &petr.id, "--active", "false"], "").await;
    assert_eq!(laptop.socket.closed().await, Some(4001));
    let body = json!({ "email": petr.email, "password": PASSWORD });
    let answer = server.api().call("POST", "/api/v1/login", Some(body)).await.unwrap();
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn p9_a_password_that_is_set_beside_the_server_closes_sockets_too() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 2).await;
    let petr = &account.operators[1];
    let laptop = petr.at("laptop", "online").await;
    server.cli_json(&["operator", "password", &petr.id, "--password-stdin"], "another good one 8\n").await;
    assert_eq!(laptop.socket.closed().await, Some(4001));
}

#[tokio::test]
async fn w4_explain_tells_what_the_server_tells() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 2).await;
    let petr = &account.operators[1];
    petr.api.patch("/api/v1/me", json!({ "notifications": { "offline": false } })).await;
    let said = account.visitor().await.say("Explain me").await;
    account.operators[0].wait_for_decision(&said.conversation, "offline", "emailed").await;
    petr.wait_for_decision(&said.conversation, "offline", "not_activated_operator").await;
    let told = account.operators[0].explanation(&said.conversation).await;
    assert_eq!(server.cli_json(&["explain", &said.conversation], "").await, told);
    let output = server.cli(&["explain", &said.conversation], "").await;
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("Operator 1"), "it names people:\n{words}");
    // And without a server.
    server.kill9();
    assert_eq!(server.cli_json(&["explain", &said.conversation], "").await["timers"], told["timers"]);
}

#[tokio::test]
async fn what_cannot_be_done_fails_with_a_reason() {
    let server = Server::start(&[]).await;
    let nobody = "0193e5a0-0000-7000-8000-000000000000";
    for (arguments, code) in [
        (vec!["account", "set", "no-such-account", "--plan", "pro"], 1),
        (vec!["account", "set", nobody, "--plan", "pro"], 1),
        (vec!["account", "create", "--name", "x", "--plan", "pro", "--email", "no-address"], 1),
        (vec!["operator", "list", "--account", nobody], 1),
        (vec!["operator", "set", nobody, "--name", "x"], 1),
        (vec!["operator", "password", nobody], 1),
        (vec!["explain", nobody], 1),
        (vec!["serve"], 1),
        (vec!["account", "create", "--name", "x"], 2),
        (vec!["explain"], 2),
    ] {
        let output = server.cli(&arguments, "").await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: the reason is on stderr");
    }
}
