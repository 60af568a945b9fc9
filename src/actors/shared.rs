//! What an account's actor and its conversations share. They live on one arbiter, so this is theirs without locks; nothing
//! here is true before the commit that made it so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Addr, Context, Recipient};
use tokio::sync::Notify;

use super::api::{Counts, LobbyId, Pulse, SlotId, SocketId, ToLobby, ToSocket};
use super::conversation::ConversationActor;
use super::host::Host;
use super::shell::QUEUE_LEN_MAX;
use crate::domain::account::Account;
use crate::domain::bulletin::Conditions;
use crate::domain::ids::{AccountId, ConversationId, DeviceId, GroupId, OperatorId, SessionId, VisitorId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::presence::device::Card;
use crate::domain::presence::roster::{Edge, Roster};
use crate::domain::presence::status::BoxView;
use crate::domain::time::Timestamp;
use crate::ports::journal::Token;

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

/// The whole. It outlives an account's actor that dies of a panic: the next one goes on with it.
pub struct Shared {
    /// Which account.
    pub id: AccountId,
    /// Its documents; `None`: not read yet, or there are none.
    pub documents: Option<Documents>,
    /// Its newest changes of presence; the last one is at position `roster.edges`.
    pub edges: VecDeque<Edge>,
    /// Operators' sockets on this node.
    pub sockets: BTreeMap<SocketId, Socket>,
    /// Lobbies with visitors of this account.
    pub lobbies: HashMap<LobbyId, Lobby>,
    /// The sockets, on this node, of visitors who have a conversation.
    pub visitors: HashMap<ConversationId, Vec<(LobbyId, SlotId)>>,
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
    pub fn new(id: AccountId) -> SharedAccount {
        Rc::new(RefCell::new(Self {
            id,
            documents: None,
            edges: VecDeque::new(),
            sockets: BTreeMap::new(),
            lobbies: HashMap::new(),
            visitors: HashMap::new(),
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
        let Some(slots) = self.visitors.get(&conversation) else { return };
        let news = Arc::new(news);
        for (id, lobby) in &self.lobbies {
            let here: Vec<SlotId> = slots.iter().filter(|(l, _)| l == id).map(|(_, slot)| *slot).collect();
            if !here.is_empty() {
                lobby.outlet.do_send(ToLobby::News { slots: here, news: Arc::clone(&news) });
            }
        }
    }

    /// Whether the slot's socket has not ended.
    pub fn has_slot(&self, lobby: LobbyId, slot: SlotId) -> bool {
        self.lobbies.get(&lobby).is_some_and(|l| l.slots.contains_key(&slot))
    }

    /// The visitor has a conversation: all their sockets here are told of it, those too that came before it began.
    /// Returns how many there are.
    pub fn register(&mut self, visitor: VisitorId) -> usize {
        let slots_of = |(id, lobby): (&LobbyId, &Lobby)| {
            let own = lobby.slots.iter().filter(|(_, whose)| **whose == visitor).map(|(slot, _)| (*id, *slot));
            own.collect::<Vec<_>>()
        };
        let slots: Vec<_> = self.lobbies.iter().flat_map(slots_of).collect();
        let count = slots.len();
        self.visitors.insert(ConversationId(visitor.0), slots);
        count
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
