//! One run of one node: what it knows, what it decides by the pure core, and what it wants done. It has no clock: it is told
//! the time. It does what `actors::account` and `actors::conversation` do, without what they tell their watchers.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use doorbell::actors::hearsay::Hearsay;
use doorbell::actors::nodes::Nodes;
use doorbell::domain::account::{Account, Delays};
use doorbell::domain::conversation::step::Answer;
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{ConversationId, DeviceId, NodeId, OperatorId, SessionId};
use doorbell::domain::presence::device::{Card, Link};
use doorbell::domain::presence::roster::{self, Edge, Outage, Roster};
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::Token;
use doorbell::ports::nodes::NodeLease;

use super::shell::{Phase, Shell};
use super::store::{Applied, Commit, Doc, Write};
use super::talk::Talk;

/// The log-in by which sockets come.
const SESSION: SessionId = SessionId(uuid::Uuid::nil());

pub(super) const LEASE: Span = Span::from_secs(15);
pub(super) const GRACE: Span = Span::from_secs(20);
pub(super) const START_UP_GRACE: Span = Span::from_secs(45);
const SILENCE: Span = Span::from_secs(90);
const RENEWED_EVERY: Span = Span::from_secs(1);
const PROVEN_EVERY: Span = Span(250);

/// What a node wants done.
pub(super) enum Effect {
    /// The document is to be read, with what surrounds it.
    Read(Doc, u64),
    Commit(Doc, u64, Commit),
    /// To be told when this time has come by the node's own clock.
    Alarm(Timestamp, Alarm),
    Answered(u64, Result<Answer, Refusal>),
    /// These visitors' sockets here are to give a sign of life.
    Prove(ConversationId),
}

/// What an alarm is about: look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    Presence,
    Conversation(ConversationId),
    Lingered(ConversationId, NodeId, u64),
    Proofs,
    /// The answer to a question did not come: it is asked again.
    AskAgain(Doc, u64),
}

/// The account's documents, as they were last read or committed. (The settings of a history never change.)
#[derive(Clone)]
pub(super) struct Documents {
    pub(super) roster: Rc<Roster>,
    pub(super) token: Option<Token>,
}

/// What was read.
pub(super) struct Read {
    pub(super) documents: Documents,
    pub(super) conversation: Option<(Rc<Conversation>, Token)>,
    /// The changes of presence between the two.
    pub(super) edges: Vec<Edge>,
}

/// An operator's socket.
pub(super) struct Socket {
    pub(super) operator: OperatorId,
    pub(super) device: DeviceId,
    pub(super) is_in: bool,
    /// Since when its device is not counted as plugged in here although it is.
    doubted_at: Option<Timestamp>,
    pub(super) last_sign: Timestamp,
}

/// Once it is durable: the documents after it, and the edges.
pub(super) type Durable = (Documents, Vec<Edge>);

pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) account: Rc<Account>,
    pub(super) delays: Delays,
    pub(super) nodes: Nodes,
    pub(super) started_at: Timestamp,
    pub(super) grace_until: Timestamp,
    pub(super) last_renewal: Option<Timestamp>,
    pub(super) documents: Option<Documents>,
    /// The newest changes of presence; the last one is at position `roster.edges`.
    pub(super) edges: Vec<Edge>,
    hearsay: Hearsay<1>,
    took_over: bool,
    shell: Shell<roster::Input, Hearsay<1>, Durable>,
    pub(super) sockets: BTreeMap<u64, Socket>,
    /// Visitors' sockets.
    pub(super) slots: BTreeMap<u64, ConversationId>,
    /// The visitors among them who have a conversation.
    pub(super) registered: BTreeSet<ConversationId>,
    pub(super) talks: BTreeMap<ConversationId, Talk>,
    /// Conversations to which presence may matter.
    pub(super) attentive: BTreeSet<ConversationId>,
    pub(super) effects: Vec<Effect>,
    /// For the random halves of tokens.
    pub(super) minted: u64,
}

pub(super) fn card() -> Card {
    Card { kind: DeviceKind::Dashboard, name: None }
}

impl Node {
    pub(super) fn start(
        id: NodeId,
        place: usize,
        account: Rc<Account>,
        delays: Delays,
        leases: &[(NodeId, NodeLease)],
        now: Timestamp,
    ) -> Self {
        let nodes = Nodes::sharing(id, format!("place {place}"), LEASE);
        let were_there = !leases.is_empty();
        nodes.on_read(leases.to_vec(), now);
        let gone = leases.iter().filter(|(other, _)| nodes.is_lost(*other));
        let last_renewal = gone.map(|(_, lease)| lease.renewed_at).max();
        Self {
            id,
            account,
            delays,
            nodes,
            started_at: now,
            grace_until: if were_there { now + START_UP_GRACE } else { now },
            last_renewal,
            documents: None,
            edges: Vec::new(),
            hearsay: Hearsay::default(),
            took_over: false,
            shell: Shell::new(),
            sockets: BTreeMap::new(),
            slots: BTreeMap::new(),
            registered: BTreeSet::new(),
            talks: BTreeMap::new(),
            attentive: BTreeSet::new(),
            effects: Vec::new(),
            minted: 0,
        }
    }

