//! One operator's socket: the task that reads and writes it and drives the actor behind it.
//!
//! A `WebsocketContext` that is polled as a response's body stops with its peer. Here the task takes what the actor says at
//! once and never waits for the peer: what the kernel does not take is counted, and over a bound the peer is evicted.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use futures_util::Stream;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Sleep;

use super::ending::Ending;
use super::frame::{self, Decoder, Incoming};
use super::lobby::Hall;
use super::outgoing::{Flushed, Outgoing};
use super::reading::poll_read;
use crate::actors::api::Pulse;
use crate::domain::ids::ConversationId;
use crate::domain::time::Span;
use crate::edge::limits::Bucket;
use crate::ports::figures;

/// With so many bytes waiting, the operator is too slow a reader.
const QUEUED_LEN_MAX: usize = 256 << 10;
/// With so many calls waiting, nothing more is read.
const WAITING_MAX: usize = 64;

/// What the task, the actor and the hall share of one operator's socket.
pub(super) struct Desk {
    pub pulse: Pulse,
    /// How many calls wait for their answers.
    waiting: Cell<usize>,
    said_bye: Cell<bool>,
    /// Where the operator types.
    typing: RefCell<BTreeSet<ConversationId>>,
    ending: Cell<Option<Ending>>,
    waker: RefCell<Option<Waker>>,
}

impl Desk {
    /// A desk that nobody sits at yet.
    pub(super) fn new(pulse: Pulse) -> Rc<Self> {
        Rc::new(Self {
            pulse,
            waiting: Cell::new(0),
            said_bye: Cell::new(false),
            typing: RefCell::default(),
            ending: Cell::new(None),
            waker: RefCell::default(),
        })
    }

    /// Ends the socket, unless it is ending already.
    pub(super) fn end(&self, ending: Ending) {
        if self.ending.get().is_none() {
            self.ending.set(Some(ending));
            self.wake();
        }
    }

    /// The client said bye, after all that it had asked for.
    pub(super) fn note_bye(&self) {
        self.said_bye.set(true);
    }

    /// Whether it did; it may have closed in the same breath.
    pub(super) fn said_bye(&self) -> bool {
        self.said_bye.get()
    }

    /// The operator types in a conversation, or no longer.
    pub(super) fn note_typing(&self, conversation: ConversationId, on: bool) {
        let mut typing = self.typing.borrow_mut();
        if on {
            typing.insert(conversation);
        } else {
            typing.remove(&conversation);
        }
    }

    /// Where the operator was typing when the socket ended.
    pub(super) fn typed_in(&self) -> BTreeSet<ConversationId> {
        self.typing.take()
    }

    /// A call was answered.
    pub(super) fn answered(&self) {
        self.waiting.set(self.waiting.get().saturating_sub(1));
        self.wake();
    }

