//! A simulated world: one account, its people, visitors and mails, on a clock that only moves when it is told to.
//!
//! No actors and no store: what those do around the domain is done here in the plainest way. Every document goes through
//! JSON after every step, so a restart at any point loses only what a server keeps in memory.

mod checks;
mod clock;
mod people;

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use doorbell::domain::account::{Account, Delays, Group, Locale, NotificationSettings, Operator, Plan, Role, Switch};
use doorbell::domain::conversation::deed::Input;
use doorbell::domain::conversation::fact::Terms;
use doorbell::domain::conversation::message::Message;
use doorbell::domain::conversation::outcome::Outcome;
use doorbell::domain::conversation::step::{Answer, Surroundings, Tracking, step};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{AccountId, GroupId, LetterId, NodeId, OperatorId, VisitorId};
use doorbell::domain::notice::letter::Letter;
use doorbell::domain::presence::roster::{self, Edge, Roster};
use doorbell::domain::refusal::Refusal;
use doorbell::domain::time::{Span, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) use people::{Colleague, Visitor};

/// The grace in which what broke lingers (rule P4).
pub(crate) const GRACE: Span = Span(20_000);
/// The grace after a start (rule N10).
pub(crate) const STARTUP_GRACE: Span = Span(45_000);
/// How far back a change of presence can be dated: two of the longer heartbeats, the grace, a second.
const WINDOW: Span = Span(2 * 45_000 + 20_000 + 1_000);

/// A span of seconds, with fractions to the millisecond.
pub(crate) fn secs(seconds: f64) -> Span {
    Span((seconds * 1_000.0).round() as i64)
}

/// A span of minutes.
pub(crate) fn mins(minutes: i64) -> Span {
    Span(minutes * 60_000)
}

/// A handle on the world; clones are the same world.
#[derive(Clone)]
pub(crate) struct World(Rc<RefCell<Inner>>);

/// How the world is run.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// How long what happened stays unsettled.
    pub(crate) window: Span,
    /// How long nothing fires after a start.
    pub(crate) quiet: Span,
    /// Every input is given twice.
    pub(crate) twice: bool,
    /// The log of presence is out of reach: conversations look at the roster instead.
    pub(crate) without_log: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { window: WINDOW, quiet: STARTUP_GRACE, twice: false, without_log: false }
    }
}

/// Everything there is.
pub(crate) struct Inner {
    pub(crate) now: Timestamp,
    pub(crate) account: Account,
    pub(crate) delays: Delays,
    pub(crate) roster: Roster,
    pub(crate) edges: Vec<Edge>,
    pub(crate) guests: BTreeMap<VisitorId, Guest>,
    pub(crate) outbox: BTreeMap<LetterId, Letter>,
    pub(crate) queued: Vec<LetterId>,
    pub(crate) node: NodeId,
    quiet_until: Timestamp,
    former_sign: Option<Timestamp>,
    manner: Manner,
    ids_given: u128,
}

/// A visitor, with their conversation once there is one.
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) tab: Tab,
    pub(crate) heard_of: Timestamp,
    pub(crate) page_group: Option<GroupId>,
    pub(crate) doc: Option<Conversation>,
    pub(crate) record: Vec<Outcome>,
    pub(crate) said: Vec<Message>,
}

/// A visitor's socket, as a server knows it in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Closed,
    Open,
    Lingering { nodes_lost: bool, last_sign: Timestamp, until: Timestamp },
}

impl World {
    /// An account of a plan, with nobody in it.
    pub(crate) fn of(plan: Plan) -> Self {
        Self::in_manner(plan, Manner::default())
    }

