//! What every part of the harness waits by, and where it finds room.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// After this much, what is waited for does not come any more. Nothing takes so long on any machine that can run it.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);
/// Between two looks at what tells nobody that it changed.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An instant by two clocks: the monotonic one of this process, and the wall's, by which the server tells times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) mono: Instant,
    pub(crate) wall_ms: i64,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { mono: Instant::now(), wall_ms: wall_ms() }
    }
}

/// Milliseconds since 1970 by the wall clock.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    i64::try_from(since.as_millis()).expect("it is earlier than the year 292 million")
}

/// The same, of a time that the server told.
pub(crate) fn told_ms(time: &serde_json::Value) -> Option<i64> {
    Some(time.as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// Asks again and again until it is so; `Err` says what it was like the last time.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Result<T, String>) -> Result<T, String> {
    within(DEADLINE, what, look).await
}

/// The same, with another deadline.
pub(crate) async fn within<T>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let started = Instant::now();
    loop {
        match look().await {
            Ok(found) => return Ok(found),
            Err(why) if started.elapsed() > deadline => return Err(format!("{what}: not within {deadline:?}: {why}")),
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// A port that nobody listens at, below those that the system gives to outgoing connections: it stays free over a restart.
pub(crate) fn free_port() -> u16 {
    const ROOM: u16 = 512;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 11_000 + u16::try_from(std::process::id() % 40).expect("below 40") * ROOM;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed) % ROOM;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Sends a process a signal by its name, without `unsafe`.
pub(crate) fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.id().to_string()]).status();
    assert!(sent.unwrap().success(), "SIG{name} was sent");
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The last lines of a file, for whoever wants to know what went wrong.
pub(crate) fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let all: Vec<_> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
