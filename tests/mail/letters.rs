//! Rules E1, E2, E5: what is in a letter, as an independent parser reads it.

use std::collections::BTreeSet;

use doorbell::domain::account::{Kind, Locale};
use doorbell::domain::conversation::view::Page;
use doorbell::domain::ids::ConversationId;
use doorbell::domain::time::Span;
use doorbell::locale::zone;
use doorbell::mail::letter::{LetterError, Material, Rendered, render, root_id};
use mail_parser::MimeHeaders as _;
use uuid::Uuid;

use crate::given::{AT, header, html, material, parsed, text};

fn named_material(name: Option<&str>) -> Material {
    let mut material = material(&["hello"]);
    material.visitor.name = name.map(str::to_owned);
    material.name_in_subject.clone_from(&material.visitor.name);
    material
}

fn named(name: &str) -> Rendered {
    render(&named_material(Some(name))).unwrap()
}

/// The values of an attribute in the HTML.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!(" {attribute}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn e1_both_parts_tell_the_same_facts() {
    let letter = render(&material(&["Do you ship to Brno?", "second", "third"])).unwrap();
    let message = parsed(&letter);
    let kinds: Vec<_> = message.parts.iter().filter_map(|part| part.content_type()?.subtype()).collect();
    assert_eq!(kinds, ["alternative", "plain", "html"]);
    for body in [text(&letter), html(&letter)] {
        for fact in ["Do you ship to Brno?", "Petra Nová", "Košík", "Prodej", "10:03", "2 minutes", "offline"] {
            assert!(body.contains(fact), "{fact}: {body}");
        }
        assert!(body.find("second") < body.find("third"));
    }
    let text = text(&letter);
    assert!(text.contains("https://shop.test/kosik?x=1"));
    assert!(text.contains(&material(&[]).conversation_url) && text.contains(&material(&[]).unsubscribe_url));
    assert!(letter.subject.contains("message"));
}

#[test]
fn e1_in_the_readers_language() {
    let mut material = material(&["Příliš žluťoučký kůň úpěl ďábelské ódy 🐴"]);
    material.locale = Locale::Cs;
    let czech = render(&material).unwrap();
    assert_eq!(parsed(&czech).subject(), Some("Zpráva z chatu: Petra Nová"));
    for body in [text(&czech), html(&czech)] {
        assert!(body.contains("Příliš žluťoučký kůň úpěl ďábelské ódy 🐴"));
        assert!(body.contains("offline") && body.contains("2\u{a0}minuty") && body.contains("skupina Prodej"));
    }
    let head = czech.message.split(|byte| *byte == 0).next().unwrap();
    assert!(head.is_ascii(), "headers and bodies are encoded");
    material.kind = Kind::Missed;
    assert!(text(&render(&material).unwrap()).contains("Nechci dostávat e-maily o\u{a0}zmeškaných konverzacích"));
}

#[test]
fn e1_times_are_in_the_accounts_zone_and_older_ones_have_their_day() {
    let mut material = material(&["what time is it?"]);
    material.tz = zone("Pacific/Auckland");
    material.messages[0].at = AT - Span::from_secs(86_400);
    let text = text(&render(&material).unwrap());
    assert!(text.contains("[2 Mar 2025, 22:03]") && text.contains("from 22:03 on"), "{text}");
}

