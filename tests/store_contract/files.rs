//! What only a store in a file has: restarts, neighbours, versions, damage.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::bus::{Bus, Heard};
use doorbell::ports::journal::{DocKey, InboxStatus, IndexOp, Outcome, Store, StoreError, Stream};
use doorbell::store::sqlite::{Options, SqliteStore};
use doorbell::store::{OpenError, OpenMode};
use futures_util::FutureExt;
use futures_util::future::join_all;
use rusqlite::Connection;

use crate::world::{Says, account, commit, conversation, doc, done, everything, file, letter, row, serve, stale, told};

fn beside(path: &Path) -> Result<Arc<SqliteStore>, OpenError> {
    SqliteStore::open(path, Options::new(OpenMode::Beside))
}

fn try_serve(path: &Path) -> Result<Arc<SqliteStore>, OpenError> {
    SqliteStore::open(path, Options::new(OpenMode::Server))
}

fn presence() -> DocKey {
    DocKey::Presence(account(1))
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let (_dir, path) = file();
    let (a, c) = (account(1), conversation(1));
    let whole = commit()
        .write(DocKey::Conversation(a, c), None, "kept")
        .append(Stream::Messages(a, c), 1, "kept")
        .index(a, IndexOp::Deadline(c, Some(Timestamp(1))))
        .index(a, IndexOp::Attention(c, Some(Timestamp::NEVER)))
        .index(a, IndexOp::Inbox(c, row(InboxStatus::Unserved, None, 1)))
        .queue(a, letter(1, 1, 1), "kept")
        .put("session/1", "kept");
    done(&*serve(&path), whole.clone()).await;

    let store = serve(&path);
    assert_eq!(doc(&*store, DocKey::Conversation(a, c)).await, Some((whole.writes[0].token, "kept".to_owned())));
    assert_eq!(store.account_of(c).await, Ok(Some(a)));
    assert_eq!(told(&*store, Stream::Messages(a, c)).await, [(1, "kept".to_owned())]);
    assert_eq!(store.overdue(Timestamp(1), 9).await, Ok(vec![(Timestamp(1), a, c)]));
    assert_eq!(store.attention(a, Timestamp(1)).await, Ok(vec![c]));
    assert_eq!(store.inbox(a, everything()).await, Ok(vec![(Timestamp(1), c)]));
    assert_eq!(store.letters_due(Timestamp(7), 9, BTreeSet::new()).await, Ok(vec![(Timestamp(7), a, letter(1, 1, 1))]));
    assert_eq!(store.record("session/1".to_owned()).await, Ok(Some(b"kept".to_vec())));
    // A repeat of what was written before the restart is recognised.
    done(&*store, whole).await;
}

#[tokio::test]
async fn what_was_asked_before_the_end_is_done() {
    let (_dir, path) = file();
    let store = serve(&path);
    let asked: Vec<_> = (0..300).map(|n| store.commit(commit().put(&format!("node/{n:03}"), ""))).collect();
    drop(store);
    for outcome in join_all(asked).await {
        assert!(matches!(outcome, Outcome::Committed { .. }));
    }
    let kept = serve(&path).records("node/".to_owned(), None, 999).await.unwrap();
    assert_eq!(kept.len(), 300);
}

#[tokio::test]
async fn two_servers_are_refused() {
    let (_dir, path) = file();
    let first = serve(&path);
    let refused = try_serve(&path).unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains("stop that one first"));
    assert_eq!(first.health().await, Ok(()));
    drop(first);
    assert_eq!(serve(&path).health().await, Ok(()));
}

#[cfg(unix)]
#[tokio::test]
async fn two_servers_are_refused_by_whatever_name_they_call_the_file() {
    let (dir, path) = file();
    let _first = serve(&path);
    let other_name = dir.path().join("other.db");
    std::os::unix::fs::symlink(&path, &other_name).unwrap();
    assert!(matches!(try_serve(&other_name), Err(OpenError::InUse { .. })));
}

#[tokio::test]
async fn a_command_beside_a_server_is_noticed() {
    let (_dir, path) = file();
    let server = serve(&path);
    done(&*server, commit().write(presence(), None, "server's")).await;
    let before = doc(&*server, presence()).await.map(|(token, _)| token);
    let noticed = server.hear();

    let command = beside(&path).unwrap();
    done(&*command, commit().write(presence(), before, "command's")).await;
    noticed.await;
    assert_eq!(doc(&*server, presence()).await.unwrap().1, "command's");
    stale(&*server, commit().write(presence(), before, "late"), &[presence()]).await;

    // Told once; the server's own writes and reads are no news.
    done(&*server, commit().put("node/1", "")).await;
    assert_eq!(server.hear().now_or_never(), None);
    done(&*command, commit().put("node/2", "")).await;
    server.hear().await;
}

