//! Rule E3: letters and notes are signed so that a verifier that is not ours finds them good, and every change bad.

use std::sync::Arc;

use doorbell::domain::account::Locale;
use doorbell::domain::ids::{AccountId, NoteId, OperatorId};
use doorbell::domain::note::{Note, Person, Tidings};
use doorbell::domain::notice::letter::LetterState;
use doorbell::domain::time::Span;
use doorbell::mail::dkim::{Algorithm, Key, Signer};
use doorbell::mail::envelope_id::EnvelopeIds;
use doorbell::mail::letter::render;
use doorbell::mail::scribe::HouseScribe;
use uuid::Uuid;

use crate::given::{AT, material};
use crate::verifier::verified;

const DOMAIN: &str = "mail.acme.test";

/// Key files, made by OpenSSL.
const KEYS: [(&str, Algorithm); 3] = [
    (include_str!("keys/rsa-pkcs8.pem"), Algorithm::Rsa),
    (include_str!("keys/rsa-pkcs1.pem"), Algorithm::Rsa),
    (include_str!("keys/ed25519.pem"), Algorithm::Ed25519),
];

fn signer(pem: &str) -> Signer {
    Signer::new(DOMAIN, "bell", Key::from_pem(pem.as_bytes()).unwrap())
}

/// Whether the verifier finds each message good.
fn good(signer: &Signer, messages: &[&str]) -> Vec<bool> {
    let record = signer.record();
    let messages: Vec<_> = messages.iter().map(|message| message.as_bytes()).collect();
    verified(&[(&record.name, &record.value)], &messages)
}

fn letter(texts: &[&str]) -> String {
    String::from_utf8(render(&material(texts)).unwrap().message).unwrap()
}

/// A letter of everyday, one with everything odd in it, and one without an address to answer to.
fn letters() -> Vec<String> {
    let long = "Příliš žluťoučký kůň \t  úpěl ďábelské ódy. ".repeat(60);
    let odd = ["", " ", ".\n..\n\n\n  =20  \t\n", "\u{85}\u{2028}\0 \r\n.\r\n", "From x\nb=1; bh=2", &long];
    let mut hostile = material(&odd);
    hostile.visitor.name = Some("Žluťoučký  kůň\r\nBcc: x@y.test\t\u{202e}".repeat(9));
    hostile.recipient_name = "Příliš, \"dlouhé\"  jméno ".repeat(7);
    hostile.locale = Locale::Cs;
    let mut mute = material(&["hello"]);
    mute.visitor.email = None;
    mute.include_text = false;
    let write = |material| String::from_utf8(render(&material).unwrap().message).unwrap();
    vec![letter(&["Do you ship to Brno?"]), write(hostile), write(mute)]
}

fn note() -> Note {
    let person = |number: u128, name: &str| Person {
        account: AccountId(Uuid::from_u128(number)),
        operator: OperatorId(Uuid::from_u128(number)),
        name: name.to_owned(),
        account_name: "Příliš žluťoučký kůň, s.r.o.".to_owned(),
        key: "reset/1".to_owned(),
        token: Some("AAAA-BBBB_CCCC".to_owned()),
    };
    Note {
        id: NoteId(Uuid::from_u128(7)),
        account: AccountId(Uuid::from_u128(1)),
        to: "tomas@acme.test".to_owned(),
        locale: Locale::Cs,
        timezone: "Europe/Prague".to_owned(),
        tidings: Tidings::Forgotten { people: vec![person(1, "Tomáš"), person(2, "Tomáš  ve druhé firmě")] },
        state: LetterState::Queued,
        created_at: AT,
        until: AT + Span::from_secs(3_600),
        due: AT,
        claim: None,
        bodies: 0,
        raw: None,
        attempts: Vec::new(),
    }
}

/// The names that a signature covers, in lower case.
fn covered(signed: &str) -> Vec<String> {
    let field = signed.split("\r\n").take_while(|line| line.starts_with("DKIM") || line.starts_with(' '));
    let field: String = field.collect::<String>().split_whitespace().collect();
    let names = field.split(';').find_map(|tag| tag.strip_prefix("h=")).unwrap();
    names.split(':').map(str::to_ascii_lowercase).collect()
}

/// The message without a header field that is one line.
fn without(message: &str, name: &str) -> String {
    let at = message.find(&format!("\r\n{name}: ")).unwrap();
    let end = message[at + 2..].find("\r\n").unwrap();
    [&message[..at], &message[at + 2 + end..]].concat()
}

#[test]
fn e3_letters_verify_by_either_kind_of_key() {
    for (pem, algorithm) in KEYS {
        let ours = signer(pem);
        let signed: Vec<_> = letters().iter().map(|letter| ours.sign(letter).unwrap()).collect();
        let messages: Vec<_> = signed.iter().map(String::as_str).collect();
        assert_eq!(good(&ours, &messages), [true; 3], "{algorithm:?}");
        for (signed, letter) in signed.iter().zip(letters()) {
            assert!(signed.contains(&format!("a={};", algorithm.as_str())) && signed.ends_with(&letter));
            let head = signed.strip_suffix(letter.as_str()).unwrap();
            assert!(head.split("\r\n").all(|line| line.len() < 78), "{head}");
            assert!(!head.contains(" l=") && !head.contains(" t=") && !head.contains(" x="), "{head}");
        }
    }
}

#[test]
fn e3_new_keys_verify_too() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let ours = Signer::new(DOMAIN, "bell", Key::generate(algorithm).unwrap());
        let signed = ours.sign(&letter(&["hi"])).unwrap();
        assert_eq!(good(&ours, &[&signed]), [true], "{algorithm:?}");
    }
}

