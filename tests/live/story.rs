//! The story of the house, end to end: a message while everybody is away, a visitor who leaves, and every way in which it
//! turns out that no email is needed.

use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, Operator, decisions};
use crate::sink::Mail;

/// Long enough to do something before it ends, on any machine.
const DELAY: &str = "'3s'";
const PATIENT: [(&str, &str); 2] = [("notifications.offline_delay", DELAY), ("notifications.missed_delay", DELAY)];

/// The letters to the operators of an account.
fn letters_to(server: &Server, account: &Account) -> Vec<Mail> {
    let to_them = |mail: &Mail| account.operators.iter().any(|operator| operator.email == mail.to);
    server.sink.accepted().into_iter().filter(to_them).collect()
}

/// Waits for a letter to each of these.
async fn wait_for_letters(server: &Server, operators: &[&Operator]) -> Vec<Mail> {
    let one_each =
        || operators.iter().map(|o| server.sink.accepted().into_iter().find(|mail| mail.to == o.email)).collect();
    eventually("a letter to each", async || one_each()).await
}

fn parsed(mail: &Mail) -> Message<'_> {
    MessageParser::default().parse(&mail.raw).unwrap()
}

/// The timers of a conversation: kind and state.
fn timers(explanation: &Value) -> Vec<(String, String)> {
    let all = explanation["timers"].as_array().unwrap();
    all.iter().map(|t| (t["kind"].as_str().unwrap().to_owned(), t["state"].as_str().unwrap().to_owned())).collect()
}

/// Time passes, nobody is mailed, and each of these was told why.
async fn assert_withheld(
    server: &mut Server,
    account: &Account,
    conversation: &str,
    kind: &str,
    whom: &[(usize, &str)],
) {
    server.a_delay_passes().await;
    assert!(letters_to(server, account).is_empty());
    for (index, code) in whom {
        account.operators[*index].wait_for_decision(conversation, kind, code).await;
    }
    let explanation = account.operators[0].explanation(conversation).await;
    for operator in &account.operators {
        assert!(!decisions(&explanation, &operator.id, kind).iter().any(|d| d["code"] == "emailed"), "{explanation:#}");
    }
}

#[tokio::test]
async fn a_message_while_everybody_is_away_is_mailed_to_each_operator_once() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 3).await;
    let mut eva = account.visitor().await;
    assert_eq!(eva.welcome["chat"]["status"], "offline");
    let said = eva.say("Do you ship to <Brno>?").await;
    let everybody: Vec<_> = account.operators.iter().collect();
    let letters = wait_for_letters(&server, &everybody).await;
    for letter in &letters {
        let message = parsed(letter);
        assert!(message.body_text(0).unwrap().contains("Do you ship to <Brno>?"));
        assert!(message.body_html(0).unwrap().contains("Do you ship to &lt;Brno&gt;?"));
        assert!(message.body_html(0).unwrap().contains(&said.conversation), "its button opens the conversation");
        assert_eq!(message.to().unwrap().first().unwrap().address(), Some(letter.to.as_str()));
    }
    for operator in &account.operators {
        let decision = operator.wait_for_decision(&said.conversation, "offline", "emailed").await;
        assert!(decision["email"].is_string(), "{decision}");
        assert_eq!(decision["seqs"], json!([said.seq]));
        let told = operator.api.get("/api/v1/me/notifications").await["items"][0].clone();
        assert_eq!((&told["conversation"], &told["code"]), (&json!(said.conversation), &json!("emailed")));
        assert_eq!((&told["email"], &told["text"]), (&decision["email"], &decision["text"]));
    }
    let explanation = account.operators[0].explanation(&said.conversation).await;
    assert_eq!(timers(&explanation), [("offline".to_owned(), "fired".to_owned())]);
    server.a_delay_passes().await;
    assert_eq!(letters_to(&server, &account).len(), 3, "nobody is mailed twice");
}

#[tokio::test]
async fn the_outbox_tells_what_the_relay_said() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    let said = account.visitor().await.say("Hello").await;
    let sent = eventually("the letter is sent", async || {
        let emails = jana.api.get(&format!("/api/v1/emails?conversation={}", said.conversation)).await;
        emails["items"].as_array()?.iter().find(|email| email["state"] == "sent").cloned()
    })
    .await;
    let reply = sent["attempts"][0]["reply"].as_str().unwrap().to_owned();
    assert!(reply.starts_with("250 2.0.0 Ok: queued as"), "{reply}");
    assert_eq!(sent["attempts"][0]["server"], "mx.sink.test");
}

#[tokio::test]
async fn coming_online_within_the_delay_means_no_mail_for_anybody() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 2).await;
    let mut eva = account.visitor().await;
    let said = eva.say("Hello").await;
    let _laptop = account.operators[0].at("laptop", "online").await;
    eva.socket.wait("an open box", |f| f["type"] == "chat" && f["status"] == "online").await;
    let whom = [(0, "back_online"), (1, "colleague_online")];
    assert_withheld(&mut server, &account, &said.conversation, "offline", &whom).await;
}

