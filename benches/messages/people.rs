//! Visitors who write, and the operators who hear them and answer now and then.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use doorbell::actors::api::{
    Act, Deed, Enter, LobbyId, Pulse, SlotId, SocketId, ToLobby, ToSocket, VisitorAct, VisitorDone, VisitorEnter,
};
use doorbell::app::{self, House, OpenMode};
use doorbell::domain::account::{Locale, Plan};
use doorbell::domain::conversation::deed::VisitorDeed;
use doorbell::domain::ids::{AccountId, ConversationId, DeviceId, OperatorId, SessionId, VisitorId};
use doorbell::domain::news::OperatorNews;
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::passwords::NewPassword;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::{Commit, Outcome, RecordOp};
use doorbell::ports::log_ins;
use doorbell::ports::record::{encode, session_key};
use doorbell::settings::Settings;
use futures_util::future::join_all;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::times::Times;

/// An operator answers every so many messages of a conversation.
const ANSWERED_EVERY: u64 = 25;
/// After this much, what has not come does not come.
const PATIENCE: Duration = Duration::from_secs(10);
const LOBBY: LobbyId = LobbyId(1);

/// When messages came to an operator, by conversation and place.
type Arrivals = Rc<RefCell<HashMap<(ConversationId, u64), Instant>>>;

/// A house with people in it.
pub(crate) struct Shop {
    house: Rc<House>,
    threads: Vec<Rc<Thread>>,
    arrivals: Arrivals,
}

/// A conversation that an operator has joined.
struct Thread {
    account: AccountId,
    operator: OperatorId,
    visitor: VisitorId,
    slot: SlotId,
    written: Cell<u64>,
}

/// An operator's socket, which notes when it is told of a message.
struct Ear(Arrivals);

impl Actor for Ear {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(65_536);
    }
}

impl Handler<ToSocket> for Ear {
    type Result = ();

    fn handle(&mut self, told: ToSocket, _: &mut Self::Context) {
        if let ToSocket::News(news) = told
            && let OperatorNews::Message { conversation, message } = &*news
        {
            self.0.borrow_mut().insert((*conversation, message.seq), Instant::now());
        }
    }
}

/// A lobby of visitors who do not listen.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<ToLobby> for Nobody {
    type Result = ();

    fn handle(&mut self, _: ToLobby, _: &mut Self::Context) {}
}

impl Shop {
    pub(crate) async fn open(settings: &Settings, accounts: usize, conversations: usize) -> Self {
        let store = app::open_store(settings, OpenMode::Server).unwrap();
        let house = House::open(settings, store, app::postman(settings).unwrap()).await.unwrap();
        let arrivals = Arrivals::default();
        let mut staff = Vec::new();
        for n in 0..accounts {
            staff.push(found(&house, n, &arrivals).await);
        }
        let outlet = Nobody.start().recipient();
        let begun = (0..conversations).map(|n| begin(&house, staff[n % staff.len()], n, outlet.clone()));
        let threads = join_all(begun).await.into_iter().map(Rc::new).collect();
        Self { house: Rc::new(house), threads, arrivals }
    }

    pub(crate) async fn close(&self) {
        self.house.close().await;
    }

    /// So many write, each as soon as their last message has arrived. What it took, how long each message did, and how many
    /// they were.
    pub(crate) async fn write_in_turn(&self, senders: usize, lasts: Duration) -> (Duration, Times, usize) {
        let began = Instant::now();
        let write = async |thread: &Rc<Thread>| {
            let mut took = Vec::new();
            while began.elapsed() < lasts {
                took.push(write(&self.house, thread, &self.arrivals, Instant::now()).await);
            }
            took
        };
        let all = join_all(self.threads.iter().cycle().take(senders).map(write)).await;
        let took = began.elapsed();
        let (mut times, mut count) = (Times::default(), 0);
        for each in all.into_iter().flatten() {
            times.add(each);
            count += 1;
        }
        (took, times, count)
    }

    /// All write in turn at a steady rate, whether the ones before have been answered or not; a message is late from the moment
    /// at which it was to be written.
    pub(crate) async fn write_steadily(&self, rate: u32, lasts: Duration) -> (Duration, Times, usize) {
        let (began, pause) = (Instant::now(), Duration::from_secs(1) / rate);
        let count = (lasts.as_secs_f64() * f64::from(rate)) as usize;
        let mut under_way = JoinSet::new();
        let mut times = Times::default();
        for n in 0..count {
            let due = began + pause * n as u32;
            tokio::time::sleep_until(due.into()).await;
            let (house, thread) = (Rc::clone(&self.house), Rc::clone(&self.threads[n % self.threads.len()]));
            let arrivals = Rc::clone(&self.arrivals);
            under_way.spawn_local(async move { write(&house, &thread, &arrivals, due).await });
            while let Some(took) = under_way.try_join_next() {
                times.add(took.unwrap());
            }
        }
        while let Some(took) = under_way.join_next().await {
            times.add(took.unwrap());
        }
        (began.elapsed(), times, count)
    }
}

