//! Several nodes, their store, the bus between them and the people behind their sockets, in simulated time: what is asked and
//! told is delayed, reordered and lost, nodes die, stand still, are cut off and drained, and the store fails over.

use std::collections::BTreeMap;
use std::rc::Rc;

use doorbell::domain::conversation::step::Answer;
use doorbell::domain::ids::{ConversationId, NodeId, OperatorId};
use doorbell::domain::presence::roster;
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::Token;
use doorbell::ports::nodes::Stage;
use uuid::Uuid;

use super::chronicle::Chronicle;
use super::node::{Alarm, Documents, Effect, Node, Read};
use super::people::{Call, Pending, Seat, Tab};
use super::setting::{DELAYS, account};
use super::store::{Applied, Commit, Doc, Held, Write};
use crate::seeds::Dice;

/// The pause before a question that was not answered is asked again.
const PATIENCE: Span = Span(2_000);
/// What is another node's turn is taken after so long all the same.
const TAKEN_AFTER: Span = Span(1_500);
const WOKEN_AHEAD: Span = Span::from_secs(4);

/// What happens, in the order of its time.
pub(super) enum Event {
    /// It reaches the node, if that still lives.
    At(NodeId, Arrival),
    /// It reaches the store.
    Asked(NodeId, Doc, u64, Option<Commit>),
    /// The client whose node went away, or told it to go, comes back.
    SeatReturns(usize),
    TabReturns(usize),
    /// A place has a node again.
    Starts(usize),
    Resumes(NodeId),
    Healed(NodeId),
    /// The store becomes what it was then.
    FailsOver(Box<(Timestamp, Held)>),
}

/// What reaches a node.
pub(super) enum Arrival {
    Read(Doc, u64, Box<Read>),
    Outcome(Doc, u64, Applied),
    Alarm(Alarm, Timestamp),
    Hint(Doc, Token),
    Gap,
    Sweep,
    Call(u64, Call),
    Proof(ConversationId),
}

/// A node as long as it lives.
pub(super) struct Run {
    pub(super) place: usize,
    pub(super) node: Node,
    /// How far its clock lags.
    pub(super) lag: Span,
    /// What waits for it while it stands still.
    pub(super) paused: Option<Vec<Arrival>>,
    pub(super) cut: bool,
    /// Whether it was not told something that it will have to read.
    pub(super) missed: bool,
    alarms: BTreeMap<Alarm, Timestamp>,
}

impl Run {
    /// Whether clients find it.
    pub(super) fn serves(&self) -> bool {
        self.paused.is_none() && self.node.stage == Stage::Open
    }
}

/// Of a thousand: how the network behaves.
#[derive(Clone, Copy)]
pub(super) struct Weather {
    pub(super) lost_permille: usize,
    pub(super) slow_permille: usize,
}

pub(super) struct Town {
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Event>,
    numbers: u64,
    pub(super) held: Held,
    pub(super) runs: BTreeMap<NodeId, Run>,
    pub(super) weather: Weather,
    pub(super) seats: Vec<Seat>,
    pub(super) tabs: Vec<Tab>,
    pub(super) pending: BTreeMap<u64, Pending>,
    /// When an operator last did something about their presence.
    pub(super) acted: BTreeMap<OperatorId, Timestamp>,
    pub(super) chronicle: Chronicle,
    /// How often a node renews its lease and looks for what is due.
    pub(super) swept_every: Span,
}

