//! The account's presence: devices make operators, operators make boxes (RULES section 2). The presence document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chat_box::{BoxChange, BoxState, boxes_after};
use super::device::{Card, Device, LeaseHeld, Link};
use super::status::{Because, BoxView, DeviceState, DeviceView, OperatorView, Status};
use crate::domain::account::Account;
use crate::domain::ids::{DeviceId, GroupId, NodeId, OperatorId, SessionId};
use crate::domain::notice::reason::DeviceRef;
use crate::domain::time::Timestamp;

/// How many devices of one operator are remembered; of more, the one that was seen longest ago is forgotten.
pub const DEVICES_MAX: usize = 32;

/// An operator's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// What they are.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// Whether they appear offline whatever their devices say (rule P3).
    pub appear_offline: bool,
    /// The latest time at which they were for certain what they are: the last sign of life of those devices of theirs that
    /// count and are gone. When the last one turns out to be gone, the change is dated back to this (rule P4).
    pub proof: Timestamp,
    /// When they were last online, where they no longer are: then a box may have gone offline.
    #[serde(default)]
    pub online_until: Option<Timestamp>,
    /// Their devices.
    pub devices: BTreeMap<DeviceId, Device>,
}

/// The document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Everybody who was ever seen.
    pub attendees: BTreeMap<OperatorId, Attendee>,
    /// The boxes, as they were told.
    pub boxes: Vec<BoxState>,
    /// How many changes of a status were logged.
    pub edges: u64,
}

/// What happens to presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A device's first socket on a node.
    PluggedIn {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// What it is.
        card: Card,
        /// What the user chooses; `None`: what it last was.
        state: Option<Status>,
        /// On which node.
        node: NodeId,
    },
    /// The user chose a state for a device.
    Chose {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// What.
        state: Status,
    },
    /// A device's last socket on a node ended by `bye`, log-out or sign-out.
    PulledOut {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// On which node.
        node: NodeId,
    },
    /// A device's last socket on a node broke.
    Broke {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// On which node.
        node: NodeId,
        /// Its last sign of life.
        last_sign: Timestamp,
        /// How long it may linger.
        until: Timestamp,
    },
    /// An app reported a lease.
    Leased {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// What it is.
        card: Card,
        /// What it counts as; `Offline` ends the lease.
        state: Status,
        /// Until when and by which log-in.
        lease: LeaseHeld,
    },
    /// Log-ins ended: what they leased ends.
    SessionsEnded {
        /// Whose.
        operator: OperatorId,
        /// Which; `None`: all.
        sessions: Option<Vec<SessionId>>,
    },
    /// P3.
    AppearOffline {
        /// Who.
        operator: OperatorId,
        /// Whether.
        on: bool,
    },
    /// A node is gone: what it held lingers.
    NodeLost {
        /// The node that asks: every other one is gone.
        but: NodeId,
        /// Its last sign of life.
        last_sign: Timestamp,
        /// How long its devices may linger.
        until: Timestamp,
    },
    /// The settings changed: who is active, which groups there are.
    Resettled,
    /// Time passed: what lingered or was leased may be over.
    Tick,
}

/// A change of an operator's status, as the account's log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// When it was so; earlier than when it was found, where it is dated back.
    pub at: Timestamp,
    /// Whose.
    pub operator: OperatorId,
    /// To what.
    pub status: Status,
    /// The device that made it so, where one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device: Option<DeviceRef>,
}

/// What a step changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Statuses, in the order in which they changed; their places in the log start after the roster's former `edges`.
    pub edges: Vec<Edge>,
    /// Boxes.
    pub boxes: Vec<BoxChange>,
    /// Operators whose devices are shown differently.
    pub devices_of: Vec<OperatorId>,
    /// Operators whose `appear_offline` changed.
    pub appearance_of: Vec<OperatorId>,
}

