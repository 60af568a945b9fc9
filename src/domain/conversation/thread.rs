//! The conversation's document: what is known of the visitor, and the facts.
//!
//! Presence can be dated back (rule P4), so what happened lately is not settled: the document keeps a settled state and
//! the facts since, and works the present state out of both. A fact that is found late is put where it belongs in time.
//! What has become too old to change is folded into the settled state, and its outcomes go to the record.

use serde::{Deserialize, Serialize};

use super::fact::{Dated, Fact, Terms};
use super::message::{Author, Message};
use super::outcome::Outcome;
use super::runs;
use super::state::{Desk, State};
use super::unread::Unread;
use super::view::{Page, Standing};
use crate::domain::ids::{AccountId, ConversationId, GroupId, LetterId, NodeId, OperatorId, VisitorId};
use crate::domain::notice::letter::LetterState;
use crate::domain::persistent::{List, Value};
use crate::domain::time::{Span, Timestamp};

/// How many of the newest `client_id`s are remembered, so that a repeat is harmless.
const CLIENT_IDS_MIN: usize = 100;
/// How many of those of the last time are, at most.
const CLIENT_IDS_MAX: usize = 1_000;
/// How many of them stand in the stored document.
const CLIENT_IDS_STORED: usize = 16;
/// For how long they are remembered however many came after them: longer than a node, or a client, that was cut off keeps what
/// it was not told the outcome of.
const CLIENT_IDS_KEPT: Span = Span::from_secs(900);

/// What the visitor said of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorCard {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Where they are, or were last.
    pub page: Option<Page>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A message that was accepted, by its client's name for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Who wrote it: `None`: the visitor.
    pub by: Option<OperatorId>,
    /// The client's name for it.
    pub client_id: String,
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
}

impl Accepted {
    /// What is remembered of a message; `None`: it is doorbell's own.
    pub fn of(message: &Message) -> Option<Self> {
        let by = match &message.author {
            Author::Operator { id, .. } => Some(*id),
            Author::Visitor { .. } => None,
            Author::System => return None,
        };
        Some(Self { by, client_id: message.client_id.clone()?, seq: message.seq, at: message.at })
    }
}

/// What stays in all letters as it was when the first one was queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstLetter {
    /// The name that the visitor had given.
    pub visitor_name: Option<String>,
}

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which. It bears the id of its visitor: one visitor, one thread.
    pub id: ConversationId,
    /// Whose.
    pub account: AccountId,
    /// The visitor's card.
    pub visitor: VisitorCard,
    /// The group that it belongs to.
    pub group: Option<GroupId>,
    /// The last activity; `None`: nothing was said yet (the visitor only told their name).
    pub active_at: Option<Timestamp>,
    /// The newest message.
    pub last_message: Option<Message>,
    /// The newest message's place.
    pub last_seq: u64,
    /// The visitor's messages after the last that an operator has seen or answered.
    pub unread: u64,
    /// Where they are.
    #[serde(default)]
    pub unread_at: Unread,
    /// Up to where operators have read.
    pub read_seq: u64,
    /// Up to where the visitor has read.
    pub seen_seq: u64,
    /// The newest accepted messages.
    pub accepted: List<Accepted>,
    /// How many that were accepted before those are remembered too, but stand in the messages alone ([`Self::to_store`]).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub accepted_before: u64,
    /// The nodes on which the visitor has sockets, as far as it matters (while something is open).
    pub visitor_on: Vec<NodeId>,
    /// When the visitor was last known to leave a node, while they are still on another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_left: Option<Timestamp>,
    /// The letters of the newest episode, and what is known of them.
    pub letters: Vec<(LetterId, LetterState)>,
    /// The first letter ever; `None`: there was none, or it was before this was kept.
    #[serde(default)]
    pub first_letter: Option<FirstLetter>,
    /// The state as of which nothing can change any more.
    pub settled: Value<State>,
    /// What happened since, in order.
    #[serde(with = "runs")]
    pub facts: List<Dated>,
    /// As of when `settled` is.
    pub settled_at: Timestamp,
    /// Up to which position the account's changes of presence are in the facts.
    pub edges_seen: u64,
    /// Up to which change of the account's settings the facts are.
    pub terms_at: Timestamp,
    /// How many entries the record has.
    pub entries: u64,
}

