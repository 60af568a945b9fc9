//! What a node does on its store before its actors start: it finds the secret of the installation, or makes it, and takes over
//! from those that were there before.

use uuid::Uuid;

use super::nodes::Nodes;
use super::shell::settle;
use crate::domain::ids::AccountId;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::{Commit, DocKey, RecordOp, Store, StoreError, Write};
use crate::ports::nodes;
use crate::ports::record::{SERVER_SECRET, decode, encode, mint};

/// The secret of this installation; made at its first start, once, also where several nodes start at once. Records have no guard,
/// so a document of no account stands for this one.
///
/// # Errors
/// The store does not answer, or has lost it.
pub async fn server_secret(store: &dyn Store) -> Result<[u8; 32], StoreError> {
    let (key, guard) = (SERVER_SECRET.to_owned(), DocKey::Settings(AccountId(Uuid::nil())));
    if let Some(value) = store.record(key.clone()).await? {
        return decode(&value);
    }
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|why| StoreError::Unavailable(why.to_string()))?;
    let made = Commit {
        reads: vec![(guard, None)],
        writes: vec![Write { key: guard, token: mint(None), state: encode(&()) }],
        records: vec![RecordOp::Put { key: key.clone(), value: encode(&secret) }],
        ..Commit::default()
    };
    if settle(store, made).await {
        return Ok(secret);
    }
    let of_another_node = store.record(key).await?;
    of_another_node.map_or_else(|| Err(StoreError::Corrupt("the server's secret is gone".to_owned())), |v| decode(&v))
}

/// How a node starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// Until when nothing fires and what was there before lingers (rule N10): no time at all where nobody was there.
    pub grace_until: Timestamp,
    /// The last sign of life of those nodes that are gone, by the store's clock; `None`: there was none.
    pub last_renewal: Option<Timestamp>,
}

/// Reads who was there before, and writes down that this node is. Of a store that a node has for itself nobody else can be alive:
/// their leases are deleted.
///
/// # Errors
/// The store does not answer, or holds something that is no lease.
pub async fn take_over(store: &dyn Store, register: &Nodes, startup_grace: Span) -> Result<Start, StoreError> {
    let read = nodes::read(store).await?;
    let were_there = !read.known.is_empty() || !read.unreadable.is_empty();
    let grace = if were_there { startup_grace } else { Span(0) };
    let leases = &read.known;
    let mut records = Vec::new();
    let last_renewal = if store.is_shared() {
        register.on_read(read.clone(), store.now());
        leases.iter().filter(|(id, _)| register.is_lost(*id)).map(|(_, lease)| lease.renewed_at).max()
    } else {
        records.extend(leases.iter().map(|(id, _)| nodes::delete(*id)));
        leases.iter().map(|(_, lease)| lease.renewed_at).max()
    };
    // Nobody leaves it a turn that it would not take. The grace itself begins once this is written, and so do renewals.
    let now = store.now();
    records.push(nodes::put(register.me(), &register.own_lease(now, now + grace)));
    settle(store, Commit { records, ..Commit::default() }).await;
    register.on_renewed(now, Span(0));
    let at = store.now();
    Ok(Start { at, grace_until: at + grace, last_renewal })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::ids::NodeId;
    use crate::store::adversary::{Adversary, Plan};
    use crate::store::memory::MemoryStore;

    const GRACE: Span = Span::from_secs(45);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn node(n: u128) -> NodeId {
        NodeId(Uuid::from_u128(n))
    }

    fn sharing(n: u128) -> Nodes {
        Nodes::sharing(node(n), format!("place {n}"), Span::from_secs(15))
    }

    #[tokio::test]
    async fn nodes_that_start_at_once_make_one_secret() {
        for seed in 1..100 {
            let slow = Plan { yields_max: 5, lost_answer_permille: 200, lost_request_permille: 200, ..Plan::default() };
            let memory = MemoryStore::new();
            let node = |own: u64| Adversary::new(memory.clone(), seed * own, slow);
            let (one, other) = (node(7), node(11));
            let (one, other) = tokio::join!(server_secret(&*one), server_secret(&*other));
            assert!(one.is_ok() && one == other, "seed {seed}");
        }
    }

    #[tokio::test]
    async fn n10_from_its_first_lease_on_nobody_leaves_a_turn_to_a_node_that_waits_its_grace() {
        let store: Arc<dyn Store> = MemoryStore::shared(|| NOW);
        let (first, second) = (sharing(1), sharing(2));
        let alone = Start { at: NOW, grace_until: NOW, last_renewal: None };
        assert_eq!(
            take_over(&*store, &first, GRACE).await,
            Ok(alone),
            "nobody was there whose return it could wait for"
        );
        assert_eq!(take_over(&*store, &second, GRACE).await, Ok(Start { grace_until: NOW + GRACE, ..alone }));

        first.on_read(nodes::read(&*store).await.unwrap(), NOW);
        let turns_at = |now| (0..100).filter(|n| first.is_my_turn(Uuid::from_u128(n * 7_919), now)).count();
        assert_eq!(turns_at(NOW), 100);
        assert!(turns_at(NOW + GRACE) < 100, "it takes its share after the grace");
    }

    #[tokio::test]
    async fn whoever_has_the_store_for_itself_forgets_those_before_it() {
        let store: Arc<dyn Store> = MemoryStore::with_clock(|| NOW);
        for n in 1..=2 {
            take_over(&*store, &Nodes::alone(node(n)), GRACE).await.unwrap();
        }
        let start = take_over(&*store, &Nodes::alone(node(3)), GRACE).await.unwrap();
        assert_eq!((start.last_renewal, start.grace_until), (Some(NOW), NOW + GRACE));
        let left: Vec<_> = nodes::read(&*store).await.unwrap().known.into_iter().map(|(id, _)| id).collect();
        assert_eq!(left, [node(3)]);
    }
}
