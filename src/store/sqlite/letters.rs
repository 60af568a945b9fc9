//! The outbox, newest first.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::domain::ids::{AccountId, LetterId};
use crate::domain::time::Timestamp;
use crate::ports::journal::LetterQuery;

use super::columns::{self, IdBlob, LetterColumn};

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
}

/// A page of the outbox.
pub(super) fn page(
    db: &Connection,
    account: AccountId,
    query: &LetterQuery,
) -> rusqlite::Result<Vec<(Timestamp, LetterId)>> {
    let statement = page_statement(account, query);
    db.prepare_cached(&statement.sql)?
        .query_map(params_from_iter(statement.values), |row| {
            let LetterColumn(letter) = row.get(1)?;
            Ok((Timestamp(row.get(0)?), letter))
        })?
        .collect()
}

/// Walks by the filter that leaves the fewest letters; the others are looked at on the way.
pub(super) fn page_statement(account: AccountId, query: &LetterQuery) -> Statement {
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
