//! What visitors say and what comes of it.
//!
//! A slot's calls are done one after the other, in the order in which they came; so their answers come in that order too.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::ending::{Ending, farewell, vanished};
use super::frame;
use super::lobby::Hall;
use super::outgoing::Outgoing;
use super::reception::{First, Newcomer, first_message};
use super::slot::{Guest, Slot, Weight};
use crate::actors::api::{
    Reply, VisitorAct, VisitorAlive, VisitorDeed, VisitorDone, VisitorEnded, VisitorEnter, VisitorEntered,
};
use crate::domain::ids::VisitorId;
use crate::domain::presence::status::BoxView;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::edge::limits::{Household, Seat};
use crate::edge::opening;
use crate::ports::figures;
use crate::ports::journal::Stream;
use crate::wire::fields::{ClientFrame, FrameId, bad_frame};
use crate::wire::server_frames;
use crate::wire::visitor_frames::{VisitorCall, VisitorHello};

/// How long an account may take to let somebody in, in seconds.
const ENTER_SECONDS: u64 = 30;

/// What is to be done for a slot.
pub(super) enum Errand {
    /// It asked for something.
    Call(ClientFrame<VisitorCall>),
    /// It may have to show another box: its conversation was closed, or other groups count (rules N9, N13).
    ShowBox,
    /// It gave the sign of life that it was asked for.
    Alive,
    /// It is gone: the account is told after all that it had asked for.
    Leave(Ending),
}

/// What the upgrade told of a visitor.
pub(super) struct Arrival {
    /// From where, as it is counted.
    pub household: Household,
    /// The place in the house.
    pub seat: Seat,
    /// The web site, unless it is doorbell's own.
    pub origin: Option<String>,
    /// The place in the figures.
    pub open: figures::Connection,
}

/// A socket that does not become a slot.
struct TurnedAway {
    io: TcpStream,
    out: Outgoing,
    ending: Ending,
}

/// The task of a visitor who was let in. Nearly all tasks are such: it holds nothing but the slot, and what only beginnings
/// and ends need has tasks of its own.
struct Life(Rc<Slot>);

impl Future for Life {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let slot = &self.0;
        slot.poll_life(cx).map(|ending| {
            let parted = slot.part();
            slot.enqueue(Errand::Leave(ending));
            match parted {
                Some((io, _)) if ending == Ending::Vanished => vanished(&io),
                Some((io, out)) => drop(actix_rt::spawn(farewell(io, out, ending))),
                None => {}
            }
        })
    }
}

/// One visitor's socket, from the upgrade until it is let in, or its end.
pub(super) async fn attend(hall: Rc<Hall>, newcomer: Newcomer, arrival: Arrival) {
    match Box::pin(receive(hall, newcomer, arrival)).await {
        Ok(slot) => drop(actix_rt::spawn(Life(slot))),
        Err(TurnedAway { io, out, ending }) => farewell(io, out, ending).await,
    }
}

async fn receive(hall: Rc<Hall>, mut newcomer: Newcomer, arrival: Arrival) -> Result<Rc<Slot>, TurnedAway> {
    let (first, mut hello) = match say_hello(&mut newcomer, &hall).await {
        Ok(said) => said,
        Err((refused, ending)) => return Err(turned_away(newcomer.io, refused, ending)),
    };
    let account = match hall.widgets.account_of(&hall.house.config.store, &hello.call.key).await {
        Ok(Some(account)) => account,
        Ok(None) => {
            let refusal = Refusal::not_found("widget");
            return Err(turned_away(newcomer.io, Some((hello.id, refusal)), Ending::unknown_widget()));
        }
        Err(refusal) => return Err(turned_away(newcomer.io, Some((hello.id, refusal)), Ending::full())),
    };
    let Some(mark) = hall.house.visitors_of.enter(account, hall.house.limits().connections_per_account) else {
        figures::limited("connections_per_account");
        return Err(turned_away(newcomer.io, None, Ending::full()));
    };
    let known = hello.call.visitor.as_deref().and_then(|token| hall.house.config.secret.visitor_of(account, token));
    let guest = Guest {
        account,
        visitor: known.unwrap_or_else(|| VisitorId(Uuid::now_v7())),
        locale: Cell::new(hello.call.locale),
        household: arrival.household,
        _places: (arrival.seat, mark, arrival.open),
    };
    let slot = Rc::new(Slot::new(hall.next_slot(), Rc::clone(&hall), guest, newcomer.io, first.decoder));
    slot.group.set(hello.call.group);
    *slot.page.borrow_mut() = hello.call.page.clone().map(Box::new);
    hall.seat(&slot);
    // Who comes back again and again is not told of with a page each time; a message brings it along.
    slot.is_stored.set(known.is_some());
    if hello.call.page.is_some() && slot.count_sign().is_err() {
        hello.call.page = None;
    }
    match enter(&slot, &hello.call, arrival.origin, known.is_none()).await {
        Ok(entered) => slot.on_entered(&entered, hello.call.visitor.filter(|_| known.is_some())),
        Err(refusal) => {
            hall.unseat(&slot);
            let ending = Ending::of_refused_hello(&refusal);
            let (io, _) = slot.part().expect("a slot has its connection until it parts");
            return Err(turned_away(io, Some((hello.id, refusal)), ending));
        }
    }
    if hall.house.is_closing() {
        slot.end(Ending::ServerEnds);
    }
    for text in first.more {
        slot.on_text(&text);
    }
    Ok(slot)
}

