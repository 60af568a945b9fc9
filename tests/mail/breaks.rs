//! A relay that breaks at every step, in every way: what the client says of the letter, and that the next letter is told its
//! own answer (rules E4, D5).

use std::time::Duration;

use doorbell::mail::smtp::{Options, SmtpPostman, Timeouts};
use doorbell::ports::postman::{Delivery, Envelope, Phase, Postman as _};
use futures_util::future::join_all;

use crate::postmen::{patient, relay};
use crate::sink::{Act, At, CA_FILE, Sink, Tls};

const LETTER: &[u8] = b"Message-ID: <1@acme.test>\r\nSubject: hi\r\n\r\nHello\r\n.\r\n";

/// Waited for in full wherever the relay is silent; and on a busy machine long enough where it is not.
const SHORT: Duration = Duration::from_millis(500);

/// What becomes of a letter, without the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Later,
    Never,
    Unknown,
}

use Fate::{Accepted, Later, Never, Unknown};

fn fate(delivery: &Delivery) -> Fate {
    match delivery {
        Delivery::Accepted(_) => Accepted,
        Delivery::Later(_) => Later,
        Delivery::Never(_) => Never,
        Delivery::Unknown(_) => Unknown,
    }
}

/// One break: where the relay does what, what that is for the letter, with which code, and whether the next letter still goes
/// over the same connection.
struct Case(At, Act, Fate, Option<u16>, Connection);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Kept,
    New,
}

use Connection::{Kept, New};

/// To what the reply belongs.
fn phase(at: At) -> Phase {
    match at {
        At::Connect => Phase::Greeting,
        At::Ehlo | At::StartTls => Phase::Hello,
        At::Auth => Phase::Auth,
        At::Mail | At::Rset => Phase::Mail,
        At::Rcpt => Phase::Rcpt,
        At::Data => Phase::Data,
        At::Body | At::Dot => Phase::Body,
    }
}

fn postman(sink: &Sink, timeouts: Timeouts) -> SmtpPostman {
    let url = format!("smtp://user:pw@{}", sink.address);
    SmtpPostman::new(relay(&url), Options { timeouts, ..Options::default() }).unwrap()
}

fn sink() -> Sink {
    let sink = Sink::start();
    sink.wants_login("user", "pw");
    sink
}

async fn send(postman: &SmtpPostman) -> Delivery {
    let envelope = Envelope { from: "notify@acme.test".to_owned(), to: "tomas@acme.test".to_owned() };
    match postman.open(envelope).await {
        Ok(ready) => ready.send(LETTER.into()).await,
        Err(refusal) => refusal.into(),
    }
}

/// Sends one letter into the break and one after it.
async fn try_out(Case(at, act, wanted, code, connection): Case, timeouts: Timeouts) {
    let case = format!("{at:?} {act:?}");
    let (sink, says) = (sink(), act.clone());
    sink.on(at, act);
    let postman = postman(&sink, timeouts);
    let first = send(&postman).await;
    assert_eq!(fate(&first), wanted, "{case}: {first:?}");
    assert_eq!((first.reply().phase, first.reply().code), (phase(at), code), "{case}: {first:?}");
    if let (Some(_), Act::Say(text) | Act::SayAndHangUp(text)) = (code, says) {
        assert_eq!(first.reply().text, text, "{case}");
    }
    let before = (sink.accepted().len(), sink.bodies().len());
    assert_eq!(before.0, usize::from(wanted == Accepted && at != At::Dot), "{case}");
    assert!(before.1 <= 1, "{case}: one letter, at most one copy");

    let next = send(&postman).await;
    let own = format!("250 2.0.0 Ok: queued as {}", before.0 + 1);
    assert_eq!(
        (fate(&next), next.reply().text.as_str()),
        (Accepted, own.as_str()),
        "{case}: the next one's own answer"
    );
    assert_eq!(sink.accepted().len(), before.0 + 1, "{case}");
    assert_eq!(sink.accepted().last().map(|mail| mail.raw.as_slice()), Some(LETTER), "{case}");
    let connections = if connection == Kept { 1 } else { 2 };
    assert_eq!(sink.connections(), connections, "{case}: {:?}", sink.commands());
}

