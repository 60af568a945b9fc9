//! One visitor's socket. Nearly all connections are such, and nearly all of them only watch: a slot is kept small, and
//! everything that only some need is behind a box.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::ending::Ending;
use super::frame::{self, Decoder, Incoming};
use super::lobby::Hall;
use super::outgoing::{Flushed, Outgoing};
use super::reading::poll_read;
use super::visitor::Errand;
use crate::actors::api::SlotId;
use crate::domain::account::Locale;
use crate::domain::conversation::view::Page;
use crate::domain::ids::{AccountId, ConversationId, GroupId, VisitorId};
use crate::domain::news::VisitorNews;
use crate::domain::time::{Span, Timestamp};
use crate::edge::limits::{Bucket, Household, Mark, Seat};
use crate::ports::figures;

/// With so many bytes waiting, states are conflated and hints are dropped.
const CONFLATED_LEN: usize = 4 << 10;
/// With so many bytes waiting, the visitor is too slow a reader.
const QUEUED_LEN_MAX: usize = 256 << 10;
/// How many calls may wait for their turn.
const ERRANDS_MAX: usize = 64;

/// What a box is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Whose box.
    pub group: Option<GroupId>,
    /// Whether it is online.
    pub online: bool,
    /// Since when.
    pub since: Timestamp,
    /// Which of two is newer.
    pub version: u64,
    /// Whether nobody can know if it is still so.
    pub stale: bool,
}

/// What becomes of a frame that must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It waits.
    Must,
    /// It is a chat box's state: only the newest waits.
    Newest,
    /// It is forgotten.
    Hint,
}

/// What happened before a welcome, and waits for it.
#[derive(Default)]
pub(super) struct Early {
    /// What it is to show.
    pub shown: Option<Shown>,
    /// In order.
    news: Vec<EarlyNews>,
}

struct EarlyNews {
    /// The message's place, where it is one.
    seq: Option<u64>,
    frame: Bytes,
    weight: Weight,
}

/// Who sits there, as far as the hello told.
pub(super) struct Guest {
    /// Whose widget it is.
    pub account: AccountId,
    /// Who.
    pub visitor: VisitorId,
    /// The language of system messages: the page's, else from the welcome on the account's.
    pub locale: Cell<Option<Locale>>,
    /// From where, as it is counted.
    pub household: Household,
    /// The places in the house, in the account and in the figures, held as long as the guest stays.
    pub _places: (Seat, Mark<AccountId>, figures::Connection),
}

/// A visitor's socket.
pub(super) struct Slot {
    pub id: SlotId,
    pub hall: Rc<Hall>,
    pub guest: Guest,
    /// What it shows; `None` until it is welcomed.
    pub shown: Cell<Option<Shown>>,
    /// What was told before its welcome.
    pub early: RefCell<Option<Box<Early>>>,
    /// Which of those it is who watch that box.
    pub place: Cell<u32>,
    /// The page's group, and where the visitor is.
    pub group: Cell<Option<GroupId>>,
    pub page: RefCell<Option<Box<Page>>>,
    /// Whether the visitor has a conversation: it has their id.
    pub has_conversation: Cell<bool>,
    /// Whether anything is stored of the visitor: only then is anybody told of them.
    pub is_stored: Cell<bool>,
    /// What it asked for and was not done yet; somebody is at it while there is a queue.
    pub errands: RefCell<Option<VecDeque<Errand>>>,
    pub said_bye: Cell<bool>,
    pub types: Cell<bool>,
    /// Whether the next sign of life is told to the account.
    pub is_to_prove: Cell<bool>,
    last_sign: Cell<Timestamp>,
    io: RefCell<Option<TcpStream>>,
    out: RefCell<Outgoing>,
    decoder: RefCell<Decoder>,
    /// What the next frames may cost.
    frames: Cell<Bucket>,
    bytes: Cell<Bucket>,
    malformed: Cell<Bucket>,
    ending: Cell<Option<Ending>>,
    waker: RefCell<Option<Waker>>,
    /// Runs while the peer takes nothing.
    stalled: RefCell<Option<Pin<Box<Sleep>>>>,
    /// Runs while nothing is read, since the peer sent too many bytes.
    resting: RefCell<Option<Pin<Box<Sleep>>>>,
}

impl Guest {
    /// The language of system messages.
    pub(super) fn locale(&self) -> Locale {
        self.locale.get().unwrap_or(Locale::En)
    }
}

