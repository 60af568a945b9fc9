//! What is moved, in commits of one account each, several under way.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::AccountId;
use crate::ports::content::Piece;
use crate::ports::journal::{Answer, Commit, IndexOp, Outcome, RecordOp, Store, StoreError, Write};

use super::MoveError;

/// How many pieces one commit holds at most: a few milliseconds of work for the store.
const COMMIT_LEN_MAX: usize = 128;
/// A commit that holds so many bytes is sent.
const COMMIT_BYTES_MAX: usize = 256 * 1_024;
/// How many commits are under way at most.
const UNDER_WAY_MAX: usize = 32;
/// How often a commit is asked again whose outcome is not known, and the pause before each time.
const TRIES_MAX: usize = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Writer {
    store: Arc<dyn Store>,
    /// What waits to be sent, of which account, how many pieces, and how many bytes.
    commit: Commit,
    account: Option<AccountId>,
    len: usize,
    bytes: usize,
    under_way: VecDeque<(Commit, Answer<Outcome>)>,
}

impl Writer {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, commit: Commit::default(), account: None, len: 0, bytes: 0, under_way: VecDeque::new() }
    }

    pub(super) async fn write(&mut self, piece: Piece) -> Result<(), MoveError> {
        let is_full = self.len >= COMMIT_LEN_MAX || self.bytes >= COMMIT_BYTES_MAX;
        if self.len > 0 && (is_full || piece.account() != self.account) {
            self.send().await?;
        }
        self.account = piece.account();
        self.len += 1;
        self.put(piece);
        Ok(())
    }

    /// Returns when all is durable.
    pub(super) async fn finish(mut self) -> Result<(), MoveError> {
        if self.len > 0 {
            self.send().await?;
        }
        while !self.under_way.is_empty() {
            self.settle_one().await?;
        }
        Ok(())
    }

    fn put(&mut self, piece: Piece) {
        let commit = &mut self.commit;
        match piece {
            Piece::Document(key, doc) => {
                self.bytes += doc.state.len();
                commit.reads.push((key, None));
                commit.writes.push(Write { key, token: doc.token, state: doc.state });
            }
            Piece::Entry(append) => {
                self.bytes += append.entry.len();
                commit.log.push(append);
            }
            Piece::Deadline(account, id, at) => commit.indexes.push((account, IndexOp::Deadline(id, Some(at)))),
            Piece::Attention(account, id, until) => commit.indexes.push((account, IndexOp::Attention(id, Some(until)))),
            Piece::Inbox(account, id, row) => commit.indexes.push((account, IndexOp::Inbox(id, row))),
            Piece::Letter(account, id, row) => commit.indexes.push((account, IndexOp::Letter(id, row))),
            Piece::Decision(account, row) => commit.indexes.push((account, IndexOp::Decided(row))),
            Piece::Record(key, value) => {
                self.bytes += value.len();
                commit.records.push(RecordOp::Put { key, value });
            }
        }
    }

    async fn send(&mut self) -> Result<(), MoveError> {
        let commit = mem::take(&mut self.commit);
        (self.len, self.bytes) = (0, 0);
        if self.under_way.len() >= UNDER_WAY_MAX {
            self.settle_one().await?;
        }
        let answer = self.store.commit(commit.clone());
        self.under_way.push_back((commit, answer));
        Ok(())
    }

    /// Waits until the oldest commit is durable.
    async fn settle_one(&mut self) -> Result<(), MoveError> {
        let Some((commit, mut answer)) = self.under_way.pop_front() else { return Ok(()) };
        let mut said = String::new();
        for _ in 0..TRIES_MAX {
            match answer.await {
                Outcome::Committed { .. } => return Ok(()),
                Outcome::Conflict { .. } => return Err(MoveError::Disturbed),
                Outcome::Unknown { why } => said = why,
            }
            tokio::time::sleep(PAUSE).await;
            answer = self.store.commit(commit.clone());
        }
        Err(MoveError::Target(StoreError::Unavailable(said)))
    }
}
