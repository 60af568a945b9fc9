//! Commits a second into one SQLite file, by how many wait at once: the writer groups them, so that all of a group share
//! one wait for the disk.

use std::sync::Arc;

use divan::counter::ItemsCount;
use doorbell::domain::ids::{AccountId, ConversationId};
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{
    Append, Commit, DocKey, InboxRow, InboxStatus, IndexOp, Outcome, Store, Stream, Token, Write,
};
use doorbell::store::OpenMode;
use doorbell::store::record::mint;
use doorbell::store::sqlite::{Options, SqliteStore};
use futures_util::future::join_all;
use uuid::Uuid;

fn main() {
    divan::main();
}

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
/// A conversation's document with a page of facts.
const STATE_LEN_BYTES: usize = 1_500;
const MESSAGE_LEN_BYTES: usize = 200;

/// What a visitor's message commits.
fn message(n: usize, read: Option<Token>, position: u64) -> Commit {
    let conversation = ConversationId(Uuid::from_u128(1_000 + n as u128));
    let key = DocKey::Conversation(ACCOUNT, conversation);
    let at = Timestamp(position as i64);
    let row = InboxRow {
        status: InboxStatus::Unserved,
        group: None,
        at,
        joined: Vec::new(),
        search: vec![format!("visitor {n}"), format!("visitor{n}@example.com")],
    };
    let stream = Stream::Messages(ACCOUNT, conversation);
    Commit {
        reads: vec![(key, read), (DocKey::Presence(ACCOUNT), None)],
        writes: vec![Write { key, token: mint(read), state: vec![b'x'; STATE_LEN_BYTES] }],
        log: vec![Append { stream, position, entry: vec![b'm'; MESSAGE_LEN_BYTES] }],
        indexes: vec![
            (ACCOUNT, IndexOp::Deadline(conversation, Some(at))),
            (ACCOUNT, IndexOp::Attention(conversation, Some(Timestamp::NEVER))),
            (ACCOUNT, IndexOp::Inbox(conversation, row)),
        ],
        ..Commit::default()
    }
}

#[divan::bench(args = [1, 32, 256], sample_count = 50)]
fn commits_waiting_at_once(bencher: divan::Bencher<'_, '_>, waiting: usize) {
    let dir = tempfile::tempdir().expect("a bench needs a directory");
    let path = dir.path().join("doorbell.db");
    let store = SqliteStore::open(path, Options::new(OpenMode::Server)).expect("an empty file opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a bench needs a runtime");
    let mut tokens = vec![None; waiting];
    let mut position = 0;
    bencher.counter(ItemsCount::new(waiting)).bench_local(|| {
        position += 1;
        let commits: Vec<_> = (0..waiting).map(|n| message(n, tokens[n], position)).collect();
        for (token, commit) in tokens.iter_mut().zip(&commits) {
            *token = Some(commit.writes[0].token);
        }
        runtime.block_on(all(&store, commits));
    });
}

async fn all(store: &Arc<SqliteStore>, commits: Vec<Commit>) {
    for outcome in join_all(commits.into_iter().map(|commit| store.commit(commit))).await {
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    }
}
