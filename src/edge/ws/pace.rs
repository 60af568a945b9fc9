//! How fast connections are taken in. Pure.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How much of a second's connections may come at once.
const BURST: Duration = Duration::from_millis(100);

/// So many a second, and no faster: whoever comes in between waits for their turn (the generic cell rate algorithm).
pub(super) struct Pace {
    gap: Duration,
    /// When the next one would come if all came evenly.
    due_at: Cell<Option<Instant>>,
}

impl Pace {
    /// One that lets `per_second` through, at least one.
    pub(super) fn new(per_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), due_at: Cell::new(None) }
    }

    /// How long the one who comes now waits; the next one comes behind them.
    pub(super) fn take_turn(&self, now: Instant) -> Duration {
        let turn = self.due_at.get().map_or(now, |due_at| due_at.max(now));
        self.due_at.set(Some(turn + self.gap));
        turn.saturating_duration_since(now + BURST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_comes_in_at_the_pace_and_a_few_at_once() {
        let (pace, now) = (Pace::new(1_000), Instant::now());
        let waits: Vec<_> = (0..1_101).map(|_| pace.take_turn(now)).collect();
        assert!(waits[..=100].iter().all(Duration::is_zero));
        assert_eq!(waits[101], Duration::from_millis(1));
        assert_eq!(waits[1_100], Duration::from_secs(1));
        // Whoever comes later waits that much less, and nothing is saved up for more than a moment.
        assert_eq!(pace.take_turn(now + Duration::from_secs(1)), Duration::from_millis(1));
        let later = now + Duration::from_mins(1);
        assert_eq!((0..102).map(|_| pace.take_turn(later)).max(), Some(Duration::from_millis(1)));
    }
}
