//! A move from store to store: afterwards the new one holds and answers the same, and a half-moved one is nobody's.

use std::path::Path;
use std::sync::Arc;

use doorbell::domain::ids::NodeId;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::{Commit, DecisionRow, DocKey, InboxRow, InboxStatus, IndexOp, Store, Stream};
use doorbell::ports::nodes::{self, NodeLease, Stage};
use doorbell::store::memory::MemoryStore;
use doorbell::store::moving::{self, MoveError, Moved, Side};
use doorbell::store::redis::RedisStore;
use doorbell::store::sqlite::{Options, SqliteStore};
use doorbell::store::{OpenError, OpenMode};
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use crate::equal::{assert_same, drafts, written_out};
use crate::redis_server::RedisServer;
use crate::world::{Says, account, commit, conversation, done, file, group, letter, note, operator, row};

const LEASE: Span = Span::from_secs(15);

async fn moved(from: &Side, to: &Side, restart: bool) -> Result<Moved, MoveError> {
    moving::look(from, LEASE).await?;
    moving::run(from, to, LEASE, restart, &mut |_| {}).await
}

fn file_side(path: &Path, mode: OpenMode) -> Result<Side, OpenError> {
    SqliteStore::open(path, Options::new(mode)).map(Side::of)
}

fn redis_side(server: &RedisServer, mode: OpenMode) -> Result<Side, OpenError> {
    server.try_store(mode.into()).map(Side::of)
}

/// With more of each part than a page holds, in two accounts.
async fn fill(store: &dyn Store) {
    for (a, conversations) in [(account(1), 600), (account(2), 20)] {
        let settings = commit().write(DocKey::Settings(a), None, "s").write(DocKey::Presence(a), None, "p");
        done(store, settings.write(DocKey::Note(a, note(1)), None, "n")).await;
        for n in 1..=conversations {
            let id = conversation(if a == account(1) { n } else { 1_000 + n });
            let joined = if n % 3 == 0 { vec![operator(2), operator(1)] } else { Vec::new() };
            let status = match n % 10 {
                0 => InboxStatus::Served,
                1 => InboxStatus::Closed,
                _ => InboxStatus::Unserved,
            };
            let group = (n % 5 == 0).then(|| group(n % 2));
            let search = vec![format!("name {n}"), "žluť".to_owned()];
            let inbox = InboxRow { joined, search, ..row(status, group, (n / 7) as i64) };
            let decision = DecisionRow {
                operator: operator(n % 2),
                at: Timestamp(n as i64 / 5),
                id: doorbell::domain::ids::DecisionId { conversation: id, position: n as u64 },
            };
            let mut all = commit()
                .write(DocKey::Conversation(a, id), None, &format!("c{n}"))
                .index(a, IndexOp::Inbox(id, inbox))
                .index(a, IndexOp::Deadline(id, Some(Timestamp(n as i64 / 9))))
                .index(a, IndexOp::Attention(id, Some(if n % 2 == 0 { Timestamp::NEVER } else { Timestamp(4) })))
                .index(a, IndexOp::Decided(decision))
                .queue(a, letter(n, 1, 1), "l")
                .put(&format!("k/{n}"), "v");
            // Streams as long as what is read of one at a time, and longer.
            for position in 1..=[0, 1, 2, 64, 130][if n < 30 { n as usize % 5 } else { n as usize % 3 }] {
                all = all.append(Stream::Messages(a, id), position, "m").append(Stream::Entries(a, id), position, "m");
            }
            done(store, all).await;
        }
    }
}

#[tokio::test]
async fn a_large_store_goes_round_all_engines_and_comes_back_as_it_was() {
    let (_dir, path) = file();
    let server = RedisServer::start();
    let (memory, back) = (MemoryStore::new(), MemoryStore::new());
    fill(&*memory).await;
    let sides = [
        Side::of(memory.clone()),
        file_side(&path, OpenMode::MoveTo).unwrap(),
        redis_side(&server, OpenMode::MoveTo).unwrap(),
        Side::of(back.clone()),
    ];
    let mut sums = Vec::new();
    for sides in sides.windows(2) {
        let Moved { source, target } = moved(&sides[0], &sides[1], false).await.unwrap();
        assert_eq!(source, target);
        sums.push(source);
    }
    assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:#?}");
    assert!(sums[0].counts.iter().all(|(_, count)| *count > 256), "{:#?}", sums[0]);
    for side in &sides[1..] {
        assert_same(&*side.store, &*memory).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_store_holds_the_one_that_it_is_moved_into_answers_the_same(drafts in vec(drafts(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_dir, path) = file();
            let server = RedisServer::start();
            let memory = MemoryStore::new();
            let mut counter = 0;
            for draft in &drafts {
                let commit = written_out(draft, &*memory, &mut counter).await;
                memory.commit(commit).await;
            }
            let sides = [
                Side::of(memory.clone()),
                redis_side(&server, OpenMode::MoveTo).unwrap(),
                file_side(&path, OpenMode::MoveTo).unwrap(),
                Side::of(MemoryStore::new()),
            ];
            for sides in sides.windows(2) {
                match moved(&sides[0], &sides[1], false).await {
                    Ok(Moved { source, target }) => assert_eq!(source, target),
                    Err(MoveError::Nothing) => return,
                    Err(other) => panic!("{other}"),
                }
                assert_same(&*sides[1].store, &*memory).await;
            }
        });
    }
}

