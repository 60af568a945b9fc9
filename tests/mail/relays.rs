//! The client and a real Postfix: what a server says and does that nobody thought of when writing a sink.

use std::path::PathBuf;

use doorbell::mail::smtp::{Options, SmtpPostman};
use doorbell::ports::postman::{Delivery, Envelope, Phase, Postman as _, Refusal};
use mail_parser::{MessageParser, MimeHeaders as _};

use crate::postfix::Postfix;
use crate::postfix::login::Logins;
use crate::postmen::{patient, relay};
use crate::sink::{Act, At, CA_FILE, Sink};

const SENDER: &str = "notify@mail.doorbell.test";

/// A letter with everything that Postfix would add if it were missing.
fn letter(subject: &str, body: &str) -> Vec<u8> {
    let head =
        "Message-ID: <1@acme.test>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\nFrom: doorbell <notify@acme.test>";
    format!("{head}\r\nTo: anna@acme.test\r\nSubject: {subject}\r\n\r\n{body}").into_bytes()
}

fn postman(postfix: &Postfix) -> SmtpPostman {
    postman_with(&postfix.url(), None)
}

fn postman_with(url: &str, ca_file: Option<PathBuf>) -> SmtpPostman {
    let options = Options { timeouts: patient(), ca_file, connections_max: 16, ..Options::default() };
    SmtpPostman::new(relay(url), options).unwrap()
}

async fn send(postman: &SmtpPostman, to: &str, raw: Vec<u8>) -> Delivery {
    match postman.open(Envelope { from: SENDER.to_owned(), to: to.to_owned() }).await {
        Ok(ready) => ready.send(raw.into()).await,
        Err(refusal) => refusal.into(),
    }
}

/// It is taken, under a queue id: that.
fn queued_as(delivery: &Delivery) -> String {
    let Delivery::Accepted(reply) = delivery else { panic!("not taken: {delivery:?}") };
    assert_eq!((reply.code, reply.server.as_deref()), (Some(250), Some("mx.postfix.test")));
    reply.text.strip_prefix("250 2.0.0 Ok: queued as ").unwrap_or_else(|| panic!("{reply:?}")).to_owned()
}

#[tokio::test]
async fn a_letter_arrives_byte_for_byte() {
    let postfix = Postfix::start();
    let long = "y".repeat(990);
    let body = format!(".\r\n..\r\n.dot\r\n\r\nFrom here\r\n{long}\r\n\t \r\n=C5=BD.\r\n\r\n");
    let raw = letter("Plain", &body);
    let id = queued_as(&send(&postman(&postfix), "anna@acme.test", raw.clone()).await);
    let arrived = String::from_utf8(postfix.inbox(1).await.remove(0)).unwrap();
    let (added, ours) = arrived.split_at(arrived.find("Message-ID:").unwrap());
    assert_eq!(ours, String::from_utf8(raw).unwrap().replace("\r\n", "\n"));
    assert!(added.contains("Delivered-To: anna@acme.test") && added.contains("Return-Path: <notify@"), "{added}");
    assert!(added.contains(&id) && added.contains("with ESMTP id"), "{added}");
}

#[tokio::test]
async fn d5_what_a_real_server_refuses_is_told_whole_and_with_its_phase() {
    let postfix = Postfix::start();
    let postman = postman(&postfix);
    let cases = [
        ("nobody", "550 5.1.1 <nobody@acme.test>: Recipient address rejected: User unknown in virtual mailbox table"),
        (
            "grey",
            "450 4.7.1 <grey@acme.test>: Recipient address rejected: Greylisted, see https://postfix.test/greylist",
        ),
        ("full", "552 5.2.2 <full@acme.test>: Recipient address rejected: Mailbox full"),
        ("over", "452 4.2.2 <over@acme.test>: Recipient address rejected: Over quota, try later"),
        ("blocked", "550 5.7.1 <blocked@acme.test>: Recipient address rejected: Message blocked by policy"),
        ("spam", "550 5.7.1 <spam@acme.test>: Recipient address rejected: Rejected as spam"),
    ];
    for (whom, answer) in cases {
        let to = format!("{whom}@acme.test");
        let envelope = Envelope { from: SENDER.to_owned(), to };
        let refusal = postman.open(envelope).await.err().unwrap();
        assert_eq!(matches!(refusal, Refusal::Never(_)), answer.starts_with('5'), "{refusal:?}");
        let reply = refusal.reply();
        assert_eq!((reply.text.as_str(), reply.phase), (answer, Phase::Rcpt));
        assert_eq!(reply.server.as_deref(), Some("mx.postfix.test"));
    }
    let lines = "A line of some length that is there to be too much.\r\n".repeat(2_500);
    let cases = [
        (letter("A free casino", "Play"), "550 5.7.1 Rejected as spam"),
        (letter("Big", &lines), "552 5.3.4 Error: message file too big"),
    ];
    for (raw, answer) in cases {
        let delivery = send(&postman, "anna@acme.test", raw).await;
        let Delivery::Never(reply) = &delivery else { panic!("{delivery:?}") };
        assert_eq!((reply.text.as_str(), reply.phase), (answer, Phase::Body));
    }
    queued_as(&send(&postman, "anna@acme.test", letter("Fine", "Hello")).await);
    let log = postfix.log();
    assert_eq!(log.matches(": connect from").count(), 1, "no refusal costs a connection: {log}");
}

