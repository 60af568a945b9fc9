//! How long `doorbell store move` takes from a file to a Redis.

use std::time::Instant;

use doorbell::ports::journal::{Commit, Outcome, Store as _};
use doorbell::store::OpenMode;
use doorbell::store::sqlite::{Options, SqliteStore};

use crate::Done;
use crate::house::command;
use crate::message::message;
use crate::redis_server::RedisServer;

const CONVERSATIONS: usize = 100_000;
const MESSAGES: u64 = 10;
/// How many conversations are written into the file together.
const COMMIT_LEN: usize = 500;

pub(crate) fn figures() -> Done {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("doorbell.db");
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    {
        let store = SqliteStore::open(&path, Options::new(OpenMode::Server))?;
        for first in (0..CONVERSATIONS).step_by(COMMIT_LEN) {
            let outcome = runtime.block_on(store.commit(conversations(first)));
            assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
        }
    }
    let server = RedisServer::start();
    std::fs::write(dir.path().join("doorbell.toml"), "")?;
    let began = Instant::now();
    let words = ["store", "move", "--from", "sqlite:doorbell.db", "--to", &server.url(), "--json"];
    let output = command(dir.path(), &words).output()?;
    let took = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let info = server.say("INFO memory");
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory_human:")).unwrap_or("?");
    println!(
        "{CONVERSATIONS} conversations of {MESSAGES} messages, a file of {} MB, moved and compared in {:.0} s; Redis uses {} then",
        path.metadata()?.len() / 1_000_000,
        took.as_secs_f64(),
        used.trim()
    );
    Ok(())
}

/// So many whole conversations from this one on, in one commit.
fn conversations(first: usize) -> Commit {
    let mut all = Commit::default();
    for n in first..first + COMMIT_LEN {
        let mut last = message(n, None, MESSAGES);
        for position in 1..MESSAGES {
            all.log.append(&mut message(n, None, position).log);
        }
        all.reads.extend(last.reads.drain(..1));
        all.writes.append(&mut last.writes);
        all.log.append(&mut last.log);
        all.indexes.append(&mut last.indexes);
    }
    all
}
