//! What operators and visitors do at the present node of a house.

use std::rc::Rc;
use std::sync::Arc;

use actix::Actor;
use doorbell::actors::api::*;
use doorbell::domain::account::Account;
use doorbell::domain::ids::{DeviceId, OperatorId, VisitorId};
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::domain::time::Timestamp;

use super::house::*;

impl House {
    /// A request to enter, and what the socket will hear.
    pub fn entrance(&self, who: OperatorId, device: &str) -> (Enter, Plug) {
        let plug = Plug { socket: SocketId(self.number()), pulse: Pulse::new(self.now()), heard: Heard(Rc::default()) };
        let heard = plug.heard.clone();
        let ear = self.begin_ear(heard);
        let enter = Enter {
            socket: plug.socket,
            operator: who,
            session: self.log_in(who, plug.socket.0),
            device: DeviceId(device.to_owned()),
            kind: DeviceKind::Dashboard,
            name: None,
            state: None,
            outlet: ear,
            pulse: plug.pulse.clone(),
        };
        (enter, plug)
    }

    /// Something that is being said now.
    pub fn word<T>(&self, what: T) -> Word<T> {
        Word { what, at: self.now() }
    }

    fn begin_ear(&self, heard: Heard<ToSocket>) -> actix::Recipient<ToSocket> {
        let _guard = self.life().actors.enter();
        Ear(heard).start().recipient()
    }

    pub async fn enter(&self, who: OperatorId, device: &str) -> Plug {
        self.welcomed(who, device).await.0
    }

    /// The same, with what the welcome tells.
    pub async fn welcomed(&self, who: OperatorId, device: &str) -> (Plug, Entered) {
        let (enter, plug) = self.entrance(who, device);
        let entered = self.during(self.accounts().ask(self.account, enter)).await.unwrap();
        (plug, entered)
    }

    pub async fn choose(&self, plug: &Plug, state: Status) {
        let choose = Choose { socket: plug.socket, state: self.word(state) };
        self.during(self.accounts().ask(self.account, choose)).await.unwrap();
    }

    pub async fn leave(&self, plug: &Plug) {
        let ended = SocketEnded { socket: plug.socket, how: Ended::Bye };
        drop(self.during(self.accounts().ask(self.account, ended)).await);
        self.settle().await;
    }

    /// The socket breaks, having last been heard of at `last_sign`.
    pub async fn break_off(&self, plug: &Plug, last_sign: Timestamp) {
        let ended = SocketEnded { socket: plug.socket, how: Ended::Broken { last_sign } };
        drop(self.during(self.accounts().ask(self.account, ended)).await);
        self.settle().await;
    }

    pub async fn act(&self, who: OperatorId, guest: &Guest, deed: Deed) -> Reply<Done> {
        let act = Act { conversation: guest.conversation(), operator: who, deed };
        self.during(self.accounts().ask(self.account, act)).await
    }

    pub async fn change(&self, change: impl Fn(&mut Account) + Send + Sync + 'static) {
        let change: Change = Arc::new(move |account, _| {
            change(account);
            Ok(Changed::default())
        });
        self.during(self.accounts().ask(self.account, ChangeSettings(change))).await.unwrap();
    }

    pub async fn presence(&self) -> Presence {
        self.during(self.accounts().ask(self.account, AskPresence)).await.unwrap()
    }

    pub async fn box_is_online(&self) -> bool {
        self.presence().await.chat[0].online
    }

    // ------------------------------------------------------------ visitors

    pub fn visit(&self, visitor: VisitorId, slot: SlotId, fresh: bool) -> VisitorEnter {
        VisitorEnter {
            lobby: self.life().lobby,
            outlet: self.life().outlet.clone(),
            slot,
            visitor,
            fresh,
            origin: None,
            group: None,
            page: None,
            after: 0,
        }
    }

    /// Somebody who was never here.
    pub async fn guest(&self) -> Guest {
        let guest = Guest { id: VisitorId(uuid(self.number())), slot: SlotId(self.number()) };
        self.during(self.accounts().ask(self.account, self.visit(guest.id, guest.slot, true))).await.unwrap();
        guest
    }

    /// Several of them, who only watch; nothing of them is known, though that is looked up.
    pub async fn guests(&self, count: usize) -> Vec<Guest> {
        let mut guests = Vec::new();
        for _ in 0..count {
            let guest = Guest { id: VisitorId(uuid(self.number())), slot: SlotId(self.number()) };
            guests.push(self.guest_returns(&guest).await.0);
        }
        guests
    }

    /// They come back, on another socket.
    pub async fn guest_returns(&self, guest: &Guest) -> (Guest, VisitorEntered) {
        let guest = Guest { id: guest.id, slot: SlotId(self.number()) };
        let enter = self.visit(guest.id, guest.slot, false);
        let entered = self.during(self.accounts().ask(self.account, enter)).await.unwrap();
        (guest, entered)
    }

    pub fn visitor_act(&self, guest: &Guest, deed: VisitorDeed) -> VisitorAct {
        VisitorAct { lobby: self.life().lobby, slot: guest.slot, visitor: guest.id, deed }
    }

    pub async fn says(&self, guest: &Guest, text: &str) -> u64 {
        let act = self.visitor_act(guest, write(text, text));
        match self.during(self.accounts().ask(self.account, act)).await.unwrap() {
            VisitorDone::Written { seq, .. } => seq,
            VisitorDone::Noted | VisitorDone::Shows { .. } => panic!("a message was only noted"),
        }
    }

    pub fn guest_end(&self, guest: &Guest, how: Ended) -> VisitorEnded {
        VisitorEnded { lobby: self.life().lobby, slot: guest.slot, visitor: guest.id, how }
    }

    pub async fn guest_leaves(&self, guest: &Guest) {
        drop(self.during(self.accounts().ask(self.account, self.guest_end(guest, Ended::Bye))).await);
        self.settle().await;
    }
}