/// The present state, worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// The state.
    pub state: State,
    /// The outcomes since the settled state.
    pub outcomes: Vec<Outcome>,
}

impl Conversation {
    /// A conversation of a visitor who has said nothing yet.
    pub fn new(account: AccountId, visitor: VisitorId, group: Option<GroupId>, terms: Terms, at: Timestamp) -> Self {
        Self {
            id: ConversationId(visitor.0),
            account,
            visitor: VisitorCard::default(),
            group,
            active_at: None,
            last_message: None,
            last_seq: 0,
            unread: 0,
            unread_at: Unread::default(),
            read_seq: 0,
            seen_seq: 0,
            accepted: List::default(),
            accepted_before: 0,
            visitor_on: Vec::new(),
            visitor_left: None,
            letters: Vec::new(),
            first_letter: None,
            settled: State::new(terms).into(),
            facts: List::default(),
            settled_at: at,
            edges_seen: 0,
            terms_at: at,
            entries: 0,
        }
    }

    /// Whose it is.
    pub fn visitor_id(&self) -> VisitorId {
        VisitorId(self.id.0)
    }

    /// What the subject of its letters calls the visitor: a visitor who tells their name later keeps the subject, since mail
    /// programs take another one for another thread (rule E2).
    pub fn name_in_subject(&self) -> Option<&str> {
        self.first_letter.as_ref().map_or(&self.visitor.name, |first| &first.visitor_name).as_deref()
    }

    /// Something happened. A fact from before the settled state counts as of it, before what came since.
    ///
    /// Facts of one instant are taken as they were committed: a visitor who writes and leaves within a millisecond has
    /// left. Except that operators go before visitors (rule N10): those who did not return ended at the same last sign.
    ///
    /// Returns how many of the facts come after it: of a fact that was not found late, none.
    pub fn add(&mut self, at: Timestamp, fact: Fact) -> usize {
        let at = at.max(self.settled_at);
        let mut later = self.facts.iter().rev().take_while(|other| other.at > at).count();
        let left_then = |other: &Dated| other.at == at && other.fact == Fact::VisitorLeft;
        if matches!(fact, Fact::NotOnline { .. }) && self.facts.iter().rev().nth(later).is_some_and(left_then) {
            later += 1;
        }
        self.facts.insert(self.facts.len() - later, Dated { at, fact });
        later
    }

    /// The time of the latest of what happened, as far as that is not settled.
    pub fn latest(&self) -> Option<Timestamp> {
        self.facts.last().map(|dated| dated.at)
    }

    /// When the visitor last came or wrote, as far as that is not settled: it may have been written later than their last sign.
    pub fn last_came(&self) -> Option<Timestamp> {
        let came = |dated: &&Dated| matches!(dated.fact, Fact::VisitorCame | Fact::Wrote { .. });
        self.facts.iter().rfind(came).map(|dated| dated.at)
    }

    /// The present state.
    pub fn present(&self) -> Present {
        let mut state = State::clone(&self.settled);
        let mut outcomes = Vec::new();
        for dated in self.facts.iter() {
            state.step(dated.at, &dated.fact, &mut outcomes);
        }
        Present { state, outcomes }
    }

    /// The outcome at a place of the record that is not settled yet.
    pub fn unsettled(&self, position: u64) -> Option<Outcome> {
        let place = position.checked_sub(self.entries + 1)?;
        self.present().outcomes.into_iter().nth(usize::try_from(place).ok()?)
    }

    /// Settles what is older than `horizon`; returns what belongs into the record, with its positions.
    pub fn settle(&mut self, horizon: Timestamp) -> Vec<(u64, Outcome)> {
        let old = self.facts.iter().take_while(|dated| dated.at < horizon).count();
        let mut outcomes = Vec::new();
        for dated in self.facts.iter().take(old) {
            self.settled.step(dated.at, &dated.fact, &mut outcomes);
        }
        self.facts.cut(old);
        self.settled_at = self.settled_at.max(horizon);
        let first = self.entries + 1;
        self.entries += outcomes.len() as u64;
        (first..).zip(outcomes).collect()
    }

    /// Whether single changes of presence matter to it: while something is open. Else the present roster does.
    pub fn needs_edges(&self) -> bool {
        !self.present().state.open.is_empty()
    }