#[tokio::test]
async fn what_a_move_left_halfway_is_taken_by_no_server_and_started_over_only_on_demand() {
    let (dir, path) = file();
    let server = RedisServer::start();
    let memory = MemoryStore::new();
    done(&*memory, commit().write(DocKey::Settings(account(1)), None, "whole")).await;
    let from = Side::of(memory);
    let half =
        || commit().write(DocKey::Settings(account(1)), None, "half").write(DocKey::Presence(account(1)), None, "half");

    let open: [&dyn Fn(OpenMode) -> Result<Side, OpenError>; 2] =
        [&|mode| file_side(&path, mode), &|mode| redis_side(&server, mode)];
    for open in open {
        let to = open(OpenMode::MoveTo).unwrap();
        to.content.begin().await.unwrap();
        done(&*to.store, half().append(Stream::Edges(account(1)), 1, "half").put("a/b", "half")).await;
        drop(to);
        for mode in [OpenMode::Server, OpenMode::Beside, OpenMode::MoveFrom] {
            let why = open(mode).map(drop).unwrap_err().to_string();
            assert!(why.contains("was not finished") && why.contains("--restart"), "{why}");
        }
        let to = open(OpenMode::MoveTo).unwrap();
        assert!(matches!(moved(&from, &to, false).await, Err(MoveError::Unfinished)));
        let Moved { target, .. } = moved(&from, &to, true).await.unwrap();
        assert_eq!(target.pieces(), 1, "{target:?}");
        assert!(matches!(moved(&from, &to, false).await, Err(MoveError::Full)));
        assert!(matches!(moved(&from, &to, true).await, Err(MoveError::Full)), "what is finished is not removed");
        drop(to);
        drop(open(OpenMode::Server).unwrap());
    }
    drop(dir);
}

#[tokio::test]
async fn a_source_that_is_not_there_is_not_made_and_one_that_is_used_is_left_alone() {
    let (_dir, path) = file();
    assert!(matches!(file_side(&path, OpenMode::MoveFrom), Err(OpenError::Missing { .. })));
    assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 0, "nothing was made");
    let used = file_side(&path, OpenMode::Server).unwrap();
    assert!(matches!(file_side(&path, OpenMode::MoveFrom), Err(OpenError::InUse { .. })));
    drop(used);
    let empty = file_side(&path, OpenMode::MoveFrom).unwrap();
    let to = Side::of(MemoryStore::new());
    assert!(matches!(moved(&empty, &to, false).await, Err(MoveError::Nothing)));

    let server = RedisServer::start();
    let why = redis_side(&server, OpenMode::MoveFrom).map(drop).unwrap_err().to_string();
    assert!(why.contains("holds no installation"), "{why}");
    assert!(server.say("DBSIZE").starts_with(":0"), "nothing was made");
}

#[tokio::test]
async fn a_move_knows_the_nodes_of_a_shared_store() {
    let server = RedisServer::start();
    let from = redis_side(&server, OpenMode::Server).unwrap();
    let node = NodeId(Uuid::from_u128(7));
    let put = async |ago: Span, stage| {
        let renewed_at = from.store.now() - ago;
        let lease = NodeLease { renewed_at, place: "there".to_owned(), quiet_until: renewed_at, stage };
        done(&*from.store, Commit { records: vec![nodes::put(node, &lease)], ..Commit::default() }).await;
        lease
    };
    let to = MemoryStore::new();
    put(Span::from_secs(3), Stage::Draining).await;
    let why = moved(&from, &Side::of(to.clone()), false).await.unwrap_err().to_string();
    assert!(why.contains(&format!("node {node} at there renewed its lease 3 s ago: stop it first")), "{why}");

    let lost = put(LEASE + Span::from_secs(1), Stage::Open).await;
    moved(&from, &Side::of(to.clone()), false).await.unwrap();
    let ended = NodeLease { stage: Stage::Ended, ..lost };
    assert_eq!(
        nodes::read(&*to).await.unwrap().known,
        [(node, ended)],
        "its last renewal is what the next start goes by"
    );
}

#[tokio::test]
async fn n11_the_clock_of_the_target_is_never_before_that_of_the_source() {
    let (_dir, path) = file();
    let server = RedisServer::start();
    let ahead = Timestamp(MemoryStore::new().now().0 + 3_600_000);
    let memory = MemoryStore::with_clock(move || ahead);
    done(&*memory, commit().put("a/b", "c")).await;
    let from = Side::of(memory);
    moved(&from, &file_side(&path, OpenMode::MoveTo).unwrap(), false).await.unwrap();
    moved(&from, &redis_side(&server, OpenMode::MoveTo).unwrap(), false).await.unwrap();
    let stores: [Arc<dyn Store>; 2] =
        [SqliteStore::open(&path, Options::new(OpenMode::Server)).unwrap(), server.store() as Arc<RedisStore>];
    for store in stores {
        assert!(store.now() >= ahead);
    }
}