impl Slot {
    /// A slot that was not welcomed yet: what it is told waits for the welcome.
    pub(super) fn new(id: SlotId, hall: Rc<Hall>, guest: Guest, io: TcpStream, decoder: Decoder) -> Self {
        let (now, limits) = (hall.house.now(), hall.house.limits());
        Self {
            id,
            guest,
            shown: Cell::new(None),
            early: RefCell::default(),
            place: Cell::new(0),
            group: Cell::new(None),
            page: RefCell::default(),
            has_conversation: Cell::new(false),
            is_stored: Cell::new(false),
            errands: RefCell::default(),
            said_bye: Cell::new(false),
            types: Cell::new(false),
            is_to_prove: Cell::new(false),
            last_sign: Cell::new(now),
            io: RefCell::new(Some(io)),
            out: RefCell::default(),
            decoder: RefCell::new(decoder),
            frames: Cell::new(Bucket::full(2 * limits.frames_per_second, now)),
            bytes: Cell::new(Bucket::full(2 * limits.bytes_per_second, now)),
            malformed: Cell::new(Bucket::full(limits.malformed_frames_per_minute, now)),
            ending: Cell::new(None),
            waker: RefCell::default(),
            stalled: RefCell::default(),
            resting: RefCell::default(),
            hall,
        }
    }

