//! Reports that come back (RFC 3464), read as mail servers send them.

use doorbell::domain::ids::{AccountId, ConversationId, LetterId, NoteId, OperatorId};
use doorbell::domain::notice::class::{Class, classify};
use doorbell::mail::envelope_id::EnvelopeIds;
use doorbell::mail::returns::HouseReturns;
use doorbell::ports::returns::{Action, Report, Returns as _};
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const LETTER: LetterId =
    LetterId { conversation: ConversationId(Uuid::from_u128(2)), episode: 3, operator: OperatorId(Uuid::from_u128(4)) };
const UNKNOWN_USER: &str = include_str!("dsn/postfix-unknown-user.eml");

fn house() -> HouseReturns {
    HouseReturns { ids: EnvelopeIds::new([7; 32]) }
}

fn id() -> String {
    house().ids.of_letter(ACCOUNT, LETTER)
}

/// The report of a Postfix about our letter.
fn unknown_user() -> String {
    UNKNOWN_USER.replace("@ID@", &id()).replace("@TO@", "jana@shop.test").replace('\n', "\r\n")
}

fn read(raw: &str) -> Report {
    house().read(raw.as_bytes()).unwrap()
}

fn is_ours(report: &Report) -> bool {
    report.about.iter().any(|id| house().is_of_letter(id, ACCOUNT, LETTER))
}

#[test]
fn d5_a_report_says_which_letter_came_back_and_why() {
    let report = read(&unknown_user());
    assert!(is_ours(&report));
    assert_eq!(report.about.len(), 1, "the same name in several places is one");
    assert_eq!((report.action, report.recipient.as_deref()), (Action::Failed, Some("jana@shop.test")));
    assert_eq!(report.key, "20250303090511.1A2B3C4D5E@mx.example");
    assert_eq!(report.reply.server.as_deref(), Some("mx.shop.test"));
    let said = "550 5.1.1 <jana@shop.test>: Recipient address rejected: User unknown in virtual mailbox table";
    assert_eq!((report.reply.code, report.reply.text.as_str()), (Some(550), said));
    assert_eq!(classify(&report.reply), Some(Class::WrongAddress));
}

#[test]
fn a_letter_is_known_by_any_of_the_places_where_its_name_stands() {
    let (whole, name) = (unknown_user(), format!("+{}@", id()));
    // The returned letter's own id is left: whoever was answered by mail knows that, so it proves nothing.
    let nowhere = whole.replace(&name, "@");
    assert_eq!(read(&nowhere).about, []);
    let to = nowhere.replace("To: bounces@mail.example", &format!("To: <bounces{name}mail.example>"));
    let delivered_to = nowhere.replace("Delivered-To: bounces@", &format!("Delivered-To: bounces{name}"));
    let envelope_id = nowhere.replace("Reporting-MTA:", &format!("Original-Envelope-Id: {}\r\nReporting-MTA:", id()));
    let small = nowhere.replace("To: bounces@mail.example", &format!("To: BOUNCES{}MAIL.EXAMPLE", name.to_uppercase()));
    for (place, raw) in [("To", to), ("Delivered-To", delivered_to), ("envelope id", envelope_id), ("case", small)] {
        assert!(is_ours(&read(&raw)), "{place}: {raw}");
    }
}

#[test]
fn what_the_server_did_not_say_is_taken_from_the_status() {
    let diagnostic = "Diagnostic-Code: smtp; 550 5.1.1 <jana@shop.test>: Recipient address rejected: User\r\n    unknown in virtual mailbox table\r\n";
    for (status, said, text, class) in [
        ("5.2.2", "Diagnostic-Code: smtp; 552 no room\r\n", "552 5.2.2 no room", Class::MailboxFull),
        ("5.4.4", "Diagnostic-Code: X-Postfix; Host not found\r\n", "5.4.4 Host not found", Class::WrongAddress),
        ("5.7.1", "", "5.7.1", Class::DomainBlocked),
        ("4.4.1", "Diagnostic-Code: X-Postfix; connection timed out\r\n", "4.4.1 connection timed out", Class::Other),
    ] {
        let raw = unknown_user().replace(diagnostic, said).replace("Status: 5.1.1", &format!("Status: {status}"));
        let report = read(&raw);
        assert_eq!(report.reply.text, text);
        assert_eq!(classify(&report.reply), Some(class), "{text}");
    }
    let without_remote = unknown_user().replace("Remote-MTA: dns; mx.shop.test\r\n", "");
    assert_eq!(read(&without_remote).reply.server.as_deref(), Some("mx.example"), "who reports");
}