#[tokio::test]
async fn a_change_between_two_calls_is_told_to_the_next() {
    let (_dir, path) = file();
    let server = serve(&path);
    let command = beside(&path).unwrap();
    let (first, second) = (server.hear(), server.hear());
    done(&*command, commit().put("node/1", "")).await;
    // Both who waited are told.
    first.await;
    second.await;
    done(&*command, commit().put("node/2", "")).await;
    // A server's commit looks around when it is done, so the change is known before anybody waits for it.
    done(&*server, commit().put("node/3", "")).await;
    done(&*server, commit().put("node/4", "")).await;
    assert_eq!(server.hear().now_or_never(), Some(vec![Heard::Gap]));
}

#[tokio::test]
async fn server_and_command_write_at_once_and_lose_nothing() {
    let (_dir, path) = file();
    let (server, command) = (serve(&path), beside(&path).unwrap());
    let writes = (0..200).map(|n| {
        let store = if n % 2 == 0 { &server } else { &command };
        store.commit(commit().put(&format!("node/{n:03}"), ""))
    });
    for outcome in join_all(writes.collect::<Vec<_>>()).await {
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    }
    assert_eq!(server.records("node/".to_owned(), None, 999).await.unwrap().len(), 200);
}

#[tokio::test]
async fn a_command_works_without_a_server_and_makes_the_file() {
    let (_dir, path) = file();
    let command = beside(&path).unwrap();
    done(&*command, commit().put("account/1", "made")).await;
    // The command does not keep a server away.
    let server = serve(&path);
    assert_eq!(server.record("account/1".to_owned()).await, Ok(Some(b"made".to_vec())));
}

#[tokio::test]
async fn a_command_leaves_the_making_to_a_server_that_has_begun() {
    let (_dir, path) = file();
    drop(serve(&path));
    let lock = std::fs::File::open(path.with_extension("db-lock")).unwrap();
    lock.try_lock().unwrap();
    std::fs::remove_file(&path).unwrap();
    let refused = beside(&path).unwrap_err();
    assert!(matches!(refused, OpenError::BeingMade { .. }), "{refused}");
    assert!(!path.exists());
}

