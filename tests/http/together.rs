//! Two and more nodes on one store: what protects an account's passwords and mailboxes holds over all of them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::Method;
use doorbell::domain::account::Plan;
use doorbell::domain::ids::AccountId;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::edge::http::attempts::Attempts;
use doorbell::edge::limits::Household;
use doorbell::edge::together::Together;
use doorbell::office::tokens::Secret;
use doorbell::store::memory::{MemoryBuckets, MemoryStore};
use serde_json::json;
use uuid::Uuid;

use crate::world::{PASSWORD, Setting, World};

const EMAIL: &str = "admin@shop.test";

async fn try_at(world: &World, password: &str) -> u16 {
    let body = json!({ "email": EMAIL, "password": password });
    world.call(Method::POST, "/api/v1/login", Some(body)).await.status
}

#[actix_rt::test]
async fn attempts_from_one_address_are_counted_over_all_nodes() {
    let (here, there) = World::pair(Setting { login_attempts_per_minute: 3, ..Setting::default() }).await;
    here.account("shop", Plan::Free).await;
    assert_eq!([try_at(&here, "wrong").await, try_at(&there, "wrong").await, try_at(&there, "wrong").await], [401; 3]);
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = here.call(Method::POST, "/api/v1/login", Some(body)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "rate_limited"));
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    here.later(Span::from_secs(60));
    assert_eq!(try_at(&here, PASSWORD).await, 200);
}

#[actix_rt::test]
async fn attempts_at_one_address_of_mail_are_counted_over_all_nodes() {
    let (here, there) = World::pair(Setting { login_attempts_per_email_per_minute: 2, ..Setting::default() }).await;
    here.account("shop", Plan::Free).await;
    assert_eq!([try_at(&here, "wrong").await, try_at(&there, "wrong").await], [401; 2]);
    assert_eq!([try_at(&here, "wrong").await, try_at(&there, "wrong").await], [429; 2]);
    let forgot = async |world: &World| {
        world.call(Method::POST, "/api/v1/password/forgot", Some(json!({ "email": EMAIL }))).await.status
    };
    assert_eq!([forgot(&here).await, forgot(&there).await, forgot(&there).await], [202, 202, 429]);
}

/// Nodes that count together, by one clock.
struct Nodes {
    clock: Arc<AtomicI64>,
    all: Vec<Attempts>,
}

impl Nodes {
    fn new(count: usize) -> Self {
        let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
        let time = Arc::clone(&clock);
        let memory = MemoryStore::shared(move || Timestamp(time.load(Ordering::Relaxed)));
        let together = Together::new(Some(MemoryBuckets::new(memory)), &Secret::new([7; 32]));
        let all = (0..count).map(|_| Attempts::new(1_000_000, 1_000_000, together.clone())).collect();
        Self { clock, all }
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    /// Tries a wrong password; whether it was looked at.
    async fn guess(&self, node: usize, from: Household) -> bool {
        let is_let_in = self.all[node].begin(from, EMAIL, self.now()).await.is_ok();
        if is_let_in {
            self.all[node].failed(from, EMAIL, self.now());
        }
        is_let_in
    }
}

fn household(n: u32) -> Household {
    IpAddr::from(n.to_be_bytes()).into()
}

/// How many guesses a guesser has in six hours who tries at every node every ten seconds, until it refuses.
async fn guesses(nodes: usize, mut next_household: impl FnMut() -> Household) -> usize {
    let nodes = Nodes::new(nodes);
    let mut guesses = 0;
    for _ in 0..6 * 360 {
        for node in 0..nodes.all.len() {
            while nodes.guess(node, next_household()).await {
                guesses += 1;
            }
        }
        nodes.clock.fetch_add(10_000, Ordering::Relaxed);
    }
    guesses
}

#[actix_rt::test]
async fn a_guesser_who_spreads_over_nodes_is_no_better_off() {
    let alone = guesses(1, || household(1)).await;
    let spread = guesses(8, || household(1)).await;
    assert!((30..=45).contains(&alone), "{alone}");
    assert!(spread <= alone + 2, "{spread} guesses at eight nodes, {alone} at one");
}

#[actix_rt::test]
async fn nor_is_one_who_spreads_over_households_and_nodes() {
    let from_anywhere = |nodes| {
        let mut last = 0;
        guesses(nodes, move || {
            last += 1;
            household(last)
        })
    };
    let (alone, spread) = (from_anywhere(1).await, from_anywhere(8).await);
    assert!((75..=90).contains(&alone), "{alone}");
    assert!(spread <= alone + 2, "{spread} guesses at eight nodes, {alone} at one");
}

#[actix_rt::test]
async fn a_success_at_one_node_ends_what_all_nodes_counted() {
    let nodes = Nodes::new(8);
    for round in 0..4 {
        for node in 0..7 {
            assert!(nodes.guess(node, household(1)).await, "round {round}, node {node}");
        }
        nodes.clock.fetch_add(20_000, Ordering::Relaxed);
        nodes.all[7].begin(household(1), EMAIL, nodes.now()).await.unwrap();
        nodes.all[7].succeeded(household(1), EMAIL).await;
    }
    let mut guessed = 0;
    for node in 0..7 {
        guessed +=
            usize::from(nodes.guess(node, household(2)).await) + usize::from(nodes.guess(node, household(2)).await);
    }
    assert_eq!(guessed, 14, "another household's tries are its own");
}

#[actix_rt::test]
async fn a_mailbox_is_not_flooded_from_several_nodes() {
    let nodes = Nodes::new(2);
    let (here, there, now) = (&nodes.all[0], &nodes.all[1], nodes.now());
    for (node, wanted) in [(here, true), (there, true), (here, true), (there, false), (here, false)] {
        assert_eq!(node.mail(EMAIL, now).await.is_ok(), wanted);
    }
    let account = AccountId(Uuid::from_u128(1));
    for (node, wanted) in [(here, true), (there, true), (there, true), (here, false)] {
        assert_eq!(node.mail_of(account, " Admin@shop.test", now).await.is_ok(), wanted);
    }
    assert!(there.mail_of(AccountId(Uuid::from_u128(2)), EMAIL, now).await.is_ok());
    nodes.clock.fetch_add(20 * 60_000, Ordering::Relaxed);
    assert!(there.mail(EMAIL, nodes.now()).await.is_ok(), "one comes back every twenty minutes");
}