impl Roster {
    /// One input happens at `now`.
    pub fn step(&mut self, input: &Input, account: &Account, now: Timestamp) -> Changed {
        let mut changed = Changed::default();
        // While the server was down nothing could come back: what lingered then goes on lingering (P4, N10).
        if let Input::NodeLost { but, last_sign, until } = input {
            self.on_node_lost(*but, *last_sign, *until, &mut changed);
        }
        self.lapse(now, &mut changed);
        match input {
            Input::Tick | Input::NodeLost { .. } => {}
            Input::Resettled => self.drop_the_inactive(account, now, &mut changed),
            Input::PluggedIn { operator, device, .. }
            | Input::Chose { operator, device, .. }
            | Input::PulledOut { operator, device, .. }
            | Input::Broke { operator, device, .. }
            | Input::Leased { operator, device, .. } => {
                let attendee = self.attendee(*operator, now);
                attendee.on_device(device, input, now);
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, Some(device), &mut changed);
            }
            Input::SessionsEnded { operator, sessions } => {
                let attendee = self.attendee(*operator, now);
                attendee.end_leases(sessions.as_deref(), now);
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, None, &mut changed);
            }
            Input::AppearOffline { operator, on } => {
                let attendee = self.attendee(*operator, now);
                if attendee.appear_offline != *on {
                    attendee.appear_offline = *on;
                    attendee.proof = attendee.proof.max(now);
                    changed.appearance_of.push(*operator);
                    attendee.settle(*operator, now, None, &mut changed);
                }
            }
        }
        self.edges += changed.edges.len() as u64;
        let by_settings = matches!(input, Input::Resettled).then_some(now);
        changed.boxes = boxes_after(self, account, by_settings);
        changed
    }

    fn attendee(&mut self, operator: OperatorId, now: Timestamp) -> &mut Attendee {
        self.attendees.entry(operator).or_insert_with(|| Attendee {
            status: Status::Offline,
            since: now,
            appear_offline: false,
            proof: now,
            online_until: None,
            devices: BTreeMap::new(),
        })
    }

    /// What lingered too long, and leases that lapsed, end at their own times.
    fn lapse(&mut self, now: Timestamp, changed: &mut Changed) {
        for (operator, attendee) in &mut self.attendees {
            if attendee.lapse(now) {
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, None, changed);
            }
        }
    }

    fn on_node_lost(&mut self, but: NodeId, last_sign: Timestamp, until: Timestamp, changed: &mut Changed) {
        for (operator, attendee) in &mut self.attendees {
            if attendee.on_node_lost(but, last_sign, until) {
                changed.devices_of.push(*operator);
                attendee.settle(*operator, last_sign, None, changed);
            }
        }
    }

    /// P9: a deactivated operator's devices end at once.
    fn drop_the_inactive(&mut self, account: &Account, now: Timestamp, changed: &mut Changed) {
        for (operator, attendee) in &mut self.attendees {
            if !account.operator(*operator).is_some_and(|o| o.active) && !attendee.devices.is_empty() {
                attendee.proof = attendee.proof.max(now);
                attendee.devices.clear();
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, None, changed);
            }
        }
    }

    /// What the operator is.
    pub fn status(&self, operator: OperatorId) -> Status {
        self.attendees.get(&operator).map_or(Status::Offline, |a| a.status)
    }

    /// Whether it says that a device has sockets on another node.
    pub fn has_other_nodes(&self, node: NodeId) -> bool {
        let mut devices = self.attendees.values().flat_map(|a| a.devices.values());
        devices.any(|d| match &d.link {
            Link::Plugged { nodes } => nodes.iter().any(|n| *n != node),
            Link::Lingering { .. } => true,
            Link::Unplugged => false,
        })
    }

    /// When something lapses by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let devices = self.attendees.values().flat_map(|a| a.devices.values());
        devices.filter_map(Device::next_deadline).min()
    }

    /// Who is online, since when, thanks to which device: how a conversation starts to know presence.
    pub fn online(&self) -> impl Iterator<Item = (OperatorId, Timestamp, Option<DeviceRef>)> {
        (self.attendees.iter())
            .filter(|(_, a)| a.status == Status::Online)
            .map(|(id, a)| (*id, a.since, a.speaker(Status::Online)))
    }

    /// Everybody, as colleagues are shown them. `felt` knows newer signs of life of what is plugged in.
    pub fn operators(
        &self,
        account: &Account,
        felt: &dyn Fn(OperatorId, &DeviceId) -> Option<Timestamp>,
    ) -> Vec<OperatorView> {
        let view = |operator: &crate::domain::account::Operator| {
            let attendee = self.attendees.get(&operator.id);
            OperatorView {
                id: operator.id,
                name: operator.name.clone(),
                status: attendee.map_or(Status::Offline, |a| a.status),
                since: attendee.map_or(operator.created_at, |a| a.since),
                appear_offline: attendee.is_some_and(|a| a.appear_offline),
                devices: self.devices(operator.id, felt),
            }
        };
        account.operators.iter().filter(|o| o.active).map(view).collect()
    }

    /// One operator's devices.
    pub fn devices(
        &self,
        operator: OperatorId,
        felt: &dyn Fn(OperatorId, &DeviceId) -> Option<Timestamp>,
    ) -> Vec<DeviceView> {
        let devices = self.attendees.get(&operator).into_iter().flat_map(|a| &a.devices);
        let view = |(id, device): (&DeviceId, &Device)| DeviceView {
            id: id.clone(),
            kind: device.kind,
            name: device.name.clone(),
            state: device.shown(),
            since: device.since,
            last_seen: felt(operator, id).map_or(device.last_sign, |at| at.max(device.last_sign)),
            until: device.lease.map(|l| l.until),
        };
        devices.map(view).collect()
    }

    /// One box, with the devices that make it online (rule P8).
    pub fn chat(
        &self,
        account: &Account,
        group: Option<GroupId>,
        felt: &dyn Fn(OperatorId, &DeviceId) -> Option<Timestamp>,
    ) -> BoxView {
        let group = account.effective_group(group).map(|g| g.id);
        let state = self.boxes.iter().find(|b| b.group == group);
        let mut because = Vec::new();
        for operator in account.audience(group).into_iter().filter(|id| self.status(*id) == Status::Online) {
            let devices = self.devices(operator, felt);
            let counting =
                devices.into_iter().filter(|d| matches!(d.state, DeviceState::Online | DeviceState::Reconnecting));
            because.extend(counting.map(|d| Because { operator, device: d.id, last_seen: d.last_seen }));
        }
        BoxView {
            group,
            online: state.is_some_and(|b| b.online),
            since: state.map_or(account.created_at, |b| b.since),
            because,
        }
    }
}

