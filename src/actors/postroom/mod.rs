//! The postroom: takes letters from the outbox and has them carried, oldest first, within its limits (rules E4, E6). Notes,
//! letters about accounts, share these limits and go first: they are few, and somebody waits for each at a screen.

mod claims;
mod deliver;
mod hold;
mod learn;
mod notes;
mod pace;
mod tries;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseFuture, WrapFuture};
use tokio::sync::oneshot;
use tracing::warn;

use self::deliver::Counter;
use self::pace::Pace;
use super::directory::Accounts;
use super::host::Host;
use crate::domain::ids::{AccountId, LetterId, NoteId};
use crate::domain::notice::letter::Pauses;
use crate::domain::time::Timestamp;
use crate::ports::journal::StoreError;
use crate::ports::nodes::Stage;
use crate::ports::notes::{self as note_records, Due};
use crate::ports::postman::{Postman, Scribe};

/// How often it looks by itself: for retries that are due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many letters it looks at together.
const LOOK_LEN: usize = 128;

/// Its limits and pauses.
#[derive(Clone, Copy, Debug)]
pub struct PostroomSettings {
    /// When it tries again, and when no more.
    pub pauses: Pauses,
    /// Letters a minute, in all.
    pub max_per_minute: u32,
    /// Letters a minute of one account.
    pub max_per_minute_per_account: u32,
    /// Letters at the same time.
    pub connections_max: usize,
    /// Letters of one account at the same time.
    pub connections_max_per_account: usize,
}

/// One thing to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Letter(LetterId),
    Note(NoteId),
}

/// What came of one thing that was taken in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// It is in another state now.
    Something,
    /// It was not due any more, is another node's, or has to wait for the store.
    Nothing,
}

/// The actor.
pub struct Postroom {
    host: Arc<Host>,
    counter: Arc<Counter>,
    settings: PostroomSettings,
    /// What was found due and is not in hand yet, in the order in which it goes.
    found: VecDeque<(Timestamp, AccountId, Job)>,
    in_hand: BTreeMap<Job, AccountId>,
    pace: Pace,
    /// Whether it knocks at the relay without a letter.
    is_knocking: bool,
    is_looking: bool,
    /// Whether something came while it looked.
    is_to_look_again: bool,
    /// Those who wait until nothing is in hand.
    finished: Vec<oneshot::Sender<()>>,
}

impl Postroom {
    /// To be started.
    pub fn new(
        host: Arc<Host>,
        accounts: Accounts,
        postman: Arc<dyn Postman>,
        scribe: Arc<dyn Scribe>,
        settings: PostroomSettings,
    ) -> Self {
        let pace = Pace::new(settings.max_per_minute, settings.max_per_minute_per_account);
        let (pauses, hold) = (settings.pauses, Mutex::default());
        let counter = Arc::new(Counter { host: Arc::clone(&host), accounts, postman, scribe, pauses, hold });
        Self {
            host,
            counter,
            settings,
            found: VecDeque::new(),
            in_hand: BTreeMap::new(),
            pace,
            is_knocking: false,
            is_looking: false,
            is_to_look_again: false,
            finished: Vec::new(),
        }
    }

    /// Whether another letter may be taken: the node serves, there is room, and the relay is not shut. What a node that ends took
    /// in hand would be cut off between the body and its answer.
    fn has_room(&self) -> bool {
        let in_hand = self.in_hand.len() + usize::from(self.is_knocking);
        let may_take = self.host.nodes.stage() == Stage::Open && !self.host.taken.is_catching_up(self.host.now());
        may_take && in_hand < self.settings.connections_max && self.counter.hold().allows(in_hand, self.host.now())
    }

