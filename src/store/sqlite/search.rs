//! The search by prefix, in the order of the inbox.
//!
//! Texts stand on *shelves*: one holds those of the conversations of one state and group whose last activity is in one stretch
//! of time. On a shelf they are in the order of the alphabet, so a search goes from shelf to shelf, the newest first, looks
//! only at the texts that start right, and stops when its page is full: what everybody is called ends on the first ones. What
//! few are called is looked up across all shelves instead.

use std::cmp::Reverse;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::time::Timestamp;
use crate::ports::journal::InboxRow;

use super::columns::{self, IdBlob};
use super::inbox::{Page, Scope, place};

/// More texts than this do not stand on one shelf, unless they are of one instant.
const SHELF_LEN_MAX: i64 = 1024;

/// So many texts that start right, and no more, are looked up singly.
const FEW_MAX: i64 = 500;

pub(super) const HOW_MANY: &str = "SELECT count(*) FROM (SELECT 1 FROM search INDEXED BY search_by_text
     WHERE account = ?1 AND text >= ?2 AND text < ?3 LIMIT ?4)";
pub(super) const FEW: &str = "SELECT i.at, i.conversation, i.status, i.grp FROM search AS s INDEXED BY search_by_text
     CROSS JOIN inbox AS i ON i.account = s.account AND i.conversation = s.conversation
     WHERE s.account = ?1 AND s.text >= ?2 AND s.text < ?3";
pub(super) const SHELVES: &str =
    "SELECT grp, since FROM shelves WHERE account = ?1 AND status = ?2 ORDER BY grp, since";
/// The texts first, then their conversations: `CROSS JOIN` keeps that order.
pub(super) const ON_SHELF: &str = "SELECT i.at, i.conversation FROM search AS s
     CROSS JOIN inbox AS i ON i.account = s.account AND i.conversation = s.conversation
     WHERE s.account = ?1 AND s.status = ?2 AND s.grp = ?3 AND s.since = ?4 AND s.text >= ?5 AND s.text < ?6";
pub(super) const IS_OF: &str = "SELECT EXISTS (SELECT 1 FROM search INDEXED BY search_by_conversation
     WHERE account = ?1 AND conversation = ?2 AND text >= ?3 AND text < ?4)";
pub(super) const STANDING: &str = "SELECT text, status, grp, since FROM search INDEXED BY search_by_conversation
     WHERE account = ?1 AND conversation = ?2 ORDER BY text";
pub(super) const SHELF_AT: &str = "SELECT since FROM shelves
     WHERE account = ?1 AND status = ?2 AND grp = ?3 AND since <= ?4 ORDER BY since DESC LIMIT 1";
/// From the one in the middle on, but never all of them.
pub(super) const HALF: &str = "SELECT i.at FROM search AS s
     CROSS JOIN inbox AS i ON i.account = s.account AND i.conversation = s.conversation
     WHERE s.account = ?1 AND s.status = ?2 AND s.grp = ?3 AND s.since = ?4 ORDER BY i.at";
pub(super) const MOVE: &str = "UPDATE search SET since = ?5
     WHERE account = ?1 AND status = ?2 AND grp = ?3 AND since = ?4
       AND (SELECT at FROM inbox AS i WHERE i.account = search.account AND i.conversation = search.conversation) >= ?5";

/// What is searched for: the texts from one to before another.
pub(super) struct Prefix {
    from: String,
    before: Value,
}

impl Prefix {
    pub(super) fn new(prefix: &str) -> Self {
        Self { from: prefix.to_owned(), before: columns::after_prefix(prefix) }
    }

    /// Whether one of the conversation's texts starts so.
    pub(super) fn is_of(&self, db: &Connection, account: IdBlob, conversation: &[u8]) -> rusqlite::Result<bool> {
        let params = params![account, conversation, self.from, self.before];
        db.prepare_cached(IS_OF)?.query_row(params, |row| row.get(0))
    }
}

/// A shelf to be looked at.
struct Shelf {
    status: i64,
    group: Vec<u8>,
    since: Timestamp,
    /// What stands there is of before this.
    before: Timestamp,
}

/// Offers every conversation of the scope with such a text, as far as the page can take any.
pub(super) fn fill(db: &Connection, scope: &Scope<'_>, prefix: &Prefix, page: &mut Page) -> rusqlite::Result<()> {
    let texts: i64 = (db.prepare_cached(HOW_MANY)?)
        .query_row(params![scope.account, prefix.from, prefix.before, FEW_MAX + 1], |row| row.get(0))?;
    if texts > FEW_MAX { from_shelves(db, scope, prefix, page) } else { few(db, scope, prefix, page) }
}

fn few(db: &Connection, scope: &Scope<'_>, prefix: &Prefix, page: &mut Page) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(FEW)?;
    let mut rows = select.query(params![scope.account, prefix.from, prefix.before])?;
    while let Some(row) = rows.next()? {
        if scope.statuses.contains(&row.get(2)?) && !scope.leaves_out(row.get_ref(3)?.as_blob()?) {
            page.offer(place(row)?);
        }
    }
    Ok(())
}