async fn try_all(cases: Vec<Case>, timeouts: Timeouts) {
    join_all(cases.into_iter().map(|case| try_out(case, timeouts))).await;
}

const EVERYWHERE: [At; 7] = [At::Connect, At::Ehlo, At::Auth, At::Mail, At::Rcpt, At::Data, At::Dot];

#[tokio::test]
async fn d5_who_is_refused_is_told_it_whole_and_costs_no_connection() {
    let mut cases = Vec::new();
    for at in [At::Rcpt, At::Dot] {
        cases.extend([
            Case(at, Act::Say("451 4.7.1 Greylisted, try again in 300 seconds"), Later, Some(451), Kept),
            Case(at, Act::Say("452 4.2.2 Over quota"), Later, Some(452), Kept),
            Case(at, Act::Say("552 5.2.2 Mailbox full"), Never, Some(552), Kept),
            Case(at, Act::Say("550 5.1.1 No such user"), Never, Some(550), Kept),
            Case(at, Act::Say("550 5.7.1 Rejected as spam"), Never, Some(550), Kept),
            Case(at, Act::Say("550 5.7.1 Denied by policy"), Never, Some(550), Kept),
            Case(at, Act::Say("550-5.7.1 Our system\n550-5.7.1 thinks\n550 5.7.1 not"), Never, Some(550), Kept),
            Case(at, Act::Say("550"), Never, Some(550), Kept),
        ]);
    }
    cases.extend([
        Case(At::Mail, Act::Say("451 4.3.0 Not now"), Later, Some(451), Kept),
        Case(At::Mail, Act::Say("553 5.1.8 Not from there"), Never, Some(553), Kept),
        Case(At::Data, Act::Say("451 4.3.5 Not now"), Later, Some(451), Kept),
        Case(At::Data, Act::Say("554 5.5.1 No valid recipients"), Never, Some(554), Kept),
    ]);
    try_all(cases, patient()).await;
}

#[tokio::test]
async fn e4_a_relay_that_closes_down_wherever_it_is_has_refused_nobody_for_good() {
    let closes = |at| Case(at, Act::SayAndHangUp("421 4.3.2 Shutting down"), Later, Some(421), New);
    try_all(EVERYWHERE.map(closes).into(), patient()).await;
    // Who says so and stays is left as well.
    let stays = |at| Case(at, Act::Say("421 4.7.0 Too much"), Later, Some(421), New);
    try_all(EVERYWHERE.map(stays).into(), patient()).await;
}

#[tokio::test]
async fn what_is_refused_to_us_blames_no_letter() {
    for (at, text) in [
        (At::Connect, "554 5.7.1 Your address is on a list"),
        (At::Ehlo, "502 5.5.1 What?"),
        (At::Auth, "535 5.7.8 Bad credentials"),
        (At::Auth, "454 4.7.0 The directory is away"),
        (At::Auth, "334 R28gb24="),
    ] {
        let code = text[..3].parse().ok();
        try_out(Case(at, Act::Say(text), Later, code, New), patient()).await;
    }
    // A log-in that is asked for late is one all the same.
    for at in [At::Mail, At::Rcpt] {
        let sink = sink();
        sink.on(at, Act::Say("530 5.7.0 Authentication required"));
        let postman = postman(&sink, patient());
        let delivery = send(&postman).await;
        assert_eq!((fate(&delivery), delivery.reply().phase), (Later, Phase::Auth), "{delivery:?}");
        assert_eq!(fate(&send(&postman).await), Accepted);
        sink.wait_said("QUIT", 1).await;
    }
}

#[tokio::test]
async fn e4_silence_and_loss_before_the_letter_are_later_and_after_its_beginning_unknown() {
    let brief = Timeouts { connect: SHORT, command: SHORT, data: SHORT, dot: SHORT, ..patient() };
    let outcome = |at| if matches!(at, At::Body | At::Dot) { Unknown } else { Later };
    let everywhere = || EVERYWHERE.into_iter().chain([At::Body]);
    try_all(everywhere().map(|at| Case(at, Act::Silence, outcome(at), None, New)).collect(), brief).await;
    try_all(everywhere().map(|at| Case(at, Act::HangUp, outcome(at), None, New)).collect(), patient()).await;
}

