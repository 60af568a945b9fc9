//! Nothing scans: SQLite's own account of how it answers each question.

use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, StatementStatus, params_from_iter};
use uuid::Uuid;

use super::{content, file, inbox, letters, query, search};
use crate::domain::ids::{AccountId, ConversationId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::LetterQuery;
use crate::store::OpenMode;

const ID: Uuid = Uuid::nil();

fn with_file(test: impl FnOnce(&Connection)) {
    let dir = tempfile::tempdir().unwrap();
    let opened = file::open(&dir.path().join("doorbell.db"), OpenMode::Server, Duration::ZERO).unwrap();
    test(&opened.db);
}

fn plan(db: &Connection, sql: &str, values: Vec<Value>) -> Vec<String> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let values = if values.is_empty() { vec![Value::Null; explain.parameter_count()] } else { values };
    let steps = explain.query_map(params_from_iter(values), |row| row.get(3)).unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

/// What an arm or a recursion brings is walked through; tables and their aliases `i` and `j` never are.
fn assert_no_scan(sql: &str, plan: &[String]) {
    for step in plan {
        let scanned = step.strip_prefix("SCAN ").unwrap_or("(nothing)");
        let is_small =
            scanned.starts_with('(') || ["found", "s", "CONSTANT"].contains(&scanned.split(' ').next().unwrap());
        assert!(is_small, "{step}\nin {sql}\nby {plan:#?}");
    }
}

#[test]
fn what_comes_from_the_cache_is_not_prepared_anew() {
    with_file(|db| {
        for sql in [search::STANDING, content::JOINED] {
            for n in 0..3 {
                let mut cached = db.prepare_cached(sql).unwrap();
                let values = vec![Value::Blob(vec![n; 16]); cached.parameter_count()];
                assert!(cached.query(params_from_iter(values)).unwrap().next().unwrap().is_none());
                assert_eq!(cached.get_status(StatementStatus::RePrepare), 0, "{sql}");
            }
        }
    });
}

#[test]
fn no_plain_question_scans_or_sorts() {
    let questions = [
        query::LOAD,
        query::READ,
        query::READ_BACK,
        query::OVERDUE,
        query::ATTENTION,
        query::ATTENTIVE_ACCOUNTS,
        query::ACCOUNT_OF,
        query::LETTERS_DUE,
        query::RECORD,
        query::RECORDS,
        query::ENTRY,
        query::DECISIONS,
        query::TIMERS,
        query::TIMERS_OVERDUE,
        inbox::WALK_ALL,
        inbox::WALK_GROUP,
        inbox::WALK_JOINED,
        inbox::HAS_JOINED,
        inbox::COUNTS,
        inbox::JOINED_COUNTS,
        search::HOW_MANY,
        search::FEW,
        search::SHELVES,
        search::ON_SHELF,
        search::IS_OF,
        search::STANDING,
        search::SHELF_AT,
        search::MOVE,
    ];
    with_file(|db| {
        for sql in questions {
            let plan = plan(db, sql, Vec::new());
            assert_no_scan(sql, &plan);
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}\n{plan:#?}");
        }
    });
}

/// The walks begin where the page does: within one state the cursor is a bound of the index, not a filter.
#[test]
fn walks_of_the_inbox_begin_at_the_cursor() {
    with_file(|db| {
        for sql in [inbox::WALK_ALL, inbox::WALK_GROUP, inbox::WALK_JOINED, query::DECISIONS] {
            let plan = plan(db, sql, Vec::new());
            assert!(plan.iter().any(|step| step.contains("<(?,")), "{sql}\n{plan:#?}");
        }
    });
}

/// A move goes through everything, and each page of it begins where the one before ended.
#[test]
fn no_page_of_a_move_scans_or_sorts() {
    with_file(|db| {
        for sql in content::STRETCHES.iter().map(|stretch| stretch.sql).chain([content::JOINED, content::TEXTS]) {
            let plan = plan(db, sql, Vec::new());
            assert_no_scan(sql, &plan);
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}\n{plan:#?}");
        }
    });
}

/// Two look at all that they are about: the unfinished letters, and one shelf that is split.
#[test]
fn what_is_walked_whole_is_small() {
    with_file(|db| {
        let unfinished = plan(db, query::LETTERS_UNFINISHED, Vec::new());
        assert_eq!(unfinished, ["SCAN letters USING COVERING INDEX letters_unfinished"]);
        let half = plan(db, search::HALF, Vec::new());
        assert_no_scan(search::HALF, &half);
    });
}

#[test]
fn no_page_of_the_outbox_scans_or_sorts() {
    let letter = LetterId { conversation: ConversationId(ID), episode: 1, operator: OperatorId(ID) };
    with_file(|db| {
        for state in [None, Some("sent".to_owned())] {
            for operator in [None, Some(letter.operator)] {
                for conversation in [None, Some(letter.conversation)] {
                    for after in [None, Some((Timestamp(1), letter))] {
                        let query = LetterQuery { state: state.clone(), operator, conversation, after, limit: 9 };
                        let page = letters::page_statement(AccountId(ID), &query);
                        let plan = plan(db, &page.sql, page.values);
                        assert_no_scan(&page.sql, &plan);
                        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{}\n{plan:#?}", page.sql);
                    }
                }
            }
        }
    });
}