fn from_shelves(db: &Connection, scope: &Scope<'_>, prefix: &Prefix, page: &mut Page) -> rusqlite::Result<()> {
    let mut shelves = Vec::new();
    for status in &scope.statuses {
        shelves_of(db, scope, *status, &mut shelves)?;
    }
    shelves.sort_by_key(|shelf| Reverse(shelf.before));
    let mut select = db.prepare_cached(ON_SHELF)?;
    for Shelf { status, group, since, before } in shelves {
        if !page.may_hold(since, before) {
            continue;
        }
        let mut rows = select.query(params![scope.account, status, group, since.0, prefix.from, prefix.before])?;
        while let Some(row) = rows.next()? {
            page.offer(place(row)?);
        }
    }
    Ok(())
}

fn shelves_of(db: &Connection, scope: &Scope<'_>, status: i64, shelves: &mut Vec<Shelf>) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(SHELVES)?;
    let mut rows = select.query(params![scope.account, status])?;
    let first = shelves.len();
    while let Some(row) = rows.next()? {
        let group = row.get_ref(0)?.as_blob()?;
        if scope.leaves_out(group) {
            continue;
        }
        let since = Timestamp(row.get(1)?);
        if let Some(earlier) = shelves[first..].last_mut().filter(|earlier| earlier.group == group) {
            earlier.before = since;
        }
        shelves.push(Shelf { status, group: group.to_vec(), since, before: Timestamp(i64::MAX) });
    }
    Ok(())
}

/// Which shelf a conversation's texts stand on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    status: i64,
    group: Vec<u8>,
    since: i64,
}

/// Puts a conversation's texts where they belong; its row of the inbox is written already. They are written again only when
/// they change or come to stand on another shelf.
pub(super) fn put(db: &Connection, account: IdBlob, conversation: IdBlob, row: &InboxRow) -> rusqlite::Result<()> {
    let mut wanted = row.search.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let (texts, from) = standing(db, account, conversation)?;
    if wanted.is_empty() && texts.is_empty() {
        return Ok(());
    }
    let to = spot(db, account, row)?;
    if texts == wanted && from.as_ref() == Some(&to) {
        return Ok(());
    }
    if let Some(from) = from {
        db.prepare_cached("DELETE FROM search WHERE account = ?1 AND conversation = ?2")?
            .execute(params![account, conversation])?;
        lengthen(db, account, &from, -(texts.len() as i64))?;
    }
    let mut add = db.prepare_cached(
        "INSERT INTO search (account, status, grp, since, text, conversation) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for text in &wanted {
        add.execute(params![account, to.status, to.group, to.since, text, conversation])?;
    }
    let len = lengthen(db, account, &to, wanted.len() as i64)?;
    // One that could not be split is tried again when it has doubled.
    let doublings = |len: i64| (len / SHELF_LEN_MAX).checked_ilog2();
    if doublings(len) > doublings(len - wanted.len() as i64) { split(db, account, &to) } else { Ok(()) }
}

fn standing(db: &Connection, account: IdBlob, conversation: IdBlob) -> rusqlite::Result<(Vec<String>, Option<Spot>)> {
    let mut select = db.prepare_cached(STANDING)?;
    let mut rows = select.query(params![account, conversation])?;
    let (mut texts, mut spot) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        texts.push(row.get(0)?);
        spot = Some(Spot { status: row.get(1)?, group: row.get(2)?, since: row.get(3)? });
    }
    Ok((texts, spot))
}

fn spot(db: &Connection, account: IdBlob, row: &InboxRow) -> rusqlite::Result<Spot> {
    let (status, group) = (columns::status(row.status), IdBlob::from(row.group).as_slice().to_vec());
    let since = (db.prepare_cached(SHELF_AT)?)
        .query_row(params![account, status, group, row.at.0], |row| row.get(0))
        .optional()?;
    // The first shelf reaches back to the beginning of time.
    Ok(Spot { status, group, since: since.unwrap_or(i64::MIN) })
}

/// Counts texts on or off a shelf; how many there are then. One that becomes empty is taken away, and the one before it
/// reaches on to the next.
fn lengthen(db: &Connection, account: IdBlob, spot: &Spot, by: i64) -> rusqlite::Result<i64> {
    let Spot { status, group, since } = spot;
    let len = (db.prepare_cached(
        "INSERT INTO shelves (account, status, grp, since, len) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET len = len + excluded.len RETURNING len",
    )?)
    .query_row(params![account, status, group, since, by], |row| row.get(0))?;
    if len == 0 && *since > i64::MIN {
        db.prepare_cached("DELETE FROM shelves WHERE account = ?1 AND status = ?2 AND grp = ?3 AND since = ?4")?
            .execute(params![account, status, group, since])?;
    }
    Ok(len)
}

/// The newer half goes to a shelf of its own. What is of one instant stays together.
fn split(db: &Connection, account: IdBlob, spot: &Spot) -> rusqlite::Result<()> {
    let Spot { status, group, since } = spot;
    let ats: Vec<i64> = (db.prepare_cached(HALF)?)
        .query_map(params![account, status, group, since], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let Some(earliest) = ats.first() else { return Ok(()) };
    let Some(newer) = ats[ats.len() / 2..].iter().find(|at| *at > earliest) else { return Ok(()) };
    let moved = (db.prepare_cached(MOVE)?).execute(params![account, status, group, since, newer])?;
    let half = Spot { since: *newer, ..spot.clone() };
    lengthen(db, account, &half, moved as i64)?;
    lengthen(db, account, spot, -(moved as i64))?;
    Ok(())
}