    pub(super) fn mint(&mut self, previous: Option<Token>) -> Token {
        self.minted += 1;
        let nonce = (self.id.0.as_u128() as u64) << 32 | self.minted;
        Token { counter: previous.map_or(0, |token| token.counter) + 1, nonce }
    }

    pub(super) fn settle() -> Span {
        SILENCE.max(LEASE + RENEWED_EVERY * 2) + GRACE + Span::from_secs(1)
    }

    pub(super) fn horizon(&self, now: Timestamp) -> Timestamp {
        let before_the_start = self.last_renewal.filter(|_| now < self.grace_until + Self::settle());
        let on_other_nodes = self.nodes.doubtful_since(now, GRACE + Self::settle());
        before_the_start.into_iter().chain(on_other_nodes).fold(now - Self::settle(), Timestamp::min)
    }

    pub(super) fn last_sign_of(&self, node: NodeId) -> Timestamp {
        self.nodes.renewed_at(node).or(self.last_renewal).unwrap_or(self.started_at)
    }

    pub(super) fn lingers_until(&self, node: NodeId) -> Timestamp {
        match self.nodes.lost_at(node) {
            Some(at) if at > self.started_at => at + GRACE,
            _ => self.grace_until.max(self.started_at + GRACE),
        }
    }

    pub(super) fn lease(&self, now: Timestamp) -> NodeLease {
        self.nodes.own_lease(now, self.grace_until)
    }

