//! Many conversations that move about: shelves are split and emptied, counters go up and down, and every question is
//! answered like a plain look. And a file of version 1 that held all that is migrated to the same.

use std::path::Path;

use doorbell::domain::account::Kind;
use doorbell::domain::conversation::fact::Person;
use doorbell::domain::conversation::outcome::{Outcome, What};
use doorbell::domain::ids::DecisionId;
use doorbell::domain::notice::reason::{Code, Reason};
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{
    Append, Commit, DecisionRow, DocKey, InboxQuery, InboxRow, InboxStatus, IndexOp, Store, Stream,
};
use doorbell::store::memory::MemoryStore;
use doorbell::store::record::encode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rusqlite::Connection;

use crate::redis_server::RedisServer;
use crate::world::{Says, account, commit, conversation, done, everything, file, group, operator, serve};

const NAMES: [&str; 6] = ["anna", "anton", "bob", "visitor", "visitor 7", "čeněk"];
const STATUSES: [InboxStatus; 3] = [InboxStatus::Unserved, InboxStatus::Served, InboxStatus::Closed];

/// A conversation's next row. Most are closed and of no group, so that shelves there are split; instants are few, so that many
/// share one.
fn moves() -> impl Strategy<Value = (u128, InboxRow)> {
    let name = prop::sample::select(NAMES.to_vec());
    let at = prop_oneof![6 => 0..9_000_i64, 1 => 90..93_i64, 1 => Just(i64::MAX)];
    let status = prop_oneof![5 => Just(InboxStatus::Closed), 1 => prop::sample::select(STATUSES.to_vec())];
    let group = prop_oneof![5 => Just(None), 1 => (1..4_u128).prop_map(|g| Some(group(g)))];
    let joined = prop_oneof![2 => Just(Vec::new()), 1 => vec((1..4_u128).prop_map(operator), 0..3)];
    let parts = (0..4_000_u128, status, group, at, joined, vec(name, 0..3));
    parts.prop_map(|(c, status, group, at, joined, search)| {
        let search = search.into_iter().map(str::to_owned).collect();
        (c, InboxRow { status, group, at: Timestamp(at), joined, search })
    })
}

/// Most of the rows at once, as an hour of a busy account would bring them; the last ones singly.
async fn put(stores: &[&dyn Store], moves: &[(u128, InboxRow)]) {
    for page in moves.chunks(400) {
        let mut all = commit();
        for (c, row) in page {
            all = all.index(account(1), IndexOp::Inbox(conversation(*c), row.clone()));
        }
        for store in stores {
            done(*store, all.clone()).await;
        }
    }
}

fn queries() -> Vec<InboxQuery> {
    let mut queries = Vec::new();
    for status in [None, Some(InboxStatus::Unserved), Some(InboxStatus::Served)] {
        for but_groups in [vec![], vec![group(1)], vec![group(1), group(2), group(3), group(4)]] {
            for or_joined_by in [None, Some(operator(1))] {
                for joined_by in [None, Some(operator(1)), Some(operator(2))] {
                    for prefix in [None, Some("a"), Some("visitor"), Some("č"), Some("nobody"), Some("")] {
                        let (but_groups, prefix) = (but_groups.clone(), prefix.map(str::to_owned));
                        let query = InboxQuery { status, but_groups, or_joined_by, joined_by, prefix, ..everything() };
                        queries.push(InboxQuery { limit: 20, ..query });
                    }
                }
            }
        }
    }
    queries
}

async fn assert_same(one: &dyn Store, other: &dyn Store) {
    for mut query in queries() {
        let (counted, wanted) = (one.count(account(1), query.clone()), other.count(account(1), query.clone()));
        assert_eq!(counted.await, wanted.await, "{query:?}");
        // Two pages, and one from the middle of a crowd of one instant.
        for _ in 0..2 {
            let page = one.inbox(account(1), query.clone()).await.unwrap();
            assert_eq!(page, other.inbox(account(1), query.clone()).await.unwrap(), "{query:?}");
            query.after = page.last().copied();
        }
        query.after = Some((Timestamp(91), conversation(300)));
        let page = one.inbox(account(1), query.clone()).await;
        assert_eq!(page, other.inbox(account(1), query.clone()).await, "{query:?}");
    }
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What the engine relies on, whatever was written: each text on its shelf, each number right.
fn assert_in_order(path: &Path) {
    let db = Connection::open(path).unwrap();
    let misplaced = "SELECT count(*) FROM search AS s LEFT JOIN inbox AS i USING (account, conversation)
        WHERE s.status IS NOT i.status OR s.grp IS NOT i.grp OR s.since IS NOT (SELECT max(since) FROM shelves AS h
          WHERE h.account = i.account AND h.status = i.status AND h.grp = i.grp AND h.since <= i.at)";
    assert_eq!(number(&db, misplaced), 0, "texts on a wrong shelf");
    let miscounted = "SELECT count(*) FROM shelves AS h WHERE len <> (SELECT count(*) FROM search AS s
        WHERE s.account = h.account AND s.status = h.status AND s.grp = h.grp AND s.since = h.since)";
    assert_eq!(number(&db, miscounted), 0, "shelves of another length than they say");
    for (counts, rows, columns) in [
        ("inbox_counts", "inbox", "account, status, grp"),
        ("joined_counts", "joined", "account, operator, status, grp"),
    ] {
        let real = format!("SELECT {columns}, count(*) FROM {rows} GROUP BY {columns}");
        let told = format!("SELECT {columns}, n FROM {counts}");
        for (one, other) in [(&real, &told), (&told, &real)] {
            let differ = format!("SELECT count(*) FROM (SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other}))");
            assert_eq!(number(&db, &differ), 0, "{counts}");
        }
    }
    assert_eq!(number(&db, "SELECT value - (SELECT count(*) FROM deadlines) FROM meta WHERE name = 'timers'"), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn conversations_that_move_about_are_found_like_by_a_plain_look(
        moves in vec(moves(), 6_000..9_000),
        is_in_order in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut moves = moves;
            if is_in_order {
                moves.sort_by_key(|(_, row)| row.at);
            }
            let (_dir, path) = file();
            let redis_server = RedisServer::start();
            let (memory, sqlite, redis) = (MemoryStore::new(), serve(&path), redis_server.store());
            put(&[&*memory, &*sqlite, &*redis], &moves).await;
            assert_same(&*sqlite, &*memory).await;
            assert_same(&*redis, &*memory).await;
            drop(sqlite);
            assert_in_order(&path);
            let db = Connection::open(&path).unwrap();
            assert!(number(&db, "SELECT count(*) FROM shelves WHERE since > -9223372036854775808") > 0, "none was split");
        });
    }
}