impl Town {
    pub(super) fn new(seed: u64, weather: Weather) -> Self {
        let mut dice = Dice::of(seed);
        let places = 2 + dice.roll(3);
        let mut town = Self {
            dice,
            now: Timestamp(1_750_000_000_000),
            queue: BTreeMap::new(),
            numbers: 0,
            held: Held::new(account()),
            runs: BTreeMap::new(),

            weather,
            seats: Seat::all(),
            tabs: Tab::all(),
            pending: BTreeMap::new(),
            acted: BTreeMap::new(),
            chronicle: Chronicle::default(),
            swept_every: Span(2_500),
        };
        for place in 0..places {
            town.start(place);
        }
        town
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn after(&mut self, span: Span, event: Event) {
        let number = self.number();
        self.queue.insert((self.now + span, number), event);
    }

    /// Everything that happens until then.
    pub(super) fn runs_until(&mut self, end: Timestamp) {
        while let Some(first) = self.queue.first_entry().filter(|first| first.key().0 <= end) {
            let ((at, _), event) = first.remove_entry();
            self.now = at;
            self.happens(event);
        }
        self.now = end;
    }

    pub(super) fn passes(&mut self, span: Span) {
        self.runs_until(self.now + span);
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::At(id, arrival) => self.arrives(id, arrival),
            Event::Asked(id, doc, asked, commit) => self.store_is_asked(id, doc, asked, commit.as_ref()),
            Event::SeatReturns(seat) => self.seat_returns(seat),
            Event::TabReturns(tab) => self.tab_returns(tab),
            Event::Starts(place) => self.start(place),
            Event::Resumes(id) => self.resumes(id),
            Event::Healed(id) => {
                if let Some(run) = self.runs.get_mut(&id) {
                    (run.cut, run.missed) = (false, true);
                }
            }
            Event::FailsOver(to) => self.fails_over(*to),
        }
    }

    // ------------------------------------------------------------ the store and the bus

    fn delay(&mut self) -> Span {
        if self.dice.roll(1_000) < self.weather.slow_permille {
            return Span(self.dice.roll(3_000) as i64);
        }
        Span(self.dice.roll(8) as i64)
    }

    fn is_lost(&mut self) -> bool {
        self.dice.roll(1_000) < self.weather.lost_permille
    }

    fn store_is_asked(&mut self, id: NodeId, doc: Doc, asked: u64, commit: Option<&Commit>) {
        let arrival = match commit {
            Some(commit) => {
                let applied = self.held.apply(commit, self.now);
                if applied == Applied::Now {
                    self.spread(id, commit);
                }
                Arrival::Outcome(doc, asked, applied)
            }
            None => Arrival::Read(doc, asked, Box::new(self.read(doc))),
        };
        let is_cut = self.runs.get(&id).is_none_or(|run| run.cut);
        if !is_cut && !self.is_lost() {
            let delay = self.delay();
            self.after(delay, Event::At(id, arrival));
        }
    }

    fn read(&self, doc: Doc) -> Read {
        let (roster, token) = match &self.held.presence {
            Some((roster, token)) => (Rc::clone(roster), Some(*token)),
            None => (Rc::default(), None),
        };
        let conversation = match doc {
            Doc::Conversation(id) => self.held.conversations.get(&id).cloned(),
            Doc::Presence => None,
        };
        let seen = conversation.as_ref().map_or(roster.edges, |(doc, _)| doc.edges_seen);
        let edges = self.held.edges[usize::try_from(seen).expect("a log fits into memory")..].to_vec();
        Read { documents: Documents { roster, token }, conversation, edges }
    }

    /// The others hear of what was written, or will have to read.
    fn spread(&mut self, by: NodeId, commit: &Commit) {
        let doc = match &commit.write {
            Write::Presence(_) => Doc::Presence,
            Write::Conversation(id, _) => Doc::Conversation(*id),
        };
        let is_silent = self.runs.get(&by).is_some_and(|run| run.cut);
        for id in self.runs.keys().copied().filter(|id| *id != by).collect::<Vec<_>>() {
            let is_lost = self.is_lost() || is_silent;
            let run = self.runs.get_mut(&id).expect("it was just there");
            if is_lost || run.cut || run.paused.is_some() {
                run.missed = true;
            } else {
                let delay = self.delay();
                self.after(delay, Event::At(id, Arrival::Hint(doc, commit.token)));
            }
        }
    }

    fn fails_over(&mut self, (as_of, held): (Timestamp, Held)) {
        let leases = std::mem::take(&mut self.held.leases);
        self.held = held;
        // The nodes renew theirs at once; a run that began meanwhile is not in the copy.
        self.held.leases = leases;
        self.chronicle.failed_over(as_of, self.now);
        self.doubt_what_came_after(as_of);
        for id in self.runs.keys().copied().collect::<Vec<_>>() {
            let delay = self.delay() + Span(20);
            self.after(delay, Event::At(id, Arrival::Gap));
        }
    }

    // ------------------------------------------------------------ nodes