#[test]
fn e3_a_body_may_be_empty_and_its_end_may_be_anything() {
    let head =
        "From: a@mail.acme.test\r\nTo: b@acme.test\r\nSubject: \t folded\r\n  and\ttabbed \t\r\nX: not signed\r\n";
    let bodies =
        ["", "\r\n", "\r\n\r\n", "\r\n \t\r\n", "\r\nx", "\r\nx  \t y \t\r\n\r\n \r\n", "\r\n\r\n\r\nx=20=\r\n=09\r\n"];
    for (pem, algorithm) in KEYS {
        let ours = signer(pem);
        let signed: Vec<_> = bodies.iter().map(|body| ours.sign(&format!("{head}{body}")).unwrap()).collect();
        let messages: Vec<_> = signed.iter().map(String::as_str).collect();
        assert_eq!(good(&ours, &messages), [true; 7], "{algorithm:?}");
    }
}

#[test]
fn e3_what_relays_do_to_white_space_is_forgiven() {
    let ours = signer(KEYS[0].0);
    let signed = ours.sign(&letter(&["hi"])).unwrap();
    let refolded = signed.replace("\r\nSubject: ", "\r\nSUBJECT:\r\n\t ").replace("; c=relaxed", ";\r\n\tc=relaxed");
    let received = format!("Received: from x by y\r\n{signed}\r\n\r\n");
    assert_ne!(refolded, signed);
    assert_eq!(good(&ours, &[&refolded, &received]), [true, true]);
}

#[test]
fn e3_what_was_changed_does_not_verify() {
    for (pem, algorithm) in KEYS {
        let ours = signer(pem);
        let signed = ours.sign(&letter(&["Do you ship to Brno?"])).unwrap();
        let (dkim, rest) = signed.split_at(signed.find("\r\nDate: ").unwrap());
        let mut changed = vec![
            signed.replace("ship to Brno", "ship to Bern"),
            format!("{signed}more\r\n"),
            format!("From: Boss <boss@acme.test>\r\n{signed}"),
            format!("{dkim}\r\nFrom: Boss <boss@acme.test>{rest}"),
            signed.replacen("\r\n\r\n", "\r\nFrom: Boss <boss@acme.test>\r\n\r\n", 1),
            format!("Subject: Pay\r\n{signed}"),
            signed.replacen("\r\n\r\n", "\r\nSubject: Pay\r\n\r\n", 1),
            format!("Content-Type: text/html\r\n{signed}"),
            signed.replace("; d=mail.acme.test;", "; d=acme.test;"),
            signed.replace("/unsubscribe/", "/unsubscribf/"),
        ];
        let names = covered(&signed);
        // One line each in this letter, so that each can be taken away or replaced as a whole.
        let once = names.iter().filter(|name| !["content-type", "to", "from"].contains(&name.as_str()));
        for name in once {
            let line =
                rest.split("\r\n").find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: "))).unwrap();
            let (name, value) = line.split_once(": ").unwrap();
            changed.push(without(&signed, name));
            changed.push(signed.replace(&format!("\r\n{line}\r\n"), &format!("\r\n{name}: x{value}\r\n")));
        }
        changed.push(signed.replace("notify@mail.acme.test", "notifi@mail.acme.test"));
        changed.push(signed.replace("tomas@acme.test", "tomaz@acme.test"));
        let messages: Vec<_> = changed.iter().map(String::as_str).collect();
        let found = good(&ours, &messages);
        for (message, is_good) in messages.iter().zip(found) {
            assert_ne!(*message, signed);
            assert!(!is_good, "{algorithm:?}: {message}");
        }
        let other = Signer::new(DOMAIN, "bell", Key::generate(algorithm).unwrap());
        assert_eq!(good(&other, &[&signed]), [false], "another key");
    }
}

#[test]
fn e3_what_the_house_writes_is_signed_where_there_is_a_key() {
    let scribe = |by| HouseScribe {
        sender: "doorbell <notify@mail.acme.test>".parse().unwrap(),
        public_url: "https://chat.acme.test".to_owned(),
        secret: [7; 32],
        mail_domain: DOMAIN.to_owned(),
        envelope_ids: EnvelopeIds::new([7; 32]),
        bounces_to: None,
        signer: by,
    };
    let ours = Arc::new(signer(KEYS[0].0));
    let unsigned = scribe(None).write_note(&note()).unwrap();
    let signed = scribe(Some(Arc::clone(&ours))).write_note(&note()).unwrap();
    assert!(signed.raw.starts_with("DKIM-Signature: ") && signed.raw.ends_with(&unsigned.raw));
    assert!(!unsigned.raw.contains("DKIM-Signature") && signed.envelope == unsigned.envelope);
    assert_eq!(signed.raw, scribe(Some(Arc::clone(&ours))).write_note(&note()).unwrap().raw, "a repeat is the same");
    assert_eq!(good(&ours, &[&signed.raw, &unsigned.raw]), [true, false]);
}

#[test]
fn e3_every_header_of_rule_e2_is_covered() {
    let names = covered(&signer(KEYS[2].0).sign(&letter(&["hi"])).unwrap());
    assert_eq!(
        names.join(":"),
        "from:from:to:subject:subject:date:message-id:in-reply-to:references:reply-to:auto-submitted:x-auto-response-suppress:\
         list-id:list-unsubscribe:list-unsubscribe-post:mime-version:content-type:content-type"
    );
}
