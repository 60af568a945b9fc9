//! A letter to begin with, and letters as mail programs read them.

use doorbell::domain::account::{Kind, Locale};
use doorbell::domain::conversation::view::Page;
use doorbell::domain::ids::{ConversationId, LetterId, OperatorId, VisitorId};
use doorbell::domain::time::{Span, Timestamp};
use doorbell::locale::zone;
use doorbell::mail::letter::{Material, Rendered, Waiting, Writer, root_id};
use mail_parser::{Message, MessageParser};
use uuid::Uuid;

/// 2025-03-03 09:03:10 UTC.
pub(crate) const AT: Timestamp = Timestamp(1_740_992_590_000);
pub(crate) const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(3));

/// A letter about these messages.
pub(crate) fn material(texts: &[&str]) -> Material {
    let letter = LetterId { conversation: CONVERSATION, episode: 1, operator: OperatorId(Uuid::from_u128(2)) };
    Material {
        kind: Kind::Offline,
        locale: Locale::En,
        tz: zone("Europe/Prague"),
        account: "Acme".to_owned(),
        sender: "doorbell <notify@mail.acme.test>".parse().unwrap(),
        recipient_name: "Tomáš Dvořák".to_owned(),
        recipient_email: "tomas@acme.test".to_owned(),
        visitor: Writer {
            id: VisitorId(Uuid::from_u128(0x4f2a)),
            name: Some("Petra Nová".to_owned()),
            email: Some("petra@visitor.test".to_owned()),
        },
        name_in_subject: Some("Petra Nová".to_owned()),
        page: Some(Page { url: "https://shop.test/kosik?x=1".to_owned(), title: Some("Košík".to_owned()) }),
        group: Some("Prodej".to_owned()),
        messages: (1..).zip(texts).map(|(seq, text)| Waiting { seq, at: AT, text: (*text).to_owned() }).collect(),
        include_text: true,
        started_at: AT,
        delay: Span::from_secs(120),
        conversation_url: format!("https://chat.acme.test/dashboard?conversation={CONVERSATION}"),
        unsubscribe_url: "https://chat.acme.test/unsubscribe/AAAA-BBBB_CCCC".to_owned(),
        message_id: format!("<{letter}@mail.acme.test>"),
        root_id: root_id(CONVERSATION, "mail.acme.test"),
        date: AT + Span::from_secs(120),
    }
}

/// The letter as an independent parser reads it.
pub(crate) fn parsed(letter: &Rendered) -> Message<'_> {
    MessageParser::default().parse(&letter.message).unwrap()
}

/// The plain text as a program shows it that knows `format=flowed` (RFC 3676): paragraphs in one line each.
pub(crate) fn text(letter: &Rendered) -> String {
    let mut text = String::new();
    let mut depth_before = None;
    for line in parsed(letter).body_text(0).unwrap().replace("\r\n", "\n").lines() {
        let depth = line.chars().take_while(|c| *c == '>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        match depth_before {
            None => text.push_str(&"> "[..depth.min(1) * 2]),
            Some(before) => assert_eq!(before, depth, "a paragraph is quoted as a whole"),
        }
        text.push_str(content);
        let goes_on = content.ends_with(' ') && content != "-- ";
        depth_before = goes_on.then_some(depth);
        if !goes_on {
            text.push('\n');
        }
    }
    text
}

/// Its HTML.
pub(crate) fn html(letter: &Rendered) -> String {
    parsed(letter).body_html(0).unwrap().replace("\r\n", "\n")
}

/// The header as a mail program reads it: unfolded, decoded.
pub(crate) fn header(letter: &Rendered, name: &str) -> String {
    let message = parsed(letter);
    let found: Vec<_> = message.headers_raw().filter(|(header, _)| header.eq_ignore_ascii_case(name)).collect();
    assert_eq!(found.len(), 1, "{name} once");
    found[0].1.replace("\r\n", "").trim().to_owned()
}
