//! A connection that says any bytes, and reads answers as they come.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::DEADLINE;

/// Between two bytes of one who sends as slowly as it can.
const DRIP_EVERY: Duration = Duration::from_millis(20);

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Told {
    /// The code of a problem document; panics where it is none.
    pub(crate) fn problem(&self) -> String {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["status"], self.status, "{self:?}");
        assert!(!body["detail"].as_str().unwrap().is_empty());
        body["code"].as_str().unwrap().to_owned()
    }
}

/// See above.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

impl Wire {
    /// On a connection that is there already.
    pub(crate) fn on(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// Connects and says so much.
    pub(crate) async fn say(address: SocketAddr, bytes: &[u8]) -> Self {
        let mut wire = Self::on(TcpStream::connect(address).await.unwrap());
        wire.more(bytes).await;
        wire
    }

    /// Says more; that the other side has hung up does not matter.
    pub(crate) async fn more(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next whole answer; `None`: the connection ends before.
    pub(crate) async fn answer(&mut self) -> Option<Told> {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read().await {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < end + length {
            assert!(self.read().await, "half an answer: {head}");
        }
        let body = String::from_utf8_lossy(&self.unread[end..end + length]).into_owned();
        self.unread.drain(..end + length);
        Some(Told { status, head, body })
    }

    /// The same, where one must come.
    pub(crate) async fn told(&mut self) -> Told {
        self.answer().await.expect("it is answered")
    }

    /// Whether the connection ends without another word.
    pub(crate) async fn ends(&mut self) -> bool {
        self.unread.is_empty() && !self.read().await
    }

    /// Says the same few bytes again and again until something is answered or the connection ends.
    pub(crate) async fn drip(&mut self, bytes: &[u8]) -> Option<Told> {
        let mut buffer = [0; 4_096];
        let dripped = async {
            loop {
                self.more(bytes).await;
                match tokio::time::timeout(DRIP_EVERY, self.stream.read(&mut buffer)).await {
                    Err(_) => {}
                    Ok(Ok(len)) if len > 0 => {
                        self.unread.extend_from_slice(&buffer[..len]);
                        return;
                    }
                    Ok(_) => return,
                }
            }
        };
        tokio::time::timeout(DEADLINE, dripped).await.expect("it does not go on for ever");
        self.answer().await
    }

    /// Reads some more; `false`: there is none.
    async fn read(&mut self) -> bool {
        let read = tokio::time::timeout(DEADLINE, self.stream.read_buf(&mut self.unread)).await;
        // A reset is an end as well.
        read.expect("the server says something or hangs up").is_ok_and(|len| len > 0)
    }
}
