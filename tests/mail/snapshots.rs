//! Whole letters, as they are. A change of one shows as a difference of its file under `snapshots/`, to be read like any other;
//! `INSTA_UPDATE=always cargo test --test mail snapshots` takes them anew.
//!
//! Each file has the headers as a mail program reads them, the text, and the HTML; what is looked at in browsers
//! (`tests/web/journeys/letter-looks.test.mjs`) is taken from there.

use doorbell::domain::account::{Kind, Locale};
use doorbell::domain::conversation::view::Page;
use doorbell::domain::ids::{AccountId, NoteId, OperatorId};
use doorbell::domain::note::{Note, Person, Tidings};
use doorbell::domain::notice::letter::LetterState;
use doorbell::domain::time::Span;
use doorbell::mail::letter::{Material, Rendered, Waiting, render};
use doorbell::mail::note;
use uuid::Uuid;

use crate::given::{AT, material, parsed};

/// Compares a letter with its file.
fn stays(name: &str, letter: &Rendered) {
    let message = parsed(letter);
    let lines = message.headers_raw().map(|(name, value)| format!("{name}: {}\n", header(name, value, letter)));
    let headers = lines.collect::<Vec<_>>().concat();
    let body = |part: Option<std::borrow::Cow<'_, str>>| part.unwrap().replace("\r\n", "\n");
    let (text, html) = (body(message.body_text(0)), body(message.body_html(0)));
    // What cannot be seen is written so that a difference can be.
    let shown =
        format!("{headers}\n===== text\n{text}\n===== html\n{html}").replace('\u{a0}', "␣").replace(" \n", "·\n");
    is_kept(name, &shown);
}

