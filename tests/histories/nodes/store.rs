//! A model of the shared store: documents with tokens, guarded commits as `ports::journal` says, and nothing else.

use std::collections::BTreeMap;
use std::rc::Rc;

use doorbell::domain::account::Account;
use doorbell::domain::conversation::message::Message;
use doorbell::domain::conversation::outcome::Outcome;
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{ConversationId, LetterId, NodeId};
use doorbell::domain::notice::letter::Letter;
use doorbell::domain::presence::roster::{Edge, Roster};
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::Token;
use doorbell::ports::nodes::NodeLease;

/// A document's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doc {
    Presence,
    Conversation(ConversationId),
}

/// A document to be written.
#[derive(Clone)]
pub(super) enum Write {
    Presence(Rc<Roster>),
    Conversation(ConversationId, Rc<Conversation>),
}

/// One atomic step: every document read is still as it was read, or nothing is written.
#[derive(Clone)]
pub(super) struct Commit {
    pub(super) reads: Vec<(Doc, Option<Token>)>,
    pub(super) write: Write,
    pub(super) token: Token,
    /// Each with its position.
    pub(super) edges: Vec<(u64, Edge)>,
    pub(super) said: Vec<Message>,
    pub(super) record: Vec<(u64, Outcome)>,
    pub(super) letters: Vec<Letter>,
}

/// A letter as it was queued, and when that was durable.
#[derive(Clone)]
pub(super) struct Queued {
    pub(super) letter: Letter,
    pub(super) durable_at: Timestamp,
}

/// What the store holds. A copy is a replica as of that moment.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) account: Rc<Account>,
    pub(super) presence: Option<(Rc<Roster>, Token)>,
    pub(super) conversations: BTreeMap<ConversationId, (Rc<Conversation>, Token)>,
    pub(super) edges: Vec<Edge>,
    pub(super) said: BTreeMap<ConversationId, Vec<Message>>,
    pub(super) record: BTreeMap<ConversationId, Vec<Outcome>>,
    pub(super) outbox: BTreeMap<LetterId, Queued>,
    pub(super) leases: BTreeMap<NodeId, NodeLease>,
    /// When a conversation wants to be looked at, and whether presence matters to it.
    pub(super) indexes: BTreeMap<ConversationId, (Option<Timestamp>, bool)>,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Now,
    /// A repeat of one that had been written.
    Before,
    Conflict,
}

impl Held {
    pub(super) fn new(account: Account) -> Self {
        Self {
            account: Rc::new(account),
            presence: None,
            conversations: BTreeMap::new(),
            edges: Vec::new(),
            said: BTreeMap::new(),
            record: BTreeMap::new(),
            outbox: BTreeMap::new(),
            leases: BTreeMap::new(),
            indexes: BTreeMap::new(),
        }
    }

    pub(super) fn token(&self, doc: Doc) -> Option<Token> {
        match doc {
            Doc::Presence => self.presence.as_ref().map(|(_, token)| *token),
            Doc::Conversation(id) => self.conversations.get(&id).map(|(_, token)| *token),
        }
    }

    /// Conversations in which something waits.
    pub(super) fn attention(&self) -> Vec<ConversationId> {
        self.indexes.iter().filter(|(_, (_, attentive))| *attentive).map(|(id, _)| *id).collect()
    }

    /// Conversations whose deadline is over by then.
    pub(super) fn overdue(&self, until: Timestamp) -> Vec<(Timestamp, ConversationId)> {
        let due = self.indexes.iter().filter_map(|(id, (at, _))| Some(((*at)?, *id)));
        due.filter(|(at, _)| *at <= until).collect()
    }

    pub(super) fn apply(&mut self, commit: &Commit, now: Timestamp) -> Applied {
        let written = match &commit.write {
            Write::Presence(_) => Doc::Presence,
            Write::Conversation(id, _) => Doc::Conversation(*id),
        };
        if self.token(written) == Some(commit.token) {
            return Applied::Before;
        }
        if commit.reads.iter().any(|(doc, token)| self.token(*doc) != *token) {
            return Applied::Conflict;
        }
        match &commit.write {
            Write::Presence(roster) => self.write_presence(roster, commit),
            Write::Conversation(id, doc) => self.write_conversation(*id, doc, commit, now),
        }
        Applied::Now
    }

    fn write_presence(&mut self, roster: &Rc<Roster>, commit: &Commit) {
        for (position, edge) in &commit.edges {
            self.edges.push(edge.clone());
            assert_eq!(*position, self.edges.len() as u64, "the log of presence has no gaps");
        }
        assert_eq!(roster.edges, self.edges.len() as u64, "the roster counts its edges");
        self.presence = Some((Rc::clone(roster), commit.token));
    }

    fn write_conversation(&mut self, id: ConversationId, doc: &Rc<Conversation>, commit: &Commit, now: Timestamp) {
        let said = self.said.entry(id).or_default();
        for message in &commit.said {
            said.push(message.clone());
            assert_eq!(message.seq, said.len() as u64, "places without gaps");
        }
        let record = self.record.entry(id).or_default();
        for (position, outcome) in &commit.record {
            record.push(outcome.clone());
            assert_eq!(*position, record.len() as u64, "the record has no gaps");
        }
        for letter in &commit.letters {
            let queued = Queued { letter: letter.clone(), durable_at: now };
            assert!(self.outbox.insert(letter.id, queued).is_none(), "a second letter {}", letter.id);
        }
        let state = doc.present().state;
        self.indexes.insert(id, (state.next_deadline().map(|(_, at)| at), state.is_attentive()));
        self.conversations.insert(id, (Rc::clone(doc), commit.token));
    }
}
