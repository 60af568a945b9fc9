//! A WebSocket as a well-behaved client holds it: it reads all the time, answers pings, and keeps what it heard.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::house::DEADLINE;
use crate::speech::{self, Side};

type Stream = WebSocketStream<TcpStream>;

/// What came from the other side.
#[derive(Default)]
struct Heard {
    frames: Vec<Value>,
    /// How it ended: the code of the close frame, or `None` where there was none.
    ended: Option<Option<u16>>,
    /// What is wrong with a frame, if something is.
    wrong: Option<String>,
}

/// A socket. Dropped, its connection breaks without a close frame.
pub(crate) struct Socket {
    name: String,
    path: String,
    out: SplitSink<Stream, Message>,
    heard: Arc<Mutex<Heard>>,
    news: watch::Receiver<()>,
    reader: JoinHandle<()>,
    asked: u64,
    mark: usize,
}

impl Socket {
    /// Connects; `name` is how failures call it.
    pub(crate) async fn open(address: SocketAddr, path: &str, name: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let handshake = tokio_tungstenite::client_async(format!("ws://{address}{path}"), stream);
        let (stream, _) = tokio::time::timeout(DEADLINE, handshake).await.expect("the handshake is answered")?;
        let (out, input) = stream.split();
        let heard = Arc::default();
        let (tell, news) = watch::channel(());
        let reader = tokio::spawn(listen(input, path.to_owned(), Arc::clone(&heard), tell));
        Ok(Self { name: name.to_owned(), path: path.to_owned(), out, heard, news, reader, asked: 0, mark: 0 })
    }

    /// Sends a frame that nobody answers. That the connection is broken is no failure here: what was wanted does not come.
    pub(crate) async fn send(&mut self, frame: Value) {
        let _ = self.out.send(Message::text(frame.to_string())).await;
    }

    /// Sends a frame with an `id`: the `ack` or `error` that answers it, or how the socket ended before.
    pub(crate) async fn try_ask(&mut self, mut frame: Value) -> Result<Value, Option<u16>> {
        self.asked += 1;
        let id = format!("{}", self.asked);
        frame["id"] = json!(id);
        self.send(frame.clone()).await;
        let answers = |heard: &Value| heard["id"] == json!(id) && (heard["type"] == "ack" || heard["type"] == "error");
        self.find(0, &format!("an answer to {frame}"), answers).await
    }

    /// The same, where it must be answered.
    pub(crate) async fn ask(&mut self, frame: Value) -> Value {
        let asked = self.try_ask(frame.clone()).await;
        if let Ok(answer) = &asked {
            speech::reply(&self.path, &frame, answer).unwrap_or_else(|why| panic!("{}: {why}", self.name));
        }
        asked.unwrap_or_else(|code| panic!("{}: closed with {code:?} before {frame} was answered", self.name))
    }

    /// The same, where it must be granted.
    pub(crate) async fn must(&mut self, frame: Value) -> Value {
        let answer = self.ask(frame.clone()).await;
        assert_eq!(answer["type"], "ack", "{}: {frame}: {answer}", self.name);
        answer
    }

    /// From now on [`Socket::wait`] looks only at what comes later.
    pub(crate) fn mark(&mut self) {
        self.mark = self.heard.lock().unwrap().frames.len();
    }

    /// The first frame since the last mark that is so.
    pub(crate) async fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let found = self.try_wait(what, is).await;
        found.unwrap_or_else(|code| panic!("{}: closed with {code:?} before there was {what}", self.name))
    }

    /// The same; where the socket ends before, how.
    pub(crate) async fn try_wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value, Option<u16>> {
        self.find(self.mark, what, is).await
    }

    /// Waits until it has ended: the code of the close frame, if there was one.
    pub(crate) async fn closed(&self) -> Option<u16> {
        match self.find(usize::MAX, "an end", |_| false).await {
            Ok(frame) => unreachable!("no frame is wanted: {frame}"),
            Err(code) => code,
        }
    }

    /// Breaks the connection, without a close frame.
    pub(crate) async fn vanish(mut self) {
        self.reader.abort();
        let _ = (&mut self.reader).await;
    }

    /// The types of all frames that were told so far.
    pub(crate) fn heard_types(&self) -> BTreeSet<String> {
        let heard = self.heard.lock().unwrap();
        heard.frames.iter().filter_map(|frame| frame["type"].as_str()).map(str::to_owned).collect()
    }

    /// Whether there was a frame that is so, so far.
    pub(crate) fn has_heard(&self, is: impl Fn(&Value) -> bool) -> bool {
        self.heard.lock().unwrap().frames.iter().any(is)
    }

    async fn find(&self, from: usize, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value, Option<u16>> {
        let mut news = self.news.clone();
        let found = async {
            loop {
                news.borrow_and_update();
                {
                    let heard = self.heard.lock().unwrap();
                    assert_eq!(heard.wrong, None, "{}", self.name);
                    if let Some(frame) = heard.frames.iter().skip(from).find(|frame| is(frame)) {
                        return Ok(frame.clone());
                    }
                    if let Some(code) = heard.ended {
                        return Err(code);
                    }
                }
                // The other end of this channel goes with the reader, which notes the end first.
                let _ = news.changed().await;
            }
        };
        match tokio::time::timeout(DEADLINE, found).await {
            Ok(found) => found,
            Err(_) => panic!("{}: within {DEADLINE:?} there was not {what}; heard {:#?}", self.name, self.last()),
        }
    }

    fn last(&self) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        heard.frames[heard.frames.len().saturating_sub(8)..].to_vec()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
        let wrong = self.heard.lock().ok().and_then(|mut heard| heard.wrong.take());
        if let Some(why) = wrong.filter(|_| !std::thread::panicking()) {
            panic!("{}: {why}", self.name);
        }
    }
}

async fn listen(mut input: SplitStream<Stream>, path: String, heard: Arc<Mutex<Heard>>, tell: watch::Sender<()>) {
    let mut code = None;
    while let Some(Ok(message)) = input.next().await {
        match message {
            Message::Text(text) => {
                let frame = serde_json::from_str(&text).expect("the server sends JSON");
                let checked = speech::frame(&path, Side::Server, &frame);
                let mut heard = heard.lock().unwrap();
                heard.wrong = heard.wrong.take().or(checked.err());
                heard.frames.push(frame);
            }
            Message::Close(frame) => code = frame.map(|frame| frame.code.into()),
            _ => {}
        }
        let _ = tell.send(());
    }
    heard.lock().unwrap().ended = Some(code);
    let _ = tell.send(());
}
