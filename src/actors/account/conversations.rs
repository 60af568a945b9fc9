//! Conversations, as operators and HTTP ask for them.

use std::collections::BTreeSet;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use actix::{Context, Handler, Message, ResponseFuture};

use super::AccountActor;
use super::counts::count_all;
use crate::actors::api::{Act, AskConversations, AskExplanation, Counts, Done, OperatorTypes, Reply};
use crate::actors::conversation::messages::{AskView, Do, Explain, Types};
use crate::actors::host::Host;
use crate::actors::shared::{SharedAccount, conversation};
use crate::actors::shell;
use crate::domain::account::Account;
use crate::domain::conversation::deed::Input;
use crate::domain::conversation::show;
use crate::domain::conversation::thread::Conversation;
use crate::domain::conversation::view::ConversationView;
use crate::domain::ids::{ConversationId, GroupId, LetterId, OperatorId};
use crate::domain::notice::explain::Explanation;
use crate::domain::notice::letter::LetterState;
use crate::domain::refusal::Refusal;
use crate::ports::bus::Hint;
use crate::ports::journal::{DocKey, InboxQuery, InboxStatus};
use crate::ports::record::decode;

/// How many conversations a welcome holds.
const WELCOME_LEN: usize = 50;

/// The groups whose conversations others answer for, and this operator does not. What is of no group, of one that is no
/// more, or of one whose members are all inactive is everybody's.
pub fn others_groups(account: &Account, operator: OperatorId) -> Vec<GroupId> {
    let groups = account.effective_groups().iter().map(|group| group.id);
    groups.filter(|group| !account.audience(Some(*group)).contains(&operator)).collect()
}

impl AccountActor {
    /// The newest open conversations of an operator's audience, and how many there are.
    pub(super) fn inbox_of(
        &self,
        operator: OperatorId,
    ) -> impl Future<Output = Reply<(Vec<Arc<ConversationView>>, Counts)>> + use<> {
        let (shared, host) = (Rc::clone(&self.shared), Arc::clone(&self.host));
        async move {
            let account = account_of(&shared)?;
            let query = |status, limit| InboxQuery {
                status: Some(status),
                but_groups: others_groups(&account, operator),
                or_joined_by: Some(operator),
                joined_by: None,
                prefix: None,
                after: None,
                limit,
            };
            let mut newest = Vec::new();
            for status in [InboxStatus::Unserved, InboxStatus::Served] {
                newest.extend(host.store.inbox(account.id, query(status, WELCOME_LEN)).await?);
            }
            newest.sort_by(|a, b| b.cmp(a));
            newest.truncate(WELCOME_LEN);
            let ids = newest.into_iter().map(|(_, id)| id).collect();
            let counted = count_all(&*host.store, &account, BTreeSet::from([operator])).await?;
            let counts = counted.get(&operator).copied().unwrap_or_default();
            Ok((views(&shared, &host, ids).await?, counts))
        }
    }
}

fn account_of(shared: &SharedAccount) -> Reply<Arc<Account>> {
    let account = shared.borrow().documents.as_ref().map(|d| Arc::clone(&d.account));
    account.ok_or_else(|| Refusal::not_found("account"))
}

/// Summaries: of those that are awake from their actors, of the others from the store.
pub(super) async fn views(
    shared: &SharedAccount,
    host: &Arc<Host>,
    ids: Vec<ConversationId>,
) -> Reply<Vec<Arc<ConversationView>>> {
    let account = account_of(shared)?;
    let mut views = Vec::with_capacity(ids.len());
    let mut asleep = Vec::new();
    for id in ids {
        let awake = shared.borrow().conversations.get(&id).filter(|actor| actor.connected()).cloned();
        match awake {
            Some(actor) => {
                if let Ok(Ok((view, _))) = actor.send(AskView).await {
                    views.push((id, view));
                }
            }
            None => asleep.push(id),
        }
    }
    let keys = asleep.iter().map(|id| DocKey::Conversation(account.id, *id)).collect();
    let found = host.store.load(keys).await?;
    for stored in found.into_iter().flatten() {
        let doc: Conversation = decode(&stored.state)?;
        let is_elsewhere = host.is_on_another_node(&doc);
        if is_elsewhere && !shared.borrow().sockets.is_empty() {
            // Should that node be lost, those who watch here are to be told that the visitor is gone.
            drop(conversation(shared, host, doc.id));
        }
        let here = shared.borrow().visitors.contains_key(&doc.id) || is_elsewhere;
        let state = doc.present().state;
        views.push((doc.id, Arc::new(show::summary(&doc, &state, &account, &host.delays, here))));
    }
    views.sort_by_key(|(id, view)| std::cmp::Reverse((view.at, *id)));
    Ok(views.into_iter().map(|(_, view)| view).collect())
}

