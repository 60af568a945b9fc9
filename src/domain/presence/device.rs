//! One device of an operator: what its user chose, and what connects it (rules P1, P4, P5).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::roster::Input;
use super::status::{DeviceKind, DeviceState, Status};
use super::word::Word;
use crate::domain::ids::{NodeId, SessionId};
use crate::domain::time::Timestamp;

/// What a client says of its device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
}

/// Its sockets, as far as presence cares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// None.
    Unplugged,
    /// At least one, on each of these nodes.
    Plugged {
        /// Which.
        nodes: BTreeSet<NodeId>,
    },
    /// The last one broke; it counts until then (rule P4).
    Lingering {
        /// When it counts no more.
        until: Timestamp,
    },
}

/// What its app asked for in place of a socket (rule P5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseHeld {
    /// When it lapses.
    pub until: Timestamp,
    /// By which log-in.
    pub session: SessionId,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
    /// What its user chose.
    pub chosen: Status,
    /// When they said so.
    #[serde(default)]
    pub chosen_at: Timestamp,
    /// Its sockets.
    pub link: Link,
    /// The log-ins by which its sockets came, on whichever nodes, since it was plugged in: who signs the device out ends them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub log_ins: BTreeSet<SessionId>,
    /// Its lease.
    pub lease: Option<LeaseHeld>,
    /// When its app last spoke of one.
    #[serde(default)]
    pub leased_at: Timestamp,
    /// Since when it is what it is shown as.
    pub since: Timestamp,
    /// Its last sign of life that was written down. While it is plugged in, the doors know a newer one.
    pub last_sign: Timestamp,
}

impl Device {
    /// One that was never seen before: its user chose nothing yet, so it is online (PROTOCOL, `hello`).
    pub fn new(card: &Card, at: Timestamp) -> Self {
        Self {
            kind: card.kind,
            name: card.name.clone(),
            chosen: Status::Online,
            chosen_at: Timestamp::default(),
            link: Link::Unplugged,
            log_ins: BTreeSet::new(),
            lease: None,
            leased_at: Timestamp::default(),
            since: at,
            last_sign: at,
        }
    }

    /// P1: a live socket, or an unexpired lease.
    pub fn is_connected(&self) -> bool {
        matches!(self.link, Link::Plugged { .. }) || self.lease.is_some()
    }

    /// The log-ins that it uses now: by its sockets, also those that broke and may come back, and by its lease.
    pub fn log_ins(&self) -> impl Iterator<Item = SessionId> + '_ {
        let by_sockets = self.log_ins.iter().filter(|_| self.link != Link::Unplugged).copied();
        by_sockets.chain(self.lease.map(|lease| lease.session))
    }

    /// Whether it counts although nothing connects it.
    pub fn is_lingering(&self) -> bool {
        !self.is_connected() && matches!(self.link, Link::Lingering { .. })
    }

    /// What it gives to its operator's status. A lingering one holds what was, but lifts nobody (rule P4).
    pub fn counts_as(&self, operator_was: Status) -> Status {
        if self.is_connected() {
            self.chosen
        } else if self.is_lingering() {
            self.chosen.min(operator_was)
        } else {
            Status::Offline
        }
    }

    /// What it is shown as.
    pub fn shown(&self) -> DeviceState {
        if self.is_lingering() {
            return DeviceState::Reconnecting;
        }
        match (self.is_connected(), self.chosen) {
            (true, Status::Online) => DeviceState::Online,
            (true, Status::Away) => DeviceState::Away,
            _ => DeviceState::Offline,
        }
    }

    /// When it changes by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let linger = match self.link {
            Link::Lingering { until } => Some(until),
            _ => None,
        };
        linger.into_iter().chain(self.lease.map(|l| l.until)).min()
    }
}

impl Device {
    pub(super) fn on_input(&mut self, input: &Input, now: Timestamp) {
        match input {
            Input::PluggedIn { card, state, node, session, .. } => {
                self.kind = card.kind;
                self.name = card.name.clone().or(self.name.take());
                if let Some(state) = state {
                    state.replace(&mut self.chosen, &mut self.chosen_at, now);
                }
                self.last_sign = now;
                match &mut self.link {
                    Link::Plugged { nodes } => {
                        nodes.insert(*node);
                    }
                    link => {
                        *link = Link::Plugged { nodes: [*node].into() };
                        self.log_ins.clear();
                    }
                }
                self.log_ins.insert(*session);
            }
            Input::Chose { state, .. } => {
                state.replace(&mut self.chosen, &mut self.chosen_at, now);
                self.last_sign = self.last_sign.max(state.at.min(now));
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
            Input::Broke { node, last_sign, until, .. } if self.unplug(*node) => {
                self.last_sign = self.last_sign.max(*last_sign);
                self.link = Link::Lingering { until: *until };
            }
            Input::Leased { card, state, lease, .. } => {
                self.kind = card.kind;
                self.name = card.name.clone().or(self.name.take());
                state.replace(&mut self.chosen, &mut self.chosen_at, now);
                self.last_sign = self.last_sign.max(state.at.min(now));
                // One that was decided too late is over before it has begun.
                let lease = (state.what != Status::Offline && lease.until > now).then_some(*lease);
                if (Word { what: lease, at: state.at }).replace(&mut self.lease, &mut self.leased_at, now) {
                    // The app has spoken: what its broken socket left behind no longer matters.
                    if matches!(self.link, Link::Lingering { .. }) {
                        self.link = Link::Unplugged;
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes a node away; whether it was the last one.
    pub(super) fn unplug(&mut self, node: NodeId) -> bool {
        let Link::Plugged { nodes } = &mut self.link else { return false };
        nodes.remove(&node);
        nodes.is_empty()
    }
}
