//! The whole server and its relay: a real Postfix, one that breaks, and a thousand letters at once (rules E4, E6, W3).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, text};
use crate::postfix::Postfix;
use crate::sink::{Act, At, Sink};

/// The pauses of the postroom, so short that a test can wait for them.
const SOON: [(&str, &str); 3] =
    [("mail.retry_initial", "'100ms'"), ("mail.uncertain_wait", "'200ms'"), ("notifications.offline_delay", "'200ms'")];

/// The states in which a letter still wants something.
const UNSETTLED: [&str; 4] = ["queued", "sending", "deferred", "uncertain"];

async fn server_with(postfix: &Postfix) -> Server {
    let url = format!("'{}'", postfix.url());
    Server::start(&[SOON.as_slice(), &[("mail.smtp_url", &url)]].concat()).await
}

/// The letters about a conversation.
async fn letters(account: &Account, conversation: &str) -> Vec<Value> {
    let list = account.operators[0].api.get(&format!("/api/v1/emails?conversation={conversation}")).await;
    list["items"].as_array().expect("a list").clone()
}

/// Waits until a letter to the operator is in a state: it.
async fn letter_to(account: &Account, operator: usize, conversation: &str, state: &str) -> Value {
    let operator = &account.operators[operator];
    eventually(&format!("the letter to {} is {state}", operator.email), async || {
        let mut all = letters(account, conversation).await.into_iter();
        all.find(|letter| letter["operator"] == *operator.id && letter["state"] == state)
    })
    .await
}

/// What was answered at each try.
fn replies(letter: &Value) -> Vec<String> {
    letter["attempts"].as_array().expect("a list").iter().map(|attempt| text(&attempt["reply"])).collect()
}

async fn assert_nothing_is_left(account: &Account) {
    for state in UNSETTLED {
        let list = account.operators[0].api.get(&format!("/api/v1/emails?state={state}")).await;
        assert_eq!(list["items"], json!([]), "{state}");
    }
}

#[tokio::test]
async fn w3_what_postfix_took_is_recorded_with_its_answer_and_its_queue_id() {
    let postfix = Postfix::start();
    let server = server_with(&postfix).await;
    let account = server.account("standard", 1).await;
    let said = account.visitor().await.say("Is anybody there? .\n.\n..").await;
    let letter = letter_to(&account, 0, &said.conversation, "sent").await;
    let attempt = &letter["attempts"][0];
    assert_eq!(attempt["server"], "mx.postfix.test");
    let reply = text(&attempt["reply"]);
    let id = reply.strip_prefix("250 2.0.0 Ok: queued as ").unwrap_or_else(|| panic!("{letter:#}"));
    let arrived = String::from_utf8(postfix.inbox(1).await.remove(0)).unwrap();
    for piece in [
        format!("Delivered-To: {}\n", account.operators[0].email),
        format!("id {id}\n"),
        text(&letter["message_id"]),
        "Return-Path: <notify@mail.doorbell.test>\n".to_owned(),
    ] {
        assert!(arrived.contains(&piece), "{piece}: {arrived}");
    }
    assert_nothing_is_left(&account).await;
}

#[tokio::test]
async fn w3_what_came_back_later_tells_of_the_letter_that_was_sent() {
    let hop = Sink::start();
    hop.always(At::Rcpt, Act::Say("550 5.1.1 No such user here"));
    let postfix = Postfix::start_with("", Some(hop.address));
    let server = server_with(&postfix).await;
    // Postfix takes the second operator's letters and cannot get rid of them.
    let account = server.account("standard", 2).await;
    let said = account.visitor().await.say("Hello").await;
    let letter = letter_to(&account, 1, &said.conversation, "sent").await;
    let notice = String::from_utf8(postfix.notices(1).await.remove(0)).unwrap();
    for piece in [
        "Content-Type: message/delivery-status\n".to_owned(),
        "Status: 5.1.1\n".to_owned(),
        format!("Final-Recipient: rfc822; {}\n", account.operators[1].email),
        format!("Message-ID: {}\n", text(&letter["message_id"])),
    ] {
        assert!(notice.contains(&piece), "{piece}: {notice}");
    }
    letter_to(&account, 0, &said.conversation, "sent").await;
    assert_eq!(postfix.inbox(1).await.len(), 1);
}

#[tokio::test]
async fn e4_a_letter_waits_for_a_relay_that_is_down() {
    let mut postfix = Postfix::start();
    let server = server_with(&postfix).await;
    let account = server.account("standard", 1).await;
    let before = account.visitor().await.say("Before").await;
    letter_to(&account, 0, &before.conversation, "sent").await;
    postfix.stop();
    let meanwhile = account.visitor().await.say("Meanwhile").await;
    let letter = letter_to(&account, 0, &meanwhile.conversation, "deferred").await;
    assert!(replies(&letter)[0].contains("cannot be reached"), "{letter:#}");
    assert!(letter["next_attempt_at"].is_string(), "it says when it goes on: {letter:#}");
    postfix.begin();
    letter_to(&account, 0, &meanwhile.conversation, "sent").await;
    assert_eq!(postfix.inbox(2).await.len(), 2);
    assert_nothing_is_left(&account).await;
}

