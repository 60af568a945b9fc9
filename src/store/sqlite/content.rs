//! The whole content of a file, page by page, and the mark of a move into it. Each part is walked along an index that has its
//! order.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, GroupId, NoteId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::content::{Beginning, Content, NextPage, PAGE_LEN_MAX, Piece, Walk};
use crate::ports::journal::{
    Append, DecisionRow, DocKey, Found, InboxRow, InboxStatus, LetterRow, StoreError, Stored, Stream,
};

use super::columns::{self, IdBlob, LetterColumn, UuidColumn};
use super::{Job, SqliteStore};

/// The question for a page after a place, the length of a place in columns, and what a row holds. The columns of the place come
/// first. Of the lowest place nothing is.
pub(super) struct Stretch {
    pub(super) sql: &'static str,
    lowest: &'static [Lowest],
    piece: fn(&Connection, &Row<'_>) -> rusqlite::Result<Piece>,
}

/// What is before everything in a column.
#[derive(Clone, Copy)]
enum Lowest {
    Blob,
    Number,
    Text,
}

use Lowest::{Blob, Number, Text};

/// In the order of a walk.
pub(super) const STRETCHES: [Stretch; 8] = [
    Stretch {
        sql: "SELECT account, kind, id, counter, nonce, state FROM docs
              WHERE (account, kind, id) > (?1, ?2, ?3) ORDER BY account, kind, id LIMIT ?4",
        lowest: &[Blob, Number, Blob],
        piece: document,
    },
    Stretch {
        sql: "SELECT account, kind, id, position, entry FROM streams
              WHERE (account, kind, id, position) > (?1, ?2, ?3, ?4) ORDER BY account, kind, id, position LIMIT ?5",
        lowest: &[Blob, Number, Blob, Number],
        piece: entry,
    },
    Stretch {
        sql: "SELECT at, account, conversation FROM deadlines INDEXED BY deadlines_by_at
              WHERE (at, account, conversation) > (?1, ?2, ?3) ORDER BY at, account, conversation LIMIT ?4",
        lowest: &[Number, Blob, Blob],
        piece: |_, row| Ok(Piece::Deadline(account(row, 1)?, conversation(row, 2)?, Timestamp(row.get(0)?))),
    },
    Stretch {
        sql: "SELECT account, until, conversation FROM attention INDEXED BY attention_by_until
              WHERE (account, until, conversation) > (?1, ?2, ?3) ORDER BY account, until, conversation LIMIT ?4",
        lowest: &[Blob, Number, Blob],
        piece: |_, row| Ok(Piece::Attention(account(row, 0)?, conversation(row, 2)?, Timestamp(row.get(1)?))),
    },
    Stretch {
        sql: "SELECT account, grp, status, at, conversation FROM inbox INDEXED BY inbox_by_group
              WHERE (account, grp, status, at, conversation) > (?1, ?2, ?3, ?4, ?5)
              ORDER BY account, grp, status, at, conversation LIMIT ?6",
        lowest: &[Blob, Blob, Number, Number, Blob],
        piece: inbox,
    },
    Stretch {
        sql: "SELECT account, created_at, id, state, due FROM letters INDEXED BY letters_by_creation
              WHERE (account, created_at, id) > (?1, ?2, ?3) ORDER BY account, created_at, id LIMIT ?4",
        lowest: &[Blob, Number, Blob],
        piece: letter,
    },
    Stretch {
        sql: "SELECT account, operator, at, conversation, position FROM decisions
              WHERE (account, operator, at, conversation, position) > (?1, ?2, ?3, ?4, ?5)
              ORDER BY account, operator, at, conversation, position LIMIT ?6",
        lowest: &[Blob, Blob, Number, Blob, Number],
        piece: decision,
    },
    Stretch {
        sql: "SELECT key, value FROM records WHERE key > ?1 ORDER BY key LIMIT ?2",
        lowest: &[Text],
        piece: |_, row| Ok(Piece::Record(row.get(0)?, row.get(1)?)),
    },
];

fn account(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountId> {
    row.get(column).map(|UuidColumn(id)| AccountId(id))
}

fn conversation(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationId> {
    row.get(column).map(|UuidColumn(id)| ConversationId(id))
}

fn unknown(column: usize, value: i64) -> rusqlite::Error {
    rusqlite::Error::IntegralValueOutOfRange(column, value)
}

fn document(_: &Connection, row: &Row<'_>) -> rusqlite::Result<Piece> {
    let account = account(row, 0)?;
    let key = match row.get(1)? {
        1 => DocKey::Settings(account),
        2 => DocKey::Presence(account),
        3 => DocKey::Conversation(account, conversation(row, 2)?),
        4 => DocKey::Letter(account, row.get(2).map(|LetterColumn(id)| id)?),
        5 => DocKey::Note(account, row.get(2).map(|UuidColumn(id)| NoteId(id))?),
        other => return Err(unknown(1, other)),
    };
    Ok(Piece::Document(key, Stored { token: columns::token_of(row.get(3)?, row.get(4)?), state: row.get(5)? }))
}

fn entry(_: &Connection, row: &Row<'_>) -> rusqlite::Result<Piece> {
    let account = account(row, 0)?;
    let stream = match row.get(1)? {
        1 => Stream::Edges(account),
        2 => Stream::Messages(account, conversation(row, 2)?),
        3 => Stream::Entries(account, conversation(row, 2)?),
        4 => Stream::Audit(account),
        other => return Err(unknown(1, other)),
    };
    Ok(Piece::Entry(Append { stream, position: row.get::<_, i64>(3)?.cast_unsigned(), entry: row.get(4)? }))
}

fn inbox(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Piece> {
    let (account, conversation) = (account(row, 0)?, conversation(row, 4)?);
    let group: Vec<u8> = row.get(1)?;
    let group = if group.is_empty() { None } else { Some(GroupId(row.get::<_, UuidColumn>(1)?.0)) };
    let status = match row.get(2)? {
        1 => InboxStatus::Unserved,
        2 => InboxStatus::Served,
        3 => InboxStatus::Closed,
        other => return Err(unknown(2, other)),
    };
    let of = params![IdBlob::from(account), IdBlob::from(conversation)];
    let joined = db
        .prepare_cached(JOINED)?
        .query_map(of, |row| row.get(0).map(|UuidColumn(id)| OperatorId(id)))?
        .collect::<rusqlite::Result<_>>()?;
    let search = db.prepare_cached(TEXTS)?.query_map(of, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let at = Timestamp(row.get(3)?);
    Ok(Piece::Inbox(account, conversation, InboxRow { status, group, at, joined, search }))
}

pub(super) const JOINED: &str = "SELECT operator FROM joined INDEXED BY joined_by_conversation
     WHERE account = ?1 AND conversation = ?2 ORDER BY operator";
pub(super) const TEXTS: &str = "SELECT text FROM search INDEXED BY search_by_conversation
     WHERE account = ?1 AND conversation = ?2 ORDER BY text";

fn letter(_: &Connection, row: &Row<'_>) -> rusqlite::Result<Piece> {
    let LetterColumn(id) = row.get(2)?;
    let due = row.get::<_, Option<i64>>(4)?.map(Timestamp);
    Ok(Piece::Letter(account(row, 0)?, id, LetterRow { state: row.get(3)?, due, created_at: Timestamp(row.get(1)?) }))
}

fn decision(_: &Connection, row: &Row<'_>) -> rusqlite::Result<Piece> {
    let UuidColumn(operator) = row.get(1)?;
    let id = DecisionId { conversation: conversation(row, 3)?, position: row.get::<_, i64>(4)?.cast_unsigned() };
    Ok(Piece::Decision(
        account(row, 0)?,
        DecisionRow { operator: OperatorId(operator), at: Timestamp(row.get(2)?), id },
    ))
}

impl Stretch {
    fn begin(&self) -> Vec<Value> {
        let lowest = |column: &Lowest| match column {
            Blob => Value::Blob(Vec::new()),
            Number => Value::Integer(i64::MIN),
            Text => Value::Text(String::new()),
        };
        self.lowest.iter().map(lowest).collect()
    }

    /// The pieces after a place, and the place of the last of them.
    fn page(&self, db: &Connection, after: &[Value]) -> rusqlite::Result<(Vec<Piece>, Vec<Value>)> {
        let limit = Value::Integer(columns::number(PAGE_LEN_MAX));
        let mut select = db.prepare_cached(self.sql)?;
        let mut rows = select.query(params_from_iter(after.iter().chain([&limit])))?;
        let (mut pieces, mut place) = (Vec::new(), after.to_vec());
        while let Some(row) = rows.next()? {
            pieces.push((self.piece)(db, row)?);
            for (column, value) in place.iter_mut().enumerate() {
                *value = row.get(column)?;
            }
        }
        Ok((pieces, place))
    }
}

/// How far a walk has come.
struct SqliteWalk {
    store: Arc<SqliteStore>,
    /// In which of [`STRETCHES`], and after which place.
    part: usize,
    after: Option<Vec<Value>>,
}

impl SqliteWalk {
    async fn page(&mut self) -> Result<Vec<Piece>, StoreError> {
        while let Some(stretch) = STRETCHES.get(self.part) {
            let after = self.after.take().unwrap_or_else(|| stretch.begin());
            let part = self.part;
            let (pieces, place) = self.store.ask(move |db| STRETCHES[part].page(db, &after)).await?;
            if !pieces.is_empty() {
                self.after = Some(place);
                return Ok(pieces);
            }
            self.part += 1;
        }
        Ok(Vec::new())
    }
}

impl Walk for SqliteWalk {
    fn next(&mut self) -> NextPage<'_> {
        Box::pin(self.page())
    }
}

/// Every table that a commit fills, those first that triggers watch.
const TABLES: [&str; 11] = [
    "inbox",
    "joined",
    "deadlines",
    "search",
    "shelves",
    "docs",
    "streams",
    "attention",
    "letters",
    "decisions",
    "records",
];

pub(super) fn begin(db: &Connection, _: i64) -> rusqlite::Result<i64> {
    if is_unfinished(db)? {
        return Ok(UNFINISHED);
    }
    for table in TABLES {
        if db.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), [], |row| row.get(0))? {
            return Ok(FULL);
        }
    }
    db.execute("INSERT INTO meta (name, value) VALUES ('moving', 1)", []).map(|_| BEGUN)
}

const BEGUN: i64 = 0;
const UNFINISHED: i64 = 1;
const FULL: i64 = 2;

/// Whether a move into the file was begun and is not finished.
pub(super) fn is_unfinished(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'moving')", [], |row| row.get(0))
}

fn clear(db: &Connection, _: i64) -> rusqlite::Result<i64> {
    TABLES.iter().try_for_each(|table| db.execute(&format!("DELETE FROM {table}"), []).map(drop))?;
    Ok(0)
}

fn finish(db: &Connection, not_before: i64) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO meta (name, value) VALUES ('clock', ?1) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
        [not_before],
    )?;
    db.execute("DELETE FROM meta WHERE name = 'moving'", []).map(|_| 0)
}

