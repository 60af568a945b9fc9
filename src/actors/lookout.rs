//! The lookout: asks the store every second whether it takes anything, and writes what it finds on the node's board. One
//! question at a time, however long the answer takes, and however many want to know.

use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};
use tracing::{info, warn};

use super::host::Host;
use crate::domain::time::{Span, Timestamp};

/// How often it asks at the most; more often where boxes are to turn stale sooner.
const LOOK_EVERY: Span = Span::from_secs(1);
/// A store that has not answered for so long is away, whatever it will say.
const PATIENCE: Span = Span::from_secs(2);

/// The actor.
pub struct Lookout {
    host: Arc<Host>,
    /// When the question was asked that is not answered yet.
    asked_at: Option<Timestamp>,
    /// When it looked last.
    looked_at: Timestamp,
}

impl Lookout {
    /// To be started.
    pub fn new(host: Arc<Host>) -> Self {
        let looked_at = host.now();
        Self { host, asked_at: None, looked_at }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        // A process that was held up itself has not given the store its time.
        let slept = now - self.looked_at >= PATIENCE;
        self.looked_at = now;
        if let Some(asked_at) = self.asked_at {
            if !slept && now - asked_at >= PATIENCE.min(self.host.stale_after) {
                self.on_away(asked_at, "it does not answer");
            }
            return;
        }
        self.asked_at = Some(now);
        let health = self.host.store.health();
        ctx.spawn(health.into_actor(self).map(move |health, lookout, _| {
            lookout.asked_at = None;
            match health {
                Ok(()) => lookout.on_answered(),
                Err(why) => lookout.on_away(now, &why.to_string()),
            }
        }));
    }

    fn on_answered(&self) {
        if let Some(since) = self.host.board.now().store_away {
            info!(since_ms = since.0, "the store is back");
        }
        self.host.board.on_store_answered();
    }

    fn on_away(&self, since: Timestamp, why: &str) {
        if self.host.board.now().store_away.is_none() {
            warn!(why, "the store is away");
        }
        self.host.board.on_store_away(since, self.host.now(), self.host.stale_after);
    }
}

impl Actor for Lookout {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.look(ctx);
        let every = LOOK_EVERY.min(Span(self.host.stale_after.0 / 2)).max(Span(20));
        ctx.run_interval(every.to_duration(), Self::look);
    }
}