#[tokio::test]
async fn a_phone_that_reports_itself_online_means_no_mail() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 2).await;
    let mut eva = account.visitor().await;
    let said = eva.say("Hello").await;
    let phone = json!({ "device": { "id": "phone", "kind": "mobile" }, "state": "online", "ttl_s": 600 });
    account.operators[1].api.put("/api/v1/presence", phone).await;
    let whom = [(0, "colleague_online"), (1, "back_online")];
    assert_withheld(&mut server, &account, &said.conversation, "offline", &whom).await;
}

#[tokio::test]
async fn opening_the_message_while_offline_means_no_mail_for_the_reader_only() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 2).await;
    let mut eva = account.visitor().await;
    let said = eva.say("Hello").await;
    let mut laptop = account.operators[0].at("laptop", "away").await;
    laptop.act("open", &said.conversation).await;
    wait_for_letters(&server, &[&account.operators[1]]).await;
    account.operators[0].wait_for_decision(&said.conversation, "offline", "read").await;
    server.a_delay_passes().await;
    assert_eq!(letters_to(&server, &account).len(), 1);
}

#[tokio::test]
async fn joining_replying_and_closing_mean_no_mail_for_anybody() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 2).await;
    let mut laptop = account.operators[0].at("laptop", "away").await;
    let (mut eva, mut petra, mut olga) = (account.visitor().await, account.visitor().await, account.visitor().await);
    let joined = eva.say("Join me").await;
    laptop.act("join", &joined.conversation).await;
    let replied = petra.say("Answer me").await;
    laptop.reply(&replied.conversation, "Here you are").await;
    petra.socket.wait("the reply", |f| f["type"] == "message" && f["text"] == "Here you are").await;
    let closed = olga.say("Close me").await;
    account.operators[1].act(&closed.conversation, "close").await;
    olga.socket.wait("an end", |f| f["type"] == "closed").await;
    for (said, code) in [(&joined, "joined"), (&replied, "replied"), (&closed, "closed")] {
        let whom = [(0, code), (1, code)];
        assert_withheld(&mut server, &account, &said.conversation, "offline", &whom).await;
    }
}

#[tokio::test]
async fn a_visitor_who_leaves_unanswered_is_mailed_about_as_missed() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 2).await;
    let laptop = account.operators[0].at("laptop", "online").await;
    let mut eva = account.visitor().await;
    assert_eq!(eva.welcome["chat"]["status"], "online");
    let said = eva.say("Anybody there?").await;
    eva.leave().await;
    let timer = laptop.socket.wait("a timer", |f| f["type"] == "timer" && f["kind"] == "missed").await;
    assert_eq!(timer["conversation"], said.conversation);
    let letters = wait_for_letters(&server, &[&account.operators[0]]).await;
    assert!(parsed(&letters[0]).body_text(0).unwrap().contains("Anybody there?"));
    account.operators[0].wait_for_decision(&said.conversation, "missed", "emailed").await;
    account.operators[1].wait_for_decision(&said.conversation, "missed", "was_not_online").await;
    server.a_delay_passes().await;
    assert_eq!(letters_to(&server, &account).len(), 1, "who was not online at the time is not mailed");
}

#[tokio::test]
async fn a_visitor_who_comes_back_within_the_delay_means_no_missed_mail() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 1).await;
    let laptop = account.operators[0].at("laptop", "online").await;
    let mut eva = account.visitor().await;
    let said = eva.say("Anybody there?").await;
    let gone = eva.leave().await;
    laptop.socket.wait("a timer", |f| f["type"] == "timer" && f["kind"] == "missed").await;
    let eva = gone.come_back().await;
    assert_eq!(eva.welcome["conversation"]["id"], said.conversation);
    laptop.socket.wait("its end", |f| f["type"] == "timer" && f["state"] == "cancelled").await;
    assert_withheld(&mut server, &account, &said.conversation, "missed", &[(0, "visitor_returned")]).await;
}

#[tokio::test]
async fn joining_after_the_visitor_left_means_no_missed_mail() {
    let mut server = Server::start(&PATIENT).await;
    let account = server.account("standard", 1).await;
    let mut laptop = account.operators[0].at("laptop", "online").await;
    let mut eva = account.visitor().await;
    let said = eva.say("Anybody there?").await;
    eva.leave().await;
    laptop.socket.wait("a timer", |f| f["type"] == "timer" && f["kind"] == "missed").await;
    laptop.act("open", &said.conversation).await;
    laptop.act("join", &said.conversation).await;
    assert_withheld(&mut server, &account, &said.conversation, "missed", &[(0, "joined")]).await;
}

#[tokio::test]
async fn p7_a_visitor_whose_connection_breaks_has_left() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let _laptop = account.operators[0].at("laptop", "online").await;
    let mut eva = account.visitor().await;
    let said = eva.say("Anybody there?").await;
    eva.socket.vanish().await;
    account.operators[0].wait_for_decision(&said.conversation, "missed", "emailed").await;
}
