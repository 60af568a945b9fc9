//! How letters leave: each phase of SMTP, files, the demo's mailbox (rules E3, E4, D5).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorbell::mail::catcher::{Catcher, LETTERS_MAX};
use doorbell::mail::file::Directory;
use doorbell::mail::smtp::relay::{Destination, Relay};
use doorbell::mail::smtp::{Options, Said, SmtpPostman, Timeouts, Who};
use doorbell::ports::postman::{Delivery, Envelope, Phase, Postman, Refusal};

use crate::sink::{Act, At, CA_FILE, Sink, Tls};

const LETTER: &[u8] = b"Message-ID: <1@acme.test>\r\nSubject: hi\r\n\r\n.\r\n..two\r\nend\r\n";

/// Long enough for a loopback on a busy machine.
const PATIENT: Duration = Duration::from_secs(20);
/// Waited for in full by the tests of silence.
const SHORT: Duration = Duration::from_millis(100);

pub(crate) fn patient() -> Timeouts {
    Timeouts { connect: PATIENT, command: PATIENT, data: PATIENT, dot: PATIENT, reuse: PATIENT, idle: PATIENT }
}

pub(crate) fn relay(url: &str) -> Relay {
    match url.parse().unwrap() {
        Destination::Relay(relay) => relay,
        Destination::Directory(_) => panic!("{url} is no relay"),
    }
}

fn postman(sink: &Sink, timeouts: Timeouts) -> SmtpPostman {
    SmtpPostman::new(relay(&sink.url()), Options { timeouts, ..Options::default() }).unwrap()
}

fn envelope() -> Envelope {
    Envelope { from: "notify@acme.test".to_owned(), to: "tomas@acme.test".to_owned() }
}

async fn send(postman: &dyn Postman) -> Delivery {
    match postman.open(envelope()).await {
        Ok(ready) => ready.send(LETTER.into()).await,
        Err(refusal) => refusal.into(),
    }
}

async fn refused(postman: &dyn Postman) -> Refusal {
    postman.open(envelope()).await.err().expect("a refusal")
}

#[tokio::test]
async fn e4_nothing_leaves_before_send_and_all_of_it_after() {
    let sink = Sink::start();
    let postman = postman(&sink, patient());
    let ready = postman.open(envelope()).await.ok().unwrap();
    assert!(sink.bodies().is_empty());
    assert_eq!(sink.commands().last().map(String::as_str), Some("DATA"));
    let Delivery::Accepted(reply) = ready.send(LETTER.into()).await else { panic!("not accepted") };
    assert_eq!((reply.code, reply.text.as_str()), (Some(250), "250 2.0.0 Ok: queued as 1"));
    assert_eq!((reply.server.as_deref(), reply.phase), (Some("mx.sink.test"), Phase::Body));
    let mail = sink.wait_accepted(1).await.remove(0);
    assert_eq!(mail.raw, LETTER, "dots arrive as they are");
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("notify@acme.test", "tomas@acme.test"));
}

#[tokio::test]
async fn e4_a_door_that_is_not_used_sends_nothing() {
    let sink = Sink::start();
    let postman = postman(&sink, patient());
    drop(postman.open(envelope()).await.ok().unwrap());
    sink.wait_closed().await;
    assert!(sink.bodies().is_empty());
    assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
    assert_eq!(sink.connections(), 2, "the half-used connection was hung up");
}

#[tokio::test]
async fn d5_a_refusal_is_kept_whole_with_its_phase() {
    let sink = Sink::start();
    let postman = postman(&sink, patient());
    let cases = [
        (At::Mail, "550 5.7.1 not you", true, Phase::Mail),
        (At::Rcpt, "550-5.1.1 no such user\n550 5.1.1 look it up", true, Phase::Rcpt),
        (At::Rcpt, "451 4.7.1 greylisted", false, Phase::Rcpt),
        (At::Data, "554 5.5.1 no", true, Phase::Data),
        (At::Data, "452 4.3.1 full", false, Phase::Data),
    ];
    for (at, answer, for_ever, phase) in cases {
        sink.on(at, Act::Say(answer));
        let refusal = refused(&postman).await;
        assert_eq!(matches!(refusal, Refusal::Never(_)), for_ever, "{answer}");
        let reply = refusal.reply();
        assert_eq!((reply.text.as_str(), reply.phase), (answer, phase));
        assert_eq!(reply.code, answer[..3].parse().ok());
    }
    assert_eq!(sink.connections(), 1, "a clean refusal does not cost a connection");
    assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
    assert!(sink.commands().contains(&"RSET".to_owned()));
}

