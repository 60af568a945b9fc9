//! What deciding costs: single steps of the domain, without a store or a socket.

use divan::counter::ItemsCount;
use doorbell::domain::account::{Account, Delays, Locale, NotificationSettings, Operator, Plan, Role, Switch};
use doorbell::domain::conversation::deed::{Deed, Input, VisitorDeed};
use doorbell::domain::conversation::fact::Terms;
use doorbell::domain::conversation::live::Live;
use doorbell::domain::conversation::step::{Surroundings, Tracking, step, step_on};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{AccountId, DeviceId, NodeId, OperatorId, SessionId, VisitorId};
use doorbell::domain::presence::device::Card;
use doorbell::domain::presence::roster::{self, Edge, Roster};
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::domain::time::{Span, Timestamp};
use uuid::Uuid;

fn main() {
    divan::main();
}

const START: Timestamp = Timestamp(1_750_000_000_000);
const NODE: NodeId = NodeId(Uuid::from_u128(1));
const DELAYS: Delays = Delays {
    offline: Span::from_secs(120),
    missed: Span::from_secs(120),
    cooldown: Span::from_secs(600),
    flap_cap: Span::from_secs(600),
};

/// An account at a moment.
struct Desk {
    account: Account,
    roster: Roster,
    edges: Vec<Edge>,
    now: Timestamp,
}

impl Desk {
    fn with(operators: usize) -> Self {
        let operators = (0..operators).map(operator).collect();
        let account = Account {
            id: AccountId(Uuid::from_u128(1)),
            name: "Flowers".to_owned(),
            plan: Plan::Standard,
            locale: Locale::En,
            timezone: "Europe/Prague".to_owned(),
            notifications: NotificationSettings::default(),
            allowed_origins: Vec::new(),
            origins_since: None,
            widget_keys: Vec::new(),
            operators,
            groups: Vec::new(),
            suppressed: Vec::new(),
            blocked: Vec::new(),
            audited: 0,
            created_at: START,
            changed_at: START,
        };
        Self { account, roster: Roster::default(), edges: Vec::new(), now: START + Span::from_secs(3_600) }
    }

    fn presence(&mut self, input: &roster::Input) {
        self.edges.extend(self.roster.step(input, &self.account, self.now).edges);
    }

    /// What an operator's dashboard does: its device connects, and says a state.
    fn plugged(&self, n: usize, state: Status) -> roster::Input {
        roster::Input::PluggedIn {
            operator: self.account.operators[n].id,
            device: DeviceId("laptop".to_owned()),
            card: Card { kind: DeviceKind::Dashboard, name: None },
            state: Some(Word { what: state, at: self.now }),
            node: NODE,
            session: SessionId(Uuid::nil()),
        }
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            account: &self.account,
            delays: &DELAYS,
            roster: &self.roster,
            edges: Some(&self.edges),
            now: self.now,
            quiet_until: START,
            horizon: self.now - Span::from_secs(111),
            tracking: Tracking::WhileOpen,
            message_id: &|id| format!("<{id}@doorbell.test>"),
        }
    }

    fn conversation(&self) -> Conversation {
        let terms = Terms::of(&self.account, None, &DELAYS);
        Conversation::new(self.account.id, VisitorId(Uuid::from_u128(9)), None, terms, self.now)
    }

    /// Somebody is online and has joined a conversation, in which so many messages came since.
    fn with_a_talk(messages: usize) -> (Self, Conversation) {
        let mut desk = Self::with(3);
        desk.presence(&desk.plugged(0, Status::Online));
        let join = Input::Operator { by: desk.account.operators[0].id, deed: Deed::Join };
        let inputs: Vec<_> = [write(messages + 1), join].into_iter().chain((0..messages).map(write)).collect();
        let talk = step(&desk.conversation(), &inputs, &desk.around()).after;
        (desk, talk)
    }

    /// A conversation in which so many messages wait.
    fn waiting(&self, messages: usize) -> Conversation {
        let came = Input::VisitorCame { node: NODE, page: None };
        let inputs: Vec<_> = std::iter::once(came).chain((0..messages).map(write)).collect();
        step(&self.conversation(), &inputs, &self.around()).after
    }
}

fn operator(n: usize) -> Operator {
    Operator {
        id: OperatorId(Uuid::from_u128(100 + n as u128)),
        name: format!("Operator {n}"),
        email: format!("operator{n}@flowers.test"),
        role: Role::Agent,
        active: true,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at: START + Span::from_secs(n as i64),
    }
}

