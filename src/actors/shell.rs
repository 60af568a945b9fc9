//! The one loop of everything that keeps a document: one commit in flight, what arrives meanwhile queues (bounded) and is
//! decided together as the next step. Written once, for accounts and conversations alike.
//!
//! - A lost race: the documents are read again and the *same inputs* decided again.
//! - An unknown outcome: the same commit, with the same tokens, until it is answered. Nothing is acknowledged in between.
//! - What changes nothing is acknowledged once the store has confirmed what that rests on, where others may have written it: a
//!   node that is cut off would promise what is true no longer.
//! - Nothing waits inside the actor: every wait is a future beside it.

use std::collections::VecDeque;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::sync::oneshot;
use tracing::{error, warn};

use super::api::Reply;
use crate::domain::refusal::Refusal;
use crate::ports::journal::{Answer, Commit, DocKey, Outcome, Store, StoreError};

/// How many inputs may wait for one document.
pub const QUEUE_LEN_MAX: usize = 1_024;
/// How many inputs are decided together at the most.
const BATCH_LEN_MAX: usize = 128;
/// The pauses between tries while the store is away.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// The pause between tries of a commit beside the loop.
const SETTLE_PAUSE: Duration = Duration::from_millis(500);

/// What keeps a document in an actor.
pub trait Keeper: Actor<Context = Context<Self>> {
    /// What changes the document. Decided more than once when a race is lost.
    type Input: Clone + Unpin + 'static;
    /// The answer to one input.
    type Answer: Unpin + 'static;
    /// What was read from the store.
    type Loaded: 'static;

    /// Its shell.
    fn shell(&mut self) -> &mut Shell<Self>;

    /// Whether a decision can be made on what is in memory; `false`: read first.
    fn is_ready(&self) -> bool;

    /// Reads what decisions need.
    fn load(&self) -> Answer<Result<Self::Loaded, StoreError>>;

    /// Takes what was read.
    fn install(&mut self, loaded: Self::Loaded, ctx: &mut Context<Self>) -> Result<(), StoreError>;

    /// Decides the inputs. Changes nothing in memory: that is the draft's `then`, after the commit.
    fn decide(&mut self, inputs: &[Self::Input]) -> Draft<Self>;

    /// Commits.
    fn commit(&self, commit: Commit) -> Answer<Outcome>;

    /// Whether others may have written what is in memory, unheard.
    fn is_shared(&self) -> bool;

    /// Whether the answer to the input promises something, so that it must be true in the store when it is given. That to a
    /// question does not: it tells what is known here.
    fn is_promise(input: &Self::Input) -> bool;

    /// Called when nothing is in flight and nothing waits.
    fn rest(&mut self, ctx: &mut Context<Self>);
}

/// What happens once a commit is durable.
pub type Then<K> = Box<dyn FnOnce(&mut K, &mut Context<K>)>;

/// A decision that is not durable yet.
pub struct Draft<K: Keeper> {
    /// The atomic step; one without writes, letters or records is not sent, unless a promise rests on its reads.
    pub commit: Commit,
    /// The answers, in the order of the inputs.
    pub answers: Vec<Reply<K::Answer>>,
    /// What happens once it is durable: the new documents take their place, and who must be told is told.
    pub then: Then<K>,
}

struct Waiting<K: Keeper> {
    input: K::Input,
    answer_to: Option<oneshot::Sender<Reply<K::Answer>>>,
}

/// The state of the loop.
pub struct Shell<K: Keeper> {
    queue: VecDeque<Waiting<K>>,
    is_busy: bool,
    retry_after: Duration,
}

impl<K: Keeper> Default for Shell<K> {
    fn default() -> Self {
        Self { queue: VecDeque::new(), is_busy: false, retry_after: RETRY_MIN }
    }
}

impl<K: Keeper> Shell<K> {
    /// Whether something is in flight or waits.
    pub fn is_busy(&self) -> bool {
        self.is_busy || !self.queue.is_empty()
    }

    /// Whether an input waits of which this holds.
    pub fn has_waiting(&self, is_so: impl Fn(&K::Input) -> bool) -> bool {
        self.queue.iter().any(|waiting| is_so(&waiting.input))
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.retry_after;
        self.retry_after = (pause * 2).min(RETRY_MAX);
        pause
    }
}

/// What an input is answered by. It errs only if the actor dies.
pub type Answered<K> = oneshot::Receiver<Reply<<K as Keeper>::Answer>>;

/// The answer, once it comes. Where the actor died meanwhile nobody knows what became of it.
pub async fn answered<T>(answer: oneshot::Receiver<Reply<T>>) -> Reply<T> {
    answer.await.map_err(|_| Refusal::unknown_outcome())?
}

/// Commits what no document's loop does, for as long as it takes until the outcome is known; `false`: another commit was first.
pub async fn settle(store: &dyn Store, commit: Commit) -> bool {
    settle_or_stale(store, commit).await.is_ok()
}

/// The same; where another commit was first, it says which documents that wrote.
pub async fn settle_or_stale(store: &dyn Store, commit: Commit) -> Result<(), Vec<DocKey>> {
    loop {
        match store.commit(commit.clone()).await {
            Outcome::Committed { .. } => return Ok(()),
            Outcome::Conflict { stale } => return Err(stale),
            Outcome::Unknown { why } => {
                warn!(%why, "a commit's outcome is unknown; it is asked for again");
                tokio::time::sleep(SETTLE_PAUSE).await;
            }
        }
    }
}