#[tokio::test]
async fn an_answer_that_fits_no_command_is_neither_success_nor_refusal() {
    let mut cases = Vec::new();
    for at in [At::Mail, At::Rcpt, At::Dot] {
        let wanted = if at == At::Dot { Unknown } else { Later };
        cases.push(Case(at, Act::Say("354 Go on"), wanted, Some(354), New));
        cases.push(Case(at, Act::Say("220 mx.sink.test"), wanted, Some(220), New));
        cases.push(Case(at, Act::Say("252 Perhaps"), wanted, Some(252), New));
        for bytes in [
            b"Hello there\r\n".as_slice(),
            b"2500 Ok\r\n",
            b"999 Ok\r\n",
            b"250_Ok\r\n",
            b"\r\n",
            // Two codes in one answer: nobody knows which one is meant.
            b"250-Ok\r\n550 5.1.1 no such user\r\n",
            b"550-5.1.1 no such user\r\n250 Ok\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\n",
        ] {
            cases.push(Case(at, Act::Bytes(bytes), wanted, None, New));
        }
        // Too long: a line, and a number of them.
        let line = format!("250 {}\r\n", "x".repeat(5_000));
        let lines = format!("250-{}\r\n", "x".repeat(500)).repeat(200);
        for endless in [line, lines] {
            cases.push(Case(at, Act::Bytes(Box::leak(endless.into_boxed_str()).as_bytes()), wanted, None, New));
        }
    }
    cases.push(Case(At::Data, Act::Say("250 Ok"), Later, Some(250), New));
    try_all(cases, patient()).await;
}

#[tokio::test]
async fn odd_answers_that_can_be_understood_are() {
    let cases = vec![
        Case(At::Rcpt, Act::Bytes(b"550 5.1.1 bare line feed\n"), Never, Some(550), Kept),
        Case(At::Rcpt, Act::Bytes(b"550-5.1.1 one\n550-5.1.1 two\r\n550 5.1.1 three\n"), Never, Some(550), Kept),
        Case(At::Rcpt, Act::Bytes(b"550 5.1.1 NUL\0bytes\0\r\n"), Never, Some(550), Kept),
        Case(At::Rcpt, Act::Bytes(b"450 4.2.0 \xff\xfe\x1b[31m\r\n"), Later, Some(450), Kept),
        Case(At::Dot, Act::Bytes(b"452\r\n"), Later, Some(452), Kept),
    ];
    try_all(cases, patient()).await;
    let sink = sink();
    sink.on(At::Rcpt, Act::Bytes(b"550 5.1.1 a\0b\x1b[31mc\xff\r\n"));
    let delivery = send(&postman(&sink, patient())).await;
    assert_eq!(delivery.reply().text, "550 5.1.1 a b [31mc\u{fffd}", "nothing in it can act on who reads it");
}

#[tokio::test]
async fn what_is_said_before_it_is_asked_for_answers_nothing() {
    let early = [
        (At::Mail, b"250 Ok\r\n250 Ok\r\n".as_slice(), Later, Phase::Rcpt),
        (At::Rcpt, b"250 Ok\r\n354 Go on\r\n", Later, Phase::Data),
        (At::Data, b"354 Go on\r\n250 2.0.0 Ok: queued as 77\r\n", Later, Phase::Body),
        (At::Dot, b"250 2.0.0 Ok: queued as 1\r\n250 2.0.0 Ok: queued as 2\r\n", Accepted, Phase::Body),
    ];
    for (at, bytes, wanted, phase) in early {
        let sink = sink();
        sink.on(at, Act::Bytes(bytes));
        let postman = postman(&sink, patient());
        let delivery = send(&postman).await;
        assert_eq!((fate(&delivery), delivery.reply().phase), (wanted, phase), "{at:?}: {delivery:?}");
        assert_eq!(sink.bodies().len(), usize::from(at == At::Dot), "{at:?}");
        sink.on(At::Rcpt, Act::Say("550 5.1.1 No such user"));
        let next = send(&postman).await;
        assert_eq!(next.reply().text, "550 5.1.1 No such user", "{at:?}");
        assert_eq!(sink.connections(), 2, "{at:?}");
    }
}

