//! Who works on what. Where several nodes share a store, what is taken in hand is claimed before the relay is spoken to, in a
//! guarded commit: one of them wins, and the others' looks pass it by until the claim's end. A node that has its store for
//! itself claims only what is `sending`, so that its next run knows that nobody knows how that went on.

use super::deliver::Counter;
use crate::domain::notice::letter::{Claim, LetterState};
use crate::domain::time::{Span, Timestamp};

/// How long a claim holds before the body leaves: longer than a relay takes to get so far. If the node dies meanwhile, so
/// late another one goes on.
pub(super) const CLAIM_TO_KNOCK: Span = Span::from_secs(120);
/// How long a claim holds while the body is on its way: longer than the longest conversation with a relay.
const CLAIM_TO_SEND: Span = Span::from_secs(1_200);

/// Whose something is that was found due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// It is claimed by this node: by this very try.
    Ours,
    /// It is free.
    Nobodys,
    /// Another node works on it, or nothing is to be done about it now.
    Others,
}

impl Counter {
    /// Whose something is that is to be looked at again at `due` and is claimed so.
    pub(super) fn whose(&self, claim: Option<Claim>, due: Option<Timestamp>) -> Whose {
        let now = self.host.now();
        match claim {
            Some(claim) if claim.node == self.host.node => Whose::Ours,
            Some(claim) if !self.is_gone(claim, now) => Whose::Others,
            // Whenever it was to be looked at again: nobody will.
            Some(_) => Whose::Nobodys,
            _ if due.is_some_and(|at| at <= now) => Whose::Nobodys,
            _ => Whose::Others,
        }
    }

    /// Whether something is claimed by this node and its body has not left.
    pub(super) fn holds(&self, claim: Option<Claim>, state: LetterState) -> bool {
        claim.is_some_and(|claim| claim.node == self.host.node) && state != LetterState::Sending
    }

    /// Up to when what is due is looked at. What a lost node had claimed lies as far ahead as its claim.
    pub(super) fn look_until(&self) -> Timestamp {
        let now = self.host.now();
        if self.host.nodes.lost_since(now - CLAIM_TO_KNOCK) { now + CLAIM_TO_KNOCK } else { now }
    }

    /// Whether the node that claimed something does not work on it any more: it is lost, or takes too long.
    fn is_gone(&self, claim: Claim, now: Timestamp) -> bool {
        self.host.nodes.is_lost(claim.node) || now >= claim.until
    }

    /// The claim that is to be made before the relay is spoken to; `None`: there is nobody else who could take it.
    pub(super) fn claim_to_knock(&self) -> Option<Claim> {
        let until = self.host.now() + CLAIM_TO_KNOCK;
        self.host.store.is_shared().then_some(Claim { node: self.host.node, until })
    }

    /// The claim for the time in which the body is on its way, of a try that began at `at`, and when to look at it again.
    pub(super) fn claim_to_send(&self, at: Timestamp) -> (Claim, Timestamp) {
        let claim = Claim { node: self.host.node, until: at + CLAIM_TO_SEND };
        // The others need not look at it all the while, but soon enough to find that the node has died.
        let look_at = if self.host.store.is_shared() { self.host.now() + CLAIM_TO_KNOCK } else { at };
        (claim, look_at)
    }
}
