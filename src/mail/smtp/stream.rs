//! The bytes below a conversation: reaching the relay, TLS, time-outs, dots.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Tls;
use super::relay::{Relay, Security};

/// A stream to the relay, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream, and how it is encrypted: in words, `None` where it is not.
pub(super) type Secured = (Box<dyn Stream>, Option<String>);

/// Reaches the relay: the stream, and whose it is.
pub(super) async fn reach(relay: &Relay) -> io::Result<(TcpStream, SocketAddr)> {
    let tcp = TcpStream::connect((relay.host.as_str(), relay.port)).await?;
    // Each command waits for its answer: held back for a fuller packet it costs 40 ms a step.
    tcp.set_nodelay(true)?;
    let peer = tcp.peer_addr()?;
    Ok((tcp, peer))
}

/// The stream, encrypted where that comes first.
pub(super) async fn secure(tcp: TcpStream, relay: &Relay, tls: &Tls) -> io::Result<Secured> {
    match relay.security {
        Security::Implicit => encrypt(Box::new(tcp), relay, tls).await,
        Security::WhereOffered => Ok((Box::new(tcp), None)),
    }
}

/// The same stream within TLS, to the relay that it is meant for.
pub(super) async fn encrypt(stream: Box<dyn Stream>, relay: &Relay, tls: &Tls) -> io::Result<Secured> {
    let name = ServerName::try_from(relay.host.clone()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::clone(&tls.config)).connect(name, stream).await?;
    let session = stream.get_ref().1;
    let version = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    // There is no way to TLS here that does not check the certificate.
    let words = format!("{version}, the certificate was checked and is good for {}", relay.host);
    Ok((Box::new(stream), Some(words)))
}

/// The future's outcome, or that it took too long.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, format!("silence for {limit:?}"))))
}

/// The letter as it is sent: a line that begins with a dot gets another, and after the end stands the line of one dot. Every
/// line ends with CRLF, also what somebody takes for one: what ends a line for one server and not for the next is how letters
/// are smuggled.
pub(super) fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 64);
    let mut rest = raw;
    while !rest.is_empty() {
        let len = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, end) = rest.split_at(len);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_alone_ends_nothing_but_the_letter() {
        assert_eq!(stuffed(b".\r\n..a\r\nb."), b"..\r\n...a\r\nb.\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n.\r\n");
        assert_eq!(stuffed(b""), b".\r\n");
    }

    #[test]
    fn no_line_ends_otherwise_than_with_both() {
        assert_eq!(stuffed(b"a\n.\r\nQUIT\r\n"), b"a\r\n..\r\nQUIT\r\n.\r\n");
        assert_eq!(stuffed(b"a\r.\rb\n\rc\r\r\n"), b"a\r\n..\r\nb\r\n\r\nc\r\n\r\n.\r\n");
    }
}
