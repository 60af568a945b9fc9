//! Visitors: one who only watches is a count in a lobby; one with a conversation is passed on to it.

use std::collections::HashMap;
use std::future::{Future, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Context, Handler, ResponseFuture};

use super::AccountActor;
use super::conversations::ask_conversation;
use crate::actors::api::{
    Ended, LobbyId, Reply, SlotId, VisitorAct, VisitorAlive, VisitorDeed, VisitorDone, VisitorEnded, VisitorEnter,
    VisitorEntered,
};
use crate::actors::conversation::MaybeWritten;
use crate::actors::conversation::messages::{AskView, Do, Types, VisitorGone, VisitorHere};
use crate::actors::host::Host;
use crate::actors::shared::{Lobby, SharedAccount, conversation};
use crate::domain::account::Locale;
use crate::domain::conversation::deed::Input;
use crate::domain::conversation::message::Message as Said;
use crate::domain::conversation::thread::Conversation;
use crate::domain::conversation::view::{ConversationView, Standing};
use crate::domain::ids::{ConversationId, GroupId, VisitorId};
use crate::domain::presence::status::BoxView;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::ports::bus::Hint;
use crate::ports::journal::{DocKey, Stream};
use crate::ports::record::decode;

/// How many messages a welcome holds.
const MESSAGES_MAX: usize = 50;

/// The box that the widget of a page, or of a conversation, shows (rule N13).
fn chat_box(shared: &SharedAccount, group: Option<GroupId>) -> Reply<BoxView> {
    shared.borrow().chat(group).ok_or_else(|| Refusal::not_found("account"))
}

impl Handler<VisitorEnter> for AccountActor {
    type Result = ResponseFuture<Reply<VisitorEntered>>;

    fn handle(&mut self, enter: VisitorEnter, ctx: &mut Context<Self>) -> Self::Result {
        let VisitorEnter { lobby, slot, visitor, .. } = enter;
        let new_lobby = || Lobby { outlet: enter.outlet.clone(), slots: HashMap::new() };
        let mut shared = self.shared.borrow_mut();
        shared.on_watcher(self.host.now());
        shared.lobbies.entry(lobby).or_insert_with(new_lobby).slots.insert(slot, visitor);
        shared.seat(ConversationId(visitor.0), (lobby, slot));
        drop(shared);
        let entered =
            self.when_read(ctx, move |shared, host| async move { enter_visitor(&shared, &host, enter).await });
        let (shared, host) = (Rc::clone(&self.shared), Arc::clone(&self.host));
        Box::pin(async move {
            let entered = entered.await;
            if let Err(why) = &entered {
                // Who is refused does not wait until it is written that they are gone.
                actix_rt::spawn(slot_ended(&shared, &host, (lobby, slot, visitor), Ended::refused(why, host.now())));
            }
            entered
        })
    }
}