fn write(n: usize) -> Input {
    let (text, client_id) = ("Is anybody there?".to_owned(), format!("message-{n}"));
    Input::Visitor(VisitorDeed::Write { text, client_id, group: None, page: None })
}

/// A message arrives while everybody is away: it waits, and a timer starts.
#[divan::bench(args = [3, 50])]
fn a_message_while_everybody_is_away(bencher: divan::Bencher<'_, '_>, operators: usize) {
    let desk = Desk::with(operators);
    let before = desk.waiting(1);
    let input = [write(1)];
    bencher.counter(ItemsCount::new(1_usize)).bench(|| step(&before, &input, &desk.around()));
}

/// A message in a conversation that an operator has joined, in which so many came so lately that they are not settled: the busier
/// it is, the more of them. As an actor decides it, which has the present at hand.
#[divan::bench(args = [10, 100, 1_000])]
fn a_message_after_unsettled_ones(bencher: divan::Bencher<'_, '_>, messages: usize) {
    let (desk, before) = Desk::with_a_talk(messages);
    let before = Live::from(before);
    let input = [write(messages)];
    bencher.counter(ItemsCount::new(1_usize)).bench(|| step_on(&before, &input, &desk.around()));
}

/// Reading such a conversation: its present is worked out of all of them.
#[divan::bench(args = [10, 100, 1_000])]
fn a_present_of_unsettled_messages(bencher: divan::Bencher<'_, '_>, messages: usize) {
    let (_, doc) = Desk::with_a_talk(messages);
    bencher.counter(ItemsCount::new(1_usize)).bench(|| Live::from(doc.clone()));
}

/// A timer is due: the judge asks every rule about every operator, and letters are made.
#[divan::bench(args = [3, 50])]
fn a_timer_fires(bencher: divan::Bencher<'_, '_>, operators: usize) {
    let mut desk = Desk::with(operators);
    let before = desk.waiting(3);
    desk.now = desk.now + DELAYS.offline;
    assert_eq!(step(&before, &[Input::Look], &desk.around()).letters.len(), operators, "each is mailed");
    bencher.counter(ItemsCount::new(1_usize)).bench(|| step(&before, &[Input::Look], &desk.around()));
}

/// A colleague comes online: the timer is cancelled, with a reason for everybody.
#[divan::bench(args = [3, 50])]
fn a_colleague_comes_online(bencher: divan::Bencher<'_, '_>, operators: usize) {
    let mut desk = Desk::with(operators);
    let before = desk.waiting(3);
    desk.now = desk.now + Span::from_secs(60);
    desk.presence(&desk.plugged(0, Status::Online));
    assert!(step(&before, &[Input::Look], &desk.around()).changed, "the timer ends");
    bencher.counter(ItemsCount::new(1_usize)).bench(|| step(&before, &[Input::Look], &desk.around()));
}

/// A conversation that slept catches up: so many changes of presence are replayed, each at its own time. Counted in changes.
#[divan::bench(args = [10, 100, 1_000])]
fn replaying_presence(bencher: divan::Bencher<'_, '_>, changes: usize) {
    let mut desk = Desk::with(3);
    let before = desk.waiting(3);
    for n in 0..changes {
        desk.now = desk.now + Span::from_secs(1);
        desk.presence(&desk.plugged(0, if n % 2 == 0 { Status::Online } else { Status::Away }));
    }
    assert_eq!(desk.edges.len(), changes, "each is a change");
    bencher.counter(ItemsCount::new(changes)).bench(|| step(&before, &[Input::Look], &desk.around()));
}

/// A look that finds nothing to do: what most conversations of an account do when somebody's presence changes.
#[divan::bench]
fn a_look_at_nothing(bencher: divan::Bencher<'_, '_>) {
    let desk = Desk::with(3);
    let before = desk.waiting(1);
    bencher.counter(ItemsCount::new(1_usize)).bench(|| step(&before, &[Input::Look], &desk.around()));
}

/// A device connects, and its operator and the chat box change.
#[divan::bench(args = [3, 50])]
fn a_device_connects(bencher: divan::Bencher<'_, '_>, operators: usize) {
    let desk = Desk::with(operators);
    let input = desk.plugged(0, Status::Online);
    bencher
        .counter(ItemsCount::new(1_usize))
        .with_inputs(|| desk.roster.clone())
        .bench_refs(|roster| roster.step(&input, &desk.account, desk.now));
}
