//! Test equipment: a store that is slow, contradicts, loses answers and forgets, as stores in the world do. It keeps the
//! contract of [`Store`] for all that, so whoever works over it right works right.
//!
//! What it does follows from a seed, so a run that failed fails again. It has no thread and no timer of its own and works
//! in paused time. Unlike an engine it begins a request when its answer is first polled.

mod plan;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::yield_now;

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{
    Answer, Commit, DocKey, Found, InboxQuery, LetterQuery, Outcome, Store, StoreError, Stored, Stream, Tally,
};

use crate::store::memory::{MemoryStore, Snapshot};

pub use plan::Plan;
use plan::{Dice, Fate};

/// What is held back until the gate is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing.
    Open,
    /// Requests: they have had no effect yet.
    HoldsRequests,
    /// Answers: the effects are there, and nobody knows.
    HoldsAnswers,
}

/// The store beneath, if it is one that can be made to forget, and what it goes back to.
struct Past {
    memory: Arc<MemoryStore>,
    kept: Mutex<Snapshot>,
}

impl Past {
    fn kept(&self) -> MutexGuard<'_, Snapshot> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail_over(&self) {
        self.memory.restore(self.kept().clone());
    }
}

/// See the module.
pub struct Adversary {
    inner: Arc<dyn Store>,
    past: Option<Arc<Past>>,
    dice: Mutex<Dice>,
    /// How many look-ups are to fail.
    failing: AtomicUsize,
    /// How many there were.
    looks: AtomicUsize,
    /// How often documents were loaded.
    loads: AtomicUsize,
    gate: watch::Sender<Gate>,
}

impl fmt::Debug for Adversary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adversary").field("plan", &self.dice().plan).finish_non_exhaustive()
    }
}

impl Adversary {
    /// Over any store. It cannot fail over.
    pub fn new(inner: Arc<dyn Store>, seed: u64, plan: Plan) -> Arc<Self> {
        Arc::new(Self::build(inner, None, seed, plan))
    }

    /// Over a store in memory, which can be made to forget. What it holds now is remembered.
    pub fn over_memory(memory: Arc<MemoryStore>, seed: u64, plan: Plan) -> Arc<Self> {
        let past = Past { memory: memory.clone(), kept: Mutex::new(memory.snapshot()) };
        Arc::new(Self::build(memory, Some(Arc::new(past)), seed, plan))
    }

    fn build(inner: Arc<dyn Store>, past: Option<Arc<Past>>, seed: u64, plan: Plan) -> Self {
        Self {
            inner,
            past,
            dice: Mutex::new(Dice::new(seed, plan)),
            failing: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
            loads: AtomicUsize::new(0),
            gate: watch::Sender::new(Gate::Open),
        }
    }

    /// Behaves otherwise from now on.
    pub fn set_plan(&self, plan: Plan) {
        self.dice().plan = plan;
    }

    /// Holds back, or lets go. Whoever is held already is let go too when the gate is moved to another place.
    pub fn set_gate(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }

    /// The next look-ups, of attention and of single records, fail: so many.
    pub fn fail_looks(&self, count: usize) {
        self.failing.store(count, Ordering::Relaxed);
    }

    /// How many look-ups of attention and of single records there were.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }

    /// How often documents were loaded.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    fn look<T: Send + 'static>(&self, make: impl FnOnce() -> Found<T> + Send + 'static) -> Found<T> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let one_less = |count: usize| count.checked_sub(1);
        if self.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            let why = StoreError::Unavailable("the adversary answers no look-up".to_owned());
            return self.slowly(move || Box::pin(std::future::ready(Err(why))));
        }
        self.slowly(make)
    }

    /// Keeps what the store holds now, for a fail-over to go back to.
    ///
    /// # Panics
    /// When it was not made by [`Adversary::over_memory`].
    pub fn remember(&self) {
        let past = self.past.as_ref().expect("only an adversary over memory can remember");
        *past.kept() = past.memory.snapshot();
    }

    /// Goes back to what was kept last: what was written since is lost, acknowledged or not.
    ///
    /// # Panics
    /// When it was not made by [`Adversary::over_memory`].
    pub fn fail_over(&self) {
        self.past.as_ref().expect("only an adversary over memory can fail over").fail_over();
    }

    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer with all delays around its making.
    fn slowly<T: Send + 'static>(&self, make: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
        let (before, after) = {
            let mut dice = self.dice();
            (dice.yields(), dice.yields())
        };
        let mut gate = self.gate.subscribe();
        Box::pin(async move {
            stand_aside(before).await;
            pass(&mut gate, Gate::HoldsRequests).await;
            let answer = make().await;
            stand_aside(after).await;
            pass(&mut gate, Gate::HoldsAnswers).await;
            answer
        })
    }
}

