//! A scriptable SMTP server on a free port of the loopback, in a thread of its own: it works beside any runtime, and a busy
//! test cannot stall it.
//!
//! ```ignore
//! let sink = Sink::start();
//! sink.on(At::Rcpt, Act::Say("550 5.1.1 no such user"));
//! sink.on(At::Dot, Act::HangUp);     // the whole letter was taken in, the answer never comes
//! ```
//! What no rule answers is answered with success. A rule is used once; [`Sink::always`] makes one that stays.
#![allow(dead_code, unreachable_pub, reason = "each test binary that includes the sink uses another part of it")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The authority of the sink's certificate, which is for 127.0.0.1.
pub const CA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/tls/ca.pem");

/// After this much, what is waited for does not come any more.
const DEADLINE: Duration = Duration::from_mins(1);

/// Where a rule applies: the answer to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Connect,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the first line of the letter.
    Body,
    /// After the final dot.
    Dot,
    Rset,
}

/// What is done there.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers; several lines are joined by `\n`.
    Say(&'static str),
    /// These bytes, whatever they are.
    Bytes(&'static [u8]),
    /// Answers, and ends the connection.
    SayAndHangUp(&'static str),
    /// Ends the connection.
    HangUp,
    /// Answers nothing, for ever.
    Silence,
}

/// How the sink does TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    None,
    /// It offers STARTTLS.
    Offered,
    /// From the first byte.
    Implicit,
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub raw: Vec<u8>,
    /// The number of its connection, from 1.
    pub connection: usize,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
}

#[derive(Default)]
struct State {
    rules: VecDeque<(At, Act, bool)>,
    /// `user\0password` that is accepted; `None`: no log-in is offered.
    login: Option<String>,
    connections: usize,
    open: usize,
    open_max: usize,
    silences: usize,
    releases: usize,
    commands: Vec<String>,
    bodies: Vec<Mail>,
    accepted: Vec<Mail>,
    /// Whether letters are counted only: of many that nobody reads, the bytes would fill the memory.
    is_forgetful: bool,
}

/// The server. It ends with the test's process.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    tls: Tls,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
}

impl Sink {
    pub fn start() -> Self {
        Self::start_with(Tls::None)
    }

    /// One that counts letters, and forgets what was said and written.
    pub fn start_forgetful() -> Self {
        let sink = Self::start();
        sink.state.lock().unwrap().is_forgetful = true;
        sink
    }

