//! One step of a conversation: inputs in, the document after them and everything that changed out. Pure; asked again with
//! the same inputs when a commit lost a race.

use super::deed::{Deed, Input, VisitorDeed};
use super::fact::{Fact, Terms};
use super::live::{Kept, Live};
use super::message::{Author, Happened, Message};
use super::outcome::Outcome;
use super::state::{Desk, State, Whereabouts};
use super::thread::{Accepted, Conversation};
use super::unread::Unread;
use crate::domain::account::{Account, Delays};
use crate::domain::ids::{GroupId, LetterId, NodeId, OperatorId};
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::presence::roster::{Edge, Roster};
use crate::domain::presence::status::Status;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;

/// How many messages wait in a conversation at most, or are held by a join: what a visitor may make its document grow to.
const OPEN_MAX: usize = 2_000;

/// What a step looks at besides the document: all of it is guarded by the commit.
pub struct Surroundings<'a> {
    /// The account's settings.
    pub account: &'a Account,
    /// The server's delays.
    pub delays: &'a Delays,
    /// The account's presence.
    pub roster: &'a Roster,
    /// Its changes, those after the document's `edges_seen`, without gaps; `None`: they are not at hand, and the present
    /// roster has to do.
    pub edges: Option<&'a [Edge]>,
    /// The time.
    pub now: Timestamp,
    /// Nothing fires before this (rule N10).
    pub quiet_until: Timestamp,
    /// What is older than this can no longer change.
    pub horizon: Timestamp,
    /// When it is written down on which nodes the visitor is.
    pub tracking: Tracking,
    /// The `Message-ID` of a letter, always the same for the same letter (rule E2).
    pub message_id: &'a dyn Fn(LetterId) -> String,
}

/// When it is written down on which nodes a visitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// While something is open: only then do the rules look at it.
    WhileOpen,
    /// Always: other nodes show it.
    Always,
}

/// The answer to one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Answer {
    /// The message written, by place and time, where one was.
    pub written: Option<(u64, Timestamp)>,
}

/// What a step brought about.
#[derive(Debug)]
pub struct Step {
    /// The document after it.
    pub after: Conversation,
    /// Its present.
    pub present: Kept,
    /// Whether it differs from the one before.
    pub changed: bool,
    /// To be appended to the messages.
    pub said: Vec<Message>,
    /// To be appended to the record.
    pub record: Vec<(u64, Outcome)>,
    /// To be queued.
    pub letters: Vec<Letter>,
    /// The answers, in the order of the inputs.
    pub answers: Vec<Result<Answer, Refusal>>,
    /// Who typed a read mark: operators up to a place, the visitor up to a place.
    pub read: (Option<u64>, Option<u64>),
}

/// Decides a batch of inputs.
pub fn step(before: &Conversation, inputs: &[Input], around: &Surroundings<'_>) -> Step {
    step_on(&before.clone().into(), inputs, around)
}

/// The same, where the present of the document is at hand.
pub fn step_on(before: &Live, inputs: &[Input], around: &Surroundings<'_>) -> Step {
    let mut desk = Worktop {
        doc: Conversation::clone(before),
        present: before.present().clone(),
        around,
        said: Vec::new(),
        record: Vec::new(),
        letters: Vec::new(),
        read: (None, None),
    };
    desk.catch_up();
    // A leaving that is found out late was before whatever is due now (N10); everything else comes after it (N4).
    let late = |input: &&Input| matches!(input, Input::VisitorLeft { at, .. } if *at < around.now);
    let found_late: Vec<_> = inputs.iter().filter(late).map(|input| desk.take(input)).collect();
    desk.fire_what_is_due();
    let mut found_late = found_late.into_iter();
    let mut answer = |input: &Input| if late(&input) { found_late.next() } else { None };
    let answers = inputs.iter().map(|input| answer(input).unwrap_or_else(|| desk.take(input))).collect();
    desk.fire_what_is_due();
    if !desk.doc.facts.is_empty() && desk.doc != **before {
        desk.record = desk.present.settle(&mut desk.doc, around.horizon);
    }
    debug_assert_eq!(desk.present, desk.doc.present().into(), "what is kept is what would be worked out");
    Step {
        changed: desk.doc != **before,
        after: desk.doc,
        present: desk.present,
        said: desk.said,
        record: desk.record,
        letters: desk.letters,
        answers,
        read: desk.read,
    }
}

/// The conversation while it is worked on, and what comes of it.
pub(super) struct Worktop<'a> {
    pub(super) doc: Conversation,
    present: Kept,
    pub(super) around: &'a Surroundings<'a>,
    said: Vec<Message>,
    record: Vec<(u64, Outcome)>,
    pub(super) letters: Vec<Letter>,
    read: (Option<u64>, Option<u64>),
}

