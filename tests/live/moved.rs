//! An installation that moves from its file to a Redis, and back: whoever used it before uses it after, and nobody is mailed twice.

use std::process::Output;

use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, PASSWORD, Visitor};
use crate::redis_server::RedisServer;

const DELAY: (&str, &str) = ("notifications.offline_delay", "'2s'");

fn file(server: &Server) -> String {
    format!("sqlite:{}", server.dir.path().join("doorbell.db").display())
}

async fn store_move(server: &Server, from: &str, to: &str) -> Output {
    server.cli(&["store", "move", "--from", from, "--to", to, "--json"], "").await
}

/// It must succeed, and both sides be the same.
async fn must_move(server: &Server, from: &str, to: &str) -> Value {
    let output = store_move(server, from, to).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["source"]["sha256"], report["target"]["sha256"]);
    assert_eq!(report["source"]["counts"], report["target"]["counts"]);
    assert_eq!((&report["source"]["store"], &report["target"]["store"]), (&json!(from), &json!(to)));
    report
}

fn mails(server: &Server, account: &Account) -> usize {
    server.sink.bodies().iter().filter(|mail| mail.to == account.operators[0].email).count()
}

#[tokio::test]
async fn an_installation_moves_to_a_redis_with_all_that_is_under_way_in_it() {
    let redis = RedisServer::start();
    let mut server = Server::start(&[DELAY]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    let mut eva = account.visitor().await;
    let answered = eva.say("Is anybody there?").await;
    jana.wait_for_decision(&answered.conversation, "offline", "emailed").await;
    eventually("the letter has arrived", async || (mails(&server, &account) == 1).then_some(())).await;
    let mut petr = account.visitor().await;
    let waiting = petr.say("I am waiting").await;
    let timers = jana.explanation(&waiting.conversation).await["timers"].clone();
    assert_eq!(timers[0]["state"], "running", "{timers}");

    let refused = store_move(&server, &file(&server), &redis.url()).await;
    assert_eq!(refused.status.code(), Some(1), "a server has the file");
    assert!(refused.stdout.is_empty() && String::from_utf8_lossy(&refused.stderr).contains("stop that one first"));
    server.kill9();
    let report = must_move(&server, &file(&server), &redis.url()).await;
    assert!(report["source"]["counts"]["documents"].as_u64() > Some(4), "{report}");

    server.configure(&[DELAY, ("store.url", &format!("'{}'", redis.url()))]);
    server.begin().await;
    jana.wait_for_decision(&waiting.conversation, "offline", "emailed").await;
    eventually("the letter has arrived", async || (mails(&server, &account) == 2).then_some(())).await;
    let log_in = json!({ "email": jana.email, "password": PASSWORD });
    server.api().post("/api/v1/login", log_in).await;
    let told = jana.messages(&answered.conversation).await;
    assert_eq!(told, [(answered.seq, answered.text.clone())], "the log-in of before is good too");
    let back = Visitor::come(account.address, &account.key, Some(&eva.token)).await.unwrap();
    assert_eq!(back.welcome["conversation"]["id"], answered.conversation, "the visitor's token is good");
    server.a_delay_passes().await;
    for said in [&answered, &waiting] {
        let list = jana.api.get(&format!("/api/v1/emails?conversation={}", said.conversation)).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    }
    assert_eq!(mails(&server, &account), 2, "none was sent again");
}

#[tokio::test]
async fn it_moves_back_too_and_a_target_that_is_used_is_left_alone() {
    let redis = RedisServer::start();
    let mut server = Server::start(&[("store.url", &format!("'{}'", redis.url()))]).await;
    let account = server.account("standard", 1).await;
    let said = account.visitor().await.say("Hello").await;
    let refused = store_move(&server, &redis.url(), &file(&server)).await;
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("renewed its lease") && why.contains("stop it first"), "{why}");
    server.terminate();
    server.ended().await;
    must_move(&server, &redis.url(), &file(&server)).await;
    let again = store_move(&server, &redis.url(), &file(&server)).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds data already"));
    server.configure(&[]);
    server.begin().await;
    assert_eq!(account.operators[0].messages(&said.conversation).await, [(said.seq, said.text)]);
}

#[tokio::test]
async fn a_move_that_names_no_two_stores_is_a_wrong_usage_and_makes_nothing() {
    let server = Server::start(&[]).await;
    let other = format!("{}-other", file(&server));
    for (from, to, code, wanted) in [
        (&*other, "memory:", 2, "memory:"),
        (&*other, &*other, 2, "the same store"),
        (&*other, "http://somewhere", 2, "--to"),
        (&*other, "redis://127.0.0.1:1/0", 1, "is not there"),
    ] {
        let output = store_move(&server, from, to).await;
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{why}");
        assert!(why.contains(wanted), "{why}");
    }
    assert!(!server.dir.path().join("doorbell.db-other").exists());
}
