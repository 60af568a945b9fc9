//! The letter of `doorbell mail test`: nothing but that it came, and from where (rule E3). Pure.

use lettre::Address;
use lettre::message::Mailbox;
use uuid::Uuid;

use super::mime::{LetterError, Rendered, Sheet, assemble};
use super::note::{Content, body};
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
        preview: language.typeset(language.trial_intro()),
        intro: language.typeset(language.trial_intro()),
        about: Some(language.typeset(&language.trial_about(public_url, &from, &trial.through))),
        button: String::new(),
        links: Vec::new(),
        until: None,
        foot: language.typeset(language.trial_foot()),
    };
    let secret = trial.id.to_string();
    assemble(Sheet {
        sender,
        to: trial.to.clone(),
        to_name: String::new(),
        reply_to: None,
        subject: content.subject,
        message_id: format!("<trial.{}@{domain}>", trial.id.simple()),
        root_id: None,
        date: trial.at,
        list: None,
        secrets: vec![&secret],
        body: body(&content),
    })
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
