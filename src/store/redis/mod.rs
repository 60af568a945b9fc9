//! The store in a Redis that several nodes share.
//!
//! | file | what is there |
//! |---|---|
//! | `keys.rs` | every key and channel, with its type, tag and lifetime |
//! | `*.lua` | the scripts; each begins with what it guarantees |
//! | `columns.rs` | how ids, instants and tokens are spelled in keys, members and scores |
//! | `address.rs` | where the Redis is, directly or through Sentinel |
//! | `line.rs` | a connection that makes itself anew; deadlines |
//! | `writer.rs` | commits, in groups |
//! | `query.rs`, `inbox.rs` | the questions |
//! | `content.rs` | all that it holds, for a move |
//! | `bus.rs` | what nodes tell each other, and how silence is noticed |
//! | `buckets.rs` | counts that nodes keep together |
//! | `clock.rs` | Redis' clock, as a node follows it |
//! | `check.rs` | what a Redis must be like |
//!
//! A thread of its own drives the connections; whoever asks only awaits the answer. There is one connection for commits, one for
//! questions, one for what must be quick (health, clock, buckets, hints), and one that listens, so that none waits for what is slow on
//! another. A commit is sent once: whoever does not learn what became of it asks again with the same tokens. Two seconds after
//! it was asked for Redis takes it no more, however long it was on its way: what comes late undoes nothing.
//!
//! What must hold in one step is one script. It writes under the tag of its account and under the common one, which a plain Redis and
//! one with Sentinel take; a Redis Cluster does not, and is refused.

mod address;
mod buckets;
mod bus;
mod check;
mod clock;
mod columns;
mod content;
mod inbox;
mod keys;
mod line;
mod query;
mod scripts;
mod writer;

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, interval, timeout};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::buckets::{Buckets, Draw, Short};
use crate::ports::bus::{Bus, Heard, Hint};
use crate::ports::journal::{
    Answer, Commit, DocKey, Found, InboxQuery, LetterQuery, Outcome, Store, StoreError, Stored, Stream, Tally,
};

use super::{How, OpenError, OpenMode, Opened, well_formed};
use address::Address;
use bus::{CANARY_EVERY, Ear, Origin};
pub use check::VERSION;
use clock::Clock;
use line::{DEADLINE, Line};
use scripts::Scripts;
use writer::Job;

/// How many commits, how many questions and how many quick ones wait for an answer at most; over it the answer is "away" at once.
const WAITING_MAX: u32 = 16_384;
/// How long the first look at a Redis may take: it may wait for its disk.
const LOOK_MAX: Duration = Duration::from_secs(10);
const TOO_MUCH: &str = "too much waits for Redis";
const ENDED: &str = "its thread has ended";

/// What the tasks of the thread share.
struct Shared {
    scripts: Arc<Scripts>,
    clock: Arc<Clock>,
    origin: Origin,
    ear: Arc<Ear>,
    commits: Arc<Line>,
    questions: Arc<Line>,
    quick: Arc<Line>,
}