    /// The same, run in a given manner.
    pub(crate) fn in_manner(plan: Plan, manner: Manner) -> Self {
        let now = Timestamp(1_750_000_000_000);
        let account = Account {
            id: AccountId(Uuid::from_u128(1)),
            name: "Flowers".to_owned(),
            plan,
            locale: Locale::En,
            timezone: "Europe/Prague".to_owned(),
            notifications: NotificationSettings::default(),
            allowed_origins: Vec::new(),
            origins_since: None,
            widget_keys: Vec::new(),
            operators: Vec::new(),
            groups: Vec::new(),
            suppressed: Vec::new(),
            blocked: Vec::new(),
            audited: 0,
            created_at: now,
            changed_at: now,
        };
        let delays = Delays {
            offline: Span::from_secs(120),
            missed: Span::from_secs(120),
            cooldown: Span::from_secs(600),
            flap_cap: Span::from_secs(600),
        };
        let (roster, node) = (Roster::default(), NodeId(Uuid::from_u128(2)));
        let inner = Inner {
            now: now + mins(60),
            account,
            delays,
            roster,
            edges: Vec::new(),
            guests: BTreeMap::new(),
            outbox: BTreeMap::new(),
            queued: Vec::new(),
            node,
            quiet_until: now,
            former_sign: None,
            manner,
            ids_given: 100,
        };
        Self(Rc::new(RefCell::new(inner)))
    }

    /// A new operator; each was created a second after the one before.
    pub(crate) fn operator(&self, name: &str) -> Colleague {
        let id = OperatorId(self.edit().new_id());
        let count = self.see().account.operators.len() as i64;
        let operator = Operator {
            id,
            name: name.to_owned(),
            email: format!("{}@flowers.test", name.to_lowercase()),
            role: Role::Agent,
            active: true,
            locale: None,
            offline: Switch::On,
            missed: Switch::On,
            created_at: self.see().account.created_at + Span(count * 1_000),
        };
        self.changes(|account| account.operators.push(operator));
        Colleague { world: self.clone(), id }
    }

    /// A new group.
    pub(crate) fn group(&self, name: &str, members: &[&Colleague]) -> GroupId {
        let id = GroupId(self.edit().new_id());
        let operators = members.iter().map(|m| m.id).collect();
        self.changes(|account| account.groups.push(Group { id, name: name.to_owned(), operators }));
        id
    }

    /// A visitor, on a page of no group.
    pub(crate) fn visitor(&self, name: &str) -> Visitor {
        self.visitor_of(name, None)
    }

    /// A visitor, on a page of a group.
    pub(crate) fn visitor_of(&self, name: &str, page_group: Option<GroupId>) -> Visitor {
        let id = VisitorId(self.edit().new_id());
        let (record, said) = (Vec::new(), Vec::new());
        let heard_of = self.see().now;
        let guest = Guest { name: name.to_owned(), tab: Tab::Open, heard_of, page_group, doc: None, record, said };
        self.edit().guests.insert(id, guest);
        Visitor { world: self.clone(), id }
    }

    /// Changes the account's settings.
    pub(crate) fn changes(&self, change: impl FnOnce(&mut Account)) {
        let mut inner = self.edit();
        change(&mut inner.account);
        inner.account.changed_at = inner.now;
        inner.account = through_json(&inner.account);
        inner.presence(&roster::Input::Resettled);
        inner.look_at_what_is_attentive();
    }

