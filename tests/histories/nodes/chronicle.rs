//! What people were promised, as they remember it: what was acknowledged, and when they were there for certain.

use std::collections::BTreeMap;

use doorbell::domain::ids::{ConversationId, OperatorId};
use doorbell::domain::time::Timestamp;

/// What may be lost: asked before a fail-over, and acknowledged after the copy was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) as_of: Timestamp,
    pub(super) at: Timestamp,
}

/// A promise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ack {
    pub(super) asked_at: Timestamp,
    pub(super) acked_at: Timestamp,
}

/// A reply or a close: what was written and acknowledged before it was asked for is handled for good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handled {
    pub(super) conversation: ConversationId,
    pub(super) ack: Ack,
}

#[derive(Default)]
pub(super) struct Chronicle {
    pub(super) gaps: Vec<Gap>,
    /// The client's name of each acknowledged message, with its place.
    pub(super) written: BTreeMap<String, (ConversationId, u64, Ack)>,
    pub(super) handled: Vec<Handled>,
    /// For these times an operator was online, or a visitor there, by acknowledged acts.
    pub(super) online: Vec<(OperatorId, Timestamp, Timestamp)>,
    pub(super) there: Vec<(ConversationId, Timestamp, Timestamp)>,
    /// Whether a node died, stood still, was cut off or ended.
    pub(super) nodes_were_lost: bool,
    /// When the visitor's last socket ended, if its node lived and could be asked.
    pub(super) left: BTreeMap<ConversationId, Timestamp>,
}

impl Chronicle {
    pub(super) fn failed_over(&mut self, as_of: Timestamp, at: Timestamp) {
        self.gaps.push(Gap { as_of, at });
        // What was promised after the copy may be lost, and with it what followed from it.
        self.online.retain(|(_, from, _)| *from < as_of);
        self.there.retain(|(_, from, _)| *from < as_of);
    }

    pub(super) fn may_be_lost(&self, ack: Ack) -> bool {
        self.gaps.iter().any(|gap| ack.asked_at < gap.at && ack.acked_at > gap.as_of)
    }
}
