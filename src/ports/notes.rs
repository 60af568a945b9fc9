//! How notes are kept: plain records, and beside each a record under the time at which something is to be done about it.

use super::journal::{RecordOp, Store, StoreError};
use super::record;
use crate::domain::ids::{AccountId, NoteId};
use crate::domain::note::Note;
use crate::domain::time::Timestamp;

/// A note that is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Since when.
    pub at: Timestamp,
    /// In whose share of the limits it counts.
    pub account: AccountId,
    /// Which.
    pub note: NoteId,
}

/// Writes a note; `was_due`: what it was due at before, if it was there.
pub fn put(note: &Note, was_due: Option<Timestamp>) -> Vec<RecordOp> {
    let was = was_due.filter(|at| *at != note.due);
    let mut records: Vec<_> = was.map(|at| due_gone(&due_of(note, at))).into_iter().collect();
    records.push(RecordOp::Put { key: record::note_key(note.id), value: record::encode(note) });
    let due = record::note_due_key(note.due, note.account, note.id);
    records.push(RecordOp::Put { key: due, value: record::encode(&()) });
    records
}

/// Deletes a note that is over, and the tokens that it told of: they have lapsed.
pub fn delete(note: &Note) -> Vec<RecordOp> {
    let tokens = note.people().iter().map(|person| RecordOp::Delete { key: person.key.clone() });
    [due_gone(&due_of(note, note.due)), RecordOp::Delete { key: record::note_key(note.id) }]
        .into_iter()
        .chain(tokens)
        .collect()
}

/// Nothing is to be done about the note at that time any more.
pub fn due_gone(due: &Due) -> RecordOp {
    RecordOp::Delete { key: record::note_due_key(due.at, due.account, due.note) }
}

fn due_of(note: &Note, at: Timestamp) -> Due {
    Due { at, account: note.account, note: note.id }
}

/// A note.
///
/// # Errors
/// The store does not answer.
pub async fn find(store: &dyn Store, id: NoteId) -> Result<Option<Note>, StoreError> {
    store.record(record::note_key(id)).await?.map(|bytes| record::decode(&bytes)).transpose()
}

/// Notes about which something is to be done at or before `until`, earliest due first.
///
/// # Errors
/// The store does not answer.
pub async fn due(store: &dyn Store, until: Timestamp, limit: usize) -> Result<Vec<Due>, StoreError> {
    let page = store.records(record::NOTES_DUE.to_owned(), None, limit).await?;
    Ok(page.iter().filter_map(|(key, _)| read_due(key)).take_while(|due| due.at <= until).collect())
}

fn read_due(key: &str) -> Option<Due> {
    let mut parts = key.strip_prefix(record::NOTES_DUE)?.split('/');
    let at = Timestamp(parts.next()?.parse().ok()?);
    Some(Due { at, account: parts.next()?.parse().ok()?, note: parts.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_due_time_is_read_back_from_its_key_and_keys_sort_by_time() {
        let (account, note) = (AccountId(Uuid::from_u128(1)), NoteId(Uuid::from_u128(2)));
        let key = |at| record::note_due_key(Timestamp(at), account, note);
        assert_eq!(read_due(&key(1_700)), Some(Due { at: Timestamp(1_700), account, note }));
        assert!(key(9) < key(10) && key(999_999) < key(1_700_000_000_000));
        assert_eq!(read_due("note-due/x"), None);
    }
}
