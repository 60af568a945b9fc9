//! Section 4, N8 to N12: flapping, what is read when, and what survives.

use doorbell::domain::account::{Kind, Plan, ReadCancels};
use doorbell::domain::news::TimerState::{Cancelled, Fired, Running};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::time::Span;

use crate::world::{Colleague, GRACE, STARTUP_GRACE, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

/// Online and off again, every 110 seconds.
fn flaps(world: &World, who: &Colleague, times: usize) {
    for _ in 0..times {
        world.passes(secs(100.0));
        who.connects("laptop");
        world.passes(secs(10.0));
        who.says_bye("laptop");
    }
}

#[test]
fn n8_going_offline_again_starts_a_full_new_timer() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    flaps(&world, &petr, 1);
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_timers(Kind::Offline, &[Cancelled, Fired]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n8_flapping_delays_to_the_cap_at_the_latest() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    flaps(&world, &petr, 5);
    eva.assert_nobody_mailed();
    world.passes(secs(49.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
    assert_eq!(eva.letters()[0].delay, Span::from_secs(50), "the last timer ran shorter");
}

#[test]
fn n8_if_the_box_is_online_at_the_cap_the_mail_is_due_when_it_next_goes_offline() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    flaps(&world, &petr, 5);
    world.passes(secs(40.0));
    petr.connects("laptop");
    world.passes(secs(60.0));
    eva.assert_nobody_mailed();
    petr.says_bye("laptop");
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n8_the_row_is_counted_anew_once_somebody_was_online_for_as_long_as_the_cap() {
    for (online, delay) in [(secs(599.999), Span(0)), (secs(600.0), mins(2))] {
        let (world, jana, petr, eva) = shop();
        eva.writes("Hello");
        world.passes(secs(1.0));
        petr.connects("laptop");
        world.passes(online);
        petr.says_bye("laptop");
        if delay > Span(0) {
            world.passes(delay - Span(1));
            eva.assert_nobody_mailed();
            world.passes(Span(1));
        }
        eva.assert_mailed(&[&jana, &petr]);
        eva.assert_reason(&petr, Code::Emailed);
    }
}

#[test]
fn n8_the_row_is_counted_anew_once_all_have_seen_the_messages() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.passes(secs(60.0));
    petr.connects("laptop");
    jana.opens(&eva);
    petr.opens(&eva);
    eva.writes("I wait here, live");
    world.passes(mins(8));
    petr.says_bye("laptop");
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n8_with_read_cancels_everyone_a_reader_ends_the_row() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.read_cancels = ReadCancels::Everyone);
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(mins(15));
    eva.writes("Another day");
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n8_the_cap_is_never_shorter_than_the_delay() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.offline.delay = Some(Span::from_secs(1_800)));
    eva.writes("Hello");
    world.passes(secs(1_799.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n9_switches_plan_and_operators_are_read_when_the_timer_fires() {
    let (world, jana, petr, eva) = shop();
    petr.switches_off(Kind::Offline);
    eva.writes("Hello");
    world.passes(secs(119.999));
    jana.switches_off(Kind::Offline);
    petr.changes(|me| me.offline = doorbell::domain::account::Switch::On);
    let new = world.operator("New");
    world.passes(secs(0.001));
    eva.assert_mailed(&[&petr, &new]);
    eva.assert_reason(&jana, Code::NotActivatedOperator);
}

#[test]
fn n9_on_plan_free_a_missed_timer_runs_and_its_end_says_so() {
    let world = World::of(Plan::Standard);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    petr.unsubscribes(Kind::Missed);
    jana.unsubscribes(Kind::Missed);
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(secs(119.999));
    world.changes(|account| account.plan = Plan::Free);
    world.passes(secs(0.001));
    eva.assert_nobody_mailed();
    eva.assert_reasons(&jana, &[Code::Unsubscribed, Code::PlanWithoutMissed]);
    eva.assert_reasons(&petr, &[Code::Unsubscribed, Code::PlanWithoutMissed, Code::WasNotOnline]);
    let timer = eva.timers(Kind::Missed).pop().unwrap();
    assert_eq!((timer.state, timer.reason.map(|r| r.code)), (Fired, Some(Code::PlanWithoutMissed)));
}

#[test]
fn n9_a_letter_whose_messages_were_handled_or_seen_is_no_longer_needed() {
    type Deed = fn(&Colleague, &Visitor);
    let cases: [(Deed, Code); 5] = [
        (|jana, eva| jana.joins(eva), Code::Joined),
        (|jana, eva| _ = jana.replies(eva), Code::Replied),
        (|jana, eva| jana.closes(eva), Code::Closed),
        (|jana, eva| jana.opens(eva), Code::Read),
        (|jana, _| jana.switches_off(Kind::Offline), Code::NotActivatedOperator),
    ];
    for (act, code) in cases {
        let (world, jana, petr, eva) = shop();
        petr.is_deactivated();
        eva.writes("Hello");
        world.passes(mins(2));
        eva.assert_mailed(&[&jana]);
        assert_eq!(eva.objection_to_the_last_letter(), None);
        world.passes(secs(5.0));
        act(&jana, &eva);
        assert_eq!(eva.objection_to_the_last_letter(), Some(code));
        eva.assert_reason(&jana, Code::Emailed);
    }
}

#[test]
fn a3_a_letter_that_waits_is_sent_after_all_when_the_join_that_handled_its_messages_has_ended() {
    let (world, jana, petr, eva) = shop();
    petr.is_deactivated();
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
    world.passes(secs(5.0));
    jana.joins(&eva);
    assert_eq!(eva.objection_to_the_last_letter(), Some(Code::Joined));
    world.passes(secs(5.0));
    jana.leaves(&eva);
    assert_eq!(eva.objection_to_the_last_letter(), None, "joining handles only as long as somebody is joined");
    jana.replies(&eva);
    jana.leaves(&eva);
    assert_eq!(eva.objection_to_the_last_letter(), Some(Code::Replied), "a reply handles for good");
}

#[test]
fn n10_a_timer_survives_a_restart_and_fires_after_the_startup_grace() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.passes(mins(1));
    world.restarts_after(mins(5));
    world.passes(STARTUP_GRACE - Span(1));
    eva.assert_nobody_mailed();
    world.passes(Span(1));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn n10_a_restart_does_not_mail_those_who_are_back_within_the_grace() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(mins(1));
    world.restarts_after(mins(5));
    world.passes(STARTUP_GRACE - Span(1));
    jana.reconnects("laptop");
    eva.returns();
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
}

#[test]
fn n10_who_does_not_return_ended_at_the_last_sign_of_life_operators_before_visitors() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(mins(1));
    let last_sign = world.now();
    world.restarts_after(mins(5));
    world.passes(STARTUP_GRACE);
    eva.assert_timers(Kind::Missed, &[]);
    assert_eq!(eva.timers(Kind::Offline)[0].started_at, last_sign);
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n10_leases_go_on_over_a_restart_and_lapse_at_their_time() {
    let (world, jana, petr, eva) = shop();
    jana.leases("phone", mins(3));
    let lapses = world.now() + mins(3);
    eva.writes("Hello");
    world.restarts_after(mins(2));
    eva.returns();
    world.passes(secs(50.0));
    eva.assert_timers(Kind::Offline, &[]);
    world.passes(secs(10.0));
    assert_eq!(jana.since(), lapses);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n10_somebody_who_comes_online_in_the_startup_grace_cancels_what_is_overdue() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.restarts_after(mins(5));
    world.passes(secs(10.0));
    jana.connects("laptop");
    world.passes(mins(5));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::ColleagueOnline);
}

#[test]
fn n11_a_clock_that_jumps_ahead_fires_late_and_not_twice() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.passes(mins(600));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n12_a_return_that_was_acknowledged_before_the_firing_means_no_mail() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(mins(1));
    jana.breaks("laptop");
    world.passes(GRACE);
    eva.assert_timers(Kind::Offline, &[Running]);
    world.passes(mins(2) - GRACE - Span(1));
    jana.reconnects("laptop");
    world.passes(mins(10));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::ColleagueOnline);
}

#[test]
fn n10_a_visitor_who_left_before_the_operators_is_missed_though_both_are_found_out_at_the_end_of_the_grace() {
    let (world, jana, petr, eva) = shop();
    jana.leases("phone", secs(10.0));
    eva.writes("Hello");
    world.restarts_after(mins(5));
    eva.assert_timers(Kind::Offline, &[Running]);
    world.passes(STARTUP_GRACE);
    eva.assert_mailed(&[&jana]);
    eva.assert_timers(Kind::Offline, &[]);
    eva.assert_timers(Kind::Missed, &[Fired]);
    eva.assert_reason(&petr, Code::WasNotOnline);
}
