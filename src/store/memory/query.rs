//! The questions to a memory store. They look through one account at most, and sort what they found.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{InboxQuery, InboxRow, LetterQuery, LetterRow, Stream, Tally};

use super::state::State;

impl State {
    pub(super) fn entry(&self, (stream, position): (Stream, u64)) -> Option<Vec<u8>> {
        self.streams.get(&stream)?.get(&position).cloned()
    }

    pub(super) fn read(&self, stream: Stream, after: u64, limit: usize) -> Vec<(u64, Vec<u8>)> {
        let Some(entries) = self.streams.get(&stream) else { return Vec::new() };
        let later = entries.range((Bound::Excluded(after), Bound::Unbounded));
        later.take(limit).map(|(position, entry)| (*position, entry.clone())).collect()
    }

    pub(super) fn read_back(&self, stream: Stream, before: u64, limit: usize) -> Vec<(u64, Vec<u8>)> {
        let Some(entries) = self.streams.get(&stream) else { return Vec::new() };
        let mut newest: Vec<_> =
            entries.range(..before).rev().take(limit).map(|(position, entry)| (*position, entry.clone())).collect();
        newest.reverse();
        newest
    }

    /// Those whose attention lasts longest come last.
    pub(super) fn attention(&self, account: AccountId, since: Timestamp) -> Vec<ConversationId> {
        let mut found: Vec<_> = (self.attention.get(&account).into_iter().flatten())
            .filter(|(_, until)| **until >= since)
            .map(|(conversation, until)| (*until, *conversation))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, conversation)| conversation).collect()
    }

    pub(super) fn attentive_accounts(
        &self,
        since: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> Vec<AccountId> {
        (self.attention.iter())
            .filter(|(account, _)| after.is_none_or(|after| **account > after))
            .filter(|(_, conversations)| conversations.values().any(|until| *until >= since))
            .map(|(account, _)| *account)
            .take(limit)
            .collect()
    }

    /// All that the query names, its `after` and `limit` aside, newest first.
    pub(super) fn inbox(&self, account: AccountId, query: &InboxQuery) -> Vec<(Timestamp, ConversationId)> {
        let mut found: Vec<_> = (self.inbox.get(&account).into_iter().flatten())
            .filter(|(_, row)| is_named(row, query))
            .map(|(conversation, row)| (row.at, *conversation))
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found
    }

    /// All that the query names, its `after` and `limit` aside, newest first.
    pub(super) fn letters(&self, account: AccountId, query: &LetterQuery) -> Vec<(Timestamp, LetterId)> {
        let named = |id: &LetterId, row: &LetterRow| {
            query.state.as_ref().is_none_or(|state| row.state == *state)
                && query.operator.is_none_or(|operator| id.operator == operator)
                && query.conversation.is_none_or(|conversation| id.conversation == conversation)
        };
        let mut found: Vec<_> = (self.letters.get(&account).into_iter().flatten())
            .filter(|(id, row)| named(id, row))
            .map(|(id, row)| (row.created_at, *id))
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found
    }

    /// All about the operator, newest first.
    pub(super) fn decisions(&self, account: AccountId, operator: OperatorId) -> Vec<(Timestamp, DecisionId)> {
        self.decisions.get(&(account, operator)).into_iter().flatten().rev().copied().collect()
    }

    pub(super) fn tally(&self, now: Timestamp) -> Tally {
        let mut letters = BTreeMap::new();
        for row in self.letters.values().flat_map(BTreeMap::values).filter(|row| row.due.is_some()) {
            *letters.entry(row.state.clone()).or_default() += 1;
        }
        Tally {
            timers: self.deadlines.len() as u64,
            timers_overdue: self.deadlines.due(now).take(Tally::OVERDUE_MAX).count() as u64,
            overdue_since: self.deadlines.due(now).next().map(|(at, _)| at),
            letters: letters.into_iter().collect(),
        }
    }

    pub(super) fn records(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<(String, Vec<u8>)> {
        (self.records.range(prefix.to_owned()..))
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// The page after a cursor of a list that is newest first.
pub(super) fn page<K: Copy + Ord>(
    list: Vec<(Timestamp, K)>,
    after: Option<(Timestamp, K)>,
    limit: usize,
) -> Vec<(Timestamp, K)> {
    list.into_iter().filter(|place| after.is_none_or(|after| *place < after)).take(limit).collect()
}

fn is_named(row: &InboxRow, query: &InboxQuery) -> bool {
    let is_left_out = row.group.is_some_and(|group| query.but_groups.contains(&group));
    let has_joined = |operator: OperatorId| row.joined.contains(&operator);
    (!is_left_out || query.or_joined_by.is_some_and(has_joined))
        && query.status.is_none_or(|status| row.status == status)
        && query.joined_by.is_none_or(has_joined)
        && query.prefix.as_ref().is_none_or(|prefix| row.search.iter().any(|text| text.starts_with(prefix)))
}
