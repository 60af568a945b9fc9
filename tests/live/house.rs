//! A server as a process of its own: `doorbell serve` with a configuration and a store in a directory that goes with it, and
//! a relay that takes its letters.

use std::fmt::Write as _;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::http::Api;
use crate::people::{Account, PASSWORD};
use crate::sink::Sink;

/// After this much, what a test waits for does not come any more. Nothing takes so long on any machine that can run it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks at what tells nobody that it changed: a process, an answer over HTTP.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Short delays, no limit that a test would meet by chance: section, key, value as TOML.
const SETTINGS: [(&str, &str, &str); 18] = [
    ("server", "drain", "'300ms'"),
    ("presence", "heartbeat", "'1s'"),
    ("presence", "visitor_heartbeat", "'1s'"),
    ("presence", "grace", "'200ms'"),
    ("notifications", "offline_delay", "'600ms'"),
    ("notifications", "missed_delay", "'600ms'"),
    ("notifications", "cooldown", "'1500ms'"),
    ("notifications", "flap_cap", "'20s'"),
    ("notifications", "startup_grace", "'300ms'"),
    ("mail", "from", "'doorbell <notify@mail.doorbell.test>'"),
    ("limits", "connections_per_ip", "20000"),
    ("limits", "visitor_messages_per_minute", "100000"),
    ("limits", "visitor_messages_per_minute_per_ip", "100000"),
    ("limits", "new_conversations_per_minute_per_ip", "100000"),
    ("limits", "frames_per_second", "10000"),
    ("limits", "bytes_per_second", "100000000"),
    ("limits", "login_attempts_per_minute", "100000"),
    ("limits", "login_attempts_per_email_per_minute", "100000"),
];

/// A server and what belongs to it. It is killed when this is dropped, and its log is shown if the test failed.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) sink: Sink,
    /// The directory of its configuration, store and log.
    pub(crate) dir: TempDir,
    process: Option<Child>,
    /// Companies whose mail proves that time has passed; made when the first is needed.
    clock: Option<Account>,
}

impl Server {
    /// Starts one and waits until it is ready. `overrides`: `("notifications.offline_delay", "'2s'")`, the value as TOML.
    pub(crate) async fn start(overrides: &[(&str, &str)]) -> Self {
        let dir = TempDir::with_prefix("doorbell-live-").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut server = Self { address, sink: Sink::start(), dir, process: None, clock: None };
        server.configure(overrides);
        server.begin().await;
        server
    }

    /// Writes its configuration anew; it counts from the next start on.
    pub(crate) fn configure(&self, overrides: &[(&str, &str)]) {
        std::fs::write(self.config(), self.settings(overrides)).unwrap();
    }

    fn settings(&self, overrides: &[(&str, &str)]) -> String {
        let own = [
            ("server.bind", format!("'{}'", self.address)),
            ("server.public_url", format!("'{}'", self.url())),
            ("store.url", format!("'sqlite:{}'", self.dir.path().join("doorbell.db").display())),
            ("mail.smtp_url", format!("'{}'", self.sink.url())),
        ];
        let mut lines = String::new();
        for (section, key, value) in SETTINGS {
            let path = format!("{section}.{key}");
            if !overrides.iter().any(|(key, _)| *key == path) {
                writeln!(lines, "{path} = {value}").unwrap();
            }
        }
        let own = own.iter().filter(|(path, _)| !overrides.iter().any(|(key, _)| key == path));
        for (path, value) in own.map(|(path, value)| (*path, value.as_str())).chain(overrides.iter().copied()) {
            writeln!(lines, "{path} = {value}").unwrap();
        }
        lines
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("doorbell.toml")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.dir.path().join("doorbell.log")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its API without a log-in.
    pub(crate) fn api(&self) -> Api {
        Api::new(self.address)
    }

    /// What `/readyz` tells that is the matter: its codes.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let told = self.api().call("GET", "/readyz", None).await.unwrap().json();
        told["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorbell"));
        command.args(arguments).arg("--config").arg(self.config()).current_dir(self.dir.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DOORBELL_")) {
            command.env_remove(name);
        }
        command
    }

    /// Starts the process anew on the same store and address, without waiting for it.
    pub(crate) fn spawn(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
    }

    /// Starts the process anew on the same store and address, and waits until it is ready.
    pub(crate) async fn begin(&mut self) {
        self.spawn();
        let api = self.api();
        let ready = async {
            loop {
                let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
                assert!(ended.is_none(), "the server ended: {ended:?}");
                match api.call("GET", "/readyz", None).await {
                    Ok(answer) if answer.status == 200 => return,
                    _ => tokio::time::sleep(LOOK_EVERY).await,
                }
            }
        };
        tokio::time::timeout(DEADLINE, ready).await.expect("the server becomes ready");
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill9(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks it to end (SIGTERM), without waiting for it.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.as_ref().expect("it runs"), name);
    }

    /// Asks it to end and waits for that: how it ended.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.ended().await
    }

    /// Waits until it has ended: how.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let status = ended(self.process.as_mut().expect("it runs")).await;
        self.process = None;
        status
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

    /// The same, with `--json`; it must succeed.
    pub(crate) async fn cli_json(&self, arguments: &[&str], stdin: &str) -> Value {
        let output = self.cli(&[arguments, &["--json"]].concat(), stdin).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// An account of its own with so many operators, all of them away from their desks. The first is its admin.
    pub(crate) async fn account(&self, plan: &str, operators: usize) -> Account {
        Account::open(self, plan, operators).await
    }

    /// Returns when a mail has come for which the same delay began only now: whatever began before and is due by now has
    /// been decided and sent. For tests in which nothing happens.
    pub(crate) async fn a_delay_passes(&mut self) {
        if self.clock.is_none() {
            self.clock = Some(self.account("standard", 1).await);
        }
        let clock = self.clock.as_ref().expect("made above");
        let said = clock.visitor().await.say("tick").await;
        let operator = &clock.operators[0];
        operator.wait_for_decision(&said.conversation, "offline", "emailed").await;
        let arrived = || self.sink.accepted().iter().filter(|mail| mail.to == operator.email).count();
        let visits = clock.visits();
        eventually("the clock's mail", async || (arrived() >= visits).then_some(())).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(40)..];
            println!("the end of the log of {}:\n{}", self.address, tail.join("\n"));
        }
    }
}

/// Sends SIGTERM, without `unsafe`.
pub(crate) fn terminate(process: &Child) {
    signal(process, "TERM");
}

fn signal(process: &Child, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process.id().to_string()]).status().unwrap().success());
}

/// Waits until a process has ended: how.
pub(crate) async fn ended(process: &mut Child) -> ExitStatus {
    eventually("the process ends", async || process.try_wait().unwrap()).await
}

/// Asks again and again until there is an answer: it.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            match look().await {
                Some(found) => return found,
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    };
    match tokio::time::timeout(DEADLINE, found).await {
        Ok(found) => found,
        Err(_) => panic!("within {DEADLINE:?} it was not so: {what}"),
    }
}

/// A port that nobody listens at, below those that the system gives to outgoing connections: it stays free over a restart.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 12_000 + (std::process::id() % 150) as u16 * 128;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed) % 128;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Makes an account with an admin whose password is [`PASSWORD`]: what `account create --json` prints.
pub(crate) async fn account_create(server: &Server, name: &str, plan: &str, email: &str) -> Value {
    let arguments = ["account", "create", "--name", name, "--plan", plan, "--email", email, "--password-stdin"];
    server.cli_json(&arguments, &format!("{PASSWORD}\n")).await
}
