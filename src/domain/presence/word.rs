//! What was said by a person's device or app, and when: of two words the later one counts, whichever is decided first (rules
//! P1, P3, P5). A node that the store kept waiting may decide an old one long after its client has spoken elsewhere.

use crate::domain::time::{Span, Timestamp};

/// What was said so far in the future was said before a clock was set back, and outlives nothing. A node that stood still may be
/// behind what it reads by less than this.
const FAR_AHEAD: Span = Span::from_secs(60);

/// A word that replaces the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<T> {
    /// What.
    pub what: T,
    /// When it was heard.
    pub at: Timestamp,
}

impl<T: Copy> Word<T> {
    /// Puts it in the place of what was said before it; whether it did. `said_at`: when that was said.
    pub(super) fn replace(&self, word: &mut T, said_at: &mut Timestamp, now: Timestamp) -> bool {
        let is_later = self.at >= *said_at || *said_at > now + FAR_AHEAD;
        if is_later {
            (*word, *said_at) = (self.what, self.at.min(now));
        }
        is_later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_word_stays_whichever_is_decided_first() {
        let (mut word, mut said_at) = ('-', Timestamp(0));
        let now = Timestamp(100);
        assert!(Word { what: 'b', at: Timestamp(20) }.replace(&mut word, &mut said_at, now));
        assert!(!Word { what: 'a', at: Timestamp(19) }.replace(&mut word, &mut said_at, now));
        assert!(
            Word { what: 'c', at: Timestamp(20) }.replace(&mut word, &mut said_at, now),
            "decided in the order of hearing"
        );
        assert_eq!((word, said_at), ('c', Timestamp(20)));
    }

    #[test]
    fn a_node_that_stood_still_and_is_behind_decides_an_old_word_late_too() {
        let (mut word, mut said_at) = ('a', Timestamp(5_000));
        assert!(!Word { what: 'b', at: Timestamp(90) }.replace(&mut word, &mut said_at, Timestamp(100)));
        assert_eq!(word, 'a');
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nobody() {
        let (mut word, mut said_at) = ('a', Timestamp(60_101));
        assert!(Word { what: 'b', at: Timestamp(90) }.replace(&mut word, &mut said_at, Timestamp(100)));
        assert_eq!((word, said_at), ('b', Timestamp(90)));
        assert!(Word { what: 'c', at: Timestamp(7_000) }.replace(&mut word, &mut said_at, Timestamp(100)));
        assert_eq!(said_at, Timestamp(100));
    }
}
