//! Which Redis is taken, and what is said of one that is not.

use std::time::Duration;

use doorbell::domain::time::Span;
use doorbell::ports::buckets::{Buckets as _, Draw};
use doorbell::ports::bus::{Bus, Heard};
use doorbell::ports::journal::{DocKey, Outcome, Store};
use doorbell::store::redis::RedisStore;
use doorbell::store::{How, OpenMode};

use crate::redis_server::{RedisServer, free_port, say};
use crate::world::{Says, account, commit, done};

const SERVER: How = How { mode: OpenMode::Server, allow_lossy: false, replicas: 0, ca_file: None };

fn refusal(server: &RedisServer, how: How) -> String {
    server.try_store(how).map(drop).unwrap_err().to_string()
}

#[test]
fn a_lossy_redis_is_refused_by_name() {
    let server = RedisServer::with(&["--appendfsync everysec", "--maxmemory-policy allkeys-lru"]);
    let said = refusal(&server, SERVER);
    assert!(said.contains(&format!("127.0.0.1:{}", server.port)), "{said}");
    assert!(said.contains("appendfsync is everysec and must be always"), "{said}");
    assert!(said.contains("maxmemory-policy is allkeys-lru and must be noeviction"), "{said}");
    assert!(!said.contains("appendonly is"), "what is right is not complained of: {said}");
    assert!(server.try_store(How { allow_lossy: true, ..SERVER }).is_ok());
    for line in ["appendfsync always", "maxmemory-policy noeviction"] {
        assert!(server.say(&format!("CONFIG SET {line}")).starts_with("+OK"));
    }
    assert!(server.try_store(SERVER).is_ok());
}

#[tokio::test]
async fn a_user_who_may_not_look_is_told_which_permission_it_takes() {
    let server = RedisServer::start();
    assert!(server.say("ACL SETUSER bell on >ring ~* &* +@all -@dangerous +info +role").starts_with("+OK"));
    let url = format!("redis://bell:ring@127.0.0.1:{}/0", server.port);
    let said = RedisStore::open(&url, SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("+config|get") && !said.contains("ring@"), "{said}");
    assert!(server.say("ACL SETUSER bell +config|get").starts_with("+OK"));
    let store = RedisStore::open(&url, SERVER).unwrap();
    done(&*store, commit().write(DocKey::Settings(account(1)), None, "x").put("node/1", "x")).await;
    assert_eq!(store.health().await, Ok(()));
    assert_eq!(store.hear().await, [Heard::Gap]);
    let wrong = url.replace("ring", "wrong");
    let said = RedisStore::open(&wrong, SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("cannot be reached") && !said.contains("wrong"), "{said}");
}

/// Redis allows a new user no channel, and refuses a message only after all that was written with it.
#[test]
fn a_user_who_may_tell_nobody_is_refused() {
    let server = RedisServer::start();
    assert!(server.say("ACL SETUSER bell on >ring ~* resetchannels +@all").starts_with("+OK"));
    let url = format!("redis://bell:ring@127.0.0.1:{}/0", server.port);
    let said = RedisStore::open(&url, SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("PUBLISH") && said.contains("&*"), "{said}");
    assert!(RedisStore::open(&url, OpenMode::Beside.into()).is_ok(), "a command listens to nobody");
}

#[test]
fn a_redis_that_wants_a_password_says_so() {
    let server = RedisServer::start();
    assert!(server.say("CONFIG SET requirepass ring").starts_with("+OK"));
    let url = format!("redis://127.0.0.1:{}/0", server.port);
    let said = RedisStore::open(&url, SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("it wants a password: put it into store.url"), "{said}");
}

#[test]
fn whoever_checks_is_as_exacting_as_a_server() {
    let server = RedisServer::with(&["--appendfsync everysec"]);
    let said = refusal(&server, OpenMode::Check.into());
    assert!(said.contains("appendfsync is everysec"), "{said}");
    assert!(server.try_store(OpenMode::Beside.into()).is_ok());
}

#[tokio::test]
async fn over_tls_who_vouches_for_it_counts() {
    let tls = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/tls");
    let port = free_port();
    let certificates =
        format!("--tls-cert-file {tls}/server.pem --tls-key-file {tls}/server.key --tls-ca-cert-file {tls}/ca.pem");
    let server = RedisServer::with(&[&format!("--tls-port {port} --tls-auth-clients no {certificates}")]);
    let by = |file: &str| How { ca_file: Some(format!("{tls}/{file}").into()), ..SERVER };
    let open = |url: &str, how: How| RedisStore::open(url, how);
    let refused = |url: &str, how: How| RedisStore::open(url, how).map(drop).unwrap_err().to_string();
    let url = format!("rediss://127.0.0.1:{port}/0");
    let store = open(&url, by("ca.pem")).unwrap();
    done(&*store, commit().write(DocKey::Settings(account(1)), None, "x")).await;
    assert_eq!(store.hear().await, [Heard::Gap]);

    let said = refused(&url, SERVER);
    assert!(said.contains("certificate") && said.contains("store.ca_file"), "{said}");
    let said = refused(&format!("rediss://localhost:{port}/0"), by("ca.pem"));
    assert!(said.contains("certificate bears this name"), "{said}");
    for (file, wanted) in [("server.key", "holds no certificates"), ("nothing.pem", "No such file")] {
        let said = refused(&url, by(file));
        assert!(said.contains(&format!("store.ca_file {tls}/{file}: ")) && said.contains(wanted), "{said}");
    }
    let said = refused(&format!("rediss://127.0.0.1:{}/0", server.port), by("ca.pem"));
    assert!(said.contains("this port speaks TLS"), "{said}");
    let said = refused(&format!("redis://127.0.0.1:{port}/0"), SERVER);
    assert!(said.contains("this port speaks without TLS"), "{said}");
}

