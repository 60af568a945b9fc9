//! Two nodes on one Redis: what each hears of the other, and what they count together.

use std::sync::Arc;
use std::time::Duration;

use doorbell::domain::time::Span;
use doorbell::ports::buckets::{Buckets, Draw, Short};
use doorbell::ports::bus::{Bus, Heard, Hint};
use doorbell::ports::journal::{Commit, DocKey, Outcome, Store, Stream};
use doorbell::store::redis::RedisStore;

use crate::redis_server::RedisServer;
use crate::world::{Says, account, commit, conversation, doc, done};

/// How long an event may take before a test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one node hears, one by one.
struct Listener {
    node: Arc<RedisStore>,
    waiting: Vec<Heard>,
}

impl Listener {
    /// Of a node that has subscribed.
    async fn of(node: &Arc<RedisStore>) -> Self {
        let mut listener = Self { node: Arc::clone(node), waiting: Vec::new() };
        assert_eq!(listener.next().await, Heard::Gap, "whatever was told before is a gap");
        listener
    }

    async fn next(&mut self) -> Heard {
        if self.waiting.is_empty() {
            self.waiting = tokio::time::timeout(PATIENCE, self.node.hear()).await.expect("nothing is heard");
            self.waiting.reverse();
        }
        self.waiting.pop().unwrap()
    }
}

fn log_ins_ended(n: u128) -> Hint {
    Hint::LogInsEnded { account: account(n) }
}

/// Waits for what an event brings about.
async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it does not come about");
}

#[tokio::test]
async fn a_node_hears_what_another_one_writes_and_tells_and_not_itself() {
    let server = RedisServer::start();
    let (one, other) = (server.store(), server.store());
    let (mut at_one, mut at_other) = (Listener::of(&one).await, Listener::of(&other).await);
    let key = DocKey::Conversation(account(1), conversation(1));
    let said = commit().write(key, None, "x").append(Stream::Messages(account(1), conversation(1)), 7, "hello");
    let hint = Hint::of(&said).unwrap();
    done(&*one, said.clone()).await;
    // A repeat writes nothing and tells nothing; nor does a conflict.
    done(&*one, said).await;
    let stale = commit().write(key, None, "y");
    assert!(matches!(one.commit(stale).await, Outcome::Conflict { .. }));
    one.tell(log_ins_ended(2));
    assert_eq!(at_other.next().await, Heard::Hint(hint));
    assert_eq!(at_other.next().await, Heard::Hint(log_ins_ended(2)));
    other.tell(log_ins_ended(3));
    assert_eq!(at_one.next().await, Heard::Hint(log_ins_ended(3)));
}

#[tokio::test]
async fn after_a_cut_it_subscribes_again_and_says_that_there_was_a_gap() {
    let server = RedisServer::start();
    let (one, other) = (server.store(), server.store());
    let mut at_other = Listener::of(&other).await;
    for n in 1..=3 {
        let killed = server.say("CLIENT KILL TYPE pubsub");
        assert!(killed.starts_with(":2") || killed.starts_with(":1"), "{killed}");
        assert_eq!(at_other.next().await, Heard::Gap);
        one.tell(log_ins_ended(n));
        assert_eq!(at_other.next().await, Heard::Hint(log_ins_ended(n)));
    }
    assert_eq!(other.deaf_since(), None);
}

#[tokio::test]
async fn a_bus_that_does_not_deliver_is_noticed_by_the_canary() {
    let server = RedisServer::start();
    let node = server.store();
    let mut listener = Listener::of(&node).await;
    let before = node.now();
    // Messages reach nobody any more, and every connection is as well as before.
    assert!(server.say("ACL SETUSER default resetchannels").starts_with("+OK"));
    until(|| node.deaf_since().is_some()).await;
    assert!(node.deaf_since().unwrap() >= before - Span::from_secs(1));
    assert_eq!(node.health().await, Ok(()));
    assert!(server.say("ACL SETUSER default allchannels").starts_with("+OK"));
    assert_eq!(listener.next().await, Heard::Gap);
    until(|| node.deaf_since().is_none()).await;
}

#[tokio::test]
async fn buckets_hold_over_two_nodes() {
    let server = RedisServer::start();
    let nodes = [server.store(), server.store()];
    let draw = |key: &str, capacity| Draw { key: key.to_owned(), capacity, per: Span::from_secs(3_600) };
    for n in 0..6 {
        assert_eq!(nodes[n % 2].take(vec![draw("a", 6), draw("b", 9)]).await, Ok(Ok(())), "{n}");
    }
    let short = nodes[0].take(vec![draw("b", 9), draw("a", 6)]).await;
    let Ok(Err(Short { which: 1, wait })) = short else { panic!("there was a seventh: {short:?}") };
    assert!(wait > Span::from_secs(590) && wait <= Span::from_secs(600), "{wait:?}");
    // None was taken of the other bucket, which held three more.
    for n in 0..3 {
        assert_eq!(nodes[n % 2].take(vec![draw("b", 9)]).await, Ok(Ok(())), "{n}");
    }
    assert!(matches!(nodes[1].take(vec![draw("b", 9)]).await, Ok(Err(_))));
    // Twice from one of two: not a single one.
    assert!(matches!(nodes[1].take(vec![draw("c", 1), draw("c", 1)]).await, Ok(Err(_))));
    assert_eq!(nodes[1].take(vec![draw("c", 1)]).await, Ok(Ok(())));
    assert_eq!(nodes[1].take(Vec::new()).await, Ok(Ok(())));
}

