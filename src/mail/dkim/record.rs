//! What the DNS must hold so that receivers can verify (RFC 6376, section 3.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::key::{Key, chunks};

/// The longest string of a TXT record, in bytes; a longer value is several of them.
const STRING_LEN_MAX: usize = 255;

/// The TXT record of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its name, without a dot at its end.
    pub name: String,
    /// Its value, in one piece.
    pub value: String,
}

impl Record {
    /// The record of a key.
    pub fn of(domain: &str, selector: &str, key: &Key) -> Self {
        Self {
            name: format!("{selector}._domainkey.{domain}"),
            value: format!("v=DKIM1; k={}; p={}", key.algorithm().key_type(), STANDARD.encode(key.public())),
        }
    }

    /// The value in the pieces that a TXT record consists of. Receivers join them with nothing in between.
    pub fn strings(&self) -> Vec<&str> {
        chunks(&self.value, STRING_LEN_MAX).collect()
    }

    /// The record as a zone file holds it.
    pub fn zone(&self) -> String {
        let strings: Vec<String> = self.strings().iter().map(|string| format!("\"{string}\"")).collect();
        match strings.as_slice() {
            [one] => format!("{}. IN TXT {one}", self.name),
            several => format!("{}. IN TXT (\n    {} )", self.name, several.join("\n    ")),
        }
    }
}
