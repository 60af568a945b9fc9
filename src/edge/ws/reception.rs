//! The first frame of a socket, whoever's it is.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::task::{Poll, ready};

use tokio::net::TcpStream;

use super::ending::Ending;
use super::frame::{Decoder, Incoming};
use super::lobby::Hall;
use super::outgoing::Outgoing;
use super::reading::poll_read;
use crate::ports::figures;

/// How many pings are answered before anything is said.
const PINGS_MAX: usize = 10;

/// A socket that is connected and has said nothing yet.
pub(super) struct Newcomer {
    /// The connection.
    pub io: TcpStream,
    /// Bytes that came with the handshake.
    pub head: Vec<u8>,
}

/// What came first.
pub(super) struct First {
    /// The first message.
    pub hello: String,
    /// Those that came in the same breath.
    pub more: VecDeque<String>,
    /// The state of the incoming side.
    pub decoder: Decoder,
}

/// Waits for the first message. Its deadline counts from the upgrade, and no byte extends it.
pub(super) async fn first_message(newcomer: &mut Newcomer, hall: &Rc<Hall>) -> Result<First, Ending> {
    let deadline = hall.house.limits().hello_deadline.to_duration();
    let late = |_| {
        figures::limited("hello_deadline");
        Err(Ending::unauthenticated("no hello in time"))
    };
    tokio::select! {
        heard = tokio::time::timeout(deadline, listen(newcomer, hall)) => heard.unwrap_or_else(late),
        () = hall.house.closing() => Err(Ending::ServerEnds),
    }
}

async fn listen(newcomer: &mut Newcomer, hall: &Rc<Hall>) -> Result<First, Ending> {
    let mut decoder = Decoder::new(hall.house.limits().frame_bytes);
    let mut said = VecDeque::new();
    let mut pings = 0;
    let mut head = std::mem::take(&mut newcomer.head);
    hear(&mut decoder, &mut head, &newcomer.io, &mut said, &mut pings)?;
    while said.is_empty() {
        poll_fn(|cx| {
            let mut buffer = hall.buffer.borrow_mut();
            Poll::Ready(match ready!(poll_read(&mut newcomer.io, cx, &mut buffer)) {
                Ok(len) if len > 0 => hear(&mut decoder, &mut buffer[..len], &newcomer.io, &mut said, &mut pings),
                Ok(_) | Err(_) => Err(Ending::Vanished),
            })
        })
        .await?;
    }
    let hello = said.pop_front().ok_or(Ending::Vanished)?;
    Ok(First { hello, more: said, decoder })
}

fn hear(
    decoder: &mut Decoder,
    bytes: &mut [u8],
    io: &TcpStream,
    said: &mut VecDeque<String>,
    pings: &mut usize,
) -> Result<(), Ending> {
    let mut ending = None;
    decoder.feed(bytes, |incoming| {
        match incoming {
            Incoming::Text(text) => said.push_back(text.to_owned()),
            Incoming::Binary => ending = Some(Ending::unauthenticated("the first frame is a hello")),
            Incoming::Close(code) => ending = Some(Ending::PeerClosed(code)),
            Incoming::Ping(_) if *pings == PINGS_MAX => ending = Some(Ending::too_many_frames()),
            Incoming::Ping(payload) => {
                *pings += 1;
                let mut out = Outgoing::default();
                out.push(super::frame::pong(payload));
                // Nothing was written yet: if the kernel does not take this, the peer is none.
                if !out.flush(io).is_ok_and(super::outgoing::Flushed::is_drained) {
                    ending = Some(Ending::Vanished);
                }
            }
            Incoming::Pong => {}
        }
        if ending.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    ending.map_or(Ok(()), Err)
}
