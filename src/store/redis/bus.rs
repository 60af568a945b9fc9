//! How nodes hear of each other: plain messages, which Redis forgets as it passes them on. Whatever may have gone by unheard is told
//! as a gap, and that is for us to notice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use redis::Msg;
use redis::aio::PubSub;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::domain::time::Timestamp;
use crate::ports::bus::{Heard, Hint};

use super::address::{Address, said};
use super::clock::Clock;
use super::keys;
use super::line::DEADLINE;

/// How often a node tells itself something.
pub(super) const CANARY_EVERY: Duration = Duration::from_secs(1);
/// How long it may hear nothing of it.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// How much waits to be heard at most; over it, all of it is one gap.
const WAITING_MAX: usize = 65_536;
/// How much of that is kept beyond a gap at most.
const TAKEN_WAITING_MAX: usize = 16_384;
/// How much is heard at once.
const HEARD_MAX: usize = 256;
/// How long one waits before one subscribes again.
const PAUSE: Duration = Duration::from_millis(100);

/// Who tells: a run of a node, so that it leaves out what it told itself.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    id: String,
    database: i64,
}

impl Origin {
    /// The length of its name in every message.
    const LEN: usize = 16;

    pub(super) fn new(random: u64, database: i64) -> Self {
        Self { id: format!("{random:016x}"), database }
    }

    pub(super) fn channel(&self, hint: &Hint) -> String {
        keys::hints(hint.account(), self.database)
    }

    pub(super) fn canary(&self) -> String {
        keys::canary(self.database, &self.id)
    }

    /// Who tells it, and what.
    pub(super) fn message(&self, hint: &Hint) -> Vec<u8> {
        let mut message = self.id.clone().into_bytes();
        serde_json::to_writer(&mut message, hint).expect("a hint is plain data with text keys, which JSON can hold");
        message
    }

    /// What somebody else told; a gap where it cannot be read, as that of a newer version.
    fn heard(&self, message: &[u8]) -> Option<Heard> {
        let (teller, hint) = message.split_at_checked(Self::LEN).unwrap_or_default();
        if teller == self.id.as_bytes() {
            return None;
        }
        Some(serde_json::from_slice(hint).map_or(Heard::Gap, Heard::Hint))
    }
}

/// What was heard and waits to be fetched.
#[derive(Debug, Default)]
pub(super) struct Ear {
    waiting: Mutex<VecDeque<Heard>>,
    came: Notify,
    deaf_since: Mutex<Option<Timestamp>>,
}

impl Ear {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Heard>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, heard: Heard) {
        let mut waiting = self.waiting();
        if heard == Heard::Gap || waiting.len() >= WAITING_MAX {
            // What is read again needs no hint. What the relay has taken stands nowhere else, if the store has forgotten it.
            waiting.retain(|heard| matches!(heard, Heard::Hint(Hint::Taken { .. })));
            let surplus = waiting.len().saturating_sub(TAKEN_WAITING_MAX);
            waiting.drain(..surplus);
            waiting.push_back(Heard::Gap);
        } else {
            waiting.push_back(heard);
        }
        drop(waiting);
        self.came.notify_one();
    }

    /// What waits; waits for something.
    pub(super) async fn hear(&self) -> Vec<Heard> {
        loop {
            let heard: Vec<_> = {
                let mut waiting = self.waiting();
                let len = waiting.len().min(HEARD_MAX);
                waiting.drain(..len).collect()
            };
            if !heard.is_empty() {
                return heard;
            }
            self.came.notified().await;
        }
    }

    pub(super) fn deaf_since(&self) -> Option<Timestamp> {
        *self.deaf_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_deaf_since(&self, since: Option<Timestamp>) {
        let mut deaf = self.deaf_since.lock().unwrap_or_else(PoisonError::into_inner);
        match (since, *deaf) {
            (Some(_), None) => tracing::warn!("the bus does not deliver; subscribing again"),
            (None, Some(_)) => tracing::info!("the bus delivers again"),
            _ => {}
        }
        *deaf = since.map(|since| deaf.unwrap_or(since));
    }
}

/// Subscribes, and subscribes again whenever the subscription ends or falls silent. Ends with the runtime.
pub(super) async fn listen(ear: Arc<Ear>, address: Arc<Address>, origin: Origin, clock: Arc<Clock>) {
    let mut alive = Alive { at: Instant::now(), when: clock.now() };
    loop {
        match subscribe(&address, &origin).await {
            Ok(subscription) => {
                ear.push(Heard::Gap);
                attend(&ear, subscription, &origin, &clock, &mut alive).await;
            }
            Err(why) => tracing::debug!(why, "no subscription"),
        }
        if alive.at.elapsed() >= SILENCE_MAX {
            ear.set_deaf_since(Some(alive.when));
        }
        sleep(PAUSE).await;
    }
}

