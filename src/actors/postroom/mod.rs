//! The postroom: takes letters from the outbox and has them carried, oldest first, within its limits (rules E4, E6). Notes,
//! letters about accounts, share these limits and go first: they are few, and somebody waits for each at a screen.

mod claims;
mod deliver;
mod hands;
mod hold;
mod learn;
mod notes;
mod pace;
mod tries;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseFuture, WrapFuture};
use tokio::sync::oneshot;
use tracing::warn;

use self::deliver::Counter;
use self::hands::{Hands, TurnOver};
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
/// How many letters it looks for together, beside those in hand.
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
    /// Letters at the relay at the same time.
    pub connections_max: usize,
    /// Those of one account.
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

/// Whether it looks for what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looking {
    No,
    Once,
    /// Something came while it looked.
    ToBeRepeated,
}

/// The actor.
pub struct Postroom {
    host: Arc<Host>,
    counter: Arc<Counter>,
    /// What was found due and is not in hand yet, in the order in which it goes.
    found: VecDeque<(Timestamp, AccountId, Job)>,
    /// Whether more is due than was found.
    is_more: bool,
    hands: Hands,
    pace: Pace,
    /// Whether it knocks at the relay without a letter.
    is_knocking: bool,
    looking: Looking,
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
        let hands = Hands::new(settings.connections_max, settings.connections_max_per_account);
        let (pauses, hold) = (settings.pauses, Mutex::default());
        let counter = Counter { host: Arc::clone(&host), accounts, postman, scribe, pauses, hold };
        Self {
            host,
            counter: Arc::new(counter),
            found: VecDeque::new(),
            is_more: false,
            hands,
            pace,
            is_knocking: false,
            looking: Looking::No,
            finished: Vec::new(),
        }
    }

    /// Whether another letter may be taken: the node serves, there is room, and the relay is not shut. What a node that ends took
    /// in hand would be cut off between the body and its answer.
    fn has_room(&self) -> bool {
        let knocking = usize::from(self.is_knocking);
        let may_take = self.host.nodes.stage() == Stage::Open && !self.host.taken.is_catching_up(self.host.now());
        let at_relay = self.hands.turns() + knocking;
        may_take && self.hands.has_room(knocking) && self.counter.hold().allows(at_relay, self.host.now())
    }

    /// Looks for what is due, and takes what it can.
    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.looking != Looking::No {
            self.looking = Looking::ToBeRepeated;
            return;
        }
        if !self.has_room() {
            return;
        }
        self.looking = Looking::Once;
        self.hands.on_look();
        let (store, now) = (Arc::clone(&self.host.store), self.host.now());
        self.pace.share(self.host.nodes.living());
        // One account that is at its limit does not stand in the others' way (rule E6).
        let full = self.hands.full_accounts();
        let except: BTreeSet<AccountId> = self.pace.spent(now).union(&full).copied().collect();
        let (until, limit) = (self.counter.look_until(), LOOK_LEN + self.hands.len());
        let due = async move {
            tokio::join!(
                note_records::due(&*store, until, limit, &except),
                store.letters_due(until, limit, except.clone())
            )
        };
        ctx.spawn(due.into_actor(self).map(move |(notes, letters), postroom, ctx| {
            let is_to_be_repeated = std::mem::replace(&mut postroom.looking, Looking::No) == Looking::ToBeRepeated;
            postroom.is_more = letters.as_ref().is_ok_and(|letters| letters.len() >= limit);
            postroom.on_found(&full, notes, letters);
            postroom.take_all(ctx);
            postroom.knock_without_a_letter(ctx);
            // Those found are of accounts that are at their limit by now; behind them may be others.
            let is_crowded = postroom.is_more && postroom.next().is_none();
            let is_crowded = is_crowded && !postroom.hands.full_accounts().is_subset(&full);
            if is_to_be_repeated || is_crowded {
                postroom.look(ctx);
            }
        }));
    }

    /// What was found without looking at the accounts of `full`.
    fn on_found(
        &mut self,
        full: &BTreeSet<AccountId>,
        notes: Result<Vec<Due>, StoreError>,
        letters: Result<Vec<(Timestamp, AccountId, LetterId)>, StoreError>,
    ) {
        self.found.retain(|(_, account, _)| full.contains(account));
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
        self.found.retain(|(_, _, job)| !self.hands.had(job));
        self.found.make_contiguous().sort_by_key(|(at, _, job)| (matches!(job, Job::Letter(_)), *at));
    }

    /// Takes what was found until there is no room.
    fn take_all(&mut self, ctx: &mut Context<Self>) {
        while self.has_room() {
            let Some((due, account, job)) = self.next().and_then(|next| self.found.remove(next)) else { return };
            // What is too much for now is found by a later look.
            if self.pace.allows(account, self.host.now()) {
                self.take(ctx, due, account, job);
            }
        }
    }

    /// Which of those found goes next: the first whose account is not at its limit.
    fn next(&self) -> Option<usize> {
        let full = self.hands.full_accounts();
        self.found.iter().position(|(_, account, _)| !full.contains(account))
    }

    /// Takes one thing in hand.
    fn take(&mut self, ctx: &mut Context<Self>, at: Timestamp, account: AccountId, job: Job) {
        let turn = self.hands.take(job, account, ctx.address());
        let counter = Arc::clone(&self.counter);
        let delivery = async move {
            match job {
                Job::Letter(letter) => counter.deliver(account, letter, &turn).await,
                Job::Note(note) => counter.deliver_note(Due { at, account, note }).await,
            }
        };
        ctx.spawn(delivery.into_actor(self).map(move |done, postroom, ctx| {
            let had_turn = postroom.hands.put_down(job);
            if postroom.hands.is_empty() {
                for finished in postroom.finished.drain(..) {
                    // Who waited may have lost patience.
                    let _is_awaited = finished.send(());
                }
            }
            if done == Done::Nothing {
                postroom.pace.give_back(account);
            }
            // What is another node's is found again at once, and not to be looked at again at once.
            if had_turn && done == Done::Something {
                postroom.go_on(ctx);
            } else {
                postroom.take_all(ctx);
            }
        }));
    }

    /// A turn is over: somebody else has it. More is looked for while there is still something to take, so that no turn waits for
    /// the look.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        if self.next().is_none() || (self.is_more && self.found.len() < LOOK_LEN / 2) {
            self.look(ctx);
        }
        self.take_all(ctx);
    }

    /// Nothing is to be sent by which it could be seen that the relay is there again: it is asked all the same.
    fn knock_without_a_letter(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        let serves = self.host.nodes.stage() == Stage::Open;
        if !serves || self.hands.turns() > 0 || self.is_knocking || !self.counter.hold().is_to_knock(now) {
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
        if self.hands.is_empty() {
            return Box::pin(std::future::ready(()));
        }
        let (finished, is_finished) = oneshot::channel();
        self.finished.push(finished);
        // Where the postroom dies there is nothing to wait for either.
        Box::pin(async move { drop(is_finished.await) })
    }
}

impl Handler<TurnOver> for Postroom {
    type Result = ();

    fn handle(&mut self, _: TurnOver, ctx: &mut Context<Self>) {
        self.go_on(ctx);
    }
}

/// Why the postroom was rung for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    Queued,
    AskedFor,
}
