//! What an app holds of doorbell: an API with a token, and a socket that somebody always reads.

use std::time::Duration;

use awc::Client;
use awc::http::{Method, StatusCode};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// An error that says what it is.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// After this much, an answer does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The HTTP interface, as one who is logged in, or as nobody.
pub(crate) struct Api {
    /// HOST:PORT.
    host: String,
    token: Option<String>,
}

impl Api {
    /// Of a server at `http://HOST:PORT`.
    ///
    /// # Errors
    /// It is another kind of address: this example speaks no TLS; an app does.
    pub(crate) fn at(url: &str) -> Result<Self, Failure> {
        let host = url.strip_prefix("http://").ok_or("the example speaks http:// only")?;
        Ok(Self { host: host.trim_end_matches('/').to_owned(), token: None })
    }

    /// Logs in: the interface as that operator, and the answer.
    ///
    /// # Errors
    /// They are not let in.
    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Result<(Self, Value), Failure> {
        let body = json!({ "email": email, "password": password });
        let answer = self.must(Method::POST, "/api/v1/login", Some(body)).await?;
        let token = Some(text(&answer["token"])?);
        Ok((Self { host: self.host.clone(), token }, answer))
    }

    /// Asks for something that is to succeed.
    ///
    /// # Errors
    /// It did not; the problem's `code` and `detail` are in the words.
    pub(crate) async fn must(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let (status, answer) = self.call(method.clone(), path, body).await?;
        if status.is_success() { Ok(answer) } else { Err(format!("{method} {path}: {status} {answer}").into()) }
    }

    /// Asks for something, whatever comes of it.
    ///
    /// # Errors
    /// There was no answer.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value), Failure> {
        let mut request = Client::new().request(method, format!("http://{}{path}", self.host)).timeout(PATIENCE);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let sent = match body {
            Some(body) => request.send_json(&body).await,
            None => request.send().await,
        };
        let mut answer = sent.map_err(|why| format!("{path}: {why}"))?;
        let body = answer.body().await?;
        Ok((answer.status(), serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// Opens a socket with its first frame: it, and the welcome.
    ///
    /// # Errors
    /// There is no welcome.
    pub(crate) async fn socket(&self, path: &str, mut hello: Value) -> Result<(Socket, Value), Failure> {
        if let Some(token) = &self.token {
            hello["token"] = json!(token);
        }
        let stream = TcpStream::connect(&self.host).await?;
        stream.set_nodelay(true)?;
        let (stream, _) = tokio_tungstenite::client_async(format!("ws://{}{path}", self.host), stream).await?;
        let (out, mut input) = stream.split();
        let (tell, frames) = mpsc::unbounded_channel();
        let reader = tokio::task::spawn_local(async move {
            while let Some(Ok(message)) = input.next().await {
                let frame = match message {
                    Message::Text(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
                    Message::Close(close) => {
                        json!({ "type": "close", "code": close.map(|close| u16::from(close.code)) })
                    }
                    _ => continue,
                };
                if tell.send(frame).is_err() {
                    return;
                }
            }
        });
        let mut socket = Socket { out, frames, reader, asked: 0 };
        socket.send(hello).await?;
        let welcome = socket.wait("welcome").await?;
        Ok((socket, welcome))
    }
}

/// A socket. Dropped, its connection breaks without a word, as in a lift.
pub(crate) struct Socket {
    out: SplitSink<WebSocketStream<TcpStream>, Message>,
    frames: mpsc::UnboundedReceiver<Value>,
    reader: JoinHandle<()>,
    asked: u64,
}

impl Socket {
    /// Sends a frame that nobody answers.
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) async fn send(&mut self, frame: Value) -> Result<(), Failure> {
        Ok(self.out.send(Message::text(frame.to_string())).await?)
    }

    /// Sends a frame under an `id`: what it is answered.
    ///
    /// # Errors
    /// It was refused, or there was no answer.
    pub(crate) async fn ask(&mut self, mut frame: Value) -> Result<Value, Failure> {
        self.asked += 1;
        let id = self.asked.to_string();
        frame["id"] = json!(id);
        self.send(frame.clone()).await?;
        loop {
            let heard = self.hear(&frame).await?;
            match (heard["id"] == json!(id), heard["type"].as_str()) {
                (true, Some("ack")) => return Ok(heard),
                (true, Some("error")) => return Err(format!("{frame} was refused: {heard}").into()),
                _ => {}
            }
        }
    }

    /// Reads until a frame of this type; `close` is the server's close frame.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn wait(&mut self, kind: &str) -> Result<Value, Failure> {
        loop {
            let heard = self.hear(&json!(kind)).await?;
            if heard["type"] == kind {
                return Ok(heard);
            }
        }
    }

    async fn hear(&mut self, what: &Value) -> Result<Value, Failure> {
        let heard = tokio::time::timeout(PATIENCE, self.frames.recv()).await;
        heard.map_err(|_| format!("{what}: no answer"))?.ok_or_else(|| format!("{what}: the socket ended").into())
    }

    /// An explicit end: the device counts as gone at once (rule P4).
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) async fn bye(mut self) -> Result<(), Failure> {
        self.send(json!({ "type": "bye" })).await?;
        self.wait("close").await.map(drop)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The text of a JSON string.
///
/// # Errors
/// It is none.
pub(crate) fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is no text").into())
}
