//! What a keeper of a document has heard of it, but not read yet.

use crate::ports::journal::Token;

/// Hearsay about one document, or several that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearsay<const N: usize> {
    /// The newest versions that somebody else is said to have written.
    versions: [Option<Token>; N],
    /// How often it was said that there may be something new, whatever it is.
    rumours: u64,
    /// Up to which of these it has been read.
    settled: u64,
}

impl<const N: usize> Default for Hearsay<N> {
    fn default() -> Self {
        Self { versions: [None; N], rumours: 0, settled: 0 }
    }
}

impl<const N: usize> Hearsay<N> {
    /// The document at `place` is at this version now, it is said.
    pub fn on_version(&mut self, place: usize, version: Token) {
        let known = &mut self.versions[place];
        if known.is_none_or(|known| known.counter <= version.counter) {
            *known = Some(version);
        }
    }

    /// There may be something new.
    pub fn on_rumour(&mut self) {
        self.rumours += 1;
    }

    /// Whether there is something to be read, if these versions are known.
    pub fn is_news(&self, known: [Option<Token>; N]) -> bool {
        let is_newer =
            |(heard, known): (&Option<Token>, Option<Token>)| heard.is_some_and(|heard| heard.is_news(known));
        self.rumours > self.settled || self.versions.iter().zip(known).any(is_newer)
    }

    /// It was read; `then` is what had been heard when the reading began. What was heard by then has been read, or is no more: a
    /// store that failed over may have lost it.
    pub fn on_read(&mut self, then: Self) {
        for (heard, then) in self.versions.iter_mut().zip(then.versions) {
            if *heard == then {
                *heard = None;
            }
        }
        self.settled = then.rumours;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(counter: u64) -> Token {
        Token { counter, nonce: 7 }
    }

    #[test]
    fn what_is_heard_while_it_is_read_is_read_again() {
        let mut heard = Hearsay::<1>::default();
        assert!(!heard.is_news([None]));
        heard.on_version(0, version(2));
        heard.on_version(0, version(1));
        assert!(heard.is_news([Some(version(1))]) && !heard.is_news([Some(version(2))]));
        let then = heard;
        heard.on_version(0, version(3));
        heard.on_read(then);
        assert!(heard.is_news([Some(version(2))]));
        let then = heard;
        heard.on_read(then);
        assert!(!heard.is_news([Some(version(2))]), "it was read, and is not there: it was lost");
    }

    #[test]
    fn a_rumour_is_settled_by_a_reading_that_began_after_it() {
        let mut heard = Hearsay::<2>::default();
        let before = heard;
        heard.on_rumour();
        heard.on_read(before);
        assert!(heard.is_news([None, None]));
        let then = heard;
        heard.on_read(then);
        assert!(!heard.is_news([None, None]));
    }

    #[test]
    fn another_history_is_news() {
        let mut heard = Hearsay::<1>::default();
        heard.on_version(0, version(2));
        assert!(heard.is_news([Some(Token { counter: 2, nonce: 8 })]));
    }
}
