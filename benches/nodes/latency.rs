//! How long a message takes from the frame of who wrote it to the frame of who reads it: both on one node, each on a node of
//! their own, and on one with a file. One message at a time, in turn through all of them, in conversations as long as people's are.

use std::error::Error;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Done;
use crate::house::{Account, Server, Socket};
use crate::redis_server::RedisServer;
use crate::times::{Times, millis};

const MESSAGES: usize = 1_000;
/// What is not counted at first.
const WARM_UP: usize = 100;
/// How often both write to each other before another visitor comes.
const EXCHANGES: usize = 10;
/// Between two messages, so that what one brings about does not wait for the other.
const REST: Duration = Duration::from_millis(5);

/// Two who write to each other.
struct Pair<'a> {
    name: &'static str,
    /// Where the visitor is.
    at: (&'a Server, &'a Account),
    /// The place of the operator's socket.
    operator: usize,
    visitor: Socket,
    conversation: String,
    /// What the operator writes, and what the visitor does.
    times: [Times; 2],
}

pub(crate) fn table() -> Done {
    let redis = RedisServer::start();
    let (near, far) = (Server::start(&redis.url())?, Server::start(&redis.url())?);
    let alone = Server::start("sqlite:doorbell.db")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pairs = runtime.block_on(talk(&[&near, &far, &alone]))?;
    for (which, who) in ["operator to visitor", "visitor to operator"].into_iter().enumerate() {
        println!("| {who} | p50 | p90 | p99 | max | p50 to that of one node |\n|---|---|---|---|---|---|");
        let one_node = millis(pairs[0].1[which].percentile(50));
        for (name, times) in &pairs {
            let ms = |hundredths| millis(times[which].percentile(hundredths));
            let [p50, p90, p99, max] = [50, 90, 99, 100].map(ms);
            println!("| {name} | {p50:.2} ms | {p90:.2} ms | {p99:.2} ms | {max:.1} ms | {:.2} |", p50 / one_node);
        }
        println!();
    }
    Ok(())
}

/// The operator of the two nodes sits at the first one.
async fn talk(servers: &[&Server; 3]) -> Result<Vec<(&'static str, [Times; 2])>, Box<dyn Error>> {
    let [near, far, alone] = servers;
    let (together, single) = (near.account()?, alone.account()?);
    let mut operators = [operator(near, &together).await?, operator(alone, &single).await?];
    let mut pairs = vec![
        pair("both on one node, Redis", (near, &together), (0, &mut operators[0])).await?,
        pair("on two nodes, Redis", (far, &together), (0, &mut operators[0])).await?,
        pair("both on one node, SQLite", (alone, &single), (1, &mut operators[1])).await?,
    ];
    for n in 0..WARM_UP + MESSAGES {
        for pair in &mut pairs {
            let operator = &mut operators[pair.operator];
            if n > 0 && n % EXCHANGES == 0 {
                (pair.visitor, pair.conversation) = conversation(pair.at, operator).await?;
            }
            let times = exchange(operator, pair, n).await?;
            if n >= WARM_UP {
                pair.times.iter_mut().zip(times).for_each(|(all, took)| all.add(took));
            }
        }
    }
    pairs.iter_mut().flat_map(|pair| &mut pair.times).for_each(Times::sort);
    Ok(pairs.into_iter().map(|pair| (pair.name, pair.times)).collect())
}

async fn operator(server: &Server, account: &Account) -> Result<Socket, Box<dyn Error>> {
    let device = json!({ "id": "bench", "kind": "dashboard" });
    let hello = json!({ "type": "hello", "token": account.token, "device": device, "state": "online" });
    Socket::open(server.address, "/ws/operator", hello).await
}

async fn pair<'a>(
    name: &'static str,
    at: (&'a Server, &'a Account),
    (place, operator): (usize, &mut Socket),
) -> Result<Pair<'a>, Box<dyn Error>> {
    let (visitor, conversation) = conversation(at, operator).await?;
    Ok(Pair { name, at, operator: place, visitor, conversation, times: Default::default() })
}

/// A visitor who has written, and whose conversation the operator has joined.
async fn conversation(
    (server, account): (&Server, &Account),
    operator: &mut Socket,
) -> Result<(Socket, String), Box<dyn Error>> {
    let page = json!({ "url": "https://shop.test/", "title": "Shop" });
    let hello = json!({ "type": "hello", "key": account.widget_key, "page": page });
    let mut visitor = Socket::open(server.address, "/ws/visitor", hello).await?;
    let first = json!({ "type": "message", "id": "first", "client_id": "first", "text": "Is anybody there?" });
    visitor.say(&first).await?;
    let conversation =
        visitor.acknowledged("first").await?["conversation"].as_str().ok_or("no conversation")?.to_owned();
    operator.say(&json!({ "type": "join", "id": "join", "conversation": conversation })).await?;
    operator.acknowledged("join").await?;
    Ok((visitor, conversation))
}

/// The operator writes and the visitor reads, then the other way round: how long each took.
async fn exchange(operator: &mut Socket, pair: &mut Pair<'_>, n: usize) -> Result<[Duration; 2], Box<dyn Error>> {
    let (text, id) = (format!("{} {n}: how can I help you?", pair.name), n.to_string());
    let mut frame = json!({ "type": "message", "id": id, "client_id": text, "text": text });
    let back = frame.clone();
    frame["conversation"] = json!(pair.conversation);
    let there = said(operator, &mut pair.visitor, &frame).await?;
    let back = said(&mut pair.visitor, operator, &back).await?;
    Ok([there, back])
}

async fn said(from: &mut Socket, to: &mut Socket, frame: &serde_json::Value) -> Result<Duration, Box<dyn Error>> {
    tokio::time::sleep(REST).await;
    let began = Instant::now();
    from.say(frame).await?;
    to.hear(|heard| heard["type"] == "message" && heard["text"] == frame["text"]).await?;
    let took = began.elapsed();
    from.acknowledged(frame["id"].as_str().unwrap_or_default()).await?;
    Ok(took)
}
