//! The signed links by which one kind of email is switched off without a log-in (rule D4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::account::Kind;
use crate::domain::ids::{AccountId, OperatorId};

/// Signed along, so that a signature made with the same secret for another purpose is none here.
const PURPOSE: &[u8] = b"doorbell unsubscribe v1\0";
/// An account's id, an operator's id, a kind.
const CLAIM_LEN: usize = 16 + 16 + 1;
/// Half of a SHA-256: 128 bits cannot be guessed, and the link stays short.
const TAG_LEN: usize = 16;

/// The token of a link: whoever holds it may switch the kind off for the operator, nothing else. It does not expire, since
/// old mails are unsubscribed from too.
pub fn sign(secret: &[u8], account: AccountId, operator: OperatorId, kind: Kind) -> String {
    let mut token = Vec::with_capacity(CLAIM_LEN + TAG_LEN);
    token.extend_from_slice(account.0.as_bytes());
    token.extend_from_slice(operator.0.as_bytes());
    token.push(match kind {
        Kind::Offline => 0,
        Kind::Missed => 1,
    });
    let tag = mac(secret, &token).finalize().into_bytes();
    token.extend_from_slice(&tag[..TAG_LEN]);
    URL_SAFE_NO_PAD.encode(token)
}

/// What a token stands for, if it was signed here; compared in constant time.
pub fn verify(secret: &[u8], token: &str) -> Option<(AccountId, OperatorId, Kind)> {
    let token = URL_SAFE_NO_PAD.decode(token).ok()?;
    if token.len() != CLAIM_LEN + TAG_LEN {
        return None;
    }
    let (claim, tag) = token.split_at(CLAIM_LEN);
    mac(secret, claim).verify_truncated_left(tag).ok()?;
    let kind = match claim[32] {
        0 => Kind::Offline,
        1 => Kind::Missed,
        _ => return None,
    };
    let id = |bytes: &[u8]| Uuid::from_slice(bytes).ok();
    Some((AccountId(id(&claim[..16])?), OperatorId(id(&claim[16..32])?), kind))
}

fn mac(secret: &[u8], claim: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    mac.update(claim);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
    const OPERATOR: OperatorId = OperatorId(Uuid::from_u128(2));

    #[test]
    fn d4_a_token_says_what_was_signed() {
        for kind in Kind::ALL {
            let token = sign(b"secret", ACCOUNT, OPERATOR, kind);
            assert_eq!(verify(b"secret", &token), Some((ACCOUNT, OPERATOR, kind)));
            assert_eq!(verify(b"another", &token), None);
            assert!(token.len() < 70, "short enough for an unbroken header line");
        }
    }

    #[test]
    fn d4_no_changed_token_passes() {
        let token = sign(b"secret", ACCOUNT, OPERATOR, Kind::Offline);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            // The last sextet holds padding bits too; strict decoding refuses those, so no second spelling passes.
            assert_eq!(verify(b"secret", &changed), None, "{at}");
        }
        for bad in ["", "x", &token[1..], &format!("{token}A"), "žluť"] {
            assert_eq!(verify(b"secret", bad), None);
        }
    }
}
