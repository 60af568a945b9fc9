//! Everything that a scenario plays with: nodes on one store, the wires between them and it, a relay, a company.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Addresses;
use crate::house::tail;
use crate::http::Api;
use crate::node::{Node, Place};
use crate::proxy::Proxy;
use crate::redis::{self, MASTER, Redis};
use crate::sink::{Mail, Sink};

pub(crate) const PASSWORD: &str = "correct horse battery 7";

/// What a scenario starts with.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) nodes: usize,
    pub(crate) operators: usize,
    pub(crate) store: StoreKind,
    /// Further settings of all nodes.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// By how many seconds each node's wall clock is ahead; those without an entry are right.
    pub(crate) ahead_s: Vec<i32>,
    /// All nodes meet the empty store at once; else the first one makes it.
    pub(crate) at_once: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    /// One file: for one node.
    Sqlite,
    /// One Redis; each node reaches it through a proxy of its own.
    Redis,
    /// A primary, a replica that reaches it through a proxy, three sentinels; a commit waits for so many replicas.
    Sentinel { replicas: u32 },
}

impl Shape {
    pub(crate) fn new(nodes: usize, operators: usize) -> Self {
        Self { nodes, operators, store: StoreKind::Redis, settings: Vec::new(), ahead_s: Vec::new(), at_once: false }
    }

    pub(crate) fn on(self, store: StoreKind) -> Self {
        Self { store, ..self }
    }

    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.settings.push((key, value.to_owned()));
        self
    }
}

/// See above. Everything ends when this is dropped.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    /// The way of each node to Redis.
    pub(crate) wires: Vec<Proxy>,
    pub(crate) redis: Vec<Redis>,
    pub(crate) sentinels: Vec<Redis>,
    /// The way of the replica to the primary.
    pub(crate) replication: Option<Proxy>,
    /// Each node's relay: so it is known which one sends.
    pub(crate) sinks: Vec<Sink>,
    pub(crate) company: Company,
    pub(crate) addresses: Arc<Addresses>,
    dir: Option<TempDir>,
}

/// An account and its people.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) key: String,
    pub(crate) operators: Vec<Colleague>,
}

/// One of its operators, logged in.
#[derive(Clone, Debug)]
pub(crate) struct Colleague {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
}

impl Cluster {
    /// Starts everything and waits until all nodes are ready.
    pub(crate) async fn start(shape: &Shape) -> Result<Self, String> {
        let dir = TempDir::with_prefix("doorbell-cluster-").unwrap();
        let mut cluster = Self {
            nodes: Vec::new(),
            wires: Vec::new(),
            redis: Vec::new(),
            sentinels: Vec::new(),
            replication: None,
            sinks: (0..shape.nodes).map(|_| Sink::start()).collect(),
            company: Company { key: String::new(), operators: Vec::new() },
            addresses: Arc::new(Addresses::default()),
            dir: Some(dir),
        };
        let begun = cluster.begin(shape).await;
        begun.map_err(|why| format!("{why}\n{}", cluster.logs()))?;
        Ok(cluster)
    }

    async fn begin(&mut self, shape: &Shape) -> Result<(), String> {
        self.start_store(shape).await?;
        for index in 0..shape.nodes {
            let store_url = self.store_url(shape.store, index).await;
            let smtp_url = self.sinks[index].url();
            let mut overrides = shape.settings.clone();
            if let StoreKind::Sentinel { replicas } = shape.store {
                overrides.push(("store.replicas", replicas.to_string()));
            }
            let place = Place { store_url: &store_url, smtp_url: &smtp_url, overrides: &overrides };
            let ahead_s = shape.ahead_s.get(index).copied().unwrap_or(0);
            self.nodes.push(Node::prepare(self.path(), &format!("node-{index}"), &place, ahead_s));
        }
        let first = if shape.at_once { self.nodes.len() } else { 1 };
        let (first, others) = self.nodes.split_at_mut(first);
        for nodes in [first, others] {
            nodes.iter_mut().for_each(Node::spawn);
            for node in nodes {
                node.ready().await?;
            }
        }
        self.addresses.set(self.nodes.iter().map(|node| node.address).collect());
        self.company = self.company(shape.operators).await?;
        Ok(())
    }

