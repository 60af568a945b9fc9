//! What an account's actor and its conversations share. They live on one arbiter, so this is theirs without locks; nothing
//! here is true before the commit that made it so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Addr, Context, Recipient};
use tokio::sync::Notify;

use super::api::{Counts, LobbyId, Pulse, SlotId, SocketId, ToLobby, ToSocket};
use super::conversation::ConversationActor;
use super::host::Host;
use super::lookup::Lookup;
use super::shell::QUEUE_LEN_MAX;
use crate::domain::account::Account;
use crate::domain::bulletin::Conditions;
use crate::domain::ids::{AccountId, ConversationId, DeviceId, GroupId, OperatorId, SessionId, VisitorId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::presence::device::Card;
use crate::domain::presence::roster::{Edge, Roster};
use crate::domain::presence::status::BoxView;
use crate::domain::time::Timestamp;
use crate::ports::journal::{StoreError, Stored, Token};
use crate::ports::record::decode;

/// How many of the account's newest changes of presence are kept at hand.
const EDGES_AT_HAND_MAX: usize = 1_024;

/// Of how many conversations is remembered what was told.
const TOLD_MAX: usize = 4_096;

/// The account's documents, as they were last read or committed.
#[derive(Clone)]
pub struct Documents {
    /// The settings.
    pub account: Arc<Account>,
    /// Their version.
    pub settings_token: Token,
    /// The presence.
    pub roster: Arc<Roster>,
    /// Its version; `None`: nobody was ever there.
    pub presence_token: Option<Token>,
}

impl Documents {
    /// From what is stored. What is `known` already at this version is not read again: all conversations share it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(settings: &Stored, presence: Option<&Stored>, known: Option<&Self>) -> Result<Self, StoreError> {
        let account = match known.filter(|known| known.settings_token == settings.token) {
            Some(known) => Arc::clone(&known.account),
            None => Arc::new(decode(&settings.state)?),
        };
        let presence_token = presence.map(|stored| stored.token);
        let roster = match (known.filter(|known| known.presence_token == presence_token), presence) {
            (Some(known), _) => Arc::clone(&known.roster),
            (None, Some(stored)) => Arc::new(decode(&stored.state)?),
            (None, None) => Arc::default(),
        };
        Ok(Self { account, settings_token: settings.token, roster, presence_token })
    }

    /// How often they have been changed: of two, the newer ones have more.
    pub fn version(&self) -> u64 {
        self.settings_token.counter + self.presence_token.map_or(0, |token| token.counter)
    }
}

/// An operator's socket.
pub struct Socket {
    /// Whose.
    pub operator: OperatorId,
    /// By which log-in.
    pub session: SessionId,
    /// On which device.
    pub device: DeviceId,
    /// What it says of that.
    pub card: Card,
    /// Whether it was let in.
    pub is_in: bool,
    /// Since when its device is not counted as plugged in here although it is.
    pub doubted_at: Option<Timestamp>,
    /// How to tell it.
    pub outlet: Recipient<ToSocket>,
    /// Its signs of life.
    pub pulse: Pulse,
    /// The counts that it was last told; `None`: none yet.
    pub counts: Option<Counts>,
}

/// Operators whose counts may have changed, and the bell that says so.
#[derive(Default)]
pub struct Moved {
    of: BTreeSet<OperatorId>,
    bell: Rc<Notify>,
}

impl Moved {
    /// A conversation that lies, or lay, before these has moved.
    pub fn note(&mut self, of: impl IntoIterator<Item = OperatorId>) {
        self.of.extend(of);
        if !self.of.is_empty() {
            self.bell.notify_one();
        }
    }

    /// Those who were noted since the last time.
    pub fn take(&mut self) -> BTreeSet<OperatorId> {
        std::mem::take(&mut self.of)
    }

    /// Rings once somebody was noted.
    pub fn bell(&self) -> Rc<Notify> {
        Rc::clone(&self.bell)
    }
}

