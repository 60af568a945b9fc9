//! The store in one SQLite file: WAL, `synchronous=FULL`, one thread that writes in groups and a few that read, so that no
//! arbiter ever waits for the disk. An answered commit is durable.

mod columns;
mod content;
mod file;
mod inbox;
mod letters;
mod query;
mod reader;
mod search;
mod step;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{oneshot, watch};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::bus::{Bus, Heard, Hint};
use crate::ports::journal::{
    Answer, Commit, DocKey, InboxQuery, LetterQuery, Outcome, Store, StoreError, Stored, Stream, Tally,
};

use super::clock::StoreClock;
use super::{OpenError, OpenMode, well_formed};
use reader::ReadJob;
use writer::{Job, Writer};

/// The version of the files that this program works with.
pub const VERSION: i64 = file::VERSION;

/// How a file is worked with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Who opens it.
    pub mode: OpenMode,
    /// How long a write waits for another process that writes. A command of the command line can hold the file for a
    /// second.
    pub busy_timeout: Duration,
    /// How many questions wait for the disk at most, writes and reads apart; over it the answer is "away" at once.
    pub queue_len_max: usize,
    /// How many commits share one wait for the disk at most.
    pub group_len_max: usize,
    /// How many threads read.
    pub readers: usize,
    /// How often an idle writer looks whether another process has written.
    pub look_around_every: Duration,
}

impl Options {
    /// What the server, or a command beside it, works with.
    pub fn new(mode: OpenMode) -> Self {
        Self {
            mode,
            busy_timeout: Duration::from_secs(10),
            queue_len_max: 16_384,
            group_len_max: 256,
            readers: match mode {
                OpenMode::Server => 2,
                OpenMode::Beside | OpenMode::Check | OpenMode::MoveFrom | OpenMode::MoveTo => 1,
            },
            look_around_every: Duration::from_millis(200),
        }
    }
}

/// See the module.
pub struct SqliteStore {
    clock: Arc<StoreClock>,
    /// Both ways in; `None` only while it is dropped.
    ways_in: Option<(SyncSender<Job>, SyncSender<ReadJob>)>,
    /// The writer, then the readers.
    threads: Vec<JoinHandle<()>>,
    /// Counts the changes that other processes made.
    elsewhere: watch::Receiver<u64>,
    /// Up to which of them [`Bus::hear`] has told.
    told_elsewhere: Arc<AtomicU64>,
    /// Held until the threads have ended.
    _lock: Option<File>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens a file, as a server makes and migrates it too, and starts the threads. Blocks while the file is checked.
    ///
    /// The clock starts here. While a server runs, what a command beside it writes down does not move the server's clock:
    /// a wall clock that jumped between the two starts must not make timers fire early (rule N11).
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Arc<Self>, OpenError> {
        let path = &*file::resolve(path.as_ref())?;
        let failed = |source| OpenError::Engine { path: path.to_owned(), source };
        let file::Opened { db, lock } = file::open(path, options.mode, options.busy_timeout)?;
        let mark = db
            .query_row("SELECT value FROM meta WHERE name = 'clock'", [], |row| row.get(0).map(Timestamp))
            .optional()
            .map_err(failed)?;
        let clock = Arc::new(StoreClock::start(mark));
        let (tell_elsewhere, elsewhere) = watch::channel(0);

        let (to_writer, jobs) = sync_channel(options.queue_len_max);
        let writer = Writer::new(db, clock.clone(), tell_elsewhere).map_err(failed)?;
        let run = move || writer.run(&jobs, options.group_len_max, options.look_around_every);
        let mut threads = vec![spawn("store-writer", path, run)?];

        let (to_readers, questions) = sync_channel(options.queue_len_max);
        let questions = Arc::new(Mutex::new(questions));
        for _ in 0..options.readers.max(1) {
            let db = file::connect_to_read(path, options.busy_timeout)?;
            let questions = questions.clone();
            threads.push(spawn("store-reader", path, move || reader::run(&db, &questions))?);
        }
        let ways_in = Some((to_writer, to_readers));
        let told_elsewhere = Arc::default();
        Ok(Arc::new(Self { clock, ways_in, threads, elsewhere, told_elsewhere, _lock: lock }))
    }

    fn ask_writer<T: Send + 'static>(
        &self,
        job: impl FnOnce(oneshot::Sender<T>) -> Job,
        away: impl FnOnce(&str) -> T + Send + 'static,
    ) -> Answer<T> {
        let (asked, answer) = oneshot::channel();
        let Some((writer, _)) = &self.ways_in else { unreachable!("nobody asks a store that is dropped") };
        let sent = writer.try_send(job(asked)).map_err(|e| why_not(&e));
        Box::pin(async move {
            match sent {
                Ok(()) => answer.await.unwrap_or_else(|_| away("the writer has ended")),
                Err(why) => away(why),
            }
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<Result<T, StoreError>> {
        let (asked, answer) = oneshot::channel();
        let Some((_, readers)) = &self.ways_in else { unreachable!("nobody asks a store that is dropped") };
        let sent = readers.try_send(reader::job(question, asked)).map_err(|e| why_not(&e));
        Box::pin(async move {
            let away = |why: &str| Err(StoreError::Unavailable(why.to_owned()));
            match sent {
                Ok(()) => answer.await.unwrap_or_else(|_| away("the readers have ended")),
                Err(why) => away(why),
            }
        })
    }
}

impl Drop for SqliteStore {
    /// Waits until what was asked is done and the file is closed, so that who opens it next finds the lock free.
    ///
    /// The readers end before the writer: the last connection folds the log into the file, and of two that end at once neither is it.
    fn drop(&mut self) {
        let (to_writer, to_readers) = self.ways_in.take().unzip();
        drop(to_readers);
        end(self.threads.drain(1..));
        drop(to_writer);
        end(self.threads.drain(..));
    }
}

fn end(threads: impl Iterator<Item = JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a thread of the store had panicked");
        }
    }
}