#[test]
fn e1_long_messages_and_long_rows_of_them_are_cut_with_a_note() {
    let long = format!("BEGIN {}THE-VERY-END", "lorem ipsum ".repeat(330));
    let letter = render(&material(&[&long])).unwrap();
    for body in [text(&letter), html(&letter)] {
        assert!(body.contains("BEGIN lorem") && body.contains("cut here") && !body.contains("THE-VERY-END"));
    }
    let texts: Vec<_> = (1..=37).map(|n| format!("number-{n}.")).collect();
    let mut material = material(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let letter = render(&material).unwrap();
    assert!(text(&letter).contains("number-30.") && !text(&letter).contains("number-31."));
    assert!(text(&letter).contains("and 7 more messages"));
    material.messages.truncate(33);
    material.locale = Locale::Cs;
    assert!(text(&render(&material).unwrap()).contains("a\u{a0}další 3\u{a0}zprávy"));
}

#[test]
fn e1_the_button_is_never_where_gmail_cuts_a_letter() {
    let long = "ž".repeat(2_000);
    let letter = render(&material(&[&long[..]; 35])).unwrap();
    assert!(html(&letter).len() < 102 * 1_024, "{}", html(&letter).len());
    assert_eq!(html(&letter).matches(&long).count(), 8);
    assert!(text(&letter).contains("and 27 more messages"));
    let short = render(&material(&["🐴 <&> \"quoted\""; 35])).unwrap();
    assert!(html(&short).len() < 50 * 1_024 && text(&short).contains("and 5 more messages"));
}

#[test]
fn e1_without_texts_where_the_account_wants_none() {
    let mut material = material(&["secret-one", "secret-two"]);
    material.include_text = false;
    material.locale = Locale::Cs;
    let letter = render(&material).unwrap();
    for body in [text(&letter), html(&letter)] {
        assert!(body.contains("čekají 2\u{a0}zprávy") && !body.contains("secret"));
    }
}

#[test]
fn e1_only_our_own_links_and_nothing_that_is_fetched() {
    let mut hostile = material(&["see https://evil.test/x and <a href=\"https://evil.test\">this</a>"]);
    hostile.page = Some(Page { url: "javascript:alert(1)\" onclick=\"x".to_owned(), title: None });
    let html = html(&render(&hostile).unwrap());
    assert_eq!(values(&html, "href"), [hostile.conversation_url, hostile.unsubscribe_url]);
    for never in [" src=", "url(", "@import", "<script", "<img", "<form", "<link", " onclick=\""] {
        assert!(!html.contains(never), "{never}");
    }
}

#[test]
fn e2_the_headers() {
    let letter = render(&material(&["hi"])).unwrap();
    let message = parsed(&letter);
    assert_eq!(letter.to, "tomas@acme.test");
    assert_eq!(letter.from, "notify@mail.acme.test");
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some("tomas@acme.test"));
    assert_eq!(message.to().unwrap().first().unwrap().name(), Some("Tomáš Dvořák"));
    assert_eq!(message.from().unwrap().first().unwrap().address(), Some("notify@mail.acme.test"));
    assert_eq!(message.reply_to().unwrap().first().unwrap().address(), Some("petra@visitor.test"));
    assert_eq!(message.date().unwrap().to_timestamp() * 1_000, AT.0 + 120_000);
    let wanted = material(&[]);
    for (name, value) in [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "<offline.mail.acme.test>"),
        ("Message-ID", &wanted.message_id),
        ("In-Reply-To", &wanted.root_id),
        ("References", &wanted.root_id),
        ("MIME-Version", "1.0"),
        ("List-Unsubscribe", &format!("<{}>", wanted.unsubscribe_url)),
    ] {
        assert_eq!(header(&letter, name), value);
    }
    let lines: Vec<_> = letter.message.split(|byte| *byte == b'\n').collect();
    assert!(lines.iter().all(|line| line.len() <= 999));
    assert!(lines[..lines.len() - 1].iter().all(|line| line.ends_with(b"\r")), "every line ends with CRLF");
}

#[test]
fn e2_all_letters_of_a_conversation_name_one_root() {
    let root = |conversation| root_id(ConversationId(Uuid::from_u128(conversation)), "a.test");
    assert_eq!(root(1), root(1));
    let all = [root(1), root(2), material(&[]).message_id];
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert!(root(1).starts_with("<conversation.") && root(1).ends_with("@a.test>") && root(1).len() < 60);
}

#[test]
fn e2_the_subject_stays_when_the_visitor_tells_their_name() {
    let nameless = |name: Option<&str>| Material { name_in_subject: None, ..named_material(name) };
    let first = render(&nameless(None)).unwrap();
    let later = render(&nameless(Some("Petra Nová"))).unwrap();
    assert_eq!((&first.subject[..], &later.subject), ("Chat message from Visitor 4F2A", &first.subject));
    assert!(text(&later).starts_with("Petra Nová wrote to you"), "the letter itself knows the name");
}

#[test]
fn e2_the_same_facts_make_the_same_bytes_and_kinds_differ_in_their_list() {
    let one = material(&["a", "b"]);
    assert_eq!(render(&one).unwrap().message, render(&one).unwrap().message);
    let missed = Material { kind: Kind::Missed, ..one };
    let letter = render(&missed).unwrap();
    assert_eq!(header(&letter, "List-Id"), "<missed.mail.acme.test>");
    assert_eq!(letter.subject, "Chat message from Petra Nová", "of both kinds, so that they thread");
}

