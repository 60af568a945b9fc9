//! A house to test in: an account, its people, one node or several that can be killed and started again on the same store.
//!
//! Each life of a node is a `LocalSet` of its own: dropping it ends every actor in the middle of whatever it did, as
//! `kill -9` does; not polling it is `kill -STOP`. A killed one's store is shut off first, so that nothing which still stirs in
//! it can write.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use actix::Actor;
use doorbell::actors::api::*;
use doorbell::actors::board::Board;
use doorbell::actors::conversation::WOKEN_AHEAD;
use doorbell::actors::directory::Accounts;
use doorbell::actors::host::Host;
use doorbell::actors::lookout::Lookout;
use doorbell::actors::nodes::Nodes;
use doorbell::actors::places::Places;
use doorbell::actors::sweeper::{self, Sweeper};
use doorbell::actors::taken::Taken;
use doorbell::domain::account::{Account, Delays, Locale, NotificationSettings, Plan};
use doorbell::domain::ids::{AccountId, OperatorId};
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::bus::{Alone, Bus};
use doorbell::ports::journal::{Commit, DocKey, Outcome, Store, Write};
use doorbell::ports::nodes::{self, Stage};
use doorbell::ports::record::{encode, mint};
use doorbell::store::adversary::{Adversary, Gate, Plan as Misbehaviour};
use doorbell::store::memory::{MemoryStore, Snapshot};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

pub use super::people::*;
use super::wire::{Noise, NoisyBus};

/// Both delays of the tests' server.
pub const DELAY: Span = Span::from_secs(120);
/// How long what broke lingers.
pub const GRACE: Span = Span::from_secs(20);
/// How long nothing fires after a start.
pub const START_UP_GRACE: Span = Span::from_secs(45);
/// How long what has no work stays awake.
pub const IDLE: Span = Span::from_secs(300);
/// When all tests begin.
pub const DAWN: Timestamp = Timestamp(1_800_000_000_000);

/// Waits for something while all of these live.
fn within<'a, T: 'a>(
    sets: &'a [&'a LocalSet],
    what: Pin<Box<dyn Future<Output = T> + 'a>>,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    match sets.split_first() {
        Some((first, rest)) => within(rest, Box::pin(first.run_until(what))),
        None => what,
    }
}

/// Runs a test in paused time, on one thread.
pub fn in_paused_time<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, test)
}

/// How long a node is believed to live without a sign, where there are several.
pub const LEASE: Span = Span::from_secs(15);

/// One life of a node.
pub(super) struct Life {
    pub(super) actors: LocalSet,
    accounts: Accounts,
    host: Arc<Host>,
    pub(super) lobby: LobbyId,
    pub(super) outlet: actix::Recipient<ToLobby>,
    told: Heard<ToLobby>,
    store: Arc<Adversary>,
    /// Whether it is cut off from what other nodes tell.
    pub(super) cut: Option<Arc<AtomicBool>>,
    /// Rung: something may have been missed.
    pub(super) gap: Arc<Notify>,
    is_paused: Cell<bool>,
}

/// The house.
pub struct House {
    pub account: AccountId,
    pub anna: OperatorId,
    pub bob: OperatorId,
    pub memory: Arc<MemoryStore>,
    /// The store of the present node's life.
    pub store: Arc<Adversary>,
    /// What the present node's lobby was told.
    pub lobby: Heard<ToLobby>,
    /// The nodes, as far as they live.
    lives: Vec<Option<Life>>,
    /// The present node: the one that everything is done at.
    here: usize,
    noise: Noise,
    born: Instant,
    seed: u64,
    misbehaviour: Misbehaviour,
    /// Counts down at every look at the clock by an actor; at zero it panics.
    trip: Arc<AtomicI64>,
    /// The stores of former lives: shut, and kept so that they stay shut.
    shut: Vec<Arc<Adversary>>,
    last_number: Cell<u64>,
    /// How many look-ups of the next life fail.
    pub failing_looks: usize,
}

impl House {
    /// Anna and Bob work here, on plan pro, without groups.
    pub async fn open() -> Self {
        Self::open_with(1, Misbehaviour::default(), |_| ()).await
    }

    /// The same on several nodes, which share the store.
    pub async fn open_on(nodes: usize) -> Self {
        Self::open_on_with(nodes, 1, Misbehaviour::default(), Noise::default(), |_| ()).await
    }

