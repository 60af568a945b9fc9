//! One timer for all visitors of a worker: a wheel of spokes, each holding whom to look at when it comes by. Pure.

use crate::domain::time::{Span, Timestamp};

/// How many spokes a heartbeat has.
const SPOKES_PER_HEARTBEAT: i64 = 64;

/// Who is to be looked at when. Holds `T` cheap to copy; who has gone meanwhile is for the caller to know.
pub(super) struct Wheel<T> {
    spokes: Vec<Vec<T>>,
    spoke: Span,
    /// Which spoke comes next, counted from the start.
    turned: i64,
    started_at: Timestamp,
}

impl<T> Wheel<T> {
    /// A wheel that looks at least once per `heartbeat`.
    pub(super) fn new(heartbeat: Span, now: Timestamp) -> Self {
        let spoke = Span((heartbeat.0 / SPOKES_PER_HEARTBEAT).max(1));
        // Two heartbeats around, so that whatever is due within one lands ahead.
        let spokes = (0..=2 * SPOKES_PER_HEARTBEAT).map(|_| Vec::new()).collect();
        Self { spokes, spoke, turned: 0, started_at: now }
    }

    /// How often [`turn`](Self::turn) is to be called.
    pub(super) fn spoke(&self) -> Span {
        self.spoke
    }

    /// Puts in whom to look at in `after`: never earlier, and at most one spoke later.
    pub(super) fn put(&mut self, whom: T, after: Span, now: Timestamp) {
        let due = (now + after - self.started_at).0.div_euclid(self.spoke.0) + 1;
        let ahead = due.clamp(self.turned, self.turned + self.spokes.len() as i64 - 1);
        let place = self.place(ahead);
        self.spokes[place].push(whom);
    }

    /// Takes out everybody who is to be looked at by now.
    pub(super) fn turn(&mut self, now: Timestamp) -> Vec<T> {
        let until = (now - self.started_at).0.div_euclid(self.spoke.0);
        let mut due = Vec::new();
        // After a long sleep once around is everybody.
        let last_around = until.min(self.turned + self.spokes.len() as i64 - 1);
        for turned in self.turned..=last_around {
            let place = self.place(turned);
            due.append(&mut self.spokes[place]);
        }
        self.turned = self.turned.max(until + 1);
        due
    }

    fn place(&self, turned: i64) -> usize {
        turned.rem_euclid(self.spokes.len() as i64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_looked_at_early_and_nobody_more_than_a_spoke_late() {
        let mut wheel = Wheel::new(Span(6_400), Timestamp(1_000));
        for after in [0, 1, 99, 100, 101, 6_399, 6_400, 12_800] {
            let mut now = Timestamp(1_234);
            let _ = wheel.turn(now);
            wheel.put(after, Span(after), now);
            let due_at = now + Span(after);
            while {
                now = now + Span(10);
                wheel.turn(now).is_empty()
            } {
                assert!(now < due_at + Span(100), "late: {after}");
            }
            assert!(now >= due_at, "early: {after}");
            wheel = Wheel::new(Span(6_400), Timestamp(1_000));
        }
    }

    #[test]
    fn a_long_sleep_loses_nobody() {
        let mut wheel = Wheel::new(Span(640), Timestamp(0));
        for after in 0..1_280 {
            wheel.put(after, Span(after), Timestamp(0));
        }
        assert_eq!(wheel.turn(Timestamp(1_000_000)).len(), 1_280);
        wheel.put(7, Span(10), Timestamp(1_000_000));
        assert_eq!(wheel.turn(Timestamp(1_000_020)), [7]);
    }
}
