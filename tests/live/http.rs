//! A client for HTTP that is small enough to be seen through: one request a connection.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::answers;
use crate::house::DEADLINE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its `Content-Type`, in small letters.
    kind: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// A server's API, as one who is logged in with a token, or as nobody.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    address: SocketAddr,
    pub(crate) token: Option<String>,
}

impl Api {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.must("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.must("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.must("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.must("PATCH", path, Some(body)).await
    }

    async fn must(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body).await.unwrap_or_else(|why| panic!("{method} {path}: {why}"));
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        answer.json()
    }

    /// Hands a mail over, as a mail server does that knows a secret.
    pub(crate) async fn hand_over(&self, path: &str, secret: &str, mail: &str) -> Value {
        let server = Self { address: self.address, token: Some(secret.to_owned()) };
        let answer = server.send("POST", path, Some(("message/rfc822", mail.to_owned()))).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Any call, whatever comes of it.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> io::Result<Answer> {
        self.send(method, path, body.map(|body| ("application/json", body.to_string()))).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<(&str, String)>) -> io::Result<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if let Some(token) = &self.token {
            request += &format!("authorization: Bearer {token}\r\n");
        }
        if let Some((kind, body)) = &body {
            request += &format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        }
        request += "\r\n";
        request += body.as_ref().map_or("", |(_, body)| body);
        let answer = tokio::time::timeout(DEADLINE, exchange(self.address, request)).await??;
        let checked = answers::answer(method, path, answer.status, &answer.kind, &answer.body);
        checked.unwrap_or_else(|why| panic!("{why}"));
        Ok(answer)
    }
}

async fn exchange(address: SocketAddr, request: String) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    read(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "half an answer"))
}

/// Reads an answer whose end is the end of the connection.
fn read(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase(), &answer[end + 4..]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = if head.contains("\r\ntransfer-encoding: chunked") { unchunked(body)? } else { body.to_vec() };
    let kind = head.split("\r\ncontent-type: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap_or_default();
    Some(Answer { status, kind: kind.to_owned(), body: String::from_utf8_lossy(&body).into_owned() })
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = body.windows(2).position(|two| two == b"\r\n")?;
        let len = usize::from_str_radix(std::str::from_utf8(&body[..line]).ok()?.trim(), 16).ok()?;
        if len == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(line + 2..line + 2 + len)?);
        body = body.get(line + 2 + len + 2..)?;
    }
}