/// See the module.
pub struct RedisStore {
    shared: Arc<Shared>,
    runtime: Handle,
    jobs: mpsc::Sender<Job>,
    /// Room for commits, for questions, and for what must be quick.
    commits_room: Arc<Semaphore>,
    questions_room: Arc<Semaphore>,
    quick_room: Arc<Semaphore>,
    /// Ends the thread; `None` only while it is dropped.
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

/// Opens the store at `redis://…`, `rediss://…`, `redis+unix://…` or `redis-sentinel://…`. Blocks while the Redis is looked at.
pub(super) fn open(url: &str, how: How) -> Result<Opened, OpenError> {
    let store = RedisStore::open(url, how)?;
    Ok(Opened { store: store.clone(), bus: store.clone(), buckets: Some(store) })
}

impl RedisStore {
    /// Opens the store at an address.
    ///
    /// # Errors
    /// The Redis is not there, or not fit; the error says what to do. It never repeats the address, which may hold a password.
    pub fn open(url: &str, how: How) -> Result<Arc<Self>, OpenError> {
        let mut address = Address::parse(url).map_err(|_| OpenError::Redis(NO_ADDRESS.to_owned()))?;
        if let Some(path) = &how.ca_file {
            let read = std::fs::read(path).map_err(|e| e.to_string());
            let trusted = read.and_then(|authorities| address.trust(authorities));
            trusted.map_err(|why| OpenError::Redis(format!("store.ca_file {}: {why}", path.display())))?;
        }
        let address = Arc::new(address);
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| OpenError::Redis(format!("no thread for Redis can be started: {e}")))?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let room = || Arc::new(Semaphore::new(WAITING_MAX as usize));
        let (commits_room, questions_room, quick_room) = (room(), room(), room());
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let commits_done = Arc::clone(&commits_room);
        let run = move || {
            let started = runtime.block_on(start(address, how));
            let is_fit = started.is_ok();
            if tell.send(started).is_ok() && is_fit {
                runtime.block_on(async {
                    let _ = ended.await;
                    // What was asked is done, as far as Redis answers.
                    let _ = timeout(DEADLINE, commits_done.acquire_many(WAITING_MAX)).await;
                });
            }
        };
        let thread = thread::Builder::new().name("store-redis".to_owned()).spawn(run);
        let thread = thread.map_err(|e| OpenError::Redis(format!("no thread for Redis can be started: {e}")))?;
        let (shared, jobs) = told.recv().map_err(|_| OpenError::Redis(ENDED.to_owned()))?.map_err(OpenError::Redis)?;
        let thread = Some((end, thread));
        Ok(Arc::new(Self { shared, runtime: handle, jobs, commits_room, questions_room, quick_room, thread }))
    }

    /// Asks on the thread.
    fn ask<T, F>(&self, question: impl FnOnce(Arc<Shared>) -> F) -> Found<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        self.ask_in(&self.questions_room, question)
    }

    /// The same for what must be quick: however many questions wait, it finds room.
    fn ask_quick<T, F>(&self, question: impl FnOnce(Arc<Shared>) -> F) -> Found<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        self.ask_in(&self.quick_room, question)
    }

    fn ask_in<T, F>(&self, room: &Arc<Semaphore>, question: impl FnOnce(Arc<Shared>) -> F) -> Found<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let away = |why: &str| StoreError::Unavailable(why.to_owned());
        let Ok(room) = Arc::clone(room).try_acquire_owned() else {
            return Box::pin(std::future::ready(Err(away(TOO_MUCH))));
        };
        let (asked, answer) = oneshot::channel();
        let question = question(Arc::clone(&self.shared));
        self.runtime.spawn(async move {
            let _ = asked.send(question.await);
            drop(room);
        });
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(away(ENDED))) })
    }
}

const NO_ADDRESS: &str = "store.url does not name a Redis; write redis://HOST:PORT/DATABASE, or \
                          redis-sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE";

