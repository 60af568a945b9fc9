//! What receiving servers and the relay refuse, at once or later: what that means, and for whom (rule D5).

use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, text};
use crate::sink::{Act, At, Mail};

const SOON: [(&str, &str); 2] = [("mail.retry_initial", "'100ms'"), ("mail.uncertain_wait", "'300ms'")];
const SECRET: &str = "the-secret-of-the-mail-server";

/// Waits until an operator's letter about a conversation is in a state: it.
async fn letter_in(account: &Account, operator: usize, conversation: &str, state: &str) -> Value {
    let id = &account.operators[operator].id;
    let path = format!("/api/v1/emails?conversation={conversation}&operator={id}");
    eventually(&format!("the letter is {state}"), async || {
        let list = account.operators[0].api.get(&path).await;
        list["items"].as_array()?.iter().find(|letter| letter["state"] == state).cloned()
    })
    .await
}

fn mails_to<'a>(mails: &'a [Mail], address: &str) -> Vec<&'a Mail> {
    mails.iter().filter(|mail| mail.to == address).collect()
}

#[tokio::test]
async fn d5_a_full_mailbox_is_tried_again_even_where_the_server_says_never() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    for refusal in ["552 5.2.2 over quota", "452 4.2.2 over quota"] {
        server.sink.on(At::Rcpt, Act::Say(refusal));
        let said = account.visitor().await.say("Hello").await;
        let letter = letter_in(&account, 0, &said.conversation, "sent").await;
        assert_eq!(
            (&letter["attempts"][0]["class"], &letter["attempts"][0]["reply"]),
            (&json!("mailbox_full"), &json!(refusal))
        );
    }
    assert_eq!(account.operators[0].api.get("/api/v1/suppressions").await["items"], json!([]));
}

#[tokio::test]
async fn d5_a_wrong_address_is_suppressed_until_it_is_cleared() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 2).await;
    let (admin, jana) = (&account.operators[0], &account.operators[1]);
    server.sink.on(At::Rcpt, Act::Say("550 5.1.1 no such user"));
    let said = account.visitor().await.say("Hello").await;
    // One of the two is refused: whose letter came first.
    let refused = eventually("a refusal", async || {
        let list = admin.api.get("/api/v1/emails?state=failed").await;
        list["items"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(refused["class"], "wrong_address");
    let suppressed = admin.api.get("/api/v1/suppressions").await["items"].clone();
    assert_eq!(suppressed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&suppressed[0]["address"], &suppressed[0]["reply"]),
        (&refused["to"], &json!("550 5.1.1 no such user"))
    );
    let other = if refused["operator"] == admin.id.as_str() { jana } else { admin };
    let path = format!("/api/v1/emails?conversation={}&operator={}", said.conversation, other.id);
    eventually("the other letter", async || (other.api.get(&path).await["items"][0]["state"] == "sent").then_some(()))
        .await;
    let again = account.visitor().await.say("Again").await;
    let left_out = if other.id == admin.id { jana } else { admin };
    left_out.wait_for_decision(&again.conversation, "offline", "suppressed").await;
    admin.api.call("DELETE", &format!("/api/v1/suppressions/{}", left_out.email), None).await.unwrap();
    let third = account.visitor().await.say("And now?").await;
    left_out.wait_for_decision(&third.conversation, "offline", "emailed").await;
}

#[tokio::test]
async fn d5_two_blocked_recipients_of_a_domain_are_one_notice_and_nobody_is_suppressed() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 2).await;
    let admin = &account.operators[0];
    server.sink.always(At::Rcpt, Act::Say("550 5.7.1 refused by policy"));
    let said = account.visitor().await.say("Hello").await;
    for operator in 0..2 {
        assert_eq!(letter_in(&account, operator, &said.conversation, "failed").await["class"], "domain_blocked");
    }
    let notice = async || {
        let told = admin.api.get("/api/v1/notices").await;
        told["items"].as_array().unwrap().iter().find(|notice| notice["code"] == "domain_blocked").cloned()
    };
    let told = eventually("the notice", notice).await;
    let domain = admin.email.split('@').nth(1).unwrap();
    for part in [domain, "mail.doorbell.test", "550 5.7.1 refused by policy"] {
        assert!(text(&told["text"]).contains(part), "{part}: {told}");
    }
    assert_eq!(admin.api.get("/api/v1/suppressions").await["items"], json!([]));
    server.sink.forget();
    let later = account.visitor().await.say("Again").await;
    letter_in(&account, 0, &later.conversation, "sent").await;
    eventually("the notice is over", async || notice().await.is_none().then_some(())).await;
}

