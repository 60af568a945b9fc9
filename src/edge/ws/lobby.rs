//! All visitors of one worker thread: who sits where, who watches which box, and the actor through which accounts tell them.
//!
//! The sockets' tasks and the actor share one [`Hall`]; it never leaves its thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, WrapFuture};
use bytes::Bytes;

use super::desk::Desk;
use super::ending::Ending;
use super::slot::{Shown, Slot, Weight};
use super::visitor::Errand;
use super::wheel::Wheel;
use super::widgets::Widgets;
use super::{House, frame};
use crate::actors::api::{LobbyId, SlotId, SocketId, ToLobby};
use crate::domain::account::Locale;
use crate::domain::ids::{AccountId, GroupId};
use crate::domain::news::VisitorNews;
use crate::domain::time::{Span, Timestamp};
use crate::wire::server_frames;

/// How many slots are told in one go, before others get their turn.
const SLICE_LEN: usize = 512;
/// The buffer that all sockets of a worker read into, in bytes.
const BUFFER_LEN: usize = 16 << 10;
/// How often a few more sockets are told to go while the server ends.
const DISMISS_STEP: Duration = Duration::from_millis(50);

/// A box: of an account, and of one of its groups or none.
type BoxKey = (AccountId, Option<GroupId>);

/// What the tasks and the lobby of one worker share.
pub(super) struct Hall {
    pub house: Arc<House>,
    pub lobby: LobbyId,
    pub outlet: Recipient<ToLobby>,
    pub buffer: RefCell<Box<[u8]>>,
    pub widgets: Widgets,
    pub desks: RefCell<HashMap<SocketId, Rc<Desk>>>,
    /// Whether boxes are told as stale here: the one truth of this thread, so that everybody is told the same.
    stale: Cell<bool>,
    seats: RefCell<Seats>,
}

struct Seats {
    slots: HashMap<SlotId, Rc<Slot>>,
    boxes: HashMap<BoxKey, Watched>,
    /// How many slots each account has here: with the last one its boxes are forgotten.
    present: HashMap<AccountId, usize>,
    wheel: Wheel<SlotId>,
    next_slot: u64,
}

/// A box that somebody here watches, or may in a moment.
#[derive(Default)]
struct Watched {
    /// Each knows its place here.
    slots: Vec<Rc<Slot>>,
    /// The last state heard of.
    state: Option<Shown>,
    crier: Crier,
}

impl Watched {
    fn put(&mut self, slot: &Rc<Slot>) {
        slot.place.set(self.slots.len() as u32);
        self.slots.push(Rc::clone(slot));
    }

    fn take_out(&mut self, slot: &Slot) {
        let place = slot.place.get() as usize;
        // Whoever watches none has no place that is theirs.
        if self.slots.get(place).is_some_and(|there| there.id == slot.id) {
            self.slots.swap_remove(place);
            if let Some(moved) = self.slots.get(place) {
                moved.place.set(place as u32);
            }
        }
    }

    /// Tells some of those who watch it, or did a moment ago, what it shows.
    fn tell(slots: &[Rc<Slot>], shown: Shown, frame: &Bytes) {
        for slot in slots.iter().filter(|slot| slot.shown.get().is_some_and(|now| now.group == shown.group)) {
            slot.show(shown, frame);
        }
    }
}

/// Whether a task is telling the slots of a box its state, slice by slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Crier {
    #[default]
    Idle,
    Running,
}

impl Hall {
    fn new(house: Arc<House>, outlet: Recipient<ToLobby>) -> Rc<Self> {
        let wheel = Wheel::new(house.limits().visitor_heartbeat, house.now());
        Rc::new(Self {
            lobby: house.next_lobby(),
            outlet,
            buffer: RefCell::new(vec![0; BUFFER_LEN].into_boxed_slice()),
            widgets: Widgets::default(),
            desks: RefCell::default(),
            stale: Cell::new(false),
            seats: RefCell::new(Seats {
                slots: HashMap::new(),
                boxes: HashMap::new(),
                present: HashMap::new(),
                wheel,
                next_slot: 0,
            }),
            house,
        })
    }

    /// An id for a slot of this lobby.
    pub(super) fn next_slot(&self) -> SlotId {
        let mut seats = self.seats.borrow_mut();
        seats.next_slot += 1;
        SlotId(seats.next_slot)
    }