#[tokio::test]
async fn a_crowd_of_one_name_is_split_onto_shelves() {
    let (_dir, path) = file();
    let sqlite = serve(&path);
    let called = |at: i64| InboxRow {
        status: InboxStatus::Closed,
        group: None,
        at: Timestamp(at),
        joined: Vec::new(),
        search: vec!["visitor".to_owned(), format!("v{at}@shop.test")],
    };
    let crowd: Vec<_> = (0..6_000).map(|n| (n, called(n as i64))).collect();
    put(&[&*sqlite], &crowd).await;
    let query = InboxQuery { prefix: Some("v".to_owned()), limit: 2, ..everything() };
    let newest = sqlite.inbox(account(1), query).await.unwrap();
    assert_eq!(newest, [5_999, 5_998].map(|n| (Timestamp(n as i64), conversation(n))));
    drop(sqlite);
    assert_in_order(&path);
    let db = Connection::open(&path).unwrap();
    assert!(number(&db, "SELECT max(len) FROM shelves") <= 1_024);
    assert!(number(&db, "SELECT min(len) FROM shelves") >= 256, "split in the middle, not at the ends");
}

/// An outcome about two operators, as the record keeps it.
fn outcome(at: i64) -> Outcome {
    let about = |o| Person::new(operator(o), vec![Reason::bare(Code::Replied)]);
    let timer = Person { operator: None, reasons: vec![Reason::bare(Code::NoRecipients)], letter: None };
    let people = vec![about(1), timer, about(2)];
    Outcome { at: Timestamp(at), kind: Kind::Missed, what: What::NoTimer, seqs: vec![1], people }
}

fn decide(c: u128, position: u64, at: i64) -> Commit {
    let (outcome, id) = (outcome(at), DecisionId { conversation: conversation(c), position });
    let stream = Stream::Entries(account(1), conversation(c));
    let entry = Append { stream, position, entry: encode(&outcome) };
    let rows = outcome.operators().map(|operator| DecisionRow { operator, at: outcome.at, id });
    let indexes = rows.map(|row| (account(1), IndexOp::Decided(row))).collect();
    Commit { log: vec![entry], indexes, ..Commit::default() }
}

/// The tables of version 1, filled with what those of this version hold.
fn make_version_1(path: &Path, from: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../../src/store/sqlite/schema/1.sql")).unwrap();
    db.execute("ATTACH ?1 AS newer", [from.to_str().unwrap()]).unwrap();
    for table in ["docs", "streams", "deadlines", "attention", "inbox", "joined", "letters", "records"] {
        db.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM newer.{table}")).unwrap();
    }
    db.execute_batch(
        "INSERT INTO main.search SELECT account, text, conversation FROM newer.search;
         INSERT INTO main.meta SELECT * FROM newer.meta WHERE name = 'clock';
         PRAGMA main.application_id = 0x646f6f72; PRAGMA main.user_version = 1;",
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_version_1_is_migrated_with_all_that_it_holds() {
    let (dir, path) = file();
    let (memory, made) = (MemoryStore::new(), serve(&path));
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let moves = vec(moves(), 6_000).new_tree(&mut runner).unwrap().current();
    put(&[&*memory, &*made], &moves).await;
    let presence = DocKey::Presence(account(1));
    for store in [&*memory as &dyn Store, &*made] {
        done(store, commit().write(presence, None, "kept").put("session/1", "kept")).await;
        done(store, commit().index(account(1), IndexOp::Deadline(conversation(1), Some(Timestamp(5))))).await;
        for (c, position, at) in [(1, 1, 10), (1, 2, 30), (2, 1, 20)] {
            done(store, decide(c, position, at)).await;
        }
        // What is no outcome has no decisions, and is no hindrance.
        let odd = Stream::Entries(account(1), conversation(3));
        done(store, commit().append(odd, 1, "9?").append(odd, 2, "1{}").append(odd, 3, "1[5]")).await;
    }
    drop(made);
    let older = dir.path().join("older.db");
    make_version_1(&older, &path);

    let migrated = serve(&older);
    assert_same(&*migrated, &*memory).await;
    for o in [1, 2, 3].map(operator) {
        let wanted = memory.decisions(account(1), o, None, 9).await;
        assert_eq!(migrated.decisions(account(1), o, None, 9).await, wanted, "{o}");
    }
    assert_eq!(migrated.tally().await, memory.tally().await);
    assert_eq!(crate::world::doc(&*migrated, presence).await.unwrap().1, "kept");
    // And it goes on from there.
    put(&[&*memory, &*migrated], &moves[..2_000].iter().rev().cloned().collect::<Vec<_>>()).await;
    assert_same(&*migrated, &*memory).await;
    drop(migrated);
    assert_in_order(&older);
}
