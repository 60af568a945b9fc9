//! One small function a reason: why this operator is not mailed now. All that hold are collected.

use super::judge::Case;
use super::reason::{Code, Evidence, Reason};
use crate::domain::account::{Kind, MissedRecipients, Operator, Switch};
use crate::domain::conversation::state::{State, Whereabouts};
use crate::domain::ids::OperatorId;
use crate::domain::time::Timestamp;

type Rule = fn(&Case<'_>, &Operator) -> Option<Reason>;

/// What can be said against mailing this operator about this conversation: of the person, then of what they did.
const OF_THE_PERSON: [Rule; 6] =
    [account_switch, own_switch, plan_without_missed, deactivated, not_in_group, suppressed];
const OF_THE_DEED: [Rule; 2] = [read, was_not_online];

/// All objections to mailing this operator, in the order of rule W2.
pub fn objections(case: &Case<'_>, operator: &Operator) -> Vec<Reason> {
    collect(OF_THE_PERSON.iter().chain(&OF_THE_DEED), case, operator)
}

/// Those that can come up after the firing: asked again before each attempt to send (rule N9).
pub fn objections_to_the_person(case: &Case<'_>, operator: &Operator) -> Vec<Reason> {
    collect(OF_THE_PERSON.iter(), case, operator)
}

fn collect<'a>(rules: impl Iterator<Item = &'a Rule>, case: &Case<'_>, operator: &Operator) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = rules.filter_map(|rule| rule(case, operator)).collect();
    reasons.sort_by_key(|r| r.code);
    reasons
}

/// D1: an account can switch each kind off.
fn account_switch(case: &Case<'_>, _: &Operator) -> Option<Reason> {
    let setting = format!("notifications.{}.enabled", kind_name(case.kind));
    (!case.account.notifications.kind(case.kind).enabled)
        .then(|| Reason::with(Code::NotActivatedAccount, Evidence { setting: Some(setting), ..Evidence::default() }))
}

/// D1, D4: so can an operator for themselves, in the profile or by the link in a mail.
fn own_switch(case: &Case<'_>, operator: &Operator) -> Option<Reason> {
    let setting = Some(format!("notifications.{}", kind_name(case.kind)));
    match operator.switch(case.kind) {
        Switch::On => None,
        Switch::Off => Some(Reason::with(Code::NotActivatedOperator, Evidence { setting, ..Evidence::default() })),
        Switch::Unsubscribed { at } => {
            Some(Reason::with(Code::Unsubscribed, Evidence { setting, at: Some(at), ..Evidence::default() }))
        }
    }
}

/// N9: missed notifications need plan standard or pro.
fn plan_without_missed(case: &Case<'_>, _: &Operator) -> Option<Reason> {
    (case.kind == Kind::Missed && !case.account.plan.has_missed()).then(|| {
        let evidence = Evidence { setting: Some("plan".to_owned()), ..Evidence::default() };
        Reason::with(Code::PlanWithoutMissed, evidence)
    })
}

/// D1: active operators only.
fn deactivated(_: &Case<'_>, operator: &Operator) -> Option<Reason> {
    (!operator.active).then(|| Reason::bare(Code::Deactivated))
}

/// D1: of the audience only.
fn not_in_group(case: &Case<'_>, operator: &Operator) -> Option<Reason> {
    (operator.active && !case.account.audience(case.group).contains(&operator.id))
        .then(|| Reason::bare(Code::NotInGroup))
}

/// D5: an address that was refused for good is not written to.
fn suppressed(case: &Case<'_>, operator: &Operator) -> Option<Reason> {
    let address = operator.email.to_lowercase();
    let suppression = case.account.suppressed.iter().find(|s| s.address == address)?;
    Some(Reason::with(Code::Suppressed, Evidence { at: Some(suppression.at), ..Evidence::default() }))
}

/// N7, offline: who has seen every waiting message is excluded.
fn read(case: &Case<'_>, operator: &Operator) -> Option<Reason> {
    (case.kind == Kind::Offline && case.state.has_seen_all_waiting(operator.id)).then(|| {
        let seq = case.state.seen.get(&operator.id).copied();
        Reason::with(Code::Read, Evidence { by: Some(operator.id), seq, ..Evidence::default() })
    })
}

/// D1, missed: those who were online at some time between the first waiting message and the visitor's leaving; or all,
/// where none of today's audience was, or the account wants it so.
fn was_not_online(case: &Case<'_>, operator: &Operator) -> Option<Reason> {
    if case.kind != Kind::Missed || case.account.notifications.missed_recipients == MissedRecipients::Audience {
        return None;
    }
    let (from, to) = missed_window(case.state)?;
    let was_online = |id: &OperatorId| case.state.attendance.get(id).is_some_and(|a| a.was_online(from, to));
    let anybody = case.account.audience(case.group).iter().any(was_online);
    (anybody && !was_online(&operator.id)).then(|| {
        let evidence = Evidence { since: Some(from), until: Some(to), ..Evidence::default() };
        Reason::with(Code::WasNotOnline, evidence)
    })
}

/// Between the first waiting message and the visitor's leaving.
fn missed_window(state: &State) -> Option<(Timestamp, Timestamp)> {
    let Whereabouts::Gone { at, .. } = state.visitor else { return None };
    Some((state.waiting().next()?.at, at))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Offline => "offline",
        Kind::Missed => "missed",
    }
}
