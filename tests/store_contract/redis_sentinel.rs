//! A primary, a replica and three sentinels: whoever is the master is found, also when it is another one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use doorbell::ports::bus::{Bus, Heard};
use doorbell::store::redis::RedisStore;
use doorbell::store::{How, OpenMode};
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::redis_restarts::{assert_kept, write_on};
use crate::redis_server::{RedisServer, free_port, say};

/// How long an event may take before a test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// One that watches; it ends with the value.
struct Watcher {
    process: Child,
    port: u16,
    _dir: TempDir,
}

impl Watcher {
    fn start(primary: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        loop {
            let port = free_port();
            let mut process = spawn(dir.path(), port, primary);
            let asked_at = Instant::now();
            while asked_at.elapsed() < PATIENCE && process.try_wait().unwrap().is_none() {
                if say(port, "INFO server").is_ok_and(|info| info.contains(&format!("process_id:{}", process.id()))) {
                    return Self { process, port, _dir: dir };
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(asked_at.elapsed() < PATIENCE, "no sentinel answers");
        }
    }
}

fn spawn(dir: &Path, port: u16, primary: u16) -> Child {
    let conf = dir.join("sentinel.conf");
    let lines = format!(
        "port {port}\ndir {}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary} 2\n\
         sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 4000\n",
        dir.display()
    );
    std::fs::write(&conf, lines).unwrap();
    let mut command = Command::new("redis-sentinel");
    command.arg(conf).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the tests need redis-sentinel")
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until something that was said holds.
async fn until(is_so: impl Fn() -> bool) {
    let asked_at = Instant::now();
    while !is_so() {
        assert!(asked_at.elapsed() < PATIENCE, "it does not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fail_over_is_followed_and_loses_nothing_that_the_replica_has() {
    let mut primary = RedisServer::start();
    let replica = RedisServer::with(&[&format!("--replicaof 127.0.0.1 {}", primary.port)]);
    let watchers = [0; 3].map(|_| Watcher::start(primary.port));
    for watcher in &watchers {
        until(|| {
            let seen = say(watcher.port, "SENTINEL MASTER main").unwrap_or_default();
            seen.contains("num-slaves\r\n$1\r\n1") && seen.contains("num-other-sentinels\r\n$1\r\n2")
        })
        .await;
    }
    until(|| primary.say("INFO replication").contains("state=online")).await;
    let hosts: Vec<_> = watchers.iter().map(|watcher| format!("127.0.0.1:{}", watcher.port)).collect();
    let url = format!("redis-sentinel://{}/main/0", hosts.join(","));
    let store =
        RedisStore::open(&url, How { mode: OpenMode::Server, allow_lossy: false, replicas: 1, ca_file: None }).unwrap();
    assert_eq!(store.hear().await, [Heard::Gap]);

    let (acknowledged, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let writers = join_all((0..4).map(|n| write_on(Arc::clone(&store), n, &acknowledged, &stop)));
    let count = || acknowledged.load(Ordering::Relaxed);
    let accident = async {
        until(|| count() > 100).await;
        primary.kill();
        // Sentinel ends all connections of a server that it promotes.
        until(|| say(replica.port, "ROLE").is_ok_and(|role| role.contains("master"))).await;
        // It is the only one left, and each commit waits for a replica: the old one comes back as that.
        primary.restart();
        let before = count();
        until(|| count() > before + 100).await;
        stop.store(true, Ordering::Relaxed);
    };
    let (written, ()) = tokio::join!(writers, accident);
    assert_kept(&*store, &written).await;
    assert_eq!(store.hear().await[0], Heard::Gap, "the subscription went with the old master");
    until(|| store.deaf_since().is_none()).await;
}
