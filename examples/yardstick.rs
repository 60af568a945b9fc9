//! The yardstick of the benchmarks: what a bare WebSocket server with broadcast takes, written as one writes it with
//! tokio-tungstenite, without anything that doorbell is for. It speaks as much of the protocol as `examples/load` needs,
//! stores nothing, and lets everybody in.
//!
//! ```sh
//! cargo run --release --example yardstick -- --bind 127.0.0.1:8090
//! ```
//! A widget's key, and an operator's token, may be any word: both name a channel, `KEY` or `KEY:anything`.

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::rc::Rc;
use std::{cell::RefCell, io};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio::task::spawn_local;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Small, since there are many sockets: the default takes 128 KiB each.
const READ_BUFFER_LEN: usize = 1 << 10;
/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4_096;
/// How many frames of a channel wait for those who are slow.
const CHANNEL_LEN: usize = 16;

/// Any time does.
const SINCE: &str = "2026-01-01T00:00:00.000Z";

/// A bare WebSocket server with broadcast.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
}

/// A channel: an account.
struct Channel {
    /// To all its visitors.
    chat: broadcast::Sender<Utf8Bytes>,
    online: bool,
    operators: Vec<mpsc::UnboundedSender<Utf8Bytes>>,
    /// Visitors who have written, by the number of their conversation.
    visitors: HashMap<u64, mpsc::UnboundedSender<Utf8Bytes>>,
}

type Channels = Rc<RefCell<HashMap<String, Channel>>>;
type Peer = WebSocketStream<TcpStream>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(serve(arguments.bind)))
}

async fn serve(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let listener = listen(address)?;
    let channels = Channels::default();
    for number in 0_u64.. {
        let (io, _) = listener.accept().await?;
        io.set_nodelay(true)?;
        let channels = Rc::clone(&channels);
        spawn_local(async move { attend(io, number, &channels).await.map_err(|why| why.to_string()) });
    }
    Ok(())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

#[expect(clippy::result_large_err, reason = "the library's own type")]
async fn attend(io: TcpStream, number: u64, channels: &Channels) -> Result<(), Box<dyn Error>> {
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_LEN).write_buffer_size(0);
    let mut is_operator = false;
    let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        is_operator = request.uri().path() == "/ws/operator";
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async_with_config(io, note, Some(config)).await?;
    let hello: Value = match socket.next().await {
        Some(message) => serde_json::from_str(message?.to_text()?)?,
        None => return Ok(()),
    };
    let word = hello[if is_operator { "token" } else { "key" }].as_str().unwrap_or_default();
    let channel = word.split(':').next().unwrap_or_default().to_owned();
    if is_operator {
        operator(socket, channel, channels).await
    } else {
        visitor(socket, channel, number, channels).await
    }
}

fn with<T>(channels: &Channels, name: &str, act: impl FnOnce(&mut Channel) -> T) -> T {
    let new = || Channel {
        chat: broadcast::Sender::new(CHANNEL_LEN),
        online: false,
        operators: Vec::new(),
        visitors: HashMap::new(),
    };
    act(channels.borrow_mut().entry(name.to_owned()).or_insert_with(new))
}

fn status(online: bool) -> &'static str {
    if online { "online" } else { "offline" }
}

async fn visitor(mut socket: Peer, name: String, number: u64, channels: &Channels) -> Result<(), Box<dyn Error>> {
    let (mut chat, online) = with(channels, &name, |channel| (channel.chat.subscribe(), channel.online));
    let welcome = format!(
        r#"{{"type":"welcome","visitor":{{"id":"{number}","token":"{number}"}},"chat":{{"status":"{}","since":"{SINCE}"}},"conversation":null}}"#,
        status(online)
    );
    socket.send(Message::text(welcome)).await?;
    let (answers, mut heard) = mpsc::unbounded_channel();
    loop {
        tokio::select! {
            told = chat.recv() => match told {
                Ok(frame) => socket.send(Message::Text(frame)).await?,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            },
            Some(frame) = heard.recv() => socket.send(Message::Text(frame)).await?,
            said = socket.next() => {
                let Some(said) = said else { return Ok(()) };
                let Message::Text(text) = said? else { continue };
                let frame: Value = serde_json::from_str(&text)?;
                if frame["type"] == "ping" {
                    socket.send(Message::text(r#"{"type":"pong"}"#)).await?;
                } else if frame["type"] == "message" {
                    let to_operators = Utf8Bytes::from(format!(
                        r#"{{"type":"message","conversation":"{number}","author":{{"kind":"visitor"}},"text":{}}}"#,
                        frame["text"]
                    ));
                    with(channels, &name, |channel| {
                        channel.visitors.entry(number).or_insert_with(|| answers.clone());
                        channel.operators.retain(|operator| operator.send(to_operators.clone()).is_ok());
                    });
                    socket.send(acknowledged(&frame)).await?;
                }
            }
        }
    }
}

fn acknowledged(frame: &Value) -> Message {
    Message::text(format!(r#"{{"type":"ack","id":{}}}"#, frame["id"]))
}

async fn operator(mut socket: Peer, name: String, channels: &Channels) -> Result<(), Box<dyn Error>> {
    let (operator, mut heard) = mpsc::unbounded_channel();
    with(channels, &name, |channel| channel.operators.push(operator));
    socket.send(Message::text(r#"{"type":"welcome"}"#)).await?;
    loop {
        tokio::select! {
            Some(frame) = heard.recv() => socket.send(Message::Text(frame)).await?,
            said = socket.next() => {
                let Some(said) = said else { return Ok(()) };
                let Message::Text(text) = said? else { continue };
                let frame: Value = serde_json::from_str(&text)?;
                if frame["type"] == "presence" {
                    let online = frame["state"] == "online";
                    let chat = format!(r#"{{"type":"chat","status":"{}","since":"{SINCE}"}}"#, status(online));
                    with(channels, &name, |channel| {
                        channel.online = online;
                        // Nobody may be listening.
                        let _ = channel.chat.send(chat.into());
                    });
                } else if frame["type"] == "message" {
                    let to_visitor =
                        format!(r#"{{"type":"message","author":{{"kind":"operator"}},"text":{}}}"#, frame["text"]);
                    let number = frame["conversation"].as_str().and_then(|number| number.parse().ok());
                    let visitor = number.and_then(|number: u64| with(channels, &name, |channel| channel.visitors.get(&number).cloned()));
                    if let Some(visitor) = visitor {
                        let _ = visitor.send(to_visitor.into());
                    }
                }
                socket.send(acknowledged(&frame)).await?;
            }
        }
    }
}
