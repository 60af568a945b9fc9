//! Reads the reports that mail servers send when a letter cannot be delivered after all (RFC 3464).
//!
//! Anybody can write to the address that they come to, so nothing in them is unpacked but the report itself: parsers that take
//! apart letters within letters need stack and memory for each.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use sha2::{Digest as _, Sha256};

use super::envelope_id::EnvelopeIds;
use crate::domain::ids::{AccountId, LetterId, NoteId};
use crate::domain::notice::reply::{Enhanced, Phase, Reply};
use crate::ports::returns::{Action, EnvelopeId, NoReport, Proof, Report, Returns};

/// The longest answer that is kept, in bytes.
const REPLY_LEN_MAX: usize = 4_096;
/// How deep the report may lie within parts of parts: filters and lists wrap it once or twice.
const DEPTH_MAX: usize = 4;
/// So many parts are looked at: a report has three.
const PARTS_MAX: usize = 64;
/// So many names of letters are looked up: there are as many places in which one may stand, and a name costs a look-up.
const NAMES_MAX: usize = 8;

/// Reads what comes back to one installation.
pub struct HouseReturns {
    /// By what it knows its letters.
    pub ids: EnvelopeIds,
}

impl Returns for HouseReturns {
    fn read(&self, raw: &[u8]) -> Result<Report, NoReport> {
        let head = MessageParser::default().parse_headers(raw).ok_or(NoReport("not a mail (RFC 5322)"))?;
        let leaves = leaves(raw);
        let text = status_of(&leaves)
            .ok_or(NoReport("not a report of a delivery (RFC 3464): no part of it is message/delivery-status"))?;
        let groups = fields(&text);
        let (of_message, of_recipients) =
            groups.split_first().ok_or(NoReport("its message/delivery-status is empty"))?;
        let about_one = chosen(of_recipients).ok_or(NoReport("its message/delivery-status names no recipient"))?;
        Ok(Report {
            key: key(&head, &text),
            about: about(&head, of_message, returned_ids(&leaves)),
            action: action(about_one),
            recipient: value(about_one, "Final-Recipient").map(after_type).map(unquoted),
            reply: reply(of_message, about_one),
        })
    }

    fn is_of_letter(&self, id: &EnvelopeId, account: AccountId, letter: LetterId) -> Option<Proof> {
        self.ids.is_of_letter(id, account, letter)
    }

    fn is_of_note(&self, id: &EnvelopeId, note: NoteId) -> Option<Proof> {
        self.ids.is_of_note(id, note)
    }
}

/// A group of fields: names and unfolded values.
type Fields<'a> = Vec<(&'a str, String)>;

fn is_of_type(head: &Message<'_>, kind: &str, subtype: &str) -> bool {
    head.content_type().is_some_and(|found| {
        found.ctype().eq_ignore_ascii_case(kind) && found.subtype().is_some_and(|s| s.eq_ignore_ascii_case(subtype))
    })
}

/// The parts of a message that are no multipart themselves: their heads, and all of each. Nothing is unpacked but multiparts, and
/// those not far.
fn leaves(raw: &[u8]) -> Vec<(Message<'_>, &[u8])> {
    let mut leaves = Vec::new();
    let mut entities = VecDeque::from([(raw, 0)]);
    while let Some((entity, depth)) = entities.pop_front() {
        let Some(head) = MessageParser::default().parse_headers(entity) else { continue };
        let kind = head.content_type().filter(|kind| kind.ctype().eq_ignore_ascii_case("multipart"));
        match kind.and_then(|kind| kind.attribute("boundary")) {
            Some(boundary) if depth < DEPTH_MAX => {
                entities.extend(parts(entity, boundary).into_iter().map(|part| (part, depth + 1)));
            }
            _ => leaves.push((head, entity)),
        }
        if leaves.len() + entities.len() > PARTS_MAX {
            break;
        }
    }
    leaves
}

/// The text of the first part that is a report, its lines ending with `\n`.
fn status_of(leaves: &[(Message<'_>, &[u8])]) -> Option<String> {
    let (_, entity) = leaves.iter().find(|(head, _)| is_of_type(head, "message", "delivery-status"))?;
    // Of this type, it is no letter for the parser: its encoding is undone, and nothing unpacked.
    let whole = MessageParser::default().parse(entity)?;
    Some(String::from_utf8_lossy(whole.parts.first()?.contents()).replace("\r\n", "\n"))
}

/// What stands before the `@` of the `Message-ID` of the letter that came back, all of it or its head only.
fn returned_ids(leaves: &[(Message<'_>, &[u8])]) -> Vec<String> {
    let is_letter =
        |head: &Message<'_>| is_of_type(head, "message", "rfc822") || is_of_type(head, "text", "rfc822-headers");
    let returned = leaves.iter().filter(|(head, _)| is_letter(head)).filter_map(|(_, entity)| body(entity));
    let heads = returned.filter_map(|letter| MessageParser::default().parse_headers(letter));
    heads.filter_map(|head| Some(head.message_id()?.split('@').next()?.to_owned())).collect()
}

/// What stands behind the head of a part.
fn body(entity: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    for line in entity.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.trim_ascii().is_empty() {
            return Some(&entity[at..]);
        }
    }
    None
}

/// What stands between the boundaries (RFC 2046, 5.1.1); the last part may have lost its end.
fn parts<'a>(entity: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let (mut parts, mut begin, mut at) = (Vec::new(), None, 0);
    for line in entity.split_inclusive(|byte| *byte == b'\n') {
        let end = at;
        at += line.len();
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()));
        let Some(after) = after.map(<[u8]>::trim_ascii).filter(|after| [&b""[..], b"--"].contains(after)) else {
            continue;
        };
        parts.extend(begin.map(|begin| &entity[begin..end]));
        begin = after.is_empty().then_some(at);
    }
    parts.extend(begin.map(|begin| &entity[begin..]));
    parts
}

