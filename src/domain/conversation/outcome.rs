//! What a conversation's record holds: how each timer ended, and why a message started none (rule W1). Made where it is
//! decided; the explanation only reads it.

use serde::{Deserialize, Serialize};

use super::fact::{Fact, Firing, Outsider, Person};
use super::state::{Desk, Running, State};
use crate::domain::account::{Kind, ReadCancels};
use crate::domain::ids::OperatorId;
use crate::domain::notice::reason::{Code, Evidence, Reason};
use crate::domain::time::Timestamp;

/// One entry of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When it was so.
    pub at: Timestamp,
    /// Of which kind of email.
    pub kind: Kind,
    /// What became of what.
    pub what: What,
    /// Which messages it is about.
    pub seqs: Vec<u64>,
    /// Everybody of the account, with their reasons.
    pub people: Vec<Person>,
}

/// What became of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A message started no timer.
    NoTimer,
    /// A timer's firing was put off.
    PutOff {
        /// Since when the timer ran.
        started_at: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// A timer was cancelled.
    Cancelled {
        /// Since when it ran.
        started_at: Timestamp,
        /// When it was due.
        due_at: Timestamp,
        /// Why it ended.
        reason: Reason,
    },
    /// A timer fired.
    Fired {
        /// Since when it ran.
        started_at: Timestamp,
        /// When it was due.
        due_at: Timestamp,
        /// Why it mailed nobody, where it did.
        nobody: Option<Reason>,
    },
}

impl Outcome {
    /// The operators about whom it decides.
    pub fn operators(&self) -> impl Iterator<Item = OperatorId> {
        self.people.iter().filter_map(|person| person.operator)
    }

    /// A timer's condition ended by a fact (N7).
    pub(crate) fn cancelled(state: &State, kind: Kind, timer: &Running, cause: &Cause<'_>) -> Self {
        let what = What::Cancelled {
            started_at: timer.started_at,
            due_at: timer.fires_at(),
            reason: cause.headline(state, kind),
        };
        Self { at: cause.at, kind, what, seqs: cause.waited.clone(), people: cause.people(state, kind) }
    }

    /// A visitor's message came and no offline timer runs (W1).
    pub(crate) fn no_timer(state: &State, seq: u64, at: Timestamp) -> Self {
        let held = state.open.iter().any(|m| m.seq == seq && m.held);
        let about = |operator: OperatorId| match box_was_online(state, operator) {
            Some(reason) => vec![reason],
            None if held => joined_and_online(state).into_iter().collect(),
            None => Vec::new(),
        };
        let mut people = everybody(state, about);
        people.retain(|p| !p.reasons.is_empty());
        if people.is_empty() || (!held && state.terms.audience.is_empty()) {
            let reasons = vec![Reason::bare(Code::NoRecipients)];
            people.push(Person { operator: None, reasons, letter: None });
        }
        Self { at, kind: Kind::Offline, what: What::NoTimer, seqs: vec![seq], people }
    }

    /// A firing was put off by the pause (N6).
    pub(crate) fn put_off(state: &State, at: Timestamp, fact: &Fact) -> Self {
        let Fact::PutOff { kind, until, people } = fact else {
            unreachable!("only a putting off is told as one");
        };
        let started_at = state.timer(*kind).map_or(at, |t| t.started_at);
        let seqs = state.waiting().map(|m| m.seq).collect();
        Self { at, kind: *kind, what: What::PutOff { started_at, until: *until }, seqs, people: people.clone() }
    }

    /// A timer fired; everything about it was decided by the judge.
    pub(crate) fn fired(firing: &Firing, at: Timestamp) -> Self {
        let what = What::Fired { started_at: firing.started_at, due_at: firing.due_at, nobody: firing.nobody.clone() };
        Self { at, kind: firing.kind, what, seqs: firing.seqs.clone(), people: firing.people.clone() }
    }
}

fn by(operator: OperatorId, at: Timestamp) -> Evidence {
    Evidence { by: Some(operator), at: Some(at), ..Evidence::default() }
}

/// The box was online: thanks to the operator themselves, or else to a colleague (evidence: who, on which device, since when).
fn box_was_online(state: &State, operator: OperatorId) -> Option<Reason> {
    let own = state.online_in_audience().find(|(id, ..)| *id == operator);
    let (id, since, device) = own.or_else(|| state.online_in_audience().next())?;
    let evidence = Evidence { by: Some(id), since: Some(since), device: device.cloned(), ..Evidence::default() };
    Some(Reason::with(Code::BoxWasOnline, evidence))
}