type Refused = (Option<FrameId>, Refusal);

/// The first frame, which is to be a hello.
async fn say_hello(
    newcomer: &mut Newcomer,
    hall: &Rc<Hall>,
) -> Result<(First, ClientFrame<VisitorHello>), (Option<Refused>, Ending)> {
    let first = first_message(newcomer, hall).await.map_err(|ending| (None, ending))?;
    let wrong = |id, refusal| (Some((id, refusal)), Ending::unauthenticated("the first frame is a hello"));
    match VisitorCall::decode(&first.hello) {
        Ok(ClientFrame { id, call: VisitorCall::Hello(hello) }) => Ok((first, ClientFrame { id, call: *hello })),
        Ok(ClientFrame { id, .. }) => Err(wrong(id, bad_frame("the first frame is a hello"))),
        Err(refused) => Err(wrong(refused.id, refused.refusal)),
    }
}

fn turned_away(io: TcpStream, refused: Option<Refused>, ending: Ending) -> TurnedAway {
    let mut out = Outgoing::default();
    if let Some((id, refusal)) = refused {
        figures::refused(figures::Door::Visitor, server_frames::error_code(refusal.code));
        out.push(frame::text(&server_frames::error(id.as_ref(), &refusal)));
    }
    TurnedAway { io, out, ending }
}

async fn enter(slot: &Rc<Slot>, hello: &VisitorHello, origin: Option<String>, fresh: bool) -> Reply<VisitorEntered> {
    let hall = &slot.hall;
    let message = VisitorEnter {
        lobby: hall.lobby,
        outlet: hall.outlet.clone(),
        slot: slot.id,
        visitor: slot.guest.visitor,
        fresh,
        origin,
        group: hello.group,
        page: hello.page.clone(),
        after: hello.after,
    };
    let asked = hall.house.config.accounts.ask(slot.guest.account, message);
    if let Ok(reply) = tokio::time::timeout(std::time::Duration::from_secs(ENTER_SECONDS), asked).await {
        return reply;
    }
    // It may still happen: then it is over at once.
    drop(slot.tell_account(Ending::Vanished).await);
    Err(Refusal::unavailable("the account does not answer"))
}

impl Slot {
    /// `token`: the one by which they were known.
    fn on_entered(self: &Rc<Self>, entered: &VisitorEntered, token: Option<String>) {
        let house = &self.hall.house;
        let new_token = || house.config.secret.visitor_token(self.guest.account, self.guest.visitor);
        let token = token.unwrap_or_else(new_token);
        let welcome = server_frames::VisitorWelcome {
            visitor: self.guest.visitor,
            token: &token,
            name: entered.name.as_deref(),
            email: entered.email.as_deref(),
            account_name: &entered.account_name,
            // Of what the whole node knows, the hall is told first and in order.
            chat: &BoxView { stale: self.hall.is_stale(), ..entered.chat.clone() },
            conversation: entered.conversation.as_ref().map(|(view, messages)| (&**view, &messages[..])),
            heartbeat: house.limits().visitor_heartbeat,
        };
        self.guest.locale.set(self.guest.locale.get().or(Some(entered.locale)));
        let (happened, locale) = (house.config.sentences.happened, self.guest.locale());
        let welcome = server_frames::visitor_welcome(&welcome, &|event| happened(event, locale));
        // One that began in another tab while this one entered may be known already.
        self.has_conversation.set(entered.conversation.is_some() || self.has_conversation.get());
        self.is_stored.set(self.has_conversation.get() || entered.name.is_some() || entered.email.is_some());
        let chat = &entered.chat;
        let shown = self.hall.shown(chat.group, chat.online, chat.since, chat.version);
        let last_seq = entered.conversation.as_ref().map_or(0, |(view, _)| view.last_seq);
        self.hall.welcome(self, frame::text(&welcome), shown, last_seq);
    }

