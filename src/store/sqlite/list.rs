//! The lists with filters: the inbox and the outbox, newest first.
//!
//! A page of the inbox is put together from *arms*. Each walks one index in the order of the inbox and stops after a page;
//! the newest of what they bring is the page. So "my groups, or what I joined" costs a few short walks, however long the
//! inbox is. Only a search by prefix sorts, and only what it found.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::domain::ids::{AccountId, ConversationId, GroupId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{InboxQuery, LetterQuery};

use super::columns::{self, IdBlob, LetterColumn, UuidColumn};

/// Above so many groups they are a filter over the whole inbox: SQLite joins at most 500 arms.
const GROUP_ARMS_MAX: usize = 50;

/// A statement under construction: its text, and the values of its question marks in their order.
#[derive(Debug, Default)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Statement {
    fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    fn bind(&mut self, sql: &str, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.push(sql)
    }

    /// `column IN (…)`.
    fn one_of(&mut self, column: &str, values: impl IntoIterator<Item = Value>) {
        self.push(column).push(" IN (");
        let before = self.values.len();
        self.values.extend(values);
        let marks = vec!["?"; self.values.len() - before].join(", ");
        self.push(&marks).push(")");
    }
}

/// Where an arm walks.
#[derive(Clone, Copy)]
enum Walk<'a> {
    All,
    Group(Option<GroupId>),
    Joined(OperatorId),
    Search(&'a str),
}

/// The filters that the walk itself does not answer.
#[derive(Clone, Copy)]
enum Rest {
    Nothing,
    Groups,
    GroupsAndJoined,
}

/// A page of the inbox.
pub(super) fn inbox(
    db: &Connection,
    account: AccountId,
    query: &InboxQuery,
) -> rusqlite::Result<Vec<(Timestamp, ConversationId)>> {
    if names_nothing(query) {
        return Ok(Vec::new());
    }
    let statement = inbox_page(account, query);
    db.prepare_cached(&statement.sql)?
        .query_map(params_from_iter(statement.values), |row| {
            let UuidColumn(conversation) = row.get(1)?;
            Ok((Timestamp(row.get(0)?), ConversationId(conversation)))
        })?
        .collect()
}

