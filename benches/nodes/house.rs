//! `doorbell serve` as a process of its own, and the sockets of those who use it.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::redis_server::free_port;

/// After this much, what is waited for does not come any more.
const PATIENCE: Duration = Duration::from_secs(30);
const EMAIL: &str = "jana@shop.test";
const PASSWORD: &str = "correct horse battery 7";

/// A server. It ends with the value.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    dir: TempDir,
}

/// What its command line made, and somebody who has logged in.
pub(crate) struct Account {
    pub(crate) widget_key: String,
    pub(crate) token: String,
}

impl Server {
    /// Starts one on this store, in a directory of its own, and waits until it is ready.
    pub(crate) fn start(store_url: &str) -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let configuration = format!(
            "server.bind = '{address}'\nstore.url = '{store_url}'\nmail.smtp_url = 'file:outbox/'\nmail.from = 'notify@shop.test'\n\
             limits.connections_per_ip = 20000\nlimits.visitor_messages_per_minute = 1000000\n\
             limits.visitor_messages_per_minute_per_ip = 1000000\nlimits.new_conversations_per_minute_per_ip = 1000000\n\
             limits.frames_per_second = 100000\nlog.filter = 'warn'\n"
        );
        std::fs::write(dir.path().join("doorbell.toml"), configuration)?;
        let process = command(dir.path(), &["serve"]).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Self { process, address, dir };
        let began = Instant::now();
        while !server.ask("GET", "/readyz", None).is_ok_and(|(status, _)| status == 200) {
            if server.process.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// An account, by the command line, and its admin logged in.
    pub(crate) fn account(&self) -> Result<Account, Box<dyn Error>> {
        let words =
            ["account", "create", "--name", "Shop", "--plan", "pro", "--email", EMAIL, "--password-stdin", "--json"];
        let mut process = command(self.dir.path(), &words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        process.stdin.take().ok_or("a pipe")?.write_all(PASSWORD.as_bytes())?;
        let made: Value = serde_json::from_slice(&process.wait_with_output()?.stdout)?;
        let log_in = json!({ "email": EMAIL, "password": PASSWORD });
        let (_, logged_in) = self.ask("POST", "/api/v1/login", Some(&log_in))?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no text");
        Ok(Account { widget_key: text(&made["widget_key"])?, token: text(&logged_in["token"])? })
    }

    /// A call over HTTP: its status, and the JSON of its answer.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value), Box<dyn Error>> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).ok_or("no status")?.parse()?;
        let json = answer
            .split_once("\r\n\r\n")
            .map_or(Value::Null, |(_, body)| serde_json::from_str(body).unwrap_or_default());
        Ok((status, json))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command of doorbell's, with the configuration in this directory.
pub(crate) fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbell"));
    command.args(words).args(["--config", "doorbell.toml"]).current_dir(dir);
    command
}

/// Somebody's socket.
pub(crate) struct Socket(WebSocketStream<tokio::net::TcpStream>);

impl Socket {
    /// Opens one, says hello, and is welcome.
    pub(crate) async fn open(address: SocketAddr, path: &str, hello: Value) -> Result<Self, Box<dyn Error>> {
        let stream = tokio::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = tokio_tungstenite::client_async(format!("ws://{address}{path}"), stream).await?;
        let mut socket = Self(socket);
        socket.say(&hello).await?;
        socket.hear(|frame| frame["type"] == "welcome").await?;
        Ok(socket)
    }

    pub(crate) async fn say(&mut self, frame: &Value) -> Result<(), Box<dyn Error>> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// Reads until a frame is the one that is waited for.
    pub(crate) async fn hear(&mut self, is_it: impl Fn(&Value) -> bool) -> Result<Value, Box<dyn Error>> {
        let heard = async {
            while let Some(message) = self.0.next().await {
                let Message::Text(text) = message? else { continue };
                let frame: Value = serde_json::from_str(&text)?;
                if frame["type"] == "error" {
                    return Err(text.as_str().into());
                }
                if is_it(&frame) {
                    return Ok(frame);
                }
            }
            Err("the server closed the socket".into())
        };
        tokio::time::timeout(PATIENCE, heard).await?
    }

    /// Reads until what was asked under this id is acknowledged.
    pub(crate) async fn acknowledged(&mut self, id: &str) -> Result<Value, Box<dyn Error>> {
        self.hear(|frame| frame["type"] == "ack" && frame["id"] == id).await
    }
}