    /// Whether the door has stopped listening because too much waits.
    pub(super) fn is_busy(&self) -> bool {
        self.waiting.get() >= WAITING_MAX
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// The driver of one operator's socket.
pub(super) struct Driver<S> {
    pub io: TcpStream,
    pub out: Outgoing,
    pub decoder: Decoder,
    pub desk: Rc<Desk>,
    pub hall: Rc<Hall>,
    /// What the actor says.
    pub says: Pin<Box<S>>,
    /// What the actor hears: whole texts, as frames of its codec.
    pub hears: mpsc::UnboundedSender<Bytes>,
    pub frames: Bucket,
    pub bytes: Bucket,
    /// Runs while the peer takes nothing.
    pub stalled: Option<Pin<Box<Sleep>>>,
    /// Runs while nothing is read, since the peer sent too many bytes.
    pub resting: Option<Pin<Box<Sleep>>>,
}

impl<S: Stream<Item = Result<Bytes, actix_web::Error>>> Driver<S> {
    /// Reads, writes and lets the actor run until the socket ends.
    pub(super) fn poll_life(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        *self.desk.waker.borrow_mut() = Some(cx.waker().clone());
        loop {
            self.poll_actor(cx);
            self.poll_write(cx);
            // What the actor said last goes out with the farewell.
            if let Some(ending) = self.desk.ending.get() {
                return Poll::Ready(ending);
            }
            if self.desk.is_busy() || self.poll_read(cx).is_pending() {
                return if self.desk.ending.get().is_some() { continue } else { Poll::Pending };
            }
        }
    }

    /// A text that came: the actor hears it next.
    pub(super) fn pass_on(&self, text: &str) {
        self.desk.waiting.set(self.desk.waiting.get() + 1);
        // The actor has gone: so will the socket.
        let _ = self.hears.send(frame::as_client_text(text));
    }

    fn poll_actor(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(said) = self.says.as_mut().poll_next(cx) {
            match said {
                Some(Ok(bytes)) => self.out.push(bytes),
                Some(Err(_)) | None => return self.desk.end(Ending::full()),
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        while !self.out.is_empty() {
            match self.io.poll_write_ready(cx) {
                Poll::Ready(Ok(())) => match self.out.flush(&self.io) {
                    Ok(Flushed::Blocked { written: 0 }) => {}
                    Ok(_) => self.stalled = None,
                    Err(_) => return self.desk.end(Ending::Vanished),
                },
                Poll::Ready(Err(_)) => return self.desk.end(Ending::Vanished),
                Poll::Pending => break,
            }
        }
        if self.out.is_empty() {
            self.stalled = None;
            return;
        }
        if self.out.queued_len() > QUEUED_LEN_MAX {
            return self.desk.end(Ending::too_slow());
        }
        let deadline = self.hall.house.limits().write_deadline.to_duration();
        let sleep = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(deadline)));
        if sleep.as_mut().poll(cx).is_ready() {
            figures::limited("write_deadline");
            self.desk.end(Ending::Vanished);
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(rest) = self.resting.as_mut()
            && rest.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        self.resting = None;
        let hall = Rc::clone(&self.hall);
        let mut buffer = hall.buffer.borrow_mut();
        match ready!(poll_read(&mut self.io, cx, &mut buffer)) {
            Ok(0) => self.desk.end(Ending::Vanished),
            Ok(len) => self.hear(&mut buffer[..len]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.desk.end(Ending::Vanished),
        }
        Poll::Ready(())
    }

    fn hear(&mut self, bytes: &mut [u8]) {
        let hall = Rc::clone(&self.hall);
        let (now, limits) = (hall.house.now(), hall.house.limits());
        self.desk.pulse.beat(now);
        let second = Span::from_secs(1);
        let debt = self.bytes.spend(bytes.len() as u32, 2 * limits.bytes_per_second, limits.bytes_per_second, now);
        if debt > Span(0) {
            figures::limited("bytes_per_second");
            self.resting = Some(Box::pin(tokio::time::sleep(debt.to_duration())));
        }
        let mut decoder = std::mem::replace(&mut self.decoder, Decoder::new(0));
        let outcome = decoder.feed(bytes, |incoming| {
            if self.frames.take(1, 2 * limits.frames_per_second, limits.frames_per_second, second, now).is_ok() {
                self.take_in(&incoming);
            } else {
                figures::limited("frames_per_second");
                self.desk.end(Ending::too_many_frames());
            }
            if self.desk.ending.get().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        self.decoder = decoder;
        if let Err(violation) = outcome {
            self.desk.end(violation.into());
        }
    }

    fn take_in(&mut self, incoming: &Incoming<'_>) {
        match incoming {
            Incoming::Text(text) => self.pass_on(text),
            // The actor refuses what is no JSON.
            Incoming::Binary => self.pass_on(""),
            Incoming::Ping(payload) => self.out.push(frame::pong(payload)),
            Incoming::Pong => {}
            Incoming::Close(code) => self.desk.end(Ending::PeerClosed(*code)),
        }
    }
}