/// Compares a text with its file.
fn is_kept(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// A header's value, unfolded; of what is encoded, the words.
fn header(name: &str, value: &str, letter: &Rendered) -> String {
    match name {
        "Subject" => letter.subject.clone(),
        "To" => {
            let message = parsed(letter);
            let to = message.to().and_then(|to| to.first()).cloned().unwrap();
            let name = to.name().map(|name| format!("{name} ")).unwrap_or_default();
            format!("{name}<{}>", to.address().unwrap())
        }
        _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn in_czech(texts: &[&str]) -> Material {
    Material { locale: Locale::Cs, account: "Papírnictví U Tří koček".to_owned(), ..material(texts) }
}

/// So many messages, a minute apart; the first is of the evening before.
fn so_many(count: i64) -> Vec<Waiting> {
    let at = |n: i64| if n == 1 { AT - Span::from_secs(43_200) } else { AT + Span::from_secs(60 * n) };
    let text = |n: i64| format!("This is message number {n}.");
    (1..=count).map(|n| Waiting { seq: n as u64, at: at(n), text: text(n) }).collect()
}

#[test]
fn offline_of_one_message() {
    stays("offline-en", &render(&material(&["Do you ship to Brno?"])).unwrap());
    stays("offline-cs", &render(&in_czech(&["Posíláte i do Brna?\nA kolik to stojí?"])).unwrap());
}

#[test]
fn missed_of_five_messages() {
    let missed = |material: Material| Material { kind: Kind::Missed, group: None, messages: so_many(5), ..material };
    stays("missed-en", &render(&missed(material(&[]))).unwrap());
    stays("missed-cs", &render(&missed(in_czech(&[]))).unwrap());
}

#[test]
fn of_so_many_messages_that_not_all_are_shown() {
    stays("many-en", &render(&Material { messages: so_many(37), ..material(&[]) }).unwrap());
    let long = format!("{}\n{}", "Dobrý den, mám k objednávce několik otázek. ".repeat(40), "x".repeat(400));
    let mut many = Material { messages: so_many(33), ..in_czech(&[]) };
    many.messages[0].text = long;
    stays("many-cs", &render(&many).unwrap());
}

#[test]
fn without_texts() {
    let silent = |material: Material| Material { include_text: false, ..material };
    stays("without-texts-en", &render(&silent(material(&["secret"]))).unwrap());
    stays("without-texts-cs", &render(&silent(in_czech(&["secret", "secret"]))).unwrap());
}

#[test]
fn of_a_visitor_of_whom_nothing_is_known() {
    let unknown = |mut material: Material| {
        (material.visitor.name, material.visitor.email, material.name_in_subject) = (None, None, None);
        Material { page: None, group: None, ..material }
    };
    stays("unknown-visitor-en", &render(&unknown(material(&["Hello?"]))).unwrap());
    stays("unknown-visitor-cs", &render(&unknown(in_czech(&["Haló?"]))).unwrap());
}

#[test]
fn e5_of_a_hostile_visitor() {
    let mut hostile = material(&[
        "<script>alert(1)</script><img src=x onerror=alert(1)>\n-- \nOpen the conversation:\nhttps://evil.test/",
        "</td></table></body>{{ 7*7 }}\u{202e}gnp.exe",
        "    an indented line\n\n> a quoted one\n.\nFrom here on",
    ]);
    hostile.visitor.name = Some("> Eve\r\nBcc: victim@evil.test <b>\"'&".to_owned());
    hostile.name_in_subject.clone_from(&hostile.visitor.name);
    hostile.visitor.email = Some("eve@evil.test\r\nBcc: victim@evil.test".to_owned());
    hostile.page = Some(Page {
        url: format!("javascript:alert('{}')", "x".repeat(300)),
        title: Some("\"><a href='https://evil.test'>here</a>".to_owned()),
    });
    hostile.group = Some("<Group>".to_owned());
    hostile.account = format!("A \"quoted\" & <bold> {}", "account".repeat(30));
    stays("hostile-en", &render(&hostile).unwrap());
}

#[test]
fn a_raw_message() {
    let letter = render(&in_czech(&["Posíláte i do Brna?"])).unwrap();
    let raw = String::from_utf8(letter.message).unwrap().replace("\r\n", "\n");
    is_kept("raw", &raw);
}

fn person(name: &str, account: &str) -> Person {
    Person {
        account: AccountId(Uuid::from_u128(1)),
        operator: OperatorId(Uuid::from_u128(2)),
        name: name.to_owned(),
        account_name: account.to_owned(),
        key: "reset/x".to_owned(),
        token: Some(format!("token-of-{}-000000000000000000000000000", name.len())),
    }
}

fn note_stays(name: &str, locale: Locale, tidings: Tidings) {
    let note = Note {
        id: NoteId(Uuid::from_u128(7)),
        account: AccountId(Uuid::from_u128(1)),
        to: "info@shop.test".to_owned(),
        locale,
        timezone: "Europe/Prague".to_owned(),
        tidings,
        state: LetterState::Queued,
        created_at: AT,
        until: AT + Span::from_secs(3 * 86_400),
        due: AT,
        claim: None,
        bodies: 0,
        raw: None,
        attempts: Vec::new(),
    };
    let sender = "doorbell <notify@mail.test>".parse().unwrap();
    stays(name, &note::render(&note, &sender, "https://chat.test", "<note.AAAAAAAAAAAAAAAAAAAABw@mail.test>").unwrap());
}

#[test]
fn an_invitation() {
    let by = |name: &str| Some(name.to_owned());
    let (en, cs) = (person("Ivan", "Acme"), person("Ivan", "Papírnictví"));
    note_stays("invitation-en", Locale::En, Tidings::Invited { person: en, by: None });
    note_stays("invitation-cs", Locale::Cs, Tidings::Invited { person: cs, by: by("Jana Nováková") });
}

#[test]
fn a_forgotten_password() {
    let several = |count: usize| {
        let names = ["Jana", "Tomáš", "Dvořáček", "Eva", "Bartoloměj"];
        names[..count].iter().map(|name| person(name, "Papírnictví")).collect::<Vec<_>>()
    };
    note_stays("reset-en", Locale::En, Tidings::Forgotten { people: several(1) });
    note_stays("reset-several-en", Locale::En, Tidings::Forgotten { people: several(2) });
    note_stays("reset-several-cs", Locale::Cs, Tidings::Forgotten { people: several(5) });
}

#[test]
fn a_changed_address() {
    let changed = |by: Option<&str>| Tidings::AddressChanged {
        name: "Tomáš <script>".to_owned(),
        account_name: "Papírnictví".to_owned(),
        by: by.map(str::to_owned),
    };
    note_stays("address-en", Locale::En, changed(Some("Jana")));
    note_stays("address-cs", Locale::Cs, changed(None));
}

#[test]
fn no_file_is_left_of_a_letter_that_is_not_written_any_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/snapshots");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".snap").unwrap_or_else(|| panic!("{file} waits to be looked at"));
        assert!(include_str!("snapshots.rs").contains(&format!("\"{name}\"")), "{file}");
    }
}
