//! A postman for the demo and for tests: keeps the newest letters in memory, to be shown on a page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ports::journal::Answer;
use crate::ports::postman::{Delivery, Envelope, Phase, Postman, Ready, Refusal, Reply};

/// So many letters are kept; an older one makes room.
pub const LETTERS_MAX: usize = 200;

/// The mailbox. Clones share it.
#[derive(Clone, Default)]
pub struct Catcher {
    box_: Arc<Mutex<Mailbox>>,
}

#[derive(Default)]
struct Mailbox {
    caught: u64,
    letters: VecDeque<Caught>,
}

/// A letter that was caught.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Its number, from 1 in the order of their coming.
    pub number: u64,
    /// From whom to whom.
    pub envelope: Envelope,
    /// The whole message.
    pub raw: Arc<[u8]>,
}

impl Catcher {
    /// An empty mailbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// What it holds, newest first.
    pub fn letters(&self) -> Vec<Caught> {
        self.mailbox().letters.iter().rev().cloned().collect()
    }

    /// One letter by its number.
    pub fn letter(&self, number: u64) -> Option<Caught> {
        self.mailbox().letters.iter().find(|letter| letter.number == number).cloned()
    }

    fn mailbox(&self) -> std::sync::MutexGuard<'_, Mailbox> {
        self.box_.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, envelope: Envelope, raw: Arc<[u8]>) -> u64 {
        let mut mailbox = self.mailbox();
        mailbox.caught += 1;
        let number = mailbox.caught;
        if mailbox.letters.len() == LETTERS_MAX {
            mailbox.letters.pop_front();
        }
        mailbox.letters.push_back(Caught { number, envelope, raw });
        number
    }
}

impl Postman for Catcher {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let ready: Box<dyn Ready> = Box::new(Slot { catcher: self.clone(), envelope });
        Box::pin(std::future::ready(Ok(ready)))
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Slot {
    catcher: Catcher,
    envelope: Envelope,
}

impl Ready for Slot {
    fn send(self: Box<Self>, raw: Arc<[u8]>) -> Answer<Delivery> {
        let number = self.catcher.keep(self.envelope, raw);
        Box::pin(std::future::ready(Delivery::Accepted(Reply {
            code: Some(250),
            text: format!("250 2.0.0 Ok: queued as {number}"),
            server: Some("the built-in mailbox".to_owned()),
            phase: Phase::Body,
        })))
    }
}