/// An input that is to be answered; refused where too much waits.
pub fn ask<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, input: K::Input) -> Answered<K> {
    if keeper.shell().queue.len() < QUEUE_LEN_MAX {
        return insist(keeper, ctx, input);
    }
    let (answer_to, answer) = oneshot::channel();
    // The receiver may be gone already; then nobody waits for the refusal.
    drop(answer_to.send(Err(Refusal::unavailable("too much waits here; try again"))));
    answer
}

/// An input that is to be answered and is never refused for want of room: such inputs are few by their nature (see [`tell`]).
pub fn insist<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, input: K::Input) -> Answered<K> {
    let (answer_to, answer) = oneshot::channel();
    keeper.shell().queue.push_back(Waiting { input, answer_to: Some(answer_to) });
    pump(keeper, ctx);
    answer
}

/// An input that nobody waits for. Never refused: such inputs are few by their nature (ends of sockets, alarms).
pub fn tell<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, input: K::Input) {
    keeper.shell().queue.push_back(Waiting { input, answer_to: None });
    pump(keeper, ctx);
}

/// What `first` tells goes before what waits already.
pub fn ahead<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, first: impl FnOnce(&mut K, &mut Context<K>)) {
    let waiting = std::mem::take(&mut keeper.shell().queue);
    first(keeper, ctx);
    keeper.shell().queue.extend(waiting);
}

/// Goes on, if nothing is in flight.
pub fn pump<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>) {
    if keeper.shell().is_busy {
        return;
    }
    if !keeper.is_ready() {
        keeper.shell().is_busy = true;
        read_then(keeper, ctx, |keeper, ctx| {
            keeper.shell().is_busy = false;
            pump(keeper, ctx);
        });
        return;
    }
    if keeper.shell().queue.is_empty() {
        keeper.rest(ctx);
        return;
    }
    let shell = keeper.shell();
    let count = shell.queue.len().min(BATCH_LEN_MAX);
    let batch: Vec<_> = shell.queue.drain(..count).collect();
    shell.is_busy = true;
    attempt(keeper, ctx, batch);
}

fn attempt<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, batch: Vec<Waiting<K>>) {
    let inputs: Vec<K::Input> = batch.iter().map(|w| w.input.clone()).collect();
    let draft = keeper.decide(&inputs);
    if is_empty(&draft.commit) && !rests_on_reads(keeper, &batch, &draft) {
        finish(keeper, ctx, batch, draft);
    } else {
        send(keeper, ctx, batch, draft);
    }
}

fn is_empty(commit: &Commit) -> bool {
    commit.writes.is_empty() && commit.outbox.is_empty() && commit.records.is_empty() && commit.indexes.is_empty()
}

/// Whether somebody waits for a promise that is kept by what was read.
fn rests_on_reads<K: Keeper>(keeper: &K, batch: &[Waiting<K>], draft: &Draft<K>) -> bool {
    let is_promised = |waiting: &Waiting<K>| waiting.answer_to.is_some() && K::is_promise(&waiting.input);
    keeper.is_shared() && !draft.commit.reads.is_empty() && batch.iter().any(is_promised)
}

fn send<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, batch: Vec<Waiting<K>>, draft: Draft<K>) {
    let answer = keeper.commit(draft.commit.clone());
    ctx.spawn(answer.into_actor(keeper).map(move |outcome, keeper, ctx| match outcome {
        Outcome::Committed { .. } => {
            keeper.shell().retry_after = RETRY_MIN;
            finish(keeper, ctx, batch, draft);
        }
        Outcome::Conflict { .. } => read_then(keeper, ctx, move |keeper, ctx| attempt(keeper, ctx, batch)),
        Outcome::Unknown { why } => {
            warn!(%why, "a commit's outcome is unknown; it is asked for again");
            let pause = keeper.shell().next_pause();
            ctx.run_later(pause, move |keeper, ctx| send(keeper, ctx, batch, draft));
        }
    }));
}

fn finish<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, batch: Vec<Waiting<K>>, draft: Draft<K>) {
    (draft.then)(keeper, ctx);
    for (waiting, answer) in batch.into_iter().zip(draft.answers) {
        if let Some(answer_to) = waiting.answer_to {
            // Who asked may have gone; what was asked for is done all the same.
            drop(answer_to.send(answer));
        }
    }
    keeper.shell().is_busy = false;
    pump(keeper, ctx);
}

/// Reads the documents, for as long as it takes, and then goes on.
fn read_then<K: Keeper>(keeper: &mut K, ctx: &mut Context<K>, then: impl FnOnce(&mut K, &mut Context<K>) + 'static) {
    let loading = keeper.load();
    ctx.spawn(loading.into_actor(keeper).map(move |loaded, keeper, ctx| {
        match loaded.and_then(|loaded| keeper.install(loaded, ctx)) {
            Ok(()) => {
                keeper.shell().retry_after = RETRY_MIN;
                then(keeper, ctx);
            }
            Err(why @ StoreError::Corrupt(_)) => {
                error!(%why, "a document cannot be read; what asks for it is refused");
                keeper.shell().queue.clear();
                actix::ActorContext::stop(ctx);
            }
            Err(why @ StoreError::Unavailable(_)) => {
                warn!(%why, "the store is away; reading is tried again");
                let pause = keeper.shell().next_pause();
                ctx.run_later(pause, move |keeper, ctx| read_then(keeper, ctx, then));
            }
        }
    }));
}