#[test]
fn e5_hostile_names_arrive_as_text() {
    let names = [
        "Eve\r\nBcc: victim@evil.test",
        "Eve\nSubject: changed",
        "Eve\rX-Injected: 1",
        "=?utf-8?q?Eve=0D=0ABcc:_victim@evil.test?=",
        "<script>alert(1)</script>",
        "\"><img src=http://evil.test/p.png onerror=alert(1)>",
        "Eve\u{2028}Bcc: victim@evil.test\u{202e} gnp.exe",
        "Eve\0\u{7}\u{1b}[31m",
        "a\" <victim@evil.test>, \"b",
        "{{7*7}} ${7*7} <%= 7*7 %> %s%n",
    ];
    for name in names {
        let letter = named(name);
        let message = parsed(&letter);
        assert!(message.bcc().is_none() && message.cc().is_none() && message.header("X-Injected").is_none(), "{name}");
        assert_eq!(message.headers_raw().filter(|(header, _)| *header == "Subject").count(), 1);
        let subject = message.subject().unwrap();
        assert!(subject.starts_with("Chat message from ") && !subject.contains("49"), "{subject}");
        assert!(!subject.contains(['\r', '\n', '\u{202e}', '\u{2028}', '\0', '\u{1b}']), "{subject}");
        for addresses in [message.to(), message.from(), message.reply_to()] {
            assert_eq!(addresses.unwrap().iter().count(), 1);
        }
        let html = html(&letter);
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}'), "{html}");
    }
    assert!(text(&named("{{7*7}}")).contains("{{7*7}}"));
}

#[test]
fn e5_only_a_plain_address_is_replied_to() {
    for bad in ["vis@visitor.test\r\nBcc: victim@evil.test", "a@b.test, victim@evil.test", "not an address", ""] {
        let mut material = material(&["hi"]);
        material.visitor.email = Some(bad.to_owned());
        let letter = render(&material).unwrap();
        let message = parsed(&letter);
        assert!(message.reply_to().is_none() && message.bcc().is_none(), "{bad}");
        assert!(!text(&letter).contains("straight to the visitor"));
    }
}

#[test]
fn e5_a_recipient_without_an_address_gets_none() {
    let mut material = material(&["hi"]);
    material.recipient_email = "a@b.test, victim@evil.test".to_owned();
    assert!(matches!(render(&material), Err(LetterError::Recipient(_))));
}

#[test]
fn e5_dots_long_lines_and_other_texts_arrive_as_typed() {
    let long_line = "x".repeat(1_900);
    let typed = [
        "one\n.\n..two\n.",
        "From me\n-- \nends in a space \nand = equals =20",
        &long_line,
        "tab\there",
        "עברית \u{202e}abc",
    ];
    let letter = render(&material(&typed)).unwrap();
    let text = text(&letter);
    for message in typed {
        // Spaces at the ends of lines are lost: in flowed text they would join them.
        let lines: Vec<_> = message.split('\n').map(|line| format!("> {}", line.trim_end_matches(' '))).collect();
        assert!(text.contains(&lines.join("\n")), "{message:?} in {text}");
    }
}

#[test]
fn e5_no_typed_line_passes_for_the_signature_or_our_link() {
    let faked = "-- \nOpen the conversation:\nhttps://evil.test/";
    let letter = render(&material(&[faked])).unwrap();
    let text = parsed(&letter).body_text(0).unwrap().replace("\r\n", "\n");
    assert!(text.contains("> --\n> Open the conversation:\n> https://evil.test/\n"), "{text}");
    assert_eq!(text.matches("\n-- \n").count(), 1);
    assert!(text.contains(&format!("\nOpen the conversation:\n{}\n", material(&[]).conversation_url)));
}

#[test]
fn e1_our_lines_are_short_and_links_have_their_own() {
    let long = "word ".repeat(100);
    let letter = render(&material(&[&long])).unwrap();
    let content = parsed(&letter);
    let kind = content.parts[1].content_type().unwrap();
    assert_eq!((kind.attribute("format"), kind.attribute("charset")), (Some("flowed"), Some("utf-8")));
    for line in letter.text.lines() {
        let is_long = line.trim_end().chars().count() > 72;
        assert!(!is_long || line.starts_with("https://") || line.starts_with("> word"), "{line}");
    }
    for link in [material(&[]).conversation_url, material(&[]).unsubscribe_url] {
        assert!(letter.text.lines().any(|line| line == link));
    }
}

#[test]
fn a_visitor_without_a_name_is_called_something() {
    for name in ["", "\u{202e}\n"] {
        let letter = named(name);
        assert_eq!(letter.subject, "Chat message from Visitor 4F2A");
        assert!(!letter.text.contains("Visitor: "), "told once: {}", letter.text);
    }
}
