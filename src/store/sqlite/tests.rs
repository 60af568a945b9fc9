//! Nothing scans: SQLite's own account of how it answers each question.

use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::{file, list, query};
use crate::domain::ids::{AccountId, ConversationId, GroupId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{InboxQuery, InboxStatus, LetterQuery};
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
    ];
    with_file(|db| {
        for sql in questions {
            let plan = plan(db, sql, Vec::new());
            assert_no_scan(sql, &plan);
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}\n{plan:#?}");
        }
    });
}

#[test]
fn no_page_of_the_inbox_scans() {
    let groups = [None, Some(vec![None, Some(GroupId(ID))]), Some(vec![None; 60])];
    with_file(|db| {
        for status in [None, Some(InboxStatus::Served)] {
            for groups in &groups {
                for or_joined_by in [None, Some(OperatorId(ID))] {
                    for joined_by in [None, Some(OperatorId(ID))] {
                        for prefix in [None, Some("a".to_owned())] {
                            for after in [None, Some((Timestamp(1), ConversationId(ID)))] {
                                let (groups, prefix) = (groups.clone(), prefix.clone());
                                let query =
                                    InboxQuery { status, groups, or_joined_by, joined_by, prefix, after, limit: 9 };
                                assert_inbox(db, &query);
                            }
                        }
                    }
                }
            }
        }
    });
}

fn assert_inbox(db: &Connection, query: &InboxQuery) {
    for statement in [list::inbox_page(AccountId(ID), query), list::inbox_count(AccountId(ID), query)] {
        let plan = plan(db, &statement.sql, statement.values);
        assert_no_scan(&statement.sql, &plan);
    }
    let page = list::inbox_page(AccountId(ID), query);
    let sorts = plan(db, &page.sql, page.values).iter().filter(|step| step.contains("FOR ORDER BY")).count();
    // The arms walk in order; what they bring is sorted once. Only a search sorts what it found, too.
    assert!(sorts <= 1 + usize::from(query.prefix.is_some()), "{sorts} sorts in {}", page.sql);
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
                        let page = list::letters_page(AccountId(ID), &query);
                        let plan = plan(db, &page.sql, page.values);
                        assert_no_scan(&page.sql, &plan);
                        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{}\n{plan:#?}", page.sql);
                    }
                }
            }
        }
    });
}
