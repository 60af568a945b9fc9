//! RFC 6455 as a server speaks it: bytes to messages and back. Pure: no socket, no clock.
//!
//! The decoder works in the caller's buffer and keeps bytes of its own only while a frame or a fragmented message is
//! incomplete, so that a silent peer costs no memory.

use std::ops::ControlFlow;

use bytes::{BufMut, Bytes, BytesMut};

/// An empty ping, as it goes over the wire.
pub const PING: Bytes = Bytes::from_static(&[0x89, 0x00]);

/// The longest payload of a control frame, in bytes.
const CONTROL_LEN_MAX: usize = 125;

/// What a peer said.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message; what was in it is nobody's business here.
    Binary,
    /// A ping: to be answered with the same bytes.
    Ping(&'a [u8]),
    /// A pong, solicited or not.
    Pong,
    /// The peer closes, with this code if it gave one.
    Close(Option<u16>),
}

/// The peer broke the protocol; the connection is to be closed with [`close_code`](Self::close_code).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A frame that RFC 6455 forbids.
    Protocol(&'static str),
    /// A text that is not UTF-8.
    NotUtf8,
    /// A message above the limit. Known from the header, before its bytes arrive.
    TooBig,
}

impl Violation {
    /// The code for the close frame.
    pub fn close_code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
        }
    }

    /// What to say beside the code.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Protocol(what) => what,
            Self::NotUtf8 => "a text is UTF-8",
            Self::TooBig => "the message is too big",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn of(bits: u8) -> Result<Self, Violation> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xA => Ok(Self::Pong),
            _ => Err(Violation::Protocol("an opcode that is not defined")),
        }
    }

    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Whether more frames of the message follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Final,
    More,
}

#[derive(Clone, Copy)]
struct Header {
    part: Part,
    opcode: Opcode,
    mask: [u8; 4],
    start_len: usize,
    payload_len: usize,
}

/// A message of which not all frames have arrived.
struct Fragments {
    opcode: Opcode,
    bytes: Vec<u8>,
}

/// One connection's incoming side.
pub struct Decoder {
    message_len_max: u32,
    /// What is incomplete; without memory while nothing is.
    partial: Option<Box<Partial>>,
}

#[derive(Default)]
struct Partial {
    /// The beginning of a frame.
    rest: Vec<u8>,
    /// The beginning of a message.
    fragments: Option<Fragments>,
}

impl Decoder {
    /// For messages of at most `message_len_max` bytes, all their frames together.
    pub fn new(message_len_max: usize) -> Self {
        Self { message_len_max: u32::try_from(message_len_max).unwrap_or(u32::MAX), partial: None }
    }

