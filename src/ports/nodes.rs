//! What nodes on one store know of each other: each writes down, again and again, that it lives.

use serde::{Deserialize, Serialize};

use super::journal::{RecordOp, Store, StoreError};
use super::record;
use crate::domain::ids::NodeId;
use crate::domain::time::Timestamp;

/// How many nodes are read at once; there are never nearly as many.
const NODES_MAX: usize = 1_000;

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

/// All leases that are written down.
///
/// # Errors
/// The store does not answer, or holds something that is no lease.
pub async fn read(store: &dyn Store) -> Result<Vec<(NodeId, NodeLease)>, StoreError> {
    let rows = store.records(record::NODES.to_owned(), None, NODES_MAX).await?;
    let id = |key: &str| key.strip_prefix(record::NODES).and_then(|id| id.parse().ok());
    let lease = |(key, value): (String, Vec<u8>)| {
        let node = id(&key).ok_or_else(|| StoreError::Corrupt(format!("{key} names no node")))?;
        Ok((node, record::decode(&value)?))
    };
    rows.into_iter().map(lease).collect()
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
}