/// Up to which message conversations were told here: the newest of them. An actor that comes after another one goes on there.
#[derive(Default)]
pub struct Told {
    up_to: HashMap<ConversationId, u64>,
    order: VecDeque<ConversationId>,
}

impl Told {
    /// The message at this place was told.
    pub fn remember(&mut self, conversation: ConversationId, seq: u64) {
        let known = self.up_to.entry(conversation).or_insert_with(|| {
            self.order.push_back(conversation);
            seq
        });
        *known = seq.max(*known);
        if self.order.len() > TOLD_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.up_to.remove(&oldest);
        }
    }

    /// Up to where, if it is remembered.
    pub fn up_to(&self, conversation: ConversationId) -> Option<u64> {
        self.up_to.get(&conversation).copied()
    }
}

/// A worker's lobby, as far as it holds this account's visitors.
pub struct Lobby {
    /// How to tell it.
    pub outlet: Recipient<ToLobby>,
    /// Its slots, and whose they are: one that is not here has ended.
    pub slots: HashMap<SlotId, VisitorId>,
}

/// A visitor's socket on this node.
pub type Seat = (LobbyId, SlotId);

/// The whole. It outlives an account's actor that dies of a panic: the next one goes on with it.
pub struct Shared {
    /// Which account.
    pub id: AccountId,
    /// How single documents are looked up.
    pub lookup: Rc<Lookup>,
    /// Its documents; `None`: not read yet, or there are none.
    pub documents: Option<Documents>,
    /// Its newest changes of presence; the last one is at position `roster.edges`.
    pub edges: VecDeque<Edge>,
    /// Operators' sockets on this node.
    pub sockets: BTreeMap<SocketId, Socket>,
    /// Lobbies with visitors of this account.
    pub lobbies: HashMap<LobbyId, Lobby>,
    /// The sockets, on this node, of visitors who have a conversation.
    pub visitors: HashMap<ConversationId, Vec<Seat>>,
    /// The sockets, on this node, that have been told of no conversation: there is none, or it began after they came and it is not
    /// known here yet.
    pub strangers: HashMap<ConversationId, Vec<Seat>>,
    /// Those among them for whom the store is being asked.
    pub entering: HashSet<Seat>,
    /// Conversations to which a change of presence matters, and until when.
    pub attentive: HashMap<ConversationId, Timestamp>,
    /// Conversations that are active.
    pub conversations: HashMap<ConversationId, Addr<ConversationActor>>,
    /// Whose counts may have changed.
    pub moved: Moved,
    /// What was told of conversations that are not active any more.
    pub told: Told,
    /// Since when somebody is here who is told.
    pub watched_since: Timestamp,
    /// What is so of the node, as it was told here last.
    pub conditions: Conditions,
}

/// As it is passed around on the arbiter.
pub type SharedAccount = Rc<RefCell<Shared>>;

impl Shared {
    /// Of an account that is not read yet.
    pub fn new(id: AccountId, lookup: Rc<Lookup>) -> SharedAccount {
        Rc::new(RefCell::new(Self {
            id,
            lookup,
            documents: None,
            edges: VecDeque::new(),
            sockets: BTreeMap::new(),
            lobbies: HashMap::new(),
            visitors: HashMap::new(),
            strangers: HashMap::new(),
            entering: HashSet::new(),
            attentive: HashMap::new(),
            conversations: HashMap::new(),
            moved: Moved::default(),
            told: Told::default(),
            watched_since: Timestamp::NEVER,
            conditions: Conditions::default(),
        }))
    }

    /// New changes of presence, in the order of the log.
    pub fn push_edges(&mut self, edges: Vec<Edge>) {
        self.edges.extend(edges);
        let surplus = self.edges.len().saturating_sub(EDGES_AT_HAND_MAX);
        self.edges.drain(..surplus);
    }

    /// The changes after a position of the log; `None`: they are no longer at hand.
    pub fn edges_after(&self, position: u64) -> Option<Vec<Edge>> {
        let last = self.documents.as_ref()?.roster.edges;
        let count = usize::try_from(last.checked_sub(position)?).ok()?;
        let start = self.edges.len().checked_sub(count)?;
        Some(self.edges.range(start..).cloned().collect())
    }

