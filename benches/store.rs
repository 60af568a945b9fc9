//! Commits a second into one SQLite file, and into a Redis on the same disk, by how many wait at once: those that come together share
//! one wait for the disk.

#[path = "../tests/store_contract/redis_server.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' Redis a bench only starts one, and cannot go on without"
)]
mod redis_server;

mod message;

use divan::counter::ItemsCount;
use doorbell::ports::journal::{Commit, Outcome, Store, Token};
use doorbell::store::OpenMode;
use doorbell::store::sqlite::{Options, SqliteStore};
use futures_util::future::join_all;

use message::message;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 32, 256], sample_count = 50)]
fn commits_waiting_at_once(bencher: divan::Bencher<'_, '_>, waiting: usize) {
    let dir = tempfile::tempdir().expect("a bench needs a directory");
    let path = dir.path().join("doorbell.db");
    let store = SqliteStore::open(path, Options::new(OpenMode::Server)).expect("an empty file opens");
    commit_on(bencher, &*store, waiting);
}

#[divan::bench(args = [1, 32, 256], sample_count = 50)]
fn redis_commits_waiting_at_once(bencher: divan::Bencher<'_, '_>, waiting: usize) {
    let server = redis_server::RedisServer::start();
    commit_on(bencher, &*server.store(), waiting);
}

/// What a conversation of twenty messages costs in Redis' memory. It is printed once, for it is no time.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn redis_bytes_of_a_conversation(bencher: divan::Bencher<'_, '_>) {
    const CONVERSATIONS: usize = 2_000;
    let server = redis_server::RedisServer::start();
    let store = server.store();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a bench needs a runtime");
    let used_bytes = || {
        let info = server.say("INFO memory");
        let used = info
            .lines()
            .find_map(|line| line.strip_prefix("used_memory:"))
            .and_then(|n| n.trim().parse::<usize>().ok());
        used.expect("Redis tells what memory it uses")
    };
    let before_bytes = used_bytes();
    bencher.bench_local(|| {
        let mut tokens = vec![None; CONVERSATIONS];
        for position in 1..=20 {
            for some in messages(&mut tokens, position).chunks(100) {
                runtime.block_on(all(&*store, some.to_vec()));
            }
        }
    });
    println!(
        "{} bytes of Redis' memory for a conversation of 20 messages",
        (used_bytes() - before_bytes) / CONVERSATIONS
    );
}

/// The next message in each of some conversations.
fn messages(tokens: &mut [Option<Token>], position: u64) -> Vec<Commit> {
    let next = |(n, token): (usize, &mut Option<Token>)| {
        let commit = message(n, *token, position);
        *token = Some(commit.writes[0].token);
        commit
    };
    tokens.iter_mut().enumerate().map(next).collect()
}

fn commit_on(bencher: divan::Bencher<'_, '_>, store: &dyn Store, waiting: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a bench needs a runtime");
    let mut tokens = vec![None; waiting];
    let mut position = 0;
    bencher.counter(ItemsCount::new(waiting)).bench_local(|| {
        position += 1;
        runtime.block_on(all(store, messages(&mut tokens, position)));
    });
}

async fn all(store: &dyn Store, commits: Vec<Commit>) {
    for outcome in join_all(commits.into_iter().map(|commit| store.commit(commit))).await {
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    }
}
