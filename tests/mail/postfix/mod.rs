//! A real Postfix for one test: with a configuration, a queue and a port of its own, as a child of the test. Its
//! configuration stands beside this file; the script that keeps it needs root, or sudo without a password.
#![allow(dead_code, unreachable_pub, reason = "each test binary that includes it uses another part of it")]

pub mod login;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;

/// What it does with whom: an address that begins so.
const ACCESS: &str = "\
/^grey@/ 450 4.7.1 Greylisted, see https://postfix.test/greylist
/^full@/ 552 5.2.2 Mailbox full
/^over@/ 452 4.2.2 Over quota, try later
/^blocked@/ 550 5.7.1 Message blocked by policy
/^spam@/ 550 5.7.1 Rejected as spam
";
const MAILBOXES: &str = "/^notify@/ notices/\n!/^nobody@/ inbox/\n";
const DOMAINS: &str = "/^(mail\\.doorbell|shop-.*|acme)\\.test$/ ok\n";
const HEADER_CHECKS: &str = "/^Subject: .*casino/ REJECT 5.7.1 Rejected as spam\n";

/// Between two looks at what tells nobody that it changed: folders and logs.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// After this much, what a test waits for does not come any more.
const DEADLINE: Duration = Duration::from_secs(20);
/// So many ports are tried.
const TRIES: usize = 8;

/// The server. It is stopped, and its folder goes, when this is dropped or the test's process ends, however that ends.
pub struct Postfix {
    pub address: SocketAddr,
    folder: PathBuf,
    keeper: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Postfix {
    /// Starts one and waits until it listens.
    pub fn start() -> Self {
        Self::start_with("", None)
    }

    /// The same, with lines for `main.cf`, and the server that is the next hop for `hop.test` and everybody's `op1`.
    pub fn start_with(settings: &str, hop: Option<SocketAddr>) -> Self {
        let mut failures = Vec::new();
        for _ in 0..TRIES {
            let mut postfix = Self::prepare(settings, hop);
            match postfix.command("start").as_str() {
                "started" => return postfix,
                failure => failures.push(failure.to_owned()),
            }
        }
        panic!("Postfix does not start: {failures:#?}");
    }

    fn prepare(settings: &str, hop: Option<SocketAddr>) -> Self {
        let me = std::fs::metadata("/proc/self").unwrap().uid();
        // The keeper removes it: what is in it belongs to several users.
        let folder = TempDir::with_prefix("doorbell-postfix-").unwrap().keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = free_port();
        // Root cannot own a mailbox.
        let owner = if me == 0 { 65_534 } else { me };
        let fill_in = |text: &str| {
            text.replace("@FOLDER@", folder.to_str().unwrap())
                .replace("@PORT@", &port.to_string())
                .replace("@OWNER@", &owner.to_string())
        };
        let hop = hop.map_or_else(String::new, |hop| format!("smtp:[{}]:{}", hop.ip(), hop.port()));
        let transport = if hop.is_empty() { String::new() } else { format!("/@hop\\.test$/ {hop}\n/^op1@/ {hop}\n") };
        for (name, content) in [
            ("main.cf", format!("{}{settings}\n", fill_in(include_str!("main.cf")))),
            ("master.cf", fill_in(include_str!("master.cf"))),
            ("access", ACCESS.to_owned()),
            ("mailboxes", MAILBOXES.to_owned()),
            ("domains", DOMAINS.to_owned()),
            ("header_checks", HEADER_CHECKS.to_owned()),
            ("transport", format!("/^exit@/ exit:\n{transport}")),
            ("keeper.sh", include_str!("keeper.sh").to_owned()),
            ("server.pem", include_str!("../tls/server.pem").to_owned()),
            ("server.key", include_str!("../tls/server.key").to_owned()),
        ] {
            std::fs::write(folder.join(name), content).unwrap();
        }
        let mut keeper = keeper(&folder, me, owner);
        let (commands, answers) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), folder, keeper, commands, answers }
    }

    /// As `smtp_url` names it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Starts it again.
    pub fn begin(&mut self) {
        assert_eq!(self.command("start"), "started");
    }

    /// Stops it, as `postfix stop` does. The queue and the mailboxes stay.
    pub fn stop(&mut self) {
        assert_eq!(self.command("stop"), "stopped");
    }

    fn command(&mut self, command: &str) -> String {
        let mut answer = String::new();
        let written = writeln!(self.commands.as_mut().expect("only dropping takes it"), "{command}");
        let read = written.and_then(|()| self.answers.read_line(&mut answer));
        assert!(
            read.is_ok_and(|len| len > 0),
            "Postfix cannot be kept: {}. It needs the Debian packages postfix and util-linux, and root, or sudo without \
             a password",
            std::fs::read_to_string(self.folder.join("keeper.log")).unwrap_or_default()
        );
        answer.trim_end().to_owned()
    }

    /// Waits until so many letters lie in the mailbox of the recipients: they.
    pub async fn inbox(&self, count: usize) -> Vec<Vec<u8>> {
        self.mailbox("inbox", count).await
    }

    /// Waits until so many letters lie in the mailbox of the sender: what came back.
    pub async fn notices(&self, count: usize) -> Vec<Vec<u8>> {
        self.mailbox("notices", count).await
    }

    async fn mailbox(&self, name: &str, count: usize) -> Vec<Vec<u8>> {
        let folder = self.folder.join("mail").join(name).join("new");
        self.eventually(&format!("{count} letters in {name}"), || {
            // None was delivered before the folder is there.
            let files = std::fs::read_dir(&folder).into_iter().flatten();
            let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
            paths.sort_by_key(|path| delivered_at(path));
            (paths.len() >= count).then(|| paths.iter().map(|path| std::fs::read(path).unwrap()).collect())
        })
        .await
    }

    /// Waits until its log has a line that holds all of `words`: it.
    pub async fn logged(&self, words: &[&str]) -> String {
        self.eventually(&format!("a line of the log with {words:?}"), || {
            let log = self.log();
            log.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned)
        })
        .await
    }

    /// All of its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("mail.log")).unwrap_or_default()
    }

    async fn eventually<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let found = async {
            loop {
                match look() {
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
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the log of Postfix at {}:\n{}", self.address, self.log());
        }
        // The end of its input ends the keeper.
        self.commands = None;
        let _ = self.keeper.wait();
        // It may have had no right to.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// When a file of a maildir was written, as its name says it: `SECONDS.V…I…M(MICROSECONDS).HOST`.
fn delivered_at(path: &Path) -> (u64, u64) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut parts = name.split('.');
    let (seconds, rest) = (parts.next().unwrap(), parts.next().unwrap());
    (seconds.parse().unwrap(), rest.rsplit('M').next().unwrap().parse().unwrap())
}

/// The script that keeps it: in a process group of its own, so that what ends the tests' does not end it too.
fn keeper(folder: &Path, me: u32, owner: u32) -> Child {
    let mut command = if me == 0 { Command::new("sh") } else { Command::new("sudo") };
    if me != 0 {
        command.args(["-n", "sh"]);
    }
    command.arg(folder.join("keeper.sh")).arg(folder).arg(owner.to_string()).process_group(0);
    let log = std::fs::File::create(folder.join("keeper.log")).unwrap();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("Postfix needs root, or sudo without a password: {error}"))
}

/// A port that nobody listens at, below those that the system gives to outgoing connections: it stays free over a restart.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 8_000 + (std::process::id() % 120) as u16 * 32;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed) % 32;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
