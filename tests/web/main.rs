//! What browsers run: the scripts' own tests in simulated time, real pages against a real server, and journeys through them.
//!
//! Needs Node, Chromium and the packages of `tests/web/package.json`; `scripts/test` installs them. Without them these tests fail.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::path::Path;

use serde_json::{Value, json};

use self::house::Server;
use self::stage::Stage;

#[path = "../reference/checker/answers.rs"]
mod answers;
#[path = "../live/house.rs"]
#[expect(dead_code, reason = "built for tests/live; here less of it is needed")]
mod house;
#[path = "../live/http.rs"]
#[expect(dead_code, reason = "built for tests/live; here less of it is needed")]
mod http;
mod journeys;
mod node;
#[path = "../live/people.rs"]
#[expect(dead_code, reason = "built for tests/live; here less of it is needed")]
mod people;
#[path = "../mail/sink.rs"]
mod sink;
#[path = "../live/socket.rs"]
#[expect(dead_code, reason = "built for tests/live; here less of it is needed")]
mod socket;
#[path = "../reference/checker/speech.rs"]
mod speech;
mod stage;
#[path = "../reference/checker/strict.rs"]
mod strict;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_scripts_pass_their_own_tests() {
    let files = node::test_files();
    node::run(files.iter().filter(|path| !path.starts_with(node::JOURNEYS)));
}

/// The example of docs/link.md.
fn example() -> String {
    let text = std::fs::read_to_string(root().join("docs/link.md")).unwrap();
    let block = text.split("```js\n").find(|block| block.contains("export function startChat"));
    block.expect("docs/link.md has its example").split("```").next().unwrap().to_owned()
}

/// Texts with their numbers, as the page tells them.
fn pairs(told: &Value) -> Vec<(u64, String)> {
    serde_json::from_value(told.clone()).unwrap()
}

#[tokio::test]
async fn a_page_misses_nothing_and_shows_nothing_twice_whatever_becomes_of_the_server() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    let mut stage = Stage::build("").await;
    stage.play(&format!("story=conversation&server=ws://{}&key={}", server.address, account.key));

    let conversation = people::text(&stage.hears("wrote").await["conversation"]);
    server.kill9();
    stage.turn("dead", json!({}));
    assert_eq!(stage.hears("waits").await["waiting"], 3);
    server.begin().await;
    let stored = stage.hears("stored").await;
    assert_eq!(stored["seqs"], json!([2, 3, 4]), "once each, in order");

    server.signal("STOP");
    stage.turn("frozen", json!({}));
    assert_eq!(stage.hears("noticed").await["code"], 1006, "a silent server is a broken connection");
    server.signal("CONT");
    stage.hears("open again").await;

    stage.hears("away").await;
    for n in 0..120 {
        let reply = json!({ "text": format!("reply {n}"), "client_id": format!("reply-{n}") });
        jana.api.post(&format!("/api/v1/conversations/{conversation}/messages"), reply).await;
    }
    let said = jana.messages(&conversation).await;
    stage.turn("much was said", json!({ "lastSeq": said.last().unwrap().0 }));
    let caught_up = stage.hears("caught up").await;
    let numbers = |said: &[(u64, String)]| said.iter().map(|(seq, _)| *seq).collect::<Vec<_>>();
    let (heard, shown) = (pairs(&caught_up["heard"]), pairs(&caught_up["shown"]));
    assert_eq!(numbers(&heard), numbers(&said));
    assert_eq!(heard, shown);
    let words = |said: &[(u64, String)]| said.iter().filter(|(seq, _)| *seq != 5).cloned().collect::<Vec<_>>();
    assert!(said[4].1.contains("joined"), "the fifth one is told in the reader's language: {said:?}");
    assert_eq!(words(&shown), words(&said));
}

#[tokio::test]
async fn a_page_that_is_not_let_in_stays_out() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    account.operators[0].api.patch("/api/v1/account", json!({ "allowed_origins": ["https://shop.test"] })).await;
    let mut stage = Stage::build("").await;
    stage.play(&format!("story=strangers&server=ws://{}&key={}", server.address, account.key));
    let refused = stage.hears("refused").await;
    assert_eq!(refused["widget"], json!(["stopped", 4004]));
    assert_eq!(refused["token"], json!(["stopped", 4001]));
    assert_eq!(refused["origin"], json!(["stopped", 4003]), "{} is not allowed", stage.origin());
}

#[tokio::test]
async fn an_operators_thread_has_all_of_a_long_conversation() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    let mut eva = account.visitor().await;
    let mut conversation = String::new();
    for n in 1..250 {
        conversation = eva.say(&format!("message {n}")).await.conversation;
    }
    eva.say("the last one").await;
    let mut stage = Stage::build("").await;
    let token = jana.api.token.as_deref().unwrap();
    stage.play(&format!("story=operator&server=ws://{}&token={token}&conversation={conversation}", server.address));
    let desk = stage.hears("desk").await;
    assert_eq!(desk["first"], 151, "at first the newest hundred");
    assert_eq!(pairs(&desk["shown"]).last(), jana.messages(&conversation).await.last());
    assert_eq!(pairs(&desk["shown"]), jana.messages(&conversation).await);
}

#[tokio::test]
async fn the_example_of_the_documents_works_as_it_stands() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let mut jana = account.operators[0].at("laptop", "online").await;
    let mut stage = Stage::build(&example()).await;
    stage.play(&format!("story=example&server=ws://{}&key={}", server.address, account.key));
    let asked = jana.socket.wait("the question", |frame| frame["type"] == "message").await;
    jana.reply(&people::text(&asked["conversation"]), "We are, good morning.").await;
    let told = stage.hears("example").await;
    let lines: Vec<String> = serde_json::from_value(told["lines"].clone()).unwrap();
    assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), ("Is anybody there?", "We are, good morning."));
    assert_eq!((&told["bar"], &told["left"]), (&json!(""), &json!("")));
}