#[tokio::test]
async fn a_bucket_that_one_node_fills_is_full_for_all() {
    let server = RedisServer::start();
    let (one, other) = (server.store(), server.store());
    let draw = |key: &str| vec![Draw { key: key.to_owned(), capacity: 1, per: Span::from_secs(3_600) }];
    for key in ["a", "b"] {
        assert_eq!(one.take(draw(key)).await, Ok(Ok(())));
    }
    assert_eq!(other.fill(vec!["a".to_owned(), "never taken from".to_owned()]).await, Ok(()));
    assert_eq!(one.take(draw("a")).await, Ok(Ok(())));
    assert!(matches!(other.take(draw("b")).await, Ok(Err(_))));
    assert_eq!(one.fill(Vec::new()).await, Ok(()));
}

/// Redis' clock was set back, by hand or by a fail-over to a machine that is behind.
#[tokio::test]
async fn a_bucket_of_a_clock_that_was_ahead_is_empty_at_the_worst() {
    let server = RedisServer::start();
    let store = server.store();
    let in_an_hour_us = store.now().0 * 1_000 + 3_600 * 1_000_000;
    server.say(&format!("SET {{all}}:bucket:x {in_an_hour_us}"));
    let draw = Draw { key: "x".to_owned(), capacity: 3, per: Span::from_secs(60) };
    let wait = store.take(vec![draw]).await.unwrap().unwrap_err().wait;
    assert!(wait > Span(0) && wait <= Span::from_secs(20), "{wait:?}");
}

#[tokio::test]
async fn a_bucket_fills_again() {
    let server = RedisServer::start();
    let node = server.store();
    let draw = || vec![Draw { key: "k".to_owned(), capacity: 1, per: Span(40) }];
    assert_eq!(node.take(draw()).await, Ok(Ok(())));
    let mut answers = Vec::new();
    while answers.last() != Some(&Ok(())) {
        answers.push(node.take(draw()).await.unwrap());
    }
    assert!(
        answers.iter().filter_map(|answer| answer.err()).all(|short| short.wait > Span(0) && short.wait <= Span(40))
    );
}

#[tokio::test]
async fn scripts_that_redis_forgot_are_taught_again() {
    let server = RedisServer::start();
    let store = server.store();
    let mut token = None;
    for round in 0..3 {
        let next = commit().write(DocKey::Settings(account(1)), token, &round.to_string()).put("node/1", "x");
        token = Some(next.writes[0].token);
        assert!(server.say("SCRIPT FLUSH").starts_with("+OK"));
        done(&*store, next).await;
        assert!(server.say("SCRIPT FLUSH").starts_with("+OK"));
        assert_eq!(store.records("node/".to_owned(), None, 9).await.unwrap().len(), 1);
        assert!(server.say("SCRIPT FLUSH").starts_with("+OK"));
        assert_eq!(store.health().await, Ok(()));
    }
    assert_eq!(doc(&*store, DocKey::Settings(account(1))).await, token.map(|token| (token, "2".to_owned())));
}

#[tokio::test]
async fn a_redis_without_room_writes_nothing_and_goes_on_when_it_has_some() {
    let server = RedisServer::start();
    let store = server.store();
    let whole = commit().write(DocKey::Settings(account(1)), None, "x");
    assert!(server.say("CONFIG SET maxmemory 1").starts_with("+OK"));
    let Outcome::Unknown { why } = store.commit(whole.clone()).await else { panic!("it has room") };
    assert!(why.contains("OOM"), "{why}");
    assert!(store.health().await.is_err());
    assert_eq!(doc(&*store, DocKey::Settings(account(1))).await, None);
    assert!(server.say("CONFIG SET maxmemory 0").starts_with("+OK"));
    done(&*store, whole).await;
    assert_eq!(store.health().await, Ok(()));
}

#[tokio::test]
async fn a_hint_tells_nothing_of_a_commit_without_documents() {
    let server = RedisServer::start();
    let (one, other) = (server.store(), server.store());
    let mut at_other = Listener::of(&other).await;
    done(&*one, Commit::default().put("node/1", "x")).await;
    one.tell(log_ins_ended(1));
    assert_eq!(at_other.next().await, Heard::Hint(log_ins_ended(1)));
}