#[tokio::test]
async fn who_is_refused_too_often_is_hung_up_on_and_the_next_letter_has_its_own_answer() {
    let postfix = Postfix::start();
    let postman = postman(&postfix);
    for n in 0..11 {
        let delivery = send(&postman, "nobody@acme.test", letter("No", "No")).await;
        assert!(delivery.reply().text.starts_with("550 5.1.1"), "{n}: {delivery:?}");
    }
    queued_as(&send(&postman, "anna@acme.test", letter("Fine", "Hello")).await);
    postfix.logged(&["too many errors"]).await;
}

#[tokio::test]
async fn e3_starttls_is_used_with_whom_the_configuration_trusts_and_nobody_else_is_told_anything() {
    let postfix = Postfix::start();
    let raw = || letter("Secret", "Hello");
    let trusting = postman_with(&postfix.url(), Some(CA_FILE.into()));
    queued_as(&send(&trusting, "anna@acme.test", raw()).await);
    let arrived = String::from_utf8(postfix.inbox(1).await.remove(0)).unwrap();
    assert!(arrived.contains("with ESMTPS id"), "{arrived}");

    // The certificate is for 127.0.0.1, and no authority.
    let another_name = format!("smtp://localhost:{}", postfix.address.port());
    let another_authority: PathBuf = CA_FILE.replace("ca.pem", "server.pem").into();
    let strangers = [
        (postman_with(&another_name, Some(CA_FILE.into())), "not valid for name"),
        (postman_with(&postfix.url(), Some(another_authority)), "UnknownIssuer"),
    ];
    for (stranger, why) in strangers {
        let delivery = send(&stranger, "anna@acme.test", raw()).await;
        let Delivery::Later(reply) = &delivery else { panic!("{delivery:?}") };
        assert!(reply.phase == Phase::Hello && reply.text.contains(why), "{reply:?}");
    }

    queued_as(&send(&postman(&postfix), "anna@acme.test", raw()).await);
    let arrived = String::from_utf8(postfix.inbox(2).await.pop().unwrap()).unwrap();
    assert!(arrived.contains("with ESMTP id"), "on the same machine plain text will do: {arrived}");
}

#[tokio::test]
async fn d5_a_log_in_opens_a_real_server_and_a_wrong_one_blames_no_letter() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let logins = Logins::start(mechanism, "doorbell", "s3cret");
        let postfix = Postfix::start_with(&logins.settings(), None);
        let with = |login: &str| postman_with(&format!("smtp://{login}@{}", postfix.address), None);
        queued_as(&send(&with("doorbell:s3cret"), "anna@acme.test", letter("In", "Hello")).await);
        let delivery = send(&with("doorbell:wrong"), "anna@acme.test", letter("Out", "Hello")).await;
        let Delivery::Later(reply) = &delivery else { panic!("{delivery:?}") };
        assert_eq!((reply.phase, reply.code), (Phase::Auth, Some(535)), "{mechanism}");
        assert!(reply.text.starts_with("535 5.7.8 Error: authentication failed"), "{mechanism}: {reply:?}");
        assert_eq!(postfix.inbox(1).await.len(), 1);
    }
}

