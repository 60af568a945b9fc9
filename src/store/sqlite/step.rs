//! One commit in SQL, within the savepoint that the writer made for it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::{AccountId, ConversationId, LetterId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{Append, Commit, DocKey, InboxRow, IndexOp, LetterRow, NewLetter, RecordOp, Token, Write};

use super::columns::{self, IdBlob};

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

/// All checks first, then all effects.
pub(super) fn apply(db: &Connection, commit: &Commit) -> rusqlite::Result<Step> {
    if has_written(db, &commit.writes)? {
        return Ok(Step::Repeated);
    }
    let stale = stale(db, &commit.reads)?;
    if !stale.is_empty() {
        return Ok(Step::Stale(stale));
    }
    for write in &commit.writes {
        put(db, write)?;
    }
    for entry in &commit.log {
        append(db, entry)?;
    }
    for (account, op) in &commit.indexes {
        index(db, *account, op)?;
    }
    for (account, letter) in &commit.outbox {
        queue(db, *account, letter)?;
    }
    for op in &commit.records {
        record(db, op)?;
    }
    Ok(Step::Written)
}

fn token(db: &Connection, key: &DocKey) -> rusqlite::Result<Option<Token>> {
    let (account, kind, id) = columns::doc(key);
    db.prepare_cached("SELECT counter, nonce FROM docs WHERE account = ?1 AND kind = ?2 AND id = ?3")?
        .query_row(params![account, kind, id], |row| Ok(columns::token_of(row.get(0)?, row.get(1)?)))
        .optional()
}

/// Whether this very commit has been written before: all its tokens are the stored ones.
fn has_written(db: &Connection, writes: &[Write]) -> rusqlite::Result<bool> {
    for write in writes {
        if token(db, &write.key)? != Some(write.token) {
            return Ok(false);
        }
    }
    Ok(!writes.is_empty())
}

fn stale(db: &Connection, reads: &[(DocKey, Option<Token>)]) -> rusqlite::Result<Vec<DocKey>> {
    let mut stale = Vec::new();
    for (key, read) in reads {
        if token(db, key)? != *read {
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
    db.prepare_cached(
        "INSERT INTO inbox (account, conversation, status, grp, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET status = excluded.status, grp = excluded.grp, at = excluded.at",
    )?
    .execute(params![account, conversation, status, group, row.at.0])?;

    db.prepare_cached("DELETE FROM joined WHERE account = ?1 AND conversation = ?2")?
        .execute(params![account, conversation])?;
    let mut join = db.prepare_cached(
        "INSERT INTO joined (account, operator, status, at, conversation, grp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
    )?;
    for operator in &row.joined {
        join.execute(params![account, IdBlob::from(*operator), status, row.at.0, conversation, group])?;
    }
    search(db, account, conversation, &row.search)
}

/// The texts of a visitor change seldom, and the row of the inbox often: what is there already is not written again.
fn search(db: &Connection, account: IdBlob, conversation: IdBlob, texts: &[String]) -> rusqlite::Result<()> {
    let mut wanted = texts.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let stored: Vec<String> = db
        .prepare_cached("SELECT text FROM search WHERE account = ?1 AND conversation = ?2 ORDER BY text")?
        .query_map(params![account, conversation], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if stored == wanted {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM search WHERE account = ?1 AND conversation = ?2")?
        .execute(params![account, conversation])?;
    let mut add = db.prepare_cached("INSERT INTO search (account, text, conversation) VALUES (?1, ?2, ?3)")?;
    for text in &wanted {
        add.execute(params![account, text, conversation])?;
    }
    Ok(())
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