/// Looks at the Redis and starts what runs from then on.
async fn start(address: Arc<Address>, how: How) -> Result<(Arc<Shared>, mpsc::Sender<Job>), String> {
    let mut scripts = Scripts::new();
    let name = address.name();
    let look = async {
        let mut connection = address
            .connect(LOOK_MAX / 2)
            .await
            .map_err(|why| format!("the Redis at {name} cannot be reached: {why}; {}", address.remedy(&why)))?;
        check::look(&mut connection, &mut scripts, &how, &name).await
    };
    let silent = |_| format!("the Redis at {name} does not answer within {LOOK_MAX:?}");
    let start = timeout(LOOK_MAX, look).await.map_err(silent)??;
    let scripts = Arc::new(scripts);
    let clock = Arc::new(Clock::start(start.told, start.shown));
    let random = getrandom::u64().map_err(|e| format!("the system has no random numbers: {e}"))?;
    let origin = Origin::new(random, address.database());
    let line = || Line::new(Arc::clone(&address), Arc::clone(&scripts));
    let shared =
        Shared { clock, origin, ear: Arc::default(), commits: line(), questions: line(), quick: line(), scripts };
    for line in [&shared.commits, &shared.questions, &shared.quick] {
        tokio::spawn(Arc::clone(line).keep());
        line.up(Instant::now() + DEADLINE)
            .await
            .map_err(|why| format!("the Redis at {name} cannot be reached: {why}"))?;
    }
    let (jobs, waiting) = mpsc::channel(WAITING_MAX as usize);
    tokio::spawn(writer::run(Arc::clone(&shared.commits), waiting, how.replicas, Arc::clone(&shared.clock)));
    let shared = Arc::new(shared);
    if how.mode == OpenMode::Server {
        tokio::spawn(keep_time(Arc::clone(&shared)));
        let (ear, clock) = (Arc::clone(&shared.ear), Arc::clone(&shared.clock));
        tokio::spawn(bus::listen(ear, address, shared.origin.clone(), clock));
        let (ear, commits) = (Arc::clone(&shared.ear), Arc::clone(&shared.commits));
        tokio::spawn(async move {
            // Behind the same address there may be another Redis now, which lacks the last of what was written.
            commits.each_time_it_is_made_anew(|| ear.push(Heard::Gap)).await;
        });
    }
    Ok((shared, jobs))
}

/// Every second the clock is asked, and the node tells itself something that it must hear.
async fn keep_time(shared: Arc<Shared>) {
    let mut seconds = interval(CANARY_EVERY);
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        let mut canary = redis::pipe();
        canary.cmd("PUBLISH").arg(shared.origin.canary()).arg("");
        let canary = shared.quick.ask(&canary, Instant::now() + DEADLINE);
        // Who does not hear it notices; who does not learn the time goes by what it knew. Neither waits for the other: they are to
        // come every second from a Redis that is slow, too.
        let _ = tokio::join!(canary, shared.tick());
    }
}

impl Shared {
    /// Asks what time it is, by a write.
    async fn tick(&self) -> Result<(), StoreError> {
        let sent = self.clock.elapsed();
        let question = self.scripts.tick(self.clock.shown());
        let answer = self.quick.read_one(question).await?;
        let (seconds, micros, furthest, _): (i64, i64, i64, i64) = columns::parsed(answer)?;
        self.clock.learn(sent, seconds * 1_000_000 + micros);
        self.clock.keep_up(furthest);
        Ok(())
    }
}

impl Drop for RedisStore {
    /// Waits until what was asked is done.
    fn drop(&mut self) {
        if let Some((end, thread)) = self.thread.take() {
            let _ = end.send(());
            if thread.join().is_err() {
                tracing::error!("the thread of the store had panicked");
            }
        }
    }
}