    /// The same on one node, over a store that misbehaves, with other settings.
    pub async fn open_with(seed: u64, misbehaviour: Misbehaviour, change: impl FnOnce(&mut Account)) -> Self {
        Self::open_on_with(1, seed, misbehaviour, Noise::default(), change).await
    }

    /// The same with all that can be chosen.
    pub async fn open_on_with(
        nodes: usize,
        seed: u64,
        misbehaviour: Misbehaviour,
        noise: Noise,
        change: impl FnOnce(&mut Account),
    ) -> Self {
        let born = Instant::now();
        let trip = Arc::new(AtomicI64::new(-1));
        let wire = Arc::clone(&trip);
        let clock = move || {
            if wire.load(Ordering::Relaxed) > 0 && wire.fetch_sub(1, Ordering::Relaxed) == 1 {
                wire.store(-1, Ordering::Relaxed);
                panic!("tripped, as the test wants it");
            }
            DAWN + Span::from(born.elapsed())
        };
        let memory = if nodes > 1 { MemoryStore::shared(clock) } else { MemoryStore::with_clock(clock) };
        let (anna, bob) = (operator(1, "Anna", DAWN), operator(2, "Bob", DAWN));
        let mut house = Self {
            account: AccountId(uuid(1_000)),
            anna: anna.id,
            bob: bob.id,
            store: Adversary::new(memory.clone(), seed, misbehaviour),
            memory,
            lobby: Heard(Rc::default()),
            lives: (0..nodes).map(|_| None).collect(),
            here: 0,
            noise,
            born,
            seed,
            misbehaviour,
            trip,
            shut: Vec::new(),
            last_number: Cell::new(10_000),
            failing_looks: 0,
        };
        let mut account = Account {
            id: house.account,
            name: "Example".to_owned(),
            plan: Plan::Pro,
            locale: Locale::En,
            timezone: "Europe/Prague".to_owned(),
            notifications: NotificationSettings::default(),
            allowed_origins: Vec::new(),
            origins_since: None,
            widget_keys: Vec::new(),
            operators: vec![anna, bob],
            groups: Vec::new(),
            suppressed: Vec::new(),
            blocked: Vec::new(),
            audited: 0,
            created_at: DAWN,
            changed_at: DAWN,
        };
        change(&mut account);
        let key = DocKey::Settings(house.account);
        let write = Write { key, token: mint(None), state: encode(&account) };
        let made = Commit { reads: vec![(key, None)], writes: vec![write], ..Commit::default() };
        assert!(matches!(house.memory.commit(made).await, Outcome::Committed { .. }));
        for node in 0..nodes {
            house.here = node;
            house.start(None).await;
        }
        house.go_to(0);
        house
    }

    /// From now on everything is done at that node.
    pub fn go_to(&mut self, node: usize) {
        self.here = node;
        if let Some(life) = &self.lives[node] {
            self.store = Arc::clone(&life.store);
            self.lobby = life.told.clone();
        }
    }

    /// How many nodes there are, those included that do not live.
    pub fn size(&self) -> usize {
        self.lives.len()
    }

    /// Whether the present node stands still or is cut off: what it is asked is not answered.
    pub fn is_unable(&self) -> bool {
        let is_cut = self.life().cut.as_ref().is_some_and(|cut| cut.load(Ordering::Relaxed));
        is_cut || self.life().is_paused.get()
    }

    /// The slots of the present node that were asked for a sign of life.
    pub fn asked_for_proof(&self) -> Vec<SlotId> {
        let told = self.lobby.all();
        told.iter()
            .flat_map(|told| if let ToLobby::Prove { slots } = told { slots.clone() } else { Vec::new() })
            .collect()
    }

    /// The present node, which was killed, starts again.
    pub async fn start_again(&mut self, last_renewal: Timestamp) {
        self.start(Some(last_renewal)).await;
    }

    /// The present node.
    pub fn here(&self) -> usize {
        self.here
    }

    /// Whether the node lives.
    pub fn lives(&self, node: usize) -> bool {
        self.lives[node].is_some()
    }

    /// A number that was not given before.
    pub fn number(&self) -> u64 {
        self.last_number.set(self.last_number.get() + 1);
        self.last_number.get()
    }

    pub fn now(&self) -> Timestamp {
        DAWN + Span::from(self.born.elapsed())
    }

    pub(super) fn life(&self) -> &Life {
        self.lives[self.here].as_ref().expect("the node lives")
    }

    fn is_shared(&self) -> bool {
        self.lives.len() > 1
    }

    pub fn accounts(&self) -> Accounts {
        self.life().accounts.clone()
    }

    // ------------------------------------------------------------ lives of the node

