//! The register of the nodes on this store, as this one sees them: who lives, who is lost, whose turn something is.
//!
//! There is no leader and no vote. What a node concludes here is never more than a reason to try a guarded commit; two nodes
//! that see different things lose a race at worst.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::domain::ids::NodeId;
use crate::domain::time::{Span, Timestamp};
use crate::ports::nodes::{Leases, NodeLease, Stage, began_at};
use crate::ports::record::node_key;

/// How many nodes that are in no register are remembered: those of devices that were forgotten about.
const STRANGERS_MAX: usize = 1_000;
/// Whoever began so long ago stands in the register, or did.
const NEWCOMER_FOR: Span = Span::from_secs(60);
/// A node that was not heard of for so long is forgotten.
const FORGOTTEN_AFTER: Span = Span::from_secs(24 * 3_600);
/// The same of one that has ended: it left nothing undone.
const FORGOTTEN_AFTER_ITS_END: Span = Span::from_secs(3_600);
/// After how long without a renewal people may have lost their sockets and found nobody.
const OUTAGE: Span = Span::from_secs(15);
/// A node that has not renewed its lease for so long may have missed what others did.
const STILL: Span = Span::from_secs(5);
/// How many are forgotten at once.
const FORGOTTEN_AT_ONCE: usize = 256;

/// The register. Good on every thread.
#[derive(Debug)]
pub struct Nodes {
    me: NodeId,
    place: String,
    stage: Mutex<Stage>,
    others: Others,
    seen: Mutex<Seen>,
    /// Held by whoever reads the leases.
    reader: tokio::sync::Mutex<()>,
}

/// Who else may work on the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Nobody: every other node is a former run.
    Never,
    /// Anybody, who renews a lease of this length.
    Renewing(Span),
}

#[derive(Debug, Default)]
struct Seen {
    known: BTreeMap<NodeId, Known>,
    /// Nodes that somebody asked about and that no reading has shown, and the number of the reading before which that was.
    strangers: BTreeMap<NodeId, u64>,
    /// The keys of what cannot be read.
    unreadable: BTreeSet<String>,
    /// How often the leases were read.
    readings: u64,
    read_at: Option<Timestamp>,
    /// How many readings have begun, and which of them was the last one that was answered.
    begun: u64,
    answered: u64,
    /// Whether somebody is lost of whom those are still to be told who did not look themselves.
    is_to_be_told: bool,
    /// This node's own last renewal that is known to be written.
    own_renewal: Option<Timestamp>,
    /// The last time in which it could not renew for long.
    outage: Option<Outage>,
}

/// That this node looked at the register up to here, for whoever wants to know what is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading(u64);

/// A time in which this node could not renew its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The last renewal before it.
    pub since: Timestamp,
    /// Until when nothing fires because of it; `NEVER`: it lasts.
    pub quiet_until: Timestamp,
}

#[derive(Clone, Debug)]
struct Known {
    lease: NodeLease,
    /// When a newer renewal was seen last, by this node's own looking.
    renewal_seen_at: Timestamp,
    /// When it was found to be lost.
    lost_at: Option<Timestamp>,
    /// Whether it was seen to renew.
    renews: bool,
}

impl Nodes {
    /// Of a node that has its store for itself.
    pub fn alone(me: NodeId) -> Self {
        Self::new(me, String::new(), Others::Never)
    }

    /// Of a node that shares its store. `place`: where it runs; `lease`: how long a node is believed to live without a renewal
    /// (rule P6).
    pub fn sharing(me: NodeId, place: String, lease: Span) -> Self {
        Self::new(me, place, Others::Renewing(lease))
    }

