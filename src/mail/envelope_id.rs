//! The names under which letters go out and come back: behind the `+` of the return path, and before the `@` of a `Message-ID`.
//! Signed, since a bounce is believed by it: a visitor knows the id of their conversation, and must not be able to have an
//! operator's address taken for a dead one. Each place has a signature of its own, for they prove different things:
//! an operator who answers by mail sends the `Message-ID` to the visitor (`In-Reply-To`).

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::ids::{AccountId, LetterId, NoteId};
use crate::ports::returns::{EnvelopeId, Proof};

/// Signed along, so that a signature made with the same secret for another purpose is none here.
const RETURN_PATH: &[u8] = b"doorbell envelope id v1\0";
/// The same for what everybody may read.
const MESSAGE_ID: &[u8] = b"doorbell message id v1\0";
/// The id of the conversation or note, the episode (0: a note), the signature.
const PARTS: [usize; 3] = [16, 4, EnvelopeId::TAG_LEN];
/// How long one is, in characters: with a name before it and a `+` it must fit into the 64 of a local part (RFC 5321, 4.5.3.1.1).
pub const ENVELOPE_ID_LEN: usize = 48;

/// Makes and reads them. Some servers on the way write local parts in small letters, so they have no others.
#[derive(Clone)]
pub struct EnvelopeIds {
    secret: [u8; 32],
}

impl EnvelopeIds {
    /// Those of one installation.
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A letter's, in its return path.
    pub fn of_letter(&self, account: AccountId, letter: LetterId) -> String {
        written(letter.conversation.0, letter.episode, &self.tag(RETURN_PATH, &of_letter(account, letter)))
    }

    /// A note's, in its return path.
    pub fn of_note(&self, note: NoteId) -> String {
        written(note.0, 0, &self.tag(RETURN_PATH, note.0.as_bytes()))
    }

    /// A letter's, in its `Message-ID`.
    pub fn told_of_letter(&self, account: AccountId, letter: LetterId) -> String {
        written(letter.conversation.0, letter.episode, &self.tag(MESSAGE_ID, &of_letter(account, letter)))
    }

    /// A note's, in its `Message-ID`.
    pub fn told_of_note(&self, note: NoteId) -> String {
        written(note.0, 0, &self.tag(MESSAGE_ID, note.0.as_bytes()))
    }

    /// What a text names, if it is one; whether it was signed here is asked of the letter or note that it names.
    pub fn read(text: &str) -> Option<EnvelopeId> {
        if text.len() != ENVELOPE_ID_LEN {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, rest) = bytes.split_at_checked(PARTS[0])?;
        let (episode, tag) = rest.split_at_checked(PARTS[1])?;
        Some(EnvelopeId {
            id: Uuid::from_slice(id).ok()?,
            episode: u32::from_be_bytes(episode.try_into().ok()?),
            tag: tag.try_into().ok()?,
        })
    }

    /// Whether it is this letter's, and from where; compared in constant time.
    pub fn is_of_letter(&self, id: &EnvelopeId, account: AccountId, letter: LetterId) -> Option<Proof> {
        let is_its = (id.id, id.episode) == (letter.conversation.0, letter.episode);
        is_its.then(|| self.proof(&of_letter(account, letter), id)).flatten()
    }

    /// Whether it is this note's, and from where; compared in constant time.
    pub fn is_of_note(&self, id: &EnvelopeId, note: NoteId) -> Option<Proof> {
        ((id.id, id.episode) == (note.0, 0)).then(|| self.proof(note.0.as_bytes(), id)).flatten()
    }

    fn tag(&self, purpose: &[u8], claim: &[u8]) -> [u8; EnvelopeId::TAG_LEN] {
        let whole = self.mac(purpose, claim).finalize().into_bytes();
        std::array::from_fn(|index| whole[index])
    }

