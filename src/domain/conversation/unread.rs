//! Where the visitor's messages are that no operator has seen or answered, so that a read mark in their midst leaves the right
//! number behind.

use serde::{Deserialize, Serialize};

/// How many runs are known by their places; of what is older only the number is.
const RUNS_MAX: usize = 32;

/// Neighbouring messages of the visitor, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run(u64, u64);

/// The places of the newest unread messages, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread(Vec<Run>);

impl Unread {
    /// The visitor wrote.
    pub fn on_wrote(&mut self, seq: u64) {
        match self.0.last_mut() {
            Some(last) if last.1 + 1 == seq => last.1 = seq,
            _ => self.0.push(Run(seq, seq)),
        }
        if self.0.len() > RUNS_MAX {
            self.0.remove(0);
        }
    }

    /// An operator has seen everything up to `seq`: how many of `count` are left, in a conversation that goes to `last_seq`.
    pub fn on_seen(&mut self, seq: u64, count: u64, last_seq: u64) -> u64 {
        let older = count.saturating_sub(self.len());
        let first = self.0.first().map_or(last_seq + 1, |run| run.0);
        // What lies between the mark and the first known place is the most that can be left of those without one.
        let older = older.min((first - 1).saturating_sub(seq));
        self.0.retain(|run| run.1 > seq);
        if let Some(run) = self.0.first_mut() {
            run.0 = run.0.max(seq + 1);
        }
        older + self.len()
    }

    fn len(&self) -> u64 {
        self.0.iter().map(|Run(first, last)| last - first + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seqs: impl IntoIterator<Item = u64>) -> Unread {
        let mut unread = Unread::default();
        seqs.into_iter().for_each(|seq| unread.on_wrote(seq));
        unread
    }

    #[test]
    fn a_mark_in_the_midst_leaves_what_comes_after_it() {
        // What is missing are system messages.
        for (mark, left) in [(0, 6), (1, 5), (3, 3), (4, 3), (5, 2), (7, 1), (8, 0), (9, 0)] {
            assert_eq!(of([1, 2, 3, 5, 7, 8]).on_seen(mark, 6, 9), left, "{mark}");
        }
    }

    #[test]
    fn a_mark_that_lies_further_back_brings_nothing_back() {
        let mut unread = of(1..=5);
        assert_eq!((unread.on_seen(4, 5, 5), unread.on_seen(2, 1, 5)), (1, 1));
        unread.on_wrote(6);
        assert_eq!(unread.on_seen(5, 2, 6), 1);
    }

    #[test]
    fn it_stays_small_whatever_comes_between() {
        let mut unread = of((1..=200).step_by(2));
        assert_eq!((unread.0.len(), unread.on_seen(0, 100, 200)), (RUNS_MAX, 100));
        assert_eq!(unread.on_seen(199, 100, 200), 0);
    }

    #[test]
    fn where_no_place_is_known_no_more_are_left_than_there_are_messages() {
        assert_eq!(Unread::default().on_seen(3, 5, 5), 2);
        assert_eq!(Unread::default().on_seen(5, 5, 5), 0);
    }
}
