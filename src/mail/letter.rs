//! One letter, from facts to the bytes that are sent (rules E1, E2, E5). Pure: the same facts make the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use lettre::message::Mailbox;

use super::body;
use super::harmless::{harmless, harmless_in_header, plain_address};
pub use super::mime::{LetterError, Rendered};
use super::mime::{List, Sheet, assemble};
use crate::domain::account::{Kind, Locale};
use crate::domain::conversation::view::Page;
use crate::domain::ids::{ConversationId, VisitorId};
use crate::domain::time::{Span, Timestamp};
use crate::locale::{language, visitor_name};

/// All that a letter tells.
#[derive(Clone, Debug)]
pub struct Material {
    /// Of which kind it is.
    pub kind: Kind,
    /// The recipient's language.
    pub locale: Locale,
    /// The account's time zone.
    pub tz: TimeZone,
    /// The account's name.
    pub account: String,
    /// `From`, of the configuration: never a visitor.
    pub sender: Mailbox,
    /// The recipient's name.
    pub recipient_name: String,
    /// The recipient's address.
    pub recipient_email: String,
    /// Who wrote.
    pub visitor: Writer,
    /// The name that the visitor had when the first letter about the conversation was queued. The subject holds it for good,
    /// since mail programs take letters with another subject for another thread (rule E2).
    pub name_in_subject: Option<String>,
    /// From which page.
    pub page: Option<Page>,
    /// The name of the conversation's group.
    pub group: Option<String>,
    /// What waits, in order.
    pub messages: Vec<Waiting>,
    /// `false`: the letter does not hold the texts (the account's setting).
    pub include_text: bool,
    /// Since when the condition held.
    pub started_at: Timestamp,
    /// The delay that was kept.
    pub delay: Span,
    /// Where the conversation opens in the dashboard.
    pub conversation_url: String,
    /// Where this kind is switched off for the recipient (rule D4).
    pub unsubscribe_url: String,
    /// `Message-ID`, as the outbox has it.
    pub message_id: String,
    /// The root of the conversation's thread, see [`root_id`].
    pub root_id: String,
    /// `Date`: when it was queued.
    pub date: Timestamp,
}

/// The visitor, as they say who they are.
#[derive(Clone, Debug)]
pub struct Writer {
    /// Who.
    pub id: VisitorId,
    /// The name that they gave.
    pub name: Option<String>,
    /// The address that they gave.
    pub email: Option<String>,
}

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its place in the conversation.
    pub seq: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
}

/// The stable root of all letters about one conversation: mail programs thread by it (rule E2). No letter bears it itself.
pub fn root_id(conversation: ConversationId, domain: &str) -> String {
    format!("<conversation.{}@{domain}>", URL_SAFE_NO_PAD.encode(conversation.0.as_bytes()))
}

/// Writes the letter.
///
/// # Errors
/// The recipient's address is none, or a header of the configuration cannot be written.
pub fn render(material: &Material) -> Result<Rendered, LetterError> {
    let to = plain_address(&material.recipient_email)
        .ok_or_else(|| LetterError::Recipient(material.recipient_email.clone()))?;
    let visitor = called(material, material.visitor.name.as_deref());
    let in_subject = harmless_in_header(&called(material, material.name_in_subject.as_deref()));
    let subject = language(material.locale).subject(&in_subject);
    let reply_to = material.visitor.email.as_deref().and_then(plain_address);
    assemble(Sheet {
        sender: &material.sender,
        to,
        to_name: harmless_in_header(&material.recipient_name),
        body: body::write(material, &visitor, &subject, reply_to.is_some()),
        reply_to,
        subject: &subject,
        message_id: material.message_id.clone(),
        root_id: Some(&material.root_id),
        date: material.date,
        list: Some(List { name: kind_tag(material.kind), unsubscribe_url: &material.unsubscribe_url }),
        secrets: vec![&material.unsubscribe_url],
    })
}

/// What the letter calls the visitor who gave this name, or none.
fn called(material: &Material, name: Option<&str>) -> String {
    visitor_name(material.visitor.id, name.map(harmless).as_deref(), material.locale)
}

/// The kind as `List-Id` names it.
fn kind_tag(kind: Kind) -> &'static str {
    match kind {
        Kind::Offline => "offline",
        Kind::Missed => "missed",
    }
}
