//! What becomes of letters on their way: refused, deferred, lost from sight; and the link by which nobody is mailed again.

use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, text};
use crate::sink::{Act, At};

const SOON: [(&str, &str); 2] = [("mail.retry_initial", "'100ms'"), ("mail.uncertain_wait", "'300ms'")];

/// Waits until the only letter about a conversation is in a state: it.
async fn letter_in(account: &Account, conversation: &str, state: &str) -> Value {
    eventually(&format!("the letter is {state}"), async || {
        let list = account.operators[0].api.get(&format!("/api/v1/emails?conversation={conversation}")).await;
        let letters = list["items"].as_array()?;
        assert!(letters.len() <= 1, "one letter: {list:#}");
        letters.first().filter(|letter| letter["state"] == state).cloned()
    })
    .await
}

#[tokio::test]
async fn e4_a_letter_whose_fate_is_unknown_is_sent_once_more_with_the_same_bytes() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Dot, Act::HangUp);
    let said = account.visitor().await.say("Hello").await;
    let letter = letter_in(&account, &said.conversation, "sent").await;
    assert_eq!(letter["attempts"].as_array().unwrap().len(), 2, "{letter:#}");
    server.a_delay_passes().await;
    let bodies: Vec<_> = server.sink.bodies().into_iter().filter(|m| m.to == account.operators[0].email).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0].raw, bodies[1].raw);
}

#[tokio::test]
async fn e4_a_letter_whose_fate_stays_unknown_is_not_sent_a_third_time() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Dot, Act::HangUp);
    server.sink.on(At::Dot, Act::HangUp);
    let said = account.visitor().await.say("Hello").await;
    eventually("both attempts are over", async || (server.sink.bodies().len() == 2).then_some(())).await;
    letter_in(&account, &said.conversation, "uncertain").await;
    server.a_delay_passes().await;
    let bodies = server.sink.bodies();
    assert_eq!(bodies.iter().filter(|mail| mail.to == account.operators[0].email).count(), 2);
}

/// The bodies that came for the account's only operator.
fn bodies(server: &Server, account: &Account) -> usize {
    server.sink.bodies().iter().filter(|mail| mail.to == account.operators[0].email).count()
}

#[tokio::test]
async fn e4_a_letter_that_was_on_its_way_when_the_power_went_twice_is_not_sent_a_third_time() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    // The relay takes the whole letter in, twice, and nobody hears its answer.
    server.sink.on(At::Dot, Act::Silence);
    server.sink.on(At::Dot, Act::Silence);
    let said = account.visitor().await.say("Hello").await;
    for count in 1..=2 {
        eventually("the body", async || (bodies(&server, &account) == count).then_some(())).await;
        server.kill9();
        server.begin().await;
    }
    letter_in(&account, &said.conversation, "uncertain").await;
    server.a_delay_passes().await;
    assert_eq!(bodies(&server, &account), 2);
}

#[tokio::test]
async fn e4_a_repeat_that_is_put_off_is_still_the_only_one() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Dot, Act::HangUp);
    let said = account.visitor().await.say("Hello").await;
    eventually("the first body", async || (bodies(&server, &account) == 1).then_some(())).await;
    server.sink.on(At::Rcpt, Act::Say("450 4.2.1 greylisted"));
    server.sink.on(At::Dot, Act::HangUp);
    eventually("the repeat", async || (bodies(&server, &account) == 2).then_some(())).await;
    server.a_delay_passes().await;
    let letter = letter_in(&account, &said.conversation, "uncertain").await;
    assert_eq!(letter["attempts"].as_array().unwrap().len(), 3, "{letter:#}");
    assert_eq!(bodies(&server, &account), 2);
}