impl Attendee {
    /// What the devices make, at `now` unless the past decides: a fall is dated back to the last proof.
    fn settle(&mut self, operator: OperatorId, now: Timestamp, device: Option<&DeviceId>, changed: &mut Changed) {
        let status = if self.appear_offline {
            Status::Offline
        } else {
            self.devices.values().map(|d| d.counts_as(self.status)).max().unwrap_or_default()
        };
        if status == self.status {
            return;
        }
        let at = if status > self.status { now } else { self.proof.clamp(self.since, now.max(self.since)) };
        let rose_on = (status > self.status).then_some(device).flatten();
        let device = rose_on.map(|id| self.device_ref(id)).or_else(|| self.speaker(status));
        if self.status == Status::Online {
            self.online_until = Some(at);
        }
        self.status = status;
        self.since = at;
        self.proof = at;
        changed.edges.push(Edge { at, operator, status, device });
    }

    /// The device that speaks for the status for the longest time.
    fn speaker(&self, status: Status) -> Option<DeviceRef> {
        let speaks = |(_, d): &(&DeviceId, &Device)| status != Status::Offline && d.counts_as(status) == status;
        self.devices.iter().filter(speaks).min_by_key(|(_, d)| d.since).map(|(id, _)| self.device_ref(id))
    }

    fn device_ref(&self, id: &DeviceId) -> DeviceRef {
        DeviceRef { id: id.clone(), name: self.devices.get(id).and_then(|d| d.name.clone()) }
    }

    /// A device that counts is, or was, alive at `at`.
    fn prove(&mut self, chosen: Status, at: Timestamp) {
        if chosen >= self.status {
            self.proof = self.proof.max(at);
        }
    }

    fn on_device(&mut self, id: &DeviceId, input: &Input, now: Timestamp) {
        let was = self.devices.get(id).map(|d| (d.shown(), d.chosen, d.is_connected()));
        // Whatever happens to a connected device now shows that it lived until now, and one that returns was not gone.
        let returns = matches!(input, Input::PluggedIn { .. } | Input::Leased { .. });
        if let Some((shown, chosen, connected)) = was
            && (connected || (returns && shown == DeviceState::Reconnecting))
        {
            let until = if let Input::Broke { last_sign, .. } = input { *last_sign } else { now };
            self.prove(chosen, until);
        }
        let device = self.devices.entry(id.clone()).or_insert_with(|| {
            let card = match input {
                Input::PluggedIn { card, .. } | Input::Leased { card, .. } => card.clone(),
                _ => Card { kind: super::status::DeviceKind::Dashboard, name: None },
            };
            Device::new(&card, now)
        });
        device.on_input(input, now);
        if was.map(|(shown, ..)| shown) != Some(device.shown()) {
            device.since = now;
        }
        self.forget_the_oldest();
    }

