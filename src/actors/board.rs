//! The node's board: what is so of the whole node. Whoever finds something out writes it here; accounts, lobbies and
//! `/readyz` read it, so that all of them say the same.

use tokio::sync::watch;

use crate::domain::bulletin::Conditions;
use crate::domain::time::{Span, Timestamp};

/// The board. Good on every thread.
#[derive(Debug, Default)]
pub struct Board(watch::Sender<Conditions>);

impl Board {
    /// What stands there.
    pub fn now(&self) -> Conditions {
        *self.0.borrow()
    }

    /// For who wants to hear of every change, or of the last of several.
    pub fn watch(&self) -> watch::Receiver<Conditions> {
        self.0.subscribe()
    }

    /// The store answers, and takes what it is given.
    pub fn on_store_answered(&self) {
        self.change(|board| (board.store_away, board.store_stale) = (None, None));
    }

    /// The store has not answered, or has taken nothing, since `since` (or since an earlier time that stands there). After
    /// `stale_after` of it, what is shown counts as old.
    pub fn on_store_away(&self, since: Timestamp, now: Timestamp, stale_after: Span) {
        self.change(|board| {
            let since = *board.store_away.get_or_insert(since);
            if now - since >= stale_after {
                board.store_stale = Some(since);
            }
        });
    }

    /// Since when the way between the nodes is not known to deliver; `None`: it delivers.
    pub fn on_bus(&self, deaf_since: Option<Timestamp>) {
        self.change(|board| board.bus_deaf = deaf_since);
    }

    /// The relay refused the server's log-in at `at`.
    pub fn on_relay_refused_us(&self, at: Timestamp) {
        // So it is there.
        self.change(|board| (board.relay_auth, board.relay_away) = (board.relay_auth.or(Some(at)), None));
    }

    /// The relay could not be reached at `at`, or talked with nobody.
    pub fn on_relay_away(&self, at: Timestamp) {
        self.change(|board| board.relay_away = board.relay_away.or(Some(at)));
    }

    /// The relay let the server in.
    pub fn on_relay_let_us_in(&self) {
        self.change(|board| (board.relay_auth, board.relay_away) = (None, None));
    }

    /// Nobody is told where nothing changed.
    fn change(&self, change: impl FnOnce(&mut Conditions)) {
        self.0.send_if_modified(|board| {
            let before = *board;
            change(board);
            *board != before
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE_AFTER: Span = Span::from_secs(5);

    #[test]
    fn a_store_that_stays_away_makes_boxes_stale_since_it_went() {
        let board = Board::default();
        board.on_store_away(Timestamp(1_000), Timestamp(3_000), STALE_AFTER);
        assert_eq!(board.now(), Conditions { store_away: Some(Timestamp(1_000)), ..Conditions::default() });
        // The next look that is not answered does not begin anew.
        board.on_store_away(Timestamp(5_000), Timestamp(6_000), STALE_AFTER);
        assert_eq!(board.now().store_stale, Some(Timestamp(1_000)));
        board.on_store_answered();
        assert_eq!(board.now(), Conditions::default());
    }

    #[test]
    fn only_what_changes_is_told() {
        let board = Board::default();
        let watch = board.watch();
        board.on_store_answered();
        board.on_relay_let_us_in();
        assert!(!watch.has_changed().unwrap());
        board.on_relay_refused_us(Timestamp(7));
        assert!(watch.has_changed().unwrap());
        board.on_relay_refused_us(Timestamp(9));
        assert_eq!(board.now().relay_auth, Some(Timestamp(7)));
    }
}
