//! The account's presence: devices make operators, operators make boxes (RULES section 2). The presence document.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attendee::Attendee;
use super::chat_box::{BoxChange, BoxState, boxes_after};
use super::device::{Card, Device, LeaseHeld, Link};
use super::status::{Because, BoxView, DeviceState, DeviceView, OperatorView, Status};
use super::word::Word;
use crate::domain::account::Account;
use crate::domain::ids::{DeviceId, GroupId, NodeId, OperatorId, SessionId};
use crate::domain::notice::reason::DeviceRef;
use crate::domain::time::Timestamp;

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
        state: Option<Word<Status>>,
        /// On which node.
        node: NodeId,
        /// By which log-in.
        session: SessionId,
    },
    /// The user chose a state for a device.
    Chose {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
        /// What.
        state: Word<Status>,
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
        state: Word<Status>,
        /// Until when and by which log-in.
        lease: LeaseHeld,
    },
    /// The user signed a device out: it is forgotten, with its sockets and its lease.
    SignedOut {
        /// Whose.
        operator: OperatorId,
        /// Which.
        device: DeviceId,
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
        on: Word<bool>,
    },
    /// Nodes are gone: what they held lingers.
    NodesLost {
        /// Which, and the last sign of life of each.
        lost: BTreeMap<NodeId, Timestamp>,
        /// How long their devices may linger.
        until: Timestamp,
        /// Whether others served meanwhile.
        outage: Outage,
    },
    /// The settings changed: who is active, which groups there are.
    Resettled,
    /// Time passed: what lingered or was leased may be over.
    Tick,
}

/// How much of the service was down when nodes were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// All of it: nobody could come back anywhere, so what lingered then goes on lingering (rules P4, N10).
    Whole,
    /// Other nodes served: whoever broke off could come back to one of them.
    Part,
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
        // Before anything lapses: what lingered when everything went down may not have had its time.
        if let Input::NodesLost { lost, until, outage } = input {
            self.on_nodes_lost(lost, *until, *outage, &mut changed);
        }
        self.lapse(now, &mut changed);
        match input {
            Input::Tick | Input::NodesLost { .. } => {}
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
            Input::SignedOut { operator, device } => {
                let attendee = self.attendee(*operator, now);
                attendee.sign_out(device, now);
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, None, &mut changed);
            }
            Input::SessionsEnded { operator, sessions } => {
                let attendee = self.attendee(*operator, now);
                attendee.end_leases(sessions.as_deref(), now);
                changed.devices_of.push(*operator);
                attendee.settle(*operator, now, None, &mut changed);
            }
            Input::AppearOffline { operator, on } => {
                let attendee = self.attendee(*operator, now);
                let was = attendee.appear_offline;
                on.replace(&mut attendee.appear_offline, &mut attendee.appearance_at, now);
                if attendee.appear_offline != was {
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
            appearance_at: Timestamp::default(),
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

    fn on_nodes_lost(
        &mut self,
        lost: &BTreeMap<NodeId, Timestamp>,
        until: Timestamp,
        outage: Outage,
        changed: &mut Changed,
    ) {
        for (operator, attendee) in &mut self.attendees {
            if let Some(last_sign) = attendee.on_nodes_lost(lost, until, outage) {
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

    /// Whether the operator is switched to "appear offline" (rule P3).
    pub fn appears_offline(&self, operator: OperatorId) -> bool {
        self.attendees.get(&operator).is_some_and(|attendee| attendee.appear_offline)
    }

    /// The nodes on which devices are said to have sockets.
    pub fn nodes(&self) -> BTreeSet<NodeId> {
        let nodes = |device: &Device| match &device.link {
            Link::Plugged { nodes } => nodes.clone(),
            Link::Lingering { .. } | Link::Unplugged => BTreeSet::new(),
        };
        self.attendees.values().flat_map(|a| a.devices.values()).flat_map(nodes).collect()
    }

    /// Whether the device is said to have a socket on the node.
    pub fn is_plugged_in(&self, operator: OperatorId, device: &DeviceId, node: NodeId) -> bool {
        let device = self.attendees.get(&operator).and_then(|a| a.devices.get(device));
        device.is_some_and(|d| matches!(&d.link, Link::Plugged { nodes } if nodes.contains(&node)))
    }

    /// Whether a device lingers.
    pub fn has_lingering(&self) -> bool {
        let mut devices = self.attendees.values().flat_map(|a| a.devices.values());
        devices.any(|device| matches!(device.link, Link::Lingering { .. }))
    }

    /// When something lapses by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let devices = self.attendees.values().flat_map(|a| a.devices.values());
        devices.filter_map(Device::next_deadline).min()
    }

    /// The earliest time to which an end may yet be dated: that of a device that lingers, of a lease, or of what a lost node
    /// holds. `last_sign`: of a node that is lost.
    pub fn pending_since(&self, last_sign: &dyn Fn(NodeId) -> Option<Timestamp>) -> Option<Timestamp> {
        let of_link = |device: &Device| match &device.link {
            Link::Plugged { nodes } => nodes.iter().filter_map(|node| last_sign(*node)).min(),
            Link::Lingering { .. } => Some(device.last_sign),
            Link::Unplugged => None,
        };
        let devices = self.attendees.values().flat_map(|a| a.devices.values());
        devices.flat_map(|device| of_link(device).into_iter().chain(device.lease.map(|lease| lease.until))).min()
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

    /// One box, with the devices that make it online (rule P8); not stale, as far as the document knows.
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
            version: 0,
            stale: false,
            because,
        }
    }
}
