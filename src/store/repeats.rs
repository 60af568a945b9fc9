//! The commits that were written lately: a repeat, asked for since its answer was lost, is known whoever has written since.

use std::collections::{HashSet, VecDeque};

use crate::ports::journal::Commit;

/// How many commits are remembered. Who repeats one does so at once; Redis, whose answers can stay away for long, goes by time.
const LEN_MAX: usize = 16_384;

/// The random part of each token that a commit wrote.
type Nonces = Box<[u64]>;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    known: HashSet<Nonces>,
    order: VecDeque<Nonces>,
}

impl Repeats {
    /// It was written. One that writes no document cannot be told from another.
    pub(super) fn remember(&mut self, commit: &Commit) {
        let nonces = nonces(commit);
        if nonces.is_empty() || !self.known.insert(nonces.clone()) {
            return;
        }
        self.order.push_back(nonces);
        if self.order.len() > LEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Whether it was written.
    pub(super) fn knows(&self, commit: &Commit) -> bool {
        self.known.contains(&nonces(commit))
    }
}

fn nonces(commit: &Commit) -> Nonces {
    commit.writes.iter().map(|write| write.token.nonce).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::AccountId;
    use crate::ports::journal::{DocKey, Token, Write};

    fn commit(nonces: &[u64]) -> Commit {
        let key = DocKey::Settings(AccountId(Uuid::nil()));
        let write = |nonce: &u64| Write { key, token: Token { counter: 1, nonce: *nonce }, state: Vec::new() };
        Commit { writes: nonces.iter().map(write).collect(), ..Commit::default() }
    }

    #[test]
    fn the_last_are_known_by_all_that_they_wrote() {
        let mut repeats = Repeats::default();
        repeats.remember(&commit(&[]));
        repeats.remember(&commit(&[1, 2]));
        assert!(repeats.knows(&commit(&[1, 2])));
        assert!([&[][..], &[1], &[2, 1]].iter().all(|other| !repeats.knows(&commit(other))));
        for nonce in 0..LEN_MAX as u64 {
            repeats.remember(&commit(&[nonce]));
            repeats.remember(&commit(&[nonce]));
        }
        assert!(!repeats.knows(&commit(&[1, 2])) && repeats.knows(&commit(&[0])));
        assert_eq!((repeats.known.len(), repeats.order.len()), (LEN_MAX, LEN_MAX));
    }
}
