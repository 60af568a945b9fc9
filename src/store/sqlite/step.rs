//! One commit in SQL, within the writer's transaction.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::{AccountId, ConversationId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{
    Append, Commit, DecisionRow, DocKey, InboxRow, IndexOp, LetterRow, NewLetter, RecordOp, Token, Write,
};

use super::columns::{self, IdBlob, UuidColumn};
use super::search;

/// What became of a commit within its transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its effects are in the transaction.
    Written,
    /// They are there already, from before.
    Repeated,
    /// These documents are not at the token read; nothing was written.
    Stale(Vec<DocKey>),
}

/// The tokens of documents as they stand in the transaction that is open. Many commits of a group rest on the same two documents of
/// an account, which are then looked up once.
#[derive(Default)]
pub(super) struct Tokens(HashMap<DocKey, Option<Token>>);

impl Tokens {
    fn of(&mut self, db: &Connection, key: &DocKey) -> rusqlite::Result<Option<Token>> {
        if let Some(known) = self.0.get(key) {
            return Ok(*known);
        }
        let (account, kind, id) = columns::doc(key);
        let stored = db
            .prepare_cached("SELECT counter, nonce FROM docs WHERE account = ?1 AND kind = ?2 AND id = ?3")?
            .query_row(params![account, kind, id], |row| Ok(columns::token_of(row.get(0)?, row.get(1)?)))
            .optional()?;
        self.0.insert(*key, stored);
        Ok(stored)
    }
}

/// All checks first, then all effects. After an error the tokens are worth nothing.
pub(super) fn apply(db: &Connection, tokens: &mut Tokens, commit: &Commit) -> rusqlite::Result<Step> {
    if has_written(db, tokens, &commit.writes)? {
        return Ok(Step::Repeated);
    }
    let stale = stale(db, tokens, &commit.reads)?;
    if !stale.is_empty() {
        return Ok(Step::Stale(stale));
    }
    for write in &commit.writes {
        put(db, write)?;
        tokens.0.insert(write.key, Some(write.token));
    }
    for entry in &commit.log {
        append(db, entry)?;
    }
    for (account, op) in &commit.indexes {
        index(db, *account, op)?;
    }
    for (account, letter) in &commit.outbox {
        queue(db, *account, letter)?;
        // It may not have been there, and be asked for.
        tokens.0.remove(&DocKey::Letter(*account, letter.id));
    }
    for op in &commit.records {
        record(db, op)?;
    }
    Ok(Step::Written)
}

/// Whether this very commit has been written before: all its tokens are the stored ones.
fn has_written(db: &Connection, tokens: &mut Tokens, writes: &[Write]) -> rusqlite::Result<bool> {
    for write in writes {
        if tokens.of(db, &write.key)? != Some(write.token) {
            return Ok(false);
        }
    }
    Ok(!writes.is_empty())
}

fn stale(db: &Connection, tokens: &mut Tokens, reads: &[(DocKey, Option<Token>)]) -> rusqlite::Result<Vec<DocKey>> {
    let mut stale = Vec::new();
    for (key, read) in reads {
        if tokens.of(db, key)? != *read {
            stale.push(*key);
        }
    }
    Ok(stale)
}

fn put(db: &Connection, write: &Write) -> rusqlite::Result<()> {
    let (account, kind, id) = columns::doc(&write.key);
    let (counter, nonce) = columns::token(write.token);
    db.prepare_cached(
        "INSERT INTO docs (account, kind, id, counter, nonce, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (account, kind, id) DO UPDATE SET
           counter = excluded.counter, nonce = excluded.nonce, state = excluded.state",
    )?
    .execute(params![account, kind, id, counter, nonce, write.state])?;
    Ok(())
}