#[tokio::test]
async fn a_letter_that_is_refused_for_now_is_tried_again_and_one_that_is_refused_for_good_is_not() {
    let mut server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Rcpt, Act::Say("452 4.2.2 mailbox full"));
    let full = account.visitor().await.say("Full").await;
    let sent = letter_in(&account, &full.conversation, "sent").await;
    assert_eq!(sent["attempts"][0]["reply"], "452 4.2.2 mailbox full");
    server.sink.on(At::Rcpt, Act::Say("550 5.1.1 no such user"));
    let wrong = account.visitor().await.say("Wrong").await;
    let failed = letter_in(&account, &wrong.conversation, "failed").await;
    assert_eq!(failed["attempts"].as_array().unwrap().len(), 1, "{failed:#}");
    server.a_delay_passes().await;
    let accepted = server.sink.accepted();
    assert_eq!(accepted.iter().filter(|mail| mail.to == account.operators[0].email).count(), 1);
}

#[tokio::test]
async fn d5_a_reply_has_a_class_and_a_wrong_address_is_left_alone() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Rcpt, Act::Say("452 4.2.2 mailbox full"));
    let full = account.visitor().await.say("Full").await;
    let sent = letter_in(&account, &full.conversation, "sent").await;
    assert_eq!(sent["attempts"][0]["class"], "mailbox_full");
    server.sink.on(At::Rcpt, Act::Say("550 5.1.1 no such user"));
    let wrong = account.visitor().await.say("Wrong").await;
    assert_eq!(letter_in(&account, &wrong.conversation, "failed").await["class"], "wrong_address");
    let after = account.visitor().await.say("After").await;
    account.operators[0].wait_for_decision(&after.conversation, "offline", "suppressed").await;
}

#[tokio::test]
async fn e2_letters_about_a_conversation_keep_its_subject_when_the_visitor_tells_their_name() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    let letters = async |count: usize| {
        let enough = async || Some(server.sink.accepted()).filter(|all| all.len() == count);
        eventually("the letter", enough).await
    };
    let mut eva = account.visitor().await;
    let said = eva.say("Hello").await;
    letters(1).await;
    // Once it was opened, the next one does not wait (N6).
    jana.act(&said.conversation, "open").await;
    eva.socket.send(json!({ "type": "identify", "name": "Eva Nová", "email": "eva@visitor.test" })).await;
    eva.say("Again").await;
    let all = letters(2).await;
    let parsed = |n: usize| MessageParser::default().parse(&all[n].raw).unwrap();
    let (first, later) = (parsed(0), parsed(1));
    assert!(later.body_text(0).unwrap().starts_with("Eva Nová"), "the letter itself knows the name");
    assert!(!first.subject().unwrap().contains("Eva"));
    assert_eq!(first.subject(), later.subject());
    assert_eq!(first.header_raw("References"), later.header_raw("References"));
    assert_ne!(first.message_id(), later.message_id());
}

#[tokio::test]
async fn d4_only_the_post_of_the_link_unsubscribes() {
    let server = Server::start(&[]).await;
    let account = server.account("standard", 1).await;
    let jana = &account.operators[0];
    account.visitor().await.say("Hello").await;
    let letters = eventually("the letter", async || Some(server.sink.accepted()).filter(|all| !all.is_empty())).await;
    let message = MessageParser::default().parse(&letters[0].raw).unwrap();
    let header = message.header_raw("List-Unsubscribe").unwrap().to_owned();
    let link = header.split(['<', '>']).nth(1).unwrap().replace("\r\n", "");
    let path = link.strip_prefix(&server.url()).unwrap();
    let is_on = async || jana.api.get("/api/v1/me").await["notifications"]["offline"] == json!(true);
    assert_eq!(server.api().call("GET", path, None).await.unwrap().status, 200);
    assert!(is_on().await, "a scanner that follows links changes nothing");
    assert_eq!(server.api().call("POST", path, None).await.unwrap().status, 200);
    assert!(!is_on().await);
    let said = account.visitor().await.say("Again").await;
    let decision = jana.wait_for_decision(&said.conversation, "offline", "unsubscribed").await;
    assert_eq!(text(&decision["code"]), "unsubscribed");
}