/// The next case begins with an address that is written to; it was suppressed by what said that it is none, and by nothing else.
async fn allow(account: &Account, is_suppressed: bool) {
    let operator = &account.operators[0];
    let path = format!("/api/v1/suppressions/{}", operator.email);
    let answer = operator.api.call("DELETE", &path, None).await.unwrap();
    assert_eq!(answer.status, if is_suppressed { 204 } else { 404 });
}

/// One break over the whole server: what the relay does to the letter's tries, what the record says of each (the beginning of the
/// answer, and its class), how it ends, and how many copies had come whole before their answer.
struct Case(&'static [(At, Act)], &'static [(&'static str, Option<&'static str>)], &'static str, usize);

const TAKEN: (&str, Option<&str>) = ("250 2.0.0 Ok: queued as ", None);
const BY_POLICY: &str = "550-5.7.1 Denied\n550-5.7.1 by\n550 5.7.1 policy";
const LOST: (&str, Option<&str>) = ("the answer to the letter was lost", None);

#[tokio::test]
async fn e4_d5_the_record_says_what_happened_wherever_the_relay_breaks() {
    let cases = [
        Case(
            &[(At::Rcpt, Act::Say("451 4.7.1 Greylisted")), (At::Rcpt, Act::Say("450 4.7.1 Still greylisted"))],
            &[
                ("451 4.7.1 Greylisted", Some("rate_limited")),
                ("450 4.7.1 Still greylisted", Some("rate_limited")),
                TAKEN,
            ],
            "sent",
            1,
        ),
        Case(
            &[(At::Rcpt, Act::Say("452 4.2.2 Over quota"))],
            &[("452 4.2.2 Over quota", Some("mailbox_full")), TAKEN],
            "sent",
            1,
        ),
        Case(
            &[(At::Rcpt, Act::Say("552 5.2.2 Over quota"))],
            &[("552 5.2.2 Over quota", Some("mailbox_full")), TAKEN],
            "sent",
            1,
        ),
        Case(
            &[(At::Dot, Act::Say("552 5.2.2 Over quota"))],
            &[("552 5.2.2 Over quota", Some("mailbox_full")), TAKEN],
            "sent",
            2,
        ),
        Case(&[(At::Dot, Act::Say("451 4.3.0 Not now"))], &[("451 4.3.0 Not now", Some("other")), TAKEN], "sent", 2),
        Case(
            &[(At::Rcpt, Act::Say("550 5.1.1 No such user"))],
            &[("550 5.1.1 No such user", Some("wrong_address"))],
            "failed",
            0,
        ),
        Case(
            &[(At::Dot, Act::Say("550 5.7.1 Rejected as spam"))],
            &[("550 5.7.1 Rejected as spam", Some("spam_rejected"))],
            "failed",
            1,
        ),
        Case(
            &[(At::Rcpt, Act::Say("550 5.7.1 Rejected"))],
            &[("550 5.7.1 Rejected", Some("domain_blocked"))],
            "failed",
            0,
        ),
        Case(&[(At::Rcpt, Act::Say(BY_POLICY))], &[(BY_POLICY, Some("domain_blocked"))], "failed", 0),
        Case(
            &[(At::Rcpt, Act::Say("554 5.7.1 Relay access denied"))],
            &[("554 5.7.1 Relay access denied", Some("relay_auth")), TAKEN],
            "sent",
            1,
        ),
        Case(&[(At::Mail, Act::SayAndHangUp("421 4.3.2 Bye"))], &[("421 4.3.2 Bye", Some("other")), TAKEN], "sent", 1),
        Case(&[(At::Dot, Act::SayAndHangUp("421 4.3.2 Bye"))], &[("421 4.3.2 Bye", Some("other")), TAKEN], "sent", 2),
        Case(&[(At::Data, Act::Say("250 Ok"))], &[("250 Ok", None), TAKEN], "sent", 1),
        Case(&[(At::Data, Act::HangUp)], &[("no answer: the server hung up", None), TAKEN], "sent", 1),
        // Lost on its way: once more, then no more.
        Case(&[(At::Body, Act::HangUp)], &[LOST, TAKEN], "sent", 1),
        Case(&[(At::Dot, Act::Say("354 Go on"))], &[("354 Go on", None), TAKEN], "sent", 2),
        Case(&[(At::Dot, Act::HangUp), (At::Dot, Act::HangUp)], &[LOST, LOST], "uncertain", 2),
        // The first copy may have arrived, whatever is said of the second; at an address that is none it has not.
        Case(
            &[(At::Dot, Act::HangUp), (At::Dot, Act::Say("550 5.7.1 Rejected as spam"))],
            &[LOST, ("550 5.7.1 Rejected as spam", Some("spam_rejected"))],
            "uncertain",
            2,
        ),
        Case(
            &[(At::Dot, Act::HangUp), (At::Dot, Act::Say("550 5.1.1 No such user"))],
            &[LOST, ("550 5.1.1 No such user", Some("wrong_address"))],
            "failed",
            2,
        ),
    ];
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 1).await;
    let counts = || (server.sink.bodies().len(), server.sink.accepted().len());
    for Case(breaks, wanted, state, copies) in &cases {
        let before = counts();
        for (at, act) in *breaks {
            server.sink.on(*at, act.clone());
        }
        let said = account.visitor().await.say("Hello").await;
        let letter = eventually(&format!("{breaks:?}: the letter is {state}"), async || {
            let all = letters(&account, &said.conversation).await;
            assert!(all.len() <= 1, "{all:#?}");
            all.into_iter().find(|letter| letter["state"] == *state && replies(letter).len() == wanted.len())
        })
        .await;
        for (attempt, (reply, class)) in letter["attempts"].as_array().unwrap().iter().zip(*wanted) {
            assert!(text(&attempt["reply"]).starts_with(reply), "{breaks:?}: {letter:#}");
            assert_eq!(attempt["class"].as_str(), *class, "{breaks:?}: {letter:#}");
        }
        let after = counts();
        assert_eq!(after.0 - before.0, *copies, "{breaks:?}");
        assert_eq!(after.1 - before.1, usize::from(*state == "sent"), "{breaks:?}");
        assert_eq!(letter["next_attempt_at"], Value::Null, "nothing goes on by itself: {letter:#}");
        allow(&account, wanted.iter().any(|(_, class)| *class == Some("wrong_address"))).await;
    }
    // A letter of a conversation that comes after them all: what was over stays over.
    let before = counts();
    let last = account.visitor().await.say("Hello").await;
    letter_to(&account, 0, &last.conversation, "sent").await;
    assert_eq!(counts(), (before.0 + 1, before.1 + 1));
    let copies: usize = cases.iter().map(|Case(.., copies)| copies).sum();
    assert_eq!(before.0, copies);
}

