//! Tokens: random ones, of which only hashes are stored, and signed ones, of which nothing is.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::ids::{AccountId, VisitorId};

/// A fresh token of 256 random bits, in base64url.
pub fn mint() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the system's random source answers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token: its SHA-256, in hexadecimal.
pub fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The server's secret: signs what is not stored.
#[derive(Clone)]
pub struct Secret {
    bytes: [u8; 32],
    /// What a signature begins with, which is half its work.
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// From the store's record.
    pub fn new(bytes: [u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(&bytes).expect("HMAC takes a key of any length");
        Self { bytes, keyed }
    }

    /// The bytes, for signing something else (a purpose is to be in what is signed).
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    fn visitor_mac(&self, account: AccountId, visitor: VisitorId) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(b"visitor\0");
        mac.update(account.0.as_bytes());
        mac.update(visitor.0.as_bytes());
        mac
    }

    /// The token by which a visitor is known again. Signed, so that a visitor who only watches costs no row.
    pub fn visitor_token(&self, account: AccountId, visitor: VisitorId) -> String {
        let mut bytes = visitor.0.as_bytes().to_vec();
        bytes.extend_from_slice(&self.visitor_mac(account, visitor).finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whose token it is; `None`: nobody's in this account. Compares in constant time.
    pub fn visitor_of(&self, account: AccountId, token: &str) -> Option<VisitorId> {
        if token.len() > 128 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, mac) = bytes.split_at_checked(16)?;
        let visitor = VisitorId(Uuid::from_slice(id).ok()?);
        self.visitor_mac(account, visitor).verify_slice(mac).ok()?;
        Some(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitors_token_is_good_in_its_account_only() {
        let secret = Secret::new([7; 32]);
        let (a, b) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let visitor = VisitorId(Uuid::from_u128(3));
        let token = secret.visitor_token(a, visitor);
        assert_eq!(secret.visitor_of(a, &token), Some(visitor));
        assert_eq!(secret.visitor_of(b, &token), None);
        assert_eq!(Secret::new([8; 32]).visitor_of(a, &token), None);
        for wrong in ["", "x", &token[1..], &format!("{token}A")] {
            assert_eq!(secret.visitor_of(a, wrong), None, "{wrong}");
        }
    }
}
