//! How many conversations of a node are busy at a time of their own accord: because something changed while they slept, or because
//! they are due. However many there are, they take the memory of a few, and the store's queue holds a few of them together, so that
//! whoever asks for something is answered meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many conversations of one account wake in one place: what lies together in the store is read, and written, together.
pub const WAKING_TOGETHER: usize = 16;
/// How many places there are to wake in: all of them together are as many as one commit of the store takes.
const WAKING_MAX: usize = 16;
/// How many decide at their deadlines: half of what waits in a store's queue at the most. The more of them wait there, the larger are
/// the groups that share a wait for the disk.
const DECIDING_MAX: usize = 8_192;

/// So long one is held at the most: whoever takes longer waits for a store that is away, or for what cannot be written.
pub const HELD_FOR: Duration = Duration::from_secs(5);

/// The places of a node.
pub struct Places {
    /// To wake, and to look at what has changed.
    pub looking: Pool,
    /// To wake before a deadline. Those do not wait behind the others.
    pub waking: Pool,
    /// To decide at a deadline.
    pub deciding: Pool,
}

/// Places of one kind.
pub struct Pool(Arc<Semaphore>);

/// One of them. It is free again when all that share it have dropped it.
#[derive(Clone)]
pub struct Place(#[expect(dead_code, reason = "it is held, not used")] Option<Arc<OwnedSemaphorePermit>>);

impl Default for Places {
    fn default() -> Self {
        Self { looking: Pool::of(WAKING_MAX), waking: Pool::of(WAKING_MAX), deciding: Pool::of(DECIDING_MAX) }
    }
}

impl Pool {
    fn of(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Waits for a place. Who came first gets it first.
    pub fn place(&self) -> impl Future<Output = Place> + use<> {
        let place = Arc::clone(&self.0).acquire_owned();
        // It errs only where the pool was closed, which nobody does.
        async { Place(place.await.ok().map(Arc::new)) }
    }
}
