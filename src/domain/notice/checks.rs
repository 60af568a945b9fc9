//! What stands in the way of an operator's emails now, whatever the conversation: "why didn't I get one?", asked before or after.
//!
//! Nothing is decided here. Each answer is that of the code that decides (rule W4): of the rules about a person ([`rules`]), of who
//! gets the one email of a shared address ([`judge`](super::judge)), of the roster's boxes, of the outbox.

use super::check::{Check, Finding};
use super::judge::one_per_address;
use super::letter::{Letter, LetterState};
use super::reason::{Code, DeviceRef, Evidence, Reason};
use super::rules;
use crate::domain::account::{Account, Delays, Kind, Operator};
use crate::domain::ids::OperatorId;
use crate::domain::presence::status::{Because, BoxView, DeviceState, OperatorView};
use crate::domain::time::Timestamp;

/// What is looked at: all of one moment.
pub struct Situation<'a> {
    /// The account's settings.
    pub account: &'a Account,
    /// The server's delays.
    pub delays: &'a Delays,
    /// The boxes, each with the devices that make it online.
    pub chat: &'a [BoxView],
    /// Everybody, with their devices.
    pub operators: &'a [OperatorView],
    /// The newest email to the operator's present address, if there ever was one.
    pub newest: Option<&'a Letter>,
}

/// Everything that bears on emails to the operator, first what is about one kind, in the order of the questions that people ask.
pub fn checks<'a>(now: &Situation<'a>, operator: &'a Operator) -> Vec<Check<'a>> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let about = of_kind(now, kind, operator);
        all.extend(about.into_iter().map(|check| Check { kind: Some(kind), ..check }));
    }
    all.extend(of_both(now, operator));
    all
}

fn of_kind<'a>(now: &Situation<'a>, kind: Kind, operator: &Operator) -> Vec<Check<'a>> {
    let account = now.account;
    let mut checks = vec![
        Check::of_rule(
            Finding::AccountSwitch,
            rules::account_switch(account, kind, operator),
            setting(rules::account_setting(kind)),
        ),
        Check::of_rule(
            Finding::OwnSwitch,
            rules::own_switch(account, kind, operator),
            setting(rules::own_setting(kind)),
        ),
    ];
    if kind == Kind::Missed {
        let objection = rules::plan_without_missed(account, kind, operator);
        let plan = setting(account.plan.as_str().to_owned());
        checks.push(Check::of_rule(Finding::Plan(account.plan), objection, plan));
    }
    // Who is deactivated is nowhere and answers for nothing: that is said once.
    let present = now.operators.iter().find(|view| view.id == operator.id).filter(|_| operator.active);
    if let Some(me) = present {
        match kind {
            Kind::Offline => checks.extend(offline_everywhere(now, me)),
            Kind::Missed => checks.push(online(now, me)),
        }
    }
    let delay = account.delay(kind, now.delays);
    let set_by = setting(format!("notifications.{}.delay_s", kind.as_str()));
    checks.push(Check::fine(Finding::Delay, Evidence { delay: Some(delay), ..set_by }));
    checks.push(not_handled(account, kind));
    if present.is_some() {
        if kind == Kind::Offline {
            checks.extend(colleagues_offline(now, operator.id));
        }
        checks.push(own_address(account, kind, operator));
    }
    checks
}

fn of_both<'a>(now: &Situation<'a>, operator: &'a Operator) -> Vec<Check<'a>> {
    let account = now.account;
    // That somebody is deactivated, or their address suppressed, is said of every kind alike.
    let any = Kind::Offline;
    let mut checks =
        vec![Check::of_rule(Finding::Active, rules::deactivated(account, any, operator), Evidence::default())];
    if operator.active {
        checks.push(audience(account, operator.id));
    }
    let refusal = rules::suppression(account, operator).map(|suppression| suppression.reply.as_str());
    let address = Finding::Address { address: &operator.email, refusal };
    checks.push(Check::of_rule(address, rules::suppressed(account, any, operator), Evidence::default()));
    checks.push(delivery(now.newest));
    let pause =
        Evidence { delay: Some(account.cooldown(now.delays)), ..setting("notifications.cooldown_s".to_owned()) };
    checks.push(Check::fine(Finding::Pause, pause));
    checks
}

/// P2: offline only if on all devices; each that is not is told.
fn offline_everywhere<'a>(now: &Situation<'_>, me: &OperatorView) -> Vec<Check<'a>> {
    let devices: Vec<Check<'a>> = online_on(now, me)
        .into_iter()
        .map(|(device, since)| {
            let by = Evidence { by: Some(me.id), since: Some(since), device: Some(device), ..Evidence::default() };
            Check::against(Finding::OfflineEverywhere(me.status), Reason::with(Code::BoxWasOnline, by))
        })
        .collect();
    if !devices.is_empty() {
        return devices;
    }
    let appears = me.appear_offline.then(|| "appear_offline".to_owned());
    let evidence = Evidence { since: Some(me.since), setting: appears, ..Evidence::default() };
    vec![Check::fine(Finding::OfflineEverywhere(me.status), evidence)]
}

