//! Two companies on one server: over sockets, too, the things of one are not there for the other (rule D6).

use serde_json::{Value, json};

use crate::house::Server;
use crate::people::{Account, Operator, Visitor, text};

/// What its admin sees of an account.
async fn state(admin: &Operator, conversation: &str) -> Vec<Value> {
    let thread = format!("conversations/{conversation}");
    let mut seen = Vec::new();
    for path in [
        "operators",
        "groups",
        "presence",
        "conversations",
        "emails",
        &thread,
        &format!("{thread}/messages"),
        &format!("{thread}/notifications"),
    ] {
        seen.push(admin.api.get(&format!("/api/v1/{path}")).await);
    }
    seen
}

/// Everything that an operator's socket can say about a conversation, a colleague or a group.
fn calls(conversation: &str, operator: &str, group: &str) -> Vec<Value> {
    let about = |kind: &str, more: Value| {
        let mut frame = json!({ "type": kind, "conversation": conversation });
        for (name, value) in more.as_object().into_iter().flatten() {
            frame[name] = value.clone();
        }
        frame
    };
    vec![
        about("open", json!({})),
        about("open", json!({ "peek": true, "after": 0 })),
        about("read", json!({ "seq": 1 })),
        about("join", json!({})),
        about("leave", json!({})),
        about("close", json!({})),
        about("message", json!({ "text": "psst", "client_id": "p" })),
        about("typing", json!({ "on": true })),
        about("transfer", json!({ "operator": operator })),
        about("transfer", json!({ "group": group })),
    ]
}

async fn group_of(account: &Account) -> String {
    let body = json!({ "name": "Sales", "operators": [account.operators[0].id] });
    text(&account.operators[0].api.post("/api/v1/groups", body).await["id"])
}

#[actix_rt::test]
async fn d6_a_socket_reaches_nothing_of_another_account() {
    let server =
        Server::start(&[("notifications.offline_delay", "'1h'"), ("notifications.missed_delay", "'1h'")]).await;
    let (ours, theirs) = (server.account("pro", 1).await, server.account("pro", 1).await);
    let (our_group, their_group) = (group_of(&ours).await, group_of(&theirs).await);
    let (us, them) = (&ours.operators[0], &theirs.operators[0]);
    let mut their_desk = them.at("desk", "online").await;
    let mut our_desk = us.at("desk", "online").await;
    let mut customer = theirs.visitor().await;
    let said = customer.say("between us").await;
    let our_customer = ours.visitor().await.say("hello").await;
    their_desk.socket.wait("the message", |frame| frame["text"] == "between us").await;
    let before = state(them, &said.conversation).await;

    their_desk.socket.mark();
    customer.socket.mark();
    for call in calls(&said.conversation, &them.id, &their_group) {
        let answer = our_desk.socket.ask(call.clone()).await;
        // Whether anybody hears that one types is nobody's business.
        if call["type"] == "typing" && answer["type"] == "ack" {
            continue;
        }
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("not_found")), "{call}: {answer}");
    }
    for call in calls(&our_customer.conversation, &them.id, &their_group) {
        if call["type"] == "transfer" {
            let answer = our_desk.socket.ask(call.clone()).await;
            assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("not_found")), "{call}: {answer}");
        }
    }
    assert_eq!(state(them, &said.conversation).await, before);
    // What they hear next is their own.
    customer.say("still there?").await;
    let next = their_desk.socket.wait("anything", |_| true).await;
    assert!(["message", "conversation", "counts", "timer"].contains(&next["type"].as_str().unwrap()), "{next}");
    let ours_still = us.api.get(&format!("/api/v1/conversations/{}", our_customer.conversation)).await;
    assert_eq!((&ours_still["status"], &ours_still["group"]), (&json!("unserved"), &Value::Null));
    assert_ne!(our_group, their_group);
}

#[actix_rt::test]
async fn d6_a_visitor_of_one_company_is_a_stranger_to_the_other() {
    let server = Server::start(&[]).await;
    let (ours, theirs) = (server.account("pro", 1).await, server.account("pro", 1).await);
    let mut customer = theirs.visitor().await;
    customer.say("between us").await;
    let elsewhere = Visitor::come(server.address, &ours.key, Some(&customer.token)).await.unwrap();
    assert_ne!(elsewhere.welcome["visitor"]["id"], customer.welcome["visitor"]["id"]);
    assert_eq!(elsewhere.welcome["conversation"], Value::Null);
    // Nor does a token that was changed by one letter open anything.
    for at in [0, customer.token.len() / 2, customer.token.len() - 1] {
        let mut letters: Vec<char> = customer.token.chars().collect();
        letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
        let forged: String = letters.into_iter().collect();
        let stranger = Visitor::come(server.address, &theirs.key, Some(&forged)).await.unwrap();
        assert_eq!(stranger.welcome["conversation"], Value::Null, "{at}");
    }
    let known = Visitor::come(server.address, &theirs.key, Some(&customer.token)).await.unwrap();
    assert_eq!(known.welcome["conversation"]["messages"][0]["text"], "between us");
}
