//! Section 6: why did I (not) get an email?

use std::collections::BTreeSet;

use doorbell::domain::account::{Kind, Plan, Suppression, Switch};
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::class::Class;
use doorbell::domain::notice::reason::Code;

use crate::world::{World, mins, secs};

#[test]
fn w1_every_timer_and_every_message_without_one_has_a_decision_about_every_operator() {
    let world = World::of(Plan::Pro);
    let [jana, petr, old] = ["Jana", "Petr", "Old"].map(|name| world.operator(name));
    old.is_deactivated();
    let eva = world.visitor("Eva");
    jana.connects("laptop");
    let live = eva.writes("Live");
    jana.says_bye("laptop");
    let offline = eva.writes("Offline");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    for who in [&jana, &petr, &old] {
        let about: Vec<_> = eva.decisions(who).into_iter().map(|d| (d.timer, d.seqs)).collect();
        assert_eq!(about, [(None, vec![live]), (Some(0), vec![live, offline])]);
    }
    eva.assert_reasons(&old, &[Code::Deactivated]);
}

#[test]
fn w1_where_nobody_is_left_the_timer_says_so() {
    let world = World::of(Plan::Standard);
    let (jana, eva) = (world.operator("Jana"), world.visitor("Eva"));
    eva.writes("Hello");
    jana.switches_off(Kind::Offline);
    world.passes(mins(2));
    eva.assert_nobody_mailed();
    let timer = eva.timers(Kind::Offline).pop().unwrap();
    assert_eq!((timer.state, timer.reason.map(|r| r.code)), (TimerState::Fired, Some(Code::NoRecipients)));
    let of_the_timer = eva.told().decisions.into_iter().find(|d| d.operator.is_none()).unwrap();
    assert_eq!(of_the_timer.code(), Code::NoRecipients);
    eva.assert_reason(&jana, Code::NotActivatedOperator);
}

#[test]
fn w1_a_message_to_an_account_without_active_operators_is_recorded() {
    let world = World::of(Plan::Standard);
    let (jana, eva) = (world.operator("Jana"), world.visitor("Eva"));
    jana.is_deactivated();
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_nobody_mailed();
    eva.assert_reason(&jana, Code::Deactivated);
    assert!(eva.told().decisions.iter().any(|d| d.operator.is_none() && d.code() == Code::NoRecipients));
    jana.changes(|me| me.active = true);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
}

#[test]
fn w2_the_order_is_that_of_the_list() {
    let names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let listed = "not_activated_account, not_activated_operator, unsubscribed, plan_without_missed, box_was_online, \
                  back_online, read, colleague_online, was_not_online, joined, replied, closed, visitor_returned, \
                  deactivated, not_in_group, superseded, suppressed, same_address, recently_notified, no_recipients, \
                  emailed";
    assert_eq!(names.join(", "), listed);
    assert!(Code::ALL.is_sorted());
}

#[test]
fn w2_all_reasons_that_held_are_kept_in_their_order() {
    let world = World::of(Plan::Free);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let eva = world.visitor("Eva");
    world.changes(|account| account.notifications.missed.enabled = false);
    petr.switches_off(Kind::Missed);
    let at = world.now();
    let (class, reply) = (Class::WrongAddress, "550".to_owned());
    let suppression = Suppression { address: "petr@flowers.test".to_owned(), class, reply, at };
    world.changes(|account| account.suppressed.push(suppression));
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    petr.is_deactivated();
    world.passes(mins(2));
    eva.assert_nobody_mailed();
    let (account, own) = (Code::NotActivatedAccount, Code::NotActivatedOperator);
    eva.assert_reasons(
        &petr,
        &[account, own, Code::PlanWithoutMissed, Code::WasNotOnline, Code::Deactivated, Code::Suppressed],
    );
}

