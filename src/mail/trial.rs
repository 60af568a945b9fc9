//! The letter of `doorbell mail test`: nothing but that it came, and from where (rule E3). Pure.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use serde::Serialize;
use uuid::Uuid;

use super::dress;
use super::letter::{LetterError, Rendered};
use crate::domain::account::Locale;
use crate::domain::time::Timestamp;
use crate::locale::language;

/// What a test letter tells.
#[derive(Clone, Debug)]
pub struct Trial {
    /// To whom it goes.
    pub to: Address,
    /// In which language.
    pub locale: Locale,
    /// Through what it is sent, as the reader is told.
    pub through: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// Tells it from all others.
    pub id: Uuid,
}

/// What both bodies say; the dress is that of letters about accounts.
#[derive(Serialize)]
struct Content {
    lang: &'static str,
    subject: &'static str,
    intro: &'static str,
    about: String,
    links: [(); 0],
    foot: &'static str,
}

/// Writes the letter. `public_url`: the server's address.
///
/// # Errors
/// A header of the configuration cannot be written.
pub fn render(trial: &Trial, sender: &Mailbox, public_url: &str, domain: &str) -> Result<Rendered, LetterError> {
    let language = language(trial.locale);
    let from = sender.email.to_string();
    let content = Content {
        lang: language.tag(),
        subject: language.trial_subject(),
        intro: language.trial_intro(),
        about: language.trial_about(public_url, &from, &trial.through),
        links: [],
        foot: language.trial_foot(),
    };
    let (text, html) = (text(&content), dress::note(&content));
    let part = |content_type, content: &str| SinglePart::builder().header(content_type).body(content.to_owned());
    let mut builder = Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(trial.at.0.max(0).unsigned_abs()))
        .from(sender.clone())
        .to(Mailbox::new(None, trial.to.clone()))
        .subject(content.subject)
        .message_id(Some(format!("<trial.{}@{domain}>", trial.id.simple())));
    for (name, value) in [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
    ] {
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("trial.{}", trial.id.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, &text))
        .singlepart(part(ContentType::TEXT_HTML, &html));
    let message = builder.multipart(parts).map_err(|error| LetterError::Unwritable(error.to_string()))?;
    let subject = content.subject.to_owned();
    Ok(Rendered { from, to: trial.to.to_string(), message: message.formatted(), subject, text, html })
}

fn text(content: &Content) -> String {
    let mut out = format!("{}\n\n{}\n", content.intro, content.about);
    // The dashes with a space are how plain text says that a signature follows.
    let _ = writeln!(out, "\n-- \n{}", content.foot);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_it_comes_from_in_both_languages() {
        for (locale, subject) in
            [(Locale::En, "Test letter from doorbell"), (Locale::Cs, "Zkušební e-mail z aplikace doorbell")]
        {
            let trial = Trial {
                to: "jana@shop.test".parse().unwrap(),
                locale,
                through: "mx.acme.test:587".to_owned(),
                at: Timestamp(1_740_992_590_000),
                id: Uuid::from_u128(7),
            };
            let sender = "doorbell <notify@acme.test>".parse().unwrap();
            let letter = render(&trial, &sender, "https://chat.acme.test", "acme.test").unwrap();
            assert_eq!((letter.from.as_str(), letter.to.as_str()), ("notify@acme.test", "jana@shop.test"));
            assert_eq!(letter.subject, subject);
            for said in ["chat.acme.test", "notify@acme.test", "mx.acme.test:587"] {
                assert!(letter.text.contains(said) && letter.html.contains(said), "{said}");
            }
        }
    }
}