    /// A message that was accepted under this name before.
    pub fn accepted(&self, by: Option<OperatorId>, client_id: &str) -> Option<&Accepted> {
        self.accepted.iter().find(|a| a.by == by && a.client_id == client_id)
    }

    /// Remembers that a message was accepted. All that is remembered must be at hand.
    pub fn accept(&mut self, accepted: Accepted) {
        debug_assert_eq!(self.accepted_before, 0, "whether it is a repeat was not to be known");
        let horizon = accepted.at - CLIENT_IDS_KEPT;
        self.accepted.push(accepted);
        let len = self.accepted.len();
        let old = self.accepted.iter().take_while(|accepted| accepted.at < horizon).count();
        let surplus = old.min(len.saturating_sub(CLIENT_IDS_MIN)).max(len.saturating_sub(CLIENT_IDS_MAX));
        self.accepted.cut(surplus);
    }

    /// The document as it is stored, again with each message: without the older names, which stand in the messages.
    #[must_use]
    pub fn to_store(&self) -> Self {
        let mut stored = self.clone();
        let surplus = stored.accepted.len().saturating_sub(CLIENT_IDS_STORED);
        stored.accepted.cut(surplus);
        stored.accepted_before += surplus as u64;
        stored
    }

    /// The newest of these, which were accepted before those at hand, come back to mind. They are all that there are.
    pub fn recall(&mut self, older: Vec<Accepted>) {
        let wanted = usize::try_from(self.accepted_before).unwrap_or(CLIENT_IDS_MAX);
        let surplus = older.len().saturating_sub(wanted);
        self.accepted = older.into_iter().skip(surplus).chain(self.accepted.iter().cloned()).collect();
        self.accepted_before = 0;
    }

    /// Whether its visitor's widget shows the box of its audience (rule N13): not before its first message, nor once it is
    /// closed.
    pub fn is_open(&self) -> bool {
        self.is_open_in(&self.present().state)
    }

    pub(super) fn is_open_in(&self, present: &State) -> bool {
        self.active_at.is_some() && Self::standing(present) != Standing::Closed
    }

    /// Where it stands, for the inbox.
    pub fn standing(state: &State) -> Standing {
        match state.desk {
            Desk::Unserved => Standing::Unserved,
            Desk::Served { .. } => Standing::Served,
            Desk::Closed { .. } => Standing::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One in which nothing was said.
    fn bare() -> Conversation {
        let terms = Terms {
            audience: Vec::new(),
            others: Vec::new(),
            offline_delay: Span(0),
            missed_delay: Span(0),
            flap_cap: Span(0),
            read_cancels: crate::domain::account::ReadCancels::Reader,
        };
        let (account, visitor) = (AccountId(uuid::Uuid::nil()), VisitorId(uuid::Uuid::nil()));
        Conversation::new(account, visitor, None, terms, Timestamp(0))
    }

    #[test]
    fn a_repeat_is_known_for_a_quarter_of_an_hour_however_much_is_said() {
        let mut doc = bare();
        let mut say = |n: u64, at| {
            doc.accept(Accepted { by: None, client_id: n.to_string(), seq: n, at: Timestamp(at) });
            doc.accepted(None, "1").is_some()
        };
        assert!((1..=900).all(|n| say(n, n as i64 * 1_000)), "the first is known while it is young");
        assert!(!say(901, 902_000), "and not for ever");
        assert!(doc.accepted.len() >= CLIENT_IDS_MIN);
        for n in 1_000..3_000 {
            doc.accept(Accepted { by: None, client_id: n.to_string(), seq: n, at: Timestamp(902_000) });
        }
        assert_eq!(doc.accepted.len(), CLIENT_IDS_MAX);
    }

    #[test]
    fn what_the_stored_document_leaves_out_is_recalled() {
        let mut doc = bare();
        let name = |n: u64| Accepted { by: None, client_id: n.to_string(), seq: n, at: Timestamp(n as i64) };
        (1..=10).for_each(|n| doc.accept(name(n)));
        assert_eq!(doc.to_store(), doc, "few names stand in it");
        (11..=150).for_each(|n| doc.accept(name(n)));
        let mut stored = doc.to_store();
        assert_eq!(stored.accepted.len(), CLIENT_IDS_STORED);
        assert_eq!(stored.to_store(), stored);
        let first = stored.accepted.first().unwrap().seq;
        stored.recall((1..first).map(name).collect());
        assert_eq!(stored, doc);
    }
}