/// When the node last heard itself.
struct Alive {
    at: Instant,
    when: Timestamp,
}

async fn subscribe(address: &Address, origin: &Origin) -> Result<PubSub, String> {
    let mut subscription = address.listen().await?;
    let mut channels = keys::all_hints(origin.database);
    channels.push(origin.canary());
    match timeout(DEADLINE, subscription.subscribe(channels)).await {
        Ok(Ok(())) => Ok(subscription),
        Ok(Err(error)) => Err(said(&error)),
        Err(_) => Err(format!("no answer within {DEADLINE:?}")),
    }
}

/// Until it ends, or the node does not hear itself.
async fn attend(ear: &Ear, subscription: PubSub, origin: &Origin, clock: &Clock, alive: &mut Alive) {
    let mut messages = subscription.into_on_message();
    let canary = origin.canary();
    let mut silent_at = Instant::now() + SILENCE_MAX;
    while let Ok(Some(message)) = timeout_at(silent_at, messages.next()).await {
        if is_of(&message, &canary) {
            *alive = Alive { at: Instant::now(), when: clock.now() };
            silent_at = alive.at + SILENCE_MAX;
            ear.set_deaf_since(None);
        } else if let Some(heard) = origin.heard(message.get_payload_bytes()) {
            ear.push(heard);
        }
    }
}

fn is_of(message: &Msg, channel: &str) -> bool {
    message.get_channel_name() == channel
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{AccountId, NoteId};
    use crate::domain::notice::letter::Attempt;
    use crate::ports::bus::Carried;

    fn hint(n: u128) -> Hint {
        Hint::LogInsEnded { account: AccountId(Uuid::from_u128(n)) }
    }

    #[test]
    fn a_node_leaves_out_what_it_told_itself() {
        let (one, other) = (Origin::new(1, 0), Origin::new(2, 0));
        assert_eq!(one.heard(&one.message(&hint(1))), None);
        assert_eq!(other.heard(&one.message(&hint(1))), Some(Heard::Hint(hint(1))));
    }

    #[test]
    fn what_cannot_be_read_is_a_gap() {
        let origin = Origin::new(1, 0);
        for message in [&b""[..], b"short", b"0000000000000002{\"hint\":\"of a newer version\"}"] {
            assert_eq!(origin.heard(message), Some(Heard::Gap));
        }
    }

    #[test]
    fn a_gap_swallows_what_waits_and_too_much_is_a_gap() {
        let ear = Ear::default();
        ear.push(Heard::Hint(hint(1)));
        ear.push(Heard::Gap);
        ear.push(Heard::Hint(hint(2)));
        assert_eq!(ear.hear().now_or_never(), Some(vec![Heard::Gap, Heard::Hint(hint(2))]));
        for n in 0..=WAITING_MAX {
            ear.push(Heard::Hint(hint(n as u128)));
        }
        assert_eq!(ear.hear().now_or_never(), Some(vec![Heard::Gap]));
        assert_eq!(ear.hear().now_or_never(), None);
    }

    #[test]
    fn e4_what_the_relay_has_taken_outlasts_a_gap() {
        let taken = Hint::Taken {
            account: AccountId(Uuid::from_u128(1)),
            what: Carried::Note(NoteId(Uuid::from_u128(2))),
            attempt: Box::new(Attempt::without_a_server(Timestamp(3), "250 ok")),
            seqs: Vec::new(),
        };
        let ear = Ear::default();
        for heard in [Heard::Hint(hint(1)), Heard::Hint(taken.clone()), Heard::Gap] {
            ear.push(heard);
        }
        assert_eq!(ear.hear().now_or_never(), Some(vec![Heard::Hint(taken), Heard::Gap]));
    }

    #[test]
    fn it_is_deaf_since_the_first_silence() {
        let ear = Ear::default();
        ear.set_deaf_since(Some(Timestamp(5)));
        ear.set_deaf_since(Some(Timestamp(9)));
        assert_eq!(ear.deaf_since(), Some(Timestamp(5)));
        ear.set_deaf_since(None);
        assert_eq!(ear.deaf_since(), None);
    }
}
