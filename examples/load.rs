//! Puts load on a running server: many visitors who are idle, messages at a steady rate, a flip of the chat box that all see.
//!
//! ```sh
//! cargo run --release --example load -- --key WIDGET_KEY --visitors 5000 --pid $(pidof doorbell)
//! cargo run --release --example load -- --key WIDGET_KEY --visitors 100 --messages-per-second 200
//! cargo run --release --example load -- --key WIDGET_KEY --visitors 10000 --watch --token OPERATOR_TOKEN
//! ```
//! All of it comes from one address: the server's `limits.connections_per_ip` and the limits of messages must allow it.
//! Ends by itself. Hosts other than this machine are refused unless `--anywhere` says that they are yours.
#![expect(clippy::print_stdout, reason = "a report is what it is for")]

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Display};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// More than this much is never sent by mistake.
const VISITORS_MAX: usize = 20_000;
/// After this much, what has not come does not come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long everything is left alone before the memory is read.
const REST: Duration = Duration::from_secs(3);

/// Puts load on a running server.
#[derive(Debug, Parser)]
struct Arguments {
    /// HOST:PORT of the server
    #[arg(long, default_value = "127.0.0.1:8080")]
    url: String,
    /// The widget's key
    #[arg(long)]
    key: String,
    /// How many visitors connect and stay
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MAX as i64))]
    visitors: u32,
    /// How many of them connect in a second
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connects_per_second: u32,
    /// How many messages they write in a second, all together
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    messages_per_second: u32,
    /// How long they write, in seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    duration_s: u64,
    /// Flip the chat box by an operator's socket, and take the time until every visitor has heard of it; needs --token
    #[arg(long, requires = "token")]
    watch: bool,
    /// An operator's token, from POST /api/v1/login; nobody else of the account may be online
    #[arg(long)]
    token: Option<String>,
    /// The server's process, for its memory
    #[arg(long)]
    pid: Option<u32>,
    /// The server may be on another machine
    #[arg(long)]
    anywhere: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found out.
#[derive(Debug, Default, Serialize)]
struct Report {
    visitors: usize,
    refused: usize,
    connect: Option<Spread>,
    rss_before_bytes: Option<u64>,
    rss_after_bytes: Option<u64>,
    bytes_per_visitor: Option<u64>,
    messages: Option<Messages>,
    flips: Vec<Flip>,
}

#[derive(Debug, Serialize)]
struct Messages {
    sent: usize,
    acknowledged: usize,
    refused: usize,
    ack: Option<Spread>,
}

/// A flip, from the operator's frame: when the first and the last visitor heard of it.
#[derive(Debug, Serialize)]
struct Flip {
    to: &'static str,
    heard_by: usize,
    ack_ms: f64,
    first_ms: f64,
    last_ms: f64,
}

/// How long something took.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "names carry units, in the JSON too")]
struct Spread {
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        let at = |share: usize| millis(times[last * share / 100]);
        Some(Self { p50_ms: at(50), p90_ms: at(90), p99_ms: at(99), max_ms: at(100) })
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50_ms, p90_ms, p99_ms, max_ms } = self;
        write!(f, "p50 {p50_ms:.1} ms, p90 {p90_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.1} ms")
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "visitors  {} connected, {} refused", self.visitors, self.refused)?;
        if let Some(connect) = &self.connect {
            writeln!(f, "connect   {connect}")?;
        }
        if let (Some(before), Some(after), Some(each)) =
            (self.rss_before_bytes, self.rss_after_bytes, self.bytes_per_visitor)
        {
            writeln!(f, "memory    {before} bytes before, {after} after: {each} a visitor")?;
        }
        if let Some(Messages { sent, acknowledged, refused, ack }) = &self.messages {
            writeln!(f, "messages  {sent} sent, {acknowledged} acknowledged, {refused} refused")?;
            ack.as_ref().map_or(Ok(()), |ack| writeln!(f, "ack       {ack}"))?;
        }
        for Flip { to, heard_by, ack_ms, first_ms, last_ms } in &self.flips {
            writeln!(
                f,
                "flip      {to}: ack after {ack_ms:.1} ms, heard by {heard_by}, from {first_ms:.1} to {last_ms:.1} ms"
            )?;
        }
        Ok(())
    }
}

