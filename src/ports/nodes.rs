//! What nodes on one store know of each other: each writes down, again and again, that it lives.

use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use super::journal::{RecordOp, Store, StoreError};
use super::record;
use crate::domain::ids::NodeId;
use crate::domain::time::Timestamp;

/// How many leases are read at once.
const PAGE_LEN: usize = 1_000;

/// A node's lease, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct NodeLease {
    /// When it was renewed last: the node's last sign of life.
    pub renewed_at: Timestamp,
    /// Where the node runs. No two run in one place at a time, so a later one there is the end of the earlier.
    pub place: String,
    /// Until when it fires nothing (rule N10).
    pub quiet_until: Timestamp,
    /// Whether it serves.
    pub stage: Stage,
}

/// Whether a node serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It does.
    #[default]
    Open,
    /// Its clients are being told to go elsewhere.
    Draining,
    /// It has ended, with nothing left undone.
    Ended,
}

/// The shapes that a lease had. The first was the time of the renewal alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Renewal(Timestamp),
    Lease { renewed_at: Timestamp, place: String, quiet_until: Timestamp, stage: Stage },
}

impl From<Stored> for NodeLease {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Renewal(renewed_at) => {
                Self { renewed_at, place: String::new(), quiet_until: renewed_at, stage: Stage::Ended }
            }
            Stored::Lease { renewed_at, place, quiet_until, stage } => Self { renewed_at, place, quiet_until, stage },
        }
    }
}

/// Writes a node's lease.
pub fn put(node: NodeId, lease: &NodeLease) -> RecordOp {
    RecordOp::Put { key: record::node_key(node), value: record::encode(lease) }
}

/// Forgets a node.
pub fn delete(node: NodeId) -> RecordOp {
    RecordOp::Delete { key: record::node_key(node) }
}

/// A name for a run that begins now, by the store's clock. It says when that was: the other nodes know by it whom they should
/// have found in the register.
pub fn new_id(now: Timestamp) -> NodeId {
    let ms = u64::try_from(now.0).unwrap_or_default();
    let nanos = u32::try_from(ms % 1_000 * 1_000_000).unwrap_or_default();
    NodeId(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, ms / 1_000, nanos)))
}

/// When the run of this name began; `None`: its name does not say.
pub fn began_at(node: NodeId) -> Option<Timestamp> {
    let (seconds, nanos) = node.0.get_timestamp()?.to_unix();
    let ms = i64::try_from(seconds).ok()?.checked_mul(1_000)?;
    Some(Timestamp(ms + i64::from(nanos / 1_000_000)))
}

/// The register, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases {
    /// The leases, in the order of the nodes' names.
    pub known: Vec<(NodeId, NodeLease)>,
    /// What stands among them and cannot be read, by its key: the lease of a version that is not known here, it may be. Whose it
    /// is lives, for all that is known.
    pub unreadable: Vec<(String, StoreError)>,
}

impl From<Vec<(NodeId, NodeLease)>> for Leases {
    fn from(known: Vec<(NodeId, NodeLease)>) -> Self {
        Self { known, unreadable: Vec::new() }
    }
}

/// All leases that are written down, however many former runs have left theirs.
///
/// # Errors
/// The store does not answer.
pub async fn read(store: &dyn Store) -> Result<Leases, StoreError> {
    let mut leases = Leases::default();
    let mut after = None;
    loop {
        let page = store.records(record::NODES.to_owned(), after, PAGE_LEN).await?;
        let is_last = page.len() < PAGE_LEN;
        after = page.last().map(|(key, _)| key.clone());
        for (key, value) in page {
            match lease_of(&key, &value) {
                Ok(lease) => leases.known.push(lease),
                Err(why) => leases.unreadable.push((key, why)),
            }
        }
        if is_last {
            return Ok(leases);
        }
    }
}

fn lease_of(key: &str, value: &[u8]) -> Result<(NodeId, NodeLease), StoreError> {
    let node = key.strip_prefix(record::NODES).and_then(|id| id.parse().ok());
    let node = node.ok_or_else(|| StoreError::Corrupt(format!("{key} names no node")))?;
    Ok((node, record::decode(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_shape_of_a_lease_is_read_as_one_that_has_ended() {
        let lease: NodeLease = record::decode(b"11800000000000").unwrap();
        assert_eq!((lease.renewed_at, lease.stage), (Timestamp(1_800_000_000_000), Stage::Ended));
        let lease = NodeLease { place: "a/1".to_owned(), stage: Stage::Draining, ..lease };
        assert_eq!(record::decode::<NodeLease>(&record::encode(&lease)), Ok(lease));
    }

    #[test]
    fn the_name_of_a_run_says_when_it_began() {
        let now = Timestamp(1_800_000_000_123);
        assert_eq!(began_at(new_id(now)), Some(now));
        assert_ne!(new_id(now), new_id(now));
        assert_eq!(began_at(NodeId(Uuid::from_u128(7))), None);
    }
}
