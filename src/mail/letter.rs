//! One letter, from facts to the bytes that are sent (rules E1, E2, E5). Pure: the same facts make the same bytes.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};

use super::body;
use super::harmless::{harmless, harmless_in_header, plain_address};
use crate::domain::account::{Kind, Locale};
use crate::domain::conversation::view::Page;
use crate::domain::ids::{AccountId, ConversationId, LetterId, VisitorId};
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
    /// `Message-ID`, see [`message_id`].
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

/// A letter, ready to be sent.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's one recipient.
    pub to: String,
    /// The whole message (RFC 5322), lines ending with CRLF, none longer than 998 bytes, ASCII only.
    pub message: Vec<u8>,
    /// `Subject`, decoded.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// Why no letter can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The recipient's address is none that mail can be sent to (ASCII only: SMTPUTF8 is not spoken).
    #[error("not an address that mail can be sent to: {0}")]
    Recipient(String),
    /// A header cannot be written.
    #[error("the letter cannot be written: {0}")]
    Unwritable(String),
}

/// `Message-ID` of a letter: made of (account, conversation, episode, operator), so that the same letter has the same id
/// whoever mints it (rule E2). Short, and silent about what it was made of.
pub fn message_id(account: AccountId, letter: LetterId, domain: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(account.0.as_bytes());
    hash.update(letter.to_string());
    format!("<letter.{}@{domain}>", URL_SAFE_NO_PAD.encode(&hash.finalize()[..16]))
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
    let name = material.visitor.name.as_deref().map(harmless);
    let visitor = visitor_name(material.visitor.id, name.as_deref(), material.locale);
    let subject = language(material.locale).subject(&harmless_in_header(&visitor));
    let reply_to = material.visitor.email.as_deref().and_then(plain_address);
    let body = body::write(material, &visitor, &subject, reply_to.is_some());
    let message = assemble(material, &to, reply_to, &subject, &body)
        .map_err(|error| LetterError::Unwritable(error.to_string()))?;
    Ok(Rendered {
        from: material.sender.email.to_string(),
        to: to.to_string(),
        message: message.formatted(),
        subject,
        text: body.text,
        html: body.html,
    })
}

fn assemble(
    material: &Material,
    to: &Address,
    reply_to: Option<Address>,
    subject: &str,
    body: &body::Body,
) -> Result<Message, lettre::error::Error> {
    let name = Some(harmless_in_header(&material.recipient_name)).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(material.date.0.max(0).unsigned_abs()))
        .from(material.sender.clone())
        .to(Mailbox::new(name, to.clone()))
        .subject(subject)
        .message_id(Some(material.message_id.clone()))
        .in_reply_to(material.root_id.clone())
        .references(material.root_id.clone());
    if let Some(address) = reply_to {
        builder = builder.reply_to(Mailbox::new(None, address));
    }
    let list_id = format!("<{}.{}>", kind_tag(material.kind), material.sender.email.domain());
    let unsubscribe = format!("<{}>", material.unsubscribe_url);
    for (name, value) in [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
        (HeaderName::new_from_ascii_str("List-Id"), list_id.as_str()),
        (HeaderName::new_from_ascii_str("List-Unsubscribe"), unsubscribe.as_str()),
        (HeaderName::new_from_ascii_str("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click"),
    ] {
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let part = |content_type, content: &str| SinglePart::builder().header(content_type).body(content.to_owned());
    builder.multipart(
        MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(boundary(material))
            .singlepart(part(ContentType::TEXT_PLAIN, &body.text))
            .singlepart(part(ContentType::TEXT_HTML, &body.html)),
    )
}

/// The line between the parts: the same for the same letter, and unknown to whoever writes the texts, since the signed
/// link goes into it.
fn boundary(material: &Material) -> String {
    let mut hash = Sha256::new();
    hash.update(&material.message_id);
    hash.update(&material.unsubscribe_url);
    format!("part.{}", URL_SAFE_NO_PAD.encode(&hash.finalize()[..18]))
}

/// The kind as `List-Id` names it.
fn kind_tag(kind: Kind) -> &'static str {
    match kind {
        Kind::Offline => "offline",
        Kind::Missed => "missed",
    }
}
