//! One small function a reason: why this operator is not mailed now. All that hold are collected.

use super::judge::Case;
use super::reason::{Code, Evidence, Reason};
use crate::domain::account::{Account, Kind, MissedRecipients, Operator, Suppression, Switch};
use crate::domain::conversation::state::{State, Whereabouts};
use crate::domain::ids::{GroupId, OperatorId};
use crate::domain::time::Timestamp;

type OfThePerson = fn(&Account, Kind, &Operator) -> Option<Reason>;
type OfTheDeed = fn(&Case<'_>, &Operator) -> Option<Reason>;

/// What can be said against mailing this operator: of the person, whatever the conversation, then of what they did in it.
const OF_THE_PERSON: [OfThePerson; 5] = [account_switch, own_switch, plan_without_missed, deactivated, suppressed];
const OF_THE_DEED: [OfTheDeed; 2] = [read, was_not_online];

/// All objections to mailing this operator, in the order of rule W2.
pub fn objections(case: &Case<'_>, operator: &Operator) -> Vec<Reason> {
    let mut reasons = objections_to_the_person(case.account, case.kind, case.group, operator);
    reasons.extend(OF_THE_DEED.iter().filter_map(|rule| rule(case, operator)));
    reasons.sort_by_key(|r| r.code);
    reasons
}

/// Those that can come up after the firing: asked again before each attempt to send (rule N9). They need no conversation, only
/// the group that it is, or would be, of; so they are asked as well what stands in an operator's way at any time.
pub fn objections_to_the_person(
    account: &Account,
    kind: Kind,
    group: Option<GroupId>,
    operator: &Operator,
) -> Vec<Reason> {
    let of_the_person = OF_THE_PERSON.iter().filter_map(|rule| rule(account, kind, operator));
    let mut reasons: Vec<Reason> = of_the_person.chain(not_in_group(account, group, operator)).collect();
    reasons.sort_by_key(|r| r.code);
    reasons
}

/// D1: an account can switch each kind off.
pub(super) fn account_switch(account: &Account, kind: Kind, _: &Operator) -> Option<Reason> {
    (!account.notifications.kind(kind).enabled)
        .then(|| Reason::with(Code::NotActivatedAccount, of_setting(account_setting(kind))))
}

/// The account's switch by its name in `PATCH /api/v1/account`.
pub(super) fn account_setting(kind: Kind) -> String {
    format!("notifications.{}.enabled", kind.as_str())
}

/// D1, D4: so can an operator for themselves, in the profile or by the link in a mail.
pub(super) fn own_switch(_: &Account, kind: Kind, operator: &Operator) -> Option<Reason> {
    let setting = of_setting(own_setting(kind));
    match operator.switch(kind) {
        Switch::On => None,
        Switch::Off => Some(Reason::with(Code::NotActivatedOperator, setting)),
        Switch::Unsubscribed { at } => Some(Reason::with(Code::Unsubscribed, Evidence { at: Some(at), ..setting })),
    }
}

/// An operator's own switch by its name in `PATCH /api/v1/me`.
pub(super) fn own_setting(kind: Kind) -> String {
    format!("notifications.{}", kind.as_str())
}

/// N9: missed notifications need plan standard or pro.
pub(super) fn plan_without_missed(account: &Account, kind: Kind, _: &Operator) -> Option<Reason> {
    (kind == Kind::Missed && !account.plan.has_missed())
        .then(|| Reason::with(Code::PlanWithoutMissed, of_setting(account.plan.as_str().to_owned())))
}

/// D1: active operators only.
pub(super) fn deactivated(_: &Account, _: Kind, operator: &Operator) -> Option<Reason> {
    (!operator.active).then(|| Reason::bare(Code::Deactivated))
}

/// D1: of the audience only.
fn not_in_group(account: &Account, group: Option<GroupId>, operator: &Operator) -> Option<Reason> {
    (operator.active && !account.audience(group).contains(&operator.id)).then(|| Reason::bare(Code::NotInGroup))
}

/// D5: an address that was refused for good is not written to.
pub(super) fn suppressed(account: &Account, _: Kind, operator: &Operator) -> Option<Reason> {
    let suppression = suppression(account, operator)?;
    Some(Reason::with(Code::Suppressed, Evidence { at: Some(suppression.at), ..Evidence::default() }))
}

/// What was answered when an operator's address was refused for good.
pub(super) fn suppression<'a>(account: &'a Account, operator: &Operator) -> Option<&'a Suppression> {
    let address = operator.email.to_lowercase();
    account.suppressed.iter().find(|s| s.address == address)
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
    if case.kind != Kind::Missed || !only_who_was_online(case.account) {
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

/// D1: whether of the audience only those get a missed email who were online meanwhile.
pub(super) fn only_who_was_online(account: &Account) -> bool {
    account.notifications.missed_recipients == MissedRecipients::Online
}

/// Between the first waiting message and the visitor's leaving.
fn missed_window(state: &State) -> Option<(Timestamp, Timestamp)> {
    let Whereabouts::Gone { at, .. } = state.visitor else { return None };
    Some((state.waiting().next()?.at, at))
}

fn of_setting(setting: String) -> Evidence {
    Evidence { setting: Some(setting), ..Evidence::default() }
}
