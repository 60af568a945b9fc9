//! The questions, all but the lists: each walks an index from the first row that it wants to the last.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{DocKey, Stored, Stream, Tally};

use super::columns::{self, IdBlob, LetterColumn, UuidColumn};

pub(super) const LOAD: &str = "SELECT counter, nonce, state FROM docs WHERE account = ?1 AND kind = ?2 AND id = ?3";
pub(super) const ENTRY: &str =
    "SELECT entry FROM streams WHERE account = ?1 AND kind = ?2 AND id = ?3 AND position = ?4";
pub(super) const READ: &str = "SELECT position, entry FROM streams
     WHERE account = ?1 AND kind = ?2 AND id = ?3 AND position > ?4 ORDER BY position LIMIT ?5";
pub(super) const READ_BACK: &str = "SELECT position, entry FROM streams
     WHERE account = ?1 AND kind = ?2 AND id = ?3 AND position < ?4 ORDER BY position DESC LIMIT ?5";
pub(super) const OVERDUE: &str = "SELECT at, account, conversation FROM deadlines INDEXED BY deadlines_by_at
     WHERE at <= ?1 ORDER BY at, account, conversation LIMIT ?2";
pub(super) const ATTENTION: &str = "SELECT conversation FROM attention INDEXED BY attention_by_until
     WHERE account = ?1 AND until >= ?2 ORDER BY until, conversation";
/// From account to account by the index, instead of through all rows of each.
pub(super) const ATTENTIVE_ACCOUNTS: &str = "WITH RECURSIVE found (id) AS (
       SELECT min(account) FROM attention INDEXED BY attention_by_until WHERE account > ?1
       UNION ALL
       SELECT (SELECT min(account) FROM attention INDEXED BY attention_by_until WHERE account > found.id)
       FROM found WHERE found.id IS NOT NULL)
     SELECT id FROM found WHERE id IS NOT NULL
       AND EXISTS (SELECT 1 FROM attention INDEXED BY attention_by_until WHERE account = found.id AND until >= ?2)
     LIMIT ?3";
pub(super) const ACCOUNT_OF: &str =
    "SELECT account FROM docs INDEXED BY docs_by_conversation WHERE id = ?1 AND kind = 3 LIMIT 1";
pub(super) const LETTERS_DUE: &str = "SELECT due, account, id FROM letters INDEXED BY letters_by_due
     WHERE due <= ?1 ORDER BY due, account, id";
pub(super) const DECISIONS: &str = "SELECT at, conversation, position FROM decisions
     WHERE account = ?1 AND operator = ?2 AND (at, conversation, position) < (?3, ?4, ?5)
     ORDER BY at DESC, conversation DESC, position DESC LIMIT ?6";
pub(super) const TIMERS: &str = "SELECT value FROM meta WHERE name = 'timers'";
pub(super) const TIMERS_OVERDUE: &str = "SELECT count(*), min(at) FROM
     (SELECT at FROM deadlines INDEXED BY deadlines_by_at WHERE at <= ?1 ORDER BY at LIMIT ?2) AS found";
/// The index holds unfinished letters only, so what is walked is what is counted.
pub(super) const LETTERS_UNFINISHED: &str = "SELECT state, count(*) FROM letters INDEXED BY letters_unfinished
     WHERE due IS NOT NULL GROUP BY state ORDER BY state";
pub(super) const RECORD: &str = "SELECT value FROM records WHERE key = ?1";
pub(super) const RECORDS: &str = "SELECT key, value FROM records
     WHERE key >= ?1 AND key < ?2 AND key > ?3 ORDER BY key LIMIT ?4";

type Entries = Vec<(u64, Vec<u8>)>;

/// One read transaction: all documents as of one moment.
pub(super) fn load(db: &Connection, keys: &[DocKey]) -> rusqlite::Result<Vec<Option<Stored>>> {
    let moment = db.unchecked_transaction()?;
    let mut select = moment.prepare_cached(LOAD)?;
    keys.iter()
        .map(|key| {
            let (account, kind, id) = columns::doc(key);
            select
                .query_row(params![account, kind, id], |row| {
                    Ok(Stored { token: columns::token_of(row.get(0)?, row.get(1)?), state: row.get(2)? })
                })
                .optional()
        })
        .collect()
}

pub(super) fn single_entries(db: &Connection, places: &[(Stream, u64)]) -> rusqlite::Result<Vec<Option<Vec<u8>>>> {
    let mut select = db.prepare_cached(ENTRY)?;
    let entry = |(stream, position): &(Stream, u64)| {
        let (account, kind, id) = columns::stream(*stream);
        select.query_row(params![account, kind, id, columns::number(*position)], |row| row.get(0)).optional()
    };
    places.iter().map(entry).collect()
}

pub(super) fn read(db: &Connection, stream: Stream, after: u64, limit: usize) -> rusqlite::Result<Entries> {
    entries(db, READ, stream, after, limit)
}

pub(super) fn read_back(db: &Connection, stream: Stream, before: u64, limit: usize) -> rusqlite::Result<Entries> {
    let mut entries = entries(db, READ_BACK, stream, before, limit)?;
    entries.reverse();
    Ok(entries)
}

