//! A node that commits, in a process of its own: it opens the Redis as a server does, keeps so many commits waiting, and tells
//! how it went.

use std::io::{self, BufRead as _, Write as _};
use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorbell::ports::bus::Bus as _;
use doorbell::ports::journal::{Commit, Outcome, Store as _, Token};
use doorbell::store::redis::RedisStore;
use doorbell::store::{How, OpenMode};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::Done;
use crate::message::message;
use crate::times::{Times, Worked};

/// How many messages a conversation has before the next one begins.
const MESSAGES_LEN: u64 = 20;
/// What a node says when it may begin.
pub(crate) const READY: &str = "ready";

/// What a node is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) url: String,
    pub(crate) allow_lossy: bool,
    /// Its place among the nodes.
    pub(crate) node: usize,
    /// How many of its commits wait at once.
    pub(crate) waiting: usize,
    /// All nodes write into the same conversations.
    pub(crate) is_contended: bool,
    pub(crate) duration_s: u64,
}

/// How it went.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) commits: u64,
    pub(crate) conflicts: u64,
    /// From asking until it was committed, a lost race included.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// What the cores ran this node for.
    pub(crate) ran: Duration,
}

/// One who writes, a message after the other.
struct Writer {
    conversation: usize,
    read: Option<Token>,
    commits: u64,
    conflicts: u64,
    waits: Vec<Duration>,
}

impl Writer {
    fn next(&self) -> Commit {
        message(self.conversation, self.read, self.read.map_or(0, |token| token.counter) + 1)
    }

    async fn write(&mut self, store: &RedisStore, orders: &Orders) {
        let asked_at = Instant::now();
        let mut next = self.next();
        loop {
            match store.commit(next.clone()).await {
                Outcome::Committed { .. } => break,
                Outcome::Conflict { .. } => {
                    self.conflicts += 1;
                    let stored = store.load(vec![next.writes[0].key]).await.expect("Redis answers");
                    self.read = stored[0].as_ref().map(|stored| stored.token);
                    next = self.next();
                }
                // The same again, with the same token.
                Outcome::Unknown { why } => eprintln!("{why}"),
            }
        }
        let written = next.writes[0].token;
        self.read = Some(written);
        self.commits += 1;
        self.waits.push(asked_at.elapsed());
        if written.counter == MESSAGES_LEN && !orders.is_contended {
            self.conversation += 1;
            self.read = None;
        }
    }

    async fn write_until(&mut self, store: &RedisStore, orders: &Orders, end: Instant) {
        while Instant::now() < end {
            self.write(store, orders).await;
        }
    }
}

/// Does what it is told once it hears a line, and prints its report.
pub(crate) fn run(orders: &Orders) -> Done {
    let how = How { allow_lossy: orders.allow_lossy, ..OpenMode::Server.into() };
    let store = RedisStore::open(&orders.url, how)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let nodes_apart = if orders.is_contended { 0 } else { orders.node * 1_000_000_000 };
    let writer = |n| Writer {
        conversation: nodes_apart + n * 1_000_000,
        read: None,
        commits: 0,
        conflicts: 0,
        waits: Vec::new(),
    };
    let mut writers: Vec<_> = (0..orders.waiting).map(writer).collect();
    runtime.block_on(all(&store, orders, &mut writers, Instant::now() + Duration::from_millis(500)));
    for writer in &mut writers {
        (writer.commits, writer.conflicts) = (0, 0);
        writer.waits.clear();
    }

    println!("{READY}");
    io::stdout().flush()?;
    io::stdin().lock().read_line(&mut String::new())?;
    let before = Worked::process(process::id())?;
    runtime.block_on(all(&store, orders, &mut writers, Instant::now() + Duration::from_secs(orders.duration_s)));
    let ran = Worked::process(process::id())?.since(before).ran;

    let mut waits = Times::default();
    writers.iter().flat_map(|writer| &writer.waits).for_each(|wait| waits.add(*wait));
    waits.sort();
    let report = Report {
        commits: writers.iter().map(|writer| writer.commits).sum(),
        conflicts: writers.iter().map(|writer| writer.conflicts).sum(),
        p50: waits.percentile(50),
        p99: waits.percentile(99),
        ran,
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// All of them write, and what other nodes tell is heard meanwhile, as a node does.
async fn all(store: &Arc<RedisStore>, orders: &Orders, writers: &mut [Writer], end: Instant) {
    let write = join_all(writers.iter_mut().map(|writer| writer.write_until(store, orders, end)));
    let hear = async {
        loop {
            std::hint::black_box(store.hear().await);
        }
    };
    tokio::select! {
        _ = write => {}
        () = hear => {}
    }
}