#[tokio::test]
async fn a_connection_whose_reset_goes_wrong_is_not_used() {
    for act in [
        Act::Say("354 Go on"),
        Act::SayAndHangUp("421 4.4.2 Idle for too long"),
        Act::HangUp,
        Act::Silence,
        Act::Bytes(b"250 Ok\r\n250 Ok\r\n"),
        Act::Bytes(b"Hello\r\n"),
    ] {
        let sink = sink();
        let postman = postman(&sink, Timeouts { reuse: SHORT, ..patient() });
        assert_eq!(fate(&send(&postman).await), Accepted);
        sink.on(At::Rset, act.clone());
        sink.on(At::Rcpt, Act::Say("550 5.1.1 No such user"));
        assert_eq!(send(&postman).await.reply().text, "550 5.1.1 No such user", "{act:?}");
        assert_eq!(sink.connections(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn starttls_that_goes_wrong_is_not_gone_without() {
    for act in [
        Act::Say("454 4.7.0 Not now"),
        Act::Say("502 5.5.1 What?"),
        Act::SayAndHangUp("220 Go on"),
        Act::Bytes(b"220 Go on\r\nnot TLS at all\r\n"),
        Act::HangUp,
    ] {
        let sink = Sink::start_with(Tls::Offered);
        sink.on(At::StartTls, act.clone());
        let options = Options { timeouts: patient(), ca_file: Some(CA_FILE.into()), ..Options::default() };
        let postman = SmtpPostman::new(relay(&sink.url()), options).unwrap();
        let delivery = send(&postman).await;
        assert_eq!((fate(&delivery), delivery.reply().phase), (Later, Phase::Hello), "{act:?}: {delivery:?}");
        assert!(!sink.commands().iter().any(|line| line.starts_with("MAIL")), "{act:?}");
        assert_eq!(fate(&send(&postman).await), Accepted, "{act:?}");
        assert!(sink.accepted()[0].encrypted, "{act:?}");
    }
}

/// Nobody waits any more: the connection ends, and the next letter, refused, is told its own refusal.
#[tokio::test]
async fn e4_a_sending_that_is_given_up_half_way_leaves_nothing_to_the_next() {
    for at in EVERYWHERE.into_iter().chain([At::Body]) {
        let sink = sink();
        let postman = postman(&sink, patient());
        sink.on(at, Act::Silence);
        let given_up = tokio::spawn({
            let postman = postman.clone();
            async move { send(&postman).await }
        });
        sink.wait_silent(1).await;
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        sink.wait_closed().await;
        sink.on(At::Rcpt, Act::Say("550 5.1.1 No such user"));
        assert_eq!(send(&postman).await.reply().text, "550 5.1.1 No such user", "{at:?}");
        assert_eq!(fate(&send(&postman).await), Accepted, "{at:?}");
        assert_eq!((sink.connections(), sink.accepted().len()), (2, 1), "{at:?}");
    }
}

#[tokio::test]
async fn connections_end_with_a_word_and_before_the_relay_ends_them() {
    // Idle for too long.
    let sink = sink();
    let idle = postman(&sink, Timeouts { idle: Duration::from_millis(50), ..patient() });
    for n in 1..=2 {
        assert_eq!(fate(&send(&idle).await), Accepted);
        sink.wait_said("QUIT", n).await;
        sink.wait_closed().await;
    }
    assert_eq!(sink.connections(), 2);

    // No longer needed.
    let sink = self::sink();
    let postman = postman(&sink, patient());
    assert_eq!(fate(&send(&postman).await), Accepted);
    drop(postman);
    sink.wait_said("QUIT", 1).await;
    sink.wait_closed().await;
}

#[tokio::test]
async fn a_connection_carries_a_hundred_letters() {
    let sink = sink();
    let postman = postman(&sink, patient());
    for _ in 0..101 {
        assert_eq!(fate(&send(&postman).await), Accepted);
    }
    sink.wait_said("QUIT", 1).await;
    assert_eq!((sink.connections(), sink.open_max()), (2, 1), "one ends before the other begins");
}