    /// Whether nothing is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        !self.shell.is_busy() && self.talks.values().all(|talk| !talk.is_busy())
    }

    // ------------------------------------------------------------ the account's loop

    pub(super) fn tell(&mut self, now: Timestamp, input: roster::Input, answer_to: Option<u64>) {
        self.shell.queue.push_back((input, answer_to));
        self.pump(now);
    }

    fn is_ready(&self) -> bool {
        self.documents.as_ref().is_some_and(|documents| !self.hearsay.is_news([documents.token]))
    }

    pub(super) fn pump(&mut self, now: Timestamp) {
        if !self.shell.is_idle() {
            return;
        }
        if !self.is_ready() {
            self.read();
        } else if self.shell.queue.is_empty() {
            let deadline = self.documents.as_ref().and_then(|documents| documents.roster.next_deadline());
            self.effects.extend(deadline.map(|at| Effect::Alarm(at.max(now + Span(1)), Alarm::Presence)));
        } else {
            self.shell.take_batch();
            self.attempt(now);
        }
    }

    fn read(&mut self) {
        self.shell.phase = Phase::Reading(self.hearsay);
        self.shell.asked += 1;
        self.effects.push(Effect::Read(Doc::Presence, self.shell.asked));
    }

    fn attempt(&mut self, now: Timestamp) {
        let Some(documents) = self.documents.clone() else { return self.read() };
        let mut after = Roster::clone(&documents.roster);
        let mut edges = Vec::new();
        for input in self.shell.inputs() {
            edges.extend(after.step(&input, &self.account, now).edges);
        }
        if after == *documents.roster {
            self.shell.phase = Phase::Idle;
            return self.finish(now, &(documents, edges));
        }
        let token = self.mint(documents.token);
        let roster = Rc::new(after);
        let commit = Commit {
            reads: vec![(Doc::Presence, documents.token)],
            write: Write::Presence(Rc::clone(&roster)),
            token,
            edges: (documents.roster.edges + 1..).zip(edges.iter().cloned()).collect(),
            said: Vec::new(),
            record: Vec::new(),
            letters: Vec::new(),
        };
        self.shell.phase = Phase::Committing(Box::new((commit, (Documents { roster, token: Some(token) }, edges))));
        self.send();
    }

    fn send(&mut self) {
        let Phase::Committing(draft) = &self.shell.phase else { return };
        let commit = draft.0.clone();
        self.shell.asked += 1;
        self.effects.push(Effect::Commit(Doc::Presence, self.shell.asked, commit));
    }

    fn finish(&mut self, now: Timestamp, (after, edges): &Durable) {
        self.documents = Some(after.clone());
        self.edges.extend(edges.iter().cloned());
        for (input, answer_to) in std::mem::take(&mut self.shell.batch) {
            if let Some(answer_to) = answer_to {
                self.let_in(answer_to, &input);
                self.effects.push(Effect::Answered(answer_to, Ok(Answer::default())));
            }
        }
        if !edges.is_empty() {
            self.look_at_conversations(now);
        }
        self.look_at_sockets(now);
        self.pump(now);
    }

    /// A socket bears the number of the question by which it came.
    fn let_in(&mut self, number: u64, input: &roster::Input) {
        if let (roster::Input::PluggedIn { .. }, Some(socket)) = (input, self.sockets.get_mut(&number)) {
            socket.is_in = true;
        }
    }

    pub(super) fn on_read(&mut self, now: Timestamp, asked: u64, read: Read) {
        if asked != self.shell.asked {
            return;
        }
        let Phase::Reading(heard) = std::mem::replace(&mut self.shell.phase, Phase::Idle) else { return };
        self.hearsay.on_read(heard);
        let was = self.documents.replace(read.documents);
        let is = self.documents.as_ref().map(|documents| Rc::clone(&documents.roster));
        if was.as_ref().map(|documents| documents.roster.edges) != is.as_ref().map(|roster| roster.edges) {
            self.edges.clear();
        }
        let statuses =
            |roster: &Roster| -> Vec<_> { roster.attendees.iter().map(|(id, a)| (*id, a.status, a.since)).collect() };
        if was.is_some_and(|was| is.is_some_and(|is| statuses(&was.roster) != statuses(&is))) {
            self.look_at_conversations(now);
        }
        // What follows is only queued: this batch comes first.
        self.shell.phase = Phase::Reading(self.hearsay);
        self.look_at_sockets(now);
        let took_over = std::mem::replace(&mut self.took_over, true);
        self.look_at_nodes(now, !took_over);
        self.look_at_orphans(now);
        if !took_over {
            self.tell(now, roster::Input::Tick, None);
        }
        self.shell.phase = Phase::Idle;
        if self.shell.batch.is_empty() { self.pump(now) } else { self.attempt(now) }
    }

    /// The outcome of a commit; `None`: it is not known.
    pub(super) fn on_outcome(&mut self, now: Timestamp, asked: u64, outcome: Option<Applied>) {
        if asked != self.shell.asked || !matches!(self.shell.phase, Phase::Committing(_)) {
            return;
        }
        match outcome {
            None => self.send(),
            Some(Applied::Conflict) => self.read(),
            Some(_) => {
                if let Phase::Committing(draft) = std::mem::replace(&mut self.shell.phase, Phase::Idle) {
                    self.finish(now, &draft.1);
                }
            }
        }
    }

    /// A question of the account's loop was not answered in time.
    pub(super) fn ask_again(&mut self, asked: u64) {
        if asked != self.shell.asked {
            return;
        }
        match self.shell.phase {
            Phase::Reading(_) => self.read(),
            Phase::Committing(_) => self.send(),
            Phase::Idle => {}
        }
    }

    // ------------------------------------------------------------ other nodes

    pub(super) fn on_hint(&mut self, now: Timestamp, doc: Doc, token: Token) {
        match doc {
            Doc::Presence => {
                self.hearsay.on_version(0, token);
                self.pump(now);
            }
            Doc::Conversation(id) => {
                if self.talks.contains_key(&id) || !self.sockets.is_empty() || self.registered.contains(&id) {
                    self.wake(now, id);
                    self.on_talk_written(now, id, token);
                } else {
                    self.attentive.insert(id);
                }
            }
        }
    }

    /// Something may have been missed: everything is read again.
    pub(super) fn on_gap(&mut self, now: Timestamp, waiting: &[ConversationId]) {
        self.hearsay.on_rumour();
        self.pump(now);
        self.attentive.extend(waiting);
        for id in self.talks.keys().copied().collect::<Vec<_>>() {
            self.on_talk_rumour(now, id);
        }
        self.look_at_conversations(now);
    }

    pub(super) fn look_at_nodes(&mut self, now: Timestamp, takes_over: bool) {
        let Some(documents) = self.documents.clone() else { return };
        let lost: BTreeSet<NodeId> =
            documents.roster.nodes().into_iter().filter(|node| self.nodes.is_lost(*node)).collect();
        let is_alone = self.nodes.living() <= 1;
        let prolongs = is_alone && takes_over && documents.roster.has_lingering();
        if lost.is_empty() && !prolongs {
            return;
        }
        let until = lost.iter().map(|node| self.lingers_until(*node)).max().unwrap_or(self.grace_until);
        let outage = if prolongs || is_alone { Outage::Whole } else { Outage::Part };
        let lost = lost.into_iter().map(|node| (node, self.last_sign_of(node))).collect();
        self.tell(now, roster::Input::NodesLost { lost, until, outage }, None);
    }

    pub(super) fn look_at_conversations(&mut self, now: Timestamp) {
        let ids: BTreeSet<_> = self.attentive.iter().chain(self.talks.keys()).copied().collect();
        for id in ids {
            self.wake(now, id);
            self.look(now, id);
        }
    }

    // ------------------------------------------------------------ operators' sockets

    pub(super) fn enter(&mut self, now: Timestamp, number: u64, who: (OperatorId, DeviceId), state: Option<Status>) {
        let (operator, device) = who;
        let socket = Socket { operator, device: device.clone(), is_in: false, doubted_at: None, last_sign: now };
        self.sockets.insert(number, socket);
        let state = state.map(|what| Word { what, at: now });
        let input = roster::Input::PluggedIn { operator, device, card: card(), state, node: self.id, session: SESSION };
        self.tell(now, input, Some(number));
    }

    /// A socket ended: by a farewell, or broken after its last sign of life.
    pub(super) fn socket_ended(&mut self, now: Timestamp, number: u64, broken: Option<Timestamp>, answer_to: u64) {
        let Some(Socket { operator, device, last_sign, .. }) = self.sockets.remove(&number) else { return };
        if self.sockets.values().any(|s| s.operator == operator && s.device == device) {
            return self.effects.push(Effect::Answered(answer_to, Ok(Answer::default())));
        }
        let node = self.id;
        let input = match broken {
            None => roster::Input::PulledOut { operator, device, node },
            Some(at) => {
                let last_sign = at.max(last_sign).min(now);
                roster::Input::Broke { operator, device, node, last_sign, until: now + GRACE }
            }
        };
        self.tell(now, input, Some(answer_to));
    }

    /// Sockets whose devices are not counted as plugged in here any more have to prove themselves.
    fn look_at_sockets(&mut self, now: Timestamp) {
        let Some(documents) = &self.documents else { return };
        let mut is_doubtful = false;
        for socket in self.sockets.values_mut().filter(|socket| socket.is_in) {
            if documents.roster.is_plugged_in(socket.operator, &socket.device, self.id) {
                socket.doubted_at = None;
            } else {
                socket.doubted_at.get_or_insert(now);
                is_doubtful = true;
            }
        }
        if is_doubtful {
            self.effects.push(Effect::Alarm(now + PROVEN_EVERY, Alarm::Proofs));
        }
    }

    /// Devices that are said to be plugged in here and have no socket: they linger.
    fn look_at_orphans(&mut self, now: Timestamp) {
        let Some(documents) = self.documents.clone() else { return };
        let attendees = documents.roster.attendees.iter();
        let devices = attendees.flat_map(|(operator, a)| a.devices.keys().map(|device| (*operator, device.clone())));
        for (operator, device) in devices {
            let has_socket = self.sockets.values().any(|s| s.operator == operator && s.device == device);
            if !has_socket && documents.roster.is_plugged_in(operator, &device, self.id) {
                let (node, until) = (self.id, now + GRACE);
                self.tell(now, roster::Input::Broke { operator, device, node, last_sign: now, until }, None);
            }
        }
    }

    /// What lived since it was doubted counts again. `lives`: whose clients are still there.
    pub(super) fn look_at_proofs(&mut self, now: Timestamp, lives: impl Fn(u64) -> bool) {
        let mut inputs = Vec::new();
        let mut others = false;
        for (number, socket) in &mut self.sockets {
            if socket.doubted_at.is_none_or(|at| at >= now) {
                continue;
            }
            if lives(*number) {
                (socket.doubted_at, socket.last_sign) = (None, now);
                let (operator, device) = (socket.operator, socket.device.clone());
                let (node, session) = (self.id, SESSION);
                inputs.push(roster::Input::PluggedIn { operator, device, card: card(), state: None, node, session });
            } else {
                others = true;
            }
        }
        if others {
            self.effects.push(Effect::Alarm(now + Span(1_000), Alarm::Proofs));
        }
        inputs.into_iter().for_each(|input| self.tell(now, input, None));
    }

    /// Whether devices that lost nodes held are still counted: presence is about to be corrected.
    pub(super) fn presence_is_doubtful(&self, roster: &Roster, now: Timestamp) -> bool {
        let held_by_the_lost = |link: &Link| match link {
            Link::Plugged { nodes } => nodes.iter().any(|node| self.nodes.is_lost(*node)),
            _ => false,
        };
        let mut devices = roster.attendees.values().flat_map(|attendee| attendee.devices.values());
        roster.next_deadline().is_some_and(|at| at <= now) || devices.any(|device| held_by_the_lost(&device.link))
    }
}
