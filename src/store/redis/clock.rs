//! The clock of a store that several nodes share: that of Redis, followed by each node on its own monotonic clock.
//!
//! A node learns from every answer what time it was at Redis between its question and the answer's coming. So it knows at least how
//! far its own clock is behind, and takes the best such bound of the last seconds. It is therefore not ahead of Redis, and never
//! before an instant that an answer has told it. The wall clock of the node plays no role.
//!
//! A clock of Redis that is set is followed slowly, forward or back, and all nodes do so together: once a second each tells how far
//! its clock has come, and who is behind takes that over, as one that stood still with its machine does; who starts among others
//! starts where they are.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::domain::time::Timestamp;

/// Microseconds: an instant since 1970 by Redis, or a time on the monotonic clock since this one began.
pub(super) type Micros = i64;

/// How long a bound counts, at least; at most twice as long. Two clocks drift apart by less than a millisecond meanwhile.
const WINDOW_US: Micros = 5_000_000;
/// A difference up to this is taken over at once. More is a clock that was set, which must not make timers fire early (rule N11)
/// or stand still.
const STEP_US: Micros = 50_000;
/// So much of the time that passes is gained on a clock that was set forward, or lost to one that was set back: a twentieth.
const GAIN: Micros = 20;
/// Nodes tell their clocks every second: when one did within this time, some of them live.
const TOLD_LATELY_US: Micros = 10_000_000;
/// What the clocks of nodes that live may differ from that of Redis while nobody has set it: what they told may be a second old.
const USUAL_US: Micros = 2_000_000;

/// Where the clock of a node starts that is told this: what Redis' clock shows, how far the store's clock had come, and what Redis'
/// clock showed when that was told; the latter two are 0 if it was never.
///
/// Among nodes that follow a clock slowly which was set, it starts where they are. Where nobody lives, it is what Redis says; but no
/// instant is told twice.
pub(super) fn beginning(told: Micros, furthest: Micros, furthest_told_at: Micros) -> Micros {
    if others_live(told, furthest_told_at) && told > furthest + USUAL_US { furthest } else { told.max(furthest) }
}

/// Whether a node that lives leads the store's clock: told as for [`beginning`].
pub(super) fn others_live(told: Micros, furthest_told_at: Micros) -> bool {
    told - furthest_told_at <= TOLD_LATELY_US
}

/// How a node's clock is led along Redis' one. Pure: it is told both times.
#[derive(Debug)]
struct Course {
    /// How far Redis' clock was ahead of the monotonic one, as far as it is followed, at `since`.
    offset: Micros,
    since: Micros,
    /// How far it is ahead as far as is known.
    target: Micros,
    /// The best bounds of this stretch of [`WINDOW_US`] and of the one before.
    best: [Option<Micros>; 2],
    began: Micros,
}

impl Course {
    /// Redis `told` what time it is there; this one begins with what it is to show.
    fn start(received: Micros, told: Micros, shown: Micros) -> Self {
        let (offset, target) = (shown - received, told - received);
        Self { offset, since: received, target, best: [Some(target), None], began: received }
    }

    /// How far Redis' clock is followed at this time.
    fn offset_at(&self, now: Micros) -> Micros {
        let moved = (now - self.since).max(0) / GAIN;
        self.target.clamp(self.offset - moved, self.offset + moved)
    }

    /// Another node's clock shows this already.
    fn keep_up(&mut self, now: Micros, shown: Micros) {
        if now + self.offset_at(now) < shown {
            (self.offset, self.since) = (shown - now, now);
        }
    }