/// Groups of fields, parted by empty lines; a line that begins with a space goes on with the one before.
fn fields(text: &str) -> Vec<Fields<'_>> {
    let mut groups: Vec<Fields<'_>> = Vec::new();
    let mut is_new = true;
    for line in text.lines() {
        if line.trim().is_empty() {
            is_new = true;
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = groups.last_mut().and_then(|group| group.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            if std::mem::take(&mut is_new) {
                groups.push(Vec::new());
            }
            if let Some(group) = groups.last_mut() {
                group.push((name.trim(), value.trim().to_owned()));
            }
        }
    }
    groups
}

fn value<'a>(fields: &'a Fields<'_>, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// `rfc822;jana@shop.test`, `dns; mx.shop.test`, `smtp; 550 …`: what stands behind the type.
fn after_type(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim()
}

fn unquoted(address: &str) -> String {
    address.trim_matches(['<', '>']).to_owned()
}

/// A letter has one recipient; a report with several is of one whose mail was spread: the worst counts.
fn chosen<'a, 'b>(groups: &'a [Fields<'b>]) -> Option<&'a Fields<'b>> {
    let about = || groups.iter().filter(|group| value(group, "Action").is_some());
    about().find(|group| action(group) == Action::Failed).or_else(|| about().next())
}

fn action(fields: &Fields<'_>) -> Action {
    match value(fields, "Action").map(str::to_ascii_lowercase).as_deref() {
        Some("failed") => Action::Failed,
        Some("delayed") => Action::Delayed,
        _ => Action::Other,
    }
}

/// What the receiving server said; where that holds no enhanced code, the report's own status goes before it.
fn reply(of_message: &Fields<'_>, of_recipient: &Fields<'_>) -> Reply {
    let status = value(of_recipient, "Status").and_then(|status| status.split_whitespace().next());
    let said = value(of_recipient, "Diagnostic-Code").map(after_type).unwrap_or_default();
    let server = value(of_recipient, "Remote-MTA").or_else(|| value(of_message, "Reporting-MTA"));
    let code = said.get(..3).and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
    let severity = status.and_then(Enhanced::read).map(|Enhanced(severity, ..)| severity);
    let mut reply = Reply {
        code: code.or(if severity == Some(4) { Some(450) } else { Some(550) }),
        text: shortened(said),
        server: server.map(|server| shortened(after_type(server))),
        phase: Phase::Body,
    };
    // x.0.0 is what servers write that know no better.
    let says_something = |status: &&str| !matches!(Enhanced::read(status), None | Some(Enhanced(_, 0, 0)));
    if let (None, Some(status)) = (reply.enhanced(), status.filter(says_something)) {
        reply.text = match code {
            Some(code) => format!("{code} {status} {}", said.get(4..).unwrap_or_default()),
            None => format!("{status} {said}"),
        };
        reply.text = shortened(&reply.text);
    }
    reply
}

fn shortened(text: &str) -> String {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= REPLY_LEN_MAX).last();
    text[..end.unwrap_or(0)].trim().replace(char::is_control, " ")
}

/// The names of our letters, those that prove the most first: in the address that the report came to, in the envelope id that
/// servers repeat, in the `Message-ID` of the letter that came back.
fn about(message: &Message<'_>, of_message: &Fields<'_>, returned: Vec<String>) -> Vec<EnvelopeId> {
    let to = message.to().into_iter().flat_map(|to| to.iter()).filter_map(|to| to.address().map(str::to_owned));
    let handed_to =
        ["Delivered-To", "X-Original-To", "Envelope-To"].into_iter().filter_map(|name| message.header_raw(name));
    let return_paths =
        to.chain(handed_to.map(|to| unquoted(to.trim()))).filter_map(|to| tag_of(&to).map(str::to_owned));
    let envelope_id = value(of_message, "Original-Envelope-Id").map(str::to_owned);
    let mut found: Vec<EnvelopeId> = Vec::new();
    for id in return_paths.chain(envelope_id).chain(returned).filter_map(|name| EnvelopeIds::read(&name)) {
        if found.len() < NAMES_MAX && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// What stands behind the `+` of an address.
fn tag_of(address: &str) -> Option<&str> {
    let (local, _) = address.rsplit_once('@')?;
    local.rsplit_once('+').map(|(_, tag)| tag)
}

/// The same report has the same key, however often and on whatever way it comes.
fn key(message: &Message<'_>, status: &str) -> String {
    message
        .message_id()
        .map_or_else(|| URL_SAFE_NO_PAD.encode(Sha256::digest(status)), |id| id.chars().take(200).collect())
}