    fn proof(&self, claim: &[u8], id: &EnvelopeId) -> Option<Proof> {
        let is_signed = |purpose| self.mac(purpose, claim).verify_truncated_left(&id.tag).is_ok();
        match () {
            () if is_signed(RETURN_PATH) => Some(Proof::ReturnPath),
            () if is_signed(MESSAGE_ID) => Some(Proof::MessageId),
            () => None,
        }
    }

    fn mac(&self, purpose: &[u8], claim: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(claim);
        mac
    }
}

fn of_letter(account: AccountId, letter: LetterId) -> Vec<u8> {
    let LetterId { conversation, episode, operator } = letter;
    [account.0.as_bytes(), conversation.0.as_bytes(), &episode.to_be_bytes()[..], operator.0.as_bytes()].concat()
}

fn written(id: Uuid, episode: u32, tag: &[u8]) -> String {
    let bytes = [id.as_bytes(), &episode.to_be_bytes()[..], tag].concat();
    BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ConversationId, OperatorId};

    const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));

    fn letter(conversation: u128, episode: u32, operator: u128) -> LetterId {
        LetterId {
            conversation: ConversationId(Uuid::from_u128(conversation)),
            episode,
            operator: OperatorId(Uuid::from_u128(operator)),
        }
    }

    #[test]
    fn a_letter_is_known_by_its_name_and_no_other_is() {
        let ids = EnvelopeIds::new([7; 32]);
        let name = ids.of_letter(ACCOUNT, letter(2, 3, 4));
        assert_eq!(name.len(), ENVELOPE_ID_LEN);
        assert_eq!(name, name.to_lowercase());
        for spelled in [name.clone(), name.to_uppercase()] {
            let id = EnvelopeIds::read(&spelled).unwrap();
            assert_eq!(ids.is_of_letter(&id, ACCOUNT, letter(2, 3, 4)), Some(Proof::ReturnPath));
            for other in [letter(2, 3, 5), letter(2, 4, 4), letter(3, 3, 4)] {
                assert_eq!(ids.is_of_letter(&id, ACCOUNT, other), None);
            }
            assert_eq!(ids.is_of_letter(&id, AccountId(Uuid::from_u128(9)), letter(2, 3, 4)), None);
            let elsewhere = EnvelopeIds::new([8; 32]);
            assert_eq!(elsewhere.is_of_letter(&id, ACCOUNT, letter(2, 3, 4)), None);
            assert_eq!(ids.is_of_note(&id, NoteId(Uuid::from_u128(2))), None);
        }
    }

    #[test]
    fn what_correspondents_read_proves_less() {
        let ids = EnvelopeIds::new([7; 32]);
        let told = EnvelopeIds::read(&ids.told_of_letter(ACCOUNT, letter(2, 3, 4))).unwrap();
        assert_eq!((told.id, told.episode), (Uuid::from_u128(2), 3));
        assert_eq!(ids.is_of_letter(&told, ACCOUNT, letter(2, 3, 4)), Some(Proof::MessageId));
        let note = NoteId(Uuid::from_u128(5));
        let told = EnvelopeIds::read(&ids.told_of_note(note)).unwrap();
        assert_eq!(ids.is_of_note(&told, note), Some(Proof::MessageId));
    }

    #[test]
    fn a_note_is_known_by_its_name() {
        let ids = EnvelopeIds::new([7; 32]);
        let id = EnvelopeIds::read(&ids.of_note(NoteId(Uuid::from_u128(5)))).unwrap();
        assert_eq!(ids.is_of_note(&id, NoteId(Uuid::from_u128(5))), Some(Proof::ReturnPath));
        assert_eq!(ids.is_of_note(&id, NoteId(Uuid::from_u128(6))), None);
    }

    #[test]
    fn what_is_none_is_not_read() {
        let none =
            ["", "a", &"1".repeat(ENVELOPE_ID_LEN), &"ž".repeat(ENVELOPE_ID_LEN / 2), &"a".repeat(ENVELOPE_ID_LEN + 1)];
        for text in none {
            assert_eq!(EnvelopeIds::read(text), None, "{text}");
        }
    }
}