async fn enter_visitor(shared: &SharedAccount, host: &Arc<Host>, enter: VisitorEnter) -> Reply<VisitorEntered> {
    check_origin(shared, enter.origin.as_deref())?;
    let (account_name, locale) = sign_of(shared)?;
    let stranger = |group| {
        let chat = chat_box(shared, group)?;
        Ok(VisitorEntered {
            chat,
            name: None,
            email: None,
            account_name: account_name.clone(),
            locale,
            conversation: None,
        })
    };
    let (id, seat) = (ConversationId(enter.visitor.0), (enter.lobby, enter.slot));
    if enter.fresh {
        shared.borrow_mut().enters_as_stranger(seat);
        return stranger(enter.group);
    }
    let Some(doc) = load(shared, host, id).await? else {
        shared.borrow_mut().enters_as_stranger(seat);
        let is_awake = shared.borrow().conversations.get(&id).is_some_and(actix::Addr::connected);
        if is_awake && shared.borrow().has_strangers(id) {
            // It may have begun since the store was asked.
            conversation(shared, host, id).do_send(MaybeWritten { since: host.now() });
        }
        return stranger(enter.group);
    };
    // While the store was asked, the socket may have ended; then it must not be taken for one that lives.
    if !shared.borrow().has_slot(enter.lobby, enter.slot) {
        return Err(Refusal::unavailable("the socket has ended"));
    }
    let first_socket = shared.borrow_mut().enters(id, seat);
    if shared.borrow().has_strangers(id) {
        // It began at another node after their other sockets came, and that was not heard of here.
        conversation(shared, host, id).do_send(MaybeWritten { since: host.now() });
    }
    let is_awake = shared.borrow().conversations.get(&id).is_some_and(actix::Addr::connected);
    // Whoever waits for an answer is told of at once; one with whom all is settled costs no actor, unless other nodes are to
    // know that they are here.
    let is_shown_elsewhere = host.nodes.lease().is_some();
    let (view, group) = if is_awake || is_shown_elsewhere || !doc.present().state.open.is_empty() {
        // Others may have given this node's sockets up, all of them.
        let is_given_up = is_shown_elsewhere && !doc.visitor_on.contains(&host.node);
        if first_socket || enter.page.is_some() || is_given_up {
            ask_conversation(shared, host, id, VisitorHere { page: enter.page }).await?;
        }
        ask_conversation(shared, host, id, AskView).await?
    } else {
        let documents = shared.borrow().documents.clone().ok_or_else(|| Refusal::not_found("account"))?;
        let state = doc.present().state;
        let view = crate::domain::conversation::show::summary(&doc, &state, &documents.account, &host.delays, true);
        (Arc::new(view), doc.group)
    };
    let shown = if view.status == Standing::Closed || doc.active_at.is_none() { enter.group } else { group };
    let (name, email) = (view.visitor.name.clone(), view.visitor.email.clone());
    let conversation = if view.last_seq == 0 {
        None
    } else {
        Some((Arc::clone(&view), messages(shared, host, &view, enter.after).await?))
    };
    Ok(VisitorEntered { chat: chat_box(shared, shown)?, name, email, account_name, locale, conversation })
}

/// What visitors are told of the account: its name and its language.
fn sign_of(shared: &SharedAccount) -> Reply<(String, Locale)> {
    let shared = shared.borrow();
    let documents = shared.documents.as_ref().ok_or_else(|| Refusal::not_found("account"))?;
    Ok((documents.account.name.clone(), documents.account.locale))
}

/// An origin that is not the server's own must be one of the account's, where it names any.
fn check_origin(shared: &SharedAccount, origin: Option<&str>) -> Reply<()> {
    let shared = shared.borrow();
    let documents = shared.documents.as_ref().ok_or_else(|| Refusal::not_found("account"))?;
    let allowed = &documents.account.allowed_origins;
    match origin {
        Some(origin) if !allowed.is_empty() && !allowed.iter().any(|a| a == origin) => {
            Err(Refusal::new(RefusalCode::Forbidden, format!("{origin} is not one of the account's web sites")))
        }
        _ => Ok(()),
    }
}

async fn load(shared: &SharedAccount, host: &Host, id: ConversationId) -> Reply<Option<Conversation>> {
    let (account, lookup) = (shared.borrow().id, Rc::clone(&shared.borrow().lookup));
    let stored = lookup.load(&host.store, DocKey::Conversation(account, id)).await?;
    stored.map(|stored| decode(&stored.state)).transpose().map_err(Refusal::from)
}

async fn messages(shared: &SharedAccount, host: &Host, view: &ConversationView, after: u64) -> Reply<Vec<Said>> {
    let stream = Stream::Messages(shared.borrow().id, view.id);
    let newest = host.store.read_back(stream, view.last_seq + 1, MESSAGES_MAX).await?;
    let wanted = newest.into_iter().filter(|(seq, _)| *seq > after);
    wanted.map(|(_, entry)| decode(&entry)).collect::<Result<_, _>>().map_err(Refusal::from)
}

impl Handler<VisitorAct> for AccountActor {
    type Result = ResponseFuture<Reply<VisitorDone>>;

