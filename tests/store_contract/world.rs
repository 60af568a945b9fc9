//! Engines to test, and short ways to say what is committed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorbell::domain::ids::{AccountId, ConversationId, GroupId, LetterId, NoteId, OperatorId};
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{
    Append, Commit, DocKey, InboxQuery, InboxRow, InboxStatus, IndexOp, LetterRow, NewLetter, Outcome, RecordOp, Store,
    Stream, Token, Write,
};
use doorbell::store::adversary::{Adversary, Plan};
use doorbell::store::memory::MemoryStore;
use doorbell::store::record::mint;
use doorbell::store::sqlite::{Options, SqliteStore};
use doorbell::store::{OpenError, OpenMode};
use tempfile::TempDir;
use uuid::Uuid;

use crate::redis_server::RedisServer;

/// Between its fork and its exec a process has what its parent has open for less than this.
const FORK_MAX: Duration = Duration::from_secs(20);

/// A store, and the directory that goes with it.
pub(crate) struct Place {
    // Before what it stands on.
    store: Arc<dyn Store>,
    _dir: Option<TempDir>,
    _redis: Option<RedisServer>,
}

impl Place {
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn memory() -> Self {
        Self { store: MemoryStore::new(), _dir: None, _redis: None }
    }

    pub(crate) fn sqlite() -> Self {
        let (dir, path) = file();
        let store = SqliteStore::open(path, Options::new(OpenMode::Server)).unwrap();
        Self { store, _dir: Some(dir), _redis: None }
    }

    pub(crate) fn redis() -> Self {
        let server = RedisServer::start();
        Self { store: server.store(), _dir: None, _redis: Some(server) }
    }

    pub(crate) fn adversary_off() -> Self {
        Self { store: Adversary::over_memory(MemoryStore::new(), 1, Plan::default()), _dir: None, _redis: None }
    }
}

/// The path of a file that is not there yet.
pub(crate) fn file() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorbell.db");
    (dir, path)
}

/// The file as a server opens it. Other tests start processes: between its fork and its exec such a one has all that this process
/// has open, the lock of a file included that has just been closed.
pub(crate) fn serve(path: &Path) -> Arc<SqliteStore> {
    let asked_at = Instant::now();
    loop {
        match SqliteStore::open(path, Options::new(OpenMode::Server)) {
            Err(OpenError::InUse { .. }) if asked_at.elapsed() < FORK_MAX => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

pub(crate) fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

pub(crate) fn conversation(n: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(0xc000 + n))
}

pub(crate) fn operator(n: u128) -> OperatorId {
    OperatorId(Uuid::from_u128(0x0b00 + n))
}

pub(crate) fn group(n: u128) -> GroupId {
    GroupId(Uuid::from_u128(0x6000 + n))
}

pub(crate) fn note(n: u128) -> NoteId {
    NoteId(Uuid::from_u128(0x0700 + n))
}

pub(crate) fn letter(c: u128, episode: u32, o: u128) -> LetterId {
    LetterId { conversation: conversation(c), episode, operator: operator(o) }
}

/// A chain of calls that ends in a commit.
pub(crate) trait Says: Sized {
    fn read(self, key: DocKey, token: Option<Token>) -> Self;
    /// Reads and writes it; the new token is returned by [`Says::token`].
    fn write(self, key: DocKey, read: Option<Token>, state: &str) -> Self;
    fn append(self, stream: Stream, position: u64, entry: &str) -> Self;
    fn index(self, account: AccountId, op: IndexOp) -> Self;
    fn queue(self, account: AccountId, id: LetterId, text: &str) -> Self;
    fn put(self, key: &str, value: &str) -> Self;
    fn delete(self, key: &str) -> Self;
}

impl Says for Commit {
    fn read(mut self, key: DocKey, token: Option<Token>) -> Self {
        self.reads.push((key, token));
        self
    }

    fn write(mut self, key: DocKey, read: Option<Token>, state: &str) -> Self {
        self.writes.push(Write { key, token: mint(read), state: state.into() });
        self.read(key, read)
    }

    fn append(mut self, stream: Stream, position: u64, entry: &str) -> Self {
        self.log.push(Append { stream, position, entry: entry.into() });
        self
    }

    fn index(mut self, account: AccountId, op: IndexOp) -> Self {
        self.indexes.push((account, op));
        self
    }

    fn queue(mut self, account: AccountId, id: LetterId, text: &str) -> Self {
        let row = LetterRow { state: "queued".to_owned(), due: Some(Timestamp(7)), created_at: Timestamp(7) };
        self.outbox.push((account, NewLetter { id, token: mint(None), state: text.into(), row }));
        self
    }

    fn put(mut self, key: &str, value: &str) -> Self {
        self.records.push(RecordOp::Put { key: key.to_owned(), value: value.into() });
        self
    }

    fn delete(mut self, key: &str) -> Self {
        self.records.push(RecordOp::Delete { key: key.to_owned() });
        self
    }
}

pub(crate) fn commit() -> Commit {
    Commit::default()
}

/// Commits, and insists that it was written.
pub(crate) async fn done(store: &dyn Store, commit: Commit) {
    let outcome = store.commit(commit).await;
    assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
}

/// Commits, and insists on a conflict over exactly these.
pub(crate) async fn stale(store: &dyn Store, commit: Commit, keys: &[DocKey]) {
    assert_eq!(store.commit(commit).await, Outcome::Conflict { stale: keys.to_vec() });
}

/// A document's token and text.
pub(crate) async fn doc(store: &dyn Store, key: DocKey) -> Option<(Token, String)> {
    let stored = store.load(vec![key]).await.unwrap().pop().unwrap()?;
    Some((stored.token, String::from_utf8(stored.state).unwrap()))
}

/// All entries of a stream as text.
pub(crate) async fn told(store: &dyn Store, stream: Stream) -> Vec<(u64, String)> {
    texts(store.read(stream, 0, usize::MAX).await.unwrap())
}

pub(crate) fn texts<K>(rows: Vec<(K, Vec<u8>)>) -> Vec<(K, String)> {
    rows.into_iter().map(|(key, bytes)| (key, String::from_utf8(bytes).unwrap())).collect()
}

pub(crate) fn everything() -> InboxQuery {
    InboxQuery {
        status: None,
        but_groups: Vec::new(),
        or_joined_by: None,
        joined_by: None,
        prefix: None,
        after: None,
        limit: 100,
    }
}

pub(crate) fn row(status: InboxStatus, group: Option<GroupId>, at: i64) -> InboxRow {
    InboxRow { status, group, at: Timestamp(at), joined: Vec::new(), search: Vec::new() }
}