#[tokio::test]
async fn d5_spam_is_told_from_a_block_and_suppresses_nothing() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.on(At::Dot, Act::Say("550 5.7.1 this message looks like spam"));
    let said = account.visitor().await.say("Hello").await;
    let letter = letter_in(&account, 0, &said.conversation, "failed").await;
    assert_eq!(letter["class"], "spam_rejected");
    let after = account.visitor().await.say("Again").await;
    letter_in(&account, 0, &after.conversation, "sent").await;
    assert_eq!(server.sink.accepted().len(), 1);
}

#[tokio::test]
async fn d5_a_relay_that_refuses_the_log_in_holds_the_queue_and_blames_nobody() {
    let mut server = Server::start(&[("mail.retry_initial", "'5s'")]).await;
    let account = server.account("standard", 2).await;
    let admin = &account.operators[0];
    // The server logs in only where it has a name to log in with; a relay may want one all the same.
    server.sink.always(At::Mail, Act::Say("530 5.7.0 Authentication required"));
    let first = account.visitor().await.say("Hello").await;
    eventually("it is told", async || (server.reasons().await == ["relay_auth"]).then_some(())).await;
    let second = account.visitor().await.say("Hello again").await;
    for (conversation, states) in
        [(&first.conversation, ["deferred", "queued"]), (&second.conversation, ["queued", "queued"])]
    {
        let letters = eventually("both letters wait", async || {
            let list = admin.api.get(&format!("/api/v1/emails?conversation={conversation}")).await;
            list["items"].as_array().filter(|letters| letters.len() == 2).cloned()
        })
        .await;
        let tried = letters.iter().filter(|letter| letter["attempts"].as_array().unwrap().len() == 1).count();
        assert!(tried <= 2, "those that knocked together, and none since: {letters:#?}");
        for letter in &letters {
            assert!(states.contains(&letter["state"].as_str().unwrap()) || letter["state"] == "deferred", "{letter}");
            assert!(letter["class"].is_null() || letter["class"] == "relay_auth", "{letter}");
        }
    }
    let notices = admin.api.get("/api/v1/notices").await;
    assert!(notices["items"].as_array().unwrap().iter().any(|notice| notice["code"] == "relay_auth"));
    assert_eq!(admin.api.get("/api/v1/suppressions").await["items"], json!([]));
    server.sink.forget();
    // The pause need not be waited for: somebody who has mended it says so.
    let deferred = admin.api.get("/api/v1/emails?state=deferred").await["items"][0]["id"].clone();
    admin.api.post(&format!("/api/v1/emails/{}/retry", text(&deferred)), json!({})).await;
    for conversation in [&first.conversation, &second.conversation] {
        for operator in 0..2 {
            letter_in(&account, operator, conversation, "sent").await;
        }
    }
    assert!(server.reasons().await.is_empty());
    server.a_delay_passes().await;
    assert_eq!(mails_to(&server.sink.accepted(), &admin.email).len(), 2, "each letter once");
}

#[tokio::test]
async fn d5_a_relay_that_is_away_holds_the_queue_and_letters_go_when_it_is_back() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    server.sink.always(At::Connect, Act::Say("421 4.3.2 going down"));
    let said = account.visitor().await.say("Hello").await;
    eventually("it is told", async || (server.reasons().await == ["relay_away"]).then_some(())).await;
    let letter = letter_in(&account, 0, &said.conversation, "deferred").await;
    assert!(letter["next_attempt_at"].is_string(), "the queue says when it goes on: {letter}");
    server.sink.forget();
    letter_in(&account, 0, &said.conversation, "sent").await;
    assert!(server.reasons().await.is_empty());
}