    /// From now on the slot can be told things, and is looked at once per heartbeat.
    pub(super) fn seat(&self, slot: &Rc<Slot>) {
        let now = self.house.now();
        let heartbeat = self.house.limits().visitor_heartbeat;
        let mut seats = self.seats.borrow_mut();
        *seats.present.entry(slot.guest.account).or_insert(0) += 1;
        // The first ping is spread, so that those who came together are not pinged together for ever.
        let first = Span((slot.id.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) % heartbeat.0.max(1).unsigned_abs()) as i64);
        seats.wheel.put(slot.id, first, now);
        seats.slots.insert(slot.id, Rc::clone(slot));
    }

    /// The slot is gone.
    pub(super) fn unseat(&self, slot: &Slot) {
        let mut seats = self.seats.borrow_mut();
        let Seats { slots, boxes, present, .. } = &mut *seats;
        if slots.remove(&slot.id).is_none() {
            return;
        }
        let account = slot.guest.account;
        if let Some(watched) = slot.shown.get().and_then(|shown| boxes.get_mut(&(account, shown.group))) {
            watched.take_out(slot);
        }
        if let Some(count) = present.get_mut(&account) {
            *count -= 1;
            if *count == 0 {
                present.remove(&account);
                boxes.retain(|(of, _), _| *of != account);
            }
        }
    }

    /// Whether boxes are stale now.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.get()
    }

    /// What a box is shown as now.
    pub(super) fn shown(&self, group: Option<GroupId>, online: bool, since: Timestamp, version: u64) -> Shown {
        Shown { group, online, since, version, stale: self.stale.get() }
    }

    /// Writes the welcome, in which the box was `shown` and `last_seq` the newest message, and what changed since that was said.
    pub(super) fn welcome(&self, slot: &Rc<Slot>, welcome: Bytes, shown: Shown, last_seq: u64) {
        slot.welcome(welcome, shown, last_seq);
        let newest = self.watch(slot, shown);
        slot.show(newest, &chat_frame(newest));
        let early = slot.early.take();
        if let Some(shown) = early.and_then(|early| early.shown) {
            self.shows(slot, shown);
        }
    }

    /// The slot shows another box from now on (rule N13).
    pub(super) fn shows(&self, slot: &Rc<Slot>, shown: Shown) {
        let Some(newest) = self.turn_to(slot, shown) else { return slot.is_to_show(shown) };
        slot.show(newest, &chat_frame(newest));
    }

    /// The page's group changed: the slot shows that box, and is told it even if it looks the same.
    pub(super) fn regroup(&self, slot: &Rc<Slot>, shown: Shown) {
        let Some(newest) = self.turn_to(slot, shown) else { return slot.is_to_show(shown) };
        slot.shown.set(Some(newest));
        slot.tell(&chat_frame(newest), Weight::Newest);
    }

    /// The slot watches another box; the newest that is known of that. `None`: it is not welcomed yet.
    fn turn_to(&self, slot: &Rc<Slot>, shown: Shown) -> Option<Shown> {
        let before = slot.shown.get()?;
        if let Some(watched) = self.seats.borrow_mut().boxes.get_mut(&(slot.guest.account, before.group)) {
            watched.take_out(slot);
        }
        Some(self.watch(slot, shown))
    }

    /// Puts the slot among those who watch a box; what is known of that if it is newer than `shown`.
    fn watch(&self, slot: &Rc<Slot>, shown: Shown) -> Shown {
        let mut seats = self.seats.borrow_mut();
        let watched = seats.boxes.entry((slot.guest.account, shown.group)).or_default();
        watched.put(slot);
        let newest = watched.state.filter(|known| known.version > shown.version).unwrap_or(shown);
        *watched.state.insert(Shown { stale: self.stale.get(), ..newest })
    }

    /// Other groups count in the account: whoever may have to do with one looks which box they show.
    async fn look_at_boxes(self: Rc<Self>, account: AccountId) {
        let concerned = |slot: &&Rc<Slot>| {
            let has_group = slot.group.get().or(slot.shown.get().and_then(|shown| shown.group)).is_some();
            slot.guest.account == account && (has_group || slot.has_conversation.get())
        };
        let slots: Vec<_> = self.seats.borrow().slots.values().filter(concerned).cloned().collect();
        for slice in slots.chunks(SLICE_LEN) {
            slice.iter().for_each(|slot| slot.enqueue(Errand::ShowBox));
            tokio::task::yield_now().await;
        }
    }

    /// Boxes turned stale, or are so no longer: all who watch any are told.
    async fn tell_all_boxes(self: Rc<Self>) {
        let keys: Vec<BoxKey> = self.seats.borrow().boxes.keys().copied().collect();
        let mut told_len = 0;
        for (account, group) in keys {
            let known = self.seats.borrow().boxes.get(&(account, group)).and_then(|w| Some((w.state?, w.slots.len())));
            let Some((state, slots_len)) = known else { continue };
            // As it is now: it may have turned again while others had their turn.
            self.cry(account, Shown { stale: self.stale.get(), ..state });
            told_len += slots_len;
            if told_len >= SLICE_LEN {
                told_len = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    /// A box changed: all who watch it are told; the first slice now, the others in their turn.
    fn cry(self: &Rc<Self>, account: AccountId, shown: Shown) {
        let mut seats = self.seats.borrow_mut();
        if !seats.present.contains_key(&account) {
            return;
        }
        let key = (account, shown.group);
        let watched = seats.boxes.entry(key).or_default();
        watched.state = Some(shown);
        if watched.crier == Crier::Running {
            return;
        }
        let frame = chat_frame(shown);
        let (first, rest) = watched.slots.split_at(watched.slots.len().min(SLICE_LEN));
        Watched::tell(first, shown, &frame);
        if !rest.is_empty() {
            let rest = rest.to_vec();
            watched.crier = Crier::Running;
            actix_rt::spawn(Rc::clone(self).cry_on(key, rest, shown));
        }
    }

    /// Tells the rest of a box, and then all of it again if it changed meanwhile: in the end everybody has the last state.
    async fn cry_on(self: Rc<Self>, key: BoxKey, mut rest: Vec<Rc<Slot>>, mut told: Shown) {
        loop {
            let frame = chat_frame(told);
            for slice in rest.chunks(SLICE_LEN) {
                tokio::task::yield_now().await;
                Watched::tell(slice, told, &frame);
            }
            let mut seats = self.seats.borrow_mut();
            let Some(watched) = seats.boxes.get_mut(&key) else { return };
            match watched.state {
                Some(newer) if newer != told => {
                    told = newer;
                    rest.clone_from(&watched.slots);
                }
                _ => return watched.crier = Crier::Idle,
            }
        }
    }

    /// Tells some slots; each language is spelled once.
    fn tell(&self, slots: &[SlotId], news: &VisitorNews) {
        let mut spelled: [Option<Bytes>; 2] = [None, None];
        let weight = if matches!(news, VisitorNews::Typing { .. }) { Weight::Hint } else { Weight::Must };
        let seats = self.seats.borrow();
        for slot in slots.iter().filter_map(|id| seats.slots.get(id)) {
            let locale = slot.guest.locale();
            let frame = spelled[usize::from(locale == Locale::Cs)].get_or_insert_with(|| {
                let happened = self.house.config.sentences.happened;
                frame::text(&server_frames::visitor_news(news, &|event| happened(event, locale)))
            });
            slot.tell_news(news, frame, weight);
            if matches!(news, VisitorNews::Closed) {
                slot.enqueue(Errand::ShowBox);
            }
        }
    }

    /// Asks slots for a sign of life, which is told to their account.
    fn ask_for_proof(&self, slots: &[SlotId]) {
        let seats = self.seats.borrow();
        for slot in slots.iter().filter_map(|id| seats.slots.get(id)) {
            slot.is_to_prove.set(true);
            slot.ping();
        }
    }

    /// Looks at those whose turn it is: who was silent for two heartbeats is gone, the others are pinged.
    fn turn(&self) {
        let now = self.house.now();
        let heartbeat = self.house.limits().visitor_heartbeat;
        let mut seats = self.seats.borrow_mut();
        for id in seats.wheel.turn(now) {
            let Some(slot) = seats.slots.get(&id) else { continue };
            let silence = now - slot.last_sign();
            if silence.0 >= 2 * heartbeat.0 {
                slot.end(Ending::Vanished);
                continue;
            }
            slot.ping();
            let next = heartbeat.min(Span(2 * heartbeat.0 - silence.0));
            seats.wheel.put(id, next, now);
        }
    }

    /// Tells all sockets to reconnect, spread evenly over `spread`.
    async fn dismiss(self: Rc<Self>, spread: Duration) {
        let steps = (spread.as_millis() / DISMISS_STEP.as_millis()).max(1) as usize;
        let slots: Vec<_> = self.seats.borrow().slots.values().cloned().collect();
        let desks: Vec<_> = self.desks.borrow().values().cloned().collect();
        let ends: Vec<Box<dyn Fn()>> =
            (slots.into_iter().map(|slot| Box::new(move || slot.end(Ending::ServerEnds)) as _))
                .chain(desks.into_iter().map(|desk| Box::new(move || desk.end(Ending::ServerEnds)) as _))
                .collect();
        for share in ends.chunks(ends.len().div_ceil(steps).max(1)) {
            for end in share {
                end();
            }
            tokio::time::sleep(DISMISS_STEP).await;
        }
    }
}

fn chat_frame(shown: Shown) -> Bytes {
    frame::text(&server_frames::visitor_chat(shown.online, shown.since, shown.stale))
}

/// The actor through which accounts tell a worker's visitors.
pub(super) struct Lobby {
    hall: Rc<Hall>,
}

impl Lobby {
    /// Opens the lobby of this thread.
    pub(super) fn open(house: &Arc<House>) -> Rc<Hall> {
        let mut opened = None;
        let address = Self::create(|ctx| {
            // Flips of many accounts come at once; none of them is to be refused.
            ctx.set_mailbox_capacity(16_384);
            let hall = Hall::new(Arc::clone(house), ctx.address().recipient());
            opened = Some(Rc::clone(&hall));
            Self { hall }
        });
        house.lobbies.lock().unwrap_or_else(PoisonError::into_inner).push(address);
        opened.expect("`create` calls its closure before it returns")
    }
}

impl Actor for Lobby {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let spoke = self.hall.seats.borrow().wheel.spoke().to_duration();
        ctx.run_interval(spoke.max(Duration::from_millis(10)), |lobby, _| lobby.hall.turn());
        self.follow_the_board(ctx);
    }
}

impl Lobby {
    /// Tells whether boxes are stale whenever that changes.
    fn follow_the_board(&mut self, ctx: &mut Context<Self>) {
        let mut board = self.hall.house.config.board.watch();
        let stale = board.borrow_and_update().is_stale();
        if self.hall.stale.replace(stale) != stale {
            actix_rt::spawn(Rc::clone(&self.hall).tell_all_boxes());
        }
        ctx.spawn(async move { board.changed().await }.into_actor(self).map(|changed, lobby, ctx| {
            if changed.is_ok() {
                lobby.follow_the_board(ctx);
            }
        }));
    }
}

impl Handler<ToLobby> for Lobby {
    type Result = ();

    fn handle(&mut self, message: ToLobby, _: &mut Self::Context) {
        match message {
            ToLobby::Chat { account, group, online, since, version } => {
                let shown = self.hall.shown(group, online, since, version);
                self.hall.cry(account, shown);
            }
            ToLobby::GroupsChanged { account } => {
                actix_rt::spawn(Rc::clone(&self.hall).look_at_boxes(account));
            }
            ToLobby::News { slots, news } => self.hall.tell(&slots, &news),
            ToLobby::Prove { slots } => self.hall.ask_for_proof(&slots),
            ToLobby::Shows { slot, chat } => {
                let slot = self.hall.seats.borrow().slots.get(&slot).cloned();
                if let Some(slot) = slot {
                    let shown = self.hall.shown(chat.group, chat.online, chat.since, chat.version);
                    self.hall.shows(&slot, shown);
                }
            }
        }
    }
}

/// The server ends: all sockets are to reconnect.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Dismiss {
    /// Over how long.
    pub spread: Duration,
}

impl Handler<Dismiss> for Lobby {
    type Result = ();

    fn handle(&mut self, Dismiss { spread }: Dismiss, _: &mut Self::Context) {
        actix_rt::spawn(Rc::clone(&self.hall).dismiss(spread));
    }
}
