//! Where a conversation stands: a function of its facts. Each fact is one step; levels (`notice::condition`) are looked at
//! after each, so timers start and end at the time of the fact that made them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fact::{Fact, Firing, Terms};
use super::outcome::{Cause, Outcome};
use crate::domain::account::Kind;
use crate::domain::ids::OperatorId;
use crate::domain::notice::condition;
use crate::domain::notice::reason::{Code, DeviceRef};
use crate::domain::time::{Span, Timestamp};

/// Whether anybody serves it, and who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "desk", rename_all = "snake_case")]
pub enum Desk {
    /// Nobody has joined.
    Unserved,
    /// Somebody has.
    Served {
        /// Who, and since when.
        by: BTreeMap<OperatorId, Timestamp>,
    },
    /// It was closed.
    Closed {
        /// By whom.
        by: OperatorId,
        /// When.
        at: Timestamp,
    },
}

/// Whether the visitor is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "visitor", rename_all = "snake_case")]
pub enum Whereabouts {
    /// A socket of theirs lives, or lingers.
    There,
    /// They left.
    Gone {
        /// When.
        at: Timestamp,
        /// Whether the box was online then (rule N2).
        box_online: bool,
    },
}

/// A visitor's message that is neither handled for good nor notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own that a rule sets and that stays")]
pub struct Open {
    /// Its place.
    pub seq: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Handled as long as somebody is joined (rule A3).
    pub held: bool,
    /// An offline message (rule A1).
    pub offline: bool,
    /// Seen by the whole audience at some time (rule N1).
    pub seen_by_all: bool,
    /// An offline firing mailed nobody about it (rule N5).
    pub settled_offline: bool,
    /// A missed firing mailed nobody about it (rule N5).
    pub settled_missed: bool,
    /// It came after an opening that ended the pause for it (rule N6).
    pub unpaused: bool,
}

impl Open {
    /// Whether it waits (rule A1).
    pub fn waits(&self) -> bool {
        !self.held
    }

    /// Whether an offline email could still be due about it.
    pub fn may_be_offline(&self) -> bool {
        self.waits() && !self.settled_offline && !self.seen_by_all
    }
}

/// A running timer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Since when its condition holds.
    pub started_at: Timestamp,
    /// When it fires by its delay (rules N3, N8).
    pub due_at: Timestamp,
    /// Until when the pause between mails puts it off (rule N6).
    pub put_off_until: Option<Timestamp>,
}

impl Running {
    /// When it fires.
    pub fn fires_at(&self) -> Timestamp {
        self.put_off_until.unwrap_or(self.due_at)
    }
}

/// The pause after a mail (rule N6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Until when.
    pub until: Timestamp,
    /// Somebody has opened the conversation since: newer messages do not wait for its end.
    pub opened: bool,
}

/// When an operator was online, as far back as it matters (rule D1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Online since then, on that device.
    pub online: Option<(Timestamp, Option<DeviceRef>)>,
    /// Earlier times at which they were.
    pub spans: Vec<(Timestamp, Timestamp)>,
}

impl Attendance {
    /// Whether they were online at some time between the two instants.
    pub fn was_online(&self, from: Timestamp, to: Timestamp) -> bool {
        self.online.as_ref().is_some_and(|(since, _)| *since <= to)
            || self.spans.iter().any(|(start, end)| *start <= to && *end >= from)
    }
}