#[tokio::test]
async fn e6_an_account_that_is_at_its_limit_keeps_nobody_waiting() {
    let server = Server::start(&[("mail.max_per_minute_per_account", "5")]).await;
    let (busy, calm) = (server.account("standard", 1).await, server.account("standard", 1).await);
    // More than one look finds.
    let mut visitor = busy.visitor().await;
    visitor.say("Hello").await;
    for _ in 0..150 {
        busy.visitor().await.say("Hello").await;
    }
    let waiting = eventually("all are queued", async || {
        let list = busy.operators[0].api.get("/api/v1/emails?limit=200").await;
        list["items"].as_array().filter(|letters| letters.len() == 151).cloned()
    })
    .await;
    assert!(waiting.iter().any(|letter| letter["state"] == "queued"));
    let said = calm.visitor().await.say("Hello").await;
    letter_in(&calm, 0, &said.conversation, "sent").await;
    let sent = mails_to(&server.sink.accepted(), &busy.operators[0].email).len();
    assert!((5..20).contains(&sent), "{sent} of 151 in about as many seconds");
}

// ---------------------------------------------------------------- bounces

/// A server that takes reports.
async fn with_bounces() -> Server {
    let secret = format!("'{SECRET}'");
    let settings =
        [SOON[0], SOON[1], ("mail.bounce_address", "'bounces@mail.doorbell.test'"), ("mail.inbound_secret", &secret)];
    Server::start(&settings).await
}

/// What a mail server would report of a letter.
fn report(mail: &Mail, number: u32, change: impl FnOnce(String) -> String) -> String {
    let id = mail.from.split(['+', '@']).nth(1).unwrap();
    let report = include_str!("../mail/dsn/postfix-unknown-user.eml");
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    let message_id = message.message_id().unwrap().split('@').next().unwrap();
    let report = report
        .replace("@ID@", id)
        .replace("@MESSAGE@", message_id)
        .replace("@TO@", &mail.to)
        .replace("1A2B3C4D5E", &format!("REPORT{number}"));
    change(report.replace('\n', "\r\n"))
}

async fn hand_over(server: &Server, report: &str) -> Value {
    server.api().hand_over("/api/v1/inbound/dsn", SECRET, report).await
}

#[tokio::test]
async fn d5_a_bounce_is_counted_once_and_means_what_a_refusal_means() {
    let server = with_bounces().await;
    let account = server.account("standard", 1).await;
    let said = account.visitor().await.say("Hello").await;
    let letter = letter_in(&account, 0, &said.conversation, "sent").await;
    let mail = server.sink.accepted().remove(0);
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    let id = mail.from.split(['+', '@']).nth(1).unwrap();
    assert!(mail.from.starts_with("bounces+") && mail.from.ends_with("@mail.doorbell.test"), "{}", mail.from);
    assert!(!String::from_utf8_lossy(&mail.raw).contains(id), "nobody who reads the letter could invent its bounce");
    assert_eq!(text(&letter["message_id"]), format!("<{}>", message.message_id().unwrap()));

    let delayed =
        hand_over(&server, &report(&mail, 1, |raw| raw.replace("failed", "delayed").replace("5.1.1", "4.1.1"))).await;
    assert_eq!((&delayed["outcome"], &delayed["state"]), (&json!("counted"), &json!("sent")));
    let bounce = report(&mail, 2, |raw| raw);
    let told = hand_over(&server, &bounce).await;
    assert_eq!(
        told,
        json!({ "outcome": "counted", "email": letter["id"], "state": "failed", "class": "wrong_address" })
    );
    assert_eq!(hand_over(&server, &bounce).await["outcome"], "repeated");
    let failed = letter_in(&account, 0, &said.conversation, "failed").await;
    assert_eq!(failed["attempts"].as_array().unwrap().len(), 3, "the try, the delay, the bounce: {failed:#}");
    assert_eq!(failed["attempts"][2]["server"], "mx.shop.test");
    assert!(text(&failed["text"]).contains("the address does not exist"), "{failed}");
    let suppressed = account.operators[0].api.get("/api/v1/suppressions").await;
    assert_eq!(suppressed["items"][0]["address"], account.operators[0].email.as_str());
    let after = account.visitor().await.say("After").await;
    account.operators[0].wait_for_decision(&after.conversation, "offline", "suppressed").await;
}

