//! The inbox, newest activity first.
//!
//! A page is put together from *walks*. Each follows one index in the order of the inbox and stops when what it meets is
//! older than a page that is full already. So "my groups, or what I joined" costs a few short walks, however long the inbox
//! is. Counts are read from counters that the tables keep ([schema](schema/2.sql)).

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, ToSql, params};

use crate::domain::ids::{AccountId, ConversationId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::InboxQuery;

use super::columns::{self, IdBlob, UuidColumn};
use super::search::{self, Prefix};

pub(super) const WALK_ALL: &str = "SELECT at, conversation FROM inbox INDEXED BY inbox_by_status
     WHERE account = ?1 AND status = ?2 AND (at, conversation) < (?3, ?4) AND at >= ?5
     ORDER BY at DESC, conversation DESC";
pub(super) const WALK_GROUP: &str = "SELECT at, conversation FROM inbox INDEXED BY inbox_by_group
     WHERE account = ?1 AND grp = ?6 AND status = ?2 AND (at, conversation) < (?3, ?4) AND at >= ?5
     ORDER BY at DESC, conversation DESC";
pub(super) const WALK_JOINED: &str = "SELECT at, conversation, grp FROM joined
     WHERE account = ?1 AND operator = ?6 AND status = ?2 AND (at, conversation) < (?3, ?4) AND at >= ?5
     ORDER BY at DESC, conversation DESC";
pub(super) const HAS_JOINED: &str = "SELECT EXISTS (SELECT 1 FROM joined INDEXED BY joined_by_conversation
     WHERE account = ?1 AND conversation = ?2 AND operator = ?3)";
pub(super) const COUNTS: &str = "SELECT grp, n FROM inbox_counts WHERE account = ?1 AND status = ?2";
pub(super) const JOINED_COUNTS: &str =
    "SELECT grp, n FROM joined_counts WHERE account = ?1 AND operator = ?3 AND status = ?2";

/// A place in the order of the inbox.
type Place = (Timestamp, ConversationId);

/// A page that is being filled: the newest of what was offered.
pub(super) struct Page {
    limit: usize,
    after: Option<Place>,
    found: BTreeSet<Place>,
}

impl Page {
    fn new(after: Option<Place>, limit: usize) -> Self {
        Self { limit, after, found: BTreeSet::new() }
    }

    /// Takes it, if it belongs here. `false`: nothing that is older can.
    pub(super) fn offer(&mut self, place: Place) -> bool {
        if self.after.is_some_and(|after| place >= after) {
            return true;
        }
        if self.floor().is_some_and(|floor| place < floor) {
            return false;
        }
        self.found.insert(place);
        if self.found.len() > self.limit {
            self.found.pop_first();
        }
        true
    }

    /// What is older than this has no place on it any more; `None`: there is room.
    fn floor(&self) -> Option<Place> {
        self.found.first().copied().filter(|_| self.found.len() >= self.limit)
    }

    /// Whether a conversation whose last activity is in this stretch of time may be on it.
    pub(super) fn may_hold(&self, since: Timestamp, before: Timestamp) -> bool {
        self.after.is_none_or(|(at, _)| since <= at) && self.floor().is_none_or(|(at, _)| at <= before)
    }

    fn into_places(self) -> Vec<Place> {
        self.found.into_iter().rev().collect()
    }
}

/// Whose rows are looked at, and which of them count.
pub(super) struct Scope<'q> {
    pub(super) account: IdBlob,
    pub(super) statuses: Vec<i64>,
    but_groups: BTreeSet<Vec<u8>>,
    pub(super) query: &'q InboxQuery,
}

impl<'q> Scope<'q> {
    fn new(account: AccountId, query: &'q InboxQuery) -> Self {
        Self {
            account: account.into(),
            statuses: query.status.map_or(columns::STATUSES.to_vec(), |status| vec![columns::status(status)]),
            but_groups: query.but_groups.iter().map(|g| IdBlob::from(Some(*g)).as_slice().to_vec()).collect(),
            query,
        }
    }

    pub(super) fn leaves_out(&self, group: &[u8]) -> bool {
        self.but_groups.contains(group)
    }
}

/// A page of the inbox.
pub(super) fn page(db: &Connection, account: AccountId, query: &InboxQuery) -> rusqlite::Result<Vec<Place>> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let moment = db.unchecked_transaction()?;
    fill(&moment, account, query, Page::new(query.after, query.limit))
}