#[test]
fn w2_a_timer_cancelled_by_reading_part_of_what_waits_has_its_reason() {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    petr.is_deactivated();
    let offline = eva.writes("To a closed desk");
    jana.connects("laptop");
    eva.writes("Live");
    eva.leaves();
    world.passes(secs(10.0));
    jana.says_bye("laptop");
    eva.assert_timers(Kind::Offline, &[TimerState::Cancelled, TimerState::Running]);
    jana.reads(&eva, offline);
    eva.assert_timers(Kind::Offline, &[TimerState::Cancelled, TimerState::Cancelled]);
    eva.assert_nobody_mailed();
    eva.assert_reasons(&jana, &[Code::Read]);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
}

#[test]
fn w2_every_code_is_reached() {
    let world = World::of(Plan::Pro);
    let names = ["Jana", "Petr", "Twin", "Off", "Link", "Bad", "Old", "Other"];
    let [jana, petr, twin, off, link, bad, old, other] = names.map(|name| world.operator(name));
    twin.changes(|me| me.email = "jana@flowers.test".to_owned());
    off.changes(|me| (me.offline, me.missed) = (Switch::Off, Switch::Off));
    link.unsubscribes(Kind::Offline);
    old.is_deactivated();
    let at = world.now();
    let (class, reply) = (Class::WrongAddress, "550".to_owned());
    let suppression = Suppression { address: "bad@flowers.test".to_owned(), class, reply, at };
    world.changes(|account| account.suppressed.push(suppression));
    let sales = world.group("Sales", &[&jana, &petr, &twin, &off, &link, &bad, &old]);
    world.group("Support", &[&other]);
    let mut seen = BTreeSet::new();
    let mut note = |visitor: &crate::world::Visitor| {
        let told = visitor.told();
        let of_timers = told.timers.iter().filter_map(|t| t.reason.clone());
        seen.extend(told.decisions.iter().flat_map(|d| d.reasons.clone()).chain(of_timers).map(|r| r.code));
    };
    let fresh = |name: &str| world.visitor_of(name, Some(sales));

    let eva = fresh("Eva");
    eva.writes("Hello");
    petr.opens(&eva);
    world.passes(mins(2));
    eva.writes("More");
    world.passes(mins(2));
    note(&eva);

    let acts: [fn(&crate::world::Colleague, &crate::world::Visitor); 3] =
        [|petr, v| petr.joins(v), |petr, v| _ = petr.replies(v), |petr, v| petr.closes(v)];
    for act in acts {
        let visitor = fresh("Adam");
        visitor.writes("Hello");
        act(&petr, &visitor);
        note(&visitor);
    }

    let ota = fresh("Ota");
    ota.writes("Hello");
    petr.connects("desk");
    ota.writes("Live");
    ota.leaves();
    world.passes(secs(1.0));
    ota.returns();
    ota.leaves();
    world.passes(mins(2));
    note(&ota);

    let iva = fresh("Iva");
    iva.writes("Hello");
    iva.leaves();
    world.changes(|account| account.plan = Plan::Free);
    world.passes(mins(2));
    note(&iva);
    world.changes(|account| account.plan = Plan::Pro);
    petr.says_bye("desk");
    other.connects("phone");
    let ema = fresh("Ema");
    ema.writes("Hello");
    world.changes(|account| account.groups.clear());
    note(&ema);
    other.says_bye("phone");
    world.changes(|account| account.notifications.offline.enabled = false);
    let leo = fresh("Leo");
    leo.writes("Hello");
    world.passes(mins(2));
    note(&leo);

    let missing: Vec<_> = Code::ALL.iter().filter(|code| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "not reached: {missing:?}");
    leo.assert_nobody_mailed();
    leo.assert_reason(&jana, Code::NotActivatedAccount);
}

#[test]
fn w4_the_explanation_says_emailed_exactly_of_those_with_a_letter() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let eva = world.visitor("Eva");
    eva.writes("Hello");
    petr.opens(&eva);
    world.passes(mins(30));
    let letters: Vec<_> = eva.told().decisions.into_iter().filter_map(|d| d.letter).collect();
    assert_eq!(letters, eva.letters().iter().map(|l| l.id).collect::<Vec<_>>());
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::Read);
}
