//! The two bodies of a letter: the same facts as plain text and as HTML (rule E1).

use std::fmt::Write as _;

use serde::Serialize;

use super::dress;
use super::harmless::{cut, harmless, text_of_message};
use super::letter::{Material, Waiting};
use crate::locale::{Language, Why, language};

/// The longest message that is shown whole, in Unicode scalar values.
pub(super) const MESSAGE_LEN_MAX: usize = 2_000;
/// So many messages are shown.
pub(super) const MESSAGES_MAX: usize = 30;
/// How much of the first message mail programs show beside the subject.
const PREVIEW_LEN: usize = 90;

/// Both bodies.
pub(super) struct Body {
    pub(super) text: String,
    pub(super) html: String,
}

/// What both bodies tell, in sentences of the reader's language. Only the two links are ever made links.
#[derive(Serialize)]
struct Content {
    lang: &'static str,
    subject: String,
    account: String,
    preview: String,
    intro: String,
    facts: Vec<Fact>,
    messages: Vec<Quote>,
    after_messages: Option<String>,
    button: &'static str,
    conversation_url: String,
    reply_hint: Option<&'static str>,
    why: String,
    unsubscribe: String,
    unsubscribe_url: String,
}

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Quote {
    at: String,
    lines: Vec<String>,
    note: Option<&'static str>,
}

/// Writes both. `visitor` and `subject` are harmless already.
pub(super) fn write(material: &Material, visitor: &str, subject: &str, can_reply: bool) -> Body {
    let content = content(material, visitor, subject, can_reply);
    Body { text: text(&content), html: dress::letter(&content) }
}

fn content(material: &Material, visitor: &str, subject: &str, can_reply: bool) -> Content {
    let language = language(material.locale);
    let account = harmless(&material.account);
    let group = material.group.as_deref().map(harmless);
    let since = language.near_hour(material.started_at, material.date, &material.tz);
    let (messages, after_messages) = messages(material, language);
    let intro = language.intro(material.kind, visitor);
    let preview = messages.first().map_or(intro.clone(), |first| first.lines.join(" "));
    Content {
        lang: language.tag(),
        subject: subject.to_owned(),
        preview: cut(&preview, PREVIEW_LEN).unwrap_or(&preview).to_owned(),
        intro,
        facts: facts(material, visitor, group.clone(), language),
        messages,
        after_messages,
        button: language.button(),
        conversation_url: material.conversation_url.clone(),
        reply_hint: can_reply.then(|| language.reply_hint()),
        why: language.why(&Why {
            kind: material.kind,
            account: &account,
            group: group.as_deref(),
            delay: material.delay,
            since: &since,
        }),
        account,
        unsubscribe: language.unsubscribe(material.kind),
        unsubscribe_url: material.unsubscribe_url.clone(),
    }
}

fn facts(material: &Material, visitor: &str, group: Option<String>, language: &dyn Language) -> Vec<Fact> {
    let page = material.page.as_ref().map(|page| {
        let title = page.title.as_deref().map(harmless).filter(|title| !title.is_empty());
        let url = harmless(&page.url);
        title.map_or(url.clone(), |title| format!("{title} ({url})"))
    });
    let email = material.visitor.email.as_deref().map(harmless);
    [
        (language.label_visitor(), Some(visitor.to_owned())),
        (language.label_email(), email),
        (language.label_page(), page),
        (language.label_group(), group),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some(Fact { label, value: value.filter(|value| !value.is_empty())? }))
    .collect()
}

/// The messages that are shown, and what is said after them.
fn messages(material: &Material, language: &dyn Language) -> (Vec<Quote>, Option<String>) {
    let count = material.messages.len();
    if !material.include_text {
        return (Vec::new(), Some(language.without_texts(count)));
    }
    let quotes =
        material.messages.iter().take(MESSAGES_MAX).map(|message| quote(message, material, language)).collect();
    let more = count.saturating_sub(MESSAGES_MAX);
    (quotes, (more > 0).then(|| language.and_more(more)))
}

fn quote(message: &Waiting, material: &Material, language: &dyn Language) -> Quote {
    let text = text_of_message(&message.text);
    let start = cut(&text, MESSAGE_LEN_MAX);
    Quote {
        at: language.near_hour(message.at, material.date, &material.tz),
        lines: start.unwrap_or(&text).split('\n').map(str::to_owned).collect(),
        note: start.map(|_| language.cut()),
    }
}

fn text(content: &Content) -> String {
    let mut out = format!("{}\n\n", content.intro);
    for Fact { label, value } in &content.facts {
        let _ = writeln!(out, "{label}: {value}");
    }
    for Quote { at, lines, note } in &content.messages {
        let _ = writeln!(out, "\n[{at}]\n{}", lines.join("\n"));
        let _ = note.map(|note| writeln!(out, "{note}"));
    }
    if let Some(after) = &content.after_messages {
        let _ = writeln!(out, "\n{after}");
    }
    let _ = writeln!(out, "\n{}:\n{}", content.button, content.conversation_url);
    if let Some(hint) = content.reply_hint {
        let _ = writeln!(out, "\n{hint}");
    }
    // The dashes with a space are how plain text says that a signature follows: mail programs fold it when quoting.
    let _ = writeln!(out, "\n-- \n{}\n\n{}:\n{}", content.why, content.unsubscribe, content.unsubscribe_url);
    out
}
