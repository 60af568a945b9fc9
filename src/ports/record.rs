//! The shapes of what is stored: the envelope of every document, entry and record, the tokens, and the one place where
//! the keys of plain records are spelled.
//!
//! An encoded value is one ASCII digit, the version of its shape, and then JSON: `1{"id":…}`. So it can be read with the
//! `sqlite3` shell, and a shape that changes gets a new digit and an arm in [`decode`], never a guess by field names.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::{AccountId, NodeId, NoteId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{StoreError, Token};

/// The shape that this version writes.
const SHAPE: u8 = b'1';

/// The value as it is stored.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![SHAPE];
    serde_json::to_writer(&mut bytes, value).expect("stored shapes are plain data with text keys, which JSON can hold");
    bytes
}

/// The value that was stored; [`StoreError::Corrupt`] when it is of a shape that this version does not know.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&SHAPE, json)) => serde_json::from_slice(json).map_err(|e| StoreError::Corrupt(e.to_string())),
        Some((other, _)) => Err(StoreError::Corrupt(format!("shape {} is not known here", other.escape_ascii()))),
        None => Err(StoreError::Corrupt("it is empty".to_owned())),
    }
}

/// The token of the version after `previous`: its counter and one, and 64 random bits.
pub fn mint(previous: Option<Token>) -> Token {
    let nonce = getrandom::u64().expect("the system's random source does not fail once it is seeded");
    Token { counter: previous.map_or(0, |t| t.counter) + 1, nonce }
}

/// What all keys of accounts start with.
pub const ACCOUNTS: &str = "account/";
/// What all keys of sessions start with.
pub const SESSIONS: &str = "session/";
/// What all keys of password hashes start with.
const CREDENTIALS: &str = "credentials/";
/// What all keys of node leases start with.
pub const NODES: &str = "node/";
/// Where the secret of the installation stands.
pub const SERVER_SECRET: &str = "secret/server";

/// That an account exists: the list of all accounts.
pub fn account_key(account: AccountId) -> String {
    format!("{ACCOUNTS}{account}")
}

/// A log-in session, by the hash of its secret.
pub fn session_key(hash: &str) -> String {
    format!("{SESSIONS}{hash}")
}

/// The lease of a running node.
pub fn node_key(node: NodeId) -> String {
    format!("{NODES}{node}")
}

/// That this operator logs in with this address. Addresses need not be unique (rule D2), hence the operator in the key.
pub fn login_key(email: &str, operator: OperatorId) -> String {
    format!("{}{operator}", login_prefix(email))
}

/// What the keys of all operators with this address start with. The case of the address does not matter.
pub fn login_prefix(email: &str) -> String {
    // A local part may hold a slash: escaped, so that no address is the beginning of another one's key.
    let folded = email.to_lowercase().replace('%', "%25").replace('/', "%2f");
    format!("login/{folded}/")
}

/// An operator's password hash and what belongs to it.
pub fn credentials_key(operator: OperatorId) -> String {
    format!("{CREDENTIALS}{operator}")
}

/// Whose password hash stands under this key; `None`: something else does.
pub fn credentials_of(key: &str) -> Option<OperatorId> {
    key.strip_prefix(CREDENTIALS)?.parse().ok()
}

/// A way to set a forgotten password, by the hash of its secret.
pub fn reset_key(hash: &str) -> String {
    format!("reset/{hash}")
}

/// A letter about an account.
pub fn note_key(note: NoteId) -> String {
    format!("note/{note}")
}

/// What all keys of notes' due times start with.
pub const NOTES_DUE: &str = "note-due/";

/// That something is to be done about a note, and when: in the order of these keys the earliest comes first.
pub fn note_due_key(due: Timestamp, account: AccountId, note: NoteId) -> String {
    format!("{NOTES_DUE}{:020}/{account}/{note}", due.0.max(0))
}

/// To which account a widget's key belongs.
pub fn widget_key(key: &str) -> String {
    format!("widget/{key}")
}

/// A visitor, by the hash of the token that the widget keeps.
pub fn visitor_key(account: AccountId, token_hash: &str) -> String {
    format!("visitor/{account}/{token_hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        let bytes = encode(&vec![1, 2, 3]);
        assert_eq!(bytes, b"1[1,2,3]");
        assert_eq!(decode::<Vec<i32>>(&bytes), Ok(vec![1, 2, 3]));
    }

    #[test]
    fn an_unknown_shape_is_corrupt_not_guessed() {
        for bytes in [&b""[..], b"2[1]", b"[1]", b"1[1", b"\xff"] {
            assert!(matches!(decode::<Vec<i32>>(bytes), Err(StoreError::Corrupt(_))), "{bytes:?}");
        }
    }

    #[test]
    fn tokens_count_up_and_never_repeat() {
        let first = mint(None);
        let (a, b) = (mint(Some(first)), mint(Some(first)));
        assert_eq!((first.counter, a.counter, b.counter), (1, 2, 2));
        assert_ne!(a, b);
    }

    #[test]
    fn no_address_is_the_beginning_of_another_ones_key() {
        let operator = OperatorId(uuid::Uuid::from_u128(7));
        assert!(login_key("Info@Example.com", operator).starts_with(&login_prefix("info@example.com")));
        assert!(!login_key("a/b@x.cz", operator).starts_with(&login_prefix("a")));
        assert_ne!(login_prefix("a/b@x.cz"), login_prefix("a%2fb@x.cz"));
    }
}
