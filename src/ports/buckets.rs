//! Counts that all nodes on one store keep together: so many of a thing in a stretch of time, wherever it is asked for.

use super::journal::Found;
use crate::domain::time::Span;

/// What is taken from one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Which bucket: what is limited, and whose, such as `visitor_messages_per_minute/…`. It holds nothing that is secret and is
    /// of bounded length.
    pub key: String,
    /// How many it holds when it is full, and how many come back in `per`.
    pub capacity: u32,
    /// In how long an empty one is full again.
    pub per: Span,
}

/// Nothing was taken, for not every bucket held one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The place, among what was asked for, of the one that takes longest to hold one.
    pub which: usize,
    /// The time until all of them do.
    pub wait: Span,
}

/// The buckets. They are not durable: after a crash of the store they may be full again.
pub trait Buckets: Send + Sync + 'static {
    /// Takes one from each of the buckets, or from none.
    ///
    /// # Errors
    /// The store does not answer. Who asked falls back on its own count.
    fn take(&self, draws: Vec<Draw>) -> Found<Result<(), Short>>;

    /// The buckets with these keys are full from now on, as if nothing had been taken.
    ///
    /// # Errors
    /// The store does not answer; then they fill with time.
    fn fill(&self, keys: Vec<String>) -> Found<()>;
}