/// D1: of the audience only those get a missed email who were online meanwhile, unless the account wants it otherwise.
fn online<'a>(now: &Situation<'_>, me: &OperatorView) -> Check<'a> {
    let by_setting = setting("notifications.missed_recipients".to_owned());
    if !rules::only_who_was_online(now.account) {
        return Check::fine(Finding::Online(None), by_setting);
    }
    let finding = Finding::Online(Some(me.status));
    if let Some((device, since)) = online_on(now, me).into_iter().min_by_key(|(_, since)| *since) {
        let evidence = Evidence { by: Some(me.id), since: Some(since), device: Some(device), ..by_setting };
        return Check::fine(finding, evidence);
    }
    let evidence = Evidence { since: Some(me.since), ..by_setting };
    Check::against(finding, Reason::with(Code::WasNotOnline, evidence))
}

/// The devices that make somebody online, and since when each does: those for which a box would be (rule P8). Everybody who is
/// active answers for pages without a group.
fn online_on(now: &Situation<'_>, me: &OperatorView) -> Vec<(DeviceRef, Timestamp)> {
    let of_all = now.chat.iter().find(|chat| chat.group.is_none());
    let mine = of_all.into_iter().flat_map(|chat| &chat.because).filter(|because| because.operator == me.id);
    mine.map(|because| device_of(me, because)).collect()
}

fn device_of(view: &OperatorView, because: &Because) -> (DeviceRef, Timestamp) {
    let device = view.devices.iter().find(|device| device.id == because.device);
    // While it reconnects, its own time is that of the break.
    let since = device.filter(|device| device.state == DeviceState::Online).map_or(view.since, |device| device.since);
    (DeviceRef { id: because.device.clone(), name: device.and_then(|device| device.name.clone()) }, since)
}

/// N7: a colleague of the audience who is online makes the box online. Who has been there the longest comes first.
fn colleagues_offline<'a>(now: &Situation<'_>, me: OperatorId) -> Vec<Check<'a>> {
    // Everybody who is active answers for pages without a group, so that box has all colleagues that any of them has.
    let of_all = now.chat.iter().find(|chat| chat.group.is_none());
    let is_online = |id: OperatorId| of_all.is_some_and(|chat| makes_online(chat, id).is_some());
    let mut colleagues: Vec<&OperatorView> =
        now.operators.iter().filter(|view| view.id != me && is_online(view.id)).collect();
    colleagues.sort_by_key(|view| (view.since, view.id));
    let about = |view: &OperatorView| {
        let because = of_all.and_then(|chat| makes_online(chat, view.id));
        let device = because.map(|because| device_of(view, because).0);
        let by = Evidence { by: Some(view.id), since: Some(view.since), device, ..Evidence::default() };
        let mine = now.chat.iter().filter(|chat| now.account.audience(chat.group).contains(&me));
        let but = mine.filter(|chat| makes_online(chat, view.id).is_none()).filter_map(|chat| chat.group).collect();
        Check::against(Finding::ColleaguesOffline { but }, Reason::with(Code::BoxWasOnline, by))
    };
    if colleagues.is_empty() {
        return vec![Check::fine(Finding::ColleaguesOffline { but: Vec::new() }, Evidence::default())];
    }
    colleagues.into_iter().map(about).collect()
}

/// The first device on which somebody makes a box online.
fn makes_online(chat: &BoxView, operator: OperatorId) -> Option<&Because> {
    chat.because.iter().find(|because| because.operator == operator)
}

fn not_handled<'a>(account: &Account, kind: Kind) -> Check<'a> {
    let read_cancels = account.notifications.read_cancels;
    let evidence = match kind {
        Kind::Offline => setting("notifications.read_cancels".to_owned()),
        Kind::Missed => Evidence::default(),
    };
    Check::fine(Finding::NotHandled(read_cancels), evidence)
}

/// D2: of those who share an address one gets the email, the one who was created first of all who would be mailed.
fn own_address<'a>(account: &Account, kind: Kind, me: &Operator) -> Check<'a> {
    let address = me.email.to_lowercase();
    let share = account.operators.iter().filter(|other| other.email.to_lowercase() == address);
    let would_be_mailed = |other: &&Operator| rules::objections_to_the_person(account, kind, None, other).is_empty();
    let to_mail: Vec<&Operator> = share.filter(|other| other.id == me.id || would_be_mailed(other)).collect();
    let mine = one_per_address(&to_mail).into_iter().find(|(operator, _)| operator.id == me.id);
    let yields = mine.and_then(|(_, chosen)| chosen).map(|chosen| {
        let by = Evidence { by: Some(chosen.id), ..Evidence::default() };
        Reason::with(Code::SameAddress, by)
    });
    Check::of_rule(Finding::OwnAddress, yields, Evidence::default())
}

fn audience<'a>(account: &Account, me: OperatorId) -> Check<'a> {
    let all = account.effective_groups().iter().map(|group| group.id);
    let (groups, others) = all.partition(|group| account.audience(Some(*group)).contains(&me));
    Check::fine(Finding::Audience { groups, others }, Evidence::default())
}

/// W3: what is known of the newest email, as far as it can be known.
fn delivery(newest: Option<&Letter>) -> Check<'_> {
    let evidence = Evidence { at: newest.map(|letter| letter.created_at), ..Evidence::default() };
    let goes_well = |letter: &Letter| match letter.state {
        LetterState::Queued | LetterState::Sending | LetterState::Sent | LetterState::NoLongerNeeded => true,
        LetterState::Deferred | LetterState::Uncertain | LetterState::Failed | LetterState::Expired => false,
    };
    Check { ok: newest.is_none_or(goes_well), ..Check::fine(Finding::Delivery(newest), evidence) }
}

fn setting(name: String) -> Evidence {
    Evidence { setting: Some(name), ..Evidence::default() }
}
