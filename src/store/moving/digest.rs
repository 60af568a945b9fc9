//! What a walk met: how much of each part, and a checksum over all of it in order.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use crate::domain::time::Timestamp;
use crate::ports::content::{Part, Piece, rank};
use crate::ports::journal::{DocKey, Stream};

/// What a store holds, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How much there is of each part, in the order of [`Part::ALL`].
    pub counts: [(Part, u64); 8],
    /// SHA-256 over all pieces in the order of a walk, in hexadecimal digits.
    pub sha256: String,
}

impl Sum {
    /// How many pieces there are.
    pub fn pieces(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

/// A sum that is being made.
pub(super) struct Summing {
    counts: [(Part, u64); 8],
    context: Context,
}

impl Summing {
    pub(super) fn begin() -> Self {
        Self { counts: Part::ALL.map(|part| (part, 0)), context: Context::new(&SHA256) }
    }

    pub(super) fn add(&mut self, piece: &Piece) {
        if let Some((_, count)) = self.counts.iter_mut().find(|(part, _)| *part == piece.part()) {
            *count += 1;
        }
        self.context.update(&spelled(piece));
    }

    /// How many pieces there were until now.
    pub(super) fn pieces(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    pub(super) fn end(self) -> Sum {
        Sum { counts: self.counts, sha256: HEXLOWER.encode(self.context.finish().as_ref()) }
    }
}

/// A piece as bytes. Every text bears its length, so that no two pieces are spelled alike.
fn spelled(piece: &Piece) -> Vec<u8> {
    let mut to = Speller(vec![piece.part() as u8]);
    if let Some(account) = piece.account() {
        to.text(account.0.as_bytes());
    }
    match piece {
        Piece::Document(key, doc) => {
            to.document(key);
            to.number(doc.token.counter.cast_signed());
            to.number(doc.token.nonce.cast_signed());
            to.text(&doc.state);
        }
        Piece::Entry(append) => {
            to.stream(append.stream);
            to.number(append.position.cast_signed());
            to.text(&append.entry);
        }
        Piece::Deadline(_, conversation, at) | Piece::Attention(_, conversation, at) => {
            to.text(conversation.0.as_bytes());
            to.number(at.0);
        }
        Piece::Inbox(_, conversation, row) => {
            to.text(conversation.0.as_bytes());
            to.number(rank(row.status).into());
            to.text(row.group.map(|group| *group.0.as_bytes()).as_ref().map_or(&[], |id| &id[..]));
            to.number(row.at.0);
            to.number(row.joined.len() as i64);
            row.joined.iter().for_each(|operator| to.text(operator.0.as_bytes()));
            row.search.iter().for_each(|text| to.text(text.as_bytes()));
        }
        Piece::Letter(_, id, row) => {
            to.text(id.to_string().as_bytes());
            to.text(row.state.as_bytes());
            to.number(row.due.map_or(i64::MIN, |Timestamp(at)| at));
            to.number(row.created_at.0);
        }
        Piece::Decision(_, row) => {
            to.text(row.operator.0.as_bytes());
            to.number(row.at.0);
            to.text(row.id.to_string().as_bytes());
        }
        Piece::Record(key, value) => {
            to.text(key.as_bytes());
            to.text(value);
        }
    }
    to.0
}

struct Speller(Vec<u8>);

impl Speller {
    fn number(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text);
    }

    fn document(&mut self, key: &DocKey) {
        match key {
            DocKey::Settings(_) => self.number(1),
            DocKey::Presence(_) => self.number(2),
            DocKey::Conversation(_, id) => {
                self.number(3);
                self.text(id.0.as_bytes());
            }
            DocKey::Letter(_, id) => {
                self.number(4);
                self.text(id.to_string().as_bytes());
            }
            DocKey::Note(_, id) => {
                self.number(5);
                self.text(id.0.as_bytes());
            }
        }
    }

    fn stream(&mut self, stream: Stream) {
        match stream {
            Stream::Edges(_) => self.number(1),
            Stream::Messages(_, id) => {
                self.number(2);
                self.text(id.0.as_bytes());
            }
            Stream::Entries(_, id) => {
                self.number(3);
                self.text(id.0.as_bytes());
            }
            Stream::Audit(_) => self.number(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(pieces: &[Piece]) -> Sum {
        let mut summing = Summing::begin();
        pieces.iter().for_each(|piece| summing.add(piece));
        summing.end()
    }

    #[test]
    fn what_differs_in_anything_has_another_sum() {
        let record = |key: &str, value: &str| Piece::Record(key.to_owned(), value.into());
        let sums = [
            sum(&[]),
            sum(&[record("a", "b")]),
            sum(&[record("ab", "")]),
            sum(&[record("", "ab")]),
            sum(&[record("a", "b"), record("c", "")]),
            sum(&[record("c", ""), record("a", "b")]),
        ];
        for (n, one) in sums.iter().enumerate() {
            assert!(sums.iter().skip(n + 1).all(|other| one.sha256 != other.sha256));
        }
        assert_eq!(sums[4].counts[7], (Part::Records, 2));
        assert_eq!(sums[4].pieces(), 2);
    }
}