/// How many conversations the query names.
pub(super) fn count(db: &Connection, account: AccountId, query: &InboxQuery) -> rusqlite::Result<u64> {
    if names_nothing(query) {
        return Ok(0);
    }
    let statement = inbox_count(account, query);
    let count: i64 =
        db.prepare_cached(&statement.sql)?.query_row(params_from_iter(statement.values), |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

/// Of the groups of nobody, and joined by nobody.
fn names_nothing(query: &InboxQuery) -> bool {
    query.groups.as_ref().is_some_and(Vec::is_empty) && query.or_joined_by.is_none()
}

pub(super) fn inbox_page(account: AccountId, query: &InboxQuery) -> Statement {
    let limit = columns::number(query.limit);
    let mut page = Statement::default();
    page.push("SELECT DISTINCT at, conversation FROM (");
    for (n, (walk, status, rest)) in arms(query).into_iter().enumerate() {
        page.push(if n == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
        arm(&mut page, account, query, walk, status, rest);
        if let Some((at, conversation)) = query.after {
            page.bind(" AND (i.at, i.conversation) < (?, ", at.0).bind("?)", IdBlob::from(conversation));
        }
        page.bind(" ORDER BY i.at DESC, i.conversation DESC LIMIT ?)", limit);
    }
    page.bind(") ORDER BY at DESC, conversation DESC LIMIT ?", limit);
    page
}

pub(super) fn inbox_count(account: AccountId, query: &InboxQuery) -> Statement {
    let mut count = Statement::default();
    let overlap = query.prefix.is_some() || query.or_joined_by.is_some();
    count.push(if overlap { "SELECT count(DISTINCT conversation) FROM (" } else { "SELECT count(*) FROM (" });
    for (n, (walk, status, rest)) in arms(query).into_iter().enumerate() {
        if n > 0 {
            count.push(" UNION ALL ");
        }
        arm(&mut count, account, query, walk, status, rest);
    }
    count.push(")");
    count
}

/// The walks that together meet every conversation of the query, by state: every index is in the order of the inbox within
/// one state.
fn arms(query: &InboxQuery) -> Vec<(Walk<'_>, Option<i64>, Rest)> {
    let status = query.status.map(columns::status);
    if let Some(prefix) = &query.prefix {
        return vec![(Walk::Search(prefix), status, Rest::GroupsAndJoined)];
    }
    let walks = match (query.joined_by, &query.groups) {
        (Some(operator), _) => vec![(Walk::Joined(operator), Rest::Groups)],
        (None, Some(groups)) if groups.len() <= GROUP_ARMS_MAX => group_walks(groups, query.or_joined_by),
        (None, _) => vec![(Walk::All, Rest::Groups)],
    };
    let statuses = status.map_or(columns::STATUSES.to_vec(), |status| vec![status]);
    (walks.into_iter())
        .flat_map(|(walk, rest)| statuses.iter().map(move |status| (walk, Some(*status), rest)))
        .collect()
}

fn group_walks(groups: &[Option<GroupId>], or_joined_by: Option<OperatorId>) -> Vec<(Walk<'_>, Rest)> {
    let mut groups = groups.to_vec();
    groups.sort_unstable();
    groups.dedup();
    let joined = or_joined_by.map(Walk::Joined);
    groups.into_iter().map(Walk::Group).chain(joined).map(|walk| (walk, Rest::Nothing)).collect()
}

/// `SELECT at, conversation FROM … WHERE …`, open for further conditions.
fn arm(to: &mut Statement, account: AccountId, query: &InboxQuery, walk: Walk<'_>, status: Option<i64>, rest: Rest) {
    let account = IdBlob::from(account);
    to.push("SELECT i.at AS at, i.conversation AS conversation FROM ");
    match walk {
        Walk::All => to.bind("inbox AS i INDEXED BY inbox_by_status WHERE i.account = ?", account),
        Walk::Group(group) => to
            .bind("inbox AS i INDEXED BY inbox_by_group WHERE i.account = ?", account)
            .bind(" AND i.grp = ?", IdBlob::from(group)),
        Walk::Joined(operator) => {
            to.bind("joined AS i WHERE i.account = ?", account).bind(" AND i.operator = ?", IdBlob::from(operator))
        }
        Walk::Search(prefix) => search(to, account, prefix),
    };
    if let Some(status) = status {
        to.bind(" AND i.status = ?", status);
    }
    match rest {
        Rest::Nothing => {}
        Rest::Groups => in_groups(to, query),
        Rest::GroupsAndJoined => {
            in_groups(to, query);
            if let Some(operator) = query.joined_by {
                to.push(" AND ");
                has_joined(to, operator);
            }
        }
    }
}

/// The texts first, then their conversations: `CROSS JOIN` keeps that order. A conversation that two of its texts name is
/// met once.
fn search<'a>(to: &'a mut Statement, account: IdBlob, prefix: &str) -> &'a mut Statement {
    to.bind("(SELECT DISTINCT account, conversation FROM search WHERE account = ?", account)
        .bind(" AND text >= ?", prefix.to_owned())
        .bind(" AND text < ?", columns::after_prefix(prefix))
        .push(") AS s CROSS JOIN inbox AS i ON i.account = s.account AND i.conversation = s.conversation WHERE TRUE")
}

fn in_groups(to: &mut Statement, query: &InboxQuery) {
    let Some(groups) = &query.groups else { return };
    to.push(" AND (").one_of("i.grp", groups.iter().map(|group| IdBlob::from(*group).into()));
    if let Some(operator) = query.or_joined_by {
        to.push(" OR ");
        has_joined(to, operator);
    }
    to.push(")");
}

fn has_joined(to: &mut Statement, operator: OperatorId) {
    to.bind(
        "EXISTS (SELECT 1 FROM joined AS j INDEXED BY joined_by_conversation
           WHERE j.account = i.account AND j.conversation = i.conversation AND j.operator = ?)",
        IdBlob::from(operator),
    );
}

/// A page of the outbox.
pub(super) fn letters(
    db: &Connection,
    account: AccountId,
    query: &LetterQuery,
) -> rusqlite::Result<Vec<(Timestamp, LetterId)>> {
    let statement = letters_page(account, query);
    db.prepare_cached(&statement.sql)?
        .query_map(params_from_iter(statement.values), |row| {
            let LetterColumn(letter) = row.get(1)?;
            Ok((Timestamp(row.get(0)?), letter))
        })?
        .collect()
}

/// Walks by the filter that leaves the fewest letters; the others are looked at on the way.
pub(super) fn letters_page(account: AccountId, query: &LetterQuery) -> Statement {
    let index = match query {
        LetterQuery { conversation: Some(_), .. } => "letters_by_conversation",
        LetterQuery { operator: Some(_), .. } => "letters_by_operator",
        LetterQuery { state: Some(_), .. } => "letters_by_state",
        _ => "letters_by_creation",
    };
    let mut page = Statement::default();
    page.push("SELECT created_at, id FROM letters INDEXED BY ").push(index);
    page.bind(" WHERE account = ?", IdBlob::from(account));
    if let Some(conversation) = query.conversation {
        page.bind(" AND conversation = ?", IdBlob::from(conversation));
    }
    if let Some(operator) = query.operator {
        page.bind(" AND operator = ?", IdBlob::from(operator));
    }
    if let Some(state) = &query.state {
        page.bind(" AND state = ?", state.clone());
    }
    if let Some((at, letter)) = query.after {
        page.bind(" AND (created_at, id) < (?, ", at.0).bind("?)", IdBlob::from(letter));
    }
    page.bind(" ORDER BY created_at DESC, id DESC LIMIT ?", columns::number(query.limit));
    page
}
