//! Letters a second, over 1, 4 and 16 connections: what the client alone can do, and the whole outbox with composing, signing by
//! each kind of key, store and postroom. `cargo bench --bench mail [-- LETTERS] [ROW] [--json]`: 2,000 if no number is given,
//! and a tenth and ten times that over 16 connections; `ROW` plays the rows whose names hold it; `--json` tells each as an object.
//!
//! The relay is the tests' own in a thread of this process, and takes everything. With a real relay behind a real network it is
//! the relay that sets the pace; what the table shows is how far doorbell is from being what one waits for.
#![expect(clippy::unwrap_used, reason = "a bench says what went wrong by failing")]

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler, System};
use doorbell::actors::api::{LobbyId, SlotId, ToLobby, VisitorAct, VisitorEnter};
use doorbell::app::{self, House, OpenMode};
use doorbell::domain::account::{Account, Locale, Operator, Plan, Role, Switch};
use doorbell::domain::conversation::deed::VisitorDeed;
use doorbell::domain::ids::{AccountId, OperatorId, VisitorId};
use doorbell::mail::dkim::{Algorithm, Key};
use doorbell::mail::smtp::relay::Destination;
use doorbell::mail::smtp::{Options, SmtpPostman};
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::change;
use doorbell::office::passwords::NewPassword;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::Answer;
use doorbell::ports::postman::{Delivery, Envelope, Postman, Ready, Refusal};
use doorbell::settings::Settings;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;
use tokio::sync::watch;
use uuid::Uuid;

use crate::sink::Sink;

#[path = "../tests/mail/sink.rs"]
mod sink;

const CONNECTIONS: [usize; 3] = [1, 4, 16];
const KEYS: [Option<Algorithm>; 3] = [None, Some(Algorithm::Ed25519), Some(Algorithm::Rsa)];
/// Each conversation is about one letter to each of them.
const OPERATORS: usize = 10;
/// As long as a usual letter.
const LETTER_LEN_BYTES: usize = 9_000;
/// So many visitors come and write at once.
const WRITERS: usize = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_json = arguments.iter().any(|argument| argument == "--json");
    let letters = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(2_000);
    let name = arguments.iter().find(|argument| !argument.starts_with('-') && argument.parse::<usize>().is_err());
    let rows = rows(letters).into_iter().filter(|row| name.is_none_or(|name| row.to_string().contains(name)));
    if !is_json {
        println!("| | connections | letters a second | CPU a letter |\n|---|---|---|---|");
    }
    for row in rows {
        let took = row.play();
        println!("{}", if is_json { row.json(took) } else { row.line(took) });
    }
}

fn rows(letters: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for what in std::iter::once(What::Client).chain(KEYS.map(|key| What::Outbox { key })) {
        rows.extend(CONNECTIONS.map(|connections| Row { what, letters, connections }));
        if let What::Outbox { key: Some(_) } = what {
            rows.extend([letters / 10, letters * 10].map(|letters| Row { what, letters, connections: 16 }));
        }
    }
    rows
}

/// What is measured.
#[derive(Clone, Copy)]
enum What {
    /// Bytes are handed to the relay.
    Client,
    /// The house without its doors, signing by such a key.
    Outbox { key: Option<Algorithm> },
}

/// A row of the table.
#[derive(Clone, Copy)]
struct Row {
    what: What,
    letters: usize,
    connections: usize,
}

/// What it took, from the first letter to the last.
#[derive(Clone, Copy)]
struct Took {
    time: Duration,
    /// The processors, that of the relay included.
    cpu: Duration,
}

/// A row's name.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, letters, connections } = self;
        write!(f, "{what}, {letters} letters, {connections} connections")
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, signed by {}", self.name(), self.key())
    }
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "the client alone",
            Self::Outbox { .. } => "the whole outbox",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Client | Self::Outbox { key: None } => "none",
            Self::Outbox { key: Some(Algorithm::Ed25519) } => "ed25519",
            Self::Outbox { key: Some(Algorithm::Rsa) } => "rsa-2048",
        }
    }
}