    /// For reading.
    pub(crate) fn see(&self) -> Ref<'_, Inner> {
        self.0.borrow()
    }

    /// For changing.
    pub(crate) fn edit(&self) -> RefMut<'_, Inner> {
        self.0.borrow_mut()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl Inner {
    /// Whether the grace after a start is not over (rule N10).
    pub(crate) fn is_quiet(&self) -> bool {
        self.now < self.quiet_until
    }

    fn new_id(&mut self) -> Uuid {
        self.ids_given += 1;
        Uuid::from_u128(self.ids_given)
    }

    /// Presence changes; conversations to which it matters look.
    pub(crate) fn presence(&mut self, input: &roster::Input) {
        for _ in 0..self.times() {
            let changed = self.roster.step(input, &self.account, self.now);
            self.roster = through_json(&self.roster);
            let anything = !changed.edges.is_empty();
            self.edges.extend(changed.edges);
            assert_eq!(self.roster.edges, self.edges.len() as u64, "the roster counts its edges");
            if anything {
                self.look_at_what_is_attentive();
            }
        }
    }

    fn times(&self) -> usize {
        if self.manner.twice { 2 } else { 1 }
    }

    /// Those conversations that a change of presence can matter to (the store's attention index).
    pub(crate) fn attentive(&self) -> Vec<VisitorId> {
        let attentive = |doc: &Conversation| {
            let recent = doc.facts.last().is_some_and(|last| last.at + WINDOW > self.now);
            recent || doc.present().state.is_attentive()
        };
        let guests = self.guests.iter().filter(|(_, guest)| guest.doc.as_ref().is_some_and(attentive));
        guests.map(|(id, _)| *id).collect()
    }

    pub(crate) fn look_at_what_is_attentive(&mut self) {
        for id in self.attentive() {
            self.ask(id, &[Input::Look]).expect("a look is never refused");
        }
    }

    /// A step of a visitor's conversation, which begins by it if there is none.
    pub(crate) fn ask(&mut self, id: VisitorId, inputs: &[Input]) -> Result<Answer, Refusal> {
        let mut answer = self.ask_once(id, inputs);
        // A transfer is no act that can be repeated; everything else is the same twice as once.
        let repeatable = !inputs.iter().any(people::is_transfer);
        if self.manner.twice && repeatable {
            let again = self.ask_once(id, inputs);
            assert_eq!(answer.is_ok(), again.is_ok(), "a repeat is answered alike");
            answer = answer.and(again);
        }
        answer
    }

    fn ask_once(&mut self, id: VisitorId, inputs: &[Input]) -> Result<Answer, Refusal> {
        let before = self.guests[&id].doc.clone().unwrap_or_else(|| self.begin(id));
        let unseen = &self.edges[usize::try_from(before.edges_seen).expect("a log fits into memory")..];
        let around = Surroundings {
            account: &self.account,
            delays: &self.delays,
            roster: &self.roster,
            edges: (!self.manner.without_log).then_some(unseen),
            now: self.now,
            quiet_until: self.quiet_until,
            horizon: self.horizon(),
            tracking: Tracking::WhileOpen,
            message_id: &|id| format!("<{id}@doorbell.test>"),
        };
        let done = step(&before, inputs, &around);
        let again = step(&before, inputs, &around);
        assert_eq!((&done.after, &done.record, &done.letters), (&again.after, &again.record, &again.letters), "pure");
        assert_eq!(done.changed, done.after != before);
        let guest = self.guests.get_mut(&id).expect("a visitor of this world");
        for (position, outcome) in done.record {
            guest.record.push(through_json(&outcome));
            assert_eq!(position, guest.record.len() as u64, "the record has no gaps");
        }
        guest.doc = Some(through_json(&done.after));
        guest.said.extend(done.said);
        for letter in done.letters {
            checks::assert_allowed(&self.account, &self.roster, &done.after, &letter);
            let letter = through_json(&letter);
            let id = letter.id;
            assert!(self.outbox.insert(id, letter).is_none(), "a second letter {id}");
            self.queued.push(id);
        }
        done.answers.into_iter().next().expect("an answer to each input")
    }

    fn begin(&self, id: VisitorId) -> Conversation {
        let terms = Terms::of(&self.account, None, &self.delays);
        let mut doc = Conversation::new(self.account.id, id, None, terms, self.now);
        doc.terms_at = self.account.changed_at;
        doc
    }
}

/// A document as it is after a restart: what its JSON says.
pub(crate) fn through_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let text = serde_json::to_vec(value).expect("documents can be written");
    let read: T = serde_json::from_slice(&text).expect("documents can be read");
    assert_eq!(&read, value, "JSON keeps everything");
    read
}
