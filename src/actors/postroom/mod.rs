//! The postroom: takes letters from the outbox and has them carried, oldest first, within its limits (rules E4, E6). Notes,
//! letters about accounts, share these limits and go first: they are few, and somebody waits for each at a screen.

mod deliver;
mod notes;
mod pace;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use tracing::warn;

use self::deliver::Counter;
use self::pace::Pace;
use super::directory::Accounts;
use super::host::Host;
use crate::domain::ids::{AccountId, LetterId, NoteId};
use crate::domain::time::Span;
use crate::ports::notes::{self as note_records, Due};
use crate::ports::postman::{Postman, Scribe};

/// How often it looks by itself: for retries that are due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many letters it looks at together.
const LOOK_LEN: usize = 128;

/// Its limits and pauses.
#[derive(Clone, Copy, Debug)]
pub struct PostroomSettings {
    /// The first pause before another try; it doubles with each.
    pub retry_initial: Span,
    /// How long an unknown outcome is left alone.
    pub uncertain_wait: Span,
    /// When trying ends.
    pub expire: Span,
    /// Letters a minute, in all.
    pub max_per_minute: u32,
    /// Letters a minute of one account.
    pub max_per_minute_per_account: u32,
    /// Letters at the same time.
    pub connections_max: usize,
}

/// One thing to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Letter(LetterId),
    Note(NoteId),
}

/// The actor.
pub struct Postroom {
    host: Arc<Host>,
    counter: Arc<Counter>,
    settings: PostroomSettings,
    in_hand: BTreeSet<Job>,
    pace: Pace,
    is_looking: bool,
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
        let counter = Arc::new(Counter { host: Arc::clone(&host), accounts, postman, scribe, settings });
        Self { host, counter, settings, in_hand: BTreeSet::new(), pace, is_looking: false }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.is_looking || self.in_hand.len() >= self.settings.connections_max {
            return;
        }
        self.is_looking = true;
        let (store, now) = (Arc::clone(&self.host.store), self.host.now());
        let due =
            async move { (note_records::due(&*store, now, LOOK_LEN).await, store.letters_due(now, LOOK_LEN).await) };
        ctx.spawn(due.into_actor(self).map(|(notes, letters), postroom, ctx| {
            postroom.is_looking = false;
            match notes {
                Ok(due) => {
                    due.into_iter().for_each(|Due { account, note }| postroom.take(ctx, account, Job::Note(note)));
                }
                Err(why) => warn!(%why, "the notes cannot be looked at; it is tried again"),
            }
            match letters {
                Ok(due) => {
                    due.into_iter().for_each(|(_, account, letter)| postroom.take(ctx, account, Job::Letter(letter)));
                }
                Err(why) => warn!(%why, "the outbox cannot be looked at; it is tried again"),
            }
        }));
    }

    fn take(&mut self, ctx: &mut Context<Self>, account: AccountId, job: Job) {
        let is_free = self.in_hand.len() < self.settings.connections_max && !self.in_hand.contains(&job);
        if !is_free || !self.pace.allows(account, self.host.now()) {
            return;
        }
        self.in_hand.insert(job);
        let counter = Arc::clone(&self.counter);
        let delivery = async move {
            match job {
                Job::Letter(letter) => counter.deliver(account, letter).await,
                Job::Note(note) => counter.deliver_note(note).await,
            }
        };
        ctx.spawn(delivery.into_actor(self).map(move |(), postroom, ctx| {
            postroom.in_hand.remove(&job);
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
    /// Looks as soon as letters were queued.
    fn listen(&mut self, ctx: &mut Context<Self>) {
        let host = Arc::clone(&self.host);
        let queued = async move { host.letters_queued.notified().await };
        ctx.spawn(queued.into_actor(self).map(|(), postroom, ctx| {
            postroom.look(ctx);
            postroom.listen(ctx);
        }));
    }
}

/// Look now: somebody asked for a retry.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct LookNow;

impl Handler<LookNow> for Postroom {
    type Result = ();

    fn handle(&mut self, _: LookNow, ctx: &mut Context<Self>) {
        self.look(ctx);
    }
}
