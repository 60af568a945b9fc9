//! Peers that write bytes, and what bytes alone come to.

use doorbell::domain::time::Span;
use doorbell::edge::limits::DoorLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::world::{PATIENCE, World, calm};

/// A connection without manners.
pub(crate) struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Connects and writes.
    pub(crate) async fn open(world: &World, bytes: &str) -> Self {
        Self::open_bytes(world, bytes.as_bytes()).await
    }

    /// The same for bytes that are no text.
    pub(crate) async fn open_bytes(world: &World, bytes: &[u8]) -> Self {
        let stream = TcpStream::connect(world.address).await.expect("it listens");
        // Each piece that is written is a packet of its own.
        stream.set_nodelay(true).expect("it can be set");
        let mut raw = Self { stream };
        raw.write(bytes).await;
        raw
    }

    /// Reads up to the end of the welcome.
    pub(crate) async fn welcomed(&mut self) {
        while !self.frame().await.1.starts_with(br#"{"type":"welcome""#) {}
    }

    /// The next frame: its opcode and payload.
    pub(crate) async fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.read_exact(&mut head).await;
        assert_eq!((head[0] & 0xF0, head[1] & 0x80), (0x80, 0), "whole, no reserved bit, no mask");
        let size = [0, 2, 8][usize::from(head[1].saturating_sub(125))];
        let mut long = [0; 8];
        self.read_exact(&mut long[8 - size..]).await;
        let len = if size == 0 { u64::from(head[1]) } else { u64::from_be_bytes(long) };
        assert!(size == 0 || len > 125, "the shortest length");
        let mut payload = vec![0; usize::try_from(len).expect("a short frame")];
        self.read_exact(&mut payload).await;
        (head[0] & 0x0F, payload)
    }

    async fn read_exact(&mut self, bytes: &mut [u8]) {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_exact(bytes)).await;
        read.expect("something comes").expect("it is open");
    }

    /// Connects and is let through the upgrade.
    pub(crate) async fn upgraded(world: &World, path: &str) -> Self {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let mut raw = Self::open(world, &request).await;
        assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
        raw
    }

    /// Writes; a peer that has closed does not matter.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Says a short or long text, as a client that masks with nothing.
    pub(crate) async fn say(&mut self, text: &str) {
        let mut frame = vec![0x81, 0xFE];
        frame.extend_from_slice(&u16::try_from(text.len()).expect("a short text").to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.write(&frame).await;
    }

    /// The head of an answer.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = tokio::time::timeout(PATIENCE, self.stream.read_u8()).await.expect("an answer comes");
            head.push(byte.expect("a whole head"));
        }
        String::from_utf8(head).expect("a text")
    }

    /// Everything until the end; a reset is an end.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("it ends");
        rest
    }

    /// The code of the close frame with which it ends.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        match &self.rest().await[..] {
            [0x88, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
    }
}

#[actix_rt::test]
async fn nonsense_ends_the_connection() {
    let world = World::start(calm());
    for path in ["/ws/visitor", "/ws/operator"] {
        for (bytes, code) in [
            (&b"\x81\x05hello"[..], 1002),
            (b"\xC1\x80....", 1002),
            (b"\x81\x82....\xED\x06", 1007),
            (b"\x81\xFE\xFF\xFF", 1009),
        ] {
            let mut raw = Raw::upgraded(&world, path).await;
            raw.write(bytes).await;
            assert_eq!(raw.close_code().await, Some(code), "{path} {bytes:?}");
        }
    }
}

#[actix_rt::test]
async fn a_close_is_answered_with_its_code() {
    let world = World::start(calm());
    let mut raw = Raw::upgraded(&world, "/ws/visitor").await;
    raw.write(&[0x88, 0x82, 0, 0, 0, 0, 0x0B, 0xB8]).await;
    assert_eq!(raw.close_code().await, Some(3000));
}

#[actix_rt::test]
async fn dripping_bytes_do_not_extend_the_hello() {
    let world = World::start(DoorLimits { hello_deadline: Span(300), ..calm() });
    let mut raw = Raw::upgraded(&world, "/ws/visitor").await;
    raw.write(b"\x81\xFE\x10\x00\0\0\0\0").await;
    let mut code = None;
    while code.is_none() {
        // One byte at a time, as long as it takes.
        raw.write(b"x").await;
        let mut seen = [0; 16];
        let read = tokio::time::timeout(std::time::Duration::from_millis(20), raw.stream.read(&mut seen)).await;
        code = match read {
            Ok(Ok(len)) if len >= 4 => Some(u16::from_be_bytes([seen[2], seen[3]])),
            Ok(_) => Some(1006),
            Err(_) => None,
        };
    }
    assert_eq!(code, Some(4001));
}

#[actix_rt::test]
async fn fragments_count_together() {
    let world = World::start(calm());
    let fragments = |text: &str| {
        let pieces: Vec<_> = text.as_bytes().chunks(1_024).map(<[u8]>::to_vec).collect();
        let last = pieces.len() - 1;
        let opcode = |at| OpCode::Data(if at == 0 { Data::Text } else { Data::Continue });
        pieces.into_iter().enumerate().map(move |(at, piece)| Frame::message(piece, opcode(at), at == last))
    };
    let pad = |len: usize| format!(r#"{{"type":"hello","key":"none","pad":"{}"}}"#, "p".repeat(len));
    for (text, code) in [(pad(20 * 1_024), 4004), (pad(100 * 1_024), 1009)] {
        let mut peer = world.connect("/ws/visitor").await;
        for fragment in fragments(&text) {
            if futures_util::SinkExt::send(&mut peer.stream, Message::Frame(fragment)).await.is_err() {
                break;
            }
        }
        assert_eq!(peer.end_code().await, code);
    }
}

#[actix_rt::test]
async fn a_message_above_the_limit_is_1009() {
    let world = World::start(calm());
    let mut peer = world.connect("/ws/visitor").await;
    peer.say(&"x".repeat(40_000)).await;
    assert_eq!(peer.end_code().await, 1009);
}