    fn arrives(&mut self, id: NodeId, arrival: Arrival) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        if let Some(waiting) = &mut run.paused {
            if matches!(arrival, Arrival::Hint(..)) {
                run.missed = true;
            } else {
                waiting.push(arrival);
            }
            return;
        }
        let now = self.now - run.lag;
        let node = &mut run.node;
        match arrival {
            Arrival::Read(Doc::Presence, asked, read) => node.on_read(now, asked, *read),
            Arrival::Read(Doc::Conversation(of), asked, read) => node.on_talk_read(now, of, asked, *read),
            Arrival::Outcome(Doc::Presence, asked, applied) => node.on_outcome(now, asked, Some(applied)),
            Arrival::Outcome(Doc::Conversation(of), asked, applied) => {
                node.on_talk_outcome(now, of, asked, Some(applied));
            }
            Arrival::Alarm(alarm, at) => {
                if run.alarms.get(&alarm) == Some(&at) {
                    run.alarms.remove(&alarm);
                    self.rings(id, now, alarm);
                }
            }
            Arrival::Hint(doc, token) => node.on_hint(now, doc, token),
            Arrival::Gap => node.on_gap(now, &self.held.attention()),
            Arrival::Sweep => self.sweeps(id, now),
            Arrival::Call(number, call) => self.calls(id, now, number, call),
            Arrival::Proof(of) => {
                if node.slots.values().any(|slot| *slot == of) {
                    node.visitor_here(now, of, None);
                }
            }
        }
        self.performs(id);
    }

    fn rings(&mut self, id: NodeId, now: Timestamp, alarm: Alarm) {
        let lives: Vec<u64> =
            self.seats.iter().filter_map(|seat| seat.at).filter(|at| at.0 == id).map(|at| at.1).collect();
        let Some(Run { node, .. }) = self.runs.get_mut(&id) else { return };
        match alarm {
            Alarm::Presence => node.tell(now, roster::Input::Tick, None),
            Alarm::Conversation(of) => {
                if node.talks.contains_key(&of) {
                    node.look(now, of);
                }
            }
            Alarm::Lingered(of, other, number) => node.lingered(now, of, other, number),
            Alarm::Proofs => node.look_at_proofs(now, |number| lives.contains(&number)),
            Alarm::AskAgain(Doc::Presence, asked) => node.ask_again(asked),
            Alarm::AskAgain(Doc::Conversation(of), asked) => node.ask_talk_again(of, asked),
        }
    }

    /// What the node wants done.
    pub(super) fn performs(&mut self, id: NodeId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let (lag, effects) = (run.lag, std::mem::take(&mut run.node.effects));
        for effect in effects {
            match effect {
                Effect::Read(doc, asked) => self.asks(id, doc, asked, None),
                Effect::Commit(doc, asked, commit) => self.asks(id, doc, asked, Some(commit)),
                Effect::Alarm(at, alarm) => self.set(id, at + lag, alarm),
                Effect::Answered(number, answer) => self.answered(number, answer),
                Effect::Prove(of) => {
                    let lives =
                        self.tabs.iter().any(|tab| tab.conversation == of && tab.at.is_some_and(|at| at.0 == id));
                    if lives {
                        self.after(Span(100), Event::At(id, Arrival::Proof(of)));
                    }
                }
            }
        }
    }

    fn set(&mut self, id: NodeId, at: Timestamp, alarm: Alarm) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        if run.alarms.insert(alarm, at) != Some(at) {
            let span = Span((at - self.now).0.max(0));
            self.after(span, Event::At(id, Arrival::Alarm(alarm, at)));
        }
    }

    fn asks(&mut self, id: NodeId, doc: Doc, asked: u64, commit: Option<Commit>) {
        let is_cut = self.runs[&id].cut;
        if !is_cut && !self.is_lost() {
            let delay = self.delay();
            self.after(delay, Event::Asked(id, doc, asked, commit));
        }
        self.set(id, self.now + PATIENCE, Alarm::AskAgain(doc, asked));
    }

    fn sweeps(&mut self, id: NodeId, now: Timestamp) {
        let can_ask = !self.runs[&id].cut && !self.is_lost();
        let gap_is_found = can_ask && self.runs[&id].missed;
        let run = self.runs.get_mut(&id).expect("it sweeps");
        if can_ask {
            self.held.leases.insert(id, run.node.lease(now));
            let leases: Vec<_> = self.held.leases.iter().map(|(id, lease)| (*id, lease.clone())).collect();
            if run.node.nodes.on_read(leases, now) {
                run.node.attentive.extend(self.held.attention());
                run.node.look_at_nodes(now, false);
                run.node.look_at_conversations(now);
            }
            for (at, of) in self.held.overdue(now + WOKEN_AHEAD) {
                if now - at >= TAKEN_AFTER || run.node.nodes.is_my_turn(of.0, now) {
                    run.node.wake(now, of);
                }
            }
        }
        if gap_is_found {
            run.missed = false;
            run.node.on_gap(now, &self.held.attention());
        }
        self.after(self.swept_every, Event::At(id, Arrival::Sweep));
        self.ends_if_drained(id);
    }

    fn ends_if_drained(&mut self, id: NodeId) {
        let run = self.runs.get_mut(&id).expect("it sweeps");
        let node = &mut run.node;
        let is_left = node.sockets.is_empty() && node.slots.is_empty();
        if node.stage == Stage::Draining && is_left && node.is_at_rest() && !run.cut {
            node.stage = Stage::Ended;
            let (place, lease) = (run.place, node.lease(self.now - run.lag));
            self.held.leases.insert(id, lease);
            self.runs.remove(&id);
            self.after(Span::from_secs(3), Event::Starts(place));
        }
    }

    fn start(&mut self, place: usize) {
        if self.runs.values().any(|run| run.place == place) {
            return;
        }
        let id = NodeId(Uuid::from_u128(1_000_000 + u128::from(self.number())));
        let lag = Span(self.dice.roll(30) as i64);
        let leases: Vec<_> = self.held.leases.iter().map(|(id, lease)| (*id, lease.clone())).collect();
        let now = self.now - lag;
        let mut node = Node::start(id, place, Rc::clone(&self.held.account), DELAYS, &leases, now);
        self.held.leases.insert(id, node.lease(now));
        node.attentive.extend(self.held.attention());
        node.pump(now);
        node.look_at_conversations(now);
        let alarms = BTreeMap::new();
        self.runs.insert(id, Run { place, node, lag, paused: None, cut: false, missed: false, alarms });
        self.after(self.swept_every, Event::At(id, Arrival::Sweep));
        self.performs(id);
    }

    fn answered(&mut self, number: u64, answer: Result<Answer, Refusal>) {
        if let Some(pending) = self.pending.remove(&number) {
            self.hears(number, pending, answer);
        }
    }

    // ------------------------------------------------------------ what befalls them

    pub(super) fn kill(&mut self, id: NodeId, down: Span) {
        let place = self.runs[&id].place;
        self.lose_track_of(id);
        self.runs.remove(&id);
        self.clients_notice(id);
        self.after(down, Event::Starts(place));
    }

    pub(super) fn pause(&mut self, id: NodeId, span: Span) {
        self.lose_track_of(id);
        self.runs.get_mut(&id).expect("it lives").paused = Some(Vec::new());
        self.some_go_elsewhere(id);
        self.after(span, Event::Resumes(id));
    }

    fn resumes(&mut self, id: NodeId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        for arrival in run.paused.take().into_iter().flatten() {
            self.arrives(id, arrival);
        }
    }

    pub(super) fn cut_off(&mut self, id: NodeId, span: Span) {
        self.lose_track_of(id);
        self.runs.get_mut(&id).expect("it lives").cut = true;
        self.after(span, Event::Healed(id));
    }

    /// Its clients are told to go elsewhere; it ends when they are gone.
    pub(super) fn drain(&mut self, id: NodeId) {
        self.runs.get_mut(&id).expect("it lives").node.stage = Stage::Draining;
        self.everybody_is_sent_away(id);
    }

    /// The store fails over, soon, to a copy of what it is now.
    pub(super) fn fail_over_soon(&mut self) {
        let copy = Box::new((self.now, self.held.clone()));
        let lag = Span(self.dice.roll(4_000) as i64);
        self.after(lag, Event::FailsOver(copy));
    }
}
