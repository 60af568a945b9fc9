//! The server that is put under load, and who its accounts are.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokio::net::lookup_host;

use crate::Outcome;
use crate::process::Process;
use crate::socket::Socket;

/// The server.
#[derive(Clone, Debug, Args)]
pub(crate) struct TargetArguments {
    /// HOST:PORT of the server
    #[arg(long, default_value = "127.0.0.1:8080")]
    url: String,
    /// The server may be on another machine
    #[arg(long)]
    anywhere: bool,
    /// A widget's key
    #[arg(long, required_unless_present = "keys")]
    key: Option<String>,
    /// The token of an operator of that account, from POST /api/v1/login; nobody else of it may be online
    #[arg(long, requires = "key")]
    token: Option<String>,
    /// A file of accounts, as `load accounts` writes it: a widget's key and an operator's token a line
    #[arg(long, conflicts_with = "key")]
    keys: Option<PathBuf>,
    /// The server's process, for its memory and time
    #[arg(long)]
    pid: Option<u32>,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What its visitors name it by.
    pub(crate) widget: String,
    /// What its operator is let in by.
    pub(crate) token: Option<String>,
}

/// The server, found.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) keys: Vec<Key>,
    pub(crate) process: Option<Process>,
}

impl TargetArguments {
    /// Looks it up.
    ///
    /// # Errors
    /// It has no address, or is on another machine; the file of keys cannot be read.
    pub(crate) async fn find(self) -> Outcome<Target> {
        let host = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
        let address = lookup_host(host).await?.next().ok_or("the host has no address")?;
        if !address.ip().is_loopback() && !self.anywhere {
            return Err("the server is on another machine; --anywhere, if it is yours".into());
        }
        let keys = match (self.keys, self.key) {
            (Some(path), _) => read_keys(&std::fs::read_to_string(path)?),
            (None, key) => vec![Key { widget: key.unwrap_or_default(), token: self.token }],
        };
        if keys.is_empty() {
            return Err("the file of keys is empty".into());
        }
        Ok(Target { address, keys, process: self.pid.map(Process) })
    }
}

fn read_keys(text: &str) -> Vec<Key> {
    let words = text.lines().map(|line| line.split_whitespace().map(str::to_owned));
    words.filter_map(|mut words| Some(Key { widget: words.next()?, token: words.next() })).collect()
}

impl Target {
    /// The account of the visitor at this place: they are dealt out in turn.
    pub(crate) fn key(&self, place: usize) -> &Key {
        &self.keys[place % self.keys.len()]
    }

    /// An operator of an account, who chose `state`.
    ///
    /// # Errors
    /// There is no token, or the server does not let them in.
    pub(crate) async fn operator(&self, key: &Key, state: &str) -> Outcome<Socket> {
        let token = key.token.as_ref().ok_or("an operator needs a token")?;
        let mut socket = Socket::open(self.address, "/ws/operator").await?;
        let device = json!({ "id": "load", "kind": "dashboard" });
        let hello = json!({ "type": "hello", "token": token, "device": device, "state": state });
        socket.say(&hello.to_string()).await?;
        socket.wait_for("welcome").await?;
        Ok(socket)
    }

    /// The server's process.
    ///
    /// # Errors
    /// It was not told.
    pub(crate) fn process(&self) -> Result<Process, Box<dyn Error>> {
        self.process.ok_or_else(|| "the server's process is needed for this: --pid".into())
    }
}
