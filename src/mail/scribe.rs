//! From the outbox's facts to a letter: addresses, links, the recipient's language, the signature.

use std::sync::Arc;

use lettre::Address;
use lettre::message::Mailbox;

use super::dkim::Signer;
use super::envelope_id::EnvelopeIds;
use super::letter::{self, Material, Rendered, Waiting, Writer};
use super::note;
use super::trial::{self, Trial};
use super::unsubscribe;
use crate::domain::conversation::message::Author;
use crate::domain::note::Note;
use crate::ports::postman::{Envelope, LetterFacts, Written};

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
    /// Names letters, so that what comes back is known.
    pub envelope_ids: EnvelopeIds,
    /// Where reports come back to; each letter goes out with its name behind a `+` of it. `None`: to the sender.
    pub bounces_to: Option<Address>,
    /// Signs what is written; `None`: it leaves unsigned (rule E3).
    pub signer: Option<Arc<Signer>>,
}

impl HouseScribe {
    /// What was rendered, signed where there is a key, on its way under the name: all that leaves the house goes through here.
    fn written(&self, rendered: Rendered, envelope_id: &str) -> Result<Written, String> {
        let raw = String::from_utf8(rendered.message).map_err(|_| "what was written is not text".to_owned())?;
        let raw = match &self.signer {
            Some(signer) => signer.sign(&raw).map_err(|why| format!("it cannot be signed: {why}"))?,
            None => raw,
        };
        let from = match &self.bounces_to {
            Some(address) => format!("{}+{envelope_id}@{}", address.user(), address.domain()),
            None => rendered.from,
        };
        Ok(Written { envelope: Envelope { from, to: rendered.to }, raw })
    }

    /// Writes the letter of `doorbell mail test`.
    ///
    /// # Errors
    /// Why it cannot be written, in words.
    pub fn write_trial(&self, trial: &Trial) -> Result<Written, String> {
        let rendered = trial::render(trial, &self.sender, &self.public_url, &self.mail_domain);
        // As that of any other letter: whether the relay takes it is a part of the trial.
        self.written(rendered.map_err(|why| why.to_string())?, "trial")
    }

    /// Writes a letter about a conversation; the same facts make the same bytes.
    ///
    /// # Errors
    /// Why it cannot be written, in words.
    pub fn write(&self, facts: &LetterFacts) -> Result<Written, String> {
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
        self.written(rendered, &self.envelope_ids.of_letter(account.id, letter.id))
    }

    /// Writes a letter about an account; the same note makes the same bytes.
    ///
    /// # Errors
    /// Why it cannot be written, in words.
    pub fn write_note(&self, note: &Note) -> Result<Written, String> {
        let message_id = format!("<{}@{}>", self.envelope_ids.told_of_note(note.id), self.mail_domain);
        let rendered = note::render(note, &self.sender, &self.public_url, &message_id);
        self.written(rendered.map_err(|why| why.to_string())?, &self.envelope_ids.of_note(note.id))
    }
}
