//! A Redis that dies, stands still, or lacks replicas: what was acknowledged is there, what was not is asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use doorbell::domain::time::Span;
use doorbell::ports::buckets::{Buckets, Draw};
use doorbell::ports::journal::{Commit, DocKey, Outcome, Store, StoreError, Stream, Token};
use doorbell::store::redis::RedisStore;
use doorbell::store::{How, OpenMode};
use futures_util::future::join_all;

use crate::redis_server::RedisServer;
use crate::world::{Says, account, commit, conversation, doc, done, told};

/// How long an event may take before a test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// The same commit with the same tokens, until it is answered; how often the answer was not known.
pub(crate) async fn settled(store: &dyn Store, commit: &Commit) -> u64 {
    let mut unknown = 0;
    let asked_at = Instant::now();
    loop {
        match store.commit(commit.clone()).await {
            Outcome::Committed { .. } => return unknown,
            Outcome::Conflict { stale } => panic!("a repeat is taken for somebody else's: {stale:?}"),
            Outcome::Unknown { why } => {
                unknown += 1;
                assert!(asked_at.elapsed() < PATIENCE, "{why}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Writes one conversation over and over until it is told to stop; its last version, and how many there were.
pub(crate) async fn write_on(
    store: Arc<RedisStore>,
    n: u128,
    acknowledged: &AtomicU64,
    stop: &AtomicBool,
) -> (Token, u64) {
    let key = DocKey::Conversation(account(n), conversation(n));
    let (mut token, mut written) = (None, 0);
    loop {
        written += 1;
        let text = written.to_string();
        let stream = Stream::Messages(account(n), conversation(n));
        let next = commit().write(key, token, &text).append(stream, written, &text);
        token = Some(next.writes[0].token);
        settled(&*store, &next).await;
        acknowledged.fetch_add(1, Ordering::Relaxed);
        if let (true, Some(token)) = (stop.load(Ordering::Relaxed), token) {
            return (token, written);
        }
    }
}

/// Each writer's last version is there, and each message that was acknowledged, once.
pub(crate) async fn assert_kept(store: &dyn Store, written: &[(Token, u64)]) {
    for (n, (token, count)) in written.iter().enumerate() {
        let n = n as u128;
        let key = DocKey::Conversation(account(n), conversation(n));
        assert_eq!(doc(store, key).await, Some((*token, count.to_string())));
        let messages = told(store, Stream::Messages(account(n), conversation(n))).await;
        let wanted: Vec<_> = (1..=*count).map(|position| (position, position.to_string())).collect();
        assert_eq!(messages, wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_killed_under_load_loses_nothing_that_it_acknowledged() {
    let mut server = RedisServer::start();
    let store = server.store();
    let (acknowledged, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let writers = join_all((0..8).map(|n| write_on(Arc::clone(&store), n, &acknowledged, &stop)));
    let killer = async {
        for _ in 0..4 {
            let before = acknowledged.load(Ordering::Relaxed);
            while acknowledged.load(Ordering::Relaxed) < before + 50 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill();
            server.restart();
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (written, ()) = tokio::join!(writers, killer);
    assert_kept(&*store, &written).await;
    // And so it is for a node that comes later.
    assert_kept(&*server.store(), &written).await;
}

#[tokio::test]
async fn a_redis_that_stands_still_is_not_waited_for_longer_than_the_deadline() {
    let server = RedisServer::start();
    let store = server.store();
    done(&*store, commit().write(DocKey::Presence(account(1)), None, "before")).await;
    server.signal("STOP");
    let whole = commit().write(DocKey::Settings(account(1)), None, "once");
    assert!(matches!(store.commit(whole.clone()).await, Outcome::Unknown { .. }));
    assert!(matches!(store.load(vec![DocKey::Presence(account(1))]).await, Err(StoreError::Unavailable(_))));
    assert!(store.health().await.is_err());
    let before = store.now();
    server.signal("CONT");
    // Whether the first try was taken or not: in the end it is written once.
    settled(&*store, &whole).await;
    assert_eq!(doc(&*store, DocKey::Settings(account(1))).await.unwrap().1, "once");
    assert!(store.now() >= before);
}

#[tokio::test]
async fn a_commit_waits_for_its_replica() {
    let primary = RedisServer::start();
    let replica = RedisServer::with(&[&format!("--replicaof 127.0.0.1 {}", primary.port)]);
    let how = How { mode: OpenMode::Server, allow_lossy: false, replicas: 1, ca_file: None };
    let asked_at = Instant::now();
    let store = loop {
        match primary.try_store(how.clone()) {
            Ok(store) => break store,
            Err(why) => assert!(asked_at.elapsed() < PATIENCE, "{why}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let keys = [1, 2, 3].map(|n| DocKey::Settings(account(n)));
    done(&*store, commit().write(keys[0], None, "on both")).await;

    replica.signal("STOP");
    let second = commit().write(keys[1], None, "on one");
    let Outcome::Unknown { why } = store.commit(second.clone()).await else { panic!("nobody had it") };
    assert!(why.contains("only 0 of 1 replicas"), "{why}");
    // A repeat finds it written, and is not content with that; over a new connection, too, which has written nothing itself. Nor is
    // whoever only finds it there.
    assert!(matches!(store.commit(second.clone()).await, Outcome::Unknown { .. }));
    primary.say("CLIENT KILL TYPE normal SKIPME yes");
    let looks = commit().read(keys[1], Some(second.writes[0].token));
    for whole in [&second, &looks] {
        let asked_at = Instant::now();
        loop {
            let Outcome::Unknown { why } = store.commit(whole.clone()).await else { panic!("nobody has it") };
            if why.contains("only 0 of 1 replicas") {
                break;
            }
            assert!(asked_at.elapsed() < PATIENCE, "{why}");
        }
    }
    assert!(matches!(store.commit(commit().write(keys[1], None, "x")).await, Outcome::Conflict { .. }));
    replica.signal("CONT");
    settled(&*store, &second).await;
    done(&*store, commit().write(keys[2], None, "on both")).await;
    // Each document, that it was written, and the store's meta data.
    assert!(replica.say("DBSIZE").starts_with(":7"), "{}", replica.say("DBSIZE"));
}

/// Nobody fills again by an accident what somebody has emptied: whoever is started anew finds it empty, and may begin.
#[tokio::test]
async fn what_was_emptied_stays_empty_until_a_server_starts_on_it() {
    let server = RedisServer::start();
    let store = server.store();
    done(&*store, commit().write(DocKey::Presence(account(1)), None, "before")).await;
    server.say("FLUSHALL");
    assert!(store.health().await.is_err());
    let draw = Draw { key: "x".to_owned(), capacity: 1, per: Span::from_secs(60) };
    assert!(store.take(vec![draw]).await.is_err());
    let over_nothing = commit().write(DocKey::Settings(account(1)), None, "x");
    assert!(matches!(store.commit(over_nothing).await, Outcome::Unknown { .. }));
    assert_eq!(server.say("DBSIZE").trim(), ":0");
    assert_eq!(server.store().health().await, Ok(()));
}