    /// The visitor's conversation, if there is one.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        self.has_conversation.get().then_some(ConversationId(self.guest.visitor.0))
    }

    /// The last frame's time.
    pub(super) fn last_sign(&self) -> Timestamp {
        self.last_sign.get()
    }

    /// Ends it, unless it is ending already.
    pub(super) fn end(&self, ending: Ending) {
        if self.ending.get().is_none() {
            self.ending.set(Some(ending));
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Writes the welcome before everything that it was told meanwhile; messages up to `last_seq` stand in it.
    pub(super) fn welcome(&self, frame: Bytes, shown: Shown, last_seq: u64) {
        self.shown.set(Some(shown));
        self.out.borrow_mut().push_first(frame);
        self.write();
        let early = self.early.borrow_mut().as_mut().map(|early| std::mem::take(&mut early.news));
        for news in early.unwrap_or_default() {
            if news.seq.is_none_or(|seq| seq > last_seq) {
                self.tell(&news.frame, news.weight);
            }
        }
    }

    /// Tells it what happened; before its welcome that waits.
    pub(super) fn tell_news(&self, news: &VisitorNews, frame: &Bytes, weight: Weight) {
        if matches!(news, VisitorNews::Message { .. }) {
            // It may have begun in another tab.
            self.has_conversation.set(true);
            self.is_stored.set(true);
        }
        if self.shown.get().is_some() {
            return self.tell(frame, weight);
        }
        let seq = match news {
            VisitorNews::Message { message, .. } => Some(message.seq),
            _ => None,
        };
        let mut early = self.early.borrow_mut();
        let news = &mut early.get_or_insert_default().news;
        news.push(EarlyNews { seq, frame: frame.clone(), weight });
        if news.iter().map(|news| news.frame.len()).sum::<usize>() > QUEUED_LEN_MAX {
            self.end(Ending::too_slow());
        }
    }

    /// What it is to show once it is welcomed.
    pub(super) fn is_to_show(&self, shown: Shown) {
        self.early.borrow_mut().get_or_insert_default().shown = Some(shown);
    }

    /// Tells it something. Never waits.
    pub(super) fn tell(&self, frame: &Bytes, weight: Weight) {
        if self.ending.get().is_some() {
            return;
        }
        let mut out = self.out.borrow_mut();
        let queued_len = out.queued_len();
        if queued_len == 0 && self.shown.get().is_some() {
            let io = self.io.borrow();
            let Some(io) = io.as_ref() else { return };
            let sent = out.send(frame, io);
            drop(out);
            return self.on_flushed(&sent);
        }
        // What waits already will take this along.
        match weight {
            Weight::Newest if queued_len > CONFLATED_LEN => out.push_chat(frame.clone()),
            Weight::Hint if queued_len > CONFLATED_LEN => {}
            // One frame of whatever length may wait: that is how a welcome goes to a slow reader.
            _ if queued_len > 0 && queued_len + frame.len() > QUEUED_LEN_MAX => {
                drop(out);
                self.end(Ending::too_slow());
            }
            _ => out.push(frame.clone()),
        }
    }

    /// Tells it the state of the box that it shows, if that is another.
    pub(super) fn show(&self, shown: Shown, frame: &Bytes) {
        let Some(before) = self.shown.replace(Some(shown)) else {
            // Not welcomed yet: the welcome tells.
            return self.shown.set(None);
        };
        if (before.online, before.since, before.stale) != (shown.online, shown.since, shown.stale) {
            self.tell(frame, Weight::Newest);
        }
    }

    /// A ping; a socket that has something waiting is under watch already.
    pub(super) fn ping(&self) {
        if self.out.borrow().is_empty() {
            self.tell(&frame::PING, Weight::Hint);
        }
    }

    /// Counts a malformed frame; too many end it.
    pub(super) fn count_malformed(&self) {
        let mut malformed = self.malformed.get();
        let limit = self.hall.house.limits().malformed_frames_per_minute;
        let taken = malformed.take(1, limit, limit, Span::from_secs(60), self.hall.house.now());
        self.malformed.set(malformed);
        if taken.is_err() {
            figures::limited("malformed_frames_per_minute");
            self.end(Ending::too_many_frames());
        }
    }

    /// Whether there is room for one more call.
    pub(super) fn has_room(&self) -> bool {
        self.errands.borrow().as_ref().map_or(0, VecDeque::len) < ERRANDS_MAX
    }

    fn write(&self) {
        let io = self.io.borrow();
        let Some(io) = io.as_ref() else { return };
        let flushed = self.out.borrow_mut().flush(io);
        self.on_flushed(&flushed);
    }

    fn on_flushed(&self, flushed: &io::Result<Flushed>) {
        match flushed {
            Ok(Flushed::Drained) => {}
            // The task takes over.
            Ok(Flushed::Blocked { .. }) => self.wake(),
            Err(_) => self.end(Ending::Vanished),
        }
    }

    /// Reads and writes until it ends.
    pub(super) fn poll_life(self: &Rc<Self>, cx: &mut Context<'_>) -> Poll<Ending> {
        let is_known = self.waker.borrow().as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if !is_known {
            *self.waker.borrow_mut() = Some(cx.waker().clone());
        }
        loop {
            if let Some(ending) = self.ending.get() {
                return Poll::Ready(ending);
            }
            self.poll_write(cx);
            if self.poll_read(cx).is_pending() && self.ending.get().is_none() {
                return Poll::Pending;
            }
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>) {
        let io = self.io.borrow();
        let Some(io) = io.as_ref() else { return self.end(Ending::Vanished) };
        let mut out = self.out.borrow_mut();
        while !out.is_empty() {
            match io.poll_write_ready(cx) {
                Poll::Ready(Ok(())) => match out.flush(io) {
                    Ok(Flushed::Blocked { written: 0 }) => {}
                    Ok(_) => *self.stalled.borrow_mut() = None,
                    Err(_) => return self.end(Ending::Vanished),
                },
                Poll::Ready(Err(_)) => return self.end(Ending::Vanished),
                Poll::Pending => {
                    let mut stalled = self.stalled.borrow_mut();
                    let deadline = self.hall.house.limits().write_deadline.to_duration();
                    let sleep = stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(deadline)));
                    if sleep.as_mut().poll(cx).is_ready() {
                        figures::limited("write_deadline");
                        self.end(Ending::Vanished);
                    }
                    return;
                }
            }
        }
        *self.stalled.borrow_mut() = None;
    }

    fn poll_read(self: &Rc<Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(rest) = self.resting.borrow_mut().as_mut()
            && rest.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        *self.resting.borrow_mut() = None;
        let mut buffer = self.hall.buffer.borrow_mut();
        let read = match self.io.borrow_mut().as_mut() {
            Some(io) => ready!(poll_read(io, cx, &mut buffer)),
            None => return Poll::Pending,
        };
        match read {
            Ok(0) => self.end(Ending::Vanished),
            Ok(len) => self.hear(&mut buffer[..len]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.end(Ending::Vanished),
        }
        Poll::Ready(())
    }

    fn hear(self: &Rc<Self>, bytes: &mut [u8]) {
        let (now, limits) = (self.hall.house.now(), self.hall.house.limits());
        self.last_sign.set(now);
        if self.is_to_prove.replace(false) {
            self.enqueue(Errand::Alive);
        }
        let second = Span::from_secs(1);
        let mut left = self.bytes.get();
        let debt = left.spend(bytes.len() as u32, 2 * limits.bytes_per_second, limits.bytes_per_second, now);
        self.bytes.set(left);
        if debt > Span(0) {
            figures::limited("bytes_per_second");
            *self.resting.borrow_mut() = Some(Box::pin(tokio::time::sleep(debt.to_duration())));
        }
        let gain = limits.frames_per_second;
        let outcome = self.decoder.borrow_mut().feed(bytes, |incoming| {
            let mut frames = self.frames.get();
            let taken = frames.take(1, 2 * gain, gain, second, now);
            self.frames.set(frames);
            if taken.is_ok() {
                self.take_in(&incoming);
            } else {
                figures::limited("frames_per_second");
                self.end(Ending::too_many_frames());
            }
            if self.ending.get().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if let Err(violation) = outcome {
            self.end(violation.into());
        }
    }

    fn take_in(self: &Rc<Self>, incoming: &Incoming<'_>) {
        match incoming {
            Incoming::Text(text) => self.on_text(text),
            Incoming::Binary => self.on_binary(),
            Incoming::Ping(payload) => self.tell(&frame::pong(payload), Weight::Must),
            Incoming::Pong => {}
            Incoming::Close(code) => self.end(Ending::PeerClosed(*code)),
        }
    }

    /// The connection and what waits for it, for the farewell. After this it is told nothing.
    pub(super) fn part(&self) -> Option<(TcpStream, Outgoing)> {
        let io = self.io.borrow_mut().take()?;
        *self.waker.borrow_mut() = None;
        *self.stalled.borrow_mut() = None;
        *self.resting.borrow_mut() = None;
        Some((io, self.out.take()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_small() {
        // With the counts of its owners it is to fit the allocator's next smaller class, which are far between.
        let len = size_of::<Slot>() + 2 * size_of::<usize>();
        assert!(len <= 512, "{len}");
    }
}