impl Store for RedisStore {
    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        well_formed(&commit);
        let unknown = |why: &str| Outcome::Unknown { why: why.to_owned() };
        let (asked, answer) = oneshot::channel();
        let shared = &self.shared;
        let job = |room| Job::new(&commit, &shared.scripts, &shared.origin, &shared.clock, room, asked);
        let room = Arc::clone(&self.commits_room).try_acquire_owned();
        let sent = room.is_ok_and(|room| self.jobs.try_send(job(room)).is_ok());
        Box::pin(async move { if sent { answer.await.unwrap_or_else(|_| unknown(ENDED)) } else { unknown(TOO_MUCH) } })
    }

    fn load(&self, keys: Vec<DocKey>) -> Found<Vec<Option<Stored>>> {
        self.ask(|shared| async move { query::load(&shared.questions, &shared.clock, &keys).await })
    }

    fn entries(&self, places: Vec<(Stream, u64)>) -> Found<Vec<Option<Vec<u8>>>> {
        self.ask(|shared| async move { query::single_entries(&shared.questions, &places).await })
    }

    fn read(&self, stream: Stream, after: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>> {
        self.ask(move |shared| async move { query::read(&shared.questions, stream, after, limit).await })
    }

    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>> {
        self.ask(move |shared| async move { query::read_back(&shared.questions, stream, before, limit).await })
    }

    fn overdue(&self, until: Timestamp, limit: usize) -> Found<Vec<(Timestamp, AccountId, ConversationId)>> {
        self.ask(move |shared| async move { query::overdue(&shared.questions, until, limit).await })
    }

    fn attention(&self, account: AccountId, since: Timestamp) -> Found<Vec<ConversationId>> {
        self.ask(move |shared| async move { query::attention(&shared.questions, account, since).await })
    }

    fn attentive_accounts(&self, since: Timestamp, after: Option<AccountId>, limit: usize) -> Found<Vec<AccountId>> {
        self.ask(move |shared| async move { query::attentive_accounts(&shared.questions, since, after, limit).await })
    }

    fn inbox(&self, account: AccountId, query: InboxQuery) -> Found<Vec<(Timestamp, ConversationId)>> {
        self.ask(move |shared| async move { inbox::page(&shared.questions, &shared.scripts, account, &query).await })
    }

    fn count(&self, account: AccountId, query: InboxQuery) -> Found<u64> {
        self.ask(move |shared| async move { inbox::count(&shared.questions, &shared.scripts, account, &query).await })
    }

    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Found<Vec<(Timestamp, DecisionId)>> {
        self.ask(
            move |shared| async move { query::decisions(&shared.questions, account, operator, after, limit).await },
        )
    }

    fn account_of(&self, conversation: ConversationId) -> Found<Option<AccountId>> {
        self.ask(move |shared| async move { query::account_of(&shared.questions, conversation).await })
    }

    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Found<Vec<(Timestamp, AccountId, LetterId)>> {
        self.ask(move |shared| async move { query::letters_due(&shared.questions, until, limit, &except).await })
    }

    fn letters(&self, account: AccountId, query: LetterQuery) -> Found<Vec<(Timestamp, LetterId)>> {
        self.ask(move |shared| async move { query::letters(&shared.questions, &shared.scripts, account, &query).await })
    }

    fn tally(&self) -> Found<Tally> {
        let now = self.now();
        self.ask(move |shared| async move { query::tally(&shared.questions, now).await })
    }

    fn record(&self, key: String) -> Found<Option<Vec<u8>>> {
        self.ask(|shared| async move { query::record(&shared.questions, &key).await })
    }

    fn records(&self, prefix: String, after: Option<String>, limit: usize) -> Found<Vec<(String, Vec<u8>)>> {
        self.ask(move |shared| async move {
            query::records(&shared.questions, &shared.scripts, &prefix, after, limit).await
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn health(&self) -> Found<()> {
        self.ask_quick(|shared| async move {
            shared.tick().await?;
            shared.commits.why_down().map_or(Ok(()), |why| Err(StoreError::Unavailable(why)))
        })
    }
}

impl Bus for RedisStore {
    /// A hint that cannot be told now is not told.
    fn tell(&self, hint: Hint) {
        let _told = self.ask_quick(move |shared| async move {
            let mut message = redis::cmd("PUBLISH");
            message.arg(shared.origin.channel(&hint)).arg(shared.origin.message(&hint));
            shared.quick.read_one(message).await.map(drop)
        });
    }

    fn hear(&self) -> Answer<Vec<Heard>> {
        let ear = Arc::clone(&self.shared.ear);
        Box::pin(async move { ear.hear().await })
    }

    fn deaf_since(&self) -> Option<Timestamp> {
        self.shared.ear.deaf_since()
    }
}

impl Buckets for RedisStore {
    fn take(&self, draws: Vec<Draw>) -> Found<Result<(), Short>> {
        self.ask_quick(|shared| async move { buckets::take(&shared.quick, &shared.scripts, &draws).await })
    }

    fn fill(&self, keys: Vec<String>) -> Found<()> {
        self.ask_quick(|shared| async move { buckets::fill(&shared.quick, &keys).await })
    }
}
