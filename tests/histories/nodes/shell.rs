//! The loop around a document, as `actors::shell` has it: one commit in flight, what arrives meanwhile is decided together.

use std::collections::VecDeque;

use super::store::Commit;

/// What a loop waits for.
pub(super) enum Phase<H, D> {
    Idle,
    /// For what is stored, having heard of so much; then the batch is decided, if there is one.
    Reading(H),
    /// For the outcome of what it decided.
    Committing(Box<(Commit, D)>),
}

/// The loop. `I`: what changes the document; `H`: what was heard of it; `D`: what a decision comes to once it is durable.
pub(super) struct Shell<I, H, D> {
    pub(super) queue: VecDeque<(I, Option<u64>)>,
    pub(super) batch: Vec<(I, Option<u64>)>,
    pub(super) phase: Phase<H, D>,
    /// The number of the question that is under way: answers to others come too late.
    pub(super) asked: u64,
}

impl<I: Clone, H, D> Shell<I, H, D> {
    pub(super) fn new() -> Self {
        Self { queue: VecDeque::new(), batch: Vec::new(), phase: Phase::Idle, asked: 0 }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.is_idle() || !self.queue.is_empty()
    }

    pub(super) fn take_batch(&mut self) {
        self.batch = self.queue.drain(..).collect();
    }

    pub(super) fn inputs(&self) -> Vec<I> {
        self.batch.iter().map(|(input, _)| input.clone()).collect()
    }
}
