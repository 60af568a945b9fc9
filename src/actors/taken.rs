//! What the relay has taken lately, as the nodes remember it. A store that fails over to a replica may have forgotten what became
//! of a letter, and even that it was queued; whoever comes upon it again must not send it again (rule E4).
//!
//! A fail-over is also the moment in which nobody hears anything. So whoever finds that something may have been missed tells what
//! it had taken once more, for a while, and takes nothing in hand before the others had the time to do the same.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ids::{AccountId, NoteId};
use crate::domain::notice::letter::{Attempt, Letter};
use crate::domain::time::{Span, Timestamp};
use crate::ports::bus::{Carried, Hint};

/// How much is remembered: the newest. A fail-over loses seconds, not hours.
const TAKEN_MAX: usize = 16_384;
/// What was taken so long ago is told again.
const TOLD_AGAIN: Span = Span::from_secs(300);
/// How much of it at the most: the newest.
const TOLD_AGAIN_MAX: usize = 1_024;
/// For how long it is told again: the others may come to hear again later than this node.
const TOLD_AGAIN_FOR: Span = Span::from_secs(10);
/// How long nothing is taken in hand after something may have been missed.
const CATCHES_UP_FOR: Span = Span::from_secs(3);
/// How long at the most, where something is missed again and again.
const CATCHES_UP_MAX: Span = Span::from_secs(15);

/// The memory. Good on every thread.
#[derive(Debug, Default)]
pub struct Taken(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: HashMap<Carried, Known>,
    order: VecDeque<Carried>,
    /// When something may have been missed last, and since when that has gone on without a pause.
    missed: Option<Missed>,
    /// Until when what was taken is told again.
    told_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Missed {
    since: Timestamp,
    last: Timestamp,
}

impl Missed {
    fn is_fresh(self, now: Timestamp) -> bool {
        now < self.last + CATCHES_UP_FOR
    }
}

#[derive(Debug)]
struct Known {
    account: AccountId,
    attempt: Attempt,
    /// The places of the messages that it told.
    seqs: Vec<u64>,
    /// Whether it was this node that sent it.
    is_own: bool,
}

impl Taken {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The relay took something from this node. What the others are told of it.
    pub fn remember(&self, account: AccountId, what: Carried, attempt: Attempt, seqs: Vec<u64>) -> Hint {
        let known = Known { account, attempt, seqs, is_own: true };
        let hint = known.hint(what);
        self.memory().insert(what, known);
        hint
    }

    /// The relay took something from another node.
    pub fn hear(&self, account: AccountId, what: Carried, attempt: Attempt, seqs: Vec<u64>) {
        let mut memory = self.memory();
        if !memory.known.get(&what).is_some_and(|known| known.is_own) {
            memory.insert(what, Known { account, attempt, seqs, is_own: false });
        }
    }

    /// How the relay took a letter, if it is remembered, and which messages that told.
    pub fn letter(&self, letter: &Letter) -> Option<(Attempt, Vec<u64>)> {
        let memory = self.memory();
        let known = memory.known.get(&Carried::Letter(letter.id))?;
        // What the letter itself tells of is not forgotten: then somebody wants it sent again.
        (!letter.attempts.contains(&known.attempt)).then(|| (known.attempt.clone(), known.seqs.clone()))
    }

    /// How the relay took a note of which these attempts are known, if it is remembered and not among them.
    pub fn note(&self, note: NoteId, attempts: &[Attempt]) -> Option<Attempt> {
        let memory = self.memory();
        let known = memory.known.get(&Carried::Note(note))?;
        (!attempts.contains(&known.attempt)).then(|| known.attempt.clone())
    }

    /// Something may have been missed.
    pub fn on_gap(&self, now: Timestamp) {
        let mut memory = self.memory();
        memory.told_until = Some(now + TOLD_AGAIN_FOR);
        let since = memory.missed.filter(|missed| missed.is_fresh(now)).map_or(now, |missed| missed.since);
        memory.missed = Some(Missed { since, last: now });
    }

    /// Whether the others may be telling just now what was missed here.
    pub fn is_catching_up(&self, now: Timestamp) -> bool {
        let missed = self.memory().missed;
        missed.is_some_and(|missed| missed.is_fresh(now) && now < missed.since + CATCHES_UP_MAX)
    }

    /// What the others are to be told again at this time.
    pub fn to_tell_again(&self, now: Timestamp) -> Vec<Hint> {
        let memory = self.memory();
        if memory.told_until.is_none_or(|until| now > until) {
            return Vec::new();
        }
        let own = memory.order.iter().rev().filter_map(|what| memory.known.get(what).map(|known| (what, known)));
        let lately = own.filter(|(_, known)| known.is_own && now - known.attempt.at <= TOLD_AGAIN);
        lately.take(TOLD_AGAIN_MAX).map(|(what, known)| known.hint(*what)).collect()
    }
}

impl Known {
    /// What the others are told of it.
    fn hint(&self, what: Carried) -> Hint {
        let Self { account, attempt, seqs, .. } = self;
        Hint::Taken { account: *account, what, attempt: Box::new(attempt.clone()), seqs: seqs.clone() }
    }
}

impl Memory {
    fn insert(&mut self, what: Carried, known: Known) {
        if self.known.insert(what, known).is_none() {
            self.order.push_back(what);
        }
        if self.order.len() > TAKEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ACCOUNT: AccountId = AccountId(Uuid::nil());

    fn note(n: u128) -> Carried {
        Carried::Note(NoteId(Uuid::from_u128(n)))
    }

    fn attempt(at: i64) -> Attempt {
        Attempt::without_a_server(Timestamp(at), "250 ok")
    }

    #[test]
    fn the_newest_are_remembered() {
        let taken = Taken::default();
        for n in 0..=TAKEN_MAX as u128 {
            taken.remember(ACCOUNT, note(n), attempt(0), Vec::new());
        }
        let is_known = |n| taken.note(NoteId(Uuid::from_u128(n)), &[]).is_some();
        assert!(!is_known(0) && is_known(1));
        assert_eq!(taken.note(NoteId(Uuid::from_u128(1)), &[attempt(0)]), None, "that is known of it already");
    }

    #[test]
    fn e4_what_was_taken_here_lately_is_told_again_for_a_while_after_a_gap() {
        let (taken, start) = (Taken::default(), Timestamp(1_000_000));
        let told = taken.remember(ACCOUNT, note(1), attempt(start.0), Vec::new());
        taken.remember(ACCOUNT, note(2), attempt(start.0 - 400_000), Vec::new());
        taken.hear(ACCOUNT, note(3), attempt(start.0), Vec::new());
        assert_eq!(taken.to_tell_again(start), []);
        taken.on_gap(start);
        assert_eq!(taken.to_tell_again(start + Span(9_000)), [told]);
        assert_eq!(taken.to_tell_again(start + Span(11_000)), []);
    }

    #[test]
    fn who_misses_something_waits_for_the_others_a_moment_and_not_for_ever() {
        let taken = Taken::default();
        assert!(!taken.is_catching_up(Timestamp(0)));
        let waits = (0..100).filter(|n| {
            let now = Timestamp(n * 500);
            taken.on_gap(now);
            taken.is_catching_up(now)
        });
        assert_eq!(waits.count(), 30, "the first 15 s of 50");
        assert!(!taken.is_catching_up(Timestamp(60_000)));
        taken.on_gap(Timestamp(60_000));
        assert!(taken.is_catching_up(Timestamp(62_000)) && !taken.is_catching_up(Timestamp(63_000)));
    }
}
