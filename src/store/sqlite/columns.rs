//! How ids, keys and numbers stand in the columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use uuid::Uuid;

use crate::domain::ids::{AccountId, ConversationId, GroupId, LetterId, NoteId, OperatorId};
use crate::ports::journal::{DocKey, InboxStatus, Stream, Token};

/// The bytes of an id: none, 16 or 36 of them.
#[derive(Clone, Copy)]
pub(super) struct IdBlob {
    bytes: [u8; 36],
    len: usize,
}

impl IdBlob {
    const EMPTY: Self = Self { bytes: [0; 36], len: 0 };

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl From<Uuid> for IdBlob {
    fn from(id: Uuid) -> Self {
        let mut blob = Self { len: 16, ..Self::EMPTY };
        blob.bytes[..16].copy_from_slice(id.as_bytes());
        blob
    }
}

impl From<AccountId> for IdBlob {
    fn from(id: AccountId) -> Self {
        id.0.into()
    }
}

impl From<ConversationId> for IdBlob {
    fn from(id: ConversationId) -> Self {
        id.0.into()
    }
}

impl From<OperatorId> for IdBlob {
    fn from(id: OperatorId) -> Self {
        id.0.into()
    }
}

impl From<NoteId> for IdBlob {
    fn from(id: NoteId) -> Self {
        id.0.into()
    }
}

impl From<Option<GroupId>> for IdBlob {
    fn from(id: Option<GroupId>) -> Self {
        id.map_or(Self::EMPTY, |id| id.0.into())
    }
}

impl From<LetterId> for IdBlob {
    fn from(id: LetterId) -> Self {
        let mut blob = Self { len: 36, ..Self::EMPTY };
        blob.bytes[..16].copy_from_slice(id.conversation.0.as_bytes());
        blob.bytes[16..20].copy_from_slice(&id.episode.to_be_bytes());
        blob.bytes[20..].copy_from_slice(id.operator.0.as_bytes());
        blob
    }
}

impl ToSql for IdBlob {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_slice())))
    }
}

impl From<IdBlob> for Value {
    fn from(id: IdBlob) -> Self {
        Self::Blob(id.as_slice().to_vec())
    }
}

/// A UUID out of a column.
pub(super) struct UuidColumn(pub(super) Uuid);

impl FromSql for UuidColumn {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
    }
}

/// A letter's id out of a column.
pub(super) struct LetterColumn(pub(super) LetterId);

impl FromSql for LetterColumn {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes: [u8; 36] = value.as_blob()?.try_into().map_err(FromSqlError::other)?;
        let uuid = |from: usize| Uuid::from_slice(&bytes[from..from + 16]).map_err(FromSqlError::other);
        Ok(Self(LetterId {
            conversation: ConversationId(uuid(0)?),
            episode: u32::from_be_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]),
            operator: OperatorId(uuid(20)?),
        }))
    }
}

/// The kind of the conversations among the documents: the one of the partial index.
const CONVERSATION: i64 = 3;

/// The columns `account`, `kind`, `id` of a document.
pub(super) fn doc(key: &DocKey) -> (IdBlob, i64, IdBlob) {
    match *key {
        DocKey::Settings(account) => (account.into(), 1, IdBlob::EMPTY),
        DocKey::Presence(account) => (account.into(), 2, IdBlob::EMPTY),
        DocKey::Conversation(account, conversation) => (account.into(), CONVERSATION, conversation.into()),
        DocKey::Letter(account, letter) => (account.into(), 4, letter.into()),
        DocKey::Note(account, note) => (account.into(), 5, note.into()),
    }
}

/// The columns `account`, `kind`, `id` of a stream.
pub(super) fn stream(stream: Stream) -> (IdBlob, i64, IdBlob) {
    match stream {
        Stream::Edges(account) => (account.into(), 1, IdBlob::EMPTY),
        Stream::Messages(account, conversation) => (account.into(), 2, conversation.into()),
        Stream::Entries(account, conversation) => (account.into(), 3, conversation.into()),
        Stream::Audit(account) => (account.into(), 4, IdBlob::EMPTY),
    }
}

/// All states of a conversation, as columns.
pub(super) const STATUSES: [i64; 3] = [1, 2, 3];

/// The column of a state.
pub(super) fn status(status: InboxStatus) -> i64 {
    match status {
        InboxStatus::Unserved => 1,
        InboxStatus::Served => 2,
        InboxStatus::Closed => 3,
    }
}

/// The columns `counter` and `nonce`: the same 64 bits with a sign.
pub(super) fn token(token: Token) -> (i64, i64) {
    (token.counter.cast_signed(), token.nonce.cast_signed())
}

/// The token of the columns `counter` and `nonce`.
pub(super) fn token_of(counter: i64, nonce: i64) -> Token {
    Token { counter: counter.cast_unsigned(), nonce: nonce.cast_unsigned() }
}

/// A position or a limit; more than a column holds is as good as no limit.
pub(super) fn number(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// What comes after all places of a list: no instant is later, and no id comes after these bytes.
pub(super) fn after_all() -> (i64, Vec<u8>) {
    (i64::MAX, vec![0xff; 17])
}

/// What comes after all texts that start with `prefix`, in the order of columns.
pub(super) fn after_prefix(prefix: &str) -> Value {
    // In that order every blob comes after all texts.
    next_prefix(prefix).map_or(Value::Blob(Vec::new()), Value::Text)
}

fn next_prefix(prefix: &str) -> Option<String> {
    let mut head = prefix.to_owned();
    while let Some(last) = head.pop() {
        // The order of UTF-8 bytes is that of the scalar values; a range of chars steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            head.push(next);
            return Some(head);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_first_text_after_it() {
        assert_eq!(next_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(next_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(next_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(next_prefix("\u{10ffff}"), None);
        assert_eq!(next_prefix(""), None);
    }

    #[test]
    fn a_letters_blob_is_its_id_and_sorts_like_it() {
        let id = |c: u128, episode, o: u128| LetterId {
            conversation: ConversationId(Uuid::from_u128(c)),
            episode,
            operator: OperatorId(Uuid::from_u128(o)),
        };
        let mut ids = vec![id(1, 256, 0), id(1, 1, 9), id(2, 0, 0), id(1, 2, 3)];
        let mut by_blob = ids.clone();
        ids.sort_unstable();
        by_blob.sort_by_key(|id| IdBlob::from(*id).as_slice().to_vec());
        assert_eq!(ids, by_blob);
        let blob = IdBlob::from(ids[0]);
        let back = LetterColumn::column_result(ValueRef::Blob(blob.as_slice())).map(|c| c.0);
        assert_eq!(back.ok(), Some(ids[0]));
    }
}