    pub fn start_with(tls: Tls) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let sink = Self { address, tls, state: Arc::default(), changed: watch::channel(0).0 };
        let server = sink.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let server = server.clone();
                    tokio::spawn(async move { server.serve(stream).await });
                }
            });
        });
        sink
    }

    /// As `smtp_url` names it.
    pub fn url(&self) -> String {
        let scheme = if self.tls == Tls::Implicit { "smtps" } else { "smtp" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers once so.
    pub fn on(&self, at: At, act: Act) {
        self.state.lock().unwrap().rules.push_back((at, act, false));
    }

    /// Answers so from now on.
    pub fn always(&self, at: At, act: Act) {
        self.state.lock().unwrap().rules.push_back((at, act, true));
    }

    /// Forgets all rules.
    pub fn forget(&self) {
        self.state.lock().unwrap().rules.clear();
    }

    /// Wants a log-in.
    pub fn wants_login(&self, user: &str, password: &str) {
        self.state.lock().unwrap().login = Some(format!("{user}\0{password}"));
    }

    /// What was answered with 250.
    pub fn accepted(&self) -> Vec<Mail> {
        self.state.lock().unwrap().accepted.clone()
    }

    /// Everything whose final dot came.
    pub fn bodies(&self) -> Vec<Mail> {
        self.state.lock().unwrap().bodies.clone()
    }

    /// All lines that clients said, letters aside.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().commands.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// How many there were at once, at most.
    pub fn open_max(&self) -> usize {
        self.state.lock().unwrap().open_max
    }

    /// Waits until so many letters were accepted: they.
    pub async fn wait_accepted(&self, count: usize) -> Vec<Mail> {
        self.wait_accepted_count(count).await;
        self.accepted()
    }

    /// The same, for whom their number is enough.
    pub async fn wait_accepted_count(&self, count: usize) {
        self.wait(|state| state.accepted.len() >= count).await;
    }

    /// Waits until so many clients were met with silence.
    pub async fn wait_silent(&self, count: usize) {
        self.wait(|state| state.silences >= count).await;
    }

    /// Waits until one more client is met with silence.
    pub async fn wait_next_silent(&self) {
        let met = self.state.lock().unwrap().silences;
        self.wait_silent(met + 1).await;
    }

    /// Hangs up on those who are met with silence.
    pub fn release_silent(&self) {
        self.change(|state| state.releases += 1);
    }

    /// Waits until so many clients have said this.
    pub async fn wait_said(&self, line: &str, count: usize) {
        self.wait(|state| state.commands.iter().filter(|said| *said == line).count() >= count).await;
    }

    /// Waits until all connections have ended.
    pub async fn wait_closed(&self) {
        self.wait(|state| state.open == 0).await;
    }

    async fn wait(&self, done: impl Fn(&State) -> bool) {
        let mut changes = self.changed.subscribe();
        let found = async {
            while !done(&self.state.lock().unwrap()) {
                changes.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(DEADLINE, found).await;
        assert!(waited.is_ok(), "within {DEADLINE:?} it did not come; clients said {:#?}", self.commands());
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.state.lock().unwrap());
        self.changed.send_modify(|count| *count += 1);
        out
    }

    /// What is to be done there. Nobody is woken for it: it is asked for each line of a letter.
    fn rule(&self, at: At) -> Option<Act> {
        let mut state = self.state.lock().unwrap();
        let index = state.rules.iter().position(|(of, ..)| *of == at)?;
        let (_, act, stays) = state.rules[index].clone();
        if !stays {
            state.rules.remove(index);
        }
        Some(act)
    }

    /// Notes a line that a client said.
    fn hear(&self, line: &str) {
        if !self.state.lock().unwrap().is_forgetful {
            self.change(|state| state.commands.push(line.to_owned()));
        }
    }

    async fn serve(&self, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let connection = self.change(|state| {
            state.connections += 1;
            state.open += 1;
            state.open_max = state.open_max.max(state.open);
            state.connections
        });
        // `None` is the end of the connection, whoever ended it.
        let _ = self.talk(Box::new(stream), connection).await;
        self.change(|state| state.open -= 1);
    }

    async fn talk(&self, mut stream: Box<dyn Stream>, connection: usize) -> Option<()> {
        let mut encrypted = self.tls == Tls::Implicit;
        if encrypted {
            stream = Box::new(acceptor().accept(stream).await.ok()?);
        }
        let mut talk = Talk { sink: self, stream: BufReader::new(stream), connection, encrypted };
        talk.act(At::Connect, "220 mx.sink.test ESMTP sink").await?;
        while let End::StartTls = talk.run().await? {
            encrypted = true;
            let stream = Box::new(acceptor().accept(talk.stream.into_inner()).await.ok()?);
            talk = Talk { sink: self, stream: BufReader::new(stream), connection, encrypted };
        }
        Some(())
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// How a stretch of a conversation ended.
enum End {
    Closed,
    StartTls,
}

struct Talk<'a> {
    sink: &'a Sink,
    stream: BufReader<Box<dyn Stream>>,
    connection: usize,
    encrypted: bool,
}

impl Talk<'_> {
    async fn run(&mut self) -> Option<End> {
        let (mut from, mut to, mut logged_in) = (None, None, self.sink.state.lock().unwrap().login.is_none());
        loop {
            let line = self.line().await?;
            self.sink.hear(&line);
            let upper = line.to_ascii_uppercase();
            match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let login = self.sink.state.lock().unwrap().login.is_some();
                    let offers = match (self.sink.tls == Tls::Offered && !self.encrypted, login) {
                        (true, _) => "250-mx.sink.test\n250 STARTTLS",
                        (false, true) => "250-mx.sink.test\n250 AUTH PLAIN LOGIN",
                        (false, false) => "250 mx.sink.test",
                    };
                    self.act(At::Ehlo, offers).await?;
                }
                "STARTTLS" => {
                    self.act(At::StartTls, "220 go on").await?;
                    return Some(End::StartTls);
                }
                "AUTH" => logged_in = self.log_in(&line).await?,
                "MAIL" if !logged_in => self.say("530 5.7.0 log in first").await?,
                "MAIL" => {
                    from = self.act(At::Mail, "250 2.1.0 Ok").await?.eq(&250).then(|| address(&line));
                    to = None;
                }
                "RCPT" if from.is_some() => {
                    to = self.act(At::Rcpt, "250 2.1.5 Ok").await?.eq(&250).then(|| address(&line));
                }
                "DATA" if to.is_some() => {
                    if self.act(At::Data, "354 go on").await? != 354 {
                        continue;
                    }
                    let (from, to) = (from.take().unwrap_or_default(), to.take().unwrap_or_default());
                    self.letter(from, to).await?;
                }
                "RSET" => {
                    (from, to) = (None, None);
                    self.act(At::Rset, "250 2.0.0 Ok").await?;
                }
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    return Some(End::Closed);
                }
                _ => self.say("503 5.5.1 not now").await?,
            }
        }
    }

    async fn log_in(&mut self, line: &str) -> Option<bool> {
        let decoded = |text: &str| String::from_utf8(STANDARD.decode(text).unwrap_or_default()).unwrap_or_default();
        let given = if let Some(plain) = line.strip_prefix("AUTH PLAIN ") {
            decoded(plain).trim_start_matches('\0').to_owned()
        } else {
            self.say("334 VXNlcm5hbWU6").await?;
            let user = decoded(&self.line().await?);
            self.say("334 UGFzc3dvcmQ6").await?;
            format!("{user}\0{}", decoded(&self.line().await?))
        };
        let right = self.sink.state.lock().unwrap().login.as_ref() == Some(&given);
        let answer = if right { "235 2.7.0 Ok" } else { "535 5.7.8 bad credentials" };
        Some(self.act(At::Auth, answer).await? == 235)
    }

    async fn letter(&mut self, from: String, to: String) -> Option<()> {
        let mut raw = Vec::new();
        loop {
            let mut line = Vec::new();
            self.stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
            if line == b".\r\n" {
                break;
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if let Some(act) = self.sink.rule(At::Body) {
                self.perform(act).await?;
            }
        }
        if self.sink.state.lock().unwrap().is_forgetful {
            raw.clear();
            raw.shrink_to_fit();
        }
        let mail = Mail { from, to, raw, connection: self.connection, encrypted: self.encrypted };
        self.sink.change(|state| state.bodies.push(mail.clone()));
        if let Some(act) = self.sink.rule(At::Dot) {
            return self.perform(act).await.map(drop);
        }
        // Noted before it is said: who has read the answer finds it there.
        let number = self.sink.change(|state| {
            state.accepted.push(mail);
            state.accepted.len()
        });
        self.say(&format!("250 2.0.0 Ok: queued as {number}")).await
    }

    /// Does what the rule says, else answers so: the code of the answer.
    async fn act(&mut self, at: At, otherwise: &'static str) -> Option<u16> {
        let act = self.sink.rule(at).unwrap_or(Act::Say(otherwise));
        self.perform(act).await
    }

    async fn perform(&mut self, act: Act) -> Option<u16> {
        match act {
            Act::Say(text) => self.say(text).await.map(|()| text[..3].parse().unwrap_or(0)),
            Act::Bytes(bytes) => {
                self.stream.write_all(bytes).await.ok()?;
                Some(str::from_utf8(&bytes[..3]).ok().and_then(|code| code.parse().ok()).unwrap_or(0))
            }
            Act::SayAndHangUp(text) => {
                self.say(text).await?;
                None
            }
            Act::HangUp => None,
            // Ends when the client hangs up, or is released.
            Act::Silence => {
                let releases = self.sink.change(|state| {
                    state.silences += 1;
                    state.releases
                });
                let mut changes = self.sink.changed.subscribe();
                let mut bytes = Vec::new();
                while self.sink.state.lock().unwrap().releases == releases {
                    bytes.clear();
                    tokio::select! {
                        read = self.stream.read_until(b'\n', &mut bytes) => drop(read.ok().filter(|read| *read > 0)?),
                        _ = changes.changed() => {}
                    }
                }
                None
            }
        }
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        let lines = text.replace('\n', "\r\n") + "\r\n";
        self.stream.write_all(lines.as_bytes()).await.ok()
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