    fn new_host(&self, store: Arc<dyn Store>, bus: Arc<dyn Bus>, last_renewal: Option<Timestamp>) -> Arc<Host> {
        let now = self.now();
        let node = node_id(self.number(), now);
        let nodes = if self.is_shared() {
            Nodes::sharing(node, format!("place {}", self.here), LEASE)
        } else {
            Nodes::alone(node)
        };
        Arc::new(Host {
            store,
            node,
            nodes,
            started_at: now,
            grace_until: last_renewal.map_or(now, |_| now + START_UP_GRACE),
            startup_grace: START_UP_GRACE,
            last_renewal,
            delays: Delays {
                offline: DELAY,
                missed: DELAY,
                cooldown: Span::from_secs(600),
                flap_cap: Span::from_secs(600),
            },
            grace: GRACE,
            silence: Span::from_secs(90),
            idle: IDLE,
            mail_domain: "doorbell.example".to_owned(),
            message_id: Box::new(|_, id| format!("<{id}@doorbell.example>")),
            letters_queued: tokio::sync::Notify::new(),
            letters_asked_for: tokio::sync::Notify::new(),
            stale_after: Span::from_secs(5),
            board: Arc::default(),
            bus,
            taken: Taken::default(),
            places: Places::default(),
        })
    }

    /// What the node's actors share.
    pub fn host(&self) -> Arc<Host> {
        Arc::clone(&self.life().host)
    }

