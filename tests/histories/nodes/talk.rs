//! A conversation as a node keeps it: `actors::conversation` without what it tells its watchers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use doorbell::actors::hearsay::Hearsay;
use doorbell::domain::conversation::deed::{Input, VisitorDeed};
use doorbell::domain::conversation::fact::Terms;
use doorbell::domain::conversation::step::{Answer, Step, Surroundings, Tracking, step};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{ConversationId, NodeId, VisitorId};
use doorbell::domain::presence::roster::Edge;
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::Token;

use super::node::{Alarm, Documents, Effect, GRACE, Node, Read};
use super::shell::{Phase, Shell};
use super::store::{Applied, Commit, Doc, Write};

const LOOK_AGAIN_AFTER: Span = Span(100);

type Answers = Vec<Result<Answer, Refusal>>;

/// What is durable once a step is: the document, its version, the presence that it looked at.
pub(super) struct After {
    doc: Option<(Rc<Conversation>, Token)>,
    documents: Option<Documents>,
    answers: Answers,
}

/// The conversation.
pub(super) struct Talk {
    pub(super) read: Option<Option<(Rc<Conversation>, Token)>>,
    /// The presence that was read with it, and the changes between the two.
    newer: Option<(Documents, Option<Vec<Edge>>)>,
    hearsay: Hearsay<1>,
    shell: Shell<Vec<Input>, Hearsay<1>, After>,
    /// The nodes on which the visitor's last socket broke.
    lingering: BTreeMap<NodeId, (u64, Timestamp)>,
    lingerings: u64,
}

impl Talk {
    fn new() -> Self {
        Self {
            read: None,
            newer: None,
            hearsay: Hearsay::default(),
            shell: Shell::new(),
            lingering: BTreeMap::new(),
            lingerings: 0,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.shell.is_busy()
    }

    pub(super) fn doc(&self) -> Option<&Rc<Conversation>> {
        self.read.as_ref()?.as_ref().map(|(doc, _)| doc)
    }

    fn token(&self) -> Option<Token> {
        self.read.as_ref()?.as_ref().map(|(_, token)| *token)
    }
}

fn left(nodes: &[NodeId], at: Timestamp) -> Vec<Input> {
    nodes.iter().map(|node| Input::VisitorLeft { node: *node, at }).collect()
}

fn begins(input: &Input) -> bool {
    matches!(input, Input::Visitor(VisitorDeed::Write { .. }))
}

impl Node {
    /// It is awake from now on.
    pub(super) fn wake(&mut self, now: Timestamp, id: ConversationId) {
        if let Entry::Vacant(place) = self.talks.entry(id) {
            place.insert(Talk::new());
            self.ask(now, id, vec![Input::Look], None);
        }
    }

    fn talk(&mut self, id: ConversationId) -> &mut Talk {
        self.talks.entry(id).or_insert_with(Talk::new)
    }

    /// It goes to sleep, if nothing is left that only memory knows.
    pub(super) fn sleep(&mut self, now: Timestamp, id: ConversationId) {
        let Some(talk) = self.talks.get(&id) else { return };
        let deadline = talk.doc().and_then(|doc| doc.present().state.next_deadline());
        let is_due_soon = deadline.is_some_and(|(_, at)| at < now + Span::from_secs(10));
        if !talk.is_busy() && talk.lingering.is_empty() && !is_due_soon {
            self.talks.remove(&id);
        }
    }

    pub(super) fn ask(&mut self, now: Timestamp, id: ConversationId, inputs: Vec<Input>, answer_to: Option<u64>) {
        self.talk(id).shell.queue.push_back((inputs, answer_to));
        self.pump_talk(now, id);
    }

    pub(super) fn look(&mut self, now: Timestamp, id: ConversationId) {
        self.look_at_the_visitor(now, id);
        self.ask(now, id, vec![Input::Look], None);
    }

    // ------------------------------------------------------------ the visitor's sockets

    fn visitor_has_socket(&self, id: ConversationId) -> bool {
        self.registered.contains(&id) && self.slots.values().any(|of| *of == id)
    }

    fn lost_nodes(&self, id: ConversationId) -> Vec<NodeId> {
        let doc = self.talks.get(&id).and_then(Talk::doc);
        let nodes = doc.map(|doc| doc.visitor_on.as_slice()).unwrap_or_default();
        nodes.iter().copied().filter(|node| self.nodes.is_lost(*node)).collect()
    }

