//! What waits to be written to one socket. Writing never waits: what the kernel does not take stays here, and is bounded.

use std::collections::VecDeque;
use std::io;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;

/// Frames that the kernel did not take yet. Takes no memory while there are none.
#[derive(Default)]
pub(super) struct Outgoing(Option<Box<Waiting>>);

#[derive(Default)]
struct Waiting {
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
        self.0.as_ref().map_or(0, |waiting| waiting.queued_len)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// To be written after what waits.
    pub(super) fn push(&mut self, frame: Bytes) {
        self.waiting().push(frame);
    }

    /// To be written before what waits: a welcome, before anything has been written.
    pub(super) fn push_first(&mut self, frame: Bytes) {
        let waiting = self.waiting();
        waiting.queued_len += frame.len();
        waiting.queue.push_front(frame);
    }

    /// To be written once nothing else waits, unless a newer one comes.
    pub(super) fn push_chat(&mut self, frame: Bytes) {
        match &mut self.0 {
            Some(waiting) => waiting.newest_chat = Some(frame),
            None => self.push(frame),
        }
    }

    /// Forgets everything but the frame of which a part has been written.
    pub(super) fn keep_begun(&mut self) {
        match self.0.as_mut().filter(|waiting| waiting.begun == Begun::Yes) {
            Some(waiting) => {
                waiting.queue.truncate(1);
                waiting.queued_len = waiting.queue.iter().map(Bytes::len).sum();
                waiting.newest_chat = None;
            }
            None => self.0 = None,
        }
    }

    /// Writes a frame after what waits: where nothing does, straight to the connection.
    pub(super) fn send(&mut self, frame: &Bytes, io: &TcpStream) -> io::Result<Flushed> {
        if self.0.is_some() {
            self.push(frame.clone());
            return self.flush(io);
        }
        let written = match io.try_write(frame) {
            Ok(len) if len == frame.len() => return Ok(Flushed::Drained),
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(len) => len,
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => 0,
            Err(e) => return Err(e),
        };
        let waiting = self.waiting();
        waiting.push(frame.slice(written..));
        waiting.begun = if written > 0 { Begun::Yes } else { Begun::No };
        Ok(Flushed::Blocked { written })
    }

    /// Writes what the kernel takes.
    pub(super) fn flush(&mut self, io: &TcpStream) -> io::Result<Flushed> {
        let Some(waiting) = &mut self.0 else { return Ok(Flushed::Drained) };
        let flushed = waiting.flush(io)?;
        if flushed.is_drained() {
            self.0 = None;
        }
        Ok(flushed)
    }

    fn waiting(&mut self) -> &mut Waiting {
        self.0.get_or_insert_default()
    }
}

impl Waiting {
    fn push(&mut self, frame: Bytes) {
        self.queued_len += frame.len();
        self.queue.push_back(frame);
    }

    fn flush(&mut self, io: &TcpStream) -> io::Result<Flushed> {
        let mut written = 0;
        loop {
            let Some(frame) = self.queue.front_mut() else {
                match self.newest_chat.take() {
                    Some(chat) => self.push(chat),
                    None => return Ok(Flushed::Drained),
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
    async fn what_is_sent_goes_out_at_once_and_else_in_its_turn() {
        let (ours, theirs) = pair().await;
        ours.writable().await.unwrap();
        let mut out = Outgoing::default();
        assert!(out.send(&"first ".into(), &ours).unwrap().is_drained());
        assert!(out.is_empty());
        // One that the kernel takes a part of: the rest follows, and what was sent after it.
        let long = Bytes::from(vec![b'.'; 16 << 20]);
        assert!(!out.send(&long, &ours).unwrap().is_drained());
        assert_eq!(out.0.as_ref().unwrap().begun, Begun::Yes);
        assert!(!out.send(&"last".into(), &ours).unwrap().is_drained());
        let mut heard = Vec::new();
        let mut buffer = vec![0; 65_536];
        while heard.len() < 6 + long.len() + 4 {
            tokio::select! {
                writable = ours.writable(), if !out.is_empty() => { writable.unwrap(); let _ = out.flush(&ours).unwrap(); }
                readable = theirs.readable() => readable.unwrap(),
            }
            if let Ok(len) = theirs.try_read(&mut buffer) {
                heard.extend_from_slice(&buffer[..len]);
            }
        }
        assert!(heard.starts_with(b"first .") && heard.ends_with(b".last") && out.is_empty());
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
        let kept = out.0.as_ref();
        assert!(kept.is_none_or(|waiting| waiting.queue.len() == 1 && waiting.begun == Begun::Yes));
    }
}
