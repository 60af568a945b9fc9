//! What every actor of a node shares: the store, the settings that the rules need, the node's own name.

use std::sync::Arc;
use std::time::Duration;

use super::board::Board;
use super::nodes::Nodes;
use super::places::Places;
use super::taken::Taken;
use crate::domain::account::Delays;
use crate::domain::conversation::thread::Conversation;
use crate::domain::ids::{AccountId, LetterId, NodeId};
use crate::domain::time::{Span, Timestamp};
use crate::ports::bus::Bus;
use crate::ports::journal::Store;

/// How often a node renews its lease.
pub const RENEWED_EVERY: Span = Span::from_secs(1);

/// The pause before the store is asked again.
pub const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The node, as its actors know it.
pub struct Host {
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// The way to the other nodes.
    pub bus: Arc<dyn Bus>,
    /// This run of this process.
    pub node: NodeId,
    /// The nodes on the store.
    pub nodes: Nodes,
    /// When it started.
    pub started_at: Timestamp,
    /// Until when nothing fires and what was there before lingers (rule N10).
    pub grace_until: Timestamp,
    /// How long nothing fires after a start, or after an outage of the store.
    pub startup_grace: Span,
    /// The last sign of life of those nodes that were gone before this one started, by the store's clock: `None` if there was
    /// none.
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
    /// Letters that the relay has taken lately, here or at another node.
    pub taken: Taken,
    /// The places for conversations that wake.
    pub places: Places,
}

impl Host {
    /// The store's time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Until when nothing fires here (rule N10): after a start, and after a time in which the store took nothing from this node, for
    /// who lost their socket then could not come back. `NEVER`: it takes nothing just now, as far as is known.
    pub fn quiet_until(&self, now: Timestamp) -> Timestamp {
        self.nodes.outage(now).map_or(self.grace_until, |outage| outage.quiet_until.max(self.grace_until))
    }

    /// Since when it is so that nothing fires.
    pub fn quiet_since(&self, now: Timestamp) -> Option<Timestamp> {
        let outage = self.nodes.outage(now).filter(|outage| now < outage.quiet_until).map(|outage| outage.since);
        outage.or_else(|| (now < self.grace_until).then_some(self.started_at))
    }

    /// What is older than this can no longer change. Until what was there before the start, before an outage of the store, or on a
    /// node that is lost, has come back or is given up, that is what was old then.
    pub fn horizon(&self, now: Timestamp) -> Timestamp {
        let before_the_start = self.last_renewal.filter(|_| now < self.grace_until + self.settle());
        let on_other_nodes = self.nodes.doubtful_since(now, self.grace + self.settle());
        let outage = self.nodes.outage(now).filter(|outage| now - self.settle() < outage.quiet_until);
        let before_the_outage = outage.map(|outage| outage.since);
        let doubtful = [before_the_start, before_the_outage, on_other_nodes].into_iter().flatten();
        doubtful.fold(now - self.settle(), Timestamp::min)
    }

    /// How far back a change of presence can be dated (rules P4, P6): what is older is settled.
    pub fn settle(&self) -> Span {
        let lease = self.nodes.lease().map_or(Span(0), |lease| lease + RENEWED_EVERY * 2);
        self.silence.max(lease) + self.grace + Span::from_secs(1)
    }

    /// Whether the visitor of a conversation has a socket on another node that lives, as far as that is written.
    pub fn is_on_another_node(&self, doc: &Conversation) -> bool {
        doc.visitor_on.iter().any(|node| *node != self.node && !self.nodes.is_lost(*node))
    }

    /// When a node that is lost was last alive.
    pub fn last_sign_of(&self, node: NodeId) -> Timestamp {
        let known = self.nodes.renewed_at(node).or_else(|| self.nodes.last_sign_of_a_stranger(node));
        known.or(self.last_renewal).unwrap_or(self.started_at)
    }

    /// How long what a lost node held may linger (rules P4, P6, N10).
    pub fn lingers_until(&self, node: NodeId) -> Timestamp {
        if self.nodes.lease().is_none() {
            return self.grace_until;
        }
        match self.nodes.lost_at(node) {
            Some(at) if at > self.started_at => at + self.grace,
            Some(_) => self.grace_until.max(self.started_at + self.grace),
            // It is in no register any more: it was given up long ago.
            None => self.last_sign_of(node) + self.grace,
        }
    }
}