    fn handle(&mut self, act: VisitorAct, ctx: &mut Context<Self>) -> Self::Result {
        self.idle_since = self.host.now();
        let id = ConversationId(act.visitor.0);
        match act.deed {
            VisitorDeed::Typing(on) => {
                self.tell_if_awake(id, on);
                Box::pin(ready(Ok(VisitorDone::Noted)))
            }
            VisitorDeed::Group(group) => self.when_read(ctx, move |shared, host| regroup(shared, host, id, group)),
            VisitorDeed::Page(_) | VisitorDeed::Read { .. } => {
                // Of a visitor without a conversation there is nothing to note: their lobby knows where they are.
                if !self.shared.borrow().visitors.contains_key(&id) {
                    return Box::pin(ready(Ok(VisitorDone::Noted)));
                }
                Box::pin(self.pass_on(id, vec![Input::Visitor(act.deed)]))
            }
            VisitorDeed::Identify { .. } | VisitorDeed::Write { .. } => {
                if !self.shared.borrow().has_slot(act.lobby, act.slot) {
                    // Its end would never be told, and the visitor be taken for one who is there for ever.
                    let unknown = Refusal::unavailable("this socket is not known here; connect again");
                    return Box::pin(ready(Err(unknown)));
                }
                self.shared.borrow_mut().register(id);
                let node = self.host.node;
                let inputs = vec![Input::Visitor(act.deed), Input::VisitorCame { node, page: None }];
                Box::pin(self.pass_on(id, inputs))
            }
        }
    }
}

/// The page's group changed: the slot shows its box, unless a conversation is open (rule N13).
async fn regroup(
    shared: SharedAccount,
    host: Arc<Host>,
    id: ConversationId,
    group: Option<GroupId>,
) -> Reply<VisitorDone> {
    let has_conversation = shared.borrow().visitors.contains_key(&id);
    let mut shown = group;
    if has_conversation
        && let Some(doc) = load(&shared, &host, id).await?
        && doc.is_open()
    {
        shown = doc.group;
    }
    let BoxView { group, online, since, version, .. } = chat_box(&shared, shown)?;
    Ok(VisitorDone::Shows { group, online, since, version })
}

impl AccountActor {
    fn pass_on(&self, id: ConversationId, inputs: Vec<Input>) -> impl Future<Output = Reply<VisitorDone>> + use<> {
        let done = ask_conversation(&self.shared, &self.host, id, Do(inputs));
        async move {
            Ok(match done.await?.written {
                Some((seq, at)) => VisitorDone::Written { conversation: id, seq, at },
                None => VisitorDone::Noted,
            })
        }
    }

    fn tell_if_awake(&self, id: ConversationId, on: bool) {
        let has_conversation = self.shared.borrow().visitors.contains_key(&id);
        if has_conversation {
            self.host.bus.tell(Hint::Typing { account: self.id, conversation: id, operator: None, on });
        }
        let awake = self.shared.borrow().conversations.get(&id).filter(|actor| actor.connected()).cloned();
        if let (true, Some(actor)) = (has_conversation, awake) {
            actor.do_send(Types { operator: None, on });
        }
    }
}

/// A socket ended; its conversation is told now, and answers later.
fn slot_ended(
    shared: &SharedAccount,
    host: &Arc<Host>,
    (lobby, slot, visitor): (LobbyId, SlotId, VisitorId),
    how: Ended,
) -> impl Future<Output = Reply<()>> + use<> {
    let id = ConversationId(visitor.0);
    let was_last = shared.borrow_mut().unseat(id, (lobby, slot));
    let told = was_last.then(|| ask_conversation(shared, host, id, VisitorGone(how)));
    async move {
        match told {
            Some(told) => told.await,
            None => Ok(()),
        }
    }
}

impl Handler<VisitorAlive> for AccountActor {
    type Result = ResponseFuture<Reply<()>>;

    fn handle(&mut self, alive: VisitorAlive, _: &mut Context<Self>) -> Self::Result {
        if !self.shared.borrow().has_slot(alive.lobby, alive.slot) {
            return Box::pin(ready(Ok(())));
        }
        let id = ConversationId(alive.visitor.0);
        let here = ask_conversation(&self.shared, &self.host, id, VisitorHere { page: None });
        Box::pin(async { here.await.map(drop) })
    }
}

impl Handler<VisitorEnded> for AccountActor {
    type Result = ResponseFuture<Reply<()>>;

    fn handle(&mut self, ended: VisitorEnded, _: &mut Context<Self>) -> Self::Result {
        let VisitorEnded { lobby, slot, visitor, how } = ended;
        self.idle_since = self.host.now();
        Box::pin(slot_ended(&self.shared, &self.host, (lobby, slot, visitor), how))
    }
}