/// The last act that handled the conversation: a letter queued before it is no longer needed (rule N9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: OperatorId,
    /// `joined`, `replied` or `closed`.
    pub how: Code,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Who serves it.
    pub desk: Desk,
    /// Whether the visitor is there.
    pub visitor: Whereabouts,
    /// What is open.
    pub open: Vec<Open>,
    /// The settings it is under.
    pub terms: Terms,
    /// When its operators were online.
    pub attendance: BTreeMap<OperatorId, Attendance>,
    /// Up to where each has seen.
    pub seen: BTreeMap<OperatorId, u64>,
    /// Since when the box is online; `None`: it is offline.
    pub box_online_since: Option<Timestamp>,
    /// The timer of rule N1.
    pub offline: Option<Running>,
    /// The timer of rule N2.
    pub missed: Option<Running>,
    /// When the first of a row of offline timers started (rule N8).
    pub flapping_since: Option<Timestamp>,
    /// The pause after the last mail.
    pub pause: Option<Pause>,
    /// The last act that handled it for good (rule A3): a reply or a close.
    pub handled: Option<Handled>,
    /// How many emails there were about it.
    pub episodes: u32,
}

impl State {
    /// A conversation in which nothing was said yet.
    pub fn new(terms: Terms) -> Self {
        Self {
            desk: Desk::Unserved,
            visitor: Whereabouts::There,
            open: Vec::new(),
            terms,
            attendance: BTreeMap::new(),
            seen: BTreeMap::new(),
            box_online_since: None,
            offline: None,
            missed: None,
            flapping_since: None,
            pause: None,
            handled: None,
            episodes: 0,
        }
    }

    /// One fact happens.
    pub fn step(&mut self, at: Timestamp, fact: &Fact, outcomes: &mut Vec<Outcome>) {
        // It is told of a timer that ends by the fact, so one that runs before it.
        let a_timer_runs = self.offline.is_some() || self.missed.is_some();
        let waited = if a_timer_runs { self.waiting().map(|m| m.seq).collect() } else { Vec::new() };
        self.apply(at, fact, outcomes);
        condition::look(self, &Cause { at, fact, waited }, outcomes);
    }

    fn apply(&mut self, at: Timestamp, fact: &Fact, outcomes: &mut Vec<Outcome>) {
        match fact {
            Fact::Online { by, device, since } => {
                self.attendance.entry(*by).or_default().online = Some((*since, device.clone()));
            }
            Fact::NotOnline { by } => self.on_not_online(*by, at),
            Fact::VisitorCame => self.visitor = Whereabouts::There,
            Fact::VisitorLeft => self.visitor = Whereabouts::Gone { at, box_online: self.box_is_online() },
            Fact::Wrote { seq } => self.on_wrote(*seq, at),
            Fact::Joined { by } => self.on_joined(*by, at),
            Fact::Left { by } => self.on_left(*by),
            Fact::Replied { by, seq } => {
                self.on_joined(*by, at);
                self.open.retain(|m| m.seq > *seq);
                self.saw(*by, *seq);
                self.handle(*by, Code::Replied, at);
            }
            Fact::Closed { by } => {
                self.open.clear();
                self.desk = Desk::Closed { by: *by, at };
                self.handle(*by, Code::Closed, at);
            }
            Fact::Seen { by, seq } => {
                self.saw(*by, *seq);
                if let Some(pause) = &mut self.pause {
                    pause.opened = true;
                }
            }
            Fact::Handed { from, to } => {
                self.on_joined(*to, at);
                if let Desk::Served { by } = &mut self.desk {
                    by.remove(from);
                }
                self.show_anew();
            }
            Fact::Regrouped(terms) => {
                self.terms = terms.clone();
                self.end_joins();
                self.show_anew();
            }
            Fact::Terms(terms) => self.on_terms(terms),
            Fact::PutOff { kind, until, .. } => {
                // Where a timer turned out never to have run (P4), there was nothing to put off.
                if let Some(timer) = self.timer_mut(*kind) {
                    timer.put_off_until = Some(*until);
                    outcomes.push(Outcome::put_off(self, at, fact));
                }
            }
            Fact::Fired(firing) => self.on_fired(firing, at, outcomes),
        }
    }

    /// Whether somebody of the audience is online.
    pub fn box_is_online(&self) -> bool {
        self.online_in_audience().next().is_some()
    }

