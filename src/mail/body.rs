//! The two bodies of a letter: the same facts as plain text and as HTML (rule E1).

use serde::Serialize;

use super::dress;
use super::flowed::Flowed;
use super::harmless::{cut, harmless, text_of_message};
use super::letter::{Material, Waiting};
use super::mime::Body;
use crate::locale::{Language, Why, language};

/// The longest message that is shown whole, in Unicode scalar values.
pub(super) const MESSAGE_LEN_MAX: usize = 2_000;
/// So long are all that are shown together, in Unicode scalar values: Gmail cuts a letter of more than 102 KB, and with it the
/// button.
pub(super) const TEXTS_LEN_MAX: usize = 16_000;
/// So many messages are shown.
pub(super) const MESSAGES_MAX: usize = 30;
/// How much of the first message mail programs show beside the subject.
const PREVIEW_LEN: usize = 90;

/// What both bodies tell, in sentences of the reader's language, typeset. Only the two links are ever made links.
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
    button: String,
    conversation_url: String,
    reply_hint: Option<String>,
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
    note: Option<String>,
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
    let intro = language.typeset(&language.intro(material.kind, visitor));
    let why = language.why(&Why {
        kind: material.kind,
        account: &account,
        group: group.as_deref(),
        delay: material.delay,
        since: &since,
    });
    Content {
        lang: language.tag(),
        subject: subject.to_owned(),
        preview: preview(&messages, after_messages.as_deref(), &intro),
        intro,
        facts: facts(material, visitor, group, language),
        messages,
        after_messages,
        button: language.typeset(language.button()),
        conversation_url: material.conversation_url.clone(),
        reply_hint: can_reply.then(|| language.typeset(language.reply_hint())),
        why: language.typeset(&why),
        account,
        unsubscribe: language.typeset(&language.unsubscribe(material.kind)),
        unsubscribe_url: material.unsubscribe_url.clone(),
    }
}

/// What mail programs show beside the subject: what was written, else how much waits.
fn preview(messages: &[Quote], after_messages: Option<&str>, intro: &str) -> String {
    let first = messages.first().map(|first| first.lines.join(" "));
    let first = first.as_deref().or(after_messages).unwrap_or_default();
    let line = harmless(first);
    let preview = if line.is_empty() { intro } else { &line };
    cut(preview, PREVIEW_LEN).map_or_else(|| preview.to_owned(), |start| format!("{}…", start.trim_end()))
}

fn facts(material: &Material, visitor: &str, group: Option<String>, language: &dyn Language) -> Vec<Fact> {
    let page = material.page.as_ref().map(|page| {
        let title = page.title.as_deref().map(harmless).filter(|title| !title.is_empty());
        let url = harmless(&page.url);
        title.map_or(url.clone(), |title| format!("{title} ({url})"))
    });
    let email = material.visitor.email.as_deref().map(harmless);
    let name = material.visitor.name.as_deref().map(harmless).filter(|name| !name.is_empty());
    [
        // Who has not told a name is called something, but that is nothing to tell twice.
        (language.label_visitor(), name.map(|_| visitor.to_owned())),
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
        return (Vec::new(), Some(language.typeset(&language.without_texts(count))));
    }
    let mut len = 0;
    let fits = |message: &&Waiting| {
        len += message.text.chars().count().min(MESSAGE_LEN_MAX);
        len <= TEXTS_LEN_MAX
    };
    let shown = material.messages.iter().take(MESSAGES_MAX).take_while(fits);
    let quotes: Vec<_> = shown.map(|message| quote(message, material, language)).collect();
    let more = count - quotes.len();
    (quotes, (more > 0).then(|| language.typeset(&language.and_more(more))))
}

fn quote(message: &Waiting, material: &Material, language: &dyn Language) -> Quote {
    let text = text_of_message(&message.text);
    let start = cut(&text, MESSAGE_LEN_MAX);
    Quote {
        at: language.typeset(&language.near_hour(message.at, material.date, &material.tz)),
        lines: start.unwrap_or(&text).split('\n').map(str::to_owned).collect(),
        note: start.map(|_| language.typeset(language.cut())),
    }
}

fn text(content: &Content) -> String {
    let mut text = Flowed::default();
    text.paragraph(&content.intro);
    if !content.facts.is_empty() {
        text.gap();
    }
    for Fact { label, value } in &content.facts {
        text.paragraph(&format!("{label}: {value}"));
    }
    for Quote { at, lines, note } in &content.messages {
        text.gap().paragraph(&format!("[{at}]")).quote(lines.iter().map(String::as_str));
        if let Some(note) = note {
            text.paragraph(note);
        }
    }
    if let Some(after) = &content.after_messages {
        text.gap().paragraph(after);
    }
    text.link(&content.button, &content.conversation_url);
    if let Some(hint) = &content.reply_hint {
        text.gap().paragraph(hint);
    }
    text.signature().paragraph(&content.why).link(&content.unsubscribe, &content.unsubscribe_url);
    text.finish()
}
