//! A WebSocket client as light as it gets, so that what is measured is the server: one buffer for all sockets of the thread,
//! frames told by reference, no memory held between them.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;

use crate::Outcome;

/// What all sockets read into.
const BUFFER_LEN: usize = 64 << 10;
/// The longest answer to an upgrade, or frame, that is believed.
const LEN_MAX: usize = 1 << 20;
/// Any nonce does: nobody caches this.
const NONCE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// Any mask does: nobody listens in.
const MASK: [u8; 4] = [0x5A, 0xC3, 0x3C, 0xA5];

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER_LEN].into_boxed_slice());
}

/// A socket.
pub(crate) struct Socket {
    io: Rc<TcpStream>,
    /// The beginning of a frame that is incomplete.
    rest: Vec<u8>,
}

/// Whether to go on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Go on.
    Listen,
    /// That was what was waited for.
    Stop,
}

impl Socket {
    /// Connects and upgrades.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Outcome<Self> {
        let io = TcpStream::connect(address).await?;
        io.set_nodelay(true)?;
        let mut socket = Self { io: Rc::new(io), rest: Vec::new() };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {NONCE}\r\n\r\n"
        );
        write(&socket.io, request.as_bytes()).await?;
        let mut head = Vec::new();
        let end = loop {
            socket.read_some(&mut head).await?;
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if head.len() > LEN_MAX {
                return Err("no end of the answer to the upgrade".into());
            }
        };
        if !head.starts_with(b"HTTP/1.1 101 ") {
            return Err(String::from_utf8_lossy(&head).lines().next().unwrap_or("no answer").into());
        }
        head.drain(..end + 4);
        socket.rest = head;
        Ok(socket)
    }

    /// To speak with while somebody listens.
    pub(crate) fn mouth(&self) -> Mouth {
        Mouth(Rc::clone(&self.io))
    }

    /// Sends a text.
    pub(crate) async fn say(&self, text: &str) -> io::Result<()> {
        write(&self.io, &frame(0x81, text.as_bytes())).await
    }

    /// Reads until `hear`, which is told every text, has heard enough. Pings are answered.
    ///
    /// # Errors
    /// The server closes the socket, or the network does.
    pub(crate) async fn listen(&mut self, mut hear: impl FnMut(&str) -> Then) -> Outcome<()> {
        // What came together with the answer to the upgrade.
        let mut whole = std::mem::take(&mut self.rest);
        loop {
            let told = if whole.is_empty() { None } else { Some(self.tell_frames(&whole, &mut hear).await?) };
            if let Some((used, then)) = told {
                whole.drain(..used);
                if then == Then::Stop {
                    self.rest = whole;
                    return Ok(());
                }
            }
            self.io.readable().await?;
            // In the best case no frame is ever copied.
            let read = BUFFER.with_borrow_mut(|buffer| match self.io.try_read(buffer) {
                Ok(0) => Err("the server closed the connection".into()),
                Ok(len) => {
                    if whole.is_empty()
                        && let Some((used, then)) = only_texts(&buffer[..len], &mut hear)
                    {
                        whole.extend_from_slice(&buffer[used..len]);
                        return Ok(then);
                    }
                    whole.extend_from_slice(&buffer[..len]);
                    Ok(Then::Listen)
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(Then::Listen),
                Err(e) => Err(Box::<dyn std::error::Error>::from(e)),
            })?;
            if read == Then::Stop {
                self.rest = whole;
                return Ok(());
            }
        }
    }

    /// The next frame of this type; an error in between ends it.
    ///
    /// # Errors
    /// The server refuses something, or closes the socket.
    pub(crate) async fn wait_for(&mut self, kind: &str) -> Outcome<Value> {
        let mut found = None;
        let mut refused = None;
        self.listen(|text| {
            let Ok(frame) = serde_json::from_str::<Value>(text) else { return Then::Listen };
            if frame["type"] == kind {
                found = Some(frame);
                Then::Stop
            } else if frame["type"] == "error" {
                refused = Some(text.to_owned());
                Then::Stop
            } else {
                Then::Listen
            }
        })
        .await?;
        refused.map_or_else(|| found.ok_or_else(|| "no answer".into()), |why| Err(why.into()))
    }

    async fn tell_frames(&self, bytes: &[u8], hear: &mut impl FnMut(&str) -> Then) -> Outcome<(usize, Then)> {
        let mut used = 0;
        while let Some(Frame { opcode, payload, len }) = Frame::of(&bytes[used..])? {
            used += len;
            match opcode {
                0x1 if hear(std::str::from_utf8(payload)?) == Then::Stop => return Ok((used, Then::Stop)),
                0x9 => write(&self.io, &frame(0x8A, payload)).await?,
                0x8 => return Err(closed(payload).into()),
                _ => {}
            }
        }
        Ok((used, Then::Listen))
    }

    async fn read_some(&self, into: &mut Vec<u8>) -> Outcome<()> {
        self.io.readable().await?;
        BUFFER.with_borrow_mut(|buffer| match self.io.try_read(buffer) {
            Ok(0) => Err("the server closed the connection".into()),
            Ok(len) => {
                into.extend_from_slice(&buffer[..len]);
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(e) => Err(e.into()),
        })
    }
}

/// Speaks on a socket.
#[derive(Clone)]
pub(crate) struct Mouth(Rc<TcpStream>);

impl Mouth {
    /// Has the connection cut without a word, as a machine that is switched off, once nobody holds it any more.
    pub(crate) fn vanish(self) {
        let _ = socket2::SockRef::from(&*self.0).set_linger(Some(Duration::ZERO));
    }

    /// Sends a text.
    pub(crate) async fn say(&self, text: &str) -> io::Result<()> {
        write(&self.0, &frame(0x81, text.as_bytes())).await
    }
}

async fn write(io: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match io.try_write(bytes) {
            Ok(len) => bytes = &bytes[len..],
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => io.writable().await?,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Tells the whole texts at the beginning of `bytes`, and how many bytes those were; `None`: there is something else among
/// them, and nothing was told.
fn only_texts(bytes: &[u8], hear: &mut impl FnMut(&str) -> Then) -> Option<(usize, Then)> {
    let mut seen = 0;
    while let Some(Frame { opcode, len, .. }) = Frame::of(&bytes[seen..]).ok()? {
        if opcode != 0x1 {
            return None;
        }
        seen += len;
    }
    let mut used = 0;
    while used < seen {
        let Frame { payload, len, .. } = Frame::of(&bytes[used..]).ok()??;
        used += len;
        if hear(std::str::from_utf8(payload).ok()?) == Then::Stop {
            return Some((used, Then::Stop));
        }
    }
    Some((used, Then::Listen))
}

/// A frame of a server: whole, and not masked.
struct Frame<'a> {
    opcode: u8,
    payload: &'a [u8],
    len: usize,
}

impl<'a> Frame<'a> {
    /// The one at the beginning; `None`: it is incomplete.
    fn of(bytes: &'a [u8]) -> Outcome<Option<Self>> {
        let &[first, second, ref more @ ..] = bytes else { return Ok(None) };
        let (length_len, payload_len) = match second {
            126 => (2, more.first_chunk().map(|b| usize::from(u16::from_be_bytes(*b)))),
            127 => (8, more.first_chunk().map(|b| u64::from_be_bytes(*b) as usize)),
            short => (0, Some(usize::from(short))),
        };
        let Some(payload_len) = payload_len else { return Ok(None) };
        if first & 0xF0 != 0x80 || payload_len > LEN_MAX {
            return Err("the server's frames are whole and short".into());
        }
        let start = 2 + length_len;
        let payload = bytes.get(start..start + payload_len);
        Ok(payload.map(|payload| Self { opcode: first & 0x0F, payload, len: start + payload_len }))
    }
}

fn closed(payload: &[u8]) -> String {
    let (code, reason) =
        payload.split_first_chunk().map_or((1005, payload), |(code, reason)| (u16::from_be_bytes(*code), reason));
    format!("the server closed the socket: {code} {}", String::from_utf8_lossy(reason))
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xFFFF => {
            frame.push(0xFE);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0xFF);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}