impl Worktop<'_> {
    pub(super) fn state(&self) -> &State {
        &self.present.state
    }

    pub(super) fn add(&mut self, fact: Fact) {
        self.add_all([(self.around.now, fact)]);
    }

    pub(super) fn add_all(&mut self, facts: impl IntoIterator<Item = (Timestamp, Fact)>) {
        self.present.add(&mut self.doc, facts);
    }

    // ------------------------------------------------------------ inputs

    fn take(&mut self, input: &Input) -> Result<Answer, Refusal> {
        match input {
            Input::Look => Ok(Answer::default()),
            Input::Operator { by, deed } => self.on_operator(*by, deed),
            Input::Visitor(deed) => self.on_visitor(deed),
            Input::VisitorCame { node, page } => {
                self.on_visitor_came(*node, page.as_ref());
                Ok(Answer::default())
            }
            Input::VisitorLeft { node, at } => {
                self.on_visitor_left(*node, *at);
                Ok(Answer::default())
            }
            Input::LetterMoved { letter, state } => {
                self.on_letter_moved(*letter, *state);
                Ok(Answer::default())
            }
        }
    }

    fn on_visitor_came(&mut self, node: NodeId, page: Option<&super::view::Page>) {
        if page.is_some() && self.doc.visitor.page.as_ref() != page {
            self.doc.visitor.page = page.cloned();
        }
        let (is_open, is_away) = (!self.state().open.is_empty(), self.state().visitor != Whereabouts::There);
        if !is_open && self.around.tracking == Tracking::WhileOpen {
            return;
        }
        if !self.doc.visitor_on.contains(&node) {
            self.doc.visitor_on.push(node);
        }
        if is_open && is_away {
            self.add(Fact::VisitorCame);
        }
    }

    /// P7: they leave with the end of their last socket, whichever node tells first.
    fn on_visitor_left(&mut self, node: NodeId, at: Timestamp) {
        let were = self.doc.visitor_on.len();
        self.doc.visitor_on.retain(|n| *n != node);
        if !self.doc.visitor_on.is_empty() {
            if self.doc.visitor_on.len() < were {
                self.doc.visitor_left = self.doc.visitor_left.max(Some(at));
            }
            return;
        }
        let last = self.doc.last_came().max(self.doc.visitor_left.take()).max(Some(at)).unwrap_or(at);
        let state = self.state();
        if !state.open.is_empty() && state.visitor == Whereabouts::There {
            self.add_all([(last, Fact::VisitorLeft)]);
        }
    }

    fn on_letter_moved(&mut self, letter: LetterId, state: LetterState) {
        if let Some(known) = self.doc.letters.iter_mut().find(|(id, _)| *id == letter) {
            known.1 = state;
        }
    }

    /// What is wrong with what a visitor does, their door has seen: here it is refused only where there is too much of it.
    fn on_visitor(&mut self, deed: &VisitorDeed) -> Result<Answer, Refusal> {
        match deed {
            VisitorDeed::Write { text, client_id, group, page } => {
                if let Some(accepted) = self.doc.accepted(None, client_id) {
                    return Ok(Answer { written: Some((accepted.seq, accepted.at)) });
                }
                if self.state().open.len() >= OPEN_MAX {
                    return Err(Refusal::new(RefusalCode::RateLimited, "too many messages wait here for an answer"));
                }
                if page.is_some() {
                    self.doc.visitor.page.clone_from(page);
                }
                self.regroup_if_new(*group);
                let author = Author::Visitor { name: self.doc.visitor.name.clone() };
                let (seq, at) = self.say(author, text.clone(), Some(client_id.clone()), None);
                self.doc.accept(Accepted { by: None, client_id: client_id.clone(), seq, at });
                self.doc.unread += 1;
                self.doc.unread_at.on_wrote(seq);
                self.add(Fact::Wrote { seq });
                Ok(Answer { written: Some((seq, at)) })
            }
            VisitorDeed::Identify { name, email } => {
                self.doc.visitor.name = name.clone().or(self.doc.visitor.name.take());
                self.doc.visitor.email = email.clone().or(self.doc.visitor.email.take());
                Ok(Answer::default())
            }
            VisitorDeed::Page(page) => {
                self.doc.visitor.page = Some(page.clone());
                Ok(Answer::default())
            }
            VisitorDeed::Read { seq } => {
                let seq = (*seq).min(self.doc.last_seq);
                if seq > self.doc.seen_seq {
                    self.doc.seen_seq = seq;
                    self.read.1 = Some(seq);
                }
                Ok(Answer::default())
            }
            VisitorDeed::Typing(_) | VisitorDeed::Group(_) => Ok(Answer::default()),
        }
    }

    /// A conversation's group is that of the page at its first message, and again when it is reopened; an unknown one is none.
    fn regroup_if_new(&mut self, page_group: Option<GroupId>) {
        let begins = self.doc.active_at.is_none() || matches!(self.state().desk, Desk::Closed { .. });
        let group = self.around.account.effective_group(page_group).map(|g| g.id);
        if begins && self.doc.group != group {
            self.doc.group = group;
            let terms = Terms::of(self.around.account, group, self.around.delays);
            self.add(Fact::Terms(terms));
        }
    }

    fn on_operator(&mut self, by: OperatorId, deed: &Deed) -> Result<Answer, Refusal> {
        let name = self.name_of(by)?;
        match deed {
            Deed::Peek => {}
            Deed::Open => self.on_seen(by, self.doc.last_seq),
            Deed::Read { seq } => {
                if *seq > self.doc.last_seq {
                    return Err(Refusal::new(RefusalCode::BadFrame, "there is no message with that seq yet"));
                }
                self.on_seen(by, *seq);
            }
            Deed::Join => self.on_join(by, name),
            Deed::Leave => {
                if self.state().joined().contains(&by) {
                    self.happen(Happened::Left { operator: by, name });
                    self.add(Fact::Left { by });
                }
            }
            Deed::Close => {
                if !matches!(self.state().desk, Desk::Closed { .. }) {
                    self.happen(Happened::Closed { operator: by, name });
                    self.nothing_is_unread();
                    self.add(Fact::Closed { by });
                }
            }
            Deed::Write { text, client_id } => return Ok(self.on_reply(by, name, text, client_id)),
            Deed::TransferToOperator(to) => self.on_transfer_to_operator(by, *to)?,
            Deed::TransferToGroup(group) => self.on_transfer_to_group(*group)?,
        }
        Ok(Answer::default())
    }

    fn on_seen(&mut self, by: OperatorId, seq: u64) {
        let state = self.state();
        let opens_the_pause = state.pause.is_some_and(|p| !p.opened);
        if !state.has_seen(by, seq) || opens_the_pause {
            self.add(Fact::Seen { by, seq });
        }
        if seq > self.doc.read_seq {
            self.doc.read_seq = seq;
            self.read.0 = Some(seq);
        }
        self.doc.unread = self.doc.unread_at.on_seen(seq, self.doc.unread, self.doc.last_seq);
    }

    fn nothing_is_unread(&mut self) {
        self.doc.unread = 0;
        self.doc.unread_at = Unread::default();
    }

    fn on_join(&mut self, by: OperatorId, name: String) {
        if !self.state().joined().contains(&by) {
            self.happen(Happened::Joined { operator: by, name });
            self.add(Fact::Joined { by });
        }
    }

    fn on_reply(&mut self, by: OperatorId, name: String, text: &str, client_id: &str) -> Answer {
        if let Some(accepted) = self.doc.accepted(Some(by), client_id) {
            return Answer { written: Some((accepted.seq, accepted.at)) };
        }
        if !self.state().joined().contains(&by) {
            self.happen(Happened::Joined { operator: by, name: name.clone() });
        }
        let author = Author::Operator { id: by, name };
        let (seq, at) = self.say(author, text.to_owned(), Some(client_id.to_owned()), None);
        self.doc.accept(Accepted { by: Some(by), client_id: client_id.to_owned(), seq, at });
        self.add(Fact::Replied { by, seq });
        self.nothing_is_unread();
        if seq > self.doc.read_seq {
            self.doc.read_seq = seq;
            self.read.0 = Some(seq);
        }
        Answer { written: Some((seq, at)) }
    }

    fn on_transfer_to_operator(&mut self, from: OperatorId, to: OperatorId) -> Result<(), Refusal> {
        let name = self.name_of(to).map_err(|_| Refusal::not_found("operator"))?;
        if self.around.roster.status(to) != Status::Online {
            return Err(Refusal::new(RefusalCode::Conflict, format!("{name} is not online")));
        }
        if from != to {
            self.happen(Happened::Transferred { operator: Some(to), group: None, name });
            self.add(Fact::Handed { from, to });
        }
        Ok(())
    }

    fn on_transfer_to_group(&mut self, group: GroupId) -> Result<(), Refusal> {
        let account = self.around.account;
        let Some(known) = account.effective_group(Some(group)) else {
            return Err(if account.plan.has_groups() {
                Refusal::not_found("group")
            } else {
                Refusal::new(RefusalCode::Plan, "groups need plan pro")
            });
        };
        self.happen(Happened::Transferred { operator: None, group: Some(group), name: known.name.clone() });
        self.doc.group = Some(group);
        self.add(Fact::Regrouped(Terms::of(account, Some(group), self.around.delays)));
        Ok(())
    }

    fn name_of(&self, operator: OperatorId) -> Result<String, Refusal> {
        let known = self.around.account.operator(operator).filter(|o| o.active);
        known
            .map(|o| o.name.clone())
            .ok_or_else(|| Refusal::new(RefusalCode::Unauthorized, "the operator is not active"))
    }

    // ------------------------------------------------------------ messages

    fn happen(&mut self, event: Happened) {
        self.say(Author::System, String::new(), None, Some(event));
    }

    fn say(
        &mut self,
        author: Author,
        text: String,
        client_id: Option<String>,
        event: Option<Happened>,
    ) -> (u64, Timestamp) {
        let (seq, at) = (self.doc.last_seq + 1, self.around.now);
        let message = Message { seq, at, author, text, client_id, event };
        self.doc.last_seq = seq;
        self.doc.active_at = Some(at);
        self.doc.last_message = Some(message.clone());
        self.said.push(message);
        (seq, at)
    }
}