impl Row {
    /// Plays it, in a world of its own: what a house leaves running ends with it.
    fn play(self) -> Took {
        let system = System::new();
        let took = system.block_on(async {
            match self.what {
                What::Client => client(self.connections, self.letters).await,
                What::Outbox { key } => outbox(key, self.connections, self.letters).await,
            }
        });
        System::current().stop();
        system.run().unwrap();
        took
    }

    fn per_second(self, took: Took) -> f64 {
        self.letters as f64 / took.time.as_secs_f64()
    }

    fn cpu_ms(self, took: Took) -> f64 {
        took.cpu.as_secs_f64() * 1_000.0 / self.letters as f64
    }

    fn line(self, took: Took) -> String {
        let Self { what, letters, connections } = self;
        let (per_second, cpu_ms) = (self.per_second(took), self.cpu_ms(took));
        format!("| {what}, {letters} letters | {connections} | {per_second:.0} | {cpu_ms:.2} ms |")
    }

    fn json(self, took: Took) -> String {
        let Self { what, letters, connections } = self;
        let row = serde_json::json!({
            "bench": "mail",
            "what": what.name(),
            "key": what.key(),
            "letters": letters,
            "connections": connections,
            "letters_per_second": (self.per_second(took) * 10.0).round() / 10.0,
            "cpu_ms_per_letter": (self.cpu_ms(took) * 1_000.0).round() / 1_000.0,
        });
        row.to_string()
    }
}

/// A stopwatch for time and processors.
struct Watch {
    began: Instant,
    cpu: Duration,
}

impl Watch {
    fn start() -> Self {
        Self { began: Instant::now(), cpu: cpu() }
    }

    fn took(&self) -> Took {
        Took { time: self.began.elapsed(), cpu: cpu().saturating_sub(self.cpu) }
    }
}

/// What the processors have spent on this process, as Linux tells it in hundredths of a second.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let spent = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(spent.sum::<u64>() * 10)
}

/// What the client takes for them all.
async fn client(connections: usize, letters: usize) -> Took {
    let sink = Sink::start_forgetful();
    let Ok(Destination::Relay(relay)) = sink.url().parse() else { panic!("the sink is a relay") };
    let options = Options { connections_max: connections, ..Options::default() };
    let postman = SmtpPostman::new(relay, options).unwrap();
    let line = "What somebody wrote, in lines of a usual length, as they are.\r\n";
    let raw: Arc<[u8]> =
        format!("Subject: hi\r\n\r\n{}", line.repeat(LETTER_LEN_BYTES / line.len())).into_bytes().into();
    let watch = Watch::start();
    let all = (0..letters).map(|_| {
        let (postman, raw) = (postman.clone(), Arc::clone(&raw));
        async move {
            let envelope = Envelope { from: "notify@acme.test".to_owned(), to: "tomas@acme.test".to_owned() };
            let ready = postman.open(envelope).await.ok().unwrap();
            assert!(matches!(ready.send(raw).await, Delivery::Accepted(_)));
        }
    });
    join_all(all).await;
    watch.took()
}

/// A lobby of visitors who do not listen.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<ToLobby> for Nobody {
    type Result = ();

    fn handle(&mut self, _: ToLobby, _: &mut Context<Self>) {}
}

/// The way to the relay, behind a gate: when it opens, all letters are in the outbox.
struct Gated {
    postman: Arc<dyn Postman>,
    is_open: watch::Receiver<bool>,
}