    /// Those of the audience who are online.
    pub fn online_in_audience(&self) -> impl Iterator<Item = (OperatorId, Timestamp, Option<&DeviceRef>)> {
        self.terms.audience.iter().filter_map(|id| {
            let (since, device) = self.attendance.get(id)?.online.as_ref()?;
            Some((*id, *since, device.as_ref()))
        })
    }

    /// Whether the operator is online.
    pub fn is_online(&self, operator: OperatorId) -> bool {
        self.attendance.get(&operator).is_some_and(|a| a.online.is_some())
    }

    /// Who has joined.
    pub fn joined(&self) -> Vec<OperatorId> {
        match &self.desk {
            Desk::Served { by } => by.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    /// What handles all that was there at `at`: a reply or a close after it, or a join that lasts (rule A3).
    pub fn handled_since(&self, at: Timestamp) -> Option<Handled> {
        let joined = match &self.desk {
            Desk::Served { by } => by.iter().filter(|(_, since)| **since >= at).min_by_key(|(_, since)| **since),
            _ => None,
        };
        let by_joining = joined.map(|(by, since)| Handled { at: *since, by: *by, how: Code::Joined });
        self.handled.filter(|handled| handled.at >= at).or(by_joining)
    }

    /// The messages that wait (rule A1).
    pub fn waiting(&self) -> impl Iterator<Item = &Open> {
        self.open.iter().filter(|m| m.waits())
    }

    /// Whether the operator has seen the message.
    pub fn has_seen(&self, operator: OperatorId, seq: u64) -> bool {
        self.seen.get(&operator).is_some_and(|up_to| *up_to >= seq)
    }

    /// Whether the operator has seen everything that waits; `false` where nothing does.
    pub fn has_seen_all_waiting(&self, operator: OperatorId) -> bool {
        self.waiting().last().is_some_and(|m| self.has_seen(operator, m.seq))
    }

    /// The timer of a kind.
    pub fn timer(&self, kind: Kind) -> Option<&Running> {
        match kind {
            Kind::Offline => self.offline.as_ref(),
            Kind::Missed => self.missed.as_ref(),
        }
    }

    pub(crate) fn timer_mut(&mut self, kind: Kind) -> &mut Option<Running> {
        match kind {
            Kind::Offline => &mut self.offline,
            Kind::Missed => &mut self.missed,
        }
    }

    /// When the conversation wants to be looked at: a missed timer waits for the offline one to end (rule N5).
    pub fn next_deadline(&self) -> Option<(Kind, Timestamp)> {
        match (&self.offline, &self.missed) {
            (Some(timer), _) => Some((Kind::Offline, timer.fires_at())),
            (None, Some(timer)) => Some((Kind::Missed, timer.fires_at())),
            (None, None) => None,
        }
    }

    /// Whether a change of presence or of the settings can start or end a timer here: also where a join holds what is
    /// open, for a deactivation ends it (rule A3), and while a visitor who can be missed is there, for their node may die with
    /// nobody left to tell of their leaving (rules N2, P7).
    pub fn is_attentive(&self) -> bool {
        let is_there = self.visitor == Whereabouts::There;
        let matters = |m: &Open| m.held || m.may_be_offline() || (is_there && !m.settled_missed);
        self.offline.is_some() || self.open.iter().any(matters)
    }

    /// Until when firings are put off (rule N6), if they are: not for messages that came after an opening.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let pause = self.pause?;
        (!self.waiting().any(|m| m.unpaused)).then_some(pause.until)
    }

    fn on_not_online(&mut self, operator: OperatorId, at: Timestamp) {
        let oldest = self.open.first().map_or(at, |m| m.at);
        let attendance = self.attendance.entry(operator).or_default();
        if let Some((since, _)) = attendance.online.take() {
            attendance.spans.push((since.min(at), at));
        }
        // A leaving that was found out late may end a time online before what is open: such times are of no more use.
        attendance.spans.retain(|(_, end)| *end >= oldest);
    }

    fn on_wrote(&mut self, seq: u64, at: Timestamp) {
        self.visitor = Whereabouts::There;
        let somebody_is_there = self.joined().iter().any(|operator| self.is_online(*operator));
        if !somebody_is_there {
            self.end_joins();
            self.desk = Desk::Unserved;
        }
        let unpaused = self.pause.is_some_and(|p| p.opened);
        if self.open.is_empty() {
            self.attendance.values_mut().for_each(|a| a.spans.clear());
        }
        self.open.push(Open {
            seq,
            at,
            held: somebody_is_there,
            offline: false,
            seen_by_all: false,
            settled_offline: false,
            settled_missed: false,
            unpaused,
        });
        if unpaused {
            self.bring_forward(at);
        }
    }

    /// A message that is not paused wants its own delay only, whatever its timer was put off to.
    fn bring_forward(&mut self, at: Timestamp) {
        for kind in Kind::ALL {
            let delay = self.terms.delay(kind);
            if let Some(timer) = self.timer_mut(kind) {
                let own = timer.due_at.max(at + delay);
                timer.put_off_until = timer.put_off_until.map(|until| until.min(own));
            }
        }
    }

    fn on_joined(&mut self, operator: OperatorId, at: Timestamp) {
        match &mut self.desk {
            Desk::Served { by } => {
                by.entry(operator).or_insert(at);
            }
            _ => self.desk = Desk::Served { by: BTreeMap::from([(operator, at)]) },
        }
        for message in &mut self.open {
            message.held = true;
        }
        self.pause = None;
    }

    fn on_left(&mut self, operator: OperatorId) {
        let Desk::Served { by } = &mut self.desk else { return };
        by.remove(&operator);
        if by.is_empty() {
            self.end_joins();
        }
    }

    /// The last join ends: what nobody replied to waits anew (rule A3).
    fn end_joins(&mut self) {
        if matches!(self.desk, Desk::Served { .. }) {
            self.desk = Desk::Unserved;
        }
        for message in &mut self.open {
            message.held = false;
        }
    }

    /// After a transfer, what everybody had seen waits for those who have not (rule N1).
    fn show_anew(&mut self) {
        for message in &mut self.open {
            message.seen_by_all = false;
        }
    }

    fn on_terms(&mut self, terms: &Terms) {
        self.terms = terms.clone();
        let gone = |id: &OperatorId| {
            terms.others.iter().any(|(other, why)| other == id && *why == super::fact::Outsider::Deactivated)
        };
        for operator in self.joined().into_iter().filter(gone) {
            self.on_left(operator);
        }
    }

    fn saw(&mut self, operator: OperatorId, seq: u64) {
        let up_to = self.seen.entry(operator).or_insert(0);
        *up_to = (*up_to).max(seq);
    }

    fn handle(&mut self, by: OperatorId, how: Code, at: Timestamp) {
        self.handled = Some(Handled { at, by, how });
        self.pause = None;
    }

    fn on_fired(&mut self, firing: &Firing, at: Timestamp, outcomes: &mut Vec<Outcome>) {
        *self.timer_mut(firing.kind) = None;
        outcomes.push(Outcome::fired(firing, at));
        if firing.mailed() {
            // Also what a join holds that was dated before the firing: it is mailed about.
            self.open.retain(|m| !firing.seqs.contains(&m.seq));
            self.episodes += 1;
            self.pause = Some(Pause { until: at + firing.cooldown, opened: false });
        } else {
            for message in self.open.iter_mut().filter(|m| firing.seqs.contains(&m.seq)) {
                match firing.kind {
                    Kind::Offline => message.settled_offline = true,
                    Kind::Missed => message.settled_missed = true,
                }
            }
        }
    }

    /// How far a row of offline timers may go on (rule N8).
    pub(crate) fn flap_cap(&self) -> Span {
        self.terms.flap_cap.max(self.terms.offline_delay)
    }
}