#[tokio::test]
async fn d5_what_bounced_off_a_full_mailbox_is_sent_again_with_the_same_name() {
    let server = with_bounces().await;
    let account = server.account("standard", 1).await;
    let said = account.visitor().await.say("Hello").await;
    letter_in(&account, 0, &said.conversation, "sent").await;
    let mail = server.sink.accepted().remove(0);
    let bounce = report(&mail, 1, |raw| raw.replace("5.1.1", "5.2.2"));
    assert_eq!(hand_over(&server, &bounce).await["state"], "deferred");
    let mails =
        eventually("the second copy", async || Some(server.sink.accepted()).filter(|mails| mails.len() == 2)).await;
    assert_eq!(mails[0].from, mails[1].from);
    letter_in(&account, 0, &said.conversation, "sent").await;
    assert_eq!(hand_over(&server, &bounce).await["outcome"], "repeated", "that was the first copy's");
    assert_eq!(hand_over(&server, &report(&mail, 2, |raw| raw.replace("5.1.1", "5.2.2"))).await["state"], "deferred");
}

#[tokio::test]
async fn d5_a_bounce_that_somebody_made_up_suppresses_nothing_and_sends_nothing() {
    let server = with_bounces().await;
    let account = server.account("standard", 1).await;
    let said = account.visitor().await.say("Hello").await;
    letter_in(&account, 0, &said.conversation, "sent").await;
    let mail = server.sink.accepted().remove(0);
    let id = mail.from.split(['+', '@']).nth(1).unwrap().to_owned();
    // All that a visitor could know: the conversation, not the signature.
    let forged = format!("{}{}", &id[..id.len() - 4], if id.ends_with("aaaa") { "bbbb" } else { "aaaa" });
    let outcome =
        hand_over(&server, &report(&mail, 1, |raw| raw.replace(&id, &forged).replace("Message-ID:", "X-Was:"))).await;
    assert_eq!(outcome, json!({ "outcome": "unknown" }));
    // What they know once an operator has answered by mail is the letter's own id (`In-Reply-To`): it marks the letter as failed, and
    // that is all, whatever it says.
    let known = async |number, status: &str| {
        let raw = report(&mail, number, |raw| raw.replace(&format!("+{id}@"), "@").replace("5.1.1", status));
        hand_over(&server, &raw).await
    };
    assert_eq!(known(1, "5.1.1").await["state"], "failed");
    assert_eq!(account.operators[0].api.get("/api/v1/suppressions").await["items"], json!([]));
    assert_eq!(known(2, "5.2.2").await["state"], "failed", "no further copy leaves by it");
    let letter = letter_in(&account, 0, &said.conversation, "failed").await;
    assert_eq!(letter["next_attempt_at"], Value::Null);
    for number in 3..40 {
        known(number, "5.1.1").await;
    }
    let letter = letter_in(&account, 0, &said.conversation, "failed").await;
    assert!(letter["attempts"].as_array().unwrap().len() <= 21, "nobody fills the record: {letter:#}");
    let said = account.visitor().await.say("And now?").await;
    letter_in(&account, 0, &said.conversation, "sent").await;
    let mail = server.sink.accepted().pop().unwrap();
    // A real one about another address, to which theirs is forwarded: their own is not to blame.
    let other =
        hand_over(&server, &report(&mail, 50, |raw| raw.replace(&account.operators[0].email, "elsewhere@other.test")))
            .await;
    assert_eq!(other["state"], "failed");
    assert_eq!(account.operators[0].api.get("/api/v1/suppressions").await["items"], json!([]));
}

#[tokio::test]
async fn d5_an_invitation_that_bounces_shows_that_the_address_is_wrong() {
    let server = with_bounces().await;
    let account = server.account("standard", 1).await;
    let admin = &account.operators[0];
    let email = format!("gone-{}", admin.email);
    admin.api.post("/api/v1/operators", json!({ "name": "Gone", "email": email, "role": "agent" })).await;
    let invitation =
        eventually("the invitation", async || server.sink.accepted().into_iter().find(|mail| mail.to == email)).await;
    // Its own answer may still be being written.
    let told = eventually("it is counted", async || {
        Some(hand_over(&server, &report(&invitation, 1, |raw| raw)).await).filter(|told| told["outcome"] == "counted")
    })
    .await;
    assert_eq!(told, json!({ "outcome": "counted", "class": "wrong_address" }));
    assert_eq!(admin.api.get("/api/v1/suppressions").await["items"][0]["address"], email.as_str());
}
