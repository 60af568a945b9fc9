//! What every actor of a node shares: the store, the settings that the rules need, the node's own name.

use std::sync::Arc;

use super::board::Board;
use crate::domain::account::Delays;
use crate::domain::ids::{AccountId, LetterId, NodeId};
use crate::domain::time::{Span, Timestamp};
use crate::ports::bus::Bus;
use crate::ports::journal::Store;

/// The node, as its actors know it.
pub struct Host {
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// The way to the other nodes.
    pub bus: Arc<dyn Bus>,
    /// This run of this process.
    pub node: NodeId,
    /// When it started.
    pub started_at: Timestamp,
    /// Until when nothing fires and what was there before lingers (rule N10).
    pub grace_until: Timestamp,
    /// The last sign of life of the nodes before this one, by the store's clock: `None` if there was none.
    pub last_renewal: Option<Timestamp>,
    /// The configured delays.
    pub delays: Delays,
    /// How long what broke lingers (rule P4).
    pub grace: Span,
    /// The longest that a silence can be before it is taken for a break: two of the longer heartbeats.
    pub silence: Span,
    /// How long an account or conversation without work stays in memory.
    pub idle: Span,
    /// The domain of the sender: whom a receiving server is to let in.
    pub mail_domain: String,
    /// The `Message-ID` of a letter, always the same for the same letter (rule E2).
    pub message_id: Box<dyn Fn(AccountId, LetterId) -> String + Send + Sync>,
    /// Rung when letters were queued: the postroom looks.
    pub letters_queued: tokio::sync::Notify,
    /// Rung when somebody wants a letter tried at once: the postroom looks, and knocks at a relay that was shut.
    pub letters_asked_for: tokio::sync::Notify,
    /// After how long without an answer of the store chat boxes are stale.
    pub stale_after: Span,
    /// What is so of the whole node.
    pub board: Arc<Board>,
}

impl Host {
    /// The store's time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// What is older than this can no longer change. Until what was there before the start has come back or is given up,
    /// that is what was old then.
    pub fn horizon(&self, now: Timestamp) -> Timestamp {
        let horizon = now - self.settle();
        match self.last_renewal {
            Some(last_renewal) if now < self.grace_until + self.settle() => horizon.min(last_renewal),
            _ => horizon,
        }
    }

    /// How far back a change of presence can be dated (rule P4): what is older is settled.
    pub fn settle(&self) -> Span {
        Span(self.silence.0 + self.grace.0 + 1_000)
    }
}
