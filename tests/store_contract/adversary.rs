//! The adversary does what it is said to do, the same again for the same seed, and what it does can be lived with.

use std::sync::Arc;

use doorbell::ports::journal::{Commit, DocKey, Outcome, Store};
use doorbell::store::adversary::{Adversary, Gate, Plan};
use doorbell::store::memory::MemoryStore;
use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::world::{Says, account, commit, doc, done, stale};

const ALWAYS: u32 = 1_000;

fn key() -> DocKey {
    DocKey::Presence(account(1))
}

fn over_memory(seed: u64, plan: Plan) -> (Arc<MemoryStore>, Arc<Adversary>) {
    let memory = MemoryStore::new();
    (memory.clone(), Adversary::over_memory(memory, seed, plan))
}

fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

#[tokio::test]
async fn a_lost_answer_was_written_and_a_lost_request_was_not() {
    let (memory, store) = over_memory(1, Plan { lost_answer_permille: ALWAYS, ..Plan::default() });
    let write = commit().write(key(), None, "there");
    assert!(is_unknown(&store.commit(write.clone()).await));
    assert!(doc(&*memory, key()).await.is_some());

    store.set_plan(Plan { lost_request_permille: ALWAYS, ..Plan::default() });
    let next = commit().write(key(), Some(write.writes[0].token), "not there");
    assert!(is_unknown(&store.commit(next.clone()).await));
    assert_eq!(doc(&*memory, key()).await.unwrap().1, "there");

    store.set_plan(Plan::default());
    done(&*store, next).await;
}

#[tokio::test]
async fn a_spurious_conflict_writes_nothing() {
    let (memory, store) = over_memory(1, Plan { conflict_permille: ALWAYS, ..Plan::default() });
    stale(&*store, commit().write(key(), None, "x"), &[key()]).await;
    assert_eq!(doc(&*memory, key()).await, None);
    // Without a read there is nothing to be stale.
    done(&*store, commit().put("node/1", "")).await;
}

#[tokio::test]
async fn a_gate_holds_requests_or_answers_until_it_opens() {
    let (memory, store) = over_memory(1, Plan::default());
    store.set_gate(Gate::HoldsRequests);
    let mut held = store.commit(commit().write(key(), None, "x"));
    assert_eq!((&mut held).now_or_never(), None);
    assert_eq!(doc(&*memory, key()).await, None);

    store.set_gate(Gate::HoldsAnswers);
    assert_eq!((&mut held).now_or_never(), None);
    assert!(doc(&*memory, key()).await.is_some());

    store.set_gate(Gate::Open);
    assert!(matches!(held.await, Outcome::Committed { .. }));
}

#[tokio::test]
async fn a_fail_over_loses_what_came_after_the_memory() {
    let (_memory, store) = over_memory(1, Plan::default());
    let kept = commit().write(key(), None, "kept");
    done(&*store, kept.clone()).await;
    store.remember();
    let lost = commit().write(key(), Some(kept.writes[0].token), "lost");
    done(&*store, lost.clone()).await;
    let before = store.now();
    store.fail_over();
    assert_eq!(doc(&*store, key()).await.unwrap().1, "kept");
    stale(&*store, commit().write(key(), Some(lost.writes[0].token), "x"), &[key()]).await;
    assert!(store.now() >= before);

    store.set_plan(Plan { fail_over_permille: ALWAYS, ..Plan::default() });
    done(&*store, commit().put("node/1", "written after each fail-over")).await;
    done(&*store, commit().put("node/2", "")).await;
    assert_eq!(store.record("node/1".to_owned()).await, Ok(None));
}

/// Adds one to a counter, as an actor does: the same tokens again while the outcome is unknown, a new decision on conflict.
async fn count_up(store: &dyn Store) -> Vec<&'static str> {
    let mut met = Vec::new();
    loop {
        let stored = store.load(vec![key()]).await.unwrap().remove(0);
        let count = stored.as_ref().map_or(0, |doc| String::from_utf8_lossy(&doc.state).parse().unwrap());
        let next: Commit = commit().write(key(), stored.map(|doc| doc.token), &i32::to_string(&(count + 1)));
        loop {
            match store.commit(next.clone()).await {
                Outcome::Committed { .. } => return met,
                Outcome::Unknown { .. } => met.push("unknown"),
                Outcome::Conflict { .. } => {
                    met.push("conflict");
                    // One's own write under a lost answer, or somebody else's: the token tells.
                    let now = doc(store, key()).await.map(|(token, _)| token);
                    if now == Some(next.writes[0].token) {
                        return met;
                    }
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_guarded_counter_is_exact_with_one_writer_whatever_it_does() {
    let plan = Plan {
        yields_max: 3,
        conflict_permille: 200,
        lost_answer_permille: 200,
        lost_request_permille: 200,
        fail_over_permille: 0,
    };
    for seed in 0..20 {
        let (memory, store) = over_memory(seed, plan);
        for _ in 0..25 {
            count_up(&*store).await;
        }
        assert_eq!(doc(&*memory, key()).await.unwrap().1, "25", "seed {seed}");
    }
}

#[tokio::test]
async fn a_guarded_counter_is_exact_with_many_writers_who_are_delayed() {
    let (memory, store) = over_memory(3, Plan { yields_max: 5, ..Plan::default() });
    join_all((0..20).map(|_| count_up(&*store))).await;
    assert_eq!(doc(&*memory, key()).await.unwrap().1, "20");
}

#[tokio::test]
async fn the_same_seed_does_the_same() {
    let plan = Plan { conflict_permille: 300, lost_answer_permille: 300, yields_max: 2, ..Plan::default() };
    let run = async |seed| {
        let (_memory, store) = over_memory(seed, plan);
        let mut met = Vec::new();
        for _ in 0..20 {
            met.push(count_up(&*store).await);
        }
        met
    };
    assert_eq!(run(7).await, run(7).await);
    assert_ne!(run(7).await, run(8).await);
}
