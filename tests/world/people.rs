//! What people do.

use doorbell::domain::account::{Kind, Operator, Switch};
use doorbell::domain::conversation::deed::{Deed, Input, VisitorDeed};
use doorbell::domain::conversation::step::Answer;
use doorbell::domain::ids::{DeviceId, GroupId, OperatorId, SessionId, VisitorId};
use doorbell::domain::presence::device::{Card, LeaseHeld, Link};
use doorbell::domain::presence::roster;
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};
use uuid::Uuid;

use super::{GRACE, Inner, Tab, World};

/// The log-in by which sockets come: the rules do not tell one from another.
const SESSION: SessionId = SessionId(Uuid::nil());

/// An operator.
#[derive(Clone, Debug)]
pub(crate) struct Colleague {
    pub(crate) world: World,
    pub(crate) id: OperatorId,
}

/// A visitor, and their conversation.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) world: World,
    pub(crate) id: VisitorId,
}

impl Colleague {
    pub(crate) fn connects(&self, device: &str) {
        self.connects_as(device, Status::Online);
    }

    pub(crate) fn connects_as(&self, device: &str, state: Status) {
        self.connected_as(device, state, Span(0));
    }

    /// The device is back and says nothing of its state.
    pub(crate) fn reconnects(&self, device: &str) {
        self.world.edit().plug_in(self.id, &name(device), None);
    }

    pub(crate) fn chooses(&self, device: &str, state: Status) {
        self.chose(device, state, Span(0));
    }

    /// A node that was held up decides only now what the device said so long ago.
    pub(crate) fn chose(&self, device: &str, state: Status, ago: Span) {
        let mut inner = self.world.edit();
        let state = Word { what: state, at: inner.now - ago };
        inner.presence(&roster::Input::Chose { operator: self.id, device: name(device), state });
    }

    /// The same of a device that had come with a state.
    pub(crate) fn connected_as(&self, device: &str, state: Status, ago: Span) {
        let mut inner = self.world.edit();
        let state = Word { what: state, at: inner.now - ago };
        inner.plug_in(self.id, &name(device), Some(state));
    }

    /// The same of an app's lease.
    pub(crate) fn leased_as(&self, device: &str, state: Status, span: Span, ago: Span) {
        let mut inner = self.world.edit();
        let card = Card { kind: DeviceKind::Mobile, name: Some(device.to_owned()) };
        let said_at = inner.now - ago;
        let lease = LeaseHeld { until: said_at + span, session: session(self.id) };
        let state = Word { what: state, at: said_at };
        inner.presence(&roster::Input::Leased { operator: self.id, device: name(device), card, state, lease });
    }

    /// The same of "appear offline".
    pub(crate) fn appeared_offline(&self, on: bool, ago: Span) {
        let mut inner = self.world.edit();
        let on = Word { what: on, at: inner.now - ago };
        inner.presence(&roster::Input::AppearOffline { operator: self.id, on });
    }

    pub(crate) fn says_bye(&self, device: &str) {
        let mut inner = self.world.edit();
        let node = inner.node;
        inner.presence(&roster::Input::PulledOut { operator: self.id, device: name(device), node });
    }

    pub(crate) fn breaks(&self, device: &str) {
        self.breaks_after_silence(device, Span(0));
    }

    /// The last sign of life was `silence` ago.
    pub(crate) fn breaks_after_silence(&self, device: &str, silence: Span) {
        let mut inner = self.world.edit();
        let (node, now) = (inner.node, inner.now);
        let (last_sign, until) = (now - silence, now + GRACE);
        inner.presence(&roster::Input::Broke { operator: self.id, device: name(device), node, last_sign, until });
    }

    pub(crate) fn leases(&self, device: &str, span: Span) {
        self.leases_as(device, Status::Online, span);
    }

    pub(crate) fn leases_as(&self, device: &str, state: Status, span: Span) {
        self.leased_as(device, state, span, Span(0));
    }

    pub(crate) fn ends_sessions(&self) {
        self.world.edit().presence(&roster::Input::SessionsEnded { operator: self.id, sessions: None });
    }

    pub(crate) fn signs_out(&self, device: &str) {
        let signed_out = roster::Input::SignedOut { operator: self.id, device: name(device) };
        self.world.edit().presence(&signed_out);
    }