fn entries(db: &Connection, sql: &str, stream: Stream, bound: u64, limit: usize) -> rusqlite::Result<Entries> {
    let (account, kind, id) = columns::stream(stream);
    db.prepare_cached(sql)?
        .query_map(params![account, kind, id, columns::number(bound), columns::number(limit)], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })?
        .collect()
}

pub(super) fn overdue(
    db: &Connection,
    until: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, AccountId, ConversationId)>> {
    db.prepare_cached(OVERDUE)?
        .query_map(params![until.0, columns::number(limit)], |row| {
            let (UuidColumn(account), UuidColumn(conversation)) = (row.get(1)?, row.get(2)?);
            Ok((Timestamp(row.get(0)?), AccountId(account), ConversationId(conversation)))
        })?
        .collect()
}

pub(super) fn attention(
    db: &Connection,
    account: AccountId,
    since: Timestamp,
) -> rusqlite::Result<Vec<ConversationId>> {
    db.prepare_cached(ATTENTION)?
        .query_map(params![IdBlob::from(account), since.0], |row| row.get(0).map(|UuidColumn(id)| ConversationId(id)))?
        .collect()
}

pub(super) fn attentive_accounts(
    db: &Connection,
    since: Timestamp,
    after: Option<AccountId>,
    limit: usize,
) -> rusqlite::Result<Vec<AccountId>> {
    // Every id comes after the empty blob.
    let after = after.map_or(Vec::new(), |account| account.0.as_bytes().to_vec());
    db.prepare_cached(ATTENTIVE_ACCOUNTS)?
        .query_map(params![after, since.0, columns::number(limit)], |row| {
            row.get(0).map(|UuidColumn(id)| AccountId(id))
        })?
        .collect()
}

pub(super) fn decisions(
    db: &Connection,
    account: AccountId,
    operator: OperatorId,
    after: Option<(Timestamp, DecisionId)>,
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, DecisionId)>> {
    let (account, operator) = (IdBlob::from(account), IdBlob::from(operator));
    let (at, conversation) =
        after.map_or_else(columns::after_all, |(at, id)| (at.0, id.conversation.0.as_bytes().to_vec()));
    let position = after.map_or(i64::MAX, |(_, id)| columns::number(id.position));
    db.prepare_cached(DECISIONS)?
        .query_map(params![account, operator, at, conversation, position, columns::number(limit)], |row| {
            let UuidColumn(conversation) = row.get(1)?;
            let position = row.get::<_, i64>(2)?.cast_unsigned();
            Ok((Timestamp(row.get(0)?), DecisionId { conversation: ConversationId(conversation), position }))
        })?
        .collect()
}

/// One read transaction: all numbers as of one moment.
pub(super) fn tally(db: &Connection, now: Timestamp) -> rusqlite::Result<Tally> {
    let moment = db.unchecked_transaction()?;
    let timers: i64 = moment.prepare_cached(TIMERS)?.query_row([], |row| row.get(0))?;
    let (timers_overdue, overdue_since): (i64, Option<i64>) = (moment.prepare_cached(TIMERS_OVERDUE)?)
        .query_row(params![now.0, columns::number(Tally::OVERDUE_MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut letters = moment.prepare_cached(LETTERS_UNFINISHED)?;
    let letters = letters.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
    Ok(Tally {
        timers: timers.cast_unsigned(),
        timers_overdue: timers_overdue.cast_unsigned(),
        overdue_since: overdue_since.map(Timestamp),
        letters: letters.collect::<rusqlite::Result<_>>()?,
    })
}

pub(super) fn account_of(db: &Connection, conversation: ConversationId) -> rusqlite::Result<Option<AccountId>> {
    db.prepare_cached(ACCOUNT_OF)?
        .query_row([IdBlob::from(conversation)], |row| row.get(0).map(|UuidColumn(id)| AccountId(id)))
        .optional()
}

pub(super) fn letters_due(
    db: &Connection,
    until: Timestamp,
    limit: usize,
    except: &BTreeSet<AccountId>,
) -> rusqlite::Result<Vec<(Timestamp, AccountId, LetterId)>> {
    // Rows come one by one, so that the walk ends with the last that is wanted.
    db.prepare_cached(LETTERS_DUE)?
        .query_map([until.0], |row| {
            let (UuidColumn(account), LetterColumn(letter)) = (row.get(1)?, row.get(2)?);
            Ok((Timestamp(row.get(0)?), AccountId(account), letter))
        })?
        .filter(|row| !matches!(row, Ok((_, account, _)) if except.contains(account)))
        .take(limit)
        .collect()
}

pub(super) fn record(db: &Connection, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached(RECORD)?.query_row([key], |row| row.get(0)).optional()
}

pub(super) fn records(
    db: &Connection,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
    // No key is empty, so all come after the empty text.
    db.prepare_cached(RECORDS)?
        .query_map(
            params![prefix, columns::after_prefix(prefix), after.unwrap_or_default(), columns::number(limit)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect()
}
