//! All that a memory store holds, in the order of a walk.

use std::future::ready;
use std::sync::Arc;

use crate::domain::time::Timestamp;
use crate::ports::content::{Beginning, Content, NextPage, PAGE_LEN_MAX, Piece, Walk, rank};
use crate::ports::journal::{Append, DecisionRow, Found, InboxRow};

use super::MemoryStore;
use super::state::State;

/// What is left of a walk, the next piece last.
struct MemoryWalk(Vec<Piece>);

impl Walk for MemoryWalk {
    fn next(&mut self) -> NextPage<'_> {
        let kept = self.0.len().saturating_sub(PAGE_LEN_MAX);
        let page = self.0.drain(kept..).rev().collect();
        Box::pin(ready(Ok(page)))
    }
}

impl Content for MemoryStore {
    fn walk(self: Arc<Self>) -> Box<dyn Walk> {
        let mut pieces = self.held().pieces();
        pieces.reverse();
        Box::new(MemoryWalk(pieces))
    }

    fn size(&self) -> Found<u64> {
        Box::pin(ready(Ok(self.held().pieces().len() as u64)))
    }

    fn begin(&self) -> Found<Beginning> {
        let mut held = self.held();
        let beginning = match (held.is_moving, held.pieces().is_empty()) {
            (true, _) => Beginning::Unfinished,
            (false, true) => Beginning::Begun,
            (false, false) => Beginning::Full,
        };
        held.is_moving = beginning != Beginning::Full;
        Box::pin(ready(Ok(beginning)))
    }

    fn clear(&self) -> Found<()> {
        *self.held() = State { is_moving: true, ..State::default() };
        Box::pin(ready(Ok(())))
    }

    /// Its clock is that of whoever made it.
    fn finish(&self, _: Timestamp) -> Found<()> {
        self.held().is_moving = false;
        Box::pin(ready(Ok(())))
    }
}

impl State {
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut docs: Vec<_> = self.docs.iter().collect();
        docs.sort_by_key(|(key, _)| (key.account(), **key));
        pieces.extend(docs.into_iter().map(|(key, doc)| Piece::Document(*key, doc.clone())));
        let mut streams: Vec<_> = self.streams.iter().collect();
        streams.sort_by_key(|(stream, _)| (stream.account(), **stream));
        for (stream, entries) in streams {
            let entry = |(position, entry): (&u64, &Vec<u8>)| {
                Piece::Entry(Append { stream: *stream, position: *position, entry: entry.clone() })
            };
            pieces.extend(entries.iter().map(entry));
        }
        let deadlines = self.deadlines.due(Timestamp::NEVER);
        pieces.extend(deadlines.map(|(at, (account, id))| Piece::Deadline(account, id, at)));
        for (account, conversations) in &self.attention {
            let mut rows: Vec<_> = conversations.iter().map(|(id, until)| (*until, *id)).collect();
            rows.sort_unstable();
            pieces.extend(rows.into_iter().map(|(until, id)| Piece::Attention(*account, id, until)));
        }
        pieces.extend(self.inbox_pieces());
        for (account, letters) in &self.letters {
            let mut rows: Vec<_> = letters.iter().collect();
            rows.sort_by_key(|(id, row)| (row.created_at, **id));
            pieces.extend(rows.into_iter().map(|(id, row)| Piece::Letter(*account, *id, row.clone())));
        }
        for ((account, operator), places) in &self.decisions {
            let piece = |(at, id)| Piece::Decision(*account, DecisionRow { operator: *operator, at, id });
            pieces.extend(places.iter().copied().map(piece));
        }
        pieces.extend(self.records.iter().map(|(key, value)| Piece::Record(key.clone(), value.clone())));
        pieces
    }

    fn inbox_pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (account, conversations) in &self.inbox {
            let mut rows: Vec<_> = conversations.iter().collect();
            rows.sort_by_key(|(id, row)| (row.group, rank(row.status), row.at, **id));
            pieces.extend(rows.into_iter().map(|(id, row)| Piece::Inbox(*account, *id, in_order(row))));
        }
        pieces
    }
}

fn in_order(row: &InboxRow) -> InboxRow {
    let mut row = row.clone();
    row.joined.sort_unstable();
    row.joined.dedup();
    row.search.sort_unstable();
    row.search.dedup();
    row
}
