//! A page in a real browser, on a web site of its own: it reports what happens to it, and goes on when the test says so.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What browsers are called, the best one first.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// A browser that shows nothing, asks nobody, and keeps nothing.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

type Turns = HashMap<String, Value>;

/// A web site with one visitor. The browser is ended when this is dropped.
pub(crate) struct Stage {
    address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Value>,
    turns: watch::Sender<Turns>,
    browser: Option<(Child, TempDir)>,
    /// What the browser was asked for: shown when a test fails.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    /// Builds it; `example` is served as `/example.js`.
    pub(crate) async fn build(example: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, reports) = mpsc::unbounded_channel();
        let (turns, turned) = watch::channel(Turns::new());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (example, noted) = (example.to_owned(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tell, turned, example, noted) =
                    (tell.clone(), turned.clone(), example.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    let _ = serve(stream, &tell, turned, &example, &noted).await;
                });
            }
        });
        Self { address, reports, turns, browser: None, asked }
    }

    /// The site's origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the page with a query.
    pub(crate) fn play(&mut self, query: &str) {
        let profile = TempDir::with_prefix("doorbell-browser-").unwrap();
        let mut command = Command::new(browser());
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display()));
        command.arg(format!("{}/web/live.html?{query}", self.origin()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.browser = Some((command.process_group(0).spawn().unwrap(), profile));
    }

    /// The next report, which is to be this one.
    pub(crate) async fn hears(&mut self, what: &str) -> Value {
        // A browser that starts on a busy machine takes its time.
        let patience = 3 * crate::house::DEADLINE;
        let heard = tokio::time::timeout(patience, self.reports.recv()).await;
        let asked = self.asked.lock().unwrap().clone();
        let report = heard.unwrap_or_else(|_| panic!("{what:?} was not reported; asked for: {asked:#?}")).unwrap();
        assert_eq!(report["what"], what, "{report:#}");
        report
    }

    /// The page may go on.
    pub(crate) fn turn(&self, name: &str, with: Value) {
        self.turns.send_modify(|turns| drop(turns.insert(name.to_owned(), with)));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some((mut process, _)) = self.browser.take() {
            // With all its children, or they would still write into the profile that goes with this.
            let group = format!("-{}", process.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = process.wait();
        }
    }
}

fn browser() -> PathBuf {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect();
    let found = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.into_iter().find(|path| path.is_file()).expect("Chromium is installed: `scripts/test` does that")
}

/// One request a connection.
async fn serve(
    stream: TcpStream,
    tell: &mpsc::UnboundedSender<Value>,
    mut turned: watch::Receiver<Turns>,
    example: &str,
    noted: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut line, mut len) = (String::new(), String::new(), 0);
    stream.read_line(&mut first).await?;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            len = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body).await?;
    noted.lock().unwrap().push(first.trim().to_owned());
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (kind, content) = match path {
        "/report" => {
            let _ = tell.send(serde_json::from_slice(&body)?);
            ("application/json", Some("{}".to_owned()))
        }
        "/example.js" => ("text/javascript", Some(example.to_owned())),
        _ => match path.strip_prefix("/turn/") {
            Some(name) => {
                let name = name.replace("%20", " ");
                let turns = turned.wait_for(|turns| turns.contains_key(&name)).await;
                ("application/json", turns.ok().map(|turns| turns[&name].to_string()))
            }
            None => file(path),
        },
    };
    let status = if content.is_some() { "200 OK" } else { "404 Not Found" };
    let content = content.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        content.len()
    );
    stream.write_all((head + &content).as_bytes()).await?;
    stream.shutdown().await
}

/// A file of the repository: `/shared/…` or `/web/…`.
fn file(path: &str) -> (&'static str, Option<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = match path.trim_start_matches('/').split_once('/') {
        Some(("shared", name)) => Some(root.join("static/shared").join(name)),
        Some(("web", name)) => Some(root.join("tests/web").join(name)),
        _ => None,
    };
    let is_page = Path::new(path).extension().is_some_and(|extension| extension == "html");
    let kind = if is_page { "text/html" } else { "text/javascript" };
    (kind, found.and_then(|path| std::fs::read_to_string(path).ok()))
}