    /// A text frame came.
    pub(super) fn on_text(self: &Rc<Self>, text: &str) {
        match VisitorCall::decode(text) {
            Ok(ClientFrame { id, call: VisitorCall::Ping }) => {
                self.tell(&PONG_FRAME, Weight::Must);
                self.done(id.as_ref());
            }
            Ok(ClientFrame { id, call: VisitorCall::Hello(_) }) => {
                self.refuse(id.as_ref(), &bad_frame("the hello has been said"));
            }
            Ok(ClientFrame { id, .. }) if !self.has_room() => {
                let refusal = Refusal::new(RefusalCode::RateLimited, "too many frames wait for their answers");
                self.refuse(id.as_ref(), &refusal);
            }
            Ok(call) => self.enqueue(Errand::Call(call)),
            Err(refused) => self.refuse(refused.id.as_ref(), &refused.refusal),
        }
    }

    /// A binary message came.
    pub(super) fn on_binary(&self) {
        self.refuse(None, &bad_frame("a frame is JSON text"));
    }

    fn refuse(&self, id: Option<&FrameId>, refusal: &Refusal) {
        figures::refused(figures::Door::Visitor, server_frames::error_code(refusal.code));
        self.tell(&frame::text(&server_frames::error(id, refusal)), Weight::Must);
        if refusal.code == RefusalCode::BadFrame {
            self.count_malformed();
        }
    }

    fn done(&self, id: Option<&FrameId>) {
        if let Some(id) = id {
            self.tell(&frame::text(&server_frames::ack(id)), Weight::Must);
        }
    }

    /// To be done after what was asked for before.
    pub(super) fn enqueue(self: &Rc<Self>, errand: Errand) {
        let mut errands = self.errands.borrow_mut();
        if let Some(errands) = &mut *errands {
            return errands.push_back(errand);
        }
        *errands = Some(VecDeque::from([errand]));
        actix_rt::spawn(Rc::clone(self).run());
    }

    async fn run(self: Rc<Self>) {
        loop {
            match self.next_errand() {
                // Nothing comes after a bye.
                Some(Errand::Call(_)) if self.said_bye.get() => {}
                Some(Errand::Call(ClientFrame { id, call })) => match self.perform(id.as_ref(), call).await {
                    Ok(()) => {}
                    Err(refusal) => self.refuse(id.as_ref(), &refusal),
                },
                Some(Errand::ShowBox) => self.show_the_box().await,
                Some(Errand::Alive) => self.tell_that_it_lives().await,
                Some(Errand::Leave(ending)) => {
                    // Who said bye has been told of already.
                    if !self.said_bye.get() {
                        self.stop_typing().await;
                        drop(self.tell_account(ending).await);
                    }
                    self.hall.unseat(&self);
                }
                None => return,
            }
        }
    }

    /// The next one; `None`: all are done, and nobody is at them any more.
    fn next_errand(&self) -> Option<Errand> {
        let mut errands = self.errands.borrow_mut();
        let next = errands.as_mut()?.pop_front();
        if next.is_none() {
            *errands = None;
        }
        next
    }

    /// Shows the box of the page, or of the conversation where one is open.
    async fn show_the_box(self: &Rc<Self>) {
        match self.act(VisitorDeed::Group(self.group.get())).await {
            Ok(VisitorDone::Shows { group, online, since, version }) => {
                self.hall.shows(self, self.hall.shown(group, online, since, version));
            }
            Ok(_) => {}
            // It shows what it showed until it connects again.
            Err(refusal) => tracing::debug!(%refusal, "a page's box is not known"),
        }
    }

    async fn tell_that_it_lives(&self) {
        let alive = VisitorAlive { lobby: self.hall.lobby, slot: self.id, visitor: self.guest.visitor };
        if let Err(refusal) = self.hall.house.config.accounts.ask(self.guest.account, alive).await {
            tracing::debug!(%refusal, "a visitor's sign of life was not taken");
        }
    }

    /// Nobody types on a socket that is gone.
    async fn stop_typing(&self) {
        if self.types.replace(false) {
            drop(self.act(VisitorDeed::Typing(false)).await);
        }
    }

    async fn tell_account(&self, ending: Ending) -> Reply<()> {
        let Some(how) = ending.told(self.last_sign(), &*self.hall.house.config.store) else { return Ok(()) };
        let ended = VisitorEnded { lobby: self.hall.lobby, slot: self.id, visitor: self.guest.visitor, how };
        self.hall.house.config.accounts.ask(self.guest.account, ended).await
    }

