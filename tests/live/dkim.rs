//! Rule E3 over the whole server: what arrives is signed, by a key that `doorbell mail key` made or shows.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use doorbell::mail::dkim::{Key, Record};
use mail_parser::MessageParser;
use serde_json::json;
use tempfile::TempDir;

use crate::house::{Server, eventually};
use crate::people::text;
use crate::sink::Mail;
use crate::verifier::verified;

const DOMAIN: &str = "mail.doorbell.test";

/// A server that signs, and the folder of its key.
async fn signing(pem: &str, mode: u32) -> (Server, TempDir) {
    let folder = TempDir::with_prefix("doorbell-dkim-").unwrap();
    let path = folder.path().join("dkim.pem");
    fs::write(&path, pem).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    let settings = [
        ("mail.dkim.domain", format!("'{DOMAIN}'")),
        ("mail.dkim.selector", "'bell'".to_owned()),
        ("mail.dkim.key_file", format!("'{}'", path.display())),
    ];
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    (Server::start(&settings).await, folder)
}

/// The names of a message's header fields, in lower case.
fn names(mail: &Mail) -> BTreeSet<String> {
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    message.headers_raw().map(|(name, _)| name.to_ascii_lowercase()).collect()
}

/// The names that its signature covers.
fn covered(mail: &Mail) -> BTreeSet<String> {
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    let signature: String = message.header_raw("DKIM-Signature").unwrap().split_whitespace().collect();
    let names = signature.split(';').find_map(|tag| tag.strip_prefix("h=")).unwrap();
    names.split(':').map(str::to_ascii_lowercase).collect()
}

#[tokio::test]
async fn e3_letters_notes_and_trials_arrive_signed_in_every_header() {
    for pem in [include_str!("../mail/keys/rsa-pkcs1.pem"), include_str!("../mail/keys/ed25519.pem")] {
        let (server, folder) = signing(pem, 0o600).await;
        let account = server.account("standard", 1).await;
        let email = &account.operators[0].email;
        account.visitor().await.say("Podepsáno – žluťoučký kůň \t\n.\n").await;
        let answer = server.api().call("POST", "/api/v1/password/forgot", Some(json!({ "email": email }))).await;
        assert_eq!(answer.unwrap().status, 202);
        server.cli_json(&["mail", "test", "probe@shop.test"], "").await;
        let mails = eventually("all", async || Some(server.sink.accepted()).filter(|all| all.len() == 3)).await;

        // Domain and selector are those of the configuration.
        let path = folder.path().join("dkim.pem");
        let told = server.cli_json(&["mail", "key", "--show", path.to_str().unwrap()], "").await;
        let (name, value) = (text(&told["record"]["name"]), text(&told["record"]["value"]));
        assert_eq!(name, format!("bell._domainkey.{DOMAIN}"));
        let messages: Vec<_> = mails.iter().map(|mail| mail.raw.as_slice()).collect();
        assert_eq!(verified(&[(&name, &value)], &messages), [true; 3]);

        for mail in &mails {
            let mut left = names(mail);
            assert!(left.remove("dkim-signature"));
            assert!(left.is_subset(&covered(mail)), "{left:?}");
        }
        // Rule E2.
        assert!(mails.iter().any(|mail| {
            let needed = ["message-id", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress"];
            let lists = ["list-id", "list-unsubscribe", "list-unsubscribe-post"];
            needed.iter().chain(&lists).all(|name| covered(mail).contains(*name))
        }));
        let log = fs::read_to_string(server.log()).unwrap();
        assert!(!log.contains("dkim.pem"), "{log}");
    }
}

#[tokio::test]
async fn e3_a_key_that_everybody_can_read_is_worth_a_warning_and_one_that_is_none_stops_the_start() {
    let (mut server, folder) = signing(include_str!("../mail/keys/ed25519.pem"), 0o644).await;
    let log = fs::read_to_string(server.log()).unwrap();
    assert!(log.contains("WARN") && log.contains("chmod 600") && log.contains("dkim.pem"), "{log}");
    server.stop().await;
    let path = folder.path().join("dkim.pem");
    for (pem, reason) in [
        (Some(include_str!("../mail/keys/rsa-1024.pem")), "shorter than 2048 bits"),
        (Some(include_str!("../mail/keys/rsa-public.pem")), "holds a public key"),
        (None, "cannot be read"),
    ] {
        match pem {
            Some(pem) => fs::write(&path, pem).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        server.spawn();
        assert_eq!(server.ended().await.code(), Some(1), "{reason}");
        let log = fs::read_to_string(server.log()).unwrap();
        let last = log.lines().last().unwrap();
        assert!(last.contains(reason) && last.contains(path.to_str().unwrap()), "{last}");
        assert!(last.contains("`doorbell mail key` makes one"), "{last}");
    }
}

/// The record of the key in a file, as the library tells it.
fn record(path: &Path) -> Record {
    Record::of("example.com", "spring", &Key::from_pem(&fs::read(path).unwrap()).unwrap())
}

#[tokio::test]
async fn a_key_is_made_once_for_its_owner_alone_and_its_record_told() {
    let server = Server::start(&[]).await;
    for (file, flag, algorithm) in [("rsa.pem", None, "rsa-sha256"), ("ed.pem", Some("--ed25519"), "ed25519-sha256")] {
        let path = server.dir.path().join(file);
        let common = ["mail", "key", "--domain", "example.com", "--selector", "spring"];
        let make: Vec<&str> = common.iter().copied().chain(["--out", file]).chain(flag).collect();
        let told = server.cli_json(&make, "").await;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let pem = fs::read_to_string(&path).unwrap();
        assert_eq!(told["record"], json!(record(&path)));
        assert_eq!((&told["algorithm"], &told["key_file"]), (&json!(algorithm), &json!(path)));

        let again = server.cli(&make, "").await;
        assert_eq!((again.status.code(), again.stdout.is_empty()), (Some(1), true));
        assert!(String::from_utf8(again.stderr).unwrap().contains(file));
        assert_eq!(fs::read_to_string(&path).unwrap(), pem, "what is there stays");

        let show: Vec<&str> = common.iter().copied().chain(["--show", file]).collect();
        assert_eq!(server.cli_json(&show, "").await, told);
        let words = String::from_utf8(server.cli(&show, "").await.stdout).unwrap();
        assert!(words.contains(&text(&told["record"]["value"])) && words.contains(&text(&told["config"])), "{words}");
        // All but the key.
        let secret = pem.lines().nth(1).unwrap();
        assert!(!words.contains(secret) && !told.to_string().contains(secret));
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_made_or_shown_fails_with_a_reason() {
    let server = Server::start(&[]).await;
    let key = |arguments: &[&'static str]| [&["mail", "key"], arguments].concat();
    for (arguments, code, reason) in [
        (key(&["--show", "doorbell.toml", "--domain", "a.test", "--selector", "s"]), 1, "no PEM file"),
        (key(&["--show", "nothing.pem", "--domain", "a.test", "--selector", "s"]), 1, "nothing.pem"),
        (key(&["--out", "no/folder/k.pem", "--domain", "a.test", "--selector", "s"]), 1, "no/folder/k.pem"),
        (key(&["--out", "k.pem"]), 2, "--domain"),
        (key(&["--out", "k.pem", "--domain", "a b", "--selector", "s"]), 2, "not a name in the DNS"),
    ] {
        let output = server.cli(&arguments, "").await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.stdout.is_empty() && said.contains(reason), "{arguments:?}: {said}");
    }
    assert!(!server.dir.path().join("k.pem").exists());
}