    /// Looks for what is due, and takes what it can.
    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.is_looking {
            self.is_to_look_again = true;
            return;
        }
        if !self.has_room() {
            return;
        }
        self.is_looking = true;
        let (store, now) = (Arc::clone(&self.host.store), self.host.now());
        self.pace.share(self.host.nodes.living());
        // One account that is at its limit does not stand in the others' way (rule E6).
        let (except, until) = (self.busy_accounts(now), self.counter.look_until());
        let due = async move {
            tokio::join!(
                note_records::due(&*store, until, LOOK_LEN, &except),
                store.letters_due(until, LOOK_LEN, except.clone())
            )
        };
        ctx.spawn(due.into_actor(self).map(|(notes, letters), postroom, ctx| {
            postroom.is_looking = false;
            postroom.on_found(notes, letters);
            postroom.take_all(ctx);
            postroom.knock_without_a_letter(ctx);
            if std::mem::take(&mut postroom.is_to_look_again) {
                postroom.look(ctx);
            }
        }));
    }

    fn on_found(
        &mut self,
        notes: Result<Vec<Due>, StoreError>,
        letters: Result<Vec<(Timestamp, AccountId, LetterId)>, StoreError>,
    ) {
        self.found.clear();
        match notes {
            Ok(due) => {
                self.found.extend(due.into_iter().map(|Due { at, account, note }| (at, account, Job::Note(note))));
            }
            Err(why) => warn!(%why, "the notes cannot be looked at; it is tried again"),
        }
        match letters {
            Ok(due) => {
                self.found.extend(due.into_iter().map(|(at, account, letter)| (at, account, Job::Letter(letter))));
            }
            Err(why) => warn!(%why, "the outbox cannot be looked at; it is tried again"),
        }
    }

    /// Takes what was found until there is no room.
    fn take_all(&mut self, ctx: &mut Context<Self>) {
        while self.has_room() {
            let Some((due, account, job)) = self.found.pop_front() else { return };
            self.take(ctx, due, account, job);
        }
    }

    /// Takes one thing in hand, unless its account is at a limit: then a later look finds it.
    fn take(&mut self, ctx: &mut Context<Self>, at: Timestamp, account: AccountId, job: Job) {
        if self.in_hand.contains_key(&job)
            || self.in_hand_of(account) >= self.settings.connections_max_per_account
            || !self.pace.allows(account, self.host.now())
        {
            return;
        }
        self.in_hand.insert(job, account);
        let counter = Arc::clone(&self.counter);
        let delivery = async move {
            match job {
                Job::Letter(letter) => counter.deliver(account, letter).await,
                Job::Note(note) => counter.deliver_note(Due { at, account, note }).await,
            }
        };
        ctx.spawn(delivery.into_actor(self).map(move |done, postroom, ctx| {
            postroom.in_hand.remove(&job);
            if postroom.in_hand.is_empty() {
                for finished in postroom.finished.drain(..) {
                    // Who waited may have lost patience.
                    let _is_awaited = finished.send(());
                }
            }
            if done == Done::Nothing {
                postroom.pace.give_back(account);
            }
            postroom.take_all(ctx);
            // What is another node's is found again at once, and not to be looked at again at once.
            if done == Done::Something && postroom.found.is_empty() {
                postroom.look(ctx);
            }
        }));
    }

    /// Nothing is to be sent by which it could be seen that the relay is there again: it is asked all the same.
    fn knock_without_a_letter(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        let serves = self.host.nodes.stage() == Stage::Open;
        if !serves || !self.in_hand.is_empty() || self.is_knocking || !self.counter.hold().is_to_knock(now) {
            return;
        }
        self.is_knocking = true;
        let counter = Arc::clone(&self.counter);
        let knock = async move {
            let opened = counter.postman.knock().await;
            counter.look_at_the_relay(opened.as_ref().map(drop), now);
        };
        ctx.spawn(knock.into_actor(self).map(|(), postroom, ctx| {
            postroom.is_knocking = false;
            postroom.look(ctx);
        }));
    }

    fn in_hand_of(&self, account: AccountId) -> usize {
        self.in_hand.values().filter(|of| **of == account).count()
    }

    /// The accounts of which nothing can be taken now.
    fn busy_accounts(&mut self, now: Timestamp) -> BTreeSet<AccountId> {
        let mut busy = self.pace.spent(now);
        let limit = self.settings.connections_max_per_account;
        let of_hands: BTreeSet<AccountId> = self.in_hand.values().copied().collect();
        busy.extend(of_hands.into_iter().filter(|account| self.in_hand_of(*account) >= limit));
        busy
    }
}

impl Actor for Postroom {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK_EVERY, Self::look);
        self.listen(ctx);
    }
}

impl Postroom {
    /// Looks as soon as letters were queued, or somebody wants one tried at once.
    fn listen(&mut self, ctx: &mut Context<Self>) {
        let host = Arc::clone(&self.host);
        let rung = async move {
            tokio::select! {
                () = host.letters_queued.notified() => Rung::Queued,
                () = host.letters_asked_for.notified() => Rung::AskedFor,
            }
        };
        ctx.spawn(rung.into_actor(self).map(|rung, postroom, ctx| {
            if rung == Rung::AskedFor {
                postroom.counter.hold().on_asked(postroom.host.now());
            }
            postroom.look(ctx);
            postroom.listen(ctx);
        }));
    }
}

/// Waits until nothing is in hand. A node that drains takes nothing more.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Finish;

impl Handler<Finish> for Postroom {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Finish, _: &mut Context<Self>) -> Self::Result {
        if self.in_hand.is_empty() {
            return Box::pin(std::future::ready(()));
        }
        let (finished, is_finished) = oneshot::channel();
        self.finished.push(finished);
        // Where the postroom dies there is nothing to wait for either.
        Box::pin(async move { drop(is_finished.await) })
    }
}

/// Why the postroom was rung for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    Queued,
    AskedFor,
}
