//! Chat boxes: online while somebody of their audience is (rules P2, N13).

use serde::{Deserialize, Serialize};

use super::roster::Roster;
use super::status::Status;
use crate::domain::account::Account;
use crate::domain::ids::GroupId;
use crate::domain::time::Timestamp;

/// A box as the presence document holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxState {
    /// Whose; `None`: the account's.
    pub group: Option<GroupId>,
    /// Whether somebody of its audience is online.
    pub online: bool,
    /// Since when.
    pub since: Timestamp,
}

/// A box that changed, as it is now.
pub type BoxChange = BoxState;

/// Brings the boxes up to date with the operators; returns those that changed. `by_settings`: the settings changed then, so
/// a change is of that time; else it is of the operators' own (dated back, rule P4).
pub(super) fn boxes_after(roster: &mut Roster, account: &Account, by_settings: Option<Timestamp>) -> Vec<BoxChange> {
    let groups = std::iter::once(None).chain(account.effective_groups().iter().map(|g| Some(g.id)));
    let mut boxes = Vec::with_capacity(roster.boxes.len());
    let mut changes = Vec::new();
    for group in groups {
        let was = roster.boxes.iter().find(|b| b.group == group);
        let audience = account.audience(group);
        let online_since = audience.iter().filter_map(|id| roster.attendees.get(id));
        let online_since = online_since.filter(|a| a.status == Status::Online).map(|a| a.since).min();
        let online = online_since.is_some();
        let state = match was {
            Some(was) if was.online == online => *was,
            _ => {
                let left_at = audience.iter().filter_map(|id| roster.attendees.get(id)?.online_until).max();
                let since = by_settings.or(online_since).or(left_at).unwrap_or(account.created_at);
                BoxState { group, online, since: was.map_or(since, |w| since.max(w.since)) }
            }
        };
        if was != Some(&state) && (was.is_some() || online) {
            changes.push(state);
        }
        boxes.push(state);
    }
    roster.boxes = boxes;
    changes
}