type Socket = WebSocketStream<TcpStream>;

/// What all visitors note down.
#[derive(Default)]
struct Notes {
    acks: Mutex<Vec<Duration>>,
    refused: AtomicUsize,
    /// When a `chat` frame came, with what it said.
    chats: Mutex<Vec<(Instant, bool)>>,
    news: Notify,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(tokio::task::LocalSet::new().run_until(run(&arguments)))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

async fn run(arguments: &Arguments) -> Result<Report, Box<dyn Error>> {
    let host = arguments.url.split_once("://").map_or(arguments.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
    let address = lookup_host(host).await?.next().ok_or("the host has no address")?;
    if !address.ip().is_loopback() && !arguments.anywhere {
        return Err("the server is on another machine; --anywhere, if it is yours".into());
    }
    let mut report = Report::default();
    let notes = Arc::new(Notes::default());
    report.rss_before_bytes = arguments.pid.map(resident).transpose()?;
    let (writers, times) = connect_all(arguments, host, &notes, &mut report).await;
    report.visitors = writers.len();
    report.connect = Spread::of(times);
    if let Some(pid) = arguments.pid {
        tokio::time::sleep(REST).await;
        report.rss_after_bytes = Some(resident(pid)?);
        let grown = report.rss_after_bytes.unwrap_or(0).saturating_sub(report.rss_before_bytes.unwrap_or(0));
        report.bytes_per_visitor = grown.checked_div(report.visitors as u64);
    }
    if arguments.messages_per_second > 0 && !writers.is_empty() {
        report.messages = Some(write_all(arguments, &writers, &notes).await);
    }
    if let (true, Some(token)) = (arguments.watch, &arguments.token) {
        let mut operator = open(host, "/ws/operator").await?;
        let device = json!({ "id": "load", "kind": "dashboard" });
        let hello = json!({ "type": "hello", "token": token, "device": device, "state": "offline" });
        operator.send(Message::text(hello.to_string())).await?;
        answer(&mut operator, "welcome").await?;
        for to in ["online", "offline"] {
            report.flips.push(flip(&mut operator, to, report.visitors, &notes).await?);
        }
    }
    Ok(report)
}

/// Connects the visitors at their rate: what each listens to for orders to write, and how long each took.
async fn connect_all(
    arguments: &Arguments,
    host: &str,
    notes: &Arc<Notes>,
    report: &mut Report,
) -> (Vec<mpsc::UnboundedSender<()>>, Vec<Duration>) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / arguments.connects_per_second);
    let mut arrivals = Vec::new();
    for _ in 0..arguments.visitors {
        pace.tick().await;
        let come = come(host.to_owned(), arguments.key.clone(), Arc::clone(notes));
        arrivals.push(tokio::task::spawn_local(tokio::time::timeout(PATIENCE, come)));
    }
    let (mut writers, mut times) = (Vec::new(), Vec::new());
    for arrival in arrivals {
        match arrival.await {
            Ok(Ok(Ok((writer, took)))) => {
                writers.push(writer);
                times.push(took);
            }
            Ok(Ok(Err(why))) if report.refused == 0 => {
                eprintln!("a visitor was refused: {why}");
                report.refused += 1;
            }
            _ => report.refused += 1,
        }
    }
    (writers, times)
}

/// A visitor comes, and stays: how to tell them to write, and how long it took until they were welcome.
async fn come(
    host: String,
    key: String,
    notes: Arc<Notes>,
) -> Result<(mpsc::UnboundedSender<()>, Duration), Box<dyn Error>> {
    let started = Instant::now();
    let mut socket = open(&host, "/ws/visitor").await?;
    let page = json!({ "url": "https://shop.test/", "title": "Shop" });
    let hello = json!({ "type": "hello", "key": key, "page": page });
    socket.send(Message::text(hello.to_string())).await?;
    answer(&mut socket, "welcome").await?;
    let took = started.elapsed();
    let (writer, orders) = mpsc::unbounded_channel();
    tokio::task::spawn_local(stay(socket, orders, notes));
    Ok((writer, took))
}