/// An account whose admin is there.
async fn found(house: &House, n: usize, arrivals: &Arrivals) -> (AccountId, OperatorId) {
    let new = NewAccount {
        name: Name::parse("name", &format!("Shop {n}")).unwrap(),
        plan: Plan::Standard,
        locale: Locale::En,
        timezone: Timezone::parse("timezone", "Europe/Prague").unwrap(),
        admin: Name::parse("name", "Jana").unwrap(),
        email: Email::parse("email", &format!("jana@shop{n}.test")).unwrap(),
        password: NewPassword::parse("password", "nobody logs in here").unwrap().hash(&[]).unwrap(),
    };
    let account = accounts::create(&house.host.store, new).await.unwrap();
    let operator = account.operators[0].id;
    let session = log_in(house, operator).await;
    let enter = Enter {
        socket: SocketId(n as u64),
        operator,
        session,
        device: DeviceId("laptop".to_owned()),
        kind: DeviceKind::Dashboard,
        name: None,
        state: Some(Word { what: Status::Online, at: house.host.now() }),
        outlet: Ear(Rc::clone(arrivals)).start().recipient(),
        pulse: Pulse::new(house.host.now()),
    };
    house.accounts.ask(account.id, enter).await.unwrap();
    (account.id, operator)
}

/// Their log-in, as the store keeps it: it is looked up.
async fn log_in(house: &House, operator: OperatorId) -> SessionId {
    let session = SessionId(Uuid::now_v7());
    let row = log_ins::Row { token_hash: session.to_string(), last_seen: house.host.now() };
    let records = vec![
        RecordOp::Put { key: log_ins::key(operator, session), value: encode(&row) },
        RecordOp::Put { key: session_key(&row.token_hash), value: encode(&()) },
    ];
    let written = house.host.store.commit(Commit { records, ..Commit::default() }).await;
    assert!(matches!(written, Outcome::Committed { .. }), "{written:?}");
    session
}

/// A visitor comes and writes, and the operator joins.
async fn begin(
    house: &House,
    (account, operator): (AccountId, OperatorId),
    n: usize,
    outlet: actix::Recipient<ToLobby>,
) -> Thread {
    let (slot, visitor) = (SlotId(n as u64), VisitorId(Uuid::now_v7()));
    let enter = VisitorEnter {
        lobby: LOBBY,
        outlet,
        slot,
        visitor,
        fresh: true,
        origin: None,
        group: None,
        page: None,
        after: 0,
    };
    house.accounts.ask(account, enter).await.unwrap();
    let thread = Thread { account, operator, visitor, slot, written: Cell::new(0) };
    say(house, &thread).await;
    let join = Act { conversation: ConversationId(visitor.0), operator, deed: Deed::Join };
    house.accounts.ask(account, join).await.unwrap();
    thread
}

async fn say(house: &House, thread: &Thread) -> (ConversationId, u64) {
    let Thread { visitor, slot, .. } = *thread;
    let (text, client_id) =
        ("Do you have it in blue as well, and in what sizes?".to_owned(), Uuid::now_v7().to_string());
    let deed = VisitorDeed::Write { text, client_id, group: None, page: None };
    let done = house.accounts.ask(thread.account, VisitorAct { lobby: LOBBY, slot, visitor, deed }).await.unwrap();
    let VisitorDone::Written { conversation, seq, .. } = done else { panic!("it was written: {done:?}") };
    (conversation, seq)
}

/// Writes one, and how long it took until it was acknowledged and at the operator.
async fn write(house: &House, thread: &Thread, arrivals: &Arrivals, since: Instant) -> Duration {
    let place = say(house, thread).await;
    let acknowledged = Instant::now();
    let arrived = loop {
        let arrived = arrivals.borrow_mut().remove(&place);
        if let Some(arrived) = arrived {
            break arrived;
        }
        assert!(acknowledged.elapsed() < PATIENCE, "the operator is not told");
        tokio::task::yield_now().await;
    };
    thread.written.set(thread.written.get() + 1);
    if thread.written.get().is_multiple_of(ANSWERED_EVERY) {
        let (text, client_id) = ("Yes, in all of them.".to_owned(), Uuid::now_v7().to_string());
        let deed = Deed::Write { text, client_id };
        house
            .accounts
            .ask(thread.account, Act { conversation: place.0, operator: thread.operator, deed })
            .await
            .unwrap();
    }
    acknowledged.max(arrived) - since
}
