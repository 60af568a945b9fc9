//! How many conversations of a node wake at a time: to look at what has changed, or because they will soon be due. However many
//! there are, the store is asked for a few of them together, so that others are answered meanwhile; and of those that sleep again
//! no more take memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many places there are of each kind.
const COUNT: usize = 16;
/// How many conversations of one account share a place. What lies together in the store is read, and written, together; all places
/// are as many as one commit of the store takes.
pub const SHARED_BY: usize = 16;

/// The places of a node.
#[derive(Default)]
pub struct Places {
    /// Of those that look at what has changed.
    pub looking: Pool,
    /// Of those that will soon be due: they do not wait behind the others.
    pub due: Pool,
}

/// Places of one kind.
pub struct Pool(Arc<Semaphore>);

/// One of them. It is free again when all that share it have dropped it.
#[derive(Clone)]
pub struct Place(#[expect(dead_code, reason = "it is held, not used")] Option<Arc<OwnedSemaphorePermit>>);

impl Default for Pool {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(COUNT)))
    }
}

impl Pool {
    /// Waits for a place. Who came first gets it first.
    pub fn place(&self) -> impl Future<Output = Place> + use<> {
        let place = Arc::clone(&self.0).acquire_owned();
        // It errs only where the pool was closed, which nobody does.
        async { Place(place.await.ok().map(Arc::new)) }
    }
}
