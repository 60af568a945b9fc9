//! A question to a server over HTTP, as little as is needed to know it: GET, a status, the start of a body.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::mail::smtp::tls_config;

/// The longest answer that is read, in bytes.
const ANSWER_LEN_MAX: u64 = 64 * 1024;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Where to ask.
pub(super) struct Place<'a> {
    pub(super) encrypted: bool,
    /// Without brackets.
    pub(super) host: &'a str,
    pub(super) port: u16,
}

pub(super) async fn get(place: &Place<'_>, path: &str) -> io::Result<Answer> {
    let silence = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer for {PATIENCE:?}"));
    tokio::time::timeout(PATIENCE, ask(place, path)).await.map_err(silence)?
}

async fn ask(place: &Place<'_>, path: &str) -> io::Result<Answer> {
    let tcp = TcpStream::connect((place.host, place.port)).await?;
    if !place.encrypted {
        return talk(tcp, place.host, path).await;
    }
    let name = ServerName::try_from(place.host.to_owned()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::clone(&tls_config(None).map_err(io::Error::other)?));
    talk(connector.connect(name, tcp).await?, place.host, path).await
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str, path: &str) -> io::Result<Answer> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let question =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: doorbell-check\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    let read = stream.take(ANSWER_LEN_MAX).read_to_end(&mut answer).await;
    // Many end without saying good-bye; what came before counts.
    if answer.is_empty() {
        read?;
    }
    parse(&String::from_utf8_lossy(&answer))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is not HTTP"))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}
