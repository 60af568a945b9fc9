//! A connection as long as it speaks HTTP: nobody holds one for ever by sending or taking in too slowly, and what is no HTTP
//! is answered by a problem document like everything else.
//!
//! The library's own deadline ends with the head of the first request. So this stands between it and the socket: while no
//! request is being answered, something whole has to happen within [`Watch`]'s patience.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::ports::figures;

/// Whether a connection's requests are under way, and since when they are not. Its handlers know it by the connection's data.
pub(super) struct Watch {
    /// How long the next request may take to arrive once it has begun to, or the answer before it to be taken in.
    patience: Duration,
    /// How long nothing need come after an answer. The library closes the connection after that by itself, and politely.
    keep_alive: Duration,
    under_way: Cell<usize>,
    /// How many requests have been answered: another number is another wait.
    answered: Cell<u64>,
}

/// A request that is being answered; no wait is counted while this lives.
pub(super) struct UnderWay(Rc<Watch>);

impl Watch {
    /// A request begins to be answered.
    pub(super) fn begin(self: Rc<Self>) -> UnderWay {
        self.under_way.update(|n| n + 1);
        UnderWay(self)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.update(|n| n - 1);
        self.0.answered.update(|n| n + 1);
    }
}

/// A connection that speaks HTTP.
pub(super) struct Connection {
    io: TcpStream,
    watch: Rc<Watch>,
    /// The end of the present wait, after how many answers it began, and for what.
    wait: Option<(u64, Awaited, Pin<Box<Sleep>>)>,
    /// After how many answers something last came.
    heard: Option<u64>,
    /// What is written instead of an answer without words.
    instead: Bytes,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// The first byte of a further request, which need not come.
    More,
    /// The rest of what has begun.
    Rest,
}

impl Connection {
    /// More than the library's own time, whose clock ticks twice a second.
    const GRACE: Duration = Duration::from_secs(5);

    pub(super) fn new(io: TcpStream, patience: Duration, keep_alive: Duration) -> Self {
        let (under_way, answered) = (Cell::new(0), Cell::new(0));
        let watch = Rc::new(Watch { patience, keep_alive, under_way, answered });
        Self { io, watch, wait: None, heard: None, instead: Bytes::new() }
    }

    pub(super) fn watch(&self) -> Rc<Watch> {
        Rc::clone(&self.watch)
    }

    pub(super) fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.io
    }

    /// The socket, once it speaks HTTP no more.
    pub(super) fn into_stream(self) -> TcpStream {
        self.io
    }

    /// Goes on waiting; an error once that has taken too long.
    fn wait<T>(&mut self, cx: &mut Context<'_>, awaited: Awaited) -> Poll<io::Result<T>> {
        if self.watch.under_way.get() > 0 {
            self.wait = None;
            return Poll::Pending;
        }
        let answered = self.watch.answered.get();
        if self.wait.as_ref().is_none_or(|(since, what, _)| (*since, *what) != (answered, awaited)) {
            let patience = match awaited {
                Awaited::More => self.watch.keep_alive + Self::GRACE,
                Awaited::Rest => self.watch.patience,
            };
            self.wait = Some((answered, awaited, Box::pin(tokio::time::sleep(patience))));
        }
        match &mut self.wait {
            Some((_, _, sleep)) => sleep.as_mut().poll(cx).map(|()| {
                figures::limited("request_deadline");
                Err(io::ErrorKind::TimedOut.into())
            }),
            None => Poll::Pending,
        }
    }

    /// What a reader waits for: after an answer, and as long as nothing has come since, for a further request.
    fn awaited(&self) -> Awaited {
        let answered = self.watch.answered.get();
        if answered > 0 && self.heard != Some(answered) { Awaited::More } else { Awaited::Rest }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let had = buf.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Ready(read) => {
                if buf.filled().len() > had {
                    this.heard = Some(this.watch.answered.get());
                }
                Poll::Ready(read)
            }
            Poll::Pending => this.wait(cx, this.awaited()),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_empty() {
            let Some(instead) = in_words(buf) else {
                return match Pin::new(&mut this.io).poll_write(cx, buf) {
                    Poll::Ready(written) => Poll::Ready(written),
                    Poll::Pending => this.wait(cx, Awaited::Rest),
                };
            };
            this.instead = instead;
        }
        while !this.instead.is_empty() {
            match Pin::new(&mut this.io).poll_write(cx, &this.instead) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => this.instead.advance(written),
                Poll::Ready(Err(why)) => return Poll::Ready(Err(why)),
                Poll::Pending => return this.wait(cx, Awaited::Rest),
            }
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

/// The problem document for an answer of the library itself, which has none and cannot be taught to: what came is no request
/// that could be given to anybody, and the connection ends with this.
fn in_words(answer: &[u8]) -> Option<Bytes> {
    const LONGEST: usize = 256;
    if answer.len() > LONGEST || !answer.ends_with(b"\r\n\r\n") || !answer.starts_with(b"HTTP/1.") {
        return None;
    }
    let head = std::str::from_utf8(answer).ok()?;
    let mut lines = head.split("\r\n");
    let status_line = lines.next()?;
    if !lines.any(|line| line.eq_ignore_ascii_case("content-length: 0")) {
        return None;
    }
    let status = status_line.get("HTTP/1.1 ".len()..)?;
    let (code, detail) = match status.get(..3)? {
        "400" => ("bad_request", "this is no request of HTTP/1.1"),
        "408" => ("request_timeout", "the request did not arrive in time"),
        "431" => ("too_long", "the head of a request has at most 96 headers and 128 KiB"),
        _ => return None,
    };
    let (number, title) = status.split_once(' ')?;
    let body = problem(number.parse().ok()?, title, code, detail);
    Some(Bytes::from(format!(
        "{status_line}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )))
}

/// A problem document of which every part is ours: nothing in it has to be escaped.
pub(super) fn problem(status: u16, title: &str, code: &str, detail: &str) -> String {
    format!(r#"{{"type":"about:blank","title":"{title}","status":{status},"code":"{code}","detail":"{detail}"}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_words_gets_some() {
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";
        let told = String::from_utf8(in_words(answer).unwrap().to_vec()).unwrap();
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())) && head.ends_with("connection: close"));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["status"], &body["code"]), (&400.into(), &"bad_request".into()));
    }

    #[test]
    fn every_other_answer_is_left_alone() {
        for answer in [
            &b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 10\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n",
            b"HTTP/1.1",
            b"",
            b"\xff\xff\r\n\r\n",
        ] {
            assert_eq!(in_words(answer), None, "{answer:?}");
        }
    }
}