    pub(crate) fn appears_offline(&self, on: bool) {
        self.appeared_offline(on, Span(0));
    }

    pub(crate) fn is_plugged(&self, device: &str) -> bool {
        let name = name(device);
        self.world.see().plugged().any(|(operator, plugged)| operator == self.id && plugged == name)
    }

    pub(crate) fn is(&self) -> Status {
        self.world.see().roster.status(self.id)
    }

    /// Since when they are what they are.
    pub(crate) fn since(&self) -> Timestamp {
        self.world.see().roster.attendees[&self.id].since
    }

    /// Changes their own settings, or an admin does.
    pub(crate) fn changes(&self, change: impl FnOnce(&mut Operator)) {
        self.world.changes(|account| change(account.operator_mut(self.id).expect("an operator of the account")));
    }

    pub(crate) fn is_deactivated(&self) {
        self.changes(|me| me.active = false);
    }

    pub(crate) fn switches_off(&self, kind: Kind) {
        self.changes(|me| *me.switch_mut(kind) = Switch::Off);
    }

    pub(crate) fn unsubscribes(&self, kind: Kind) {
        let at = self.world.see().now;
        self.changes(|me| *me.switch_mut(kind) = Switch::Unsubscribed { at });
    }

    pub(crate) fn opens(&self, visitor: &Visitor) {
        self.does(visitor, Deed::Open).expect("anybody may open it");
    }

    pub(crate) fn reads(&self, visitor: &Visitor, seq: u64) {
        self.does(visitor, Deed::Read { seq }).expect("the message is there");
    }

    pub(crate) fn joins(&self, visitor: &Visitor) {
        self.does(visitor, Deed::Join).expect("anybody may join");
    }

    pub(crate) fn leaves(&self, visitor: &Visitor) {
        self.does(visitor, Deed::Leave).expect("anybody may leave");
    }

    pub(crate) fn closes(&self, visitor: &Visitor) {
        self.does(visitor, Deed::Close).expect("anybody may close it");
    }

    pub(crate) fn replies(&self, visitor: &Visitor) -> u64 {
        let client_id = self.world.edit().new_id().to_string();
        let answer = self.does(visitor, Deed::Write { text: "Hello!".to_owned(), client_id });
        answer.expect("anybody may reply").written.expect("it was written").0
    }

    pub(crate) fn hands(&self, visitor: &Visitor, to: &Self) -> Result<Answer, Refusal> {
        self.does(visitor, Deed::TransferToOperator(to.id))
    }

    pub(crate) fn hands_to_group(&self, visitor: &Visitor, group: GroupId) -> Result<Answer, Refusal> {
        self.does(visitor, Deed::TransferToGroup(group))
    }

    pub(crate) fn does(&self, visitor: &Visitor, deed: Deed) -> Result<Answer, Refusal> {
        self.world.edit().ask(visitor.id, &[Input::Operator { by: self.id, deed }])
    }
}

impl Visitor {
    /// Writes, and so is there.
    pub(crate) fn writes(&self, text: &str) -> u64 {
        let client_id = self.world.edit().new_id().to_string();
        self.writes_as(text, &client_id)
    }

    pub(crate) fn writes_as(&self, text: &str, client_id: &str) -> u64 {
        let written = self.tries_to_write(text, client_id).expect("a visitor may write").written;
        written.expect("it was written").0
    }

    pub(crate) fn tries_to_write(&self, text: &str, client_id: &str) -> Result<Answer, Refusal> {
        let mut inner = self.world.edit();
        if inner.guests[&self.id].tab != Tab::Open {
            inner.visitor_is_here(self.id);
        }
        let now = inner.now;
        inner.guest(self.id).heard_of = now;
        let node = inner.node;
        let deed = VisitorDeed::Write {
            text: text.to_owned(),
            client_id: client_id.to_owned(),
            group: inner.guests[&self.id].page_group,
            page: None,
        };
        inner.ask(self.id, &[Input::Visitor(deed), Input::VisitorCame { node, page: None }])
    }

