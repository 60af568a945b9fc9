//! A stay at a node: from the welcome to the end of the connection.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{Asked, Event, Goal, Shared};
use crate::house::Moment;

/// A node that has not shaken hands or said welcome by then is passed by.
const PATIENCE: Duration = Duration::from_secs(4);
/// What is refused for now is asked again after this much, where the server does not say.
const RETRY: Duration = Duration::from_millis(300);

pub(super) type Socket = WebSocketStream<TcpStream>;

/// Connects and says hello: the socket, and the welcome.
pub(super) async fn enter(address: SocketAddr, path: &str, hello: &Value) -> Option<(Socket, Value)> {
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

/// A stay at a node.
pub(super) struct Visit<'a> {
    pub(super) me: &'a Shared,
    pub(super) socket: Socket,
    pub(super) pending: &'a mut VecDeque<(Asked, Option<u64>)>,
    pub(super) asked: &'a mut mpsc::UnboundedReceiver<Asked>,
    pub(super) silence: Duration,
}

impl Visit<'_> {
    /// Stays until it ends: its code, and the last sign of life.
    pub(super) async fn run(mut self, node: usize) -> (Option<u16>, Moment) {
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
            if asked.frame["type"] == "open" && frame["type"] == "ack" {
                // What it tells is not told again.
                self.me.state.lock().unwrap().view.on_caught_up(&asked.frame, &frame);
            }
            self.me.note(Event::Answered { asked: asked.frame, answer: frame.clone() });
            let _ = answer.send(frame);
            return None;
        }
        self.me.state.lock().unwrap().view.on_frame(&frame);
        self.me.note(Event::Told(frame));
        None
    }
}