#[tokio::test]
async fn e2_who_is_refused_takes_no_colleague_along() {
    let server = Server::start(&SOON).await;
    let account = server.account("standard", 2).await;
    server.sink.on(At::Rcpt, Act::Say("550 5.1.1 No such user"));
    let said = account.visitor().await.say("Hello").await;
    let settled = eventually("one letter is sent, one has failed", async || {
        let mut all = letters(&account, &said.conversation).await;
        all.sort_by_key(|letter| text(&letter["state"]));
        let states: Vec<_> = all.iter().map(|letter| text(&letter["state"])).collect();
        (states == ["failed", "sent"]).then_some(all)
    })
    .await;
    assert_eq!(replies(&settled[0]), ["550 5.1.1 No such user"]);
    let accepted = server.sink.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].to, text(&settled[1]["to"]));
    assert_nothing_is_left(&account).await;
}

#[tokio::test]
async fn e6_a_thousand_letters_at_once_arrive_once_each_over_few_connections() {
    const OPERATORS: usize = 10;
    const VISITORS: usize = 100;
    let server = Server::start(&[
        ("notifications.offline_delay", "'1s'"),
        ("mail.max_per_minute", "1000000"),
        ("mail.max_per_minute_per_account", "1000000"),
        ("mail.max_connections", "6"),
    ])
    .await;
    let account = server.account("standard", OPERATORS).await;
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        visitors.push(account.visitor().await);
    }
    let mut conversations = BTreeSet::new();
    for visitor in &mut visitors {
        conversations.insert(visitor.say("Hello").await.conversation);
    }
    assert_eq!(conversations.len(), VISITORS);
    let accepted = server.sink.wait_accepted(OPERATORS * VISITORS).await;
    let mut once = BTreeSet::new();
    for mail in &accepted {
        let raw = String::from_utf8_lossy(&mail.raw);
        let id = raw.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id").to_owned();
        assert!(once.insert((mail.to.clone(), id.clone())), "{} got {id} twice", mail.to);
    }
    for operator in &account.operators {
        let mine = once.iter().filter(|(to, _)| *to == operator.email).count();
        assert_eq!(mine, VISITORS, "{}", operator.email);
    }
    assert_eq!(server.sink.bodies().len(), OPERATORS * VISITORS);
    assert!(server.sink.open_max() <= 6, "{}", server.sink.open_max());
    eventually("the record has seen the last answer", async || {
        let list = account.operators[0].api.get("/api/v1/emails?state=sending").await;
        list["items"].as_array()?.is_empty().then_some(())
    })
    .await;
    assert_nothing_is_left(&account).await;
}