    /// The visitor, who has a socket here, may have a conversation: if none is known, the store is asked.
    pub(super) fn register(&mut self, now: Timestamp, id: ConversationId) {
        if self.talk(id).doc().is_some() {
            self.registered.insert(id);
        } else {
            self.on_talk_rumour(now, id);
        }
    }

    /// A socket of the visitor's came, or gave the sign of life that was asked for.
    pub(super) fn visitor_here(&mut self, now: Timestamp, id: ConversationId, answer_to: Option<u64>) {
        let node = self.id;
        self.talk(id).lingering.remove(&node);
        let mut inputs = vec![Input::VisitorCame { node, page: None }];
        inputs.extend(left(&self.lost_nodes(id), now));
        self.ask(now, id, inputs, answer_to);
    }

    pub(super) fn slot_ended(&mut self, now: Timestamp, slot: u64, broken: Option<Timestamp>, answer_to: u64) {
        let Some(id) = self.slots.remove(&slot) else { return };
        if self.slots.values().any(|of| *of == id) || !self.registered.remove(&id) {
            return self.effects.push(Effect::Answered(answer_to, Ok(Answer::default())));
        }
        let node = self.id;
        match broken {
            None => self.ask(now, id, left(&[node], now), Some(answer_to)),
            Some(at) => self.linger(id, node, at.min(now), now + GRACE),
        }
    }

    fn linger(&mut self, id: ConversationId, node: NodeId, last_sign: Timestamp, until: Timestamp) {
        let talk = self.talk(id);
        talk.lingerings += 1;
        let number = talk.lingerings;
        talk.lingering.insert(node, (number, last_sign));
        self.effects.push(Effect::Alarm(until, Alarm::Lingered(id, node, number)));
    }

    pub(super) fn lingered(&mut self, now: Timestamp, id: ConversationId, node: NodeId, number: u64) {
        let lingering = &mut self.talk(id).lingering;
        if let Some((_, last_sign)) = lingering.get(&node).copied().filter(|(known, _)| *known == number) {
            lingering.remove(&node);
            self.ask(now, id, left(&[node], last_sign), None);
        }
    }

    fn look_at_the_visitor(&mut self, now: Timestamp, id: ConversationId) {
        let (lost, node) = (self.lost_nodes(id), self.id);
        if !lost.is_empty() && self.visitor_has_socket(id) {
            let mut inputs = vec![Input::VisitorCame { node, page: None }];
            inputs.extend(left(&lost, now));
            return self.ask(now, id, inputs, None);
        }
        for other in lost {
            if !self.talk(id).lingering.contains_key(&other) {
                self.linger(id, other, self.last_sign_of(other), self.lingers_until(other));
            }
        }
        let is_said_to_be_here = self.talk(id).doc().is_some_and(|doc| doc.visitor_on.contains(&node));
        if is_said_to_be_here && !self.visitor_has_socket(id) && !self.talk(id).lingering.contains_key(&node) {
            self.linger(id, node, now, now + GRACE);
        }
    }

    fn look_at_the_slots(&mut self, id: ConversationId) {
        let node = self.id;
        let is_counted = self.talk(id).doc().is_none_or(|doc| doc.visitor_on.contains(&node));
        if !is_counted && self.visitor_has_socket(id) {
            self.effects.push(Effect::Prove(id));
        }
    }

    // ------------------------------------------------------------ the loop

    pub(super) fn on_talk_written(&mut self, now: Timestamp, id: ConversationId, token: Token) {
        self.talk(id).hearsay.on_version(0, token);
        self.pump_talk(now, id);
    }

    pub(super) fn on_talk_rumour(&mut self, now: Timestamp, id: ConversationId) {
        self.talk(id).hearsay.on_rumour();
        self.pump_talk(now, id);
    }

    fn reads_for_itself(&self, talk: &Talk) -> bool {
        let counter = |documents: &Documents| documents.token.map_or(0, |token| token.counter);
        let newer = talk.newer.as_ref();
        newer.is_some_and(|(newer, _)| self.documents.as_ref().is_none_or(|known| counter(known) <= counter(newer)))
    }

