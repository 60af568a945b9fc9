//! A Redis of one's own: started from the repository's `redis.conf` on a free port of this machine, in a directory that goes with it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use doorbell::store::redis::RedisStore;
use doorbell::store::{How, OpenError, OpenMode};
use tempfile::TempDir;

/// How long a Redis may take to answer before a test has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a port is tried that was free a moment ago.
const TRIES_MAX: usize = 20;

/// See the module. It ends with the value.
pub(crate) struct RedisServer {
    process: Child,
    pub(crate) port: u16,
    dir: TempDir,
    /// Lines of configuration besides those of the repository's file, `--name value` each.
    changes: Vec<String>,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With other lines of configuration, `--name value` each.
    pub(crate) fn with(changes: &[&str]) -> Self {
        let changes: Vec<String> = changes.iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect();
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..TRIES_MAX {
            let port = free_port();
            let mut process = spawn(port, dir.path(), &changes);
            // If somebody else took the port meanwhile, it has ended.
            if answers(&mut process, port) {
                return Self { process, port, dir, changes };
            }
        }
        panic!("no redis-server stays up");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A node's store on it.
    pub(crate) fn store(&self) -> Arc<RedisStore> {
        self.try_store(OpenMode::Server.into()).unwrap()
    }

    pub(crate) fn try_store(&self, how: How) -> Result<Arc<RedisStore>, OpenError> {
        RedisStore::open(&self.url(), how)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again with what its disk holds.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.port, self.dir.path(), &self.changes);
        assert!(answers(&mut self.process, self.port), "redis-server does not start again");
    }

    /// Sends its process a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Says something to it, and what it answers.
    pub(crate) fn say(&self, command: &str) -> String {
        say(self.port, command).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn spawn(port: u16, dir: &Path, changes: &[String]) -> Child {
    // A copy: Sentinel makes a server rewrite the file that it was started from.
    let conf = dir.join("redis.conf");
    if !conf.exists() {
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/redis.conf"), &conf).unwrap();
    }
    let mut command = Command::new("redis-server");
    command.arg(conf).arg("--port").arg(port.to_string()).arg("--dir").arg(dir).args(["--bind", "127.0.0.1"]);
    command.args(changes).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the tests need redis-server")
}

/// Whether it comes to answer, and not somebody else in its place.
fn answers(process: &mut Child, port: u16) -> bool {
    let asked_at = Instant::now();
    while asked_at.elapsed() < PATIENCE {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        if say(port, "INFO server").is_ok_and(|info| info.contains(&format!("process_id:{}", process.id()))) {
            return true;
        }
        sleep(Duration::from_millis(5));
    }
    false
}

/// Says something in Redis' short form, and what is answered at once.
pub(crate) fn say(port: u16, command: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(Duration::from_secs(2)))?;
    connection.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = vec![0; 16_384];
    let len = connection.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..len]).into_owned())
}