#[tokio::test]
async fn e4_the_answer_to_the_dot_decides() {
    let cases = [
        ("552 5.2.2 mailbox full", "never"),
        ("451 4.3.0 try again", "later"),
        // Success is 250 and nothing else: a 354 is the answer to something before.
        ("354 go on", "unknown"),
        ("220 hello", "unknown"),
        ("rubbish", "unknown"),
    ];
    for (answer, wanted) in cases {
        let sink = Sink::start();
        let postman = postman(&sink, patient());
        sink.on(At::Dot, Act::Say(answer));
        let delivery = send(&postman).await;
        let got = match &delivery {
            Delivery::Accepted(_) => "accepted",
            Delivery::Later(_) => "later",
            Delivery::Never(_) => "never",
            Delivery::Unknown(_) => "unknown",
        };
        assert_eq!(got, wanted, "{answer}: {delivery:?}");
        assert_eq!(delivery.reply().phase, Phase::Body);
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
        let reused = sink.connections() == 1;
        assert_eq!(reused, wanted != "unknown", "{answer}: no connection is used again after an answer without sense");
    }
}

#[tokio::test]
async fn an_answer_that_fits_no_command_is_no_success() {
    for (at, answer) in [(At::Data, "250 Ok"), (At::Rcpt, "354 go on"), (At::Mail, "220 hm"), (At::Rcpt, "421 bye")] {
        let sink = Sink::start();
        let postman = postman(&sink, patient());
        sink.on(at, Act::Say(answer));
        assert!(matches!(refused(&postman).await, Refusal::Later(_)), "{answer}");
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
        assert_eq!(sink.connections(), 2, "{answer}");
        assert_eq!(sink.bodies().len(), 1);
    }
}

#[tokio::test]
async fn e4_a_loss_before_the_letter_is_later_and_after_its_beginning_unknown() {
    for at in [At::Connect, At::Ehlo, At::Mail, At::Rcpt, At::Data] {
        let sink = Sink::start();
        sink.on(at, Act::HangUp);
        let refusal = refused(&postman(&sink, patient())).await;
        assert!(matches!(&refusal, Refusal::Later(reply) if reply.code.is_none()), "{at:?}: {refusal:?}");
    }
    for at in [At::Body, At::Dot] {
        let sink = Sink::start();
        let postman = postman(&sink, patient());
        sink.on(at, Act::HangUp);
        assert!(matches!(send(&postman).await, Delivery::Unknown(reply) if reply.code.is_none()), "{at:?}");
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
        assert_eq!(sink.connections(), 2);
    }
}

#[tokio::test]
async fn e4_silence_is_a_loss() {
    let sink = Sink::start();
    sink.on(At::Rcpt, Act::Silence);
    let refusal = refused(&postman(&sink, Timeouts { command: SHORT, ..patient() })).await;
    assert!(refusal.reply().text.contains("silence"), "{refusal:?}");
    assert_eq!(refusal.reply().phase, Phase::Rcpt);

    sink.on(At::Data, Act::Silence);
    let refusal = refused(&postman(&sink, Timeouts { data: SHORT, ..patient() })).await;
    assert_eq!(refusal.reply().phase, Phase::Data);

    sink.on(At::Dot, Act::Silence);
    let delivery = send(&postman(&sink, Timeouts { dot: SHORT, ..patient() })).await;
    assert!(matches!(delivery, Delivery::Unknown(_)), "{delivery:?}");
}

#[tokio::test]
async fn a_relay_that_will_not_talk_with_us_refuses_no_letter() {
    let sink = Sink::start();
    sink.on(At::Connect, Act::Say("554 5.7.1 you are on a list"));
    let refusal = refused(&postman(&sink, patient())).await;
    assert!(matches!(&refusal, Refusal::Later(reply) if reply.phase == Phase::Greeting && reply.code == Some(554)));

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let postman = SmtpPostman::new(relay(&format!("smtp://{nobody}")), Options::default()).unwrap();
    let refusal = postman.check().await.unwrap_err();
    assert_eq!(refusal.reply().phase, Phase::Connect);
    assert!(refusal.reply().text.contains(&nobody.port().to_string()), "{refusal:?}");
}