/// A position is written once: what is there already stays.
fn append(db: &Connection, append: &Append) -> rusqlite::Result<()> {
    let (account, kind, id) = columns::stream(append.stream);
    db.prepare_cached(
        "INSERT INTO streams (account, kind, id, position, entry) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![account, kind, id, columns::number(append.position), append.entry])?;
    Ok(())
}

fn index(db: &Connection, account: AccountId, op: &IndexOp) -> rusqlite::Result<()> {
    match op {
        IndexOp::Deadline(conversation, at) => deadline(db, account, *conversation, *at),
        IndexOp::Attention(conversation, until) => attention(db, account, *conversation, *until),
        IndexOp::Inbox(conversation, row) => inbox(db, account, *conversation, row),
        IndexOp::Letter(id, row) => letter(db, account, *id, row),
        IndexOp::Decided(row) => decided(db, account, row),
        IndexOp::Undecided(row) => undecided(db, account, row),
    }
}

fn deadline(
    db: &Connection,
    account: AccountId,
    conversation: ConversationId,
    at: Option<Timestamp>,
) -> rusqlite::Result<()> {
    let (account, conversation) = (IdBlob::from(account), IdBlob::from(conversation));
    match at {
        Some(at) => db
            .prepare_cached(
                "INSERT INTO deadlines (account, conversation, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET at = excluded.at WHERE at <> excluded.at",
            )?
            .execute(params![account, conversation, at.0])?,
        None => db
            .prepare_cached("DELETE FROM deadlines WHERE account = ?1 AND conversation = ?2")?
            .execute(params![account, conversation])?,
    };
    Ok(())
}

fn attention(
    db: &Connection,
    account: AccountId,
    conversation: ConversationId,
    until: Option<Timestamp>,
) -> rusqlite::Result<()> {
    let (account, conversation) = (IdBlob::from(account), IdBlob::from(conversation));
    match until {
        Some(until) => db
            .prepare_cached(
                "INSERT INTO attention (account, conversation, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <> excluded.until",
            )?
            .execute(params![account, conversation, until.0])?,
        None => db
            .prepare_cached("DELETE FROM attention WHERE account = ?1 AND conversation = ?2")?
            .execute(params![account, conversation])?,
    };
    Ok(())
}

fn inbox(db: &Connection, account: AccountId, conversation: ConversationId, row: &InboxRow) -> rusqlite::Result<()> {
    let (account, conversation) = (IdBlob::from(account), IdBlob::from(conversation));
    let (status, group) = (columns::status(row.status), IdBlob::from(row.group));
    // Mostly nothing but the time has changed, which no trigger asks about; or nothing, when a timer fires.
    let moved = db
        .prepare_cached(
            "UPDATE inbox SET at = ?5 WHERE account = ?1 AND conversation = ?2 AND status = ?3 AND grp = ?4 AND at <> ?5",
        )?
        .execute(params![account, conversation, status, group, row.at.0])?;
    if moved == 0 {
        db.prepare_cached(
            "INSERT INTO inbox (account, conversation, status, grp, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET status = excluded.status, grp = excluded.grp, at = excluded.at
               WHERE (status, grp, at) <> (excluded.status, excluded.grp, excluded.at)",
        )?
        .execute(params![account, conversation, status, group, row.at.0])?;
    }

    join(db, account, conversation, row)?;
    search::put(db, account, conversation, row)
}

/// Who joined changes less often than the rest of the row.
fn join(db: &Connection, account: IdBlob, conversation: IdBlob, row: &InboxRow) -> rusqlite::Result<()> {
    let (status, group) = (columns::status(row.status), IdBlob::from(row.group));
    let mut wanted = row.joined.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let stored: Vec<OperatorId> = db
        .prepare_cached("SELECT operator FROM joined WHERE account = ?1 AND conversation = ?2 ORDER BY operator")?
        .query_map(params![account, conversation], |row| row.get(0).map(|UuidColumn(id)| OperatorId(id)))?
        .collect::<rusqlite::Result<_>>()?;
    if stored == wanted {
        if !stored.is_empty() {
            let moved = db
                .prepare_cached(
                    "UPDATE joined SET at = ?5
                     WHERE account = ?1 AND conversation = ?2 AND status = ?3 AND grp = ?4",
                )?
                .execute(params![account, conversation, status, group, row.at.0])?;
            if moved < stored.len() {
                db.prepare_cached(
                    "UPDATE joined SET status = ?3, grp = ?4, at = ?5 WHERE account = ?1 AND conversation = ?2",
                )?
                .execute(params![account, conversation, status, group, row.at.0])?;
            }
        }
        return Ok(());
    }
    db.prepare_cached("DELETE FROM joined WHERE account = ?1 AND conversation = ?2")?
        .execute(params![account, conversation])?;
    let mut join = db.prepare_cached(
        "INSERT INTO joined (account, operator, status, at, conversation, grp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for operator in wanted {
        join.execute(params![account, IdBlob::from(operator), status, row.at.0, conversation, group])?;
    }
    Ok(())
}

fn decided(db: &Connection, account: AccountId, row: &DecisionRow) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO decisions (account, operator, at, conversation, position) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?
    .execute(decision(account, row))
    .map(drop)
}

fn undecided(db: &Connection, account: AccountId, row: &DecisionRow) -> rusqlite::Result<()> {
    db.prepare_cached(
        "DELETE FROM decisions
         WHERE account = ?1 AND operator = ?2 AND at = ?3 AND conversation = ?4 AND position = ?5",
    )?
    .execute(decision(account, row))
    .map(drop)
}

fn decision(account: AccountId, row: &DecisionRow) -> (IdBlob, IdBlob, i64, IdBlob, i64) {
    let DecisionRow { operator, at, id } = row;
    (account.into(), (*operator).into(), at.0, id.conversation.into(), columns::number(id.position))
}

fn letter(db: &Connection, account: AccountId, id: LetterId, row: &LetterRow) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO letters (account, id, conversation, operator, state, due, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET state = excluded.state, due = excluded.due, created_at = excluded.created_at",
    )?
    .execute(params![
        IdBlob::from(account),
        IdBlob::from(id),
        IdBlob::from(id.conversation),
        IdBlob::from(id.operator),
        row.state,
        row.due.map(|at| at.0),
        row.created_at.0,
    ])?;
    Ok(())
}

/// A letter that is there already stays as it is, its row in the index too (rule E4).
fn queue(db: &Connection, account: AccountId, new: &NewLetter) -> rusqlite::Result<()> {
    let (account_column, kind, id) = columns::doc(&DocKey::Letter(account, new.id));
    let (counter, nonce) = columns::token(new.token);
    let inserted = db
        .prepare_cached(
            "INSERT INTO docs (account, kind, id, counter, nonce, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![account_column, kind, id, counter, nonce, new.state])?;
    if inserted == 0 { Ok(()) } else { letter(db, account, new.id, &new.row) }
}

fn record(db: &Connection, op: &RecordOp) -> rusqlite::Result<()> {
    match op {
        RecordOp::Put { key, value } => db
            .prepare_cached(
                "INSERT INTO records (key, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute(params![key, value])?,
        RecordOp::Delete { key } => db.prepare_cached("DELETE FROM records WHERE key = ?1")?.execute(params![key])?,
    };
    Ok(())
}
