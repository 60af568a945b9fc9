//! A letter about an account, from a note to the bytes that are sent. Pure: the same note makes the same bytes. Nothing that
//! anybody typed stands in a header, and only our own links are links (rule E5).

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::dress;
use super::harmless::{harmless, plain_address};
use super::letter::{LetterError, Rendered};
use crate::domain::note::{Note, Person, Tidings};
use crate::locale::{language, zone};

/// What both bodies tell, in sentences of the reader's language.
#[derive(Serialize)]
struct Content {
    lang: &'static str,
    subject: &'static str,
    intro: String,
    about: Option<String>,
    button: &'static str,
    links: Vec<Link>,
    until: Option<String>,
    foot: &'static str,
}

/// A way to a password; with a label where there are several.
#[derive(Serialize)]
struct Link {
    label: Option<String>,
    url: String,
}

/// Writes the letter. `public_url`: the server's address, without a slash at its end.
///
/// # Errors
/// The address is none, the note holds no token any more, or a header of the configuration cannot be written.
pub fn render(note: &Note, sender: &Mailbox, public_url: &str, domain: &str) -> Result<Rendered, LetterError> {
    let to = plain_address(&note.to).ok_or_else(|| LetterError::Recipient(note.to.clone()))?;
    let content = content(note, public_url)
        .ok_or_else(|| LetterError::Unwritable("a note that is over holds no link any more".to_owned()))?;
    let (text, html) = (text(&content), dress::note(&content));
    let part = |content_type, content: &str| SinglePart::builder().header(content_type).body(content.to_owned());
    let mut builder = Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(note.created_at.0.max(0).unsigned_abs()))
        .from(sender.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(content.subject)
        .message_id(Some(format!("<note.{}@{domain}>", URL_SAFE_NO_PAD.encode(note.id.0.as_bytes()))));
    for (name, value) in [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
    ] {
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let message = builder
        .multipart(
            MultiPart::builder()
                .kind(MultiPartKind::Alternative)
                .boundary(boundary(note))
                .singlepart(part(ContentType::TEXT_PLAIN, &text))
                .singlepart(part(ContentType::TEXT_HTML, &html)),
        )
        .map_err(|error| LetterError::Unwritable(error.to_string()))?;
    let (from, subject) = (sender.email.to_string(), content.subject.to_owned());
    Ok(Rendered { from, to: to.to_string(), message: message.formatted(), subject, text, html })
}

/// The line between the parts: the same for the same note, and unknown to whoever chose the names in it, since the secret
/// tokens go into it.
fn boundary(note: &Note) -> String {
    let mut hash = Sha256::new();
    hash.update(note.id.0.as_bytes());
    note.people().iter().filter_map(|person| person.token.as_deref()).for_each(|token| hash.update(token));
    format!("note.{}", URL_SAFE_NO_PAD.encode(&hash.finalize()[..18]))
}

fn content(note: &Note, public_url: &str) -> Option<Content> {
    let language = language(note.locale);
    let until = language.moment(note.until, &zone(&note.timezone));
    let mut content = Content {
        lang: language.tag(),
        subject: language.note_subject(&note.tidings),
        intro: String::new(),
        about: None,
        button: language.note_button(),
        links: Vec::new(),
        until: None,
        foot: language.note_foot(&note.tidings),
    };
    match &note.tidings {
        Tidings::Invited { person, by } => {
            let by = by.as_deref().map(harmless);
            content.intro = language.note_invited(by.as_deref(), &harmless(&person.account_name));
            content.about = Some(language.note_invited_about(&harmless(&note.to)));
            content.links = vec![Link { label: None, url: link(public_url, "invite", person)? }];
            content.until = Some(language.note_until(&until));
        }
        Tidings::Forgotten { people } => {
            content.intro = language.note_forgotten(&harmless(&note.to));
            content.about = (people.len() > 1).then(|| language.note_forgotten_about(people.len()));
            content.links =
                people.iter().map(|one| reset_link(one, people.len(), public_url)).collect::<Option<_>>()?;
            content.until = Some(language.note_until(&until));
        }
        Tidings::AddressChanged { name, account_name, by } => {
            let by = by.as_deref().map(harmless);
            content.intro = language.note_address_changed(&harmless(name), &harmless(account_name));
            content.about = Some(language.note_address_changed_about(&harmless(&note.to), by.as_deref()));
        }
    }
    Some(content)
}

fn reset_link(person: &Person, of: usize, public_url: &str) -> Option<Link> {
    let label = (of > 1).then(|| format!("{} ({})", harmless(&person.name), harmless(&person.account_name)));
    Some(Link { label, url: link(public_url, "reset", person)? })
}

/// Behind the hash: no server, proxy or referrer sees the token.
fn link(public_url: &str, what: &str, person: &Person) -> Option<String> {
    Some(format!("{public_url}/dashboard#{what}={}", person.token.as_deref()?))
}

fn text(content: &Content) -> String {
    let mut out = format!("{}\n", content.intro);
    if let Some(paragraph) = &content.about {
        let _ = writeln!(out, "\n{paragraph}");
    }
    for Link { label, url } in &content.links {
        let _ = writeln!(out, "\n{}:\n{url}", label.as_deref().unwrap_or(content.button));
    }
    if let Some(paragraph) = &content.until {
        let _ = writeln!(out, "\n{paragraph}");
    }
    // The dashes with a space are how plain text says that a signature follows.
    let _ = writeln!(out, "\n-- \n{}", content.foot);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Locale;
    use crate::domain::ids::{AccountId, NoteId, OperatorId};
    use crate::domain::notice::letter::LetterState;
    use crate::domain::time::Timestamp;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp(1_740_992_590_000);

    fn person(name: &str) -> Person {
        Person {
            account: AccountId(Uuid::from_u128(1)),
            operator: OperatorId(Uuid::from_u128(2)),
            name: name.to_owned(),
            account_name: "Papírnictví".to_owned(),
            key: "reset/x".to_owned(),
            token: Some(format!("token-of-{}", name.len())),
        }
    }

    fn note(tidings: Tidings) -> Note {
        Note {
            id: NoteId(Uuid::from_u128(7)),
            account: AccountId(Uuid::from_u128(1)),
            to: "info@shop.test".to_owned(),
            locale: Locale::Cs,
            timezone: "Europe/Prague".to_owned(),
            tidings,
            state: LetterState::Queued,
            created_at: AT,
            until: AT,
            due: AT,
            claim: None,
            bodies: 0,
            raw: None,
            attempts: Vec::new(),
        }
    }

    fn write(note: &Note) -> Result<Rendered, LetterError> {
        render(note, &"doorbell <notify@mail.test>".parse().unwrap(), "https://chat.test", "mail.test")
    }

    #[test]
    fn the_same_note_makes_the_same_bytes_and_each_person_a_link() {
        for (count, said) in [(2, "se přihlašují 2 lidé"), (5, "se přihlašuje 5 lidí")] {
            let people = (1..=count).map(|n| person(&"x".repeat(n))).collect();
            let note = note(Tidings::Forgotten { people });
            let (one, other) = (write(&note).unwrap(), write(&note).unwrap());
            assert_eq!(one.message, other.message);
            assert!(one.text.contains(said), "{}", one.text);
            assert_eq!(one.text.matches("https://chat.test/dashboard#reset=token-of-").count(), count);
        }
    }

    #[test]
    fn a_note_that_is_over_holds_no_link_any_more() {
        let sent = note(Tidings::Invited { person: person("Jana"), by: None }).moved(LetterState::Sent, AT, None);
        assert!(matches!(write(&sent), Err(LetterError::Unwritable(_))));
    }
}
