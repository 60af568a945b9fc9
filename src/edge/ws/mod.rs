//! The doors for sockets: one upgrade for operators and visitors alike, on the same port and workers as HTTP.
//!
//! - `door`: who is let in, the 101, the server that holds both doors; `connection`: one that speaks HTTP so far;
//! - `reception`: the first frame, by its deadline;
//! - `slot`, `visitor`, `lobby`: a visitor's socket, what it says, and all of a worker's visitors;
//! - `desk`, `operator`: an operator's socket, and the actor behind it;
//! - `frame`, `outgoing`, `ending`, `wheel`, `pace`: the parts that they share.

mod connection;
mod desk;
mod door;
mod ending;
pub mod frame;
mod lobby;
mod operator;
mod outgoing;
mod pace;
mod performer;
mod reading;
mod reception;
mod shortcut;
mod slot;
mod visitor;
mod wheel;
mod widgets;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::Addr;
use tokio::sync::watch;

use self::lobby::{Dismiss, Lobby};
use super::limits::{Census, DoorLimits, Household, PerMinute, Tally};
use super::together::Together;
use crate::actors::api::{LobbyId, SocketId};
use crate::actors::board::Board;
use crate::actors::directory::Accounts;
use crate::domain::account::{Account, Delays, Kind, Locale};
use crate::domain::bulletin::Notice;
use crate::domain::conversation::message::Happened;
use crate::domain::ids::{AccountId, VisitorId};
use crate::domain::notice::reason::Reason;
use crate::domain::time::Timestamp;
use crate::office::tokens::Secret;
use crate::ports::journal::Store;

pub use self::door::serve;

/// The sentences that the doors need of the room that has them all.
#[derive(Clone)]
pub struct Sentences {
    /// The text of a system message.
    pub happened: fn(&Happened, Locale) -> String,
    /// The sentence of a reason for (not) mailing, as colleagues of the account read it.
    pub reason: fn(&Reason, Kind, &Account, Locale) -> String,
    /// The sentence of what an admin should know.
    pub notice: Arc<NoticeSentence>,
}

/// Tells what an admin of the account should know.
pub type NoticeSentence = dyn Fn(Notice, &Account, Locale) -> String + Send + Sync;

/// What the doors are made of.
pub struct DoorsConfig {
    /// Where everything about an account goes.
    pub accounts: Accounts,
    /// For what needs no actor: sessions, widget keys, messages of the past.
    pub store: Arc<dyn Store>,
    /// What is so of the whole node: whether the store is away.
    pub board: Arc<Board>,
    /// Signs visitors' tokens.
    pub secret: Secret,
    /// What accounts have that chose nothing: told in their settings.
    pub delays: Delays,
    /// How much is too much.
    pub limits: DoorLimits,
    /// What of that all nodes count together.
    pub together: Together,
    /// Where the server is reached: the origin of its own pages.
    pub public_url: String,
    /// What people read.
    pub sentences: Sentences,
}

/// The doors for sockets of one process. Cheap to clone, good on every thread.
#[derive(Clone)]
pub struct Doors(Arc<House>);

/// What all doors share.
struct House {
    config: DoorsConfig,
    census: Census,
    /// Sockets by account: those of visitors cannot keep operators out.
    visitors_of: Tally<AccountId>,
    operators_of: Tally<AccountId>,
    /// TCP connections by address, those before and without an upgrade.
    connected: Tally<Household>,
    messages: PerMinute<VisitorId>,
    messages_of_address: PerMinute<Household>,
    new_conversations: PerMinute<Household>,
    /// What is no message but costs as much: it is written down, or told to every operator of the audience.
    signs: PerMinute<VisitorId>,
    signs_of_address: PerMinute<Household>,
    introductions: PerMinute<Household>,
    lobbies: Mutex<Vec<Addr<Lobby>>>,
    lobby_ids: AtomicU32,
    socket_ids: AtomicU64,
    closing: watch::Sender<Closing>,
}

/// Whether the server is going away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    NotYet,
    Now,
}

impl House {
    fn now(&self) -> Timestamp {
        self.config.store.now()
    }

    fn limits(&self) -> &DoorLimits {
        &self.config.limits
    }

    fn next_lobby(&self) -> LobbyId {
        LobbyId(self.lobby_ids.fetch_add(1, Ordering::Relaxed))
    }

    fn next_socket(&self) -> SocketId {
        SocketId(self.socket_ids.fetch_add(1, Ordering::Relaxed))
    }

    /// Ends once the server is going away.
    async fn closing(&self) {
        // It cannot fail: the sender lives as long as the house.
        let _ = self.closing.subscribe().wait_for(|closing| *closing == Closing::Now).await;
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow() == Closing::Now
    }
}

impl Doors {
    /// Doors that [`serve`] can open.
    pub fn new(config: DoorsConfig) -> Self {
        let limits = &config.limits;
        Self(Arc::new(House {
            census: Census::default(),
            visitors_of: Tally::default(),
            operators_of: Tally::default(),
            connected: Tally::default(),
            messages: PerMinute::new(limits.visitor_messages_per_minute, "visitor_messages_per_minute", "messages"),
            messages_of_address: PerMinute::new(
                limits.visitor_messages_per_minute_per_ip,
                "visitor_messages_per_minute_per_ip",
                "messages from one address",
            ),
            new_conversations: PerMinute::new(
                limits.new_conversations_per_minute_per_ip,
                "new_conversations_per_minute_per_ip",
                "new conversations from one address",
            ),
            signs: PerMinute::new(limits.visitor_messages_per_minute, "visitor_messages_per_minute", "signs"),
            signs_of_address: PerMinute::new(
                limits.visitor_messages_per_minute_per_ip,
                "visitor_messages_per_minute_per_ip",
                "signs from one address",
            ),
            introductions: PerMinute::new(
                limits.new_conversations_per_minute_per_ip,
                "new_conversations_per_minute_per_ip",
                "introductions from one address",
            ),
            lobbies: Mutex::default(),
            lobby_ids: AtomicU32::new(0),
            socket_ids: AtomicU64::new(0),
            closing: watch::Sender::new(Closing::NotYet),
            config,
        }))
    }

    /// How many sockets there are.
    pub fn seated(&self) -> usize {
        self.0.census.seated()
    }

    /// Tells every socket to reconnect (1012), spread evenly over `spread` so that those who come back do not come all at
    /// once, and lets nobody else in (503). Ends when all are gone, or `patience` after the spread.
    pub async fn close_all(&self, spread: Duration, patience: Duration) {
        self.0.closing.send_replace(Closing::Now);
        let lobbies = self.0.lobbies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for lobby in lobbies {
            lobby.do_send(Dismiss { spread });
        }
        let gone = async {
            while self.seated() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(spread + patience, gone).await;
    }
}
