//! DKIM signatures (rule E3; RFC 6376, RFC 8463): by them a receiver knows that a letter comes from the domain that it names,
//! and that nobody has changed it.
//!
//! Pure: the same letter and key make the same bytes, so a repeat is the same letter. There is no time in a signature, no end
//! of it, and no length: nothing can be added to a letter, at no time.

mod canonical;
pub mod file;
mod key;
mod record;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::canonical::{Field, Parts, relaxed_body};
pub use self::key::{Algorithm, CryptoError, Key, KeyError};
pub use self::record::Record;

/// A header line is at most so long, CRLF aside, where it can be broken at all.
const LINE_LEN_MAX: usize = 76;

/// The fields that are signed if they are there, and whether one more of them is: of those that a reader sees or the bodies are
/// read by, a second one that somebody adds would otherwise be believed, since many programs take the first.
const SIGNED: [(&str, Also); 16] = [
    ("From", Also::OneMore),
    ("To", Also::Nothing),
    ("Subject", Also::OneMore),
    ("Date", Also::Nothing),
    ("Message-ID", Also::Nothing),
    ("In-Reply-To", Also::Nothing),
    ("References", Also::Nothing),
    ("Reply-To", Also::Nothing),
    ("Auto-Submitted", Also::Nothing),
    ("X-Auto-Response-Suppress", Also::Nothing),
    ("List-Id", Also::Nothing),
    ("List-Unsubscribe", Also::Nothing),
    ("List-Unsubscribe-Post", Also::Nothing),
    ("MIME-Version", Also::Nothing),
    ("Content-Type", Also::OneMore),
    ("Content-Transfer-Encoding", Also::Nothing),
];

/// What is signed beside the fields of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Also {
    /// Nothing: further ones may be added on the way, as mailing lists do.
    Nothing,
    /// That there is no further one.
    OneMore,
}

/// Signs the letters of one domain.
#[derive(Debug)]
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

impl Signer {
    /// Signs for `domain` (`d=`) by a key whose public half is published under `selector` (`s=`).
    pub fn new(domain: impl Into<String>, selector: impl Into<String>, key: Key) -> Self {
        Self { domain: domain.into(), selector: selector.into(), key }
    }

    /// What the DNS must hold so that receivers can verify.
    pub fn record(&self) -> Record {
        Record::of(&self.domain, &self.selector, &self.key)
    }

    /// The message with a `DKIM-Signature` before it. Its lines end with CRLF.
    ///
    /// # Errors
    /// The cryptography library failed.
    pub fn sign(&self, message: &str) -> Result<String, CryptoError> {
        let parts = Parts::of(message);
        let names = signed_names(&parts.fields);
        let mut own = self.unsigned(&names, &body_hash(parts.body));
        let signature = self.key.sign(signed_data(&parts.fields, &names, &own.text).as_bytes())?;
        own.push_anyhow(&STANDARD.encode(signature));
        Ok(format!("{}\r\n{message}", own.text))
    }

    /// Our field with everything but the signature itself.
    fn unsigned(&self, names: &[&str], body_hash: &str) -> Folded {
        let mut own = Folded::new("DKIM-Signature:");
        own.push(" ", "v=1;");
        own.push(" ", &format!("a={};", self.key.algorithm().as_str()));
        own.push(" ", "c=relaxed/relaxed;");
        own.push(" ", &format!("d={};", self.domain));
        own.push(" ", &format!("s={};", self.selector));
        own.break_line();
        own.push("", "h=");
        for (index, name) in names.iter().enumerate() {
            own.push("", &format!("{name}{}", if index + 1 == names.len() { ";" } else { ":" }));
        }
        own.break_line();
        own.push("", &format!("bh={body_hash};"));
        own.break_line();
        own.push("", "b=");
        own
    }
}

/// A header field that is written in lines of a good length.
struct Folded {
    text: String,
    column: usize,
}

impl Folded {
    fn new(start: &str) -> Self {
        Self { text: start.to_owned(), column: start.len() }
    }

    /// Adds a word that must not be broken: after `glue`, or on the next line where this one is full.
    fn push(&mut self, glue: &str, word: &str) {
        if self.column + glue.len() + word.len() > LINE_LEN_MAX {
            self.break_line();
        } else {
            self.add(glue);
        }
        self.add(word);
    }

    /// Adds what may be broken anywhere.
    fn push_anyhow(&mut self, text: &str) {
        let (first, rest) = text.split_at(text.len().min(LINE_LEN_MAX.saturating_sub(self.column)));
        self.add(first);
        for piece in key::chunks(rest, LINE_LEN_MAX - 1) {
            self.break_line();
            self.add(piece);
        }
    }

    fn break_line(&mut self) {
        self.text.push_str("\r\n ");
        self.column = 1;
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }
}

/// The names of `h=`: each as often as there are fields of it, and once more where that is signed too.
fn signed_names(fields: &[Field<'_>]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, also) in SIGNED {
        let there = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count();
        names.extend(std::iter::repeat_n(name, there + usize::from(also == Also::OneMore)));
    }
    names
}

/// The text that is signed (RFC 6376, section 3.7): the named fields, of those with one name the last first, and the signature's
/// own field with an empty `b=`. A name that is left over stands for nothing.
fn signed_data(fields: &[Field<'_>], names: &[&str], own: &str) -> String {
    let mut left: Vec<Field<'_>> = fields.to_vec();
    let mut data = String::new();
    for name in names {
        if let Some(index) = left.iter().rposition(|field| field.name.eq_ignore_ascii_case(name)) {
            data.push_str(&left.remove(index).relaxed());
            data.push_str("\r\n");
        }
    }
    data.extend(Field::of(own).map(Field::relaxed));
    data
}

/// `bh=`
fn body_hash(body: &str) -> String {
    STANDARD.encode(digest(&SHA256, relaxed_body(body).as_bytes()))
}