    /// Takes in what arrived, unmasking it in place, and tells every whole message, until `tell` breaks off.
    pub fn feed(
        &mut self,
        bytes: &mut [u8],
        mut tell: impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Result<(), Violation> {
        let rest = self.partial.as_mut().map(|partial| std::mem::take(&mut partial.rest)).unwrap_or_default();
        if rest.is_empty() {
            let used = self.take_frames(bytes, &mut tell)?;
            if used < bytes.len() {
                self.partial.get_or_insert_default().rest = bytes[used..].to_vec();
            }
        } else {
            let mut whole = rest;
            whole.extend_from_slice(bytes);
            let used = self.take_frames(&mut whole, &mut tell)?;
            if used < whole.len() {
                whole.drain(..used);
                self.partial.get_or_insert_default().rest = whole;
            }
        }
        self.partial.take_if(|partial| partial.rest.is_empty() && partial.fragments.is_none());
        Ok(())
    }

    /// How many bytes were whole frames.
    fn take_frames(
        &mut self,
        bytes: &mut [u8],
        tell: &mut impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Result<usize, Violation> {
        let mut used = 0;
        while let Some(header) = self.header(&bytes[used..])? {
            let start = used + header.start_len;
            let Some(payload) = bytes.get_mut(start..start + header.payload_len) else { break };
            unmask(payload, header.mask);
            used = start + payload.len();
            if self.take_frame(&header, payload, tell)?.is_break() {
                return Ok(bytes.len());
            }
        }
        Ok(used)
    }

    /// The header at the beginning of `bytes`, checked; `None`: incomplete.
    fn header(&self, bytes: &[u8]) -> Result<Option<Header>, Violation> {
        let &[first, second, ref more @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("a reserved bit is set"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("a client's frame is masked"));
        }
        let opcode = Opcode::of(first & 0x0F)?;
        let part = if first & 0x80 == 0 { Part::More } else { Part::Final };
        let (length_len, payload_len) = match second & 0x7F {
            126 => (2, more.first_chunk().map(|b| u64::from(u16::from_be_bytes(*b)))),
            127 => (8, more.first_chunk().map(|b| u64::from_be_bytes(*b))),
            short => (0, Some(u64::from(short))),
        };
        if opcode.is_control() && (part == Part::More || second & 0x7F > 125) {
            return Err(Violation::Protocol("a control frame is whole and short"));
        }
        let Some(payload_len) = payload_len else { return Ok(None) };
        if payload_len > i64::MAX as u64 {
            return Err(Violation::Protocol("a length has 63 bits"));
        }
        let payload_len = usize::try_from(payload_len).map_err(|_| Violation::TooBig)?;
        self.check_turn(opcode, payload_len)?;
        let mask = more.get(length_len..).and_then(<[u8]>::first_chunk).copied();
        Ok(mask.map(|mask| Header { part, opcode, mask, start_len: 2 + length_len + 4, payload_len }))
    }

    /// Whether such a frame may come now.
    fn check_turn(&self, opcode: Opcode, payload_len: usize) -> Result<(), Violation> {
        let fragments = self.partial.as_ref().and_then(|partial| partial.fragments.as_ref());
        let before = match (opcode, fragments) {
            (Opcode::Continuation, None) => return Err(Violation::Protocol("nothing is there to be continued")),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(Violation::Protocol("another message is not finished"));
            }
            (Opcode::Continuation, Some(fragments)) => fragments.bytes.len(),
            _ => 0,
        };
        if before.saturating_add(payload_len) > self.message_len_max as usize && !opcode.is_control() {
            return Err(Violation::TooBig);
        }
        Ok(())
    }

    fn take_frame(
        &mut self,
        header: &Header,
        payload: &[u8],
        tell: &mut impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Violation> {
        match (header.opcode, header.part) {
            (Opcode::Ping, _) => Ok(tell(Incoming::Ping(payload))),
            (Opcode::Pong, _) => Ok(tell(Incoming::Pong)),
            (Opcode::Close, _) => Ok(tell(Incoming::Close(close_code(payload)?))),
            (Opcode::Continuation, part) => self.take_fragment(part, payload, tell),
            (opcode, Part::Final) => Ok(tell(message(opcode, payload)?)),
            (opcode, Part::More) => {
                let fragments = Fragments { opcode, bytes: payload.to_vec() };
                self.partial.get_or_insert_default().fragments = Some(fragments);
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    fn take_fragment(
        &mut self,
        part: Part,
        payload: &[u8],
        tell: &mut impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Violation> {
        let partial = self.partial.get_or_insert_default();
        let Some(mut fragments) = partial.fragments.take() else {
            return Err(Violation::Protocol("nothing is there to be continued"));
        };
        fragments.bytes.extend_from_slice(payload);
        match part {
            Part::Final => Ok(tell(message(fragments.opcode, &fragments.bytes)?)),
            Part::More => {
                partial.fragments = Some(fragments);
                Ok(ControlFlow::Continue(()))
            }
        }
    }
}

fn message(opcode: Opcode, payload: &[u8]) -> Result<Incoming<'_>, Violation> {
    if opcode == Opcode::Binary {
        return Ok(Incoming::Binary);
    }
    std::str::from_utf8(payload).map(Incoming::Text).map_err(|_| Violation::NotUtf8)
}

/// The code in a close frame; those that must not be sent are violations.
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    if payload.is_empty() {
        return Ok(None);
    }
    let Some((code, reason)) = payload.split_first_chunk() else {
        return Err(Violation::Protocol("a close code has two bytes"));
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol("a close code that is not defined"));
    }
    std::str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
    Ok(Some(code))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask) {
        *byte ^= key;
    }
}

/// A text message as a server sends it.
pub fn text(text: &str) -> Bytes {
    encode(0x81, text.as_bytes())
}

/// The answer to a ping.
pub fn pong(payload: &[u8]) -> Bytes {
    encode(0x8A, payload)
}

/// A close frame; a reason that does not fit is cut.
pub fn close(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(CONTROL_LEN_MAX - 2)];
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(reason.as_bytes());
    encode(0x88, &payload)
}

fn encode(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    put_header(&mut frame, first, 0, payload.len());
    frame.put_slice(payload);
    frame.freeze()
}

/// A text message as a client sends it, under the mask that changes nothing: for handing a decoded message to a codec that
/// expects a client's frames.
pub fn as_client_text(text: &str) -> Bytes {
    let mut frame = BytesMut::with_capacity(text.len() + 14);
    put_header(&mut frame, 0x81, 0x80, text.len());
    frame.put_slice(&[0; 4]);
    frame.put_slice(text.as_bytes());
    frame.freeze()
}

fn put_header(frame: &mut BytesMut, first: u8, mask_bit: u8, payload_len: usize) {
    frame.put_u8(first);
    match payload_len {
        0..=125 => frame.put_u8(mask_bit | payload_len as u8),
        126..=0xFFFF => {
            frame.put_u8(mask_bit | 0x7E);
            frame.put_u16(payload_len as u16);
        }
        _ => {
            frame.put_u8(mask_bit | 0x7F);
            frame.put_u64(payload_len as u64);
        }
    }
}

#[cfg(test)]
mod tests;
