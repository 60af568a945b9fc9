//! What an account's actor and its conversations share. They live on one arbiter, so this is theirs without locks; nothing
//! here is true before the commit that made it so.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Addr, Recipient};

use super::api::{LobbyId, Pulse, SlotId, SocketId, ToLobby, ToSocket};
use super::conversation::ConversationActor;
use super::host::Host;
use crate::domain::account::Account;
use crate::domain::ids::{AccountId, ConversationId, DeviceId, OperatorId, SessionId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::presence::roster::{Edge, Roster};
use crate::domain::time::Timestamp;
use crate::ports::journal::Token;

/// How many of the account's newest changes of presence are kept at hand.
const EDGES_AT_HAND_MAX: usize = 1_024;

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

/// An operator's socket.
pub struct Socket {
    /// Whose.
    pub operator: OperatorId,
    /// By which log-in.
    pub session: SessionId,
    /// On which device.
    pub device: DeviceId,
    /// How to tell it.
    pub outlet: Recipient<ToSocket>,
    /// Its signs of life.
    pub pulse: Pulse,
}

/// The whole.
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
    pub lobbies: HashMap<LobbyId, Recipient<ToLobby>>,
    /// The sockets, on this node, of visitors who have a conversation.
    pub visitors: HashMap<ConversationId, Vec<(LobbyId, SlotId)>>,
    /// Conversations to which a change of presence matters, and until when.
    pub attentive: HashMap<ConversationId, Timestamp>,
    /// Conversations that are active.
    pub conversations: HashMap<ConversationId, Addr<ConversationActor>>,
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
        for (lobby, outlet) in &self.lobbies {
            let here: Vec<SlotId> = slots.iter().filter(|(l, _)| l == lobby).map(|(_, slot)| *slot).collect();
            if !here.is_empty() {
                outlet.do_send(ToLobby::News { slots: here, news: Arc::clone(&news) });
            }
        }
    }

    /// Tells all lobbies.
    pub fn tell_lobbies(&self, message: &ToLobby) {
        self.lobbies.values().for_each(|outlet| outlet.do_send(message.clone()));
    }
}

/// A conversation's actor, started if it is not active.
pub fn conversation(shared: &SharedAccount, host: &Arc<Host>, id: ConversationId) -> Addr<ConversationActor> {
    if let Some(actor) = shared.borrow().conversations.get(&id).filter(|actor| actor.connected()) {
        return actor.clone();
    }
    let actor = ConversationActor::new(id, Rc::clone(shared), Arc::clone(host)).start();
    shared.borrow_mut().conversations.insert(id, actor.clone());
    actor
}