    fn edges_after(&self, position: u64) -> Option<Vec<Edge>> {
        let last = self.documents.as_ref()?.roster.edges;
        let count = usize::try_from(last.checked_sub(position)?).ok()?;
        Some(self.edges[self.edges.len().checked_sub(count)?..].to_vec())
    }

    fn talk_is_ready(&self, talk: &Talk) -> bool {
        let Some(read) = &talk.read else { return false };
        if talk.hearsay.is_news([talk.token()]) {
            return false;
        }
        let Some((doc, _)) = read else { return true };
        self.reads_for_itself(talk)
            || self.documents.is_none()
            || self.edges_after(doc.edges_seen).is_some()
            || !doc.needs_edges()
    }

    fn around(&self, talk: &Talk) -> (Option<Documents>, Option<Vec<Edge>>) {
        if let Some((newer, edges)) = talk.newer.as_ref().filter(|_| self.reads_for_itself(talk)) {
            return (Some(newer.clone()), edges.clone());
        }
        let seen = talk.doc().map_or(0, |doc| doc.edges_seen);
        (self.documents.clone(), self.edges_after(seen))
    }

    pub(super) fn pump_talk(&mut self, now: Timestamp, id: ConversationId) {
        let Some(talk) = self.talks.get(&id) else { return };
        if !talk.shell.is_idle() {
            return;
        }
        if !self.talk_is_ready(talk) {
            self.read_talk(id);
        } else if talk.shell.queue.is_empty() {
            self.rearm(now, id);
        } else {
            self.talk(id).shell.take_batch();
            self.attempt_talk(now, id);
        }
    }

    fn rearm(&mut self, now: Timestamp, id: ConversationId) {
        let deadline = self.talks[&id].doc().and_then(|doc| doc.present().state.next_deadline());
        let at = deadline.map(|(_, at)| at.max(self.grace_until));
        let at = at.map(|at| if at <= now { now + LOOK_AGAIN_AFTER } else { at });
        self.effects.extend(at.map(|at| Effect::Alarm(at, Alarm::Conversation(id))));
    }

    fn read_talk(&mut self, id: ConversationId) {
        let talk = self.talk(id);
        talk.shell.phase = Phase::Reading(talk.hearsay);
        talk.shell.asked += 1;
        let asked = talk.shell.asked;
        self.effects.push(Effect::Read(Doc::Conversation(id), asked));
    }

    fn attempt_talk(&mut self, now: Timestamp, id: ConversationId) {
        let talk = &self.talks[&id];
        let (documents, edges) = self.around(talk);
        let batch = talk.shell.inputs();
        let known = talk.read.clone().flatten();
        let refused = || batch.iter().map(|_| Err(Refusal::not_found("conversation"))).collect();
        let nothing = |answers| After { doc: None, documents: None, answers };
        let Some(documents) = documents else { return self.finish_talk(now, id, nothing(refused())) };
        let (before, token) = match known {
            Some((doc, token)) => (doc, Some(token)),
            None if batch.iter().flatten().any(begins) => (Rc::new(self.begin(id, now)), None),
            None => return self.finish_talk(now, id, nothing(refused())),
        };
        let inputs: Vec<Input> = batch.iter().flatten().cloned().collect();
        let is_doubtful = self.presence_is_doubtful(&documents.roster, now);
        let done = step(
            &before,
            &inputs,
            &Surroundings {
                account: &self.account,
                delays: &self.delays,
                roster: &documents.roster,
                edges: edges.as_deref(),
                now,
                quiet_until: if is_doubtful { Timestamp::NEVER } else { self.grace_until },
                horizon: self.horizon(now),
                tracking: Tracking::Always,
                message_id: &|id| format!("<{id}@doorbell.test>"),
            },
        );
        let mut given = done.answers.iter().cloned();
        let mut first_of = |unit: &Vec<Input>| {
            let first = given.next().unwrap_or_else(|| Ok(Answer::default()));
            let _ = given.by_ref().take(unit.len().saturating_sub(1)).count();
            first
        };
        let answers: Answers = batch.iter().map(&mut first_of).collect();
        if !done.changed && token.is_some() {
            return self.finish_talk(now, id, nothing(answers));
        }
        self.commit_talk(id, token, documents, done, answers);
    }