    async fn perform(self: &Rc<Self>, id: Option<&FrameId>, call: VisitorCall) -> Reply<()> {
        let deed = match call {
            VisitorCall::Message { text, client_id } => return self.say(id, text, client_id).await,
            VisitorCall::History { before, limit } => return self.look_back(id, before, limit).await,
            VisitorCall::Bye => {
                self.said_bye.set(true);
                self.stop_typing().await;
                // Acknowledged once it is durable, like everything (rule P4).
                let left = self.tell_account(Ending::Bye).await;
                if left.is_ok() {
                    self.done(id);
                }
                self.end(Ending::Bye);
                return left;
            }
            VisitorCall::Identify { name, email } => {
                self.count_introduction()?;
                VisitorDeed::Identify { name, email }
            }
            VisitorCall::Page(page) => {
                *self.page.borrow_mut() = Some(Box::new(page.clone()));
                self.count_sign()?;
                VisitorDeed::Page(page)
            }
            VisitorCall::Typing(on) => {
                // That they stopped is told however often they began; once.
                if on || !self.types.get() {
                    self.count_sign()?;
                }
                self.types.set(on);
                VisitorDeed::Typing(on)
            }
            VisitorCall::Read { seq } => VisitorDeed::Read { seq },
            VisitorCall::Group(group) => {
                self.group.set(group);
                VisitorDeed::Group(group)
            }
            // Answered where they come in.
            VisitorCall::Hello(_) | VisitorCall::Ping => return Ok(()),
        };
        let done = self.act(deed).await?;
        self.done(id);
        if let VisitorDone::Shows { group, online, since, version } = done {
            self.hall.regroup(self, self.hall.shown(group, online, since, version));
        }
        Ok(())
    }

    async fn act(&self, deed: VisitorDeed) -> Reply<VisitorDone> {
        let act = VisitorAct { lobby: self.hall.lobby, slot: self.id, visitor: self.guest.visitor, deed };
        self.hall.house.config.accounts.ask(self.guest.account, act).await
    }

    async fn say(&self, id: Option<&FrameId>, text: String, client_id: String) -> Reply<()> {
        self.count_message().await?;
        let page = self.page.borrow().as_deref().cloned();
        let done = self.act(VisitorDeed::Write { text, client_id, group: self.group.get(), page }).await?;
        if let VisitorDone::Written { conversation, seq, at } = done {
            self.has_conversation.set(true);
            self.is_stored.set(true);
            if let Some(id) = id {
                let ack = server_frames::ack_written(id, conversation, seq, at);
                self.tell(&frame::text(&ack), Weight::Must);
            }
        }
        Ok(())
    }

    async fn count_message(&self) -> Reply<()> {
        let (house, now) = (&self.hall.house, self.hall.house.now());
        let (visitor, household) = (self.guest.visitor, self.guest.household);
        let is_new = !self.has_conversation.get();
        house.messages.count(visitor, now)?;
        house.messages_of_address.count(household, now)?;
        if is_new {
            house.new_conversations.count(household, now)?;
        }
        // What the other nodes let through counts too: one question, and only where there are any.
        let limits = || {
            let of_visitor = house.messages.shared(*visitor.0.as_bytes());
            let of_address = house.messages_of_address.shared(household.to_bytes());
            let new = is_new.then(|| house.new_conversations.shared(household.to_bytes()));
            [of_visitor, of_address].into_iter().chain(new).collect()
        };
        house.config.together.count(limits).await
    }

    /// A sign of somebody of whom nothing is stored goes no further than the account.
    fn count_sign(&self) -> Reply<()> {
        if !self.is_stored.get() {
            return Ok(());
        }
        let (house, now) = (&self.hall.house, self.hall.house.now());
        house.signs.count(self.guest.visitor, now)?;
        house.signs_of_address.count(self.guest.household, now)
    }

    /// A name is stored, also of a visitor of whom nothing else is.
    fn count_introduction(&self) -> Reply<()> {
        if !self.is_stored.get() {
            self.hall.house.introductions.count(self.guest.household, self.hall.house.now())?;
            self.is_stored.set(true);
        }
        self.count_sign()
    }

    async fn look_back(&self, id: Option<&FrameId>, before: u64, limit: usize) -> Reply<()> {
        let config = &self.hall.house.config;
        let messages = match self.conversation() {
            Some(conversation) => {
                let stream = Stream::Messages(self.guest.account, conversation);
                opening::decoded(config.store.read_back(stream, before, limit).await?)
            }
            None => Vec::new(),
        };
        if let Some(id) = id {
            let (happened, locale) = (config.sentences.happened, self.guest.locale());
            let ack = server_frames::ack_history(id, self.conversation(), &messages, &|event| happened(event, locale));
            self.tell(&frame::text(&ack), Weight::Must);
        }
        Ok(())
    }
}

/// `{"type":"pong"}` as a text frame.
const PONG_FRAME: Bytes = Bytes::from_static(b"\x81\x0f{\"type\":\"pong\"}");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pong_is_spelled_in_one_way() {
        assert_eq!(frame::text(server_frames::PONG), PONG_FRAME);
    }
}
