//! What a memory store holds, and the atomic step upon it. The plainest code that keeps the contract: the other engines are
//! compared with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{Commit, DocKey, InboxRow, IndexOp, LetterRow, NewLetter, RecordOp, Stored, Stream, Write};
use crate::store::repeats::Repeats;

/// Instants by key, and keys in the order of their instants.
#[derive(Clone, Debug)]
pub(super) struct Agenda<K> {
    at: BTreeMap<K, Timestamp>,
    order: BTreeSet<(Timestamp, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { at: BTreeMap::new(), order: BTreeSet::new() }
    }
}

impl<K: Copy + Ord> Agenda<K> {
    fn set(&mut self, key: K, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.at.insert(key, at),
            None => self.at.remove(&key),
        };
        if let Some(before) = before {
            self.order.remove(&(before, key));
        }
        if let Some(at) = at {
            self.order.insert((at, key));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    /// Keys whose instant is at or before `until`, earliest first.
    pub(super) fn due(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, K)> {
        self.order.iter().copied().take_while(move |(at, _)| *at <= until)
    }
}

/// Everything that is stored. A clone is what a replica that lags behind holds.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) docs: BTreeMap<DocKey, Stored>,
    pub(super) homes: BTreeMap<ConversationId, AccountId>,
    pub(super) streams: BTreeMap<Stream, BTreeMap<u64, Vec<u8>>>,
    pub(super) deadlines: Agenda<(AccountId, ConversationId)>,
    pub(super) attention: BTreeMap<AccountId, BTreeMap<ConversationId, Timestamp>>,
    pub(super) inbox: BTreeMap<AccountId, BTreeMap<ConversationId, InboxRow>>,
    pub(super) letters: BTreeMap<AccountId, BTreeMap<LetterId, LetterRow>>,
    pub(super) letters_due: Agenda<(AccountId, LetterId)>,
    pub(super) decisions: BTreeMap<(AccountId, OperatorId), BTreeSet<(Timestamp, DecisionId)>>,
    pub(super) records: BTreeMap<String, Vec<u8>>,
    pub(super) repeats: Repeats,
    /// Whether a move into it was begun and is not finished.
    pub(super) is_moving: bool,
}

impl State {
    /// Writes the whole commit, or nothing of it: then the documents that are not at the token read.
    pub(super) fn apply(&mut self, commit: Commit) -> Result<(), Vec<DocKey>> {
        if self.has_written(&commit) {
            return Ok(());
        }
        let stale = self.stale(&commit);
        if !stale.is_empty() {
            return Err(stale);
        }
        self.repeats.remember(&commit);
        for write in commit.writes {
            self.write(write.key, Stored { token: write.token, state: write.state });
        }
        for append in commit.log {
            self.streams.entry(append.stream).or_default().entry(append.position).or_insert(append.entry);
        }
        for (account, op) in commit.indexes {
            self.index(account, op);
        }
        for (account, letter) in commit.outbox {
            self.queue(account, letter);
        }
        for op in commit.records {
            match op {
                RecordOp::Put { key, value } => self.records.insert(key, value),
                RecordOp::Delete { key } => self.records.remove(&key),
            };
        }
        Ok(())
    }

    /// Whether this very commit has been written before: it is remembered, or all its tokens are the stored ones.
    fn has_written(&self, commit: &Commit) -> bool {
        let is_stored = |write: &Write| self.docs.get(&write.key).is_some_and(|doc| doc.token == write.token);
        self.repeats.knows(commit) || (!commit.writes.is_empty() && commit.writes.iter().all(is_stored))
    }

    fn stale(&self, commit: &Commit) -> Vec<DocKey> {
        let stored = |key| self.docs.get(key).map(|d| d.token);
        commit.reads.iter().filter(|(key, token)| stored(key) != *token).map(|(key, _)| *key).collect()
    }

    fn write(&mut self, key: DocKey, doc: Stored) {
        if let DocKey::Conversation(account, conversation) = key {
            self.homes.insert(conversation, account);
        }
        self.docs.insert(key, doc);
    }

    fn queue(&mut self, account: AccountId, letter: NewLetter) {
        let key = DocKey::Letter(account, letter.id);
        if !self.docs.contains_key(&key) {
            self.write(key, Stored { token: letter.token, state: letter.state });
            self.index(account, IndexOp::Letter(letter.id, letter.row));
        }
    }

    fn index(&mut self, account: AccountId, op: IndexOp) {
        match op {
            IndexOp::Deadline(conversation, at) => self.deadlines.set((account, conversation), at),
            IndexOp::Attention(conversation, Some(until)) => {
                self.attention.entry(account).or_default().insert(conversation, until);
            }
            IndexOp::Attention(conversation, None) => {
                self.attention.entry(account).or_default().remove(&conversation);
            }
            IndexOp::Inbox(conversation, row) => {
                self.inbox.entry(account).or_default().insert(conversation, row);
            }
            IndexOp::Letter(letter, row) => {
                self.letters_due.set((account, letter), row.due);
                self.letters.entry(account).or_default().insert(letter, row);
            }
            IndexOp::Decided(row) => {
                self.decisions.entry((account, row.operator)).or_default().insert((row.at, row.id));
            }
            IndexOp::Undecided(row) => {
                self.decisions.entry((account, row.operator)).or_default().remove(&(row.at, row.id));
            }
        }
    }
}
