//! A letter about an account, from a note to the bytes that are sent. Pure: the same note makes the same bytes. Nothing that
//! anybody typed stands in a header, and only our own links are links (rule E5).

use lettre::message::Mailbox;
use serde::Serialize;

use super::dress;
use super::flowed::Flowed;
use super::harmless::{harmless, plain_address};
use super::mime::{Body, LetterError, Rendered, Sheet, assemble};
use crate::domain::note::{Note, Person, Tidings};
use crate::locale::{Language, language, zone};

/// What both bodies tell, in sentences of the reader's language, typeset.
#[derive(Serialize)]
pub(super) struct Content {
    pub(super) lang: &'static str,
    pub(super) subject: &'static str,
    pub(super) preview: String,
    pub(super) intro: String,
    pub(super) about: Option<String>,
    pub(super) button: String,
    pub(super) links: Vec<Link>,
    pub(super) until: Option<String>,
    pub(super) foot: String,
}

/// A way to a password; with a label where there are several.
#[derive(Serialize)]
pub(super) struct Link {
    pub(super) label: Option<String>,
    pub(super) url: String,
}

/// Writes the letter. `public_url`: the server's address, without a slash at its end.
///
/// # Errors
/// The address is none, the note holds no token any more, or a header of the configuration cannot be written.
pub fn render(note: &Note, sender: &Mailbox, public_url: &str, message_id: &str) -> Result<Rendered, LetterError> {
    let to = plain_address(&note.to).ok_or_else(|| LetterError::Recipient(note.to.clone()))?;
    let content = content(note, public_url)
        .ok_or_else(|| LetterError::Unwritable("a note that is over holds no link any more".to_owned()))?;
    assemble(Sheet {
        sender,
        to,
        to_name: String::new(),
        reply_to: None,
        subject: content.subject,
        message_id: message_id.to_owned(),
        root_id: None,
        date: note.created_at,
        list: None,
        secrets: note.people().iter().filter_map(|person| person.token.as_deref()).collect(),
        body: body(&content),
    })
}

fn content(note: &Note, public_url: &str) -> Option<Content> {
    let language = language(note.locale);
    let until = language.typeset(&language.note_until(&language.moment(note.until, &zone(&note.timezone))));
    let (intro, about) = told(note, language);
    let links = match &note.tidings {
        Tidings::Invited { person, .. } => vec![Link { label: None, url: link(public_url, "invite", person)? }],
        Tidings::Forgotten { people } => {
            people.iter().map(|one| reset_link(one, people.len(), public_url)).collect::<Option<_>>()?
        }
        Tidings::AddressChanged { .. } => Vec::new(),
    };
    Some(Content {
        lang: language.tag(),
        subject: language.note_subject(&note.tidings),
        preview: intro.clone(),
        intro,
        about,
        button: language.typeset(language.note_button()),
        until: (!links.is_empty()).then_some(until),
        links,
        foot: language.typeset(language.note_foot(&note.tidings)),
    })
}

/// What happened, and what is to be said about it.
fn told(note: &Note, language: &dyn Language) -> (String, Option<String>) {
    let (intro, about) = match &note.tidings {
        Tidings::Invited { person, by } => {
            let by = by.as_deref().map(harmless);
            let intro = language.note_invited(by.as_deref(), &harmless(&person.account_name));
            (intro, Some(language.note_invited_about(&harmless(&note.to))))
        }
        Tidings::Forgotten { people } => {
            let about = (people.len() > 1).then(|| language.note_forgotten_about(people.len()));
            (language.note_forgotten(&harmless(&note.to)), about)
        }
        Tidings::AddressChanged { name, account_name, by } => {
            let by = by.as_deref().map(harmless);
            let intro = language.note_address_changed(&harmless(name), &harmless(account_name));
            (intro, Some(language.note_address_changed_about(&harmless(&note.to), by.as_deref())))
        }
    };
    (language.typeset(&intro), about.map(|about| language.typeset(&about)))
}

fn reset_link(person: &Person, of: usize, public_url: &str) -> Option<Link> {
    let label = (of > 1).then(|| format!("{} ({})", harmless(&person.name), harmless(&person.account_name)));
    Some(Link { label, url: link(public_url, "reset", person)? })
}

/// Behind the hash: no server, proxy or referrer sees the token.
fn link(public_url: &str, what: &str, person: &Person) -> Option<String> {
    Some(format!("{public_url}/dashboard#{what}={}", person.token.as_deref()?))
}

/// The same as plain text and as HTML, in the dress of all letters about accounts.
pub(super) fn body(content: &Content) -> Body {
    Body { text: text(content), html: dress::note(content) }
}

fn text(content: &Content) -> String {
    let mut text = Flowed::default();
    text.paragraph(&content.intro);
    if let Some(about) = &content.about {
        text.gap().paragraph(about);
    }
    for Link { label, url } in &content.links {
        text.link(label.as_deref().unwrap_or(&content.button), url);
    }
    if let Some(until) = &content.until {
        text.gap().paragraph(until);
    }
    text.signature().paragraph(&content.foot);
    text.finish()
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
        render(note, &"doorbell <notify@mail.test>".parse().unwrap(), "https://chat.test", "<7@mail.test>")
    }

    #[test]
    fn the_same_note_makes_the_same_bytes_and_each_person_a_link() {
        for (count, said) in [(2, "se přihlašují 2\u{a0}lidé"), (5, "se přihlašuje 5\u{a0}lidí")] {
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
