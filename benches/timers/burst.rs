//! Many timers that fall due in one instant.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use doorbell::domain::time::{Span, Timestamp};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::process::Server;
use crate::times::{Worked, millis};
use crate::town::{self, Fate, Town};
use crate::{Done, tenth};

/// How long each had run, when it falls due: long enough for all to be written.
const DELAY_S: i64 = 3_600;
/// How long before they are due nothing else is left to be done: the server has started, and begins to wake them.
const AHEAD: Duration = Duration::from_secs(6);
/// After so long none of them comes any more.
const PATIENCE: Duration = Duration::from_mins(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The operators of an account, each of whom gets a letter.
const LETTERS_EACH: u64 = 3;

pub(crate) fn run(program: &Path, timers: u64, tell: &dyn Fn(&Value)) -> Done {
    let dir = tempfile::tempdir()?;
    // Letters stay where they are, so that nothing is measured but how they get there.
    let slow = format!("notifications.offline_delay = '{DELAY_S}s'\nmail.max_per_minute = 1\n");
    let settings = town::settings(dir.path(), &slow)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let due_at = runtime.block_on(async {
        // Ten timers in an account.
        let mut town = Town::found(&settings, timers * 100).await?;
        let due_at = town.store.now() + Span::from_secs(20) + Span(timers as i64 / 4);
        town.add(timers, "waiting", |_| Fate::Waits(due_at)).await?;
        Ok::<_, Box<dyn std::error::Error>>(due_at)
    })?;
    let server = Server::start(program, dir.path())?;
    let rest = until(due_at).checked_sub(AHEAD).ok_or("they were due before all was written; fewer --timers")?;
    sleep(rest);
    let before = server.worked()?;
    let asleep_mb = server.pss_mb()?;
    sleep(until(due_at));
    let (at_the_instant, awake_mb) = (server.worked()?, server.pss_mb()?);

    let db = Connection::open_with_flags(dir.path().join("doorbell.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0).map(i64::cast_unsigned));
    let took = loop {
        let late = millis_since(due_at);
        if number("SELECT value FROM meta WHERE name = 'timers'")? == 0 {
            break late;
        }
        if late > PATIENCE.as_millis() as i64 {
            return Err("some of them did not fire".into());
        }
        sleep(LOOK_EVERY);
    };
    let after = server.worked()?;
    let letters = number("SELECT count(*) FROM letters")?;
    if letters != timers * LETTERS_EACH {
        return Err(format!("{letters} letters for {timers} timers").into());
    }
    let each_us = |worked: Worked| tenth(millis(worked.ran) * 1_000.0 / timers as f64);
    tell(&json!({
        "bench": "burst", "timers": timers, "letters": letters, "took_ms": took,
        "woken_cpu_us_each": each_us(at_the_instant.since(before)),
        "decided_cpu_us_each": each_us(after.since(at_the_instant)),
        "asleep_pss_mb": tenth(asleep_mb), "awake_pss_mb": tenth(awake_mb), "after_pss_mb": tenth(server.pss_mb()?),
    }));
    Ok(())
}

fn millis_since(at: Timestamp) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
    now - at.0
}

fn until(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(-millis_since(at)).unwrap_or_default())
}
