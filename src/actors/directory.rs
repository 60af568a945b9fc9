//! From an account's id to its actor: placed by hash on one of the arbiters, started from the store when it is asked for,
//! started again when it died.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{
    Actor, Addr, Arbiter, AsyncContext, Context, Handler, MailboxError, Message, MessageResult, ResponseFuture,
};

use super::account::{AccountActor, Hinted, NodesLost, Resync, Wake};
use super::api::Reply;
use super::host::Host;
use super::lookup::Lookup;
use super::shared::{Shared, SharedAccount, conversation};
use super::shell::QUEUE_LEN_MAX;
use crate::domain::ids::{AccountId, ConversationId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::bus::Hint;

/// How often is looked for actors that died.
const REVIVE_EVERY: Duration = Duration::from_secs(5);

/// The accounts of this node. Cheap to clone, good on every thread.
#[derive(Clone)]
pub struct Accounts {
    registries: Arc<[Addr<Registry>]>,
}

impl Accounts {
    /// Starts a registry on each arbiter.
    pub fn start(arbiters: &[Arbiter], host: &Arc<Host>) -> Self {
        let start = |arbiter: &Arbiter| {
            let host = Arc::clone(host);
            Registry::start_in_arbiter(&arbiter.handle(), move |_| Registry::new(host))
        };
        Self { registries: arbiters.iter().map(start).collect() }
    }

    /// Starts the one registry on the arbiter that this is called on.
    pub fn start_here(host: &Arc<Host>) -> Self {
        Self { registries: Arc::new([Registry::new(Arc::clone(host)).start()]) }
    }

    /// Asks an account's actor, starting it if need be. One that died meanwhile is started again, once.
    ///
    /// # Errors
    /// What the actor refuses; `unavailable` when it cannot be reached.
    pub async fn ask<M, T>(&self, account: AccountId, message: M) -> Reply<T>
    where
        M: Message<Result = Reply<T>> + Clone + Send + 'static,
        T: Send + 'static,
        AccountActor: Handler<M>,
        <AccountActor as Actor>::Context: ToEnvelope<AccountActor, M>,
    {
        for _ in 0..2 {
            match self.forward(account, message.clone()).await? {
                Ok(reply) => return reply,
                Err(MailboxError::Closed) => {}
                Err(MailboxError::Timeout) => break,
            }
        }
        Err(Refusal::unknown_outcome())
    }

    /// Tells an account's actor something that needs no answer; ends when it has been heard. One that died of it, or
    /// before it, is started again and told again, once: the end of a socket that is lost is a ghost.
    pub async fn tell<M>(&self, account: AccountId, message: M)
    where
        M: Message<Result = ()> + Clone + Send + 'static,
        AccountActor: Handler<M>,
        <AccountActor as Actor>::Context: ToEnvelope<AccountActor, M>,
    {
        for _ in 0..2 {
            if !matches!(self.forward(account, message.clone()).await, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Wakes conversations whose deadlines come near: a message to each arbiter, however many they are.
    pub fn wake(&self, due: impl Iterator<Item = (AccountId, ConversationId)>) {
        let mut of_arbiters = vec![Due::new(); self.registries.len()];
        for (account, conversation) in due {
            of_arbiters[self.place_of(account)].entry(account).or_default().push(conversation);
        }
        for (registry, due) in self.registries.iter().zip(of_arbiters) {
            registry.do_send(WakeAll(due));
        }
    }

    /// Tells everybody who is active.
    pub fn tell_all(&self, tidings: Tidings) {
        self.registries.iter().for_each(|registry| registry.do_send(tidings));
    }

    /// Another node did something: the account, if it is active here, hears of it.
    pub fn hint(&self, hint: Hint) {
        let hinted = Hinted(hint);
        self.registry_of(hinted.0.account()).do_send(hinted);
    }

    /// Ends once everything that was asked of the active accounts is done, or `patience` is over.
    pub async fn settle(&self, patience: std::time::Duration) {
        let all = async {
            for registry in self.registries.iter() {
                for actor in registry.send(Active).await.unwrap_or_default() {
                    // One that died meanwhile has nothing under way.
                    drop(actor.send(super::api::AskAccount).await);
                }
            }
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("the store did not take everything in time; what was acknowledged is in it");
        }
    }

    /// The account's actor.
    ///
    /// # Errors
    /// `unavailable` while the process ends.
    pub async fn find(&self, account: AccountId) -> Reply<Addr<AccountActor>> {
        let found = self.registry_of(account).send(Find(account)).await;
        found.map_err(|_| Refusal::unavailable("the server is ending"))
    }

    /// Has the account's registry send it on: one way there and one back, however many threads lie between. What its actor
    /// made of it; `unavailable` while the process ends.
    async fn forward<M>(&self, account: AccountId, message: M) -> Reply<Result<M::Result, MailboxError>>
    where
        M: Message + Send + 'static,
        M::Result: Send + 'static,
        AccountActor: Handler<M>,
        <AccountActor as Actor>::Context: ToEnvelope<AccountActor, M>,
    {
        let sent = self.registry_of(account).send(Forward { account, message }).await;
        sent.map_err(|_| Refusal::unavailable("the server is ending"))
    }

    fn registry_of(&self, account: AccountId) -> &Addr<Registry> {
        &self.registries[self.place_of(account)]
    }

    fn place_of(&self, account: AccountId) -> usize {
        (account.0.as_u128() % self.registries.len() as u128) as usize
    }
}

/// Which accounts are active on one arbiter.
pub struct Registry {
    host: Arc<Host>,
    lookup: Rc<Lookup>,
    accounts: HashMap<AccountId, Known>,
}

/// An account that is, or was, active. What it shares with its conversations is kept for the case that its actor dies of a
/// panic: sockets, visitors and conversations live on, and the next actor is theirs.
struct Known {
    actor: Addr<AccountActor>,
    shared: SharedAccount,
}

impl Registry {
    fn new(host: Arc<Host>) -> Self {
        Self { host, lookup: Rc::default(), accounts: HashMap::new() }
    }

    /// Whoever died of a panic may have had something to do that nobody will ask for: an end to find out, a timer to start.
    /// The pause between two looks is what keeps one who dies again and again from doing nothing else.
    fn revive(&mut self) {
        let mut dead = Vec::new();
        for (id, Known { actor, shared }) in &self.accounts {
            let conversations = shared.borrow().fallen();
            for fallen in conversations {
                conversation(shared, &self.host, fallen);
            }
            // One that went to sleep has left no documents behind.
            if !actor.connected() && shared.borrow().documents.is_some() {
                dead.push(*id);
            }
        }
        for account in dead {
            self.start_account(account);
        }
    }

    fn find(&mut self, account: AccountId) -> Addr<AccountActor> {
        let known = self.accounts.get(&account).map(|known| &known.actor).filter(|actor| actor.connected()).cloned();
        known.unwrap_or_else(|| self.start_account(account))
    }

    fn start_account(&mut self, account: AccountId) -> Addr<AccountActor> {
        // Those that have passivated since leave dead addresses behind: swept when there are as many again.
        if self.accounts.len() == self.accounts.capacity() {
            self.accounts.retain(|_, known| known.actor.connected() || !known.shared.borrow().is_idle());
        }
        let new_shared = || Shared::new(account, Rc::clone(&self.lookup));
        let shared = self.accounts.get(&account).map_or_else(new_shared, |known| Rc::clone(&known.shared));
        let (host, kept) = (Arc::clone(&self.host), Rc::clone(&shared));
        let actor = AccountActor::create(move |ctx| {
            ctx.set_mailbox_capacity(2 * QUEUE_LEN_MAX);
            AccountActor::new(kept, host)
        });
        self.accounts.insert(account, Known { actor: actor.clone(), shared });
        actor
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(4_096);
        ctx.run_interval(REVIVE_EVERY, |registry, _| registry.revive());
    }
}

#[derive(Message)]
#[rtype(result = "Vec<Addr<AccountActor>>")]
struct Active;

impl Handler<Active> for Registry {
    type Result = MessageResult<Active>;

    fn handle(&mut self, _: Active, _: &mut Self::Context) -> Self::Result {
        let active = self.accounts.values().filter(|known| known.actor.connected());
        MessageResult(active.map(|known| known.actor.clone()).collect())
    }
}

/// What every active account is told.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub enum Tidings {
    /// Nodes were lost.
    NodesLost,
    /// Documents may have been written unheard since then.
    MaybeWritten {
        /// Since when.
        since: Timestamp,
    },
}

impl Handler<Tidings> for Registry {
    type Result = ();

    fn handle(&mut self, tidings: Tidings, _: &mut Self::Context) {
        for actor in self.accounts.values().map(|known| &known.actor).filter(|actor| actor.connected()) {
            match tidings {
                Tidings::NodesLost => actor.do_send(NodesLost),
                Tidings::MaybeWritten { since } => actor.do_send(Resync { since }),
            }
        }
    }
}

impl Handler<Hinted> for Registry {
    type Result = ();

    fn handle(&mut self, hinted: Hinted, _: &mut Self::Context) {
        let known = self.accounts.get(&hinted.0.account()).map(|known| &known.actor);
        if let Some(actor) = known.filter(|actor| actor.connected()) {
            actor.do_send(hinted);
        }
    }
}

#[derive(Message)]
#[rtype(result = "Addr<AccountActor>")]
struct Find(AccountId);

impl Handler<Find> for Registry {
    type Result = MessageResult<Find>;

    fn handle(&mut self, Find(account): Find, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.find(account))
    }
}

/// A message for an account.
struct Forward<M> {
    account: AccountId,
    message: M,
}

impl<M> Message for Forward<M>
where
    M: Message,
    M::Result: 'static,
{
    type Result = Result<M::Result, MailboxError>;
}

impl<M> Handler<Forward<M>> for Registry
where
    M: Message + Send + 'static,
    M::Result: Send + 'static,
    AccountActor: Handler<M>,
    <AccountActor as Actor>::Context: ToEnvelope<AccountActor, M>,
{
    type Result = ResponseFuture<Result<M::Result, MailboxError>>;

    fn handle(&mut self, Forward { account, message }: Forward<M>, _: &mut Self::Context) -> Self::Result {
        Box::pin(self.find(account).send(message))
    }
}

/// Conversations that are due, in the order in which they lie in the store: those of one instant are read and written so, which
/// touches half as many pages.
type Due = BTreeMap<AccountId, Vec<ConversationId>>;

#[derive(Message)]
#[rtype(result = "()")]
struct WakeAll(Due);

impl Handler<WakeAll> for Registry {
    type Result = ();

    fn handle(&mut self, WakeAll(due): WakeAll, _: &mut Self::Context) {
        for (account, conversations) in due {
            self.find(account).do_send(Wake(conversations));
        }
    }
}
