//! The examples of frames in the published reference: each is said on a socket, with the people and things of the example in
//! their places, and does what it says.

use serde_json::{Value, json};

use crate::house::Server;
use crate::people::{Account, Said};
use crate::socket::Socket;
use crate::speech::{Side, messages};

/// The names that the reference gives to what there is.
const CONVERSATION: &str = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0c01";
const GROUP: &str = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0b01";
const COLLEAGUE: &str = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0a02";
const KEY: &str = "Wk7pQ2mZt9Xc4LrVh1Jd8A";
const TOKEN: &str = "q8Zr1vN5cT0yKx3LwB7mJd2HfPsGu6Ea9RoXi4WtMkU";
const VISITOR: &str = "v1.019b4e2a5c1e7a019d3f2b6a1c0e0c01.Yk3v0pS8dQ";

/// What clients say at a socket, by the reference.
fn examples(path: &str) -> Vec<&'static Value> {
    let messages = messages(path, Side::Client).into_iter();
    messages.flat_map(|message| message["examples"].as_array().unwrap()).map(|example| &example["payload"]).collect()
}

/// The frame with what is really there, and with an `id`, so that it is answered.
fn cast(example: &Value, names: &[(&str, &str)]) -> Value {
    let text = names.iter().fold(example.to_string(), |text, (name, real)| text.replace(name, real));
    let mut frame: Value = serde_json::from_str(&text).unwrap();
    frame["id"] = json!("example");
    frame
}

/// A visitor who has written more than any example has read.
async fn talkative(account: &Account) -> (crate::people::Visitor, Said) {
    let mut visitor = account.visitor().await;
    let mut said = visitor.say("1").await;
    for n in 2..=8 {
        said = visitor.say(&n.to_string()).await;
    }
    (visitor, said)
}

async fn company(server: &Server) -> (Account, String) {
    let account = server.account("pro", 2).await;
    let body = json!({ "name": "Sales", "operators": [account.operators[1].id] });
    let group = account.operators[0].api.post("/api/v1/groups", body).await;
    (account, group["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_operators_say_in_the_reference_does_what_it_says() {
    let server = Server::start(&[]).await;
    let (account, group) = company(&server).await;
    let [jana, petr] = &account.operators[..] else { panic!("two operators") };
    let token = jana.api.token.as_deref().unwrap();
    let _there = petr.at("desk", "online").await;
    for example in examples("/ws/operator") {
        let (_visitor, said) = talkative(&account).await;
        let names =
            [(CONVERSATION, said.conversation.as_str()), (GROUP, &group), (COLLEAGUE, &petr.id), (TOKEN, token)];
        let mut frame = cast(example, &names);
        if frame["type"] == "hello" {
            // An example without a token has it in a cookie or a header of the upgrade.
            frame["token"] = json!(token);
            let mut socket = Socket::open(server.address, "/ws/operator", "an example").await.unwrap();
            socket.send(frame).await;
            socket.wait("a welcome", |frame| frame["type"] == "welcome").await;
            continue;
        }
        let mut device = jana.at("laptop", "online").await;
        if ["leave", "transfer"].contains(&frame["type"].as_str().unwrap()) {
            device.act("join", &said.conversation).await;
        }
        let answer = device.socket.ask(frame).await;
        assert_eq!(answer["type"], "ack", "{example}: {answer}");
    }
}

#[tokio::test]
async fn what_visitors_say_in_the_reference_does_what_it_says() {
    let server = Server::start(&[]).await;
    let (account, group) = company(&server).await;
    for example in examples("/ws/visitor") {
        let (mut visitor, _) = talkative(&account).await;
        let frame = cast(example, &[(GROUP, group.as_str()), (KEY, &account.key), (VISITOR, &visitor.token)]);
        if frame["type"] == "hello" {
            let mut socket = Socket::open(server.address, "/ws/visitor", "an example").await.unwrap();
            socket.send(frame).await;
            let welcome = socket.wait("a welcome", |frame| frame["type"] == "welcome").await;
            let is_known = example["visitor"].is_string();
            assert_eq!(welcome["conversation"].is_object(), is_known, "{example}: {welcome}");
            continue;
        }
        let answer = visitor.socket.ask(frame).await;
        assert_eq!(answer["type"], "ack", "{example}: {answer}");
    }
}
