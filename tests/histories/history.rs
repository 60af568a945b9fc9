//! What can happen in a history, and the stage on which it does.

use std::cell::RefCell;

use doorbell::domain::account::{Kind, MissedRecipients, Plan, ReadCancels, Suppression, Switch};
use doorbell::domain::ids::GroupId;
use doorbell::domain::notice::class::Class;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::{Span, Timestamp};

use crate::seeds::Dice;
use crate::world::{Colleague, Manner, Visitor, World};

/// What sorts of things happen.
#[derive(Clone, Copy)]
pub(crate) struct Band {
    pub(crate) breaks: Breaks,
    pub(crate) restarts: bool,
    pub(crate) settings: bool,
}

/// How sockets break.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// They do not.
    Never,
    /// They were alive until then.
    Suddenly,
    /// Some were silent before.
    AfterSilence,
}

/// One thing that happens. Numbers name people, devices and groups of the stage.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening {
    Passes(Span),
    Blinks,
    RestartsAfter(Span),
    Operator(usize, Act),
    OnDevice(usize, &'static str, Move),
    In(usize, usize, Deed),
    Visitor(usize, Step),
    Settings(Change),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    AppearsOffline(bool),
    EndsSessions,
    Active(bool),
    Switches(Kind, bool),
    Unsubscribes(Kind),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Move {
    ConnectsAs(Status),
    Chooses(Status),
    SaysBye,
    BreaksAfter(Span),
    LeasesAs(Status, Span),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Opens,
    Joins,
    Leaves,
    Replies,
    Closes,
    Hands(usize),
    HandsToGroup(usize),
    ReadsUpTo(u64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Writes,
    Leaves,
    Returns,
    BreaksAfter(Span),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Plan(Plan),
    Enables(Kind, bool),
    ReadCancels(ReadCancels),
    MissedRecipients(MissedRecipients),
    Suppresses(usize),
    ClearsSuppressions,
    MovesTo(usize, Option<usize>),
}

const OPERATORS: usize = 4;
const VISITORS: usize = 2;
const SPANS_MS: [i64; 12] =
    [1, 1_000, 9_000, 19_999, 20_000, 44_000, 60_000, 119_999, 120_000, 300_000, 599_999, 600_000];
const SILENCES_MS: [i64; 4] = [0, 1, 10_000, 50_000];
const STATES: [Status; 4] = [Status::Online, Status::Online, Status::Away, Status::Offline];

impl Happening {
    pub(crate) fn any(dice: &mut Dice, band: Band) -> Self {
        let operator = dice.roll(OPERATORS);
        match dice.roll(20) {
            0..6 => Self::Passes(Span(dice.pick(&SPANS_MS))),
            6..9 => Self::OnDevice(operator, dice.pick(&["laptop", "phone"]), Move::any(dice, band)),
            9..12 => Self::In(operator, dice.roll(VISITORS), Deed::any(dice)),
            12..17 => Self::Visitor(dice.roll(VISITORS), Step::any(dice, band)),
            17 => Self::Operator(operator, Act::any(dice, band)),
            18 if band.settings => Self::Settings(Change::any(dice)),
            19 if band.restarts => Self::RestartsAfter(Span(dice.pick(&SPANS_MS))),
            _ => Self::Passes(Span(60_000)),
        }
    }
}

fn silence(dice: &mut Dice, band: Band) -> Span {
    let silences = if band.breaks == Breaks::AfterSilence { &SILENCES_MS[..] } else { &SILENCES_MS[..1] };
    Span(dice.pick(silences))
}

impl Move {
    fn any(dice: &mut Dice, band: Band) -> Self {
        match dice.roll(7) {
            0..3 => Self::ConnectsAs(dice.pick(&STATES)),
            3 => Self::Chooses(dice.pick(&STATES)),
            4 if band.breaks != Breaks::Never => Self::BreaksAfter(silence(dice, band)),
            5 => Self::LeasesAs(dice.pick(&STATES), Span(dice.pick(&SPANS_MS))),
            _ => Self::SaysBye,
        }
    }
}

impl Deed {
    fn any(dice: &mut Dice) -> Self {
        match dice.roll(10) {
            0..3 => Self::Opens,
            3 | 4 => Self::Joins,
            5 => Self::Leaves,
            6 => Self::Replies,
            7 => Self::Closes,
            8 => Self::ReadsUpTo(1 + dice.roll(6) as u64),
            _ if dice.roll(2) == 0 => Self::Hands(dice.roll(OPERATORS)),
            _ => Self::HandsToGroup(dice.roll(2)),
        }
    }
}

impl Step {
    fn any(dice: &mut Dice, band: Band) -> Self {
        match dice.roll(9) {
            0..5 => Self::Writes,
            5 => Self::Returns,
            6 if band.breaks != Breaks::Never => Self::BreaksAfter(silence(dice, band)),
            _ => Self::Leaves,
        }
    }
}

impl Act {
    fn any(dice: &mut Dice, band: Band) -> Self {
        let kind = dice.pick(&Kind::ALL);
        match dice.roll(8) {
            0 | 1 => Self::AppearsOffline(dice.roll(2) == 0),
            2 => Self::EndsSessions,
            3 | 4 if band.settings => Self::Active(dice.roll(3) > 0),
            5 | 6 if band.settings => Self::Switches(kind, dice.roll(3) > 0),
            7 if band.settings => Self::Unsubscribes(kind),
            _ => Self::AppearsOffline(false),
        }
    }
}

impl Change {
    fn any(dice: &mut Dice) -> Self {
        match dice.roll(7) {
            0 => Self::Plan(dice.pick(&[Plan::Free, Plan::Standard, Plan::Pro])),
            1 => Self::Enables(dice.pick(&Kind::ALL), dice.roll(3) > 0),
            2 => Self::ReadCancels(dice.pick(&[ReadCancels::Reader, ReadCancels::Everyone])),
            3 => Self::MissedRecipients(dice.pick(&[MissedRecipients::Online, MissedRecipients::Audience])),
            4 => Self::Suppresses(dice.roll(OPERATORS)),
            5 => Self::ClearsSuppressions,
            _ => Self::MovesTo(dice.roll(OPERATORS), dice.pick(&[None, Some(0), Some(1)])),
        }
    }
}

/// The people of a history, and what the invariants need to remember of it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) operators: Vec<Colleague>,
    pub(crate) visitors: Vec<Visitor>,
    groups: Vec<GroupId>,
    /// When a conversation's group was last changed by hand. By visitor.
    pub(crate) regrouped: RefCell<Vec<Timestamp>>,
    /// When somebody joined, replied, closed or opened: that ends a pause (rule N6). By visitor.
    pub(crate) pause_ended: RefCell<Vec<Vec<Timestamp>>>,
    /// The places of the visitors' messages.
    pub(crate) written: RefCell<Vec<Vec<u64>>>,
}

impl Stage {
    /// A pro account of two groups; of its four operators two share an address, and one is in no group.
    pub(crate) fn new(manner: Manner) -> Self {
        let world = World::in_manner(Plan::Pro, manner);
        let operators: Vec<_> = ["Jana", "Petr", "Twin", "Free"].map(|name| world.operator(name)).into();
        operators[2].changes(|me| "Jana@flowers.test".clone_into(&mut me.email));
        let sales = world.group("Sales", &[&operators[0], &operators[2]]);
        let support = world.group("Support", &[&operators[1]]);
        let visitors = vec![world.visitor_of("Eva", Some(sales)), world.visitor("Adam")];
        let (pause_ended, written) = (vec![Vec::new(); VISITORS], vec![Vec::new(); VISITORS]);
        let (pause_ended, written) = (RefCell::new(pause_ended), RefCell::new(written));
        let regrouped = RefCell::new(vec![world.now(); VISITORS]);
        Self { world, operators, visitors, groups: vec![sales, support], regrouped, pause_ended, written }
    }

    /// A whole history, and the day after it.
    pub(crate) fn played(history: &[Happening], manner: Manner) -> Self {
        let stage = Self::new(manner);
        history.iter().for_each(|happening| stage.play(*happening));
        stage
    }

    pub(crate) fn play(&self, happening: Happening) {
        match happening {
            Happening::Passes(span) => self.world.passes(span),
            Happening::Blinks => self.world.blinks(),
            Happening::RestartsAfter(span) => self.world.restarts_after(span),
            Happening::Operator(who, act) => act_of(&self.operators[who], act),
            Happening::OnDevice(who, device, how) => self.move_device(&self.operators[who], device, how),
            Happening::In(who, visitor, deed) => self.deed(&self.operators[who], visitor, deed),
            Happening::Visitor(who, step) => self.step(who, step),
            Happening::Settings(change) => self.change(change),
        }
    }

    /// Who is deactivated has no sockets and no leases: the doors refuse them.
    fn move_device(&self, who: &Colleague, device: &str, how: Move) {
        if !self.is_active(who) {
            return;
        }
        match how {
            Move::ConnectsAs(state) => who.connects_as(device, state),
            Move::Chooses(state) if who.is_plugged(device) => who.chooses(device, state),
            Move::SaysBye => who.says_bye(device),
            Move::BreaksAfter(silence) => who.breaks_after_silence(device, silence),
            Move::LeasesAs(state, span) => who.leases_as(device, state, span),
            Move::Chooses(_) => {}
        }
    }

    fn is_active(&self, who: &Colleague) -> bool {
        self.world.see().account.operator(who.id).is_some_and(|o| o.active)
    }

    fn deed(&self, who: &Colleague, visitor: usize, deed: Deed) {
        let about = &self.visitors[visitor];
        if !self.is_active(who) || self.world.see().guests[&about.id].doc.is_none() {
            return;
        }
        match deed {
            Deed::Opens => who.opens(about),
            Deed::Joins => who.joins(about),
            Deed::Leaves => who.leaves(about),
            Deed::Replies => _ = who.replies(about),
            Deed::Closes => who.closes(about),
            Deed::Hands(to) => _ = who.hands(about, &self.operators[to]),
            Deed::HandsToGroup(group) => {
                if who.hands_to_group(about, self.groups[group]).is_ok() {
                    self.regrouped.borrow_mut()[visitor] = self.world.now();
                }
            }
            Deed::ReadsUpTo(seq) => who.reads(about, seq.min(about.doc().last_seq)),
        }
        if !matches!(deed, Deed::Leaves | Deed::HandsToGroup(_)) {
            self.pause_ended.borrow_mut()[visitor].push(self.world.now());
        }
    }

    fn step(&self, who: usize, step: Step) {
        let visitor = &self.visitors[who];
        match step {
            Step::Writes => {
                let seq = visitor.writes("Hello");
                self.written.borrow_mut()[who].push(seq);
            }
            Step::Leaves => visitor.leaves(),
            Step::Returns => visitor.returns(),
            Step::BreaksAfter(silence) => {
                // A message was a sign of life.
                let silence = silence.0.min((self.world.now() - visitor.last_heard_of()).0);
                visitor.breaks_after_silence(Span(silence));
            }
        }
    }

    fn change(&self, change: Change) {
        let at = self.world.now();
        self.world.changes(|account| match change {
            Change::Plan(plan) => account.plan = plan,
            Change::Enables(Kind::Offline, on) => account.notifications.offline.enabled = on,
            Change::Enables(Kind::Missed, on) => account.notifications.missed.enabled = on,
            Change::ReadCancels(how) => account.notifications.read_cancels = how,
            Change::MissedRecipients(who) => account.notifications.missed_recipients = who,
            Change::Suppresses(who) => {
                let address = account.operators[who].email.to_lowercase();
                let (class, reply) = (Class::WrongAddress, "550 5.1.1".to_owned());
                account.suppressed.push(Suppression { address, class, reply, at });
            }
            Change::ClearsSuppressions => account.suppressed.clear(),
            Change::MovesTo(who, group) => {
                let id = account.operators[who].id;
                account.groups.iter_mut().for_each(|g| g.operators.retain(|o| *o != id));
                if let Some(group) = group {
                    account.groups[group].operators.push(id);
                }
            }
        });
    }
}

fn act_of(who: &Colleague, act: Act) {
    match act {
        Act::AppearsOffline(on) => who.appears_offline(on),
        Act::EndsSessions => who.ends_sessions(),
        Act::Active(active) => who.changes(|me| me.active = active),
        Act::Switches(kind, on) => {
            who.changes(|me| *me.switch_mut(kind) = if on { Switch::On } else { Switch::Off });
        }
        Act::Unsubscribes(kind) => who.unsubscribes(kind),
    }
}