    fn new(me: NodeId, place: String, others: Others) -> Self {
        let (seen, reader) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { me, place, stage: Mutex::default(), others, seen, reader }
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// Where it runs.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it serves.
    pub fn stage(&self) -> Stage {
        *self.own_stage()
    }

    /// It goes on to this stage; the others learn it by the next renewal of its lease.
    pub fn enter(&self, stage: Stage) {
        *self.own_stage() = stage;
    }

    /// What it writes down of itself; `quiet_until`: until when it fires nothing (rule N10).
    pub fn own_lease(&self, renewed_at: Timestamp, quiet_until: Timestamp) -> NodeLease {
        NodeLease { renewed_at, place: self.place.clone(), quiet_until, stage: self.stage() }
    }

    fn own_stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a node is believed to live without a renewal; `None`: there are no others.
    pub fn lease(&self) -> Option<Span> {
        match self.others {
            Others::Never => None,
            Others::Renewing(lease) => Some(lease),
        }
    }

    /// What was seen is as good as it was if somebody panicked with it.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The leases were read. Returns whether somebody is lost who was not before.
    ///
    /// A lease is not held against its node for the time in which this one could not read, or could not renew its own: when the
    /// store comes back, or takes writes again, everybody gets the time to renew.
    pub fn on_read(&self, leases: impl Into<Leases>, now: Timestamp) -> bool {
        let Leases { known: leases, unreadable } = leases.into();
        let mut seen = self.seen();
        let length = self.lease().unwrap_or_default();
        let is_long_ago = |at: Timestamp| now - at > Span(length.0 / 2);
        let could_not_read = seen.read_at.is_none_or(is_long_ago);
        let could_not_renew = seen.own_renewal.is_some_and(is_long_ago);
        seen.readings += 1;
        seen.read_at = Some(now);
        seen.answered = seen.begun;
        seen.pass_over(unreadable);
        let mut somebody_is_lost = seen.settle_strangers(&leases);
        seen.known.retain(|id, _| leases.iter().any(|(node, _)| node == id));
        for (id, lease) in leases.into_iter().filter(|(id, _)| *id != self.me) {
            let known = seen.known.entry(id).or_insert_with(|| Known {
                lease: lease.clone(),
                renewal_seen_at: now,
                lost_at: None,
                renews: false,
            });
            if lease.renewed_at > known.lease.renewed_at || could_not_read || could_not_renew {
                known.renewal_seen_at = now;
            }
            if lease.renewed_at > known.lease.renewed_at {
                // It was paused, and is back; or another machine bears the same name.
                (known.lost_at, known.renews) = (None, true);
            }
            known.lease = lease;
            let is_former = known.lease.place == self.place && !known.renews;
            let is_former = is_former || self.others == Others::Never || known.lease.stage == Stage::Ended;
            let is_lost = is_former || now - known.renewal_seen_at > length;
            if is_lost && known.lost_at.is_none() {
                known.lost_at = Some(now);
                somebody_is_lost = true;
            }
        }
        somebody_is_lost
    }

    /// Whether what the node held is over. One that is not known is a new one, until the leases have been read anew.
    pub fn is_lost(&self, node: NodeId) -> bool {
        if node == self.me {
            return false;
        }
        if self.others == Others::Never {
            return true;
        }
        let mut seen = self.seen();
        match seen.known.get(&node) {
            Some(known) => known.lost_at.is_some(),
            None => !seen.unreadable.contains(&node_key(node)) && seen.is_no_newcomer(node),
        }
    }

    /// Whether it was the last reading that found the node to be lost. What was found earlier may be over: nodes come back.
    pub fn is_lost_just_now(&self, node: NodeId) -> bool {
        let seen = self.seen();
        seen.known.get(&node).is_some_and(|known| known.lost_at.is_some() && known.lost_at == seen.read_at)
    }

    /// What is read from now on is newer than this.
    pub fn reading(&self) -> Reading {
        Reading(self.seen().begun)
    }

    /// Waits until nobody else reads the leases, and begins to; `None`: somebody has begun since `known`, and is done.
    pub async fn begin_to_read(&self, known: Reading) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let reader = self.reader.lock().await;
        let mut seen = self.seen();
        if seen.answered > known.0 {
            return None;
        }
        seen.begun += 1;
        Some(reader)
    }

    /// Somebody was found to be lost by one who does not tell the others.
    pub fn on_loss(&self) {
        self.seen().is_to_be_told = true;
    }

    /// Whether there is somebody lost of whom nobody was told; then they are told now.
    pub fn take_what_is_to_be_told(&self) -> bool {
        std::mem::take(&mut self.seen().is_to_be_told)
    }

    /// This node's lease is written. Where it was not for long, nothing fires for `grace`.
    pub fn on_renewed(&self, at: Timestamp, grace: Span) {
        let mut seen = self.seen();
        if let Some(since) = seen.own_renewal.filter(|since| at - *since > OUTAGE) {
            seen.outage = Some(Outage { since, quiet_until: at + grace });
        }
        seen.own_renewal = seen.own_renewal.max(Some(at));
    }

    /// The last time in which this node could not renew its lease, if there was one. While it lasts the store takes nothing, or the
    /// process stood still: what it would conclude from what it knows may be long over.
    pub fn outage(&self, now: Timestamp) -> Option<Outage> {
        let seen = self.seen();
        let lasts = seen.own_renewal.filter(|since| now - *since > STILL);
        lasts.map(|since| Outage { since, quiet_until: Timestamp::NEVER }).or(seen.outage)
    }

    /// Whether this node's lease was not renewed for so long: others may hold the node for lost.
    pub fn is_overdue(&self, now: Timestamp, after: Span) -> bool {
        self.others != Others::Never && self.seen().own_renewal.is_none_or(|at| now - at > after)
    }

    /// The node's last renewal, if it is known.
    pub fn renewed_at(&self, node: NodeId) -> Option<Timestamp> {
        self.seen().known.get(&node).map(|known| known.lease.renewed_at)
    }

    /// When the node was found to be lost, if it is.
    pub fn lost_at(&self, node: NodeId) -> Option<Timestamp> {
        self.seen().known.get(&node)?.lost_at
    }

