//! Commits a second against one Redis, by the number of nodes and by how many commits wait on each of them; and where the time goes.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Done;
use crate::redis_server::RedisServer;
use crate::times::{Times, Worked, millis};
use crate::writer::{Orders, READY, Report};

const DURATION_S: u64 = 5;
/// How often the disk is waited for, alone.
const FLUSHES: usize = 500;
const FLUSH_LEN_BYTES: usize = 4_096;

/// A row of the table.
#[derive(Clone, Copy)]
struct Row {
    nodes: usize,
    waiting: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Each node writes into conversations of its own, into a Redis as it must be.
    Own,
    /// The same, and Redis does not wait for the disk.
    Lossy,
    /// All nodes write into the same conversations.
    Contended,
}

pub(crate) fn table() -> Done {
    println!("one wait for this disk, alone: {:.2} ms (median)\n", millis(flush()?));
    println!(
        "| | nodes | waiting on each | commits a second | waited p50 · p99 | conflicts a commit | Redis' thread: worked · waited for a \
         core · for the disk or work | a commit takes of Redis · of the nodes | Redis with a core of its own, at most |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    let rows = |kind, nodes: &'static [usize], waiting: &'static [usize]| {
        nodes
            .iter()
            .flat_map(move |nodes| waiting.iter().map(move |waiting| Row { nodes: *nodes, waiting: *waiting, kind }))
    };
    let all = rows(Kind::Own, &[1, 2, 4], &[1, 32, 256]).chain(rows(Kind::Lossy, &[2], &[1, 32, 256])).chain(rows(
        Kind::Contended,
        &[2, 4],
        &[32],
    ));
    for row in all {
        measure(row)?;
    }
    println!();
    Ok(())
}

/// How long the disk takes to have some bytes more of a file, where the Redis has its own.
fn flush() -> io::Result<Duration> {
    let dir = tempfile::tempdir()?;
    let mut file = File::create(dir.path().join("appended"))?;
    let mut times = Times::default();
    for _ in 0..FLUSHES {
        let began = Instant::now();
        file.write_all(&[b'x'; FLUSH_LEN_BYTES])?;
        file.sync_data()?;
        times.add(began.elapsed());
    }
    times.sort();
    Ok(times.percentile(50))
}

/// A node that was started.
struct Node {
    process: Child,
    says: BufReader<ChildStdout>,
}

impl Node {
    fn start(orders: &Orders) -> Result<Self, Box<dyn std::error::Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--node").arg(serde_json::to_string(orders)?).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let says = BufReader::new(process.stdout.take().ok_or("a node says nothing")?);
        Ok(Self { process, says })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

fn measure(row: Row) -> Done {
    let changes: &[&str] = if row.kind == Kind::Lossy { &["--appendfsync everysec"] } else { &[] };
    let server = RedisServer::with(changes);
    let info = server.say("INFO server");
    let redis =
        info.lines().find_map(|line| line.strip_prefix("process_id:")).ok_or("Redis does not tell its process")?;
    let redis: u32 = redis.trim().parse()?;
    let orders = |node| Orders {
        url: server.url(),
        allow_lossy: row.kind == Kind::Lossy,
        node,
        waiting: row.waiting,
        is_contended: row.kind == Kind::Contended,
        duration_s: DURATION_S,
    };
    let mut nodes = (0..row.nodes).map(|node| Node::start(&orders(node))).collect::<Result<Vec<_>, _>>()?;
    for node in &mut nodes {
        if node.line()? != READY {
            return Err("a node did not get ready".into());
        }
    }
    let (began, before) = (Instant::now(), Worked::first_thread(redis)?);
    for node in &mut nodes {
        node.process.stdin.as_mut().ok_or("a node does not listen")?.write_all(b"\n")?;
    }
    let mut reports = Vec::new();
    for node in &mut nodes {
        reports.push(serde_json::from_str::<Report>(&node.line()?)?);
    }
    let (took, worked) = (began.elapsed(), Worked::first_thread(redis)?.since(before));
    for node in &mut nodes {
        node.process.wait()?;
    }
    print(row, &reports, took, worked);
    Ok(())
}

fn print(row: Row, reports: &[Report], took: Duration, redis: Worked) {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let commits = sum(|report| report.commits) as f64;
    let ran: Duration = reports.iter().map(|report| report.ran).sum();
    let middle = |of: fn(&Report) -> Duration| millis(reports.iter().map(of).sum::<Duration>()) / reports.len() as f64;
    let share = |time: Duration| time.as_secs_f64() / took.as_secs_f64() * 100.0;
    let micros = |time: Duration| time.as_secs_f64() * 1_000_000.0 / commits;
    let kind = match row.kind {
        Kind::Own => "`always`",
        Kind::Lossy => "`everysec`",
        Kind::Contended => "`always`, the same conversations",
    };
    println!(
        "| {kind} | {} | {} | {:.0} | {:.2} · {:.2} ms | {:.2} | {:.0} · {:.0} · {:.0} % | {:.1} · {:.1} µs | {:.0} |",
        row.nodes,
        row.waiting,
        commits / took.as_secs_f64(),
        middle(|report| report.p50),
        middle(|report| report.p99),
        sum(|report| report.conflicts) as f64 / commits,
        share(redis.ran),
        share(redis.waited),
        100.0 - share(redis.ran) - share(redis.waited),
        micros(redis.ran),
        micros(ran),
        commits / redis.ran.as_secs_f64(),
    );
}