async fn stand_aside(times: u64) {
    for _ in 0..times {
        yield_now().await;
    }
}

async fn pass(gate: &mut watch::Receiver<Gate>, held_by: Gate) {
    // An error means that the adversary is gone, and nobody can open the gate any more: then it is open.
    drop(gate.wait_for(|gate| *gate != held_by).await);
}

async fn commit_by_fate(inner: Arc<dyn Store>, past: Option<Arc<Past>>, fate: Fate, commit: Commit) -> Outcome {
    let unknown = |why: &str| Outcome::Unknown { why: why.to_owned() };
    match fate {
        Fate::Honest => inner.commit(commit).await,
        Fate::Conflict => match commit.reads.first() {
            Some((key, _)) => Outcome::Conflict { stale: vec![*key] },
            // Nothing was read, so nothing can be stale.
            None => inner.commit(commit).await,
        },
        Fate::LostAnswer => {
            drop(inner.commit(commit).await);
            unknown("the adversary lost the answer")
        }
        Fate::LostRequest => unknown("the adversary lost the request"),
        Fate::FailOver => {
            if let Some(past) = past {
                past.fail_over();
            }
            inner.commit(commit).await
        }
    }
}

impl Store for Adversary {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        let fate = self.dice().fate();
        let (inner, past) = (self.inner.clone(), self.past.clone());
        self.slowly(move || Box::pin(commit_by_fate(inner, past, fate, commit)))
    }

    fn load(&self, keys: Vec<DocKey>) -> Answer<Result<Vec<Option<Stored>>, StoreError>> {
        let inner = self.inner.clone();
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.slowly(move || inner.load(keys))
    }

    fn entries(&self, places: Vec<(Stream, u64)>) -> Answer<Result<Vec<Option<Vec<u8>>>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.entries(places))
    }

    fn read(&self, stream: Stream, after: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.read(stream, after, limit))
    }

    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.read_back(stream, before, limit))
    }

    fn overdue(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, ConversationId)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.overdue(until, limit))
    }

    fn attention(&self, account: AccountId, since: Timestamp) -> Answer<Result<Vec<ConversationId>, StoreError>> {
        let inner = self.inner.clone();
        self.look(move || inner.attention(account, since))
    }

    fn attentive_accounts(
        &self,
        since: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> Answer<Result<Vec<AccountId>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.attentive_accounts(since, after, limit))
    }

    fn inbox(
        &self,
        account: AccountId,
        query: InboxQuery,
    ) -> Answer<Result<Vec<(Timestamp, ConversationId)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.inbox(account, query))
    }

    fn count(&self, account: AccountId, query: InboxQuery) -> Answer<Result<u64, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.count(account, query))
    }

    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, DecisionId)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.decisions(account, operator, after, limit))
    }

    fn account_of(&self, conversation: ConversationId) -> Answer<Result<Option<AccountId>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.account_of(conversation))
    }

    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, LetterId)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.letters_due(until, limit, except.clone()))
    }

    fn letters(
        &self,
        account: AccountId,
        query: LetterQuery,
    ) -> Answer<Result<Vec<(Timestamp, LetterId)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.letters(account, query))
    }

    fn tally(&self) -> Answer<Result<Tally, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.tally())
    }

    fn record(&self, key: String) -> Answer<Result<Option<Vec<u8>>, StoreError>> {
        let inner = self.inner.clone();
        self.look(move || inner.record(key))
    }

    fn records(
        &self,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Answer<Result<Vec<(String, Vec<u8>)>, StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.records(prefix, after, limit))
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    fn health(&self) -> Answer<Result<(), StoreError>> {
        let inner = self.inner.clone();
        self.slowly(move || inner.health())
    }
}
