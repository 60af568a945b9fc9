//! One socket of one person, as a well-behaved client keeps it: it answers pings, takes silence for a break, comes back to any
//! live node with jitter, asks again what was not answered, and keeps a journal of what it was told.

mod visit;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::visit::{Visit, enter};
use crate::dice::Dice;
use crate::house::Moment;
use crate::view::View;

/// More than two heartbeats without a sign of life, and this much, is a broken connection.
const SILENCE_SPARE: Duration = Duration::from_secs(1);
/// A client comes back after so much, at least and at most; after each failure in a row the latter is doubled, so often.
const RETURN_MS: (u64, u64) = (20, 400);
const DOUBLED_MAX: u32 = 2;

/// Where the nodes are.
#[derive(Default)]
pub(crate) struct Addresses(Mutex<Vec<SocketAddr>>);

impl Addresses {
    pub(crate) fn set(&self, all: Vec<SocketAddr>) {
        *self.0.lock().unwrap() = all;
    }

    pub(crate) fn all(&self) -> Vec<SocketAddr> {
        self.0.lock().unwrap().clone()
    }
}

/// Which node a client goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Nowhere: it is closed.
    Rest,
    /// To any that lets it in.
    Any,
    /// To this one, and to no other.
    Only(usize),
}

/// As whom it comes.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    Visitor { key: String },
    Operator { id: String, token: String, device: String },
}

/// What happened to it.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// It was welcomed by a node; the frame with which it had come.
    Welcomed { node: usize, hello: Value },
    /// Its connection ended: the code, and when the last sign of life had come.
    Ended { code: Option<u16>, alive: Moment },
    /// It asked something for the first time.
    Asked(Value),
    /// It was answered (`ack`, or a refusal for good).
    Answered { asked: Value, answer: Value },
    /// It was told something.
    Told(Value),
}

/// What its person can look at.
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) role: Role,
    state: Mutex<State>,
    wake: Notify,
    news: watch::Sender<()>,
}

pub(crate) struct State {
    pub(crate) goal: Goal,
    /// The node at which it is welcome.
    pub(crate) at: Option<usize>,
    pub(crate) journal: Vec<(Moment, Event)>,
    pub(crate) view: View,
    /// A visitor's token, once there is one.
    pub(crate) token: Option<String>,
    /// What an operator's device is to be.
    pub(crate) wish: String,
    dice: Dice,
    /// To be dropped without a word.
    breaks: bool,
}

struct Asked {
    frame: Value,
    /// Who waits for the answer; `None`: the client asks for itself what it is missing.
    answer: Option<oneshot::Sender<Value>>,
}

/// The client. Dropped, its connection breaks without a close frame.
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    ask: mpsc::UnboundedSender<Asked>,
    task: JoinHandle<()>,
}

impl Client {
    pub(crate) fn start(name: &str, role: Role, addresses: &Arc<Addresses>, seed: u64, goal: Goal) -> Self {
        let state = State {
            goal,
            at: None,
            journal: Vec::new(),
            view: View::new(matches!(role, Role::Operator { .. })),
            token: None,
            wish: "online".to_owned(),
            dice: Dice::named(seed, name),
            breaks: false,
        };
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            role,
            state: Mutex::new(state),
            wake: Notify::new(),
            news: watch::channel(()).0,
        });
        let (ask, asked) = mpsc::unbounded_channel();
        let task = tokio::spawn(live(Arc::clone(&shared), Arc::clone(addresses), asked));
        Self { shared, ask, task }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// Goes there; a connection to another node is closed first.
    pub(crate) fn go(&self, goal: Goal) {
        self.state().goal = goal;
        self.shared.wake.notify_one();
    }

    /// Breaks its connection without a word, and comes back.
    pub(crate) fn stumble(&self) {
        self.state().breaks = true;
        self.shared.wake.notify_one();
    }

    /// Asks, and again after each break until it is answered. The answer comes by what is returned; nobody need wait for it.
    pub(crate) fn ask(&self, frame: Value) -> oneshot::Receiver<Value> {
        let (answer, answered) = oneshot::channel();
        self.shared.note(Event::Asked(frame.clone()));
        let _ = self.ask.send(Asked { frame, answer: Some(answer) });
        answered
    }

    /// Waits until something that it knows is so.
    pub(crate) async fn wait<T>(&self, what: &str, look: impl Fn(&State) -> Option<T>) -> Result<T, String> {
        let mut news = self.shared.news.subscribe();
        let found = async {
            loop {
                news.borrow_and_update();
                if let Some(found) = look(&self.state()) {
                    return found;
                }
                let _ = news.changed().await;
            }
        };
        timeout(crate::house::DEADLINE, found)
            .await
            .map_err(|_| format!("{}: {what}: it did not come", self.shared.name))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn note(&self, event: Event) {
        self.state.lock().unwrap().journal.push((Moment::now(), event));
        let _ = self.news.send(());
    }

    fn hello(&self) -> Value {
        let state = self.state.lock().unwrap();
        match &self.role {
            Role::Visitor { key } => {
                let page = json!({ "url": "https://shop.test/basket", "title": "Basket" });
                json!({ "type": "hello", "key": key, "visitor": state.token, "page": page, "after": state.view.last_seq() })
            }
            Role::Operator { token, device, .. } => {
                let device = json!({ "id": device, "kind": "dashboard" });
                json!({ "type": "hello", "token": token, "device": device, "state": state.wish })
            }
        }
    }
}

async fn live(me: Arc<Shared>, addresses: Arc<Addresses>, mut asked: mpsc::UnboundedReceiver<Asked>) {
    let (mut pending, mut failures) = (VecDeque::new(), 0_u32);
    loop {
        let (goal, pause) = {
            let mut state = me.state.lock().unwrap();
            let all = addresses.all().len() as u64;
            let goal = match state.goal {
                Goal::Rest => None,
                Goal::Any => Some(state.dice.below(all) as usize),
                Goal::Only(node) => Some(node),
            };
            let most = RETURN_MS.1 << failures.min(DOUBLED_MAX);
            (goal, RETURN_MS.0 + state.dice.below(most - RETURN_MS.0))
        };
        let Some(node) = goal else {
            me.wake.notified().await;
            continue;
        };
        let hello = me.hello();
        let path = if matches!(me.role, Role::Visitor { .. }) { "/ws/visitor" } else { "/ws/operator" };
        if let Some((socket, welcome)) = enter(addresses.all()[node], path, &hello).await {
            let heartbeat_ms = (welcome["heartbeat_s"].as_f64().unwrap_or(1.0) * 1_000.0) as u64;
            let silence = Duration::from_millis(heartbeat_ms * 2) + SILENCE_SPARE;
            me.welcomed(node, hello, welcome);
            let code = Visit { me: &me, socket, pending: &mut pending, asked: &mut asked, silence }.run(node).await;
            me.state.lock().unwrap().at = None;
            let (code, alive) = code;
            me.note(Event::Ended { code, alive });
            failures = 0;
        } else {
            failures += 1;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

impl Shared {
    fn welcomed(&self, node: usize, hello: Value, welcome: Value) {
        let mut state = self.state.lock().unwrap();
        if let Some(token) = welcome["visitor"]["token"].as_str() {
            state.token = Some(token.to_owned());
        }
        state.at = Some(node);
        state.breaks = false;
        state.view.on_welcome(&welcome);
        drop(state);
        self.note(Event::Welcomed { node, hello });
        self.note(Event::Told(welcome));
    }
}
