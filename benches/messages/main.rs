//! The path of a message through the whole house, without doors: from a visitor's writing until it is acknowledged (on disk) and
//! at the operator who has joined. `cargo bench --bench messages [-- OPTIONS]`; `--json` prints an object a row.
//!
//! Senders write in a closed loop, each as soon as its last message has arrived, or all together at a steady rate
//! (`--per-second`). The operator answers now and then, as people do, so that what waits does not grow without end. Each row has a
//! house of its own, in this process; a Redis (`--redis`) is started from the repository's `redis.conf`.
#![expect(clippy::unwrap_used, reason = "a bench says what went wrong by failing")]

mod people;
#[path = "../../tests/store_contract/redis_server.rs"]
#[expect(dead_code, reason = "of the tests' Redis a bench only starts one")]
mod redis_server;
#[path = "../nodes/times.rs"]
mod times;

use std::time::Duration;

use clap::Parser;
use doorbell::settings::Settings;
use serde::Serialize;

use self::people::Shop;
use self::redis_server::RedisServer;
use self::times::{Worked, millis};

/// The server's own.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// How many write at once: a row for each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000])]
    senders: Vec<usize>,
    /// So many messages a second instead, whoever has been answered
    #[arg(long)]
    per_second: Option<u32>,
    /// Over how many conversations they are spread; one for each sender, or 100 at a steady rate, if it is not said
    #[arg(long)]
    conversations: Option<usize>,
    /// Over how many accounts those are
    #[arg(long, default_value_t = 4)]
    accounts: usize,
    /// How long each row takes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// On a Redis instead of a file
    #[arg(long)]
    redis: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Serialize)]
struct Row {
    bench: &'static str,
    store: &'static str,
    /// How many wrote at once; `None`: it was a steady rate.
    senders: Option<usize>,
    conversations: usize,
    messages: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Of this process, so that of the senders too.
    cpu_us_each: f64,
    redis_cpu_us_each: Option<f64>,
}

fn main() {
    let arguments = Arguments::parse();
    if !arguments.json {
        println!("| store | senders | conversations | messages a second | p50 | p99 | max | CPU each |");
        println!("|---|---|---|---|---|---|---|---|");
    }
    let rows = match arguments.per_second {
        Some(_) => vec![None],
        None => arguments.senders.iter().copied().map(Some).collect(),
    };
    for senders in rows {
        let row = actix::System::new().block_on(measure(&arguments, senders));
        if arguments.json {
            println!("{}", serde_json::to_string(&row).unwrap());
        } else {
            tell(&row);
        }
    }
}

fn process_of(redis: &RedisServer) -> u32 {
    let info = redis.say("INFO server");
    info.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap().trim().parse().unwrap()
}

fn tell(row: &Row) {
    let senders = row.senders.map_or("steady".to_owned(), |senders| senders.to_string());
    let redis = row.redis_cpu_us_each.map_or(String::new(), |us| format!(" + {us:.1} µs"));
    println!(
        "| {} | {senders} | {} | {:.0} | {:.2} ms | {:.2} ms | {:.1} ms | {:.1} µs{redis} |",
        row.store, row.conversations, row.per_second, row.p50_ms, row.p99_ms, row.max_ms, row.cpu_us_each
    );
}

async fn measure(arguments: &Arguments, senders: Option<usize>) -> Row {
    let dir = tempfile::tempdir().unwrap();
    let redis = arguments.redis.then(RedisServer::start);
    let store = redis.as_ref().map_or(format!("sqlite:{}/doorbell.db", dir.path().display()), RedisServer::url);
    let settings = format!("store.url = '{store}'\nmail.smtp_url = 'file:{}/outbox/'", dir.path().display());
    let settings = Settings::from_toml(&settings, &dir.path().join("messages.toml")).unwrap();
    let conversations = arguments.conversations.unwrap_or(senders.unwrap_or(100));
    let shop = Shop::open(&settings, arguments.accounts.min(conversations), conversations).await;

    let process = std::process::id();
    let server = redis.as_ref().map(process_of);
    let worked = || (Worked::process(process).unwrap(), server.map(|id| Worked::first_thread(id).unwrap()));
    let before = worked();
    let lasts = Duration::from_secs(arguments.seconds);
    let (took, mut times, count) = match (senders, arguments.per_second) {
        (None, Some(rate)) => shop.write_steadily(rate, lasts).await,
        _ => shop.write_in_turn(senders.unwrap_or(1), lasts).await,
    };
    let after = worked();
    shop.close().await;

    let each = |ran: Duration| ran.as_secs_f64() * 1e6 / count as f64;
    times.sort();
    let ms = |hundredths| millis(times.percentile(hundredths));
    Row {
        bench: "messages",
        store: if arguments.redis { "redis" } else { "sqlite" },
        senders,
        conversations,
        messages: count,
        per_second: count as f64 / took.as_secs_f64(),
        p50_ms: ms(50),
        p99_ms: ms(99),
        max_ms: ms(100),
        cpu_us_each: each(after.0.since(before.0).ran),
        redis_cpu_us_each: after.1.zip(before.1).map(|(after, before)| each(after.since(before).ran)),
    }
}
