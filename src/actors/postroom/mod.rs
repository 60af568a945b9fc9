//! The postroom: takes letters from the outbox and has them carried, oldest first, within its limits (rules E4, E6).

mod deliver;
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
use crate::domain::ids::{AccountId, LetterId};
use crate::domain::time::Span;
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

/// The actor.
pub struct Postroom {
    host: Arc<Host>,
    counter: Arc<Counter>,
    settings: PostroomSettings,
    in_hand: BTreeSet<LetterId>,
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
        let due = self.host.store.letters_due(self.host.now(), LOOK_LEN);
        ctx.spawn(due.into_actor(self).map(|due, postroom, ctx| {
            postroom.is_looking = false;
            match due {
                Ok(due) => due.into_iter().for_each(|(_, account, letter)| postroom.take(ctx, account, letter)),
                Err(why) => warn!(%why, "the outbox cannot be looked at; it is tried again"),
            }
        }));
    }

    fn take(&mut self, ctx: &mut Context<Self>, account: AccountId, letter: LetterId) {
        let is_free = self.in_hand.len() < self.settings.connections_max && !self.in_hand.contains(&letter);
        if !is_free || !self.pace.allows(account, self.host.now()) {
            return;
        }
        self.in_hand.insert(letter);
        let counter = Arc::clone(&self.counter);
        let delivery = async move { counter.deliver(account, letter).await };
        ctx.spawn(delivery.into_actor(self).map(move |(), postroom, ctx| {
            postroom.in_hand.remove(&letter);
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
