//! A node: `doorbell serve` as a process of its own, with a configuration, a log, and clocks that may be wrong.

use std::fmt::Write as _;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use crate::house::{eventually, free_port, signal};
use crate::http::Api;

/// Short delays, no limit that is met by chance: key, value as TOML.
const SETTINGS: [(&str, &str); 23] = [
    ("server.drain", "'1s'"),
    ("presence.heartbeat", "'1s'"),
    ("presence.visitor_heartbeat", "'2s'"),
    ("presence.node_lease", "'3s'"),
    ("presence.grace", "'2s'"),
    ("presence.stale_after", "'2s'"),
    ("notifications.offline_delay", "'2s'"),
    ("notifications.missed_delay", "'2s'"),
    ("notifications.cooldown", "'1s'"),
    ("notifications.flap_cap", "'20s'"),
    ("notifications.startup_grace", "'3s'"),
    ("mail.from", "'doorbell <notify@mail.doorbell.test>'"),
    ("mail.retry_initial", "'300ms'"),
    ("mail.uncertain_wait", "'1s'"),
    ("mail.max_per_minute", "60000"),
    ("mail.max_per_minute_per_account", "60000"),
    ("limits.connections_per_ip", "20000"),
    ("limits.visitor_messages_per_minute", "100000"),
    ("limits.visitor_messages_per_minute_per_ip", "100000"),
    ("limits.new_conversations_per_minute_per_ip", "100000"),
    ("limits.frames_per_second", "10000"),
    ("limits.login_attempts_per_minute", "100000"),
    ("limits.login_attempts_per_email_per_minute", "100000"),
];

/// How the processes see the wall clock.
const FAKETIME: &str = "libfaketime.so.1";

/// The node. It is killed when this is dropped.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    /// By how many seconds its wall clock is ahead; the monotonic one is right.
    ahead_s: i32,
    process: Option<Child>,
}

/// What a node's configuration says of its own.
pub(crate) struct Place<'a> {
    pub(crate) store_url: &'a str,
    pub(crate) smtp_url: &'a str,
    pub(crate) overrides: &'a [(&'a str, String)],
}

impl Node {
    /// Prepares one; it does not run yet.
    pub(crate) fn prepare(dir: &Path, name: &str, place: &Place<'_>, ahead_s: i32) -> Self {
        let folder = dir.join(name);
        std::fs::create_dir(&folder).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let own = [
            ("server.bind", format!("'{address}'")),
            ("server.public_url", format!("'http://{address}'")),
            ("store.url", format!("'{}'", place.store_url)),
            ("mail.smtp_url", format!("'{}'", place.smtp_url)),
        ];
        let usual = SETTINGS.map(|(key, value)| (key, value.to_owned()));
        let mut lines = String::new();
        for (key, value) in usual.iter().chain(&own).filter(|(key, _)| !place.overrides.iter().any(|(k, _)| k == key)) {
            writeln!(lines, "{key} = {value}").unwrap();
        }
        for (key, value) in place.overrides {
            writeln!(lines, "{key} = {value}").unwrap();
        }
        std::fs::write(folder.join("doorbell.toml"), lines).unwrap();
        Self { address, folder, ahead_s, process: None }
    }

    /// Its API, as nobody or as somebody.
    pub(crate) fn api(&self, token: Option<&str>) -> Api {
        let mut api = Api::new(self.address);
        api.token = token.map(str::to_owned);
        api
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("doorbell.log")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let binary = std::env::var_os("DOORBELL_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_doorbell").into());
        let mut command = Command::new(binary);
        command.args(arguments).arg("--config").arg(self.folder.join("doorbell.toml")).current_dir(&self.folder);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DOORBELL_")) {
            command.env_remove(name);
        }
        if self.ahead_s != 0 {
            command.env("LD_PRELOAD", faketime()).env("FAKETIME", format!("{:+}s", self.ahead_s));
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("FAKETIME_NO_CACHE", "1");
        }
        command
    }

    /// Starts the process, without waiting until it is ready.
    pub(crate) fn spawn(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
    }

    /// Starts the process and waits until it is ready.
    pub(crate) async fn begin(&mut self) -> Result<(), String> {
        self.spawn();
        self.ready().await
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&mut self) -> Result<(), String> {
        let api = self.api(None);
        let process = self.process.as_mut().expect("it runs");
        let look = async || match api.call("GET", "/readyz", None).await {
            Ok(answer) if answer.status == 200 => Ok(true),
            // One that has ended does not get ready any more.
            _ if process.try_wait().unwrap().is_some() => Ok(false),
            other => Err(format!("{other:?}")),
        };
        let is_ready = eventually("the node is ready", look).await?;
        if is_ready { Ok(()) } else { Err(format!("the node ended: {}", crate::house::tail(&self.log(), 5))) }
    }

    /// Waits until its start-up grace is over: it tells nothing that is the matter.
    pub(crate) async fn settled(&self) -> Result<(), String> {
        let api = self.api(None);
        eventually("the node's start-up grace is over", async || match api.call("GET", "/readyz", None).await {
            Ok(answer) if answer.json()["reasons"] == serde_json::json!([]) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await
    }

    pub(crate) fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill9(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Sends it a signal by its name: `STOP`, `CONT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.as_ref().expect("it runs"), name);
    }

    /// Waits until it has ended: how.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus, String> {
        let process = self.process.as_mut().expect("it runs");
        let look = async || process.try_wait().unwrap().ok_or_else(|| "it runs".to_owned());
        let status = eventually("the node ends", look).await?;
        self.process = None;
        Ok(status)
    }

    /// Runs a command of the command line beside it.
    pub(crate) async fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        // A command that reads nothing may have ended before this is written.
        let _ = std::io::Write::write_all(&mut input, stdin.as_bytes());
        drop(input);
        tokio::task::spawn_blocking(move || process.wait_with_output().unwrap()).await.unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The library that shifts a process's clock, as Debian's package of it lies.
fn faketime() -> PathBuf {
    let architectures = std::fs::read_dir("/usr/lib").unwrap().filter_map(Result::ok);
    let found = architectures.map(|folder| folder.path().join("faketime").join(FAKETIME)).find(|path| path.is_file());
    found.expect("libfaketime is installed: `scripts/test` does that")
}
