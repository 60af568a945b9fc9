//! The words of presence, and how they are shown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{DeviceId, GroupId, OperatorId};
use crate::domain::time::Timestamp;

/// What a user chose for a device, and what an operator is (rules P1, P2). Ordered: the best of an operator's devices counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not there.
    #[default]
    Offline,
    /// There, but not for visitors.
    Away,
    /// There for visitors.
    Online,
}

/// What kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A browser.
    Dashboard,
    /// An installation of the mobile app.
    Mobile,
}

/// What a device is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Connected, chosen online.
    Online,
    /// Connected, chosen away.
    Away,
    /// Its connection broke; it still counts for a while (rule P4).
    Reconnecting,
    /// Not connected, or chosen offline.
    Offline,
}

/// A device as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// The id that its client made.
    pub id: DeviceId,
    /// What kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
    /// What it counts as.
    pub state: DeviceState,
    /// Since when.
    pub since: Timestamp,
    /// Its last sign of life.
    pub last_seen: Timestamp,
    /// Until when its lease holds, where it has one.
    pub until: Option<Timestamp>,
}

/// An operator as colleagues are shown them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorView {
    /// Who.
    pub id: OperatorId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// Whether they chose to appear offline (rule P3).
    pub appear_offline: bool,
    /// Their devices.
    pub devices: Vec<DeviceView>,
}

/// A chat box as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxView {
    /// Of which group; `None`: of the account.
    pub group: Option<GroupId>,
    /// Whether somebody of its audience is online.
    pub online: bool,
    /// Since when.
    pub since: Timestamp,
    /// How often the account's documents had been changed then. It tells newer from older; `since` does not, as it can go back.
    pub version: u64,
    /// Whether the server cannot know if it is still so: its store has not answered for a while.
    pub stale: bool,
    /// Why it is online: the exact devices (rule P8).
    pub because: Vec<Because>,
}

/// One device that makes a box online.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// Whose.
    pub operator: OperatorId,
    /// Which.
    pub device: DeviceId,
    /// Its last sign of life.
    pub last_seen: Timestamp,
}

/// The groups (and `None`, the account) whose boxes there are.
pub type Boxes = BTreeSet<Option<GroupId>>;
