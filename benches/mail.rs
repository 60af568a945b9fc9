//! Letters a second, over 1, 4 and 16 connections: what the client alone can do, and the whole outbox with composing, store and
//! postroom. `cargo bench --bench mail [-- LETTERS]`, 2,000 if no number is given.
//!
//! The relay is the tests' own in a thread of this process, and takes everything. With a real relay behind a real network it is
//! the relay that sets the pace; what the table shows is how far doorbell is from being what one waits for.
#![expect(clippy::unwrap_used, reason = "a bench says what went wrong by failing")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use doorbell::actors::api::{LobbyId, SlotId, ToLobby, VisitorAct, VisitorEnter};
use doorbell::app::{self, House, OpenMode};
use doorbell::domain::account::{Account, Locale, Operator, Plan, Role, Switch};
use doorbell::domain::conversation::deed::VisitorDeed;
use doorbell::domain::ids::{AccountId, OperatorId, VisitorId};
use doorbell::mail::smtp::relay::Destination;
use doorbell::mail::smtp::{Options, SmtpPostman};
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::change;
use doorbell::office::passwords::NewPassword;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::postman::{Delivery, Envelope, Postman as _};
use doorbell::settings::Settings;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::sink::Sink;

#[path = "../tests/mail/sink.rs"]
mod sink;

const CONNECTIONS: [usize; 3] = [1, 4, 16];
/// Each conversation is about one letter to each of them.
const OPERATORS: usize = 10;
/// As long as a usual letter.
const LETTER_LEN_BYTES: usize = 9_000;
/// Long enough for all to have written when the first timer fires.
const DELAY: Duration = Duration::from_secs(5);

fn main() {
    let number = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let letters: usize = number.unwrap_or(2_000);
    actix::System::new().block_on(async {
        println!("| {letters} letters | connections | letters a second | to one connection |\n|---|---|---|---|");
        let mut first = None;
        for connections in CONNECTIONS {
            let took = client(connections, letters).await;
            tell("the client alone", connections, letters, took, *first.get_or_insert(took));
        }
        let mut first = None;
        for connections in CONNECTIONS {
            let took = outbox(connections, letters).await;
            tell("the whole outbox", connections, letters, took, *first.get_or_insert(took));
        }
    });
}

fn tell(what: &str, connections: usize, letters: usize, took: Duration, first: Duration) {
    let rate = letters as f64 / took.as_secs_f64();
    println!("| {what} | {connections} | {rate:.0} | {:.1} |", first.as_secs_f64() / took.as_secs_f64());
}

/// How long the client takes for them all.
async fn client(connections: usize, letters: usize) -> Duration {
    let sink = Sink::start();
    let Ok(Destination::Relay(relay)) = sink.url().parse() else { panic!("the sink is a relay") };
    let options = Options { connections_max: connections, ..Options::default() };
    let postman = SmtpPostman::new(relay, options).unwrap();
    let line = "What somebody wrote, in lines of a usual length, as they are.\r\n";
    let raw: Arc<[u8]> =
        format!("Subject: hi\r\n\r\n{}", line.repeat(LETTER_LEN_BYTES / line.len())).into_bytes().into();
    let began = Instant::now();
    let all = (0..letters).map(|_| {
        let (postman, raw) = (postman.clone(), Arc::clone(&raw));
        async move {
            let envelope = Envelope { from: "notify@acme.test".to_owned(), to: "tomas@acme.test".to_owned() };
            let ready = postman.open(envelope).await.ok().unwrap();
            assert!(matches!(ready.send(raw).await, Delivery::Accepted(_)));
        }
    });
    join_all(all).await;
    began.elapsed()
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

/// How long the house takes from the first letter to the last, if they are due at once.
async fn outbox(connections: usize, letters: usize) -> Duration {
    let (dir, sink) = (tempfile::tempdir().unwrap(), Sink::start());
    let settings = format!(
        "store.url = 'sqlite:{}/doorbell.db'\nmail.smtp_url = '{}'\nnotifications.offline_delay = '{}s'\n\
         mail.max_connections = {connections}\nmail.max_per_minute = 1000000\n\
         mail.max_per_minute_per_account = 1000000",
        dir.path().display(),
        sink.url(),
        DELAY.as_secs()
    );
    let settings = Settings::from_toml(&settings, Path::new("mail.toml")).unwrap();
    let store = app::open_store(&settings, OpenMode::Server).unwrap();
    let house = House::open(&settings, store, app::postman(&settings).unwrap()).await.unwrap();
    let account = found(&house).await;
    let outlet = Nobody.start().recipient();
    let visitors = (0..letters / OPERATORS).map(|n| write(&house, account, n, outlet.clone()));
    join_all(visitors).await;
    sink.wait_accepted_count(1).await;
    let began = Instant::now();
    sink.wait_accepted_count(letters).await;
    let took = began.elapsed();
    house.close().await;
    took
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