#[test]
fn a_database_of_somebody_else_is_left_as_it_is() {
    let server = RedisServer::start();
    assert!(server.say("SET theirs 1").starts_with("+OK"));
    let said = refusal(&server, SERVER);
    assert!(said.contains("holds keys that are not doorbell's"), "{said}");
    assert!(server.say("DBSIZE").starts_with(":1\r"));
    let other = server.url().replace("/0", "/1");
    assert!(RedisStore::open(&other, SERVER).is_ok());
    assert!(server.say("DBSIZE").starts_with(":1\r"));
}

#[test]
fn a_store_of_another_version_is_refused() {
    let server = RedisServer::start();
    drop(server.store());
    assert!(server.say("HSET {all}:meta version 2").starts_with(":0"));
    let said = refusal(&server, SERVER);
    assert!(said.contains("a store of version 2") && said.contains("up to 1"), "{said}");
}

#[test]
fn a_replica_is_refused_and_replicas_are_counted() {
    let primary = RedisServer::start();
    let said = refusal(&primary, How { replicas: 1, ..SERVER });
    assert!(said.contains("has 0 replicas") && said.contains("store.replicas = 1"), "{said}");
    let replica = RedisServer::with(&[&format!("--replicaof 127.0.0.1 {}", primary.port)]);
    let said = refusal(&replica, SERVER);
    assert!(said.contains(&format!("is a replica of 127.0.0.1:{}", primary.port)), "{said}");
}

#[test]
fn a_cluster_is_refused() {
    let server = RedisServer::with(&["--cluster-enabled yes"]);
    let said = refusal(&server, SERVER);
    assert!(said.contains("Redis Cluster"), "{said}");
}

#[test]
fn where_nobody_answers_is_said_without_the_password() {
    let url = format!("redis://:hunter2@127.0.0.1:{}/0", free_port());
    let said = RedisStore::open(&url, SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("cannot be reached") && !said.contains("hunter2"), "{said}");
    let said = RedisStore::open("redis://:hunter2@", SERVER).map(drop).unwrap_err().to_string();
    assert!(said.contains("does not name a Redis") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn over_a_unix_socket_it_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("redis.sock");
    let server = RedisServer::with(&[&format!("--unixsocket {}", path.display())]);
    let store = RedisStore::open(&format!("redis+unix://{}", path.display()), SERVER).unwrap();
    done(&*store, commit().write(DocKey::Settings(account(1)), None, "x")).await;
    assert!(say(server.port, "DBSIZE").unwrap().starts_with(":3"));
    let connections = say(server.port, "CLIENT LIST").unwrap();
    assert_eq!(connections.matches("resp=3").count(), 4, "{connections}");
}

/// Tries to write until it is told to start the servers again: why.
async fn told_to_start_again(store: &RedisStore) -> String {
    loop {
        match store.commit(commit().write(DocKey::Presence(account(1)), None, "y")).await {
            Outcome::Unknown { why } if why.contains("start the servers again") => return why,
            Outcome::Unknown { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
            written => panic!("it is not the store that it was: {written:?}"),
        }
    }
}

#[tokio::test]
async fn a_redis_that_was_emptied_is_not_taken_for_a_new_store() {
    let server = RedisServer::start();
    let store = server.store();
    done(&*store, commit().write(DocKey::Settings(account(1)), None, "x")).await;
    assert!(server.say("FLUSHALL").starts_with("+OK"));
    let refused = told_to_start_again(&store).await;
    assert!(refused.contains("holds no store of doorbell's any more"), "{refused}");
    assert!(store.health().await.is_err());
}

#[tokio::test]
async fn a_store_that_another_server_began_behind_the_same_address_is_not_taken_for_the_one_before() {
    let server = RedisServer::start();
    let before = server.store();
    done(&*before, commit().write(DocKey::Settings(account(1)), None, "x")).await;
    assert!(server.say("FLUSHALL").starts_with("+OK"));
    let anew = server.store();
    let (key, value) = (DocKey::Settings(account(2)), "z");
    done(&*anew, commit().write(key, None, value)).await;
    let refused = told_to_start_again(&before).await;
    assert!(refused.contains("holds another store by now"), "{refused}");
    assert!(before.health().await.is_err());
    let draw = Draw { key: "x".to_owned(), capacity: 1, per: Span::from_secs(60) };
    assert!(before.take(vec![draw]).await.is_err());
    assert_eq!(anew.health().await, Ok(()));
    let beside = server.store();
    assert_eq!(beside.health().await, Ok(()), "whoever comes later finds the new one");
    assert!(beside.load(vec![key]).await.unwrap()[0].is_some());
}
