//! Connections that wait for the next letter. What waits too long is ended by us, before the relay does it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::dialogue::Dialogue;

/// The connections that lie idle.
pub(super) struct Shelf {
    /// How long one may lie.
    idle_max: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Since when which one lies; the longest first.
    lying: Vec<(Instant, Dialogue)>,
    /// Whether somebody looks when the first has lain for too long.
    watched: bool,
}

impl Shelf {
    pub(super) fn new(idle_max: Duration) -> Arc<Self> {
        Arc::new(Self { idle_max, kept: Mutex::default() })
    }

    /// The connection that was used last: the others may end.
    pub(super) fn take(&self) -> Option<Dialogue> {
        self.kept().lying.pop().map(|(_, dialogue)| dialogue)
    }

    pub(super) fn put(self: &Arc<Self>, dialogue: Dialogue) {
        let mut kept = self.kept();
        kept.lying.push((Instant::now(), dialogue));
        if !kept.watched {
            kept.watched = true;
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }

    /// Ends what lay for too long: when to look again, if anything is left.
    fn tidy(&self) -> Option<Instant> {
        let mut kept = self.kept();
        let now = Instant::now();
        let fresh = kept.lying.iter().position(|(since, _)| *since + self.idle_max > now);
        let end = fresh.unwrap_or(kept.lying.len());
        kept.lying.drain(..end).for_each(|(_, dialogue)| dialogue.part());
        let next = kept.lying.first().map(|(since, _)| *since + self.idle_max);
        kept.watched = next.is_some();
        next
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.kept().lying.drain(..).for_each(|(_, dialogue)| dialogue.part());
    }
}

/// Tidies until nothing is left, or nobody needs the shelf.
async fn watch(shelf: Weak<Shelf>) {
    while let Some(next) = shelf.upgrade().and_then(|shelf| shelf.tidy()) {
        tokio::time::sleep_until(next).await;
    }
}