    /// The node's board.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.life().host.board)
    }

    /// From now on somebody asks the store whether it takes anything.
    pub async fn look_out(&self) {
        let host = Arc::clone(&self.life().host);
        self.during(async move { Lookout::new(host).start() }).await;
    }

    /// Another node on the same store, which does not misbehave towards it.
    pub async fn second_node(&self) -> Accounts {
        let host = self.new_host(self.memory.clone(), Arc::new(Alone), None);
        self.during(async move { Accounts::start_here(&host) }).await
    }

    /// How many actors of the account are awake: each holds the host, as the house and the registry do.
    pub fn awake(&self) -> usize {
        Arc::strong_count(&self.life().host) - 2
    }

    async fn start(&mut self, last_renewal: Option<Timestamp>) {
        self.seed += 1_000_003;
        self.store = Adversary::new(self.memory.clone(), self.seed, self.misbehaviour);
        self.store.fail_looks(std::mem::take(&mut self.failing_looks));
        let (bus, cut, gap): (Arc<dyn Bus>, _, _) = if self.is_shared() {
            let bus = NoisyBus::new(self.memory.bus(), self.seed, self.noise);
            let (cut, gap) = (Arc::clone(&bus.cut), Arc::clone(&bus.gap));
            (Arc::new(bus), Some(cut), gap)
        } else {
            (Arc::new(Alone), None, Arc::default())
        };
        let host = self.new_host(self.store.clone(), bus, last_renewal);
        if self.is_shared() {
            host.nodes.on_read(nodes::read(&*self.memory).await.unwrap(), host.started_at);
        }
        let now = host.started_at;
        let told = Heard(Rc::default());
        self.lobby = told.clone();
        let heard = told.clone();
        let is_shared = self.is_shared();
        let actors = LocalSet::new();
        let (kept, account) = (Arc::clone(&host), self.account);
        let (accounts, outlet) = actors
            .run_until(async move {
                let accounts = Accounts::start_here(&kept);
                if is_shared {
                    Sweeper::new(Arc::clone(&kept), accounts.clone()).start();
                }
                let since = last_renewal.unwrap_or(now) - kept.settle();
                // As the sweeper does after a start.
                if kept.store.attentive_accounts(since, None, 1).await.unwrap().contains(&account) {
                    accounts.find(account).await.unwrap();
                }
                (accounts, Ear(heard).start().recipient())
            })
            .await;
        let lobby = LobbyId(self.number() as u32);
        let (store, is_paused) = (Arc::clone(&self.store), Cell::new(false));
        self.lives[self.here] = Some(Life { actors, accounts, host, lobby, outlet, told, store, cut, gap, is_paused });
    }

    /// The node dies at once, whatever it was doing.
    pub fn kill(&mut self) {
        self.store.set_gate(Gate::HoldsRequests);
        self.shut.push(Arc::clone(&self.store));
        self.trip.store(-1, Ordering::Relaxed);
        self.lives[self.here] = None;
    }

    /// The node stands still, or goes on: `kill -STOP`, `kill -CONT`.
    pub fn pause(&self, is_paused: bool) {
        self.life().is_paused.set(is_paused);
    }

    /// The node is cut off from the store and from the others, or no longer.
    pub fn cut_off(&self, is_cut: bool) {
        let life = self.life();
        life.store.set_gate(if is_cut { Gate::HoldsRequests } else { Gate::Open });
        life.cut.as_ref().expect("there are others").store(is_cut, Ordering::Relaxed);
    }

    /// The node hears nothing of the others, and tells them nothing, or no longer.
    pub fn deafen(&self, is_deaf: bool) {
        self.life().cut.as_ref().expect("there are others").store(is_deaf, Ordering::Relaxed);
    }

    /// The store goes back to what it held: it failed over to a replica that lagged behind. The nodes notice that they were cut
    /// off from it.
    pub fn fail_over(&self, to: Snapshot) {
        self.memory.restore(to);
        self.lives.iter().flatten().for_each(|life| life.gap.notify_one());
    }

    /// The node ends as it does at SIGTERM, once its sockets are gone.
    pub async fn close(&mut self) {
        let host = self.host();
        host.nodes.enter(Stage::Ended);
        self.during(async { sweeper::renew(&host).await }).await;
        self.kill();
    }

    /// It dies, and another one starts after `down`.
    pub async fn restart(&mut self, down: Span) {
        let last_renewal = self.now();
        if self.lives[self.here].is_some() {
            self.kill();
        }
        tokio::time::sleep(down.to_duration()).await;
        self.start(Some(last_renewal)).await;
    }

    /// The `looks`th look of an actor at the clock from now on ends in a panic.
    pub fn trip_after(&self, looks: i64) {
        self.trip.store(looks, Ordering::Relaxed);
    }

    pub fn misbehave(&mut self, misbehaviour: Misbehaviour) {
        self.misbehaviour = misbehaviour;
        self.lives.iter().flatten().for_each(|life| life.store.set_plan(misbehaviour));
    }

    // ------------------------------------------------------------ time

    /// Lets the actors live while something is awaited, those of all nodes; what is awaited is done at the present one.
    pub async fn during<T>(&self, what: impl Future<Output = T>) -> T {
        let others = self.lives.iter().enumerate().filter(|(node, _)| *node != self.here);
        let others: Vec<&LocalSet> = (others.filter_map(|(_, life)| life.as_ref()))
            .filter(|life| !life.is_paused.get())
            .map(|life| &life.actors)
            .collect();
        match self.lives[self.here].as_ref().filter(|life| !life.is_paused.get()) {
            Some(life) => within(&others, Box::pin(life.actors.run_until(what))).await,
            None => within(&others, Box::pin(what)).await,
        }
    }

    /// Begins something, to be awaited later; it dies with the node.
    pub fn begin<T: 'static>(&self, what: impl Future<Output = T> + 'static) -> JoinHandle<T> {
        self.life().actors.spawn_local(what)
    }

    /// Time passes; every second the sweeper looks, as the real one does.
    pub async fn wait(&self, seconds: i64) {
        self.wait_by(seconds, 1).await;
    }

    /// The same, with a sweeper that looks more rarely.
    pub async fn wait_by(&self, seconds: i64, step: i64) {
        let end = self.now() + Span::from_secs(seconds);
        while self.now() < end {
            let rest = (end - self.now()).to_duration();
            self.during(tokio::time::sleep(rest.min(Duration::from_secs(step as u64)))).await;
            if !self.is_shared() {
                self.sweep().await;
            }
        }
    }

    /// What can be done without time passing is done.
    pub async fn settle(&self) {
        let yields = async {
            for _ in 0..300 {
                tokio::task::yield_now().await;
            }
        };
        self.during(yields).await;
    }

    /// The clients behind the sockets of the present node answer what they were asked for: a sign of life.
    pub async fn everybody_answers(&self, plugs: &[&Plug], guests: &[&Guest]) {
        for plug in plugs {
            plug.pulse.beat(self.now());
        }
        for guest in guests {
            let alive = VisitorAlive { lobby: self.life().lobby, slot: guest.slot, visitor: guest.id };
            drop(self.during(self.accounts().ask(self.account, alive)).await);
        }
    }

    async fn sweep(&self) {
        let due = self.memory.overdue(self.now() + WOKEN_AHEAD, 1_000).await.unwrap();
        if !due.is_empty() {
            self.accounts().wake(due.into_iter().map(|(_, account, conversation)| (account, conversation)));
            self.settle().await;
        }
    }
}