/// Everybody of the account, with what is said about each, and why some are not of the audience.
fn everybody(state: &State, about: impl Fn(OperatorId) -> Vec<Reason>) -> Vec<Person> {
    let audience = state.terms.audience.iter().map(|id| Person::new(*id, about(*id)));
    let others = state.terms.others.iter().map(|(id, why)| {
        let mut reasons = about(*id);
        reasons.push(outsider(*why));
        Person::new(*id, reasons)
    });
    audience.chain(others).collect()
}

/// Why somebody is not of the audience.
pub(crate) fn outsider(why: Outsider) -> Reason {
    Reason::bare(match why {
        Outsider::Deactivated => Code::Deactivated,
        Outsider::NotInGroup => Code::NotInGroup,
    })
}

/// A message to a joined operator who is online is handled as it comes (A3).
fn joined_and_online(state: &State) -> Option<Reason> {
    let Desk::Served { by: joined } = &state.desk else { return None };
    let (operator, since) = joined.iter().find(|(id, _)| state.is_online(**id))?;
    Some(Reason::with(Code::Joined, by(*operator, *since)))
}

/// A fact as the cause of what ends by it.
pub(crate) struct Cause<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) fact: &'a Fact,
    /// The messages that waited before it.
    pub(crate) waited: Vec<u64>,
}

impl Cause<'_> {
    /// The timer's own reason.
    fn headline(&self, state: &State, kind: Kind) -> Reason {
        let first = match self.fact {
            Fact::Online { by, .. } => self.about(state, kind, *by),
            Fact::Seen { by, .. } => vec![self.read(state, *by)],
            _ => self.about_everybody(state, kind),
        };
        first.into_iter().next().unwrap_or(Reason::bare(Code::Superseded))
    }

    fn people(&self, state: &State, kind: Kind) -> Vec<Person> {
        everybody(state, |operator| {
            let mut reasons = self.about(state, kind, operator);
            if kind == Kind::Offline && self.has_read(state, operator) {
                reasons.push(self.read(state, operator));
            }
            reasons
        })
    }

    /// What the fact means for one operator.
    fn about(&self, state: &State, kind: Kind, operator: OperatorId) -> Vec<Reason> {
        let Fact::Online { by, device, .. } = self.fact else { return self.about_everybody(state, kind) };
        let code = if *by == operator { Code::BackOnline } else { Code::ColleagueOnline };
        let evidence = Evidence { by: Some(*by), at: Some(self.at), device: device.clone(), ..Evidence::default() };
        vec![Reason::with(code, evidence)]
    }

    /// What the fact means for all alike.
    fn about_everybody(&self, state: &State, kind: Kind) -> Vec<Reason> {
        let act = |code, operator| Reason::with(code, by(operator, self.at));
        let mere = |code| Reason::with(code, Evidence { at: Some(self.at), ..Evidence::default() });
        match self.fact {
            Fact::Joined { by } => vec![act(Code::Joined, *by)],
            Fact::Handed { to, .. } => vec![act(Code::Joined, *to)],
            Fact::Replied { by, seq } => {
                let mut replied = act(Code::Replied, *by);
                replied.evidence.seq = Some(*seq);
                let joined_by_it =
                    matches!(&state.desk, Desk::Served { by: joined } if joined.get(by) == Some(&self.at));
                if joined_by_it { vec![act(Code::Joined, *by), replied] } else { vec![replied] }
            }
            Fact::Closed { by } => vec![act(Code::Closed, *by)],
            Fact::VisitorCame | Fact::Wrote { .. } if kind == Kind::Missed => vec![mere(Code::VisitorReturned)],
            Fact::Seen { .. } => Vec::new(),
            _ => vec![mere(Code::Superseded)],
        }
    }

    /// Who has seen all. A timer that ends by a reading was ended by the whole audience's having seen what it was about, or
    /// by the one reader who excludes everybody (N7).
    fn has_read(&self, state: &State, operator: OperatorId) -> bool {
        let ended_it = matches!(self.fact, Fact::Seen { .. })
            && (state.terms.read_cancels == ReadCancels::Everyone || state.terms.audience.contains(&operator));
        ended_it || self.saw_all(state, operator)
    }

    fn saw_all(&self, state: &State, operator: OperatorId) -> bool {
        self.waited.last().is_some_and(|seq| state.has_seen(operator, *seq))
    }

    fn read(&self, state: &State, operator: OperatorId) -> Reason {
        let reader = match self.fact {
            Fact::Seen { by, .. }
                if state.terms.read_cancels == ReadCancels::Everyone && !self.saw_all(state, operator) =>
            {
                *by
            }
            _ => operator,
        };
        let evidence = Evidence { by: Some(reader), seq: state.seen.get(&reader).copied(), ..Evidence::default() };
        Reason::with(Code::Read, evidence)
    }
}
