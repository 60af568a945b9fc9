//! The store's clock (rule N11): read from the wall once, then monotonic, and never earlier than what the file remembers.
//!
//! Running time is `tokio::time::Instant`. Outside of a runtime, and in every runtime whose time is not paused, that *is*
//! the system's monotonic clock; in a simulation it stands still and jumps with the rest. It needs no runtime context, so
//! an engine's own thread may ask too.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::domain::time::{Span, Timestamp};

/// A clock that a change of the wall clock or a suspend does not move.
#[derive(Debug)]
pub struct StoreClock {
    anchor: Instant,
    anchored_at: Timestamp,
    /// The latest instant told: two threads that ask at once never see it go back.
    told_ms: AtomicI64,
}

impl StoreClock {
    /// A clock that starts at the wall's time, or at `not_before` if the wall has gone back since that was stored.
    pub fn start(not_before: Option<Timestamp>) -> Self {
        let anchored_at = not_before.map_or_else(wall, |mark| mark.max(wall()));
        Self { anchor: Instant::now(), anchored_at, told_ms: AtomicI64::new(anchored_at.0) }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let now = self.anchored_at + Span::from(self.anchor.elapsed());
        Timestamp(self.told_ms.fetch_max(now.0, Ordering::Relaxed).max(now.0))
    }
}

/// The wall clock of this machine. Nothing is decided by it while the store is open.
pub(super) fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(Span::from(since_epoch).0)
}

/// A clock that moves only when it is told to, for simulations. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at this instant.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.0)))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    /// Moves on by a span; a negative one moves nothing.
    pub fn advance(&self, by: Span) {
        self.0.fetch_add(by.0.max(0), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_at_the_wall() {
        let (before, clock) = (wall(), StoreClock::start(None));
        assert!(before <= clock.now());
        assert!(clock.now() <= wall() + Span(1));
    }

    #[test]
    fn a_wall_that_went_back_does_not_take_it_along() {
        let mark = wall() + Span::from_secs(3_600);
        let clock = StoreClock::start(Some(mark));
        assert!(clock.now() >= mark);
        assert!(clock.now() < mark + Span::from_secs(3_600));
    }

    #[test]
    fn a_manual_clock_moves_when_told() {
        let clock = ManualClock::at(Timestamp(5));
        clock.clone().advance(Span(3));
        clock.advance(Span(-100));
        assert_eq!(clock.now(), Timestamp(8));
    }
}
