//! Passwords: argon2id, and what is asked of them. Hashing takes a core and about 20 MB for some tens of milliseconds, so it
//! never runs on an arbiter; who calls these functions sees to that.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};

use crate::domain::ids::OperatorId;
use crate::domain::refusal::Refusal;
use crate::ports::journal::{RecordOp, Store};
use crate::ports::record;

/// The shortest password, in characters.
pub const LEN_MIN: usize = 8;
/// The longest password, in characters.
pub const LEN_MAX: usize = 256;

/// A password that may be set. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    /// Checks what is asked of a password.
    ///
    /// # Errors
    /// `invalid` for one that is too short or too long.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        if (LEN_MIN..=LEN_MAX).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::invalid(field, format!("a password has {LEN_MIN} to {LEN_MAX} characters")))
        }
    }

    /// The hash to be stored, with a salt of its own. Slow on purpose.
    ///
    /// # Errors
    /// `unavailable` when there is no memory for it.
    pub fn hash(&self) -> Result<PasswordHashed, Refusal> {
        let hash = Argon2::default().hash_password(self.0.as_bytes());
        hash.map(|hash| PasswordHashed(hash.to_string())).map_err(|e| Refusal::unavailable(e.to_string()))
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// A password's hash, as a PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHashed(String);

impl std::fmt::Debug for PasswordHashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHashed(…)")
    }
}

impl PasswordHashed {
    /// Whether it is the hash of this password. Slow on purpose.
    pub fn fits(&self, password: &str) -> bool {
        // What is longer was never set: no need to work on it.
        password.len() <= 4 * LEN_MAX
            && PasswordHash::new(&self.0)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }

    /// The hash of nobody's password: checked where there is no other, so that an unknown address takes as long.
    pub fn nobodys() -> &'static Self {
        static NOBODYS: LazyLock<PasswordHashed> = LazyLock::new(|| {
            NewPassword(super::tokens::mint()).hash().unwrap_or_else(|_| PasswordHashed(String::new()))
        });
        &NOBODYS
    }
}

/// An operator's credentials, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The password's hash.
    pub hash: PasswordHashed,
    /// The version of the way in which it was hashed.
    pub version: u32,
}

/// The way in which passwords are hashed now: argon2id, 19 MiB, 2 passes.
const VERSION: u32 = 1;

/// Writes an operator's password.
pub fn put(operator: OperatorId, hash: PasswordHashed) -> RecordOp {
    let value = record::encode(&Credentials { hash, version: VERSION });
    RecordOp::Put { key: record::credentials_key(operator), value }
}

/// An operator's password; `None`: they have not set one yet.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn find(store: &dyn Store, operator: OperatorId) -> Result<Option<PasswordHashed>, Refusal> {
    let value = store.record(record::credentials_key(operator)).await.map_err(super::change::away)?;
    let credentials = value.map(|bytes| record::decode::<Credentials>(&bytes)).transpose();
    Ok(credentials.map_err(super::change::away)?.map(|credentials| credentials.hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_hash_only() {
        let hash = NewPassword::parse("password", "correct-horse").unwrap().hash().unwrap();
        assert!(hash.fits("correct-horse"));
        assert!(!hash.fits("correct-horsf"));
        assert!(!hash.fits(""));
        assert!(!PasswordHashed::nobodys().fits("correct-horse"));
        assert!(hash.0.starts_with("$argon2id$"), "{}", hash.0);
    }

    #[test]
    fn a_password_is_neither_short_nor_endless() {
        assert!(NewPassword::parse("password", "ěščřžýáí").is_ok());
        for wrong in ["", "1234567", &"x".repeat(LEN_MAX + 1)] {
            assert_eq!(NewPassword::parse("password", wrong).unwrap_err().field, Some("password"));
        }
    }
}
