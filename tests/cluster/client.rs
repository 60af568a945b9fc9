//! One socket of one person, as a well-behaved client keeps it: it answers pings, takes silence for a break, comes back to any
//! live node with jitter, asks again what was not answered, and keeps a journal of what it was told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::dice::Dice;
use crate::house::Moment;
use crate::view::View;

/// A node that has not shaken hands or said welcome by then is passed by.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than two heartbeats without a sign of life, and this much, is a broken connection.
const SILENCE_SPARE: Duration = Duration::from_secs(1);
/// A client comes back after so much, at least and at most; after each failure in a row the latter is doubled, so often.
const RETURN_MS: (u64, u64) = (20, 400);
const DOUBLED_MAX: u32 = 4;
/// What is refused for now is asked again after this much, where the server does not say.
const RETRY: Duration = Duration::from_millis(300);

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

type Socket = WebSocketStream<TcpStream>;

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

/// Connects and says hello: the socket, and the welcome.
async fn enter(address: SocketAddr, path: &str, hello: &Value) -> Option<(Socket, Value)> {
    let enters = async {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        // Thousands of these live in one process.
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(0);
        let url = format!("ws://{address}{path}");
        let (mut socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await.ok()?;
        socket.send(Message::text(hello.to_string())).await.ok()?;
        loop {
            if let Message::Text(text) = socket.next().await?.ok()? {
                let frame: Value = serde_json::from_str(&text).ok()?;
                return (frame["type"] == "welcome").then_some((socket, frame));
            }
        }
    };
    timeout(PATIENCE, enters).await.ok()?
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

/// A stay at a node.
struct Visit<'a> {
    me: &'a Shared,
    socket: Socket,
    pending: &'a mut VecDeque<(Asked, Option<u64>)>,
    asked: &'a mut mpsc::UnboundedReceiver<Asked>,
    silence: Duration,
}

impl Visit<'_> {
    /// Stays until it ends: its code, and the last sign of life.
    async fn run(mut self, node: usize) -> (Option<u16>, Moment) {
        let (mut alive, mut number) = (Moment::now(), 0_u64);
        // What it missed is another thing by now.
        self.pending.retain(|(asked, _)| asked.answer.is_some());
        self.pending.iter_mut().for_each(|(_, id)| *id = None);
        let catch_up = self.me.state.lock().unwrap().view.catch_up();
        self.wants_to_know(catch_up);
        let mut is_sent = true;
        let mut retry = Instant::now();
        while is_sent {
            if retry <= Instant::now() {
                is_sent = self.say_pending(&mut number).await;
                retry = Instant::now() + Duration::from_hours(1);
                continue;
            }
            let deadline = Instant::from_std(alive.mono) + self.silence;
            tokio::select! {
                message = self.socket.next() => match message {
                    Some(Ok(Message::Close(frame))) => return (frame.map(|frame| frame.code.into()), alive),
                    Some(Ok(Message::Text(text))) => {
                        alive = Moment::now();
                        if let Some(again) = self.hear(serde_json::from_str(&text).expect("the server sends JSON")) {
                            retry = retry.min(Instant::now() + again);
                        }
                        let questions = self.me.state.lock().unwrap().view.questions();
                        if !questions.is_empty() {
                            self.wants_to_know(questions);
                            retry = Instant::now();
                        }
                    }
                    Some(Ok(_)) => alive = Moment::now(),
                    Some(Err(_)) | None => return (None, alive),
                },
                Some(asked) = self.asked.recv() => {
                    self.pending.push_back((asked, None));
                    retry = Instant::now();
                }
                () = self.me.wake.notified() => {
                    let (goal, breaks) = {
                        let state = self.me.state.lock().unwrap();
                        (state.goal, state.breaks)
                    };
                    if breaks {
                        return (None, alive);
                    }
                    if goal != Goal::Any && goal != Goal::Only(node) {
                        let _ = self.say(&json!({ "type": "bye" })).await;
                        return (Some(1_000), alive);
                    }
                }
                () = tokio::time::sleep_until(deadline) => return (None, alive),
                () = tokio::time::sleep_until(retry) => {}
            }
        }
        (None, alive)
    }

    fn wants_to_know(&mut self, questions: Vec<Value>) {
        self.pending.extend(questions.into_iter().map(|frame| (Asked { frame, answer: None }, None)));
    }

    async fn say(&mut self, frame: &Value) -> bool {
        timeout(PATIENCE, self.socket.send(Message::text(frame.to_string()))).await.is_ok_and(|sent| sent.is_ok())
    }

    /// Says what is not said yet on this connection, in the order in which it was wanted.
    async fn say_pending(&mut self, number: &mut u64) -> bool {
        for index in 0..self.pending.len() {
            if self.pending[index].1.is_some() {
                continue;
            }
            *number += 1;
            let mut frame = self.pending[index].0.frame.clone();
            frame["id"] = json!(number.to_string());
            self.pending[index].1 = Some(*number);
            if !self.say(&frame).await {
                return false;
            }
        }
        true
    }

    /// A state of the device that was followed by another one is not asked for again.
    fn is_outdated(&self, asked: &Value) -> bool {
        asked["type"] == "presence" && asked["state"] != self.me.state.lock().unwrap().wish
    }

    /// Takes a frame; `Some`: something has to be asked again, after this much.
    fn hear(&mut self, frame: Value) -> Option<Duration> {
        let kind = frame["type"].as_str().unwrap_or_default();
        let id = frame["id"].as_str().unwrap_or_default();
        if (kind == "ack" || kind == "error") && !id.is_empty() {
            let number = id.parse().ok();
            let index = self.pending.iter().position(|(_, said)| *said == number && number.is_some())?;
            let is_put_off = matches!(frame["code"].as_str(), Some("unavailable" | "rate_limited"));
            if is_put_off && !self.is_outdated(&self.pending[index].0.frame) {
                self.pending[index].1 = None;
                return Some(frame["retry_after_ms"].as_u64().map_or(RETRY, |ms| RETRY.min(Duration::from_millis(ms))));
            }
            let (asked, _) = self.pending.remove(index)?;
            let Some(answer) = asked.answer else {
                self.me.state.lock().unwrap().view.on_caught_up(&asked.frame, &frame);
                self.me.note(Event::Told(frame));
                return None;
            };
            self.me.note(Event::Answered { asked: asked.frame, answer: frame.clone() });
            let _ = answer.send(frame);
            return None;
        }
        self.me.state.lock().unwrap().view.on_frame(&frame);
        self.me.note(Event::Told(frame));
        None
    }
}
