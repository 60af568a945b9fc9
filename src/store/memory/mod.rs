//! The store in memory: for `memory:`, where nothing is kept, and for simulations. Deterministic; it answers at once, so
//! its futures are ready when they are made.

mod buckets;
mod content;
mod query;
mod state;

use std::collections::BTreeSet;
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::bus::{Bus, Heard, Hint};
use crate::ports::journal::{
    Answer, Commit, DocKey, InboxQuery, LetterQuery, Outcome, Store, StoreError, Stored, Stream, Tally,
};

use super::clock::StoreClock;
pub use buckets::MemoryBuckets;

use super::well_formed;
use state::State;

/// How many hints are heard at once.
const HINTS_MAX: usize = 256;

/// See the module.
pub struct MemoryStore {
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<State>,
    is_shared: bool,
    /// Nodes that are told of what is written.
    listeners: Mutex<Vec<mpsc::UnboundedSender<Hint>>>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// What a [`MemoryStore`] held at some moment.
#[derive(Clone, Debug)]
pub struct Snapshot(State);

impl MemoryStore {
    /// An empty store whose clock runs from the wall's time on; in a runtime with paused time it is paused too.
    pub fn new() -> Arc<Self> {
        let clock = StoreClock::start(None);
        Self::with_clock(move || clock.now())
    }

    /// An empty store that takes its time from `clock`, which must not go back.
    pub fn with_clock(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            clock: Box::new(clock),
            state: Mutex::default(),
            is_shared: false,
            listeners: Mutex::default(),
        })
    }

    /// The same for several nodes, each of which hears of the others by a [`MemoryBus`].
    pub fn shared(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { clock: Box::new(clock), state: Mutex::default(), is_shared: true, listeners: Mutex::default() })
    }

    /// The way to the other nodes, for one of them.
    pub fn bus(self: &Arc<Self>) -> Arc<MemoryBus> {
        let (told, heard) = mpsc::unbounded_channel();
        self.listeners().push(told);
        Arc::new(MemoryBus { memory: Arc::clone(self), heard: Arc::new(tokio::sync::Mutex::new(heard)) })
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<mpsc::UnboundedSender<Hint>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who no longer listens is forgotten.
    fn spread(&self, hint: &Hint) {
        self.listeners().retain(|listener| listener.send(hint.clone()).is_ok());
    }

    /// What it holds now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.held().clone())
    }

    /// Goes back to what it held, as a fail-over does that lost writes. The clock does not go back.
    pub fn restore(&self, snapshot: Snapshot) {
        *self.held() = snapshot.0;
    }

    /// A commit that panicked half-way does not exist: all that can fail in it precedes its first write.
    fn held(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T: Send + 'static>(&self, question: impl FnOnce(&State) -> T) -> Answer<Result<T, StoreError>> {
        Box::pin(ready(Ok(question(&self.held()))))
    }
}

impl Store for MemoryStore {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        well_formed(&commit);
        let hint = Hint::of(&commit);
        let applied = self.held().apply(commit);
        let outcome = match applied {
            Ok(()) => {
                hint.iter().for_each(|hint| self.spread(hint));
                Outcome::Committed { at: self.now() }
            }
            Err(stale) => Outcome::Conflict { stale },
        };
        Box::pin(ready(outcome))
    }

    fn load(&self, keys: Vec<DocKey>) -> Answer<Result<Vec<Option<Stored>>, StoreError>> {
        self.answer(|state| keys.iter().map(|key| state.docs.get(key).cloned()).collect())
    }

    fn entries(&self, places: Vec<(Stream, u64)>) -> Answer<Result<Vec<Option<Vec<u8>>>, StoreError>> {
        self.answer(|state| places.into_iter().map(|place| state.entry(place)).collect())
    }

    fn read(&self, stream: Stream, after: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        self.answer(|state| state.read(stream, after, limit))
    }

    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Answer<Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        self.answer(|state| state.read_back(stream, before, limit))
    }

    fn overdue(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, ConversationId)>, StoreError>> {
        self.answer(|state| state.deadlines.due(until).take(limit).map(|(at, (a, c))| (at, a, c)).collect())
    }

    fn attention(&self, account: AccountId, since: Timestamp) -> Answer<Result<Vec<ConversationId>, StoreError>> {
        self.answer(|state| state.attention(account, since))
    }

    fn attentive_accounts(
        &self,
        since: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> Answer<Result<Vec<AccountId>, StoreError>> {
        self.answer(|state| state.attentive_accounts(since, after, limit))
    }

    fn inbox(
        &self,
        account: AccountId,
        query: InboxQuery,
    ) -> Answer<Result<Vec<(Timestamp, ConversationId)>, StoreError>> {
        self.answer(|state| query::page(state.inbox(account, &query), query.after, query.limit))
    }

    fn count(&self, account: AccountId, query: InboxQuery) -> Answer<Result<u64, StoreError>> {
        self.answer(|state| state.inbox(account, &query).len() as u64)
    }

    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Answer<Result<Vec<(Timestamp, DecisionId)>, StoreError>> {
        self.answer(|state| query::page(state.decisions(account, operator), after, limit))
    }

    fn account_of(&self, conversation: ConversationId) -> Answer<Result<Option<AccountId>, StoreError>> {
        self.answer(|state| state.homes.get(&conversation).copied())
    }

    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Answer<Result<Vec<(Timestamp, AccountId, LetterId)>, StoreError>> {
        self.answer(|state| {
            let due = state.letters_due.due(until).filter(|(_, (account, _))| !except.contains(account));
            due.take(limit).map(|(at, (a, l))| (at, a, l)).collect()
        })
    }

    fn letters(
        &self,
        account: AccountId,
        query: LetterQuery,
    ) -> Answer<Result<Vec<(Timestamp, LetterId)>, StoreError>> {
        self.answer(|state| query::page(state.letters(account, &query), query.after, query.limit))
    }

    fn tally(&self) -> Answer<Result<Tally, StoreError>> {
        let now = self.now();
        self.answer(|state| state.tally(now))
    }

    fn record(&self, key: String) -> Answer<Result<Option<Vec<u8>>, StoreError>> {
        self.answer(|state| state.records.get(&key).cloned())
    }

    fn records(
        &self,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Answer<Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.answer(|state| state.records(&prefix, after.as_deref(), limit))
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }

    fn health(&self) -> Answer<Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }
}

/// The bus of one node on a [`MemoryStore`]. It delivers everything, in order, what the node itself did too.
pub struct MemoryBus {
    memory: Arc<MemoryStore>,
    heard: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Hint>>>,
}

impl Bus for MemoryBus {
    fn tell(&self, hint: Hint) {
        self.memory.spread(&hint);
    }

    fn hear(&self) -> Answer<Vec<Heard>> {
        let heard = Arc::clone(&self.heard);
        Box::pin(async move {
            let mut hints = Vec::new();
            heard.lock().await.recv_many(&mut hints, HINTS_MAX).await;
            hints.into_iter().map(Heard::Hint).collect()
        })
    }

    fn deaf_since(&self) -> Option<Timestamp> {
        None
    }
}