#[test]
fn what_is_not_given_up_is_told_apart() {
    for (word, action) in [
        ("failed", Action::Failed),
        ("Failed", Action::Failed),
        ("delayed", Action::Delayed),
        ("delivered", Action::Other),
        ("relayed", Action::Other),
    ] {
        assert_eq!(read(&unknown_user().replace("Action: failed", &format!("Action: {word}"))).action, action);
    }
}

#[test]
fn of_several_recipients_the_one_that_failed_counts() {
    let other =
        "Final-Recipient: rfc822; other@shop.test\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient:";
    let report = read(&unknown_user().replacen("Final-Recipient:", other, 1));
    assert_eq!((report.action, report.recipient.as_deref()), (Action::Failed, Some("jana@shop.test")));
}

#[test]
fn a_report_without_a_name_of_its_own_is_known_by_what_it_says() {
    let unnamed = unknown_user().replace("Message-Id: <20250303090511.1A2B3C4D5E@mx.example>\r\n", "");
    let again = unnamed.replace("Received: by mx.example", "Received: by another.example");
    assert_eq!(read(&unnamed).key, read(&again).key);
    assert_ne!(read(&unnamed).key, read(&unnamed.replace("10:05:10", "11:05:10")).key);
}

#[test]
fn what_is_no_report_is_none() {
    let whole = unknown_user();
    let letter = "From: a@b.test\r\nTo: bounces@mail.example\r\nSubject: hi\r\n\r\nhello\r\n";
    let no_status = whole.replace("message/delivery-status", "text/plain");
    let no_recipient = whole.replace("Action:", "X-Action:");
    for raw in ["", "\0\0\0", "hello", letter, &no_status, &no_recipient] {
        assert!(house().read(raw.as_bytes()).is_err(), "{raw}");
    }
}

#[test]
fn a_broken_report_is_read_or_refused_but_ends_nothing() {
    let whole = unknown_user();
    for end in (0..whole.len()).step_by(7) {
        let mut bytes = whole.as_bytes()[..end].to_vec();
        let _ = house().read(&bytes);
        bytes.extend_from_slice(&[0xff, 0, b'\r', b'\n']);
        let _ = house().read(&bytes);
    }
    let long = whole.replace("User", &"x".repeat(200_000));
    assert!(read(&long).reply.text.len() <= 4_096);
}

#[test]
fn a_name_that_was_signed_elsewhere_is_nobodys() {
    let theirs = EnvelopeIds::new([8; 32]).of_letter(ACCOUNT, LETTER);
    let report = read(&UNKNOWN_USER.replace("@ID@", &theirs).replace("@TO@", "jana@shop.test"));
    assert!(!report.about.is_empty() && !is_ours(&report));
    let note = NoteId(Uuid::from_u128(9));
    let report = read(&UNKNOWN_USER.replace("@ID@", &house().ids.of_note(note)));
    assert!(report.about.iter().any(|id| house().is_of_note(id, note)));
}

/// Whatever stands in what came back is a stranger's.
fn nested(head: &str) -> String {
    let level = "Content-Type: message/rfc822\r\n\r\n";
    format!("{head}{}", level.repeat((1024 * 1024 - head.len()) / level.len()))
}

#[test]
fn letters_within_letters_within_letters_are_not_unpacked() {
    assert!(house().read(nested("").as_bytes()).is_err());
    let within = unknown_user().rfind("Content-Type: text/rfc822-headers").unwrap();
    let report = read(&nested(&unknown_user()[..within]));
    assert!(is_ours(&report));
}

#[test]
fn a_letter_within_that_is_encoded_is_not_unpacked_either() {
    use base64::Engine as _;
    let inner = base64::engine::general_purpose::STANDARD.encode(&nested("").as_bytes()[..200_000]);
    let within = unknown_user().rfind("Content-Type: text/rfc822-headers").unwrap();
    let head = &unknown_user()[..within];
    let raw = format!(
        "{head}Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{inner}\r\n--4D5E6F7A8B.1740992711/mx.example--\r\n"
    );
    assert!(is_ours(&read(&raw)));
}

#[test]
fn a_report_that_names_thousands_of_letters_is_looked_up_for_a_few_only() {
    let of = |episode| house().ids.of_letter(ACCOUNT, LetterId { episode, ..LETTER });
    let many: Vec<String> = (1..5_000).map(|episode| format!("bounces+{}@mail.example", of(episode))).collect();
    let to = format!("To: {}", many.join(",\r\n "));
    let report =
        read(&unknown_user().replacen(&format!("\r\nTo: bounces+{}@mail.example", id()), &format!("\r\n{to}"), 1));
    assert!(report.about.len() <= 8, "{}", report.about.len());
}