    /// As if they had written so often what is settled and still open.
    pub(crate) fn has_written_as_often(&self, times: usize) {
        let mut inner = self.world.edit();
        let open = &mut inner.guest(self.id).doc.as_mut().expect("a conversation").settled.open;
        let one = open.first().expect("an open message").clone();
        open.resize(times, one);
    }

    /// Tells their name.
    pub(crate) fn identifies(&self, name: &str) {
        let deed = VisitorDeed::Identify { name: Some(name.to_owned()), email: None };
        self.world.edit().ask(self.id, &[Input::Visitor(deed)]).expect("a visitor may tell their name");
    }

    /// Says bye: the moment of leaving is now.
    pub(crate) fn leaves(&self) {
        let mut inner = self.world.edit();
        let (now, node) = (inner.now, inner.node);
        if inner.guests[&self.id].tab == Tab::Open {
            inner.guest(self.id).tab = Tab::Closed;
            inner.visitor_left(self.id, &[node], now);
        }
    }

    pub(crate) fn breaks(&self) {
        self.breaks_after_silence(Span(0));
    }

    /// The last sign of life was `silence` ago.
    pub(crate) fn breaks_after_silence(&self, silence: Span) {
        let mut inner = self.world.edit();
        let (last_sign, until) = (inner.now - silence, inner.now + GRACE);
        if inner.guests[&self.id].tab == Tab::Open {
            inner.guest(self.id).tab = Tab::Lingering { nodes_lost: false, last_sign, until };
        }
    }

    /// When they last wrote or came: a sign of life.
    pub(crate) fn last_heard_of(&self) -> Timestamp {
        self.world.see().guests[&self.id].heard_of
    }

    /// Somebody asks for the explanation, say.
    pub(crate) fn is_looked_at(&self) {
        self.world.edit().ask(self.id, &[Input::Look]).expect("a look is never refused");
    }

    pub(crate) fn returns(&self) {
        self.world.edit().visitor_is_here(self.id);
    }
}

impl Inner {
    pub(crate) fn guest(&mut self, id: VisitorId) -> &mut super::Guest {
        self.guests.get_mut(&id).expect("a visitor of this world")
    }

    pub(super) fn plug_in(&mut self, operator: OperatorId, device: &DeviceId, state: Option<Word<Status>>) {
        let card = Card { kind: DeviceKind::Dashboard, name: Some(device.0.clone()) };
        let node = self.node;
        self.presence(&roster::Input::PluggedIn {
            operator,
            device: device.clone(),
            card,
            state,
            node,
            session: SESSION,
        });
    }

    pub(super) fn plugged(&self) -> impl Iterator<Item = (OperatorId, DeviceId)> {
        self.roster.attendees.iter().flat_map(|(operator, attendee)| {
            let plugged = attendee.devices.iter().filter(|(_, d)| matches!(d.link, Link::Plugged { .. }));
            plugged.map(|(device, _)| (*operator, device.clone()))
        })
    }

    /// Whether anything lingers.
    pub(crate) fn lingers(&self) -> bool {
        let mut devices = self.roster.attendees.values().flat_map(|a| a.devices.values());
        devices.any(|d| matches!(d.link, Link::Lingering { .. }))
            || self.guests.values().any(|g| matches!(g.tab, Tab::Lingering { .. }))
    }

    pub(super) fn visitor_is_here(&mut self, id: VisitorId) {
        self.guest(id).tab = Tab::Open;
        self.guest(id).heard_of = self.now;
        if self.guests[&id].doc.is_none() {
            return;
        }
        let (node, at) = (self.node, self.now);
        let mut inputs = vec![Input::VisitorCame { node, page: None }];
        inputs.extend(self.former_nodes(id).into_iter().map(|node| Input::VisitorLeft { node, at }));
        self.ask(id, &inputs).expect("coming is never refused");
    }
}

pub(super) fn is_transfer(input: &Input) -> bool {
    let Input::Operator { deed, .. } = input else { return false };
    matches!(deed, Deed::TransferToOperator(_) | Deed::TransferToGroup(_))
}

fn name(device: &str) -> DeviceId {
    DeviceId(device.to_owned())
}

/// Everybody has one log-in.
fn session(operator: OperatorId) -> SessionId {
    SessionId(Uuid::from_u128(operator.0.as_u128() + 1_000_000))
}