#[tokio::test]
async fn an_idle_connection_is_used_again_only_if_it_still_answers() {
    for act in [Act::HangUp, Act::Say("421 4.3.2 closing"), Act::Say("500 what"), Act::Silence] {
        let sink = Sink::start();
        let postman = postman(&sink, Timeouts { reuse: SHORT, ..patient() });
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
        sink.on(At::Rset, act.clone());
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)), "{act:?}");
        assert_eq!(sink.connections(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn there_are_never_more_connections_than_were_allowed() {
    let sink = Sink::start();
    let options = Options { connections_max: 2, timeouts: patient(), ..Options::default() };
    let postman = SmtpPostman::new(relay(&sink.url()), options).unwrap();
    let all = (0..10).map(|_| {
        let postman = postman.clone();
        tokio::spawn(async move { send(&postman).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(matches!(one.await.unwrap(), Delivery::Accepted(_)));
    }
    assert_eq!(sink.accepted().len(), 10);
    assert!(sink.connections() <= 2 && sink.open_max() <= 2);
}

#[tokio::test]
async fn the_log_in_works_and_its_password_is_nowhere_to_be_read() {
    let sink = Sink::start();
    sink.wants_login("user", "s3cret-pw");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let listener = move |said: Said<'_>| {
        let who = match said.who {
            Who::Client => "C",
            Who::Server => "S",
            Who::Connection => "-",
        };
        ears.lock().unwrap().push(format!("{who}: {}", said.line));
    };
    let url = format!("smtp://user:s3cret-pw@{}", sink.address);
    for (offers, mechanism) in [(None, "AUTH PLAIN"), (Some("250-mx\n250 AUTH LOGIN"), "AUTH LOGIN")] {
        let listener: doorbell::mail::smtp::Listener = Arc::new(listener.clone());
        let options = Options { timeouts: patient(), listener: Some(listener), ..Options::default() };
        if let Some(offers) = offers {
            sink.on(At::Ehlo, Act::Say(offers));
        }
        let postman = SmtpPostman::new(relay(&url), options).unwrap();
        assert!(matches!(send(&postman).await, Delivery::Accepted(_)));
        assert!(sink.commands().iter().any(|line| line.starts_with(mechanism)));
    }
    let heard = heard.lock().unwrap().join("\n");
    for piece in [
        "S: 220 mx.sink.test",
        "C: EHLO",
        "C: MAIL FROM:<notify@acme.test>",
        "C: RCPT TO:",
        "C: DATA",
        "S: 354",
        "queued as 1",
    ] {
        assert!(heard.contains(piece), "{piece}: {heard}");
    }
    // Base64 of "\0user\0s3cret-pw" and of "s3cret-pw".
    for secret in ["s3cret-pw", "AHVzZXIAczNjcmV0LXB3", "czNjcmV0LXB3"] {
        assert!(!heard.contains(secret), "{heard}");
    }
    assert!(
        sink.commands().iter().any(|line| line.ends_with("AHVzZXIAczNjcmV0LXB3")),
        "the secret that was looked for"
    );
}

#[tokio::test]
async fn d5_whoever_knocks_names_the_last_sender_and_no_recipient() {
    let sink = Sink::start();
    let postman = postman(&sink, patient());
    assert_eq!(postman.knock().await, Ok(()), "there was no letter yet");
    sink.on(At::Mail, Act::Say("530 5.7.0 Authentication required"));
    refused(&postman).await;
    sink.on(At::Mail, Act::Say("530 5.7.0 Authentication required"));
    let refusal = postman.knock().await.unwrap_err();
    assert!(refusal.reply().phase <= Phase::Auth, "{refusal:?}");
    assert_eq!(postman.knock().await, Ok(()));
    let senders = sink.commands().iter().filter(|line| line.starts_with("MAIL FROM:<notify@acme.test>")).count();
    assert_eq!(senders, 3);
    assert!(!sink.commands().iter().any(|line| line.starts_with("RCPT")));
    assert!(matches!(send(&postman).await, Delivery::Accepted(_)), "on the connection that knocked");
    assert_eq!(sink.bodies().len(), 1);
}

#[tokio::test]
async fn d5_a_failed_log_in_blames_no_letter() {
    let sink = Sink::start();
    sink.wants_login("user", "right");
    let url = format!("smtp://user:wrong@{}", sink.address);
    let postman = SmtpPostman::new(relay(&url), Options { timeouts: patient(), ..Options::default() }).unwrap();
    let refusal = refused(&postman).await;
    assert!(matches!(&refusal, Refusal::Later(reply) if reply.phase == Phase::Auth && reply.code == Some(535)));
    assert!(!format!("{refusal:?}").contains("wrong"));
    let silent = Sink::start();
    let url = format!("smtp://user:pw@{}", silent.address);
    let postman = SmtpPostman::new(relay(&url), Options { timeouts: patient(), ..Options::default() }).unwrap();
    assert_eq!(
        refused(&postman).await.reply().phase,
        Phase::Auth,
        "a server without log-in is not sent to without one"
    );
}

#[tokio::test]
async fn e5_an_address_cannot_become_a_command() {
    let sink = Sink::start();
    let postman = postman(&sink, patient());
    for to in ["a@b.test>\r\nRCPT TO:<victim@evil.test", "", "a b@c.test", "a@b.test,c@d.test"] {
        let refusal = postman.open(Envelope { to: to.to_owned(), ..envelope() }).await.err().unwrap();
        assert!(matches!(refusal, Refusal::Never(_)), "{to}");
    }
    assert!(!sink.commands().iter().any(|line| line.starts_with("RCPT")));
}

fn trusting(sink: &Sink) -> SmtpPostman {
    let options = Options { timeouts: patient(), ca_file: Some(CA_FILE.into()), ..Options::default() };
    SmtpPostman::new(relay(&sink.url()), options).unwrap()
}

#[tokio::test]
async fn e3_letters_go_over_tls() {
    for tls in [Tls::Implicit, Tls::Offered] {
        let sink = Sink::start_with(tls);
        sink.wants_login("user", "pw");
        let url = sink.url().replace("://", "://user:pw@");
        let options = Options { timeouts: patient(), ca_file: Some(CA_FILE.into()), ..Options::default() };
        let postman = SmtpPostman::new(relay(&url), options).unwrap();
        for _ in 0..2 {
            assert!(matches!(send(&postman).await, Delivery::Accepted(_)), "{tls:?}");
        }
        assert!(sink.accepted().iter().all(|mail| mail.encrypted && mail.raw == LETTER), "{tls:?}");
        assert_eq!(sink.connections(), 1);
    }
}

#[tokio::test]
async fn a_relay_that_nobody_vouches_for_gets_nothing() {
    let sink = Sink::start_with(Tls::Implicit);
    let refusal = refused(&postman(&sink, patient())).await;
    assert!(matches!(&refusal, Refusal::Later(reply) if reply.phase == Phase::Connect), "{refusal:?}");
    assert!(refusal.reply().text.contains("certificate"), "{refusal:?}");
}

#[tokio::test]
async fn on_the_same_machine_starttls_is_used_only_where_trust_is_configured() {
    let sink = Sink::start_with(Tls::Offered);
    assert!(matches!(send(&postman(&sink, patient())).await, Delivery::Accepted(_)));
    assert!(!sink.accepted()[0].encrypted);
}

#[tokio::test]
async fn what_is_said_between_starttls_and_tls_is_not_taken_for_encrypted() {
    let sink = Sink::start_with(Tls::Offered);
    sink.on(At::StartTls, Act::Say("220 go on\n250 mx.evil.test"));
    let refusal = refused(&trusting(&sink)).await;
    assert!(matches!(&refusal, Refusal::Later(reply) if reply.phase == Phase::Hello), "{refusal:?}");
    sink.on(At::StartTls, Act::Say("454 4.7.0 not now"));
    let refusal = refused(&trusting(&sink)).await;
    assert_eq!(refusal.reply().code, Some(454), "and there is no falling back to plain text");
}

#[tokio::test]
async fn a_file_of_authorities_without_any_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    for content in [None, Some("nothing"), Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let options = Options { ca_file: Some(path.clone()), ..Options::default() };
        let error = SmtpPostman::new(relay("smtps://mx.acme.test"), options).err().unwrap().to_string();
        assert!(error.contains("ca.pem"), "{error}");
    }
}

#[tokio::test]
async fn e3_a_letter_becomes_a_file_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/outbox");
    let postman = Directory::new(&path);
    for _ in 0..2 {
        let delivery = send(&postman).await;
        let Delivery::Accepted(reply) = delivery else { panic!("{delivery:?}") };
        assert!(reply.text.contains("1@acme.test.eml"));
    }
    let files: Vec<_> = std::fs::read_dir(&path).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["1@acme.test.eml"], "a repeat is the same file, and nothing unfinished is left");
    assert_eq!(std::fs::read(path.join("1@acme.test.eml")).unwrap(), LETTER);

    std::fs::write(directory.path().join("file"), "").unwrap();
    let nowhere = Directory::new(directory.path().join("file/outbox"));
    assert!(matches!(refused(&nowhere).await, Refusal::Later(_)));
}

#[tokio::test]
async fn the_demos_mailbox_keeps_the_newest() {
    let catcher = Catcher::new();
    for _ in 0..LETTERS_MAX + 3 {
        assert!(matches!(send(&catcher).await, Delivery::Accepted(_)));
    }
    let letters = catcher.letters();
    assert_eq!(letters.len(), LETTERS_MAX);
    assert_eq!(letters[0].number, LETTERS_MAX as u64 + 3);
    assert!(catcher.letter(1).is_none());
    assert_eq!(&*catcher.letter(letters[0].number).unwrap().raw, LETTER);
}
