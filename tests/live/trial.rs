//! `doorbell mail test`: a letter, the conversation about it, and what that came to (rule E3).

use mail_parser::MessageParser;
use serde_json::Value;

use crate::house::Server;
use crate::sink::{Act, At, CA_FILE, Sink, Tls};

/// Code, stdout, stderr.
async fn trial(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = server.cli(&[&["mail", "test"], arguments].concat(), "").await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn e3_the_whole_conversation_is_told_and_the_letter_arrives() {
    let server = Server::start(&[]).await;
    let (code, said, errors) = trial(&server, &["probe@shop.test"]).await;
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    for line in [
        "-- connected with 127.0.0.1:",
        "S: 220 mx.sink.test",
        "C: EHLO [127.0.0.1]",
        "C: MAIL FROM:<notify@mail.doorbell.test>",
        "C: RCPT TO:<probe@shop.test>",
        "C: DATA",
        "S: 354",
        "C: (the letter, ",
        "S: 250 2.0.0 Ok: queued as 1",
        "Accepted by mx.sink.test as 1; from there on we cannot see it: look in the spam folder.",
    ] {
        assert!(said.contains(line), "{line} is missing:\n{said}");
    }
    let letter = server.sink.wait_accepted(1).await.remove(0);
    let message = MessageParser::default().parse(&letter.raw).unwrap();
    assert_eq!(message.subject(), Some("Test letter from doorbell"));
    assert_eq!(message.from().unwrap().first().unwrap().address(), Some("notify@mail.doorbell.test"));
    assert!(message.message_id().unwrap().ends_with("@mail.doorbell.test"));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
    let address = server.address.to_string();
    assert!(text.contains(&server.url()) && html.contains(&address), "{text}");
    assert!(text.contains(&server.sink.address.to_string()), "{text}");
}

#[tokio::test]
async fn it_speaks_czech_and_to_programs() {
    let server = Server::start(&[]).await;
    let told = server.cli_json(&["mail", "test", "probe@shop.test", "--locale", "cs"], "").await;
    assert_eq!((&told["accepted"], &told["verdict"]["code"]), (&Value::from(true), &Value::from("accepted")));
    let lines = told["conversation"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["who"] == "server" && line["line"] == "354 go on"));
    let letter = server.sink.wait_accepted(1).await.remove(0);
    let message = MessageParser::default().parse(&letter.raw).unwrap();
    assert_eq!(message.subject(), Some("Zkušební e-mail z aplikace doorbell"));
}

#[tokio::test]
async fn a_refusal_is_told_with_what_to_do() {
    let server = Server::start(&[]).await;
    for (at, act, said) in [
        (At::Rcpt, Act::Say("550 5.1.1 no such user here"), "check the address"),
        (At::Rcpt, Act::Say("554 5.7.1 Relay access denied"), "log in"),
        (At::Rcpt, Act::Say("451 4.7.1 greylisted"), "Try again"),
        (At::Mail, Act::Say("530 5.7.0 authentication required"), "wants a log-in"),
        (At::Dot, Act::Say("554 5.7.1 this is spam"), "doorbell check"),
        (At::Connect, Act::Say("554 5.7.1 go away"), "let in"),
        (At::Connect, Act::HangUp, "a mail server"),
        (At::Dot, Act::HangUp, "may have arrived"),
    ] {
        server.sink.on(at, act.clone());
        let (code, conversation, errors) = trial(&server, &["bad@shop.test"]).await;
        assert_eq!(code, Some(1), "{errors}");
        assert!(errors.contains(said), "{act:?}: {errors}");
        if let Act::Say(answer) = act {
            assert!(errors.contains(answer) && conversation.contains(&format!("S: {answer}")), "{errors}");
        }
    }
    assert!(server.sink.accepted().is_empty());
}

#[tokio::test]
async fn a_relay_that_is_not_there_and_no_address() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("'smtp://{}'", gone.local_addr().unwrap());
    drop(gone);
    let server = Server::start(&[("mail.smtp_url", &url)]).await;
    let (code, said, errors) = trial(&server, &["a@shop.test"]).await;
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(errors.contains("cannot be reached") && errors.contains("firewall"), "{errors}");
    for wrong in [vec!["no address"], vec!["a@b.test, c@d.test"], vec![]] {
        let (code, said, errors) = trial(&server, &wrong).await;
        assert_eq!((code, said.as_str()), (Some(2), ""), "{errors}");
    }
}

#[tokio::test]
async fn tls_is_told_and_a_certificate_that_is_not_trusted_is_named() {
    for tls in [Tls::Implicit, Tls::Offered] {
        let sink = Sink::start_with(tls);
        let url = format!("'{}'", sink.url());
        let ca_file = format!("'{CA_FILE}'");
        let server = Server::start(&[("mail.smtp_url", &url), ("mail.ca_file", &ca_file)]).await;
        let (code, said, errors) = trial(&server, &["a@shop.test"]).await;
        assert_eq!(code, Some(0), "{errors}");
        assert!(said.contains("-- TLS 1.3, the certificate was checked and is good for 127.0.0.1"), "{said}");
        assert!(sink.wait_accepted(1).await[0].encrypted);
        if tls == Tls::Offered {
            sink.on(At::StartTls, Act::Say("454 4.7.0 TLS not available"));
            let (code, _, errors) = trial(&server, &["a@shop.test"]).await;
            assert!(code == Some(1) && errors.contains("STARTTLS and then refuses it"), "{errors}");
        }
    }
    let sink = Sink::start_with(Tls::Implicit);
    let server = Server::start(&[("mail.smtp_url", &format!("'{}'", sink.url()))]).await;
    let (code, _, errors) = trial(&server, &["a@shop.test"]).await;
    assert_eq!(code, Some(1));
    assert!(errors.contains("\"127.0.0.1\"") && errors.contains("mail.ca_file"), "{errors}");
}

#[tokio::test]
async fn a_password_is_never_shown() {
    let sink = Sink::start();
    sink.wants_login("user", "s3cret-pw");
    for (password, code) in [("s3cret-pw", 0), ("wr0ng-pw", 1)] {
        let url = format!("'smtp://user:{password}@{}'", sink.address);
        let server = Server::start(&[("mail.smtp_url", &url)]).await;
        let (ended, said, errors) = trial(&server, &["a@shop.test"]).await;
        assert_eq!(ended, Some(code), "{errors}");
        assert!(said.contains("C: AUTH PLAIN …"), "{said}");
        assert!(code == 0 || errors.contains("Check USER and PASSWORD"), "{errors}");
        let all = said + &errors;
        // Base64 of "\0user\0…" begins so.
        assert!(!all.contains(password) && !all.contains("AHVzZXIA"), "{all}");
    }
}

#[tokio::test]
async fn a_folder_gets_the_letter_and_says_that_nobody_else_does() {
    let server = Server::start(&[("mail.smtp_url", "'file:outbox/'")]).await;
    let (code, said, errors) = trial(&server, &["a@shop.test"]).await;
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(said.contains("Written to outbox/") && said.contains("reaches nobody"), "{said}");
    let files: Vec<_> = std::fs::read_dir(server.dir.path().join("outbox")).unwrap().flatten().collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].path().extension().is_some_and(|extension| extension == "eml"));
}
