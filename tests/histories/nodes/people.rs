//! Those behind the sockets: operators with two devices each, visitors with two tabs, wherever they are connected.

use doorbell::domain::conversation::deed::{Deed, Input, VisitorDeed};
use doorbell::domain::conversation::step::Answer;
use doorbell::domain::ids::{ConversationId, DeviceId, NodeId, OperatorId};
use doorbell::domain::presence::roster;
use doorbell::domain::presence::status::Status;
use doorbell::domain::presence::word::Word;
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};

use super::chronicle::{Ack, Handled};
use super::setting::{OPERATORS, VISITORS, conversation, operator};
use super::town::{Arrival, Event, Town};

/// How long what a node sent before it died can be under way.
const UNDER_WAY_MAX: Span = Span(5_000);

/// A tab of a dashboard. (The first two of an operator are the same device.)
pub(super) struct Seat {
    pub(super) operator: OperatorId,
    pub(super) device: DeviceId,
    /// Its node and its socket there.
    pub(super) at: Option<(NodeId, u64)>,
    /// Since when it is online by acknowledged acts.
    pub(super) online_since: Option<Timestamp>,
}

/// A visitor's tab.
pub(super) struct Tab {
    pub(super) conversation: ConversationId,
    pub(super) at: Option<(NodeId, u64)>,
    pub(super) there_since: Option<Timestamp>,
    /// What was written and not acknowledged.
    pub(super) unsent: Vec<String>,
}

/// What a client asks its node.
pub(super) enum Call {
    Enter(OperatorId, DeviceId, Option<Status>),
    SocketEnded(u64, Option<Timestamp>),
    Presence(roster::Input),
    VisitorEnter(ConversationId),
    SlotEnded(u64, Option<Timestamp>),
    Talk(ConversationId, Vec<Input>),
}

/// Who waits for an answer, and to what.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    node: NodeId,
    asked_at: Timestamp,
    what: Asked,
}

#[derive(Clone, Debug)]
enum Asked {
    Online(usize),
    /// Something else about an operator's presence.
    Presence(OperatorId),
    AppearOffline(OperatorId),
    There(usize),
    Written(usize, String),
    Handles(ConversationId),
    Nothing,
}

impl Seat {
    pub(super) fn all() -> Vec<Self> {
        let seat = |who: usize, device: &str| Self {
            operator: operator(who),
            device: DeviceId(format!("{device} {who}")),
            at: None,
            online_since: None,
        };
        (0..OPERATORS).flat_map(|who| ["laptop", "laptop", "phone"].map(|device| seat(who, device))).collect()
    }
}

impl Tab {
    pub(super) fn all() -> Vec<Self> {
        let tab =
            |who: usize| Self { conversation: conversation(who), at: None, there_since: None, unsent: Vec::new() };
        (0..VISITORS * 2).map(|tab_of| tab(tab_of / 2)).collect()
    }
}

impl Town {
    fn call(&mut self, node: NodeId, what: Asked, call: Call) -> u64 {
        let number = self.number();
        self.pending.insert(number, Pending { node, asked_at: self.now, what });
        self.after(Span(1), Event::At(node, Arrival::Call(number, call)));
        number
    }

    /// A node whose clients can ask it something: one that serves.
    fn open_node(&mut self) -> Option<NodeId> {
        let open: Vec<NodeId> = self.runs.iter().filter(|(_, run)| run.serves()).map(|(id, _)| *id).collect();
        (!open.is_empty()).then(|| self.dice.pick(&open))
    }

    /// Nothing more is certain about the operator's being online.
    fn close_online(&mut self, who: OperatorId) {
        let now = self.now;
        self.acted.insert(who, now);
        for seat in self.seats.iter_mut().filter(|seat| seat.operator == who) {
            if let Some(since) = seat.online_since.take() {
                self.chronicle.online.push((who, since, now));
            }
        }
    }

    fn close_there(&mut self, tab: usize) {
        let now = self.now;
        let tab = &mut self.tabs[tab];
        if let Some(since) = tab.there_since.take() {
            self.chronicle.there.push((tab.conversation, since, now));
        }
    }

