//! A WebSocket byte by byte, for peers that behave as no client library lets them.

use std::net::SocketAddr;

use serde_json::Value;
use socket2::{Domain, Protocol, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::house::DEADLINE;
use crate::speech::{self, Side};

/// The handshake's key; every handshake may use the same.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What the kernel takes in for a peer that reads nothing: little, so that the server notices soon.
const RECEIVE_BUFFER_LEN_BYTES: usize = 4 * 1024;

/// A connection after its handshake.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    path: String,
    unread: Vec<u8>,
}

/// What the server sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Value),
    /// A close frame, with its code.
    Close(Option<u16>),
    /// The end of the connection.
    End,
}

impl Raw {
    /// Connects to one of the doors.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Self {
        let mut stream = connect(address).await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut raw = Self { stream, path: path.to_owned(), unread: Vec::new() };
        let head_len = loop {
            if let Some(end) = raw.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(raw.more().await, "the handshake is answered");
        };
        assert!(raw.unread.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&raw.unread));
        raw.unread.drain(..head_len);
        raw
    }

    /// Sends a frame.
    pub(crate) async fn say(&mut self, frame: &Value) {
        self.stream.write_all(&masked(&frame.to_string())).await.unwrap();
    }

    /// The next thing that is no ping. Answers nothing.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            while let Some((opcode, payload)) = self.frame() {
                match opcode {
                    0x1 => {
                        let frame = serde_json::from_slice(&payload).unwrap();
                        speech::frame(&self.path, Side::Server, &frame).unwrap_or_else(|why| panic!("{why}"));
                        return Heard::Frame(frame);
                    }
                    0x8 => return Heard::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
                    _ => {}
                }
            }
            if !self.more().await {
                return Heard::End;
            }
        }
    }

    /// Reads to the end of the connection: all frames, and the code of the close frame if there was one.
    pub(crate) async fn hear_out(&mut self) -> (Vec<Value>, Option<u16>) {
        let (mut frames, mut code) = (Vec::new(), None);
        loop {
            match self.hear().await {
                Heard::Frame(frame) => frames.push(frame),
                Heard::Close(with) => code = with,
                Heard::End => return (frames, code),
            }
        }
    }

    /// Takes the next whole frame from what was read: opcode and payload.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (head, len) = match self.unread.get(1)? & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes(*self.unread.get(2..4)?.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*self.unread.get(2..10)?.first_chunk()?) as usize),
            len => (2, usize::from(len)),
        };
        let payload = self.unread.get(head..head + len)?.to_vec();
        let opcode = self.unread[0] & 0x0f;
        self.unread.drain(..head + len);
        Some((opcode, payload))
    }

    /// Reads some more; `false`: there is none.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(DEADLINE, self.stream.read_buf(&mut self.unread)).await;
        // A reset is an end as well.
        read.expect("the server says something or hangs up").is_ok_and(|len| len > 0)
    }
}

/// A connection with a small receive buffer.
pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER_LEN_BYTES).unwrap();
    socket.set_nonblocking(true).unwrap();
    let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A text frame as a client sends it, with a mask of zeros.
pub(crate) fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            frame.push(0xfe);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(0xff);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}