async fn open(host: &str, path: &str) -> Result<Socket, Box<dyn Error>> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    // Thousands of them: buffers as small as the frames.
    let config = WebSocketConfig::default().read_buffer_size(2_048).write_buffer_size(0);
    let url = format!("ws://{host}{path}");
    let (socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
    Ok(socket)
}

/// Reads until a frame of this type; an error in between ends it.
async fn answer(socket: &mut Socket, kind: &str) -> Result<Value, Box<dyn Error>> {
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let frame: Value = serde_json::from_str(&text)?;
        if frame["type"] == kind {
            return Ok(frame);
        }
        if frame["type"] == "error" {
            return Err(text.as_str().into());
        }
    }
    Err("the server closed the socket".into())
}

/// A visitor stays, writes when told to, and notes what it hears.
async fn stay(mut socket: Socket, mut orders: mpsc::UnboundedReceiver<()>, notes: Arc<Notes>) {
    let mut asked: HashMap<String, Instant> = HashMap::new();
    let mut count = 0_u32;
    loop {
        tokio::select! {
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => note(&text, &mut asked, &notes),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            Some(()) = orders.recv() => {
                count += 1;
                let id = count.to_string();
                let client_id = format!("load-{count}");
                let frame = json!({ "type": "message", "id": id, "client_id": client_id, "text": "Is anybody there?" });
                asked.insert(id, Instant::now());
                if socket.send(Message::text(frame.to_string())).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn note(text: &str, asked: &mut HashMap<String, Instant>, notes: &Notes) {
    let now = Instant::now();
    let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
    match frame["type"].as_str() {
        Some("ack") => {
            if let Some(started) = frame["id"].as_str().and_then(|id| asked.remove(id)) {
                notes.acks.lock().expect("nobody panics with it").push(now - started);
            }
        }
        Some("error") => drop(notes.refused.fetch_add(1, Ordering::Relaxed)),
        Some("chat") => {
            notes.chats.lock().expect("nobody panics with it").push((now, frame["status"] == "online"));
            notes.news.notify_one();
        }
        _ => {}
    }
}

/// Everybody writes in turn, at the rate, for the duration.
async fn write_all(arguments: &Arguments, writers: &[mpsc::UnboundedSender<()>], notes: &Notes) -> Messages {
    let sent = arguments.messages_per_second as usize * arguments.duration_s as usize;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / arguments.messages_per_second);
    for n in 0..sent {
        pace.tick().await;
        let _ = writers[n % writers.len()].send(());
    }
    let answered = || notes.acks.lock().expect("nobody panics with it").len() + notes.refused.load(Ordering::Relaxed);
    let ends = Instant::now() + PATIENCE;
    while answered() < sent && Instant::now() < ends {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let times = std::mem::take(&mut *notes.acks.lock().expect("nobody panics with it"));
    let refused = notes.refused.load(Ordering::Relaxed);
    Messages { sent, acknowledged: times.len(), refused, ack: Spread::of(times) }
}

/// The operator chooses a state; returns when all have heard of it.
async fn flip(operator: &mut Socket, to: &'static str, visitors: usize, notes: &Notes) -> Result<Flip, Box<dyn Error>> {
    notes.chats.lock().expect("nobody panics with it").clear();
    let started = Instant::now();
    let frame = json!({ "type": "presence", "id": to, "state": to });
    operator.send(Message::text(frame.to_string())).await?;
    answer(operator, "ack").await?;
    let ack_ms = millis(started.elapsed());
    let heard = || {
        let chats = notes.chats.lock().expect("nobody panics with it");
        chats.iter().filter(|(_, online)| *online == (to == "online")).map(|(at, _)| *at - started).collect::<Vec<_>>()
    };
    let all = async {
        while heard().len() < visitors {
            notes.news.notified().await;
            // In one go for what came meanwhile.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, all).await;
    let times = heard();
    let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
    let (first_ms, last_ms) = (millis(first.unwrap_or_default()), millis(last.unwrap_or_default()));
    Ok(Flip { to, heard_by: times.len(), ack_ms, first_ms, last_ms })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The memory of a process that is resident, in bytes (Linux).
fn resident(pid: u32) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("the process has no memory")?;
    let kib: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kib * 1_024)
}
