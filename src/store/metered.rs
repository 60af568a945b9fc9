//! Any engine, with a count of what it answers and how long it takes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::figures;
use crate::ports::journal::{
    Answer, Commit, DocKey, Found, InboxQuery, LetterQuery, Outcome, Store, StoreError, Stored, Stream, Tally,
};

/// The engine that it was given.
pub struct Metered<S: ?Sized>(Arc<S>);

impl<S: Store + ?Sized> Metered<S> {
    /// `engine`, metered.
    pub fn new(engine: Arc<S>) -> Arc<Self> {
        Arc::new(Self(engine))
    }
}

/// Counts reads that are not answered.
fn read<T: 'static>(found: Found<T>) -> Found<T> {
    Box::pin(async move {
        let found = found.await;
        if matches!(found, Err(StoreError::Unavailable(_))) {
            figures::read_failed();
        }
        found
    })
}

impl<S: Store + ?Sized> Store for Metered<S> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        let asked_at = Instant::now();
        let answer = self.0.commit(commit);
        Box::pin(async move {
            let outcome = answer.await;
            let name = match &outcome {
                Outcome::Committed { .. } => "committed",
                Outcome::Conflict { .. } => "conflict",
                Outcome::Unknown { .. } => "unknown",
            };
            figures::committed(name, asked_at.elapsed());
            outcome
        })
    }

    fn load(&self, keys: Vec<DocKey>) -> Found<Vec<Option<Stored>>> {
        read(self.0.load(keys))
    }

    fn entries(&self, places: Vec<(Stream, u64)>) -> Found<Vec<Option<Vec<u8>>>> {
        read(self.0.entries(places))
    }

    fn read(&self, stream: Stream, after: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>> {
        read(self.0.read(stream, after, limit))
    }

    fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Found<Vec<(u64, Vec<u8>)>> {
        read(self.0.read_back(stream, before, limit))
    }

    fn overdue(&self, until: Timestamp, limit: usize) -> Found<Vec<(Timestamp, AccountId, ConversationId)>> {
        read(self.0.overdue(until, limit))
    }

    fn attention(&self, account: AccountId, since: Timestamp) -> Found<Vec<ConversationId>> {
        read(self.0.attention(account, since))
    }

    fn attentive_accounts(&self, since: Timestamp, after: Option<AccountId>, limit: usize) -> Found<Vec<AccountId>> {
        read(self.0.attentive_accounts(since, after, limit))
    }

    fn inbox(&self, account: AccountId, query: InboxQuery) -> Found<Vec<(Timestamp, ConversationId)>> {
        read(self.0.inbox(account, query))
    }

    fn count(&self, account: AccountId, query: InboxQuery) -> Found<u64> {
        read(self.0.count(account, query))
    }

    fn decisions(
        &self,
        account: AccountId,
        operator: OperatorId,
        after: Option<(Timestamp, DecisionId)>,
        limit: usize,
    ) -> Found<Vec<(Timestamp, DecisionId)>> {
        read(self.0.decisions(account, operator, after, limit))
    }

    fn account_of(&self, conversation: ConversationId) -> Found<Option<AccountId>> {
        read(self.0.account_of(conversation))
    }

    fn letters_due(
        &self,
        until: Timestamp,
        limit: usize,
        except: BTreeSet<AccountId>,
    ) -> Found<Vec<(Timestamp, AccountId, LetterId)>> {
        read(self.0.letters_due(until, limit, except))
    }

    fn letters(&self, account: AccountId, query: LetterQuery) -> Found<Vec<(Timestamp, LetterId)>> {
        read(self.0.letters(account, query))
    }

    fn tally(&self) -> Found<Tally> {
        read(self.0.tally())
    }

    fn record(&self, key: String) -> Found<Option<Vec<u8>>> {
        read(self.0.record(key))
    }

    fn records(&self, prefix: String, after: Option<String>, limit: usize) -> Found<Vec<(String, Vec<u8>)>> {
        read(self.0.records(prefix, after, limit))
    }

    fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    fn health(&self) -> Found<()> {
        let answer = self.0.health();
        Box::pin(async move {
            let health = answer.await;
            figures::store_is_up(health.is_ok());
            health
        })
    }
}