    /// The last sign of life of a device that is plugged in here.
    pub fn felt(&self, operator: OperatorId, device: &DeviceId) -> Option<Timestamp> {
        let sockets = self.sockets.values().filter(|s| s.operator == operator && s.device == *device);
        sockets.map(|s| s.pulse.last()).max()
    }

    /// A box as it is shown: of a page, or of a conversation (rule N13); `None`: the account is not read.
    pub fn chat(&self, group: Option<GroupId>) -> Option<BoxView> {
        let documents = self.documents.as_ref()?;
        Some(self.chat_of(documents, group))
    }

    /// The same, by documents that are newer than those here.
    pub fn chat_of(&self, documents: &Documents, group: Option<GroupId>) -> BoxView {
        let felt = |operator: OperatorId, device: &DeviceId| self.felt(operator, device);
        let chat = documents.roster.chat(&documents.account, group, &felt);
        BoxView { version: documents.version(), stale: self.conditions.is_stale(), ..chat }
    }

    /// Tells the sockets of those operators for whom `whom` holds.
    pub fn tell_operators(&self, whom: impl Fn(OperatorId) -> bool, news: OperatorNews) {
        let news = Arc::new(news);
        for socket in self.sockets.values().filter(|s| whom(s.operator)) {
            // A socket that takes nothing more is evicted by its door (close code 4008).
            socket.outlet.do_send(ToSocket::News(Arc::clone(&news)));
        }
    }

    /// Tells the visitor of a conversation, on all their sockets.
    pub fn tell_visitor(&self, conversation: ConversationId, news: VisitorNews) {
        if let Some(seats) = self.visitors.get(&conversation) {
            self.tell_seats(seats, news);
        }
    }

    /// Tells some sockets of visitors.
    pub fn tell_seats(&self, seats: &[Seat], news: VisitorNews) {
        let news = Arc::new(news);
        for (id, lobby) in &self.lobbies {
            let here: Vec<SlotId> = seats.iter().filter(|(l, _)| l == id).map(|(_, slot)| *slot).collect();
            if !here.is_empty() {
                lobby.outlet.do_send(ToLobby::News { slots: here, news: Arc::clone(&news) });
            }
        }
    }

    /// Has some sockets of visitors show a box.
    pub fn show_box(&self, seats: &[Seat], chat: &BoxView) {
        for (lobby, slot) in seats {
            if let Some(lobby) = self.lobbies.get(lobby) {
                lobby.outlet.do_send(ToLobby::Shows { slot: *slot, chat: chat.clone() });
            }
        }
    }

    /// Whether the slot's socket has not ended.
    pub fn has_slot(&self, lobby: LobbyId, slot: SlotId) -> bool {
        self.lobbies.get(&lobby).is_some_and(|l| l.slots.contains_key(&slot))
    }

    /// A visitor's socket came; whether there is a conversation is not known yet.
    pub fn seat(&mut self, conversation: ConversationId, seat: Seat) {
        self.entering.insert(seat);
        // Nearly everybody has one socket and never a conversation.
        self.strangers.entry(conversation).or_insert_with(|| Vec::with_capacity(1)).push(seat);
    }

    /// The visitor has a conversation: all their sockets here are told of it from now on, those too that came before it began.
    /// Whether they are the first.
    pub fn register(&mut self, conversation: ConversationId) -> bool {
        let is_first = !self.visitors.contains_key(&conversation);
        for seat in self.strangers.get(&conversation).into_iter().flatten() {
            if self.entering.contains(seat) {
                continue;
            }
            let known = self.visitors.entry(conversation).or_default();
            if !known.contains(seat) {
                known.push(*seat);
            }
        }
        is_first
    }

    /// The store has answered for a socket: there was no conversation yet.
    pub fn enters_as_stranger(&mut self, seat: Seat) {
        self.entering.remove(&seat);
    }