#[tokio::test]
async fn an_empty_file_is_made_into_a_store() {
    let (_dir, path) = file();
    std::fs::write(&path, b"").unwrap();
    assert_eq!(serve(&path).health().await, Ok(()));
    let version: i64 = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let (_dir, path) = file();
    drop(serve(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    for refused in [try_serve(&path), beside(&path)] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    let (dir, garbage) = file();
    std::fs::write(&garbage, b"Dear diary, today I was not a database.".repeat(200)).unwrap();
    let theirs = dir.path().join("theirs.db");
    Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    for path in [garbage, theirs] {
        let before = std::fs::read(&path).unwrap();
        for refused in [try_serve(&path), beside(&path)] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_file_that_is_closed_is_whole_without_its_log() {
    let (_dir, path) = file();
    let log = path.with_extension("db-wal");
    for _ in 0..100 {
        let server = serve(&path);
        assert!(log.exists());
        drop(server);
        assert!(!log.exists());
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let (_dir, path) = file();
    drop(serve(&path));
    let mut bytes = std::fs::read(&path).unwrap();
    // The pages after the first are trees; the header stays as it is.
    bytes[4096..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let refused = try_serve(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn damage_further_in_is_refused_where_it_is_met_and_found_by_who_reads_all() {
    let (_dir, path) = file();
    let key = |n| DocKey::Conversation(account(1), conversation(n));
    let server = serve(&path);
    for n in 0..200 {
        done(&*server, commit().write(key(n), None, &format!("text of {n:03}: {}", "x".repeat(1_000)))).await;
    }
    drop(server);
    let mut bytes = std::fs::read(&path).unwrap();
    let (text, page_len) = (b"text of 100", 4_096);
    let at = bytes.windows(text.len()).position(|here| here == text).unwrap();
    bytes[at / page_len * page_len..][..page_len].fill(0xff);
    std::fs::write(&path, bytes).unwrap();

    for mode in [OpenMode::Check, OpenMode::MoveFrom] {
        let refused = SqliteStore::open(&path, Options::new(mode)).unwrap_err();
        assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
    }
    let server = serve(&path);
    assert!(matches!(server.load(vec![key(100)]).await, Err(StoreError::Corrupt(_))));
    assert!(doc(&*server, key(0)).await.is_some_and(|(_, text)| text.starts_with("text of 000")));
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let (dir, _) = file();
    let refused = try_serve(&dir.path().join("nowhere/doorbell.db")).unwrap_err();
    assert!(matches!(refused, OpenError::Io { .. }) && refused.to_string().contains("nowhere"), "{refused}");
}

#[tokio::test]
async fn one_that_fails_does_not_poison_its_group() {
    let (_dir, path) = file();
    let server = serve(&path);
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON records WHEN NEW.key = 'node/poison'
                  BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    Connection::open(&path).unwrap().execute_batch(poison).unwrap();
    let commits = (0..64).map(|n| {
        let whole = commit().append(Stream::Edges(account(1)), n + 1, "e");
        server.commit(whole.put(if n % 8 == 0 { "node/poison" } else { "node/well" }, ""))
    });
    for (n, outcome) in join_all(commits.collect::<Vec<_>>()).await.into_iter().enumerate() {
        match outcome {
            Outcome::Committed { .. } => assert_ne!(n % 8, 0),
            Outcome::Unknown { why } => assert!(n % 8 == 0 && why.contains("poisoned"), "{why}"),
            Outcome::Conflict { .. } => panic!("nothing was read"),
        }
    }
    // Of those that failed nothing is left, their earlier effects included.
    assert_eq!(told(&*server, Stream::Edges(account(1))).await.len(), 56);
}

#[tokio::test]
async fn a_lost_transaction_leaves_its_whole_group_unknown_and_the_writer_alive() {
    let (_dir, path) = file();
    let server = serve(&path);
    // As a full disk does, this ends the transaction of the whole group.
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON records WHEN NEW.key = 'node/poison'
                  BEGIN SELECT RAISE(ROLLBACK, 'rolled back'); END";
    Connection::open(&path).unwrap().execute_batch(poison).unwrap();
    let write = |n: u128| commit().write(DocKey::Presence(account(n)), None, "x");
    let commits: Vec<_> = (0..40).map(|n| if n == 20 { write(n).put("node/poison", "") } else { write(n) }).collect();
    let outcomes = join_all(commits.iter().map(|c| server.commit(c.clone()))).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let is_there = doc(&*server, commits[n].writes[0].key).await.is_some();
        assert_eq!(is_there, matches!(outcome, Outcome::Committed { .. }), "{n}: {outcome:?}");
        if n != 20 {
            done(&*server, commits[n].clone()).await;
        }
    }
    assert_eq!(doc(&*server, DocKey::Presence(account(20))).await, None);
}

#[tokio::test]
async fn a_file_that_somebody_else_holds_is_away_not_lost() {
    let (_dir, path) = file();
    let options = Options { busy_timeout: Duration::from_millis(20), ..Options::new(OpenMode::Server) };
    let server = SqliteStore::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let write = commit().write(presence(), None, "x");
    assert!(matches!(server.commit(write.clone()).await, Outcome::Unknown { .. }));
    assert!(server.health().await.is_err());
    assert_eq!(doc(&*server, presence()).await, None);
    other.execute_batch("ROLLBACK").unwrap();
    done(&*server, write).await;
}

#[tokio::test]
async fn over_a_full_queue_the_answer_comes_at_once() {
    let (_dir, path) = file();
    let options = Options { queue_len_max: 4, group_len_max: 1, ..Options::new(OpenMode::Server) };
    let server = SqliteStore::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // One is in the writer's hands at most, while it waits for the other; four fill the queue.
    let mut asked: Vec<_> = (0..20).map(|n| server.commit(commit().put(&format!("node/{n}"), ""))).collect();
    let refused = asked.iter_mut().filter_map(FutureExt::now_or_never).count();
    assert!((15..=16).contains(&refused), "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn the_clock_never_goes_back_over_a_restart() {
    let (_dir, path) = file();
    let store = serve(&path);
    done(&*store, commit().put("node/1", "")).await;
    let wall = store.now();
    drop(store);
    // As if the wall had been an hour ahead in the run before.
    let ahead = wall + Span::from_secs(3_600);
    Connection::open(&path).unwrap().execute("UPDATE meta SET value = ?1 WHERE name = 'clock'", [ahead.0]).unwrap();
    let store = serve(&path);
    assert!(store.now() >= ahead);
    let Outcome::Committed { at } = store.commit(commit().put("node/2", "")).await else { panic!("refused") };
    drop(store);
    assert!(serve(&path).now() >= at);
}

#[tokio::test]
async fn every_commit_moves_the_mark_of_the_clock() {
    let (_dir, path) = file();
    let store = serve(&path);
    let reader = Connection::open(&path).unwrap();
    for n in 0..5 {
        let Outcome::Committed { at } = store.commit(commit().put("node/1", &n.to_string())).await else {
            panic!("refused")
        };
        let mark: i64 = reader.query_row("SELECT value FROM meta WHERE name = 'clock'", [], |row| row.get(0)).unwrap();
        assert_eq!(mark, at.0);
    }
}
