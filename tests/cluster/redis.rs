//! Redis servers as processes, started from the project's own `redis.conf`: one, or a primary with a replica and sentinels.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::house::{eventually, free_port, repository, signal, tail};

/// What the sentinels call the primary.
pub(crate) const MASTER: &str = "doorbell";
/// After this much silence a sentinel takes a server for dead.
const DOWN_AFTER_MS: u32 = 2_000;
/// Long, because after it the sentinels would reconnect a replica past the proxy that it was given.
const FAILOVER_TIMEOUT_MS: u32 = 120_000;

/// A process of the Redis family. It is killed when this is dropped.
pub(crate) struct Redis {
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl Redis {
    /// A server from `redis.conf` in a folder of its own, with further lines as `["--replicaof", "127.0.0.1 6379"]`.
    pub(crate) async fn start(dir: &Path, name: &str, more: &[&str]) -> Result<Self, String> {
        let (folder, port) = (dir.join(name), free_port());
        std::fs::create_dir(&folder).unwrap();
        // A copy: a Redis that sentinels promote or degrade writes its new role into the file that it was started from.
        let config = folder.join("redis.conf");
        std::fs::copy(repository("redis.conf"), &config).unwrap();
        let config = config.display().to_string();
        let own = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir", &folder.display().to_string()]
            .map(str::to_owned);
        let arguments = [config].into_iter().chain(own).chain(more.iter().map(|text| (*text).to_owned())).collect();
        Self::run(port, folder, arguments).await
    }

    /// A sentinel that watches a primary.
    pub(crate) async fn sentinel(dir: &Path, name: &str, primary: SocketAddr, quorum: usize) -> Result<Self, String> {
        let (folder, port) = (dir.join(name), free_port());
        std::fs::create_dir(&folder).unwrap();
        let config = folder.join("sentinel.conf");
        let lines = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {MASTER} 127.0.0.1 {} {quorum}\n\
             sentinel down-after-milliseconds {MASTER} {DOWN_AFTER_MS}\nsentinel failover-timeout {MASTER} {FAILOVER_TIMEOUT_MS}\n",
            folder.display(),
            primary.port(),
        );
        std::fs::write(&config, lines).unwrap();
        Self::run(port, folder, vec![config.display().to_string(), "--sentinel".to_owned()]).await
    }

