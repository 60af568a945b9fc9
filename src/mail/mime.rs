//! The one place where a message is put together: headers, and the two bodies as alternatives (rules E1, E2).

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body as Encoded, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};

use crate::domain::time::Timestamp;

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
    /// The plain text, as `format=flowed` (RFC 3676).
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

/// The same facts as plain text and as HTML.
pub(super) struct Body {
    pub(super) text: String,
    pub(super) html: String,
}

/// What one message is made of. What strangers typed is harmless here already.
pub(super) struct Sheet<'a> {
    /// `From`.
    pub(super) sender: &'a Mailbox,
    /// The one recipient.
    pub(super) to: Address,
    /// Their name; empty: none.
    pub(super) to_name: String,
    /// Whom an answer reaches, where that is not the sender.
    pub(super) reply_to: Option<Address>,
    /// `Subject`.
    pub(super) subject: &'a str,
    /// `Message-ID`, with its angle brackets.
    pub(super) message_id: String,
    /// What all messages of its thread answer.
    pub(super) root_id: Option<&'a str>,
    /// `Date`.
    pub(super) date: Timestamp,
    /// What letters about conversations bear besides.
    pub(super) list: Option<List<'a>>,
    /// What nobody knows who chose a text in it: goes into the line between the parts.
    pub(super) secrets: Vec<&'a str>,
    /// The bodies.
    pub(super) body: Body,
}

/// Of which row of letters it is, and how one leaves that (RFC 2919, 8058).
pub(super) struct List<'a> {
    /// The row, as `List-Id` names it before the sender's domain.
    pub(super) name: &'static str,
    /// Where a POST ends it for the recipient (rule D4).
    pub(super) unsubscribe_url: &'a str,
}

/// Puts it together. The same sheet makes the same bytes.
///
/// # Errors
/// A header of the configuration cannot be written.
pub(super) fn assemble(sheet: Sheet<'_>) -> Result<Rendered, LetterError> {
    let name = Some(sheet.to_name.clone()).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(sheet.date.0.max(0).unsigned_abs()))
        .from(sheet.sender.clone())
        .to(Mailbox::new(name, sheet.to.clone()))
        .subject(sheet.subject)
        .message_id(Some(sheet.message_id.clone()));
    if let Some(root) = sheet.root_id {
        builder = builder.in_reply_to(root.to_owned()).references(root.to_owned());
    }
    if let Some(address) = &sheet.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address.clone()));
    }
    for (name, value) in raw_headers(&sheet) {
        builder = builder.raw_header(HeaderValue::new(name, value));
    }
    let plain = ContentType::parse("text/plain; charset=utf-8; format=flowed")
        .expect("the type is written here, and every test of a letter reads it");
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary(&sheet))
        .singlepart(part(plain, &sheet.body.text))
        .singlepart(part(ContentType::TEXT_HTML, &sheet.body.html));
    let message = builder.multipart(parts).map_err(|error| LetterError::Unwritable(error.to_string()))?;
    Ok(Rendered {
        from: sheet.sender.email.to_string(),
        to: sheet.to.to_string(),
        message: message.formatted(),
        subject: sheet.subject.to_owned(),
        text: sheet.body.text,
        html: sheet.body.html,
    })
}

/// The headers that lettre has no types for.
fn raw_headers(sheet: &Sheet<'_>) -> Vec<(HeaderName, String)> {
    let mut headers = vec![
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()),
    ];
    if let Some(list) = &sheet.list {
        let id = format!("<{}.{}>", list.name, sheet.sender.email.domain());
        headers.extend([
            (HeaderName::new_from_ascii_str("List-Id"), id),
            (HeaderName::new_from_ascii_str("List-Unsubscribe"), format!("<{}>", list.unsubscribe_url)),
            (HeaderName::new_from_ascii_str("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click".to_owned()),
        ]);
    }
    headers
}

/// Always quoted-printable: trailing spaces mean something in flowed text and must not be lost on the way, and what can be
/// read on the wire looks less like spam than base64.
fn part(content_type: ContentType, text: &str) -> SinglePart {
    let body = Encoded::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable)
        .expect("quoted-printable takes any text");
    SinglePart::builder().header(content_type).body(body)
}

/// The line between the parts: the same for the same letter, and unknown to whoever chose the texts in it.
fn boundary(sheet: &Sheet<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(&sheet.message_id);
    sheet.secrets.iter().for_each(|secret| hash.update(secret));
    format!("part.{}", URL_SAFE_NO_PAD.encode(&hash.finalize()[..18]))
}
