//! Passwords: argon2id, and what is asked of them. Hashing takes a core and about 20 MB for some tens of milliseconds, so it
//! never runs on an arbiter; who calls these functions sees to that.
//!
//! How easily a password is guessed is estimated by zxcvbn: it knows the passwords that people use most (a list of tens of
//! thousands, embedded), names, words, keyboard walks, dates, sequences and repetitions, and is told the person's own words.

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
/// Which power of ten of guesses a password must withstand. Log-ins are slowed down long before so many; the few passwords that
/// everybody tries first are what is refused.
const GUESSES_LOG10_MIN: f64 = 6.0;
/// So many characters of a password are looked at together.
const ESTIMATED_LEN_MAX: usize = 24;
/// Words that everybody tries here.
const HOUSE_WORDS: [&str; 3] = ["doorbell", "dashboard", "widget"];

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

    /// The hash to be stored, with a salt of its own; `about` are words that others know of its owner (name, address, company).
    /// Slow on purpose.
    ///
    /// # Errors
    /// `invalid` for one that is easily guessed; `unavailable` when there is no memory for it.
    pub fn hash(&self, about: &[&str]) -> Result<PasswordHashed, Refusal> {
        if is_easily_guessed(&self.0, about) {
            let message = "this password is among the first that anybody would try: take a longer one, such as four \
                           words that have nothing to do with each other, or with you";
            return Err(Refusal::invalid("password", message));
        }
        self.hash_as_it_is()
    }

    fn hash_as_it_is(&self) -> Result<PasswordHashed, Refusal> {
        let hash = Argon2::default().hash_password(self.0.as_bytes());
        hash.map(|hash| PasswordHashed(hash.to_string())).map_err(|e| Refusal::unavailable(e.to_string()))
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Whether a few guesses lead to it.
fn is_easily_guessed(password: &str, about: &[&str]) -> bool {
    // The parts of an address and of a name are words too.
    let words = |text: &&str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect::<Vec<_>>();
    let parts = about.iter().flat_map(words).filter(|word| word.chars().count() > 2);
    let local = about.iter().filter_map(|text| text.split_once('@')).map(|(local, _)| local.to_lowercase());
    let known: Vec<String> = about.iter().map(|text| text.to_lowercase()).chain(local).chain(parts).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).chain(HOUSE_WORDS).collect();
    ends(password).iter().all(|end| zxcvbn::zxcvbn(end, &known).guesses_log10() < GUESSES_LOG10_MIN)
}

/// The beginning and the end of a password, or all of a short one: the work of an estimate grows with a power of the length, and
/// a password is as strong as its stronger end at least.
fn ends(password: &str) -> Vec<String> {
    let letters: Vec<char> = password.chars().collect();
    match letters.len().checked_sub(ESTIMATED_LEN_MAX) {
        None | Some(0) => vec![password.to_owned()],
        Some(rest) => vec![letters[..ESTIMATED_LEN_MAX].iter().collect(), letters[rest..].iter().collect()],
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

    /// What tells this password from any other one of the same operator, and tells nothing else about it.
    pub fn mark(&self) -> String {
        super::tokens::hash(&self.0)
    }

    /// The hash of nobody's password: checked where there is no other, so that an unknown address takes as long.
    pub fn nobodys() -> &'static Self {
        static NOBODYS: LazyLock<PasswordHashed> = LazyLock::new(|| {
            NewPassword(super::tokens::mint()).hash_as_it_is().unwrap_or_else(|_| PasswordHashed(String::new()))
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
    let value = store.record(record::credentials_key(operator)).await?;
    let credentials = value.map(|bytes| record::decode::<Credentials>(&bytes)).transpose();
    Ok(credentials?.map(|credentials| credentials.hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::RefusalCode;

    #[test]
    fn a_password_fits_its_hash_only() {
        let hash = NewPassword::parse("password", "correct-horse").unwrap().hash(&[]).unwrap();
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

    #[test]
    fn what_everybody_would_try_first_is_no_password() {
        let about = ["Žofie Novotná", "zofie.novotna@shop.test", "Papírnictví"];
        for wrong in [
            "password",
            "Password1",
            "12345678",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "iloveyou",
            "letmein1",
            "football",
            "doorbell",
            "Doorbell1",
            "zofie.novotna",
            "novotna1",
            "papírnictví",
            "11111111",
            "abcabcabc",
        ] {
            let refusal = NewPassword::parse("password", wrong).unwrap().hash(&about).expect_err(wrong);
            assert_eq!((refusal.code, refusal.field), (RefusalCode::Invalid, Some("password")), "{wrong}");
        }
        for good in ["correct-horse-battery-7", "ring-the-bell", "ěščřžýáí", "a long enough password", "Tr0ub4dour&3"]
        {
            assert!(NewPassword::parse("password", good).unwrap().hash(&about).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_long_password_is_as_good_as_its_better_end() {
        let easy = "a".repeat(100);
        assert!(is_easily_guessed(&easy, &[]) && is_easily_guessed(&"password".repeat(20), &[]));
        for strong in [format!("{easy}correct-horse-battery"), format!("correct-horse-battery{easy}")] {
            assert!(!is_easily_guessed(&strong, &[]), "{strong}");
        }
        let letters = ends(&"ž".repeat(30));
        assert_eq!(letters, ["ž".repeat(ESTIMATED_LEN_MAX), "ž".repeat(ESTIMATED_LEN_MAX)]);
    }

    proptest::proptest! {
        #[test]
        fn an_estimate_never_fails(password in ".{0,256}", about in ".{0,40}") {
            is_easily_guessed(&password, &[&about]);
        }
    }
}
