//! `doorbell serve` as a process of its own: when it is ready, and what it takes of the machine (Linux).

use std::error::Error;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::times::Worked;

/// After this much, what is waited for does not come any more.
const PATIENCE: Duration = Duration::from_mins(10);

/// A server. It is killed with the value.
pub(crate) struct Server {
    process: Child,
    /// From its start to its first answer.
    pub(crate) ready: Duration,
    /// Whether it said then that it decides no emails yet.
    pub(crate) is_settling: bool,
}

impl Server {
    /// Starts this program in this directory, in which a `doorbell.toml` is, and waits until it is ready.
    pub(crate) fn start(program: &Path, dir: &Path) -> Result<Self, Box<dyn Error>> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(program.canonicalize()?);
        command.args(["serve", "--config", "doorbell.toml", "--bind", &address.to_string()]);
        let began = Instant::now();
        let process = command.current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Self { process, ready: Duration::ZERO, is_settling: false };
        loop {
            if let Ok(answer) = ask(address, "/readyz")
                && answer.starts_with("HTTP/1.1 200")
            {
                server.ready = began.elapsed();
                server.is_settling = answer.contains("settling");
                return Ok(server);
            }
            if server.process.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            sleep(Duration::from_micros(200));
        }
    }

    /// What the cores did for it.
    pub(crate) fn worked(&self) -> Result<Worked, Box<dyn Error>> {
        Ok(Worked::process(self.process.id())?)
    }

    /// Its memory, with its share of what others have too, in megabytes.
    pub(crate) fn pss_mb(&self) -> Result<f64, Box<dyn Error>> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.id()))?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:")).ok_or("no Pss")?;
        let kib: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
        Ok(kib * 1_024.0 / 1_000_000.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ask(address: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