#[tokio::test]
async fn many_letters_over_many_connections_arrive_once_each() {
    let postfix = Postfix::start();
    let postman = postman(&postfix);
    let letters = (0..64).map(|n| {
        let postman = postman.clone();
        tokio::spawn(async move { send(&postman, "anna@acme.test", letter(&format!("No. {n}."), "Hello")).await })
    });
    for one in letters.collect::<Vec<_>>() {
        queued_as(&one.await.unwrap());
    }
    let arrived = postfix.inbox(64).await;
    let of = |n: usize| format!("Subject: No. {n}.\n");
    for n in 0..64 {
        let copies = arrived.iter().filter(|raw| String::from_utf8_lossy(raw).contains(&of(n))).count();
        assert_eq!(copies, 1, "of letter {n}");
    }
    let connections = postfix.log().matches(": connect from").count();
    assert!(connections <= 16, "{connections}");
}

#[tokio::test]
async fn a_relay_that_was_started_anew_gets_the_next_letter_over_a_new_connection() {
    let mut postfix = Postfix::start();
    let postman = postman(&postfix);
    queued_as(&send(&postman, "anna@acme.test", letter("Before", "Hello")).await);
    postfix.inbox(1).await;
    postfix.stop();
    let delivery = send(&postman, "anna@acme.test", letter("Meanwhile", "Hello")).await;
    let Delivery::Later(reply) = &delivery else { panic!("{delivery:?}") };
    assert_eq!((reply.phase, reply.code), (Phase::Connect, None));
    postfix.begin();
    queued_as(&send(&postman, "anna@acme.test", letter("After", "Hello")).await);
    assert_eq!(postfix.inbox(2).await.len(), 2);
}

#[tokio::test]
async fn a_relay_that_hangs_up_on_an_idle_connection_loses_no_letter() {
    let postfix = Postfix::start_with("smtpd_timeout = 1s", None);
    let postman = postman(&postfix);
    queued_as(&send(&postman, "anna@acme.test", letter("Before", "Hello")).await);
    postfix.logged(&["timeout after END-OF-MESSAGE"]).await;
    postfix.logged(&["disconnect from"]).await;
    queued_as(&send(&postman, "anna@acme.test", letter("After", "Hello")).await);
    assert_eq!(postfix.log().matches(": connect from").count(), 2);
}

/// The fields of a report on delivery (RFC 3464), of the message and of its only recipient.
fn report(raw: &[u8]) -> String {
    let message = MessageParser::default().parse(raw).unwrap();
    let part = message.parts.iter().find(|part| part.is_content_type("message", "delivery-status"));
    String::from_utf8(part.expect("a report").contents().to_vec()).unwrap()
}

#[tokio::test]
async fn what_comes_back_says_whom_it_is_about_and_why() {
    let hop = Sink::start();
    let often = "delay_warning_time = 1s\nqueue_run_delay = 1s\nminimal_backoff_time = 1s\nmaximal_backoff_time = 1s";
    let postfix = Postfix::start_with(often, Some(hop.address));
    let postman = postman(&postfix);
    let cases = [
        (
            "anna@hop.test",
            Some("550 5.1.1 no such user"),
            ["Action: failed", "Status: 5.1.1", "smtp; 550 5.1.1 no such user"],
        ),
        (
            "anna@hop.test",
            Some("552 5.2.2 mailbox full"),
            ["Action: failed", "Status: 5.2.2", "smtp; 552 5.2.2 mailbox full"],
        ),
        ("exit@acme.test", None, ["Action: failed", "Status: 5.1.1", "x-unix; no such mailbox"]),
        ("anna@hop.test", Some("451 4.7.1 later"), ["Action: delayed", "Status: 4.7.1", "smtp; 451 4.7.1 later"]),
    ];
    for (index, (to, answer, wanted)) in cases.into_iter().enumerate() {
        if let Some(answer) = answer {
            hop.on(At::Rcpt, Act::Say(answer));
            hop.on(At::Rcpt, Act::Say(answer));
        }
        queued_as(&send(&postman, to, letter("Bounces", "Hello")).await);
        let raw = postfix.notices(index + 1).await.pop().unwrap();
        hop.forget();
        let report = report(&raw);
        for piece in wanted {
            assert!(report.contains(piece), "{piece}: {report}");
        }
        assert!(report.contains(&format!("Final-Recipient: rfc822; {to}")), "{report}");
        let text = String::from_utf8_lossy(&raw);
        assert!(text.contains("Return-Path: <>\n") && text.contains("Message-ID: <1@acme.test>"), "{text}");
    }
    // What was late arrives after all.
    assert_eq!(hop.wait_accepted(1).await[0].to, "anna@hop.test");
}
