//! How soon the server is ready, and what memory it has then.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use doorbell::actors::nodes::Nodes;
use doorbell::actors::start;
use doorbell::domain::time::Span;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Server;
use crate::times::millis;
use crate::town::{self, Fate, Town};
use crate::{Done, tenth};

/// How often it is started on nothing.
const COLD_STARTS: usize = 20;
/// One in so many conversations waits, with a timer.
const ONE_WAITS_IN: u64 = 10;
/// When its memory is looked at once more: what it does after a start it has begun by then.
const LATER: Duration = Duration::from_secs(10);

/// What it is started on.
pub(crate) struct On {
    pub(crate) conversations: u64,
    pub(crate) spread_s: i64,
}

/// On an empty store.
pub(crate) fn cold(program: &Path, tell: &dyn Fn(&Value)) -> Done {
    let mut all = Vec::new();
    let mut pss_mb = 0.0;
    for _ in 0..COLD_STARTS {
        let dir = tempfile::tempdir()?;
        town::settings(dir.path(), "")?;
        let server = Server::start(program, dir.path())?;
        all.push(server.ready);
        pss_mb = server.pss_mb()?;
    }
    all.sort_unstable();
    let at = |place: usize| tenth(millis(all[place]));
    tell(&json!({
        "bench": "cold", "starts": COLD_STARTS, "ready_ms": at(COLD_STARTS / 2), "min_ms": at(0),
        "max_ms": at(COLD_STARTS - 1), "pss_mb": tenth(pss_mb),
    }));
    Ok(())
}

/// On a store with many conversations, in `kept` if that is said.
pub(crate) fn warm(program: &Path, on: &On, kept: Option<&Path>, starts: usize, tell: &dyn Fn(&Value)) -> Done {
    let thrown_away: TempDir;
    let dir: PathBuf = if let Some(kept) = kept {
        std::fs::create_dir_all(kept)?;
        kept.to_owned()
    } else {
        thrown_away = tempfile::tempdir()?;
        thrown_away.path().to_owned()
    };
    let file = dir.join("doorbell.db");
    if !file.exists() {
        fill(&dir, on)?;
    }
    let timers = on.conversations / ONE_WAITS_IN;
    for _ in 0..starts {
        let server = Server::start(program, &dir)?;
        let (pss_mb, worked) = (server.pss_mb()?, server.worked()?);
        sleep(LATER);
        tell(&json!({
            "bench": "start", "conversations": on.conversations, "timers": timers,
            "file_mb": file.metadata()?.len() / 1_000_000,
            "ready_ms": tenth(millis(server.ready)), "settling": server.is_settling,
            "cpu_ms": tenth(millis(worked.ran)), "pss_mb": tenth(pss_mb),
            "later_pss_mb": tenth(server.pss_mb()?), "later_cpu_ms": tenth(millis(server.worked()?.ran)),
        }));
    }
    Ok(())
}

fn fill(dir: &Path, on: &On) -> Done {
    let settings = town::settings(dir, &format!("notifications.offline_delay = '{}s'", on.spread_s))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (waiting, conversations) = (on.conversations / ONE_WAITS_IN, on.conversations);
        let mut town = Town::found(&settings, conversations).await?;
        // Over the last three years.
        let answered = conversations - waiting;
        let long_ago = town.store.now() - Span::from_secs(3 * 365 * 86_400);
        let each = Span(3 * 365 * 86_400_000 / answered.max(1) as i64);
        town.add(answered, "answered", |n| Fate::Answered(long_ago + Span(each.0 * n as i64))).await?;
        let (now, spread_ms) = (town.store.now(), on.spread_s * 1_000);
        let due = |n: u64| now + Span((n as i64).wrapping_mul(7_919_999) % spread_ms);
        town.add(waiting, "waiting", |n| Fate::Waits(due(n))).await?;
        // The server that was there before was killed.
        start::take_over(&*town.store, &Nodes::alone(town.former), Span(0)).await?;
        Ok(())
    })
}
