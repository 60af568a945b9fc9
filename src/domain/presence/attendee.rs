//! One operator's presence: their devices, and what these make of them (rules P2 to P5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::device::{Card, Device, Link};
use super::roster::{Changed, Edge, Input, Outage};
use super::status::{DeviceState, Status};
use crate::domain::ids::{DeviceId, NodeId, OperatorId, SessionId};
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
    /// When that was said.
    #[serde(default)]
    pub appearance_at: Timestamp,
    /// The latest time at which they were for certain what they are: the last sign of life of those devices of theirs that
    /// count and are gone. When the last one turns out to be gone, the change is dated back to this (rule P4).
    pub proof: Timestamp,
    /// When they were last online, where they no longer are: then a box may have gone offline.
    #[serde(default)]
    pub online_until: Option<Timestamp>,
    /// Their devices.
    pub devices: BTreeMap<DeviceId, Device>,
}

impl Attendee {
    /// What the devices make, at `now` unless the past decides: a fall is dated back to the last proof.
    pub(super) fn settle(
        &mut self,
        operator: OperatorId,
        now: Timestamp,
        device: Option<&DeviceId>,
        changed: &mut Changed,
    ) {
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
    pub(super) fn speaker(&self, status: Status) -> Option<DeviceRef> {
        let speaks = |(_, d): &(&DeviceId, &Device)| status != Status::Offline && d.counts_as(status) == status;
        self.devices.iter().filter(speaks).min_by_key(|(_, d)| d.since).map(|(id, _)| self.device_ref(id))
    }

    pub(super) fn device_ref(&self, id: &DeviceId) -> DeviceRef {
        DeviceRef { id: id.clone(), name: self.devices.get(id).and_then(|d| d.name.clone()) }
    }

    /// A device that counts is, or was, alive at `at`.
    pub(super) fn prove(&mut self, chosen: Status, at: Timestamp) {
        if chosen >= self.status {
            self.proof = self.proof.max(at);
        }
    }

    pub(super) fn on_device(&mut self, id: &DeviceId, input: &Input, now: Timestamp) {
        let was = self.devices.get(id).map(|d| (d.shown(), d.chosen, d.is_connected()));
        // Whatever happens to a connected device now shows that it lived until now, and one that returns was not gone.
        let returns = matches!(input, Input::PluggedIn { .. } | Input::Leased { .. });
        if let Some((shown, chosen, connected)) = was
            && (connected || (returns && shown == DeviceState::Reconnecting))
        {
            let until = match input {
                Input::Broke { last_sign, .. } => *last_sign,
                Input::Chose { state, .. } | Input::Leased { state, .. } => state.at.min(now),
                _ => now,
            };
            self.prove(chosen, until);
        }
        // The end of what is not known, or was signed out, brings nothing back; what the user of a socket chooses is kept, also
        // where the store has forgotten the device meanwhile.
        let comes = matches!(input, Input::PluggedIn { .. } | Input::Leased { .. } | Input::Chose { .. });
        if was.is_none() && !comes {
            return;
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

    pub(super) fn forget_the_oldest(&mut self) {
        while self.devices.len() > DEVICES_MAX {
            // One with a live socket is never forgotten (rule P1), however many others are leased.
            let others = self.devices.iter().filter(|(_, d)| !matches!(d.link, Link::Plugged { .. }));
            let oldest = others.min_by_key(|(_, d)| (d.is_connected() || d.is_lingering(), d.last_sign));
            let Some(id) = oldest.map(|(id, _)| id.clone()) else { return };
            self.devices.remove(&id);
        }
    }

    /// P4: at once. A device that lingered was last alive when it broke.
    pub(super) fn sign_out(&mut self, id: &DeviceId, now: Timestamp) {
        if let Some(device) = self.devices.remove(id)
            && device.is_connected()
        {
            self.prove(device.chosen, now);
        }
    }

    pub(super) fn end_leases(&mut self, sessions: Option<&[SessionId]>, now: Timestamp) {
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

    pub(super) fn lapse(&mut self, now: Timestamp) -> bool {
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

    /// The last sign of life among the nodes that held something of this operator; `None`: none did.
    pub(super) fn on_nodes_lost(
        &mut self,
        lost: &BTreeMap<NodeId, Timestamp>,
        until: Timestamp,
        outage: Outage,
    ) -> Option<Timestamp> {
        let mut proofs = Vec::new();
        let mut touched = None;
        for device in self.devices.values_mut() {
            match &mut device.link {
                Link::Plugged { nodes } => {
                    let Some(last_sign) = nodes.iter().filter_map(|node| lost.get(node)).max().copied() else {
                        continue;
                    };
                    nodes.retain(|node| !lost.contains_key(node));
                    if nodes.is_empty() {
                        device.last_sign = device.last_sign.max(last_sign);
                        device.link = Link::Lingering { until };
                        device.since = device.last_sign;
                        proofs.push((device.chosen, device.last_sign));
                    }
                    touched = touched.max(Some(last_sign));
                }
                // The box shows what it showed (P4).
                Link::Lingering { until: lingers_until } if outage == Outage::Whole && *lingers_until < until => {
                    *lingers_until = until;
                    touched = touched.max(Some(device.last_sign));
                }
                _ => {}
            }
        }
        proofs.into_iter().for_each(|(chosen, at)| self.prove(chosen, at));
        touched
    }
}