    fn forget_the_oldest(&mut self) {
        while self.devices.len() > DEVICES_MAX {
            let oldest = self.devices.iter().min_by_key(|(_, d)| (d.is_connected() || d.is_lingering(), d.last_sign));
            let Some(id) = oldest.map(|(id, _)| id.clone()) else { return };
            self.devices.remove(&id);
        }
    }

    fn end_leases(&mut self, sessions: Option<&[SessionId]>, now: Timestamp) {
        let mut proofs = Vec::new();
        for device in self.devices.values_mut() {
            if device.lease.is_some_and(|l| sessions.is_none_or(|ended| ended.contains(&l.session))) {
                proofs.push(device.chosen);
                device.lease = None;
                device.since = now;
            }
        }
        proofs.into_iter().for_each(|chosen| self.prove(chosen, now));
    }

    fn lapse(&mut self, now: Timestamp) -> bool {
        let mut proofs = Vec::new();
        let mut lapsed = false;
        for device in self.devices.values_mut() {
            if let Some(lease) = device.lease.filter(|l| l.until <= now) {
                device.lease = None;
                device.last_sign = device.last_sign.max(lease.until);
                device.since = lease.until;
                proofs.push((device.chosen, lease.until));
                lapsed = true;
            }
            if matches!(device.link, Link::Lingering { until } if until <= now) {
                device.link = Link::Unplugged;
                device.since = device.last_sign;
                lapsed = true;
            }
        }
        proofs.into_iter().for_each(|(chosen, at)| self.prove(chosen, at));
        lapsed
    }

    fn on_node_lost(&mut self, but: NodeId, last_sign: Timestamp, until: Timestamp) -> bool {
        let mut proofs = Vec::new();
        let mut lost = false;
        for device in self.devices.values_mut() {
            match &mut device.link {
                Link::Plugged { nodes } if nodes.iter().any(|node| *node != but) => {
                    nodes.retain(|node| *node == but);
                    if nodes.is_empty() {
                        device.last_sign = device.last_sign.max(last_sign);
                        device.link = Link::Lingering { until };
                        device.since = device.last_sign;
                        proofs.push((device.chosen, device.last_sign));
                    }
                    lost = true;
                }
                // What lingered when the server went down may still come back: the box shows what it showed (P4).
                Link::Lingering { until: lingers_until } if *lingers_until < until => {
                    *lingers_until = until;
                    lost = true;
                }
                _ => {}
            }
        }
        proofs.into_iter().for_each(|(chosen, at)| self.prove(chosen, at));
        lost
    }
}

impl Device {
    fn on_input(&mut self, input: &Input, now: Timestamp) {
        match input {
            Input::PluggedIn { card, state, node, .. } => {
                self.kind = card.kind;
                self.name = card.name.clone().or(self.name.take());
                self.chosen = state.unwrap_or(self.chosen);
                self.last_sign = now;
                match &mut self.link {
                    Link::Plugged { nodes } => {
                        nodes.insert(*node);
                    }
                    link => *link = Link::Plugged { nodes: [*node].into() },
                }
            }
            Input::Chose { state, .. } => {
                self.chosen = *state;
                self.last_sign = now;
            }
            Input::PulledOut { node, .. } => {
                // Signed out while it lingers, it was last alive when it broke.
                if matches!(self.link, Link::Lingering { .. }) {
                    self.link = Link::Unplugged;
                } else if self.unplug(*node) {
                    self.last_sign = now;
                    self.link = Link::Unplugged;
                }
            }
            Input::Broke { node, last_sign, until, .. } => {
                if self.unplug(*node) {
                    self.last_sign = self.last_sign.max(*last_sign);
                    self.link = Link::Lingering { until: *until };
                }
            }
            Input::Leased { card, state, lease, .. } => {
                self.kind = card.kind;
                self.name = card.name.clone().or(self.name.take());
                self.chosen = *state;
                self.last_sign = now;
                self.lease = (*state != Status::Offline).then_some(*lease);
                // The app has spoken: what its broken socket left behind no longer matters.
                if matches!(self.link, Link::Lingering { .. }) {
                    self.link = Link::Unplugged;
                }
            }
            _ => {}
        }
    }

    /// Takes a node away; whether it was the last one.
    fn unplug(&mut self, node: NodeId) -> bool {
        let Link::Plugged { nodes } = &mut self.link else { return false };
        nodes.remove(&node);
        nodes.is_empty()
    }
}
