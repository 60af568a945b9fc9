//! From the outbox's facts to a letter: addresses, links, the recipient's language.

use lettre::message::Mailbox;

use super::letter::{self, Material, Waiting, Writer};
use super::note;
use super::unsubscribe;
use crate::domain::conversation::message::Author;
use crate::domain::note::Note;
use crate::ports::postman::{Envelope, LetterFacts, Scribe, Written};

/// Who writes the letters of one server.
pub struct HouseScribe {
    /// `From`.
    pub sender: Mailbox,
    /// The server's address, without a slash at its end.
    pub public_url: String,
    /// Signs unsubscribe links.
    pub secret: [u8; 32],
    /// The domain of message ids.
    pub mail_domain: String,
}

impl Scribe for HouseScribe {
    fn write(&self, facts: &LetterFacts<'_>) -> Result<Written, String> {
        let LetterFacts { letter, account, operator, conversation, messages } = facts;
        let token = unsubscribe::sign(&self.secret, account.id, operator.id, letter.kind);
        let waiting = messages.iter().filter(|m| matches!(m.author, Author::Visitor { .. }));
        let material = Material {
            kind: letter.kind,
            locale: account.locale_of(operator),
            tz: crate::locale::zone(&account.timezone),
            account: account.name.clone(),
            sender: self.sender.clone(),
            recipient_name: operator.name.clone(),
            recipient_email: operator.email.clone(),
            visitor: Writer {
                id: conversation.visitor_id(),
                name: conversation.visitor.name.clone(),
                email: conversation.visitor.email.clone(),
            },
            name_in_subject: conversation.name_in_subject().map(str::to_owned),
            page: conversation.visitor.page.clone(),
            group: account.effective_group(letter.group).map(|g| g.name.clone()),
            messages: waiting.map(|m| Waiting { seq: m.seq, at: m.at, text: m.text.clone() }).collect(),
            include_text: account.notifications.include_text,
            started_at: letter.started_at,
            delay: letter.delay,
            conversation_url: format!("{}/dashboard?conversation={}", self.public_url, conversation.id),
            unsubscribe_url: format!("{}/unsubscribe/{token}", self.public_url),
            message_id: letter.message_id.clone(),
            root_id: letter::root_id(conversation.id, &self.mail_domain),
            date: letter.created_at,
        };
        let rendered = letter::render(&material).map_err(|why| why.to_string())?;
        let raw = String::from_utf8(rendered.message).map_err(|_| "the letter is not text".to_owned())?;
        Ok(Written { envelope: Envelope { from: rendered.from, to: rendered.to }, raw })
    }

    fn write_note(&self, note: &Note) -> Result<Written, String> {
        let rendered = note::render(note, &self.sender, &self.public_url, &self.mail_domain);
        let rendered = rendered.map_err(|why| why.to_string())?;
        let raw = String::from_utf8(rendered.message).map_err(|_| "the note is not text".to_owned())?;
        Ok(Written { envelope: Envelope { from: rendered.from, to: rendered.to }, raw })
    }
}