impl Postman for Gated {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let (postman, mut is_open) = (Arc::clone(&self.postman), self.is_open.clone());
        Box::pin(async move {
            is_open.wait_for(|is_open| *is_open).await.unwrap();
            postman.open(envelope).await
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        self.postman.knock()
    }
}

/// What the house takes from the first letter to the last, if all are due at once.
async fn outbox(key: Option<Algorithm>, connections: usize, letters: usize) -> Took {
    let (dir, sink) = (tempfile::tempdir().unwrap(), Sink::start_forgetful());
    let settings = settings(dir.path(), &sink, key, connections);
    let store = app::open_store(&settings, OpenMode::Server).unwrap();
    let (gate, is_open) = watch::channel(false);
    let postman = Gated { postman: app::postman(&settings).unwrap(), is_open };
    let house = House::open(&settings, store, Arc::new(postman)).await.unwrap();
    let account = found(&house).await;
    let outlet = Nobody.start().recipient();
    let visitors = (0..letters / OPERATORS).map(|n| write(&house, account, n, outlet.clone()));
    stream::iter(visitors).buffer_unordered(WRITERS).collect::<()>().await;
    while queued(&house).await < letters as u64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let watch = Watch::start();
    gate.send_replace(true);
    // The sink is patient for a minute at a time.
    for count in (1_000..letters).step_by(1_000).chain([letters]) {
        sink.wait_accepted_count(count).await;
    }
    let took = watch.took();
    house.close().await;
    assert_eq!((sink.accepted().len(), queued(&house).await), (letters, 0), "each once, and written down");
    took
}

/// About how many letters something is to be done.
async fn queued(house: &House) -> u64 {
    house.host.store.tally().await.unwrap().letters.iter().map(|(_, count)| count).sum()
}

fn settings(dir: &Path, sink: &Sink, key: Option<Algorithm>, connections: usize) -> Settings {
    let mut text = format!(
        "store.url = 'sqlite:{dir}/doorbell.db'\nmail.smtp_url = '{relay}'\nnotifications.offline_delay = '1s'\n\
         mail.max_connections = {connections}\nmail.max_connections_per_account = {connections}\n\
         mail.max_per_minute = 1000000\nmail.max_per_minute_per_account = 1000000\n",
        dir = dir.display(),
        relay = sink.url(),
    );
    if let Some(algorithm) = key {
        let file = dir.join("dkim.pem");
        std::fs::write(&file, Key::generate(algorithm).unwrap().to_pem().unwrap()).unwrap();
        let file = file.display();
        text += &format!("mail.dkim = {{ domain = 'shop.test', selector = 'bell', key_file = '{file}' }}\n");
    }
    Settings::from_toml(&text, Path::new("mail.toml")).unwrap()
}

async fn found(house: &House) -> AccountId {
    let new = NewAccount {
        name: Name::parse("name", "Shop").unwrap(),
        plan: Plan::Standard,
        locale: Locale::En,
        timezone: Timezone::parse("timezone", "Europe/Prague").unwrap(),
        admin: Name::parse("name", "Jana").unwrap(),
        email: Email::parse("email", "jana@shop.test").unwrap(),
        password: NewPassword::parse("password", "nobody logs in here").unwrap().hash(&[]).unwrap(),
    };
    let id = accounts::create(&house.host.store, new).await.unwrap().id;
    let hire = |account: &mut Account, now| {
        account.operators.extend((1..OPERATORS).map(|n| Operator {
            id: OperatorId(Uuid::from_u128(n as u128)),
            name: format!("Operator {n}"),
            email: format!("operator{n}@shop.test"),
            role: Role::Agent,
            active: true,
            locale: None,
            offline: Switch::On,
            missed: Switch::On,
            created_at: now,
        }));
        Ok(Vec::new())
    };
    change::commit(&house.host.store, id, hire).await.unwrap();
    id
}

/// A visitor comes and writes: a timer starts.
async fn write(house: &House, account: AccountId, n: usize, outlet: actix::Recipient<ToLobby>) {
    let (lobby, slot, visitor) = (LobbyId(1), SlotId(n as u64), VisitorId(Uuid::now_v7()));
    let (origin, group, page) = (None, None, None);
    let enter = VisitorEnter { lobby, outlet, slot, visitor, fresh: true, origin, group, page, after: 0 };
    house.accounts.ask(account, enter).await.unwrap();
    let (text, client_id) = ("Is anybody there?".to_owned(), "1".to_owned());
    let deed = VisitorDeed::Write { text, client_id, group: None, page: None };
    house.accounts.ask(account, VisitorAct { lobby, slot, visitor, deed }).await.unwrap();
}