/// How many conversations the query names.
pub(super) fn count(db: &Connection, account: AccountId, query: &InboxQuery) -> rusqlite::Result<u64> {
    let moment = db.unchecked_transaction()?;
    let somebody_else = query.or_joined_by.is_some() && query.or_joined_by != query.joined_by;
    let overlap = query.joined_by.is_some() && somebody_else && !query.but_groups.is_empty();
    if query.prefix.is_some() || overlap {
        // No counter has these: they are looked at, each.
        return Ok(fill(&moment, account, query, Page::new(None, usize::MAX))?.len() as u64);
    }
    let scope = Scope::new(account, query);
    let mut sum = 0;
    for status in &scope.statuses {
        let stays = |group: &[u8]| !scope.leaves_out(group);
        sum += match query.joined_by {
            None => sum_of(&moment, COUNTS, params![scope.account, status], stays)?,
            Some(operator) => {
                let by_themselves = query.or_joined_by == query.joined_by;
                let operator = IdBlob::from(operator);
                let stays = |group: &[u8]| by_themselves || stays(group);
                sum_of(&moment, JOINED_COUNTS, params![scope.account, status, operator], stays)?
            }
        };
        if let (None, Some(operator)) = (query.joined_by, query.or_joined_by) {
            let operator = IdBlob::from(operator);
            let left_out = |group: &[u8]| scope.leaves_out(group);
            sum += sum_of(&moment, JOINED_COUNTS, params![scope.account, status, operator], left_out)?;
        }
    }
    Ok(sum)
}

fn sum_of(db: &Connection, sql: &str, params: &[&dyn ToSql], counts: impl Fn(&[u8]) -> bool) -> rusqlite::Result<u64> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut sum: i64 = 0;
    while let Some(row) = rows.next()? {
        if counts(row.get_ref(0)?.as_blob()?) {
            sum += row.get::<_, i64>(1)?;
        }
    }
    Ok(sum.cast_unsigned())
}

fn fill(db: &Connection, account: AccountId, query: &InboxQuery, mut page: Page) -> rusqlite::Result<Vec<Place>> {
    let scope = Scope::new(account, query);
    if let Some(operator) = query.joined_by {
        joined(db, &scope, operator, &mut page)?;
        return Ok(page.into_places());
    }
    match &query.prefix {
        Some(prefix) => search::fill(db, &scope, &Prefix::new(prefix), &mut page)?,
        None => all_groups(db, &scope, &mut page)?,
    }
    if let Some(operator) = query.or_joined_by.filter(|_| !query.but_groups.is_empty()) {
        joined(db, &scope, operator, &mut page)?;
    }
    Ok(page.into_places())
}

/// Every group that has conversations and is not left out; where none is left out, all in one walk.
fn all_groups(db: &Connection, scope: &Scope<'_>, page: &mut Page) -> rusqlite::Result<()> {
    for status in &scope.statuses {
        if scope.but_groups.is_empty() {
            walk(db, WALK_ALL, scope, *status, None, page, |_| Ok(true))?;
            continue;
        }
        let mut groups = db.prepare_cached(COUNTS)?;
        let groups = groups.query_map(params![scope.account, status], |row| row.get::<_, Vec<u8>>(0))?;
        for group in groups {
            let group = group?;
            if !scope.leaves_out(&group) {
                walk(db, WALK_GROUP, scope, *status, Some(&group), page, |_| Ok(true))?;
            }
        }
    }
    Ok(())
}

/// What the operator has joined, as far as the query names it.
fn joined(db: &Connection, scope: &Scope<'_>, operator: OperatorId, page: &mut Page) -> rusqlite::Result<()> {
    let query = scope.query;
    let prefix = query.prefix.as_deref().map(Prefix::new);
    let is_named = |row: &Row<'_>| {
        let conversation = row.get_ref(1)?.as_blob()?;
        let counts = match query.or_joined_by {
            Some(other) if other == operator => true,
            _ if !scope.leaves_out(row.get_ref(2)?.as_blob()?) => true,
            Some(other) => {
                let params = params![scope.account, conversation, IdBlob::from(other)];
                db.prepare_cached(HAS_JOINED)?.query_row(params, |row| row.get(0))?
            }
            None => false,
        };
        match &prefix {
            Some(prefix) if counts => prefix.is_of(db, scope.account, conversation),
            _ => Ok(counts),
        }
    };
    let operator = IdBlob::from(operator);
    for status in &scope.statuses {
        walk(db, WALK_JOINED, scope, *status, Some(operator.as_slice()), page, is_named)?;
    }
    Ok(())
}

/// Offers what a walk meets to the page, until that is full and what comes is older.
fn walk(
    db: &Connection,
    sql: &str,
    scope: &Scope<'_>,
    status: i64,
    of: Option<&[u8]>,
    page: &mut Page,
    is_named: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let (at, conversation) = page.after.map_or_else(columns::after_all, |(at, id)| (at.0, id.0.as_bytes().to_vec()));
    let floor = page.floor().map_or(i64::MIN, |(at, _)| at.0);
    let mut select = db.prepare_cached(sql)?;
    let mut rows = match of {
        Some(of) => select.query(params![scope.account, status, at, conversation, floor, of])?,
        None => select.query(params![scope.account, status, at, conversation, floor])?,
    };
    while let Some(row) = rows.next()? {
        if is_named(row)? && !page.offer(place(row)?) {
            break;
        }
    }
    Ok(())
}

/// The place in the columns `at`, `conversation`.
pub(super) fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let UuidColumn(conversation) = row.get(1)?;
    Ok((Timestamp(row.get(0)?), ConversationId(conversation)))
}