/// The rows of the tables that a walk goes through.
fn size(db: &Connection) -> rusqlite::Result<u64> {
    let mut sum = 0;
    for table in ["docs", "streams", "deadlines", "attention", "inbox", "letters", "decisions", "records"] {
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        sum += rows.cast_unsigned();
    }
    Ok(sum)
}

impl SqliteStore {
    fn run(&self, work: fn(&Connection, i64) -> rusqlite::Result<i64>, number: i64) -> Found<i64> {
        let away = |why: &str| Err(StoreError::Unavailable(why.to_owned()));
        self.ask_writer(move |asked| Job::Run(work, number, asked), away)
    }
}

impl Content for SqliteStore {
    fn walk(self: Arc<Self>) -> Box<dyn Walk> {
        Box::new(SqliteWalk { store: self, part: 0, after: None })
    }

    fn size(&self) -> Found<u64> {
        self.ask(size)
    }

    fn begin(&self) -> Found<Beginning> {
        let begun = self.run(begin, 0);
        Box::pin(async move {
            Ok(match begun.await? {
                BEGUN => Beginning::Begun,
                UNFINISHED => Beginning::Unfinished,
                _ => Beginning::Full,
            })
        })
    }

    fn clear(&self) -> Found<()> {
        let cleared = self.run(clear, 0);
        Box::pin(async move { cleared.await.map(drop) })
    }

    fn finish(&self, not_before: Timestamp) -> Found<()> {
        let finished = self.run(finish, not_before.0);
        Box::pin(async move { finished.await.map(drop) })
    }
}
