//! The queue, held while the relay does not let us in (rule D5): that is no letter's fault, so one letter knocks at a time.

use crate::domain::notice::class::{Class, classify};
use crate::domain::notice::letter::Pauses;
use crate::domain::notice::reply::{Phase, Reply};
use crate::domain::time::{Span, Timestamp};

/// The longest pause between two knocks: so late, at most, letters go on once the relay is there again.
const KNOCK_MAX: Span = Span::from_secs(300);

/// Whether a relay refused our log-in, or wants one.
pub(super) fn is_our_log_in(reply: &Reply) -> bool {
    let is_final = reply.code.is_some_and(|code| code >= 500);
    // What is said of a recipient may be meant for that recipient only; what wants a log-in is of the log-in's phase already.
    is_final && reply.phase < Phase::Rcpt && classify(reply) == Some(Class::RelayAuth)
}

/// Whether letters go, or wait for the relay.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// How often it was knocked in vain; 0: letters go.
    in_vain: usize,
    /// When it is knocked next.
    until: Timestamp,
    /// When the relay last let a letter in.
    let_in_at: Option<Timestamp>,
}

impl Hold {
    /// Whether another letter may be taken while `in_hand` are under way.
    pub(super) fn allows(&self, in_hand: usize, now: Timestamp) -> bool {
        self.in_vain == 0 || (in_hand == 0 && now >= self.until)
    }

    /// Whether it is time to knock, letter or not: otherwise whoever has none to send would believe for ever that the relay is shut.
    pub(super) fn is_to_knock(&self, now: Timestamp) -> bool {
        self.in_vain > 0 && now >= self.until
    }

    /// The relay let a letter in.
    pub(super) fn on_let_in(&mut self, now: Timestamp) {
        *self = Self { let_in_at: Some(now), ..Self::default() };
    }

    /// The relay did not let a letter in that knocked at `began_at`. Until when the queue is held; `None`: it let another one in
    /// meanwhile, so it is not shut.
    pub(super) fn on_shut(&mut self, began_at: Timestamp, now: Timestamp, pauses: &Pauses) -> Option<Timestamp> {
        if self.let_in_at.is_some_and(|at| at >= began_at) {
            return None;
        }
        // Those that knocked together are one attempt.
        if began_at >= self.until {
            let pause = pauses.after(self.in_vain).min(KNOCK_MAX.max(pauses.retry_initial));
            self.in_vain += 1;
            self.until = now + pause;
        }
        Some(self.until)
    }

    /// Somebody wants to see at once whether it goes on.
    pub(super) fn on_asked(&mut self, now: Timestamp) {
        self.until = self.until.min(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSES: Pauses =
        Pauses { retry_initial: Span::from_secs(30), uncertain_wait: Span(1), expire: Span::from_secs(86_400) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000)
    }

    #[test]
    fn d5_a_relay_that_is_shut_holds_the_queue_and_one_letter_at_a_time_knocks() {
        let mut hold = Hold::default();
        assert!(hold.allows(3, at(0)));
        assert_eq!(hold.on_shut(at(0), at(1), &PAUSES), Some(at(31)));
        assert_eq!(hold.on_shut(at(0), at(2), &PAUSES), Some(at(31)), "they knocked together");
        assert!(!hold.allows(0, at(30)) && hold.allows(0, at(31)) && !hold.allows(1, at(31)));
        assert!(!hold.is_to_knock(at(30)) && hold.is_to_knock(at(31)));
        assert_eq!(hold.on_shut(at(31), at(32), &PAUSES), Some(at(92)), "the pause grows");
        for _ in 0..20 {
            hold.on_shut(hold.until, hold.until, &PAUSES);
        }
        assert_eq!(hold.on_shut(hold.until, hold.until, &PAUSES).unwrap() - hold.until, Span(0));
        let before = hold.until;
        assert_eq!(hold.on_shut(before, before, &PAUSES).unwrap() - before, KNOCK_MAX);
        hold.on_let_in(at(10_000));
        assert!(hold.allows(9, at(10_000)) && !hold.is_to_knock(at(20_000)));
    }

    #[test]
    fn d5_a_relay_that_let_another_letter_in_meanwhile_is_not_shut() {
        let mut hold = Hold::default();
        hold.on_let_in(at(5));
        assert_eq!(hold.on_shut(at(4), at(6), &PAUSES), None);
        assert!(hold.allows(3, at(6)));
        assert!(hold.on_shut(at(6), at(7), &PAUSES).is_some());
    }

    #[test]
    fn whoever_asks_need_not_wait_for_the_next_knock() {
        let mut hold = Hold::default();
        hold.on_shut(at(0), at(0), &PAUSES);
        hold.on_asked(at(3));
        assert!(hold.allows(0, at(3)));
    }
}