    /// Whether a node was found to be lost since then.
    pub fn lost_since(&self, since: Timestamp) -> bool {
        self.seen().known.values().any(|known| known.lost_at.is_some_and(|at| at >= since))
    }

    /// How many nodes live, this one included.
    pub fn living(&self) -> usize {
        let seen = self.seen();
        1 + seen.unreadable.len() + seen.known.values().filter(|known| known.lost_at.is_none()).count()
    }

    /// Whether another node serves, as far as that is seen. A lease that lay there when this node started and is older than leases
    /// get is not believed in yet: after an outage of all nodes everybody's is.
    pub fn others_serve(&self, now: Timestamp) -> bool {
        let length = self.lease().unwrap_or_default();
        let serves =
            |known: &Known| known.lost_at.is_none() && (known.renews || now - known.lease.renewed_at <= length);
        let seen = self.seen();
        !seen.unreadable.is_empty() || seen.known.values().any(serves)
    }

    /// The earliest time that may yet turn out to be a node's last sign of life, or one from which the consequences are still
    /// being drawn: `for_so_long` after it was found to be lost.
    pub fn doubtful_since(&self, now: Timestamp, for_so_long: Span) -> Option<Timestamp> {
        let seen = self.seen();
        let doubtful = seen.known.values().filter(|known| known.lost_at.is_none_or(|at| now < at + for_so_long));
        doubtful.map(|known| known.lease.renewed_at).min()
    }

    /// The last sign of life that a node can have given of which nothing is known but when it began: it was never found in the
    /// register. `None`: not even that is known, or this node is alone.
    pub fn last_sign_of_a_stranger(&self, node: NodeId) -> Option<Timestamp> {
        Some(began_at(node)? + self.lease()?)
    }

    /// Nodes that were lost so long ago that nothing can hang on them any more: by their own leases, and found to be lost by this
    /// node more than `for_so_long` ago, so that what it takes over from them is dated to their leases. The oldest, as many as are
    /// forgotten at once.
    pub fn forgettable(&self, now: Timestamp, for_so_long: Span) -> Vec<NodeId> {
        let seen = self.seen();
        let is_old = |known: &Known| {
            let after = if known.lease.stage == Stage::Ended { FORGOTTEN_AFTER_ITS_END } else { FORGOTTEN_AFTER };
            known.lost_at.is_some_and(|at| now - at > for_so_long) && now - known.lease.renewed_at > after
        };
        seen.known.iter().filter(|(_, known)| is_old(known)).map(|(id, _)| *id).take(FORGOTTEN_AT_ONCE).collect()
    }

    /// Whether it is this node's turn to do something that one node is enough for. Every node that serves has its share; nobody
    /// relies on another one's doing it.
    pub fn is_my_turn(&self, what: Uuid, now: Timestamp) -> bool {
        let seen = self.seen();
        let serves = |known: &&Known| {
            known.lost_at.is_none() && known.lease.stage == Stage::Open && known.lease.quiet_until <= now
        };
        let weight = |node: NodeId| mixed(node.0.as_u128() ^ what.as_u128().rotate_left(64));
        let others = seen.known.iter().filter(|(_, known)| serves(known));
        others.map(|(id, _)| weight(*id)).max().is_none_or(|most| weight(self.me) >= most)
    }
}

impl Seen {
    /// One entry that cannot be read stops nothing; it is told once.
    fn pass_over(&mut self, unreadable: Vec<(String, crate::ports::journal::StoreError)>) {
        for (key, why) in unreadable.iter().filter(|(key, _)| !self.unreadable.contains(key)) {
            tracing::warn!(key, %why, "a node's lease cannot be read; the node is taken to live");
        }
        self.unreadable = unreadable.into_iter().map(|(key, _)| key).collect();
    }

    fn is_no_newcomer(&mut self, node: NodeId) -> bool {
        if let (Some(began), Some(read)) = (began_at(node), self.read_at)
            && read - began > NEWCOMER_FOR
        {
            return true;
        }
        if self.strangers.len() >= STRANGERS_MAX && !self.strangers.contains_key(&node) {
            self.strangers.pop_first();
        }
        // The reading that may be under way began before this question.
        let asked_before = *self.strangers.entry(node).or_insert(self.readings + 1);
        self.readings > asked_before
    }

    /// Whether the reading that has just been made shows that somebody is lost of whom it was not known.
    fn settle_strangers(&mut self, leases: &[(NodeId, NodeLease)]) -> bool {
        let readings = self.readings;
        self.strangers.retain(|id, _| !leases.iter().any(|(node, _)| node == id));
        self.strangers.values().any(|asked_before| readings == asked_before + 1)
    }
}

/// Spreads numbers that are near each other (the finaliser of `MurmurHash3`).
fn mixed(number: u128) -> u64 {
    let mut bits = (number >> 64) as u64 ^ number as u64;
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

#[cfg(test)]
mod tests;
