//! The only place where a mail is decided. Pure: facts in, a verdict with all its reasons out. Asked at the deadline
//! ("look again"), and again before every attempt to send.

use std::collections::BTreeMap;

use super::letter::Letter;
use super::reason::{Code, Evidence, Reason};
use super::rules;
use crate::domain::account::{Account, Delays, Kind, Operator};
use crate::domain::conversation::fact::{Firing, Person};
use crate::domain::conversation::state::{Running, State};
use crate::domain::ids::{ConversationId, GroupId, LetterId};
use crate::domain::time::{Span, Timestamp};

/// Everything that a decision looks at.
pub struct Case<'a> {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Of which group.
    pub group: Option<GroupId>,
    /// Where it stands.
    pub state: &'a State,
    /// The account's settings, as they are now (rule N9).
    pub account: &'a Account,
    /// The server's delays.
    pub delays: &'a Delays,
    /// Which kind of email.
    pub kind: Kind,
}

/// What is to be done about a timer that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made once a firing, and taken apart at once")]
pub enum Verdict {
    /// Not now: look again then.
    Wait {
        /// When.
        until: Timestamp,
        /// Whom it concerns, with the reason.
        people: Vec<Person>,
    },
    /// Mail those with a letter; the others have their reasons. Where nobody has one, `Firing::nobody` says why.
    Fire(Firing),
}

/// Decides about a due timer.
pub fn judge(case: &Case<'_>, timer: &Running, now: Timestamp) -> Verdict {
    if let Some(until) = case.state.paused_until().filter(|until| *until > now) {
        return Verdict::Wait { until, people: put_off(case, until) };
    }
    let mut people: Vec<Person> = Vec::new();
    let mut to_mail: Vec<&Operator> = Vec::new();
    for operator in &case.account.operators {
        let objections = rules::objections(case, operator);
        if objections.is_empty() {
            to_mail.push(operator);
        } else {
            people.push(Person::new(operator.id, objections));
        }
    }
    // As set when it started (N3), or less in a row of timers (N8); the setting may be another by now.
    let delay = timer.due_at - timer.started_at;
    for (operator, twin) in one_per_address(&to_mail) {
        people.push(match twin {
            Some(chosen) => {
                let evidence = Evidence { by: Some(chosen.id), ..Evidence::default() };
                Person::new(operator.id, vec![Reason::with(Code::SameAddress, evidence)])
            }
            None => emailed(case, operator, delay),
        });
    }
    let nobody = to_mail.is_empty().then(|| why_nobody(&people));
    if nobody.is_some() {
        people.push(Person { operator: None, reasons: vec![Reason::bare(Code::NoRecipients)], letter: None });
    }
    Verdict::Fire(Firing {
        kind: case.kind,
        started_at: timer.started_at,
        due_at: timer.fires_at(),
        seqs: case.state.waiting().map(|m| m.seq).collect(),
        people,
        nobody,
        cooldown: case.account.cooldown(case.delays),
    })
}

/// Why a queued letter must not be sent any more (rule N9); `None`: it is still needed. Where the address changed, it goes
/// to the new one; that is no reason.
pub fn objection_to_sending(case: &Case<'_>, letter: &Letter) -> Option<Reason> {
    if let Some(handled) = case.state.handled_since(letter.created_at) {
        let evidence = Evidence { by: Some(handled.by), at: Some(handled.at), ..Evidence::default() };
        return Some(Reason::with(handled.how, evidence));
    }
    let last = letter.seqs.last().copied().unwrap_or(0);
    if case.kind == Kind::Offline && case.state.has_seen(letter.id.operator, last) {
        let evidence = Evidence { by: Some(letter.id.operator), seq: Some(last), ..Evidence::default() };
        return Some(Reason::with(Code::Read, evidence));
    }
    let Some(operator) = case.account.operator(letter.id.operator) else {
        return Some(Reason::bare(Code::Deactivated));
    };
    rules::objections_to_the_person(case.account, case.kind, case.group, operator).into_iter().next()
}

fn put_off(case: &Case<'_>, until: Timestamp) -> Vec<Person> {
    let evidence = Evidence { until: Some(until), ..Evidence::default() };
    let put_off = Reason::with(Code::RecentlyNotified, evidence);
    let about = |operator: &Operator| {
        let mut reasons = rules::objections(case, operator);
        reasons.push(put_off.clone());
        Person::new(operator.id, reasons)
    };
    case.account.operators.iter().map(about).collect()
}

fn emailed(case: &Case<'_>, operator: &Operator, delay: Span) -> Person {
    let letter = LetterId { conversation: case.conversation, episode: case.state.episodes + 1, operator: operator.id };
    let evidence = Evidence { delay: Some(delay), ..Evidence::default() };
    Person { letter: Some(letter), ..Person::new(operator.id, vec![Reason::with(Code::Emailed, evidence)]) }
}

/// D2: operators who share an address get one email, that of who was created first. Pairs each with whom they yield to.
pub(super) fn one_per_address<'a>(to_mail: &[&'a Operator]) -> Vec<(&'a Operator, Option<&'a Operator>)> {
    let mut first: BTreeMap<String, &Operator> = BTreeMap::new();
    for operator in to_mail {
        let chosen = first.entry(operator.email.to_lowercase()).or_insert(operator);
        if (operator.created_at, operator.id) < (chosen.created_at, chosen.id) {
            *chosen = operator;
        }
    }
    let pair = |operator: &&'a Operator| {
        let chosen = first[&operator.email.to_lowercase()];
        (*operator, (chosen.id != operator.id).then_some(chosen))
    };
    to_mail.iter().map(pair).collect()
}

/// The timer's own reason: what holds for everybody alike (the account's switch and plan), else that nobody was left.
fn why_nobody(people: &[Person]) -> Reason {
    let of_all = people.iter().flat_map(|p| &p.reasons);
    let common = of_all.filter(|r| matches!(r.code, Code::NotActivatedAccount | Code::PlanWithoutMissed));
    common.min_by_key(|r| r.code).cloned().unwrap_or(Reason::bare(Code::NoRecipients))
}