    fn commit_talk(
        &mut self,
        id: ConversationId,
        token: Option<Token>,
        documents: Documents,
        done: Step,
        answers: Answers,
    ) {
        let next = self.mint(token);
        let doc = Rc::new(done.after);
        let commit = Commit {
            reads: vec![(Doc::Conversation(id), token), (Doc::Presence, documents.token)],
            write: Write::Conversation(id, Rc::clone(&doc)),
            token: next,
            edges: Vec::new(),
            said: done.said,
            record: done.record,
            letters: done.letters,
        };
        let after = After { doc: Some((doc, next)), documents: Some(documents), answers };
        self.talk(id).shell.phase = Phase::Committing(Box::new((commit, after)));
        self.send_talk(id);
    }

    fn begin(&self, id: ConversationId, now: Timestamp) -> Conversation {
        let terms = Terms::of(&self.account, None, &self.delays);
        let mut doc = Conversation::new(self.account.id, VisitorId(id.0), None, terms, now);
        doc.terms_at = self.account.changed_at;
        doc
    }

    fn send_talk(&mut self, id: ConversationId) {
        let talk = self.talk(id);
        let Phase::Committing(draft) = &talk.shell.phase else { return };
        let commit = draft.0.clone();
        talk.shell.asked += 1;
        let asked = talk.shell.asked;
        self.effects.push(Effect::Commit(Doc::Conversation(id), asked, commit));
    }

    fn finish_talk(&mut self, now: Timestamp, id: ConversationId, after: After) {
        let talk = self.talk(id);
        talk.shell.phase = Phase::Idle;
        if let Some(doc) = after.doc {
            talk.read = Some(Some(doc));
            talk.newer = after.documents.map(|documents| (documents, Some(Vec::new())));
        }
        let batch = std::mem::take(&mut talk.shell.batch);
        for ((_, answer_to), answer) in batch.into_iter().zip(after.answers) {
            self.effects.extend(answer_to.map(|number| Effect::Answered(number, answer)));
        }
        self.pay_attention(now, id);
        self.pump_talk(now, id);
    }

    fn pay_attention(&mut self, now: Timestamp, id: ConversationId) {
        let settle = Self::settle();
        let matters = self.talks[&id].doc().is_some_and(|doc| {
            doc.facts.last().is_some_and(|last| last.at + settle > now) || doc.present().state.is_attentive()
        });
        if matters {
            self.attentive.insert(id);
        } else {
            self.attentive.remove(&id);
        }
    }

    pub(super) fn on_talk_read(&mut self, now: Timestamp, id: ConversationId, asked: u64, read: Read) {
        let Some(talk) = self.talks.get_mut(&id).filter(|talk| talk.shell.asked == asked) else { return };
        let Phase::Reading(heard) = talk.shell.phase else { return };
        talk.hearsay.on_read(heard);
        if read.conversation.is_some() && self.slots.values().any(|of| *of == id) {
            self.registered.insert(id);
        }
        let talk = self.talk(id);
        talk.read = Some(read.conversation);
        talk.newer = Some((read.documents, Some(read.edges)));
        self.pay_attention(now, id);
        // Still in the phase of reading, so that what follows is only queued: the batch comes first.
        self.look_at_the_visitor(now, id);
        self.look_at_the_slots(id);
        let talk = self.talk(id);
        talk.shell.phase = Phase::Idle;
        if talk.shell.batch.is_empty() { self.pump_talk(now, id) } else { self.attempt_talk(now, id) }
    }

    pub(super) fn on_talk_outcome(&mut self, now: Timestamp, id: ConversationId, asked: u64, outcome: Option<Applied>) {
        let Some(talk) = self.talks.get_mut(&id).filter(|talk| talk.shell.asked == asked) else { return };
        if !matches!(talk.shell.phase, Phase::Committing(_)) {
            return;
        }
        match outcome {
            None => self.send_talk(id),
            Some(Applied::Conflict) => self.read_talk(id),
            Some(_) => {
                if let Phase::Committing(draft) = std::mem::replace(&mut talk.shell.phase, Phase::Idle) {
                    self.finish_talk(now, id, draft.1);
                }
            }
        }
    }

    pub(super) fn ask_talk_again(&mut self, id: ConversationId, asked: u64) {
        let Some(talk) = self.talks.get(&id).filter(|talk| talk.shell.asked == asked) else { return };
        match talk.shell.phase {
            Phase::Reading(_) => self.read_talk(id),
            Phase::Committing(_) => self.send_talk(id),
            Phase::Idle => {}
        }
    }
}