fn spawn(name: &str, path: &Path, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let failed = |source| OpenError::Io { path: path.to_owned(), source };
    thread::Builder::new().name(name.to_owned()).spawn(run).map_err(failed)
}

fn why_not<T>(refused: &TrySendError<T>) -> &'static str {
    match refused {
        TrySendError::Full(_) => "too much waits for the disk",
        TrySendError::Disconnected(_) => "its threads have ended",
    }
}

impl Store for SqliteStore {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        well_formed(&commit);
        self.ask_writer(|asked| Job::Commit(commit, asked), |why| Outcome::Unknown { why: why.to_owned() })
    }

    fn load(&self, keys: Vec<DocKey>) -> Answer<Result<Vec<Option<Stored>>, StoreError>> {
        self.ask(move |db| query::load(db, &keys))
    }

    fn entries(&self, places: Vec<(Stream, u64)>) -> Answer<Result<Vec<Option<Vec<u8>>>, StoreError>> {
        self.ask(move |db| query::single_entries(db, &places))
    }

    fn read(&self, stream: Stream, after: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        self.ask(move |db| query::read(db, stream, after, limit))
    }

    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        self.ask(move |db| query::read_back(db, stream, before, limit))
    }

    fn overdue(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, ConversationId)>, StoreError>> {
        self.ask(move |db| query::overdue(db, until, limit))
    }

    fn attention(&self, account: AccountId, since: Timestamp) -> Answer<Result<Vec<ConversationId>, StoreError>> {
        self.ask(move |db| query::attention(db, account, since))
    }

    fn attentive_accounts(
        &self,
        since: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> Answer<Result<Vec<AccountId>, StoreError>> {
        self.ask(move |db| query::attentive_accounts(db, since, after, limit))
    }

    fn inbox(
        &self,
        account: AccountId,
        query: InboxQuery,
    ) -> Answer<Result<Vec<(Timestamp, ConversationId)>, StoreError>> {
        self.ask(move |db| inbox::page(db, account, &query))
    }

    fn count(&self, account: AccountId, query: InboxQuery) -> Answer<Result<u64, StoreError>> {
        self.ask(move |db| inbox::count(db, account, &query))
    }

    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, DecisionId)>, StoreError>> {
        self.ask(move |db| query::decisions(db, account, operator, after, limit))
    }

    fn account_of(&self, conversation: ConversationId) -> Answer<Result<Option<AccountId>, StoreError>> {
        self.ask(move |db| query::account_of(db, conversation))
    }

    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, LetterId)>, StoreError>> {
        self.ask(move |db| query::letters_due(db, until, limit, &except))
    }

    fn letters(
        &self,
        account: AccountId,
        query: LetterQuery,
    ) -> Answer<Result<Vec<(Timestamp, LetterId)>, StoreError>> {
        self.ask(move |db| letters::page(db, account, &query))
    }

    fn tally(&self) -> Answer<Result<Tally, StoreError>> {
        let now = self.now();
        self.ask(move |db| query::tally(db, now))
    }

    fn record(&self, key: String) -> Answer<Result<Option<Vec<u8>>, StoreError>> {
        self.ask(move |db| query::record(db, &key))
    }

    fn records(
        &self,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Answer<Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.ask(move |db| query::records(db, &prefix, after.as_deref(), limit))
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn health(&self) -> Answer<Result<(), StoreError>> {
        self.ask_writer(Job::Health, |why| Err(StoreError::Unavailable(why.to_owned())))
    }
}

/// Who else writes to the file is a command of the command line, and does not say what.
impl Bus for SqliteStore {
    fn tell(&self, _: Hint) {}

    fn hear(&self) -> Answer<Vec<Heard>> {
        let mut elsewhere = self.elsewhere.clone();
        let told = self.told_elsewhere.clone();
        let told_before = told.load(Ordering::Relaxed);
        Box::pin(async move {
            let Ok(changes) = elsewhere.wait_for(|changes| *changes > told_before).await.map(|changes| *changes) else {
                // The store is gone, and with it everybody whose changes could be told.
                return std::future::pending().await;
            };
            told.fetch_max(changes, Ordering::Relaxed);
            vec![Heard::Gap]
        })
    }

    fn deaf_since(&self) -> Option<Timestamp> {
        None
    }
}