/// What the actor of a conversation answers; one that went to sleep in this very moment is woken and asked again.
///
/// It is asked now, not when the answer is first waited for: what is asked in some order arrives in that order.
pub(super) fn ask_conversation<M, T>(
    shared: &SharedAccount,
    host: &Arc<Host>,
    id: ConversationId,
    message: M,
) -> impl Future<Output = Reply<T>> + use<M, T>
where
    M: Message<Result = Reply<T>> + Clone + Send + 'static,
    T: Send + 'static,
    crate::actors::conversation::ConversationActor: Handler<M>,
{
    let (shared, host) = (Rc::clone(shared), Arc::clone(host));
    let asked = conversation(&shared, &host, id).send(message.clone());
    async move {
        if let Ok(reply) = asked.await {
            return reply;
        }
        let asked = conversation(&shared, &host, id).send(message);
        asked.await.unwrap_or_else(|_| Err(Refusal::unknown_outcome()))
    }
}

impl AccountActor {
    /// Waits until the account itself is read (and exists), then asks.
    ///
    /// Like everything that many wait for at a time, it is not a future of the actor: it polls all of its own whenever it wakes.
    pub(super) fn when_read<T: 'static, F>(
        &mut self,
        ctx: &mut Context<Self>,
        ask: impl FnOnce(SharedAccount, Arc<Host>) -> F + 'static,
    ) -> ResponseFuture<Reply<T>>
    where
        F: Future<Output = Reply<T>> + 'static,
    {
        self.idle_since = self.host.now();
        let (shared, host) = (Rc::clone(&self.shared), Arc::clone(&self.host));
        if self.is_read && shared.borrow().documents.is_some() {
            return Box::pin(ask(shared, host));
        }
        let tick = super::Input::Presence(crate::domain::presence::roster::Input::Tick);
        let read = shell::answered(shell::ask(self, ctx, tick));
        Box::pin(async move {
            read.await?;
            ask(shared, host).await
        })
    }
}

impl Handler<Act> for AccountActor {
    type Result = ResponseFuture<Reply<Done>>;

    fn handle(&mut self, Act { conversation: id, operator, deed }: Act, _: &mut Context<Self>) -> Self::Result {
        self.idle_since = self.host.now();
        Box::pin(ask_conversation(&self.shared, &self.host, id, Do(vec![Input::Operator { by: operator, deed }])))
    }
}

impl Handler<AskConversations> for AccountActor {
    type Result = ResponseFuture<Reply<Vec<Arc<ConversationView>>>>;

    fn handle(&mut self, AskConversations(ids): AskConversations, ctx: &mut Context<Self>) -> Self::Result {
        self.when_read(ctx, move |shared, host| async move { views(&shared, &host, ids).await })
    }
}

impl Handler<AskExplanation> for AccountActor {
    type Result = ResponseFuture<Reply<Explanation>>;

    fn handle(&mut self, AskExplanation(id): AskExplanation, _: &mut Context<Self>) -> Self::Result {
        self.idle_since = self.host.now();
        Box::pin(ask_conversation(&self.shared, &self.host, id, Explain))
    }
}

impl Handler<OperatorTypes> for AccountActor {
    type Result = ResponseFuture<Reply<()>>;

    fn handle(&mut self, typing: OperatorTypes, ctx: &mut Context<Self>) -> Self::Result {
        let OperatorTypes { conversation: id, operator, on } = typing;
        self.when_read(ctx, move |shared, host| async move {
            let account = account_of(&shared)?;
            let known = account.operator(operator).ok_or_else(|| Refusal::not_found("operator"))?;
            let name = known.name.clone();
            host.bus.tell(Hint::Typing { account: account.id, conversation: id, operator: Some((operator, name)), on });
            let is_awake = shared.borrow().conversations.get(&id).is_some_and(actix::Addr::connected);
            if is_awake {
                let types = Types { operator: Some((operator, known.name.clone())), on };
                return ask_conversation(&shared, &host, id, types).await;
            }
            // One that is asleep has nobody who would see it; but it must be one.
            let found = host.store.load(vec![DocKey::Conversation(account.id, id)]).await?.pop().flatten();
            found.map(drop).ok_or_else(|| Refusal::not_found("conversation"))
        })
    }
}

/// The postroom says what became of a letter.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct LetterMoved {
    /// Which.
    pub letter: LetterId,
    /// To what.
    pub state: LetterState,
}

impl Handler<LetterMoved> for AccountActor {
    type Result = ();

    fn handle(&mut self, LetterMoved { letter, state }: LetterMoved, _: &mut Context<Self>) {
        let input = Input::LetterMoved { letter, state };
        // Whoever tells does not wait for the commit.
        actix_rt::spawn(ask_conversation(&self.shared, &self.host, letter.conversation, Do(vec![input])));
    }
}