    /// It was `told` at Redis some time between `sent` and `received`.
    fn learn(&mut self, sent: Micros, received: Micros, told: Micros) {
        let (at_least, at_most) = (told - received, told - sent);
        match (received - self.began) / WINDOW_US {
            0 => {}
            1 => self.best = [None, self.best[0]],
            _ => self.best = [None, None],
        }
        if received - self.began >= WINDOW_US {
            self.began = received;
        }
        if self.best.into_iter().flatten().any(|best| best > at_most) {
            // It was set back: what was known of it is no longer so.
            self.best = [None, None];
        }
        self.best[0] = Some(self.best[0].map_or(at_least, |best| best.max(at_least)));

        let followed = self.offset_at(received);
        self.target = self.best.into_iter().flatten().max().unwrap_or(at_least);
        self.offset = if (self.target - followed).abs() <= STEP_US { self.target } else { followed };
        self.since = received;
    }
}

/// The clock of one node.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    course: Mutex<Course>,
    /// The latest instant told, in milliseconds.
    told_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows `shown` where Redis' one has just told `told`: see [`beginning`].
    pub(super) fn start(told: Micros, shown: Micros) -> Self {
        let course = Mutex::new(Course::start(0, told, shown));
        Self { began: Instant::now(), course, told_ms: AtomicI64::new(shown / 1_000) }
    }

    /// The present instant: never earlier than one that it told.
    pub(super) fn now(&self) -> Timestamp {
        let now_ms = self.shown() / 1_000;
        Timestamp(self.told_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms))
    }

    /// What it shows.
    pub(super) fn shown(&self) -> Micros {
        let elapsed = self.elapsed();
        elapsed + self.course().offset_at(elapsed)
    }

    /// Another node's clock shows this already.
    pub(super) fn keep_up(&self, shown: Micros) {
        let elapsed = self.elapsed();
        self.course().keep_up(elapsed, shown);
    }

    /// What Redis' own clock shows now, at least: without the slowness of [`Clock::now`] after a jump.
    pub(super) fn at_redis(&self) -> Micros {
        self.elapsed() + self.course().target
    }

    /// Time on the node's monotonic clock.
    pub(super) fn elapsed(&self) -> Micros {
        i64::try_from(self.began.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    /// It was `told` at Redis some time since `sent`.
    pub(super) fn learn(&self, sent: Micros, told: Micros) {
        let received = self.elapsed();
        self.course().learn(sent, received, told);
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Micros = 1_000_000;
    /// What Redis' clock shows at the beginning.
    const NOON: Micros = 1_000_000 * SECOND;

    /// What a node's clock shows.
    fn shown(course: &Course, now: Micros) -> Micros {
        now + course.offset_at(now)
    }

    #[test]
    fn it_is_never_before_what_an_answer_told_and_never_ahead_of_redis() {
        let mut course = Course::start(300, NOON, NOON);
        for n in 1..2_000 {
            // The way there takes a while and the way back, too, now this long, now that.
            let sent = n * 10_000;
            let at_redis = sent + 40 + n * 7 % 900;
            let received = at_redis + 30 + n * 13 % 1_700;
            let told = NOON + at_redis;
            course.learn(sent, received, told);
            assert!(shown(&course, received) >= told);
            assert!(shown(&course, received) <= NOON + received);
        }
    }

    #[test]
    fn a_clock_set_forward_is_followed_slowly() {
        let mut course = Course::start(0, NOON, NOON);
        let mut before = shown(&course, 0);
        for second in 1..=60 {
            let now = second * SECOND;
            course.learn(now - 100, now, NOON + now + 2 * SECOND);
            let gained = shown(&course, now) - before - SECOND;
            assert!(gained <= SECOND / GAIN + STEP_US, "{gained}");
            before = shown(&course, now);
        }
        assert_eq!(before, NOON + 62 * SECOND);
    }

    #[test]
    fn a_small_difference_is_made_up_at_once() {
        let mut course = Course::start(0, NOON, NOON);
        course.learn(900, 1_000, NOON + 40_000);
        assert_eq!(shown(&course, 1_000), NOON + 40_000);
    }

    #[test]
    fn a_clock_set_back_is_followed_slowly_and_never_stands_still() {
        let mut course = Course::start(0, NOON, NOON);
        let mut before = NOON;
        for second in 1..=60 {
            let now = second * SECOND;
            course.learn(now - 100, now, NOON + now - 2 * SECOND);
            let went = shown(&course, now) - before;
            assert!(went >= SECOND - SECOND / GAIN - STEP_US, "{went}");
            before = shown(&course, now);
        }
        assert_eq!(before, NOON + 58 * SECOND);
    }

    #[test]
    fn who_starts_among_those_that_follow_a_clock_that_was_set_starts_where_they_are() {
        let (lately, long_ago) = (NOON - SECOND, NOON - 3_600 * SECOND);
        // Nobody has set it; what was told last is a second old.
        assert_eq!(beginning(NOON, NOON - SECOND, lately), NOON);
        // It was set forward a minute ago, or back; the others are on their way.
        assert_eq!(beginning(NOON, NOON - 57 * SECOND, lately), NOON - 57 * SECOND);
        assert_eq!(beginning(NOON, NOON + 57 * SECOND, lately), NOON + 57 * SECOND);
        // Nobody was there for an hour.
        assert_eq!(beginning(NOON, long_ago, long_ago), NOON);
        assert_eq!(beginning(NOON, NOON + SECOND, long_ago), NOON + SECOND);
        assert_eq!(beginning(NOON, 0, 0), NOON);
    }

    #[test]
    fn nodes_that_follow_a_clock_that_was_set_agree_whenever_they_started() {
        for jump in [60 * SECOND, -60 * SECOND] {
            let told = |now: Micros| NOON + now + if now >= 100 * SECOND { jump } else { 0 };
            let mut courses = vec![Course::start(0, told(0), told(0))];
            let (mut furthest, mut told_at) = (NOON, NOON);
            for second in 1..2_000 {
                let now = second * SECOND;
                if second == 103 {
                    courses.push(Course::start(now, told(now), beginning(told(now), furthest, told_at)));
                }
                // One machine stands still, its monotonic clock with it: for the course it is as if its clock went back.
                if second == 150 {
                    courses[0].keep_up(now, furthest);
                    courses[0].offset -= 30 * SECOND;
                }
                for course in &mut courses {
                    course.learn(now - 100, now, told(now));
                    course.keep_up(now, furthest);
                    (furthest, told_at) = (furthest.max(shown(course, now)), told(now));
                }
                let all: Vec<_> = courses.iter().map(|course| shown(course, now)).collect();
                let apart = all.iter().max().unwrap() - all.iter().min().unwrap();
                assert!(apart <= SECOND + 2 * STEP_US, "{apart} after {second} s");
            }
            assert!(courses.iter().all(|course| shown(course, 1_999 * SECOND) == told(1_999 * SECOND)));
        }
    }

    #[test]
    fn a_slow_answer_is_not_taken_for_a_clock_set_back() {
        let mut course = Course::start(0, NOON, NOON);
        course.learn(SECOND, 3 * SECOND, NOON + SECOND + 500);
        assert_eq!(shown(&course, 3 * SECOND), NOON + 3 * SECOND);
    }

    #[test]
    fn drift_is_followed() {
        // A node whose own clock is 50 millionths fast, for an hour.
        let mut course = Course::start(0, NOON, NOON);
        for second in 1..3_600 {
            let now = second * SECOND + second * 50;
            let told = NOON + second * SECOND;
            course.learn(now - 200, now, told);
            let ahead = shown(&course, now) - told;
            assert!((0..1_000).contains(&ahead), "{ahead}");
        }
    }

    #[test]
    fn what_it_shows_never_goes_back() {
        let clock = Clock::start(NOON, NOON + 5 * SECOND);
        let first = clock.now();
        assert!(first >= Timestamp((NOON + 5 * SECOND) / 1_000));
        clock.learn(clock.elapsed(), NOON - 60 * SECOND);
        assert!(clock.now() >= first);
    }
}