    // ------------------------------------------------------------ operators

    pub(super) fn seat_connects(&mut self, seat: usize, state: Option<Status>) {
        let Some(node) = self.open_node() else { return };
        let (who, device) = (self.seats[seat].operator, self.seats[seat].device.clone());
        if state != Some(Status::Online) {
            self.close_online(who);
        }
        self.acted.insert(who, self.now);
        let what = if state == Some(Status::Online) { Asked::Online(seat) } else { Asked::Presence(who) };
        let number = self.call(node, what, Call::Enter(who, device, state));
        self.seats[seat].at = Some((node, number));
    }

    pub(super) fn seat_returns(&mut self, seat: usize) {
        if self.seats[seat].at.is_none() {
            self.seat_connects(seat, None);
        }
    }

    pub(super) fn seat_chooses(&mut self, seat: usize, state: Status) {
        let Some((node, _)) = self.seats[seat].at else { return };
        let (operator, device) = (self.seats[seat].operator, self.seats[seat].device.clone());
        self.close_online(operator);
        let what = if state == Status::Online { Asked::Online(seat) } else { Asked::Presence(operator) };
        let state = Word { what: state, at: self.now };
        self.call(node, what, Call::Presence(roster::Input::Chose { operator, device, state }));
    }

    pub(super) fn appears_offline(&mut self, seat: usize, on: bool) {
        let Some((node, _)) = self.seats[seat].at else { return };
        let operator = self.seats[seat].operator;
        self.close_online(operator);
        let on = Word { what: on, at: self.now };
        self.call(node, Asked::AppearOffline(operator), Call::Presence(roster::Input::AppearOffline { operator, on }));
    }

    /// The socket ends: by a farewell, or broken `found_after` its last sign of life.
    pub(super) fn seat_leaves(&mut self, seat: usize, found_after: Option<Span>) {
        let Some((node, socket)) = self.seats[seat].at.take() else { return };
        let who = self.seats[seat].operator;
        self.close_online(who);
        self.socket_leaves(node, found_after, Asked::Presence(who), |last_sign| Call::SocketEnded(socket, last_sign));
    }

    fn socket_leaves(
        &mut self,
        node: NodeId,
        found_after: Option<Span>,
        what: Asked,
        call: impl Fn(Option<Timestamp>) -> Call,
    ) {
        let number = self.number();
        self.pending.insert(number, Pending { node, asked_at: self.now, what });
        let lag = self.runs.get(&node).map_or(Span(0), |run| run.lag);
        let last_sign = found_after.map(|_| self.now - lag);
        let span = found_after.unwrap_or_default() + Span(1);
        self.after(span, Event::At(node, Arrival::Call(number, call(last_sign))));
    }

    pub(super) fn acts(&mut self, seat: usize, visitor: usize, deed: Deed) {
        let Some((node, _)) = self.seats[seat].at else { return };
        let id = conversation(visitor);
        let what = match deed {
            Deed::Close | Deed::Write { .. } => Asked::Handles(id),
            _ => Asked::Nothing,
        };
        let by = self.seats[seat].operator;
        self.call(node, what, Call::Talk(id, vec![Input::Operator { by, deed }]));
    }

    // ------------------------------------------------------------ visitors

    pub(super) fn tab_connects(&mut self, tab: usize) {
        let Some(node) = self.open_node() else { return };
        let id = self.tabs[tab].conversation;
        self.chronicle.left.remove(&id);
        let number = self.call(node, Asked::There(tab), Call::VisitorEnter(id));
        self.tabs[tab].at = Some((node, number));
        for name in self.tabs[tab].unsent.clone() {
            self.sends(tab, name);
        }
    }

    pub(super) fn tab_returns(&mut self, tab: usize) {
        if self.tabs[tab].at.is_none() {
            self.tab_connects(tab);
        }
    }

    pub(super) fn tab_writes(&mut self, tab: usize) {
        if self.tabs[tab].at.is_some() {
            let name = format!("message {}", self.number());
            self.tabs[tab].unsent.push(name.clone());
            self.sends(tab, name);
        }
    }