    async fn run(port: u16, folder: PathBuf, arguments: Vec<String>) -> Result<Self, String> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut redis = Self { address, folder, arguments, process: None };
        redis.begin().await.map(|()| redis)
    }

    /// Starts it (again) on the same files and waits until it answers.
    pub(crate) async fn begin(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = Command::new("redis-server");
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().map_err(|why| format!("redis-server: {why}"))?);
        let (address, process) = (self.address, self.process.as_mut().expect("it was just started"));
        // While it loads its file, it answers by an error.
        let pong = async || match say(address, "PING").await {
            Ok(answer) if answer.contains("PONG") => Ok(true),
            _ if process.try_wait().unwrap().is_some() => Ok(false),
            other => Err(format!("{other:?}")),
        };
        let answers = eventually("redis answers", pong).await?;
        if answers { Ok(()) } else { Err(format!("redis ended: {}", tail(&self.folder.join("log"), 5))) }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill9(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn pause(&self) {
        signal(self.process.as_ref().expect("it runs"), "STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        signal(self.process.as_ref().expect("it runs"), "CONT");
    }

    /// What it says to a command.
    pub(crate) async fn say(&self, line: &str) -> io::Result<String> {
        say(self.address, line).await
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Says a line to a Redis: the answer as one text, its parts with spaces between them.
pub(crate) async fn say(address: SocketAddr, line: &str) -> io::Result<String> {
    let asked = async {
        let mut stream = BufReader::new(TcpStream::connect(address).await?);
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        let (mut parts, mut left) = (Vec::new(), 1_usize);
        while left > 0 {
            left -= 1;
            let mut head = String::new();
            stream.read_line(&mut head).await?;
            let number = head.get(1..).and_then(|rest| rest.trim().parse::<usize>().ok());
            match head.as_bytes().first() {
                Some(b'*') => left += number.unwrap_or(0),
                Some(b'$') => {
                    let mut text = vec![0; number.map_or(0, |len| len + 2)];
                    stream.read_exact(&mut text).await?;
                    parts.push(String::from_utf8_lossy(&text).trim_end().to_owned());
                }
                Some(_) => parts.push(head.trim_end().to_owned()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(parts.join(" "))
    };
    tokio::time::timeout(std::time::Duration::from_secs(2), asked).await?
}

/// Waits until all sentinels know of the replica and of each other: before, they would not fail over.
pub(crate) async fn ready(sentinels: &[Redis]) -> Result<(), String> {
    for sentinel in sentinels {
        let others = format!("num-other-sentinels {}", sentinels.len() - 1);
        let look = async || match sentinel.say(&format!("SENTINEL MASTER {MASTER}")).await {
            Ok(told) if told.contains("num-slaves 1") && told.contains(&others) => Ok(()),
            other => Err(format!("{other:?}")),
        };
        eventually("a sentinel knows everybody", look).await?;
    }
    Ok(())
}

/// Waits until the sentinels have promoted another server than this one.
pub(crate) async fn promoted(sentinel: &Redis, old: SocketAddr) -> Result<(), String> {
    let old = format!("{} {}", old.ip(), old.port());
    let look = async || match sentinel.say(&format!("SENTINEL get-master-addr-by-name {MASTER}")).await {
        Ok(address) if address != old => Ok(()),
        other => Err(format!("{other:?}")),
    };
    eventually("the sentinels promote the replica", look).await
}

/// Waits until one of them is a primary whose replica is up to date. Which one: on a busy machine sentinels may change their
/// minds.
pub(crate) async fn followed(servers: &[Redis]) -> Result<(), String> {
    eventually("a replica is up to date", async || {
        let mut told = Vec::new();
        for server in servers {
            match server.say("INFO replication").await {
                Ok(info) if info.contains("role:master") && info.contains("state=online") => return Ok(()),
                other => told.push(other),
            }
        }
        Err(format!("{told:?}"))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::{Mode, Proxy};

    /// What the scenario of a fail-over rests on.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_that_heard_nothing_is_promoted_without_the_last_writes() {
        let dir = tempfile::TempDir::with_prefix("doorbell-redis-").unwrap();
        let mut primary = Redis::start(dir.path(), "primary", &[]).await.unwrap();
        let wire = Proxy::to(primary.address).await;
        let master = format!("127.0.0.1 {}", wire.address.port());
        let replica = Redis::start(dir.path(), "replica", &["--replicaof", &master]).await.unwrap();
        followed(std::slice::from_ref(&primary)).await.unwrap();
        let mut sentinels = Vec::new();
        for name in ["one", "two", "three"] {
            sentinels.push(Redis::sentinel(dir.path(), name, primary.address, 2).await.unwrap());
        }
        ready(&sentinels).await.unwrap();
        primary.say("SET early 1").await.unwrap();
        let arrived = async || match replica.say("GET early").await.unwrap().as_str() {
            "1" => Ok(()),
            other => Err(other.to_owned()),
        };
        eventually("the first write arrives", arrived).await.unwrap();
        wire.set(Mode::Silent);
        assert_eq!(primary.say("SET late 1").await.unwrap(), "+OK");
        primary.kill9();
        promoted(&sentinels[0], primary.address).await.unwrap();
        assert_eq!(replica.say("GET early").await.unwrap(), "1");
        assert_eq!(replica.say("EXISTS late").await.unwrap(), ":0");
        primary.begin().await.unwrap();
        followed(std::slice::from_ref(&replica)).await.unwrap();
        assert_eq!(primary.say("EXISTS late").await.unwrap(), ":0", "what only it had is gone");
    }
}