    async fn start_store(&mut self, shape: &Shape) -> Result<(), String> {
        let dir = self.path().to_owned();
        if shape.store != StoreKind::Sqlite {
            self.redis.push(Redis::start(&dir, "redis-0", &[]).await?);
        }
        if let StoreKind::Sentinel { .. } = shape.store {
            let primary = self.redis[0].address;
            let wire = Proxy::to(primary).await;
            let master = format!("127.0.0.1 {}", wire.address.port());
            self.redis.push(Redis::start(&dir, "redis-1", &["--replicaof", &master]).await?);
            self.replication = Some(wire);
            // A sentinel asks at once, and then every ten seconds.
            redis::followed(&self.redis).await?;
            for index in 0..3 {
                self.sentinels.push(Redis::sentinel(&dir, &format!("sentinel-{index}"), primary, 2).await?);
            }
            redis::ready(&self.sentinels).await?;
        }
        Ok(())
    }

    /// How a node reaches the store.
    async fn store_url(&mut self, store: StoreKind, index: usize) -> String {
        match store {
            StoreKind::Sqlite => {
                assert_eq!(index, 0, "a file is of one node");
                format!("sqlite:{}", self.path().join("doorbell.db").display())
            }
            StoreKind::Redis => {
                self.wires.push(Proxy::to(self.redis[0].address).await);
                format!("redis://{}/0", self.wires[index].address)
            }
            StoreKind::Sentinel { .. } => {
                let hosts: Vec<_> = self.sentinels.iter().map(|sentinel| sentinel.address.to_string()).collect();
                format!("redis-sentinel://{}/{MASTER}/0", hosts.join(","))
            }
        }
    }

    /// Where configurations, logs and stores are.
    pub(crate) fn path(&self) -> &Path {
        self.dir.as_ref().expect("until it is dropped").path()
    }

    /// A further account of its own, with an admin and further operators.
    pub(crate) async fn company(&self, operators: usize) -> Result<Company, String> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let domain = format!("shop-{}.test", NEXT.fetch_add(1, Ordering::Relaxed));
        let (node, admin) = (&self.nodes[0], format!("op0@{domain}"));
        let arguments = [
            "account",
            "create",
            "--name",
            &domain,
            "--plan",
            "standard",
            "--email",
            &admin,
            "--password-stdin",
            "--json",
        ];
        let output = node.cli(&arguments, &format!("{PASSWORD}\n")).await;
        let made: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("account create: {}", String::from_utf8_lossy(&output.stderr)))?;
        let mut people = vec![log_in(node.api(None), &admin).await?];
        for n in 1..operators {
            let email = format!("op{n}@{domain}");
            let body =
                json!({ "name": format!("Operator {n}"), "email": email, "password": PASSWORD, "role": "agent" });
            ask(&node.api(Some(&people[0].token)), "POST", "/api/v1/operators", Some(body)).await?;
            people.push(log_in(node.api(None), &email).await?);
        }
        Ok(Company { key: text(&made["widget_key"]), operators: people })
    }

    /// Everything is as at the start: processes run, wires pass.
    pub(crate) async fn heal(&mut self) -> Result<(), String> {
        use crate::proxy::Mode;
        for sink in &self.sinks {
            sink.forget();
            sink.release_silent();
        }
        for wire in self.wires.iter().chain(&self.replication) {
            wire.set(Mode::Pass);
        }
        for node in self.nodes.iter_mut().filter(|node| !node.runs()) {
            node.spawn();
        }
        for node in &mut self.nodes {
            node.ready().await?;
        }
        Ok(())
    }

    /// Everything whose final dot came, at any relay.
    pub(crate) fn bodies(&self) -> Vec<Mail> {
        self.sinks.iter().flat_map(Sink::bodies).collect()
    }

    /// The ends of all logs.
    pub(crate) fn logs(&self) -> String {
        let of = |node: &Node| format!("--- {}\n{}", node.log().display(), tail(&node.log(), 25));
        self.nodes.iter().map(of).collect::<Vec<_>>().join("\n")
    }

    /// Keeps configurations, logs and stores after the end: where.
    pub(crate) fn keep(mut self) -> String {
        let kept = self.dir.take().expect("it is kept once").keep();
        kept.display().to_string()
    }
}

async fn log_in(api: Api, email: &str) -> Result<Colleague, String> {
    let made = ask(&api, "POST", "/api/v1/login", Some(json!({ "email": email, "password": PASSWORD }))).await?;
    Ok(Colleague { id: text(&made["operator"]["id"]), email: email.to_owned(), token: text(&made["token"]) })
}

/// A call that must succeed: its answer, or what went wrong.
pub(crate) async fn ask(api: &Api, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
    let answer = api.call(method, path, body).await.map_err(|why| format!("{method} {path}: {why}"))?;
    if (200..300).contains(&answer.status) { Ok(answer.json()) } else { Err(format!("{method} {path}: {answer:?}")) }
}

/// The text of a JSON string; nothing of anything else.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
