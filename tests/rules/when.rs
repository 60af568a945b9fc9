//! Section 4, N1 to N5: when an email is due.

use doorbell::domain::account::{Kind, Plan};
use doorbell::domain::news::TimerState::{Cancelled, Fired, Running};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::time::Span;

use crate::world::{Colleague, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

#[test]
fn n1_an_offline_message_that_is_not_seen_starts_a_timer() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Is anybody there?");
    eva.assert_timers(Kind::Offline, &[Running]);
    eva.leaves();
    world.passes(secs(60.0));
    eva.returns();
    world.passes(secs(59.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn n1_a_colleague_who_is_added_later_is_not_mailed_the_archive() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.opens(&eva);
    petr.opens(&eva);
    world.passes(mins(1));
    let new = world.operator("New");
    world.passes(mins(60));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Offline, &[Cancelled]);
    eva.assert_reason(&jana, Code::Read);
    assert_eq!(eva.decisions(&new).len(), 0);
}

#[test]
fn n1_after_a_transfer_what_the_old_audience_has_seen_waits_for_the_new_one() {
    let (world, jana, petr, eva) = shop();
    let sales = world.group("Sales", &[&jana]);
    let support = world.group("Support", &[&petr]);
    world.edit().guest(eva.id).page_group = Some(sales);
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    jana.hands_to_group(&eva, support).unwrap();
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reasons(&jana, &[Code::Read, Code::NotInGroup]);
}

#[test]
fn n2_a_visitor_who_leaves_before_an_answer_is_missed() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(mins(1));
    eva.leaves();
    world.passes(secs(1.0));
    jana.says_bye("laptop");
    world.passes(secs(29.0));
    petr.connects("desk");
    world.passes(secs(89.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::WasNotOnline);
}

#[test]
fn n2_a_visitor_who_is_lost_with_the_server_is_missed_though_everybody_has_read() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.opens(&eva);
    petr.opens(&eva);
    world.passes(mins(30));
    world.restarts_after(mins(1));
    jana.connects("laptop");
    world.passes(mins(3));
    eva.assert_timers(Kind::Missed, &[Fired]);
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::WasNotOnline);
}

#[test]
fn n2_a_visitor_who_leaves_a_closed_desk_is_not_missed() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    eva.leaves();
    petr.connects("desk");
    world.passes(mins(30));
    eva.assert_timers(Kind::Missed, &[]);
    eva.assert_nobody_mailed();
    eva.assert_reason(&jana, Code::ColleagueOnline);
}

#[test]
fn n3_the_delay_is_kept_to_the_millisecond_and_is_that_of_the_start() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.offline.delay = Some(Span::from_secs(30)));
    eva.writes("Hello");
    world.passes(secs(10.0));
    world.changes(|account| account.notifications.offline.delay = Some(Span::from_secs(3_600)));
    world.passes(secs(19.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
    assert_eq!(eva.reasons(&jana)[0].evidence.delay, Some(Span::from_secs(30)));
    assert_eq!(eva.letters()[0].delay, Span::from_secs(30), "the delay that was kept");
}

#[test]
fn n4_a_further_message_neither_restarts_nor_postpones_and_is_in_the_same_mail() {
    let (world, jana, petr, eva) = shop();
    let first = eva.writes("One");
    world.passes(secs(119.999));
    let second = eva.writes("Two");
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
    assert_eq!(eva.letters()[0].seqs, [first, second]);
    world.passes(mins(60));
    eva.assert_mailed(&[&jana, &petr]);
}

#[test]
fn n4_the_deadline_comes_before_an_input_of_the_same_instant() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.passes(mins(2));
    petr.connects("desk");
    jana.replies(&eva);
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_timers(Kind::Offline, &[Fired]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n4_a_return_in_the_instant_of_the_deadline_recalls_nothing() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(mins(2));
    eva.returns();
    eva.assert_mailed(&[&jana]);
    eva.assert_timers(Kind::Missed, &[Fired]);
    eva.assert_reason(&petr, Code::WasNotOnline);
}

#[test]
fn n5_a_firing_that_mails_nobody_settles_its_kind_only() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.offline.enabled = false);
    jana.connects("laptop");
    eva.writes("Hello");
    jana.says_bye("laptop");
    world.passes(mins(2));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Offline, &[Fired]);
    eva.assert_reason(&petr, Code::NotActivatedAccount);
    petr.connects("desk");
    eva.leaves();
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
    eva.assert_timers(Kind::Offline, &[Fired]);
}

#[test]
fn n5_a_missed_timer_waits_for_the_offline_timer_and_its_messages_go_with_that_mail() {
    let (world, jana, petr, eva) = shop();
    eva.writes("To a closed desk");
    world.passes(secs(30.0));
    jana.connects("laptop");
    eva.leaves();
    world.passes(secs(30.0));
    jana.says_bye("laptop");
    eva.assert_timers(Kind::Offline, &[Cancelled, Running]);
    eva.assert_timers(Kind::Missed, &[Running]);
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_timers(Kind::Offline, &[Cancelled, Fired]);
    eva.assert_timers(Kind::Missed, &[Cancelled]);
    eva.assert_reason(&jana, Code::Superseded);
    assert_eq!(eva.letters()[0].kind, Kind::Offline);
}

#[test]
fn n5_a_missed_timer_looks_again_when_the_offline_timer_ends() {
    let (world, jana, petr, eva) = shop();
    eva.writes("To a closed desk");
    jana.connects("laptop");
    eva.leaves();
    world.passes(secs(60.0));
    jana.says_bye("laptop");
    world.passes(secs(90.0));
    eva.assert_nobody_mailed();
    petr.connects("desk");
    eva.assert_mailed(&[&jana]);
    assert_eq!(eva.letters()[0].kind, Kind::Missed);
    eva.assert_reason(&petr, Code::WasNotOnline);
}
