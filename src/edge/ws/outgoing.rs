//! What waits to be written to one socket. Writing never waits: what the kernel does not take stays here, and is bounded.

use std::collections::VecDeque;
use std::io;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;

/// Frames that the kernel did not take yet.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: VecDeque<Bytes>,
    queued_len: usize,
    /// A chat box's state that waits for the queue to drain: only the newest is kept.
    newest_chat: Option<Bytes>,
    /// How much of the first frame is gone.
    begun: Begun,
}

/// Whether a part of the first frame is on its way: then the rest of it must follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Begun {
    #[default]
    No,
    Yes,
}

/// What a flush came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// Nothing waits.
    Drained,
    /// The kernel takes no more now; it took this many bytes.
    Blocked {
        /// How many.
        written: usize,
    },
}

impl Flushed {
    /// Whether nothing waits.
    pub(super) fn is_drained(self) -> bool {
        self == Self::Drained
    }
}

impl Outgoing {
    /// How many bytes wait.
    pub(super) fn queued_len(&self) -> usize {
        self.queued_len
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// To be written after what waits.
    pub(super) fn push(&mut self, frame: Bytes) {
        self.queued_len += frame.len();
        self.queue.push_back(frame);
    }

    /// To be written before what waits: a welcome, before anything has been written.
    pub(super) fn push_first(&mut self, frame: Bytes) {
        self.queued_len += frame.len();
        self.queue.push_front(frame);
    }

    /// To be written once nothing else waits, unless a newer one comes.
    pub(super) fn push_chat(&mut self, frame: Bytes) {
        if self.queue.is_empty() {
            self.push(frame);
        } else {
            self.newest_chat = Some(frame);
        }
    }

    /// Forgets everything but the frame of which a part has been written.
    pub(super) fn keep_begun(&mut self) {
        self.queue.truncate(usize::from(self.begun == Begun::Yes));
        self.queued_len = self.queue.iter().map(Bytes::len).sum();
        self.newest_chat = None;
    }

    /// Writes what the kernel takes.
    pub(super) fn flush(&mut self, io: &TcpStream) -> io::Result<Flushed> {
        let mut written = 0;
        loop {
            let Some(frame) = self.queue.front_mut() else {
                match self.newest_chat.take() {
                    Some(chat) => self.push(chat),
                    None => break,
                }
                continue;
            };
            match io.try_write(frame) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => {
                    written += len;
                    self.queued_len -= len;
                    frame.advance(len);
                    self.begun = if frame.is_empty() { Begun::No } else { Begun::Yes };
                    if frame.is_empty() {
                        self.queue.pop_front();
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(Flushed::Blocked { written }),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        // A socket that watches holds nothing.
        self.queue = VecDeque::new();
        Ok(Flushed::Drained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (ours.unwrap(), theirs.unwrap().0)
    }

    #[actix_rt::test]
    async fn of_many_states_only_the_newest_waits() {
        let (ours, theirs) = pair().await;
        let mut out = Outgoing::default();
        while {
            out.push(Bytes::from(vec![b'.'; 65_536]));
            ours.writable().await.unwrap();
            out.flush(&ours).unwrap().is_drained()
        } {}
        let waiting = out.queued_len();
        for state in ["a", "b", "c"] {
            out.push_chat(state.into());
        }
        assert_eq!(out.queued_len(), waiting);
        let mut last = None;
        let mut buffer = vec![0; 65_536];
        while last != Some(b'c') {
            tokio::select! {
                writable = ours.writable(), if !out.is_empty() => { writable.unwrap(); let _ = out.flush(&ours).unwrap(); }
                readable = theirs.readable() => readable.unwrap(),
            }
            if let Ok(len) = theirs.try_read(&mut buffer) {
                assert!(!buffer[..len].contains(&b'a') && !buffer[..len].contains(&b'b'));
                last = buffer[..len].last().copied();
            }
        }
        assert!(out.is_empty());
    }

    #[actix_rt::test]
    async fn a_frame_that_was_begun_is_finished() {
        let (ours, _theirs) = pair().await;
        let mut out = Outgoing::default();
        while {
            out.push(Bytes::from(vec![b'.'; 1 << 20]));
            ours.writable().await.unwrap();
            out.flush(&ours).unwrap().is_drained()
        } {}
        out.push("dropped".into());
        out.keep_begun();
        assert!(out.queue.len() <= 1);
        assert_eq!(out.queue.len() == 1, out.begun == Begun::Yes);
    }
}
