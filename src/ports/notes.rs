//! How notes are kept: as a record while it waits to be taken in hand for the first time, so that whatever it tells of can
//! queue it among its own records; as a document from then on, guarded by its token, so that of several nodes one works on
//! it. Beside either stands a record under the time at which something is to be done about it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::journal::{Commit, DocKey, RecordOp, Store, StoreError, Token, Write};
use super::record::{self, decode, encode, mint};
use crate::domain::ids::{AccountId, NoteId};
use crate::domain::note::Note;
use crate::domain::time::Timestamp;

/// How often a note is looked for that is just being taken in hand.
const LOOKS_MAX: usize = 2;

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

/// A note as it is stored.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it is now.
    pub note: Note,
    /// Its version; `None`: nobody has taken it in hand yet.
    pub token: Option<Token>,
}

/// What stands under a note's id.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    /// It waits to be taken in hand.
    Queued(Box<Note>),
    /// It is a document of this account.
    Taken(AccountId),
}

/// What stands in a note's document: `null` once it is gone. Its token stays, so that nobody who is late writes it again.
type Document<N> = Option<N>;

/// Queues a note that is new.
pub fn queue(note: &Note) -> Vec<RecordOp> {
    vec![RecordOp::Put { key: record::note_key(note.id), value: encode(note) }, due_put(note)]
}

/// A commit that writes the note, guarded by what it was, and what is kept then.
pub fn put(was: &Kept, note: Note) -> (Commit, Kept) {
    let mut records = Vec::new();
    if was.note.due != note.due {
        records.push(due_gone(&due_of(&was.note)));
    }
    // What was queued is gone from here with its tokens, also where the queuing was repeated after an unknown outcome.
    records.push(RecordOp::Put { key: record::note_key(note.id), value: encode(&note.account) });
    records.push(due_put(&note));
    let (commit, token) = write(was, Some(&note), records);
    (commit, Kept { note, token: Some(token) })
}

/// A commit that deletes a note that is over, and the tokens that it told of: they have lapsed.
pub fn delete(was: &Kept) -> Commit {
    let tokens = was.note.people().iter().map(|person| RecordOp::Delete { key: person.key.clone() });
    let own = [due_gone(&due_of(&was.note)), RecordOp::Delete { key: record::note_key(was.note.id) }];
    write(was, None, own.into_iter().chain(tokens).collect()).0
}

fn write(was: &Kept, document: Document<&Note>, records: Vec<RecordOp>) -> (Commit, Token) {
    let key = DocKey::Note(was.note.account, was.note.id);
    let token = mint(was.token);
    let writes = vec![Write { key, token, state: encode(&document) }];
    (Commit { reads: vec![(key, was.token)], writes, records, ..Commit::default() }, token)
}

/// Nothing is to be done about the note at that time any more.
pub fn due_gone(due: &Due) -> RecordOp {
    RecordOp::Delete { key: record::note_due_key(due.at, due.account, due.note) }
}

fn due_put(note: &Note) -> RecordOp {
    RecordOp::Put { key: record::note_due_key(note.due, note.account, note.id), value: encode(&()) }
}

fn due_of(note: &Note) -> Due {
    Due { at: note.due, account: note.account, note: note.id }
}

/// A note of an account.
///
/// # Errors
/// The store does not answer.
pub async fn find(store: &dyn Store, account: AccountId, id: NoteId) -> Result<Option<Kept>, StoreError> {
    for _ in 0..LOOKS_MAX {
        if let Some(stored) = store.load(vec![DocKey::Note(account, id)]).await?.pop().flatten() {
            let note: Document<Note> = decode(&stored.state)?;
            return Ok(note.map(|note| Kept { note, token: Some(stored.token) }));
        }
        match entry(store, id).await? {
            None => return Ok(None),
            Some(Entry::Queued(note)) => return Ok(Some(Kept { note: *note, token: None })),
            // It was taken in hand between the two looks.
            Some(Entry::Taken(_)) => {}
        }
    }
    Ok(None)
}

/// The account of a note that is known by its id alone.
///
/// # Errors
/// The store does not answer.
pub async fn account_of(store: &dyn Store, id: NoteId) -> Result<Option<AccountId>, StoreError> {
    Ok(entry(store, id).await?.map(|entry| match entry {
        Entry::Queued(note) => note.account,
        Entry::Taken(account) => account,
    }))
}

async fn entry(store: &dyn Store, id: NoteId) -> Result<Option<Entry>, StoreError> {
    store.record(record::note_key(id)).await?.map(|bytes| decode(&bytes)).transpose()
}

/// Notes about which something is to be done at or before `until`, earliest due first; those of the accounts `except` are passed
/// over (rule E6).
///
/// # Errors
/// The store does not answer.
pub async fn due(
    store: &dyn Store,
    until: Timestamp,
    limit: usize,
    except: &BTreeSet<AccountId>,
) -> Result<Vec<Due>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.records(record::NOTES_DUE.to_owned(), after, limit).await?;
        let is_last = page.len() < limit;
        for due in page.iter().filter_map(|(key, _)| read_due(key)) {
            if due.at > until {
                return Ok(found);
            }
            if !except.contains(&due.account) {
                found.push(due);
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
        after = page.into_iter().next_back().map(|(key, _)| key);
        if is_last {
            return Ok(found);
        }
    }
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
