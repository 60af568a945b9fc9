//! Many timers at once in the real house, on a SQLite file: how much memory they take, and how late they fire.
//!
//! ```sh
//! cargo run --release --example timers -- --timers 100000 --delay-s 180
//! ```
//! Every timer belongs to a conversation of its own, whose visitor wrote while nobody was there. The accounts have offline
//! emails switched off, so that a firing is a decision and its commit, without the carrying of letters.
#![expect(clippy::print_stdout, reason = "a report is what it is for")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use clap::Parser;
use doorbell::actors::api::{AskExplanation, LobbyId, SlotId, ToLobby, VisitorAct, VisitorEnter};
use doorbell::app::{self, House, OpenMode};
use doorbell::domain::account::{Locale, Plan};
use doorbell::domain::conversation::deed::VisitorDeed;
use doorbell::domain::ids::{AccountId, ConversationId, VisitorId};
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::change;
use doorbell::office::passwords::NewPassword;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::settings::Settings;
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many visitors write at once.
const WRITERS: usize = 64;
/// How long after the last deadline nothing can be late any more, and is lost.
const PATIENCE: Duration = Duration::from_mins(1);

/// Many timers at once.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    timers: u32,
    /// Over how many accounts they are spread
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    accounts: u32,
    /// How long they run, in seconds: longer than it takes to start them all
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    delay_s: u64,
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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    actix::System::new().block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let settings = Settings::from_toml(
        &format!(
            "store.url = 'sqlite:{0}/doorbell.db'\nmail.smtp_url = 'file:{0}/outbox/'\n\
             notifications.offline_delay = '{1}s'\nnotifications.flap_cap = '{1}s'",
            dir.path().display(),
            arguments.delay_s
        ),
        Path::new("timers.toml"),
    )?;
    let store = app::open_store(&settings, OpenMode::Server)?;
    let house = House::open(&settings, store, app::postman(&settings)?).await?;
    let accounts = found(&house, arguments.accounts).await?;
    let outlet = Nobody.start().recipient();

    let before = resident_bytes()?;
    let started = Instant::now();
    let conversations = stream::iter(0..arguments.timers as usize)
        .map(|n| write(&house, accounts[n % accounts.len()], n, outlet.clone()))
        .buffer_unordered(WRITERS);
    let conversations: Vec<_> = conversations.collect::<Vec<_>>().await.into_iter().collect::<Result<_, _>>()?;
    let took = started.elapsed();
    let all = resident_bytes()?;
    println!(
        "started   {} timers in {:.1} s, {:.0}/s, over {} accounts",
        conversations.len(),
        took.as_secs_f64(),
        conversations.len() as f64 / took.as_secs_f64(),
        accounts.len()
    );
    if took > Duration::from_secs(arguments.delay_s) {
        println!("          the first had fired before the last was started; a longer --delay-s tells more");
    }
    let each = all.saturating_sub(before) / u64::from(arguments.timers);
    println!("memory    {before} bytes before, {all} with all of them: {each} each");

    // Shortly before the first deadline: who can sleep until then is asleep.
    let rest = Duration::from_secs(arguments.delay_s).saturating_sub(started.elapsed() + Duration::from_secs(10));
    tokio::time::sleep(rest).await;
    println!("memory    {} bytes shortly before the first deadline", resident_bytes()?);

    let mut lateness_ms = lateness(&house, conversations, Duration::from_secs(arguments.delay_s) + PATIENCE).await?;
    lateness_ms.sort_unstable();
    let at = |share: usize| lateness_ms[(lateness_ms.len() - 1) * share / 1_000];
    println!("fired     {} of {}", lateness_ms.len(), arguments.timers);
    println!("late      p50 {} ms, p99 {} ms, p99.9 {} ms, max {} ms", at(500), at(990), at(999), at(1_000));
    println!("early     {}", lateness_ms.iter().filter(|late| **late < 0).count());
    println!("memory    {} bytes at the end", resident_bytes()?);
    house.close().await;
    Ok(())
}

/// Makes the accounts, with offline emails switched off.
async fn found(house: &House, count: u32) -> Result<Vec<AccountId>, Box<dyn Error>> {
    let password = NewPassword::parse("password", "nobody logs in here")?.hash(&[])?;
    let mut ids = Vec::new();
    for n in 0..count {
        let new = NewAccount {
            name: Name::parse("name", &format!("Shop {n}"))?,
            plan: Plan::Standard,
            locale: Locale::En,
            timezone: Timezone::parse("timezone", "Europe/Prague")?,
            admin: Name::parse("name", "Jana")?,
            email: Email::parse("email", &format!("jana@shop{n}.test"))?,
            password: password.clone(),
        };
        let account = accounts::create(&house.host.store, new).await?;
        let switched_off = |account: &mut doorbell::domain::account::Account, _| {
            account.notifications.offline.enabled = false;
            Ok(Vec::new())
        };
        change::commit(&house.host.store, account.id, switched_off).await?;
        ids.push(account.id);
    }
    Ok(ids)
}

/// A visitor comes and writes: a timer starts.
async fn write(
    house: &House,
    account: AccountId,
    n: usize,
    outlet: actix::Recipient<ToLobby>,
) -> Result<(AccountId, ConversationId), doorbell::domain::refusal::Refusal> {
    let (lobby, slot, visitor) = (LobbyId(1), SlotId(n as u64), VisitorId(Uuid::now_v7()));
    let (origin, group, page) = (None, None, None);
    let enter = VisitorEnter { lobby, outlet, slot, visitor, fresh: true, origin, group, page, after: 0 };
    house.accounts.ask(account, enter).await?;
    let (text, client_id) = ("Is anybody there?".to_owned(), "1".to_owned());
    let deed = VisitorDeed::Write { text, client_id, group: None, page: None };
    house.accounts.ask(account, VisitorAct { lobby, slot, visitor, deed }).await?;
    Ok((account, ConversationId(visitor.0)))
}

/// Waits until all have fired: how late each was, in milliseconds.
async fn lateness(
    house: &House,
    mut running: Vec<(AccountId, ConversationId)>,
    patience: Duration,
) -> Result<Vec<i64>, Box<dyn Error>> {
    let ends = Instant::now() + patience;
    let mut late = Vec::new();
    // Nothing that is asked of the house meanwhile shall make it late.
    while let Some((account, last)) = running.last().copied() {
        let told = house.accounts.ask(account, AskExplanation(last)).await?;
        if told.timers.first().is_some_and(|timer| timer.ended_at.is_some()) || Instant::now() > ends {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (account, conversation) in running.drain(..) {
        let told = house.accounts.ask(account, AskExplanation(conversation)).await?;
        let first = told.timers.first();
        late.extend(first.and_then(|timer| timer.ended_at.map(|ended_at| (ended_at - timer.due_at).0)));
    }
    Ok(late)
}

/// The memory of this process that is resident (Linux).
fn resident_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kib: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kib * 1_024)
}