    /// The same: there is one, of which the socket is told by its welcome. Whether it is the first of the visitor's.
    pub fn enters(&mut self, conversation: ConversationId, seat: Seat) -> bool {
        self.entering.remove(&seat);
        let is_first = self.register(conversation);
        drop_seat(&mut self.strangers, conversation, seat);
        is_first
    }

    /// Whether there are sockets that would have to be told of the conversation, if there is one.
    pub fn has_strangers(&self, conversation: ConversationId) -> bool {
        let seats = self.strangers.get(&conversation).into_iter().flatten();
        seats.into_iter().any(|seat| !self.entering.contains(seat))
    }

    /// Those sockets, which are told of it now.
    pub fn meet(&mut self, conversation: ConversationId) -> Vec<Seat> {
        self.register(conversation);
        let (waiting, met): (Vec<_>, Vec<_>) = (self.strangers.remove(&conversation).unwrap_or_default().into_iter())
            .partition(|seat| self.entering.contains(seat));
        if !waiting.is_empty() {
            self.strangers.insert(conversation, waiting);
        }
        met
    }

    /// The conversation has begun at this node, before all of the visitor's sockets here: they miss nothing of it.
    pub fn begins(&mut self, conversation: ConversationId) {
        for seat in self.strangers.get(&conversation).into_iter().flatten() {
            self.entering.remove(seat);
        }
        self.register(conversation);
        self.strangers.remove(&conversation);
    }

    /// The socket ended; whether it was the last one of a visitor with a conversation.
    pub fn unseat(&mut self, conversation: ConversationId, seat: Seat) -> bool {
        let (lobby, slot) = seat;
        if let Some(known) = self.lobbies.get_mut(&lobby) {
            known.slots.remove(&slot);
            if known.slots.is_empty() {
                self.lobbies.remove(&lobby);
            }
        }
        self.entering.remove(&seat);
        drop_seat(&mut self.strangers, conversation, seat);
        drop_seat(&mut self.visitors, conversation, seat)
    }

    /// Conversations whose actors died; those that went to sleep are not listed any more.
    pub fn fallen(&self) -> Vec<ConversationId> {
        self.conversations.iter().filter(|(_, actor)| !actor.connected()).map(|(id, _)| *id).collect()
    }

    /// Whether an actor that starts with it would start with nothing but what is stored.
    pub fn is_idle(&self) -> bool {
        self.sockets.is_empty() && self.lobbies.is_empty() && !self.conversations.values().any(Addr::connected)
    }

    /// Somebody comes who is told from now on.
    pub fn on_watcher(&mut self, now: Timestamp) {
        if self.sockets.is_empty() && self.lobbies.is_empty() {
            self.watched_since = now;
        }
    }

    /// Tells all lobbies.
    pub fn tell_lobbies(&self, message: &ToLobby) {
        self.lobbies.values().for_each(|lobby| lobby.outlet.do_send(message.clone()));
    }
}

/// Whether it was the last one.
fn drop_seat(seats: &mut HashMap<ConversationId, Vec<Seat>>, conversation: ConversationId, seat: Seat) -> bool {
    let Some(known) = seats.get_mut(&conversation) else { return false };
    known.retain(|other| *other != seat);
    let is_last = known.is_empty();
    if is_last {
        seats.remove(&conversation);
    }
    is_last
}

/// A conversation's actor, started if it is not active.
pub fn conversation(shared: &SharedAccount, host: &Arc<Host>, id: ConversationId) -> Addr<ConversationActor> {
    if let Some(actor) = shared.borrow().conversations.get(&id).filter(|actor| actor.connected()) {
        return actor.clone();
    }
    let new = |ctx: &mut Context<ConversationActor>| {
        // Roomier than the queue behind it, which is the bound: a full mailbox would not keep the order of what is sent.
        ctx.set_mailbox_capacity(2 * QUEUE_LEN_MAX);
        ConversationActor::new(id, Rc::clone(shared), Arc::clone(host))
    };
    let actor = ConversationActor::create(new);
    shared.borrow_mut().conversations.insert(id, actor.clone());
    actor
}