    fn sends(&mut self, tab: usize, client_id: String) {
        let Some((node, _)) = self.tabs[tab].at else { return };
        let id = self.tabs[tab].conversation;
        let text = "Hello".to_owned();
        let write = VisitorDeed::Write { text, client_id: client_id.clone(), group: None, page: None };
        let inputs = vec![Input::Visitor(write), Input::VisitorCame { node, page: None }];
        self.call(node, Asked::Written(tab, client_id), Call::Talk(id, inputs));
    }

    pub(super) fn tab_leaves(&mut self, tab: usize, found_after: Option<Span>) {
        let Some((node, slot)) = self.tabs[tab].at.take() else { return };
        self.close_there(tab);
        let id = self.tabs[tab].conversation;
        let is_last = self.tabs.iter().all(|other| other.conversation != id || other.at.is_none());
        if is_last && self.is_certain(node) {
            self.chronicle.left.insert(id, self.now);
        }
        self.socket_leaves(node, found_after, Asked::Nothing, |last_sign| Call::SlotEnded(slot, last_sign));
    }

    // ------------------------------------------------------------ what befalls their nodes

    /// Nothing more is certain about those who are connected there.
    pub(super) fn lose_track_of(&mut self, node: NodeId) {
        let seats = self.seats.iter().filter(|seat| seat.at.is_some_and(|at| at.0 == node));
        for who in seats.map(|seat| seat.operator).collect::<Vec<_>>() {
            self.close_online(who);
        }
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].at.is_some_and(|at| at.0 == node) {
                self.close_there(tab);
            }
        }
        // When a farewell that is under way there will be heard is not certain either.
        self.chronicle.left.clear();
        for pending in self.pending.values_mut().filter(|pending| pending.node == node) {
            pending.asked_at = self.now;
            pending.what = match pending.what {
                Asked::Online(seat) => Asked::Presence(self.seats[seat].operator),
                Asked::There(_) => Asked::Nothing,
                ref other => other.clone(),
            };
        }
    }

    /// What was acknowledged since then may have been lost.
    pub(super) fn doubt_what_came_after(&mut self, as_of: Timestamp) {
        for seat in &mut self.seats {
            seat.online_since = seat.online_since.filter(|since| *since < as_of);
        }
        for tab in &mut self.tabs {
            tab.there_since = tab.there_since.filter(|since| *since < as_of);
        }
    }

    /// The node died: their connections broke. Most come back elsewhere.
    pub(super) fn clients_notice(&mut self, node: NodeId) {
        for seat in 0..self.seats.len() {
            if self.seats[seat].at.is_some_and(|at| at.0 == node) {
                self.seats[seat].at = None;
                self.may_return(Event::SeatReturns(seat));
            }
        }
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].at.is_some_and(|at| at.0 == node) {
                self.tabs[tab].at = None;
                self.may_return(Event::TabReturns(tab));
            }
        }
    }

    fn may_return(&mut self, event: Event) {
        if self.dice.roll(10) < 7 {
            let span = Span(300 + self.dice.roll(12_000) as i64);
            self.after(span, event);
        }
    }

    /// The node does not answer: some give up and go elsewhere. It finds that out when it can.
    pub(super) fn some_go_elsewhere(&mut self, node: NodeId) {
        for seat in 0..self.seats.len() {
            if self.seats[seat].at.is_some_and(|at| at.0 == node) && self.dice.roll(2) == 0 {
                self.seat_leaves(seat, Some(Span(10)));
                self.may_return(Event::SeatReturns(seat));
            }
        }
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].at.is_some_and(|at| at.0 == node) && self.dice.roll(2) == 0 {
                self.tab_leaves(tab, Some(Span(10)));
                self.may_return(Event::TabReturns(tab));
            }
        }
    }

    pub(super) fn everybody_is_sent_away(&mut self, node: NodeId) {
        for seat in 0..self.seats.len() {
            if self.seats[seat].at.is_some_and(|at| at.0 == node) {
                self.seat_leaves(seat, Some(Span(0)));
                self.may_return(Event::SeatReturns(seat));
            }
        }
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].at.is_some_and(|at| at.0 == node) {
                self.tab_leaves(tab, Some(Span(0)));
                self.may_return(Event::TabReturns(tab));
            }
        }
    }

    // ------------------------------------------------------------ the node's side of the door, and the answers

    pub(super) fn calls(&mut self, id: NodeId, now: Timestamp, number: u64, call: Call) {
        let Some(node) = self.runs.get_mut(&id).map(|run| &mut run.node) else { return };
        match call {
            Call::Enter(operator, device, state) => node.enter(now, number, (operator, device), state),
            Call::SocketEnded(socket, broken) => node.socket_ended(now, socket, broken, number),
            Call::Presence(input) => node.tell(now, input, Some(number)),
            Call::VisitorEnter(of) => {
                let is_first = !node.slots.values().any(|other| *other == of);
                node.slots.insert(number, of);
                node.register(now, of);
                if is_first {
                    node.visitor_here(now, of, Some(number));
                }
            }
            Call::SlotEnded(slot, broken) => node.slot_ended(now, slot, broken, number),
            Call::Talk(of, inputs) => {
                if matches!(inputs[0], Input::Visitor(_)) {
                    if !node.slots.values().any(|other| *other == of) {
                        return;
                    }
                    node.registered.insert(of);
                }
                node.ask(now, of, inputs, Some(number));
            }
        }
    }

    pub(super) fn hears(&mut self, number: u64, pending: Pending, answer: Result<Answer, Refusal>) {
        let ack = Ack { asked_at: pending.asked_at, acked_at: self.now };
        match pending.what {
            Asked::Online(seat) => {
                let here = self.seats[seat].at.is_some_and(|at| at.0 == pending.node);
                let who = self.seats[seat].operator;
                let is_newest = self.acted.get(&who).is_none_or(|at| *at <= pending.asked_at);
                if here && is_newest && self.is_certain(pending.node) && !self.is_murky(who) {
                    self.seats[seat].online_since.get_or_insert(ack.acked_at);
                }
            }
            Asked::There(tab) => {
                let here = self.tabs[tab].at == Some((pending.node, number));
                if answer.is_ok() && here && self.is_certain(pending.node) {
                    self.tabs[tab].there_since.get_or_insert(ack.acked_at);
                }
            }
            Asked::Written(tab, name) => {
                let Some((seq, _)) = answer.ok().and_then(|answer| answer.written) else { return };
                self.tabs[tab].unsent.retain(|other| *other != name);
                let id = self.tabs[tab].conversation;
                self.chronicle.written.entry(name).or_insert((id, seq, ack));
            }
            Asked::Handles(conversation) => {
                if answer.is_ok() {
                    self.chronicle.handled.push(Handled { conversation, ack });
                }
            }
            Asked::Presence(_) | Asked::AppearOffline(_) | Asked::Nothing => {}
        }
    }

    fn is_certain(&self, node: NodeId) -> bool {
        self.runs.get(&node).is_some_and(|run| !run.cut && run.paused.is_none())
    }

    /// Whether something else about the operator may be under way, or they may appear offline.
    fn is_murky(&self, who: OperatorId) -> bool {
        let about = |what: &Asked| match what {
            Asked::Online(seat) => self.seats[*seat].operator == who,
            Asked::Presence(other) | Asked::AppearOffline(other) => *other == who,
            _ => false,
        };
        let stored = self.held.presence.as_ref();
        let gone =
            |pending: &Pending| !self.runs.contains_key(&pending.node) && self.now - pending.asked_at > UNDER_WAY_MAX;
        self.pending.values().any(|pending| about(&pending.what) && !gone(pending))
            || stored.is_some_and(|(roster, _)| roster.appears_offline(who))
    }

    /// All that is certain until now is written down.
    pub(super) fn close_the_chronicle(&mut self) {
        (0..OPERATORS).for_each(|who| self.close_online(operator(who)));
        (0..self.tabs.len()).for_each(|tab| self.close_there(tab));
    }
}
