//! Section 4, N6 and N7: the pause between mails, and what cancels.

use doorbell::domain::account::{Kind, Plan, ReadCancels};
use doorbell::domain::news::TimerState::{Cancelled, Fired};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;

use crate::world::{Colleague, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

#[test]
fn n6_the_next_mail_comes_a_pause_after_the_last() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Old news");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    let fresh = eva.writes("Fresh news");
    world.passes(mins(2));
    eva.assert_reason(&jana, Code::RecentlyNotified);
    world.passes(mins(8) - secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr, &jana, &petr]);
    eva.assert_timers(Kind::Offline, &[Fired, Fired]);
    eva.assert_reason(&jana, Code::Emailed);
    assert_eq!(eva.letters()[2].seqs, [fresh]);
    world.passes(mins(60));
    eva.assert_mailed(&[&jana, &petr, &jana, &petr]);
}

#[test]
fn n6_an_opening_ends_the_pause_for_what_comes_after_it() {
    let (world, jana, petr, eva) = shop();
    eva.writes("One");
    world.passes(mins(2));
    jana.opens(&eva);
    world.passes(secs(10.0));
    eva.writes("Two");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr, &jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n6_an_opening_does_not_end_the_pause_for_what_came_before_it() {
    let (world, jana, petr, eva) = shop();
    eva.writes("One");
    world.passes(mins(2));
    eva.writes("Two");
    jana.opens(&eva);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::RecentlyNotified);
    world.passes(mins(8));
    eva.assert_mailed(&[&jana, &petr, &petr]);
    eva.assert_reason(&jana, Code::Read);
}

#[test]
fn n6_a_message_after_an_opening_takes_the_put_off_ones_along() {
    let (world, jana, petr, eva) = shop();
    eva.writes("One");
    world.passes(mins(2));
    let two = eva.writes("Two");
    world.passes(mins(3));
    jana.opens(&eva);
    let three = eva.writes("Three");
    world.passes(secs(119.999));
    eva.assert_mailed(&[&jana, &petr]);
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr, &jana, &petr]);
    assert_eq!(eva.letters()[2].seqs, [two, three]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn n6_joining_ends_the_pause() {
    let (world, jana, petr, eva) = shop();
    eva.writes("One");
    world.passes(mins(2));
    jana.joins(&eva);
    jana.leaves(&eva);
    eva.writes("Two");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr, &jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n7_an_operator_who_comes_online_cancels_for_themselves_and_for_their_colleagues() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    world.passes(secs(119.999));
    jana.leases("phone", mins(60));
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Offline, &[Cancelled]);
    eva.assert_reason(&jana, Code::BackOnline);
    eva.assert_reason(&petr, Code::ColleagueOnline);
    let evidence = eva.reasons(&petr)[0].evidence.clone();
    assert_eq!((evidence.by, evidence.device.map(|d| d.id.0)), (Some(jana.id), Some("phone".to_owned())));
}

#[test]
fn n7_being_away_cancels_nothing() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.connects_as("laptop", Status::Away);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn n7_joining_replying_and_closing_cancel_both_kinds() {
    for (kind, code) in [Kind::Offline, Kind::Missed]
        .into_iter()
        .flat_map(|kind| [Code::Joined, Code::Replied, Code::Closed].map(|code| (kind, code)))
    {
        let (world, jana, petr, eva) = shop();
        if kind == Kind::Missed {
            jana.connects("laptop");
        }
        eva.writes("Hello");
        eva.leaves();
        world.passes(secs(119.999));
        match code {
            Code::Joined => petr.joins(&eva),
            Code::Replied => _ = petr.replies(&eva),
            _ => petr.closes(&eva),
        }
        world.passes(mins(30));
        eva.assert_nobody_mailed();
        eva.assert_timers(kind, &[Cancelled]);
        let codes = if code == Code::Replied { vec![Code::Joined, Code::Replied] } else { vec![code] };
        eva.assert_reasons(&jana, &codes);
    }
}

#[test]
fn n7_opening_excludes_the_reader() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Read);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n7_opening_by_everybody_cancels() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(secs(119.998));
    petr.opens(&eva);
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Offline, &[Cancelled]);
    eva.assert_reasons(&jana, &[Code::Read]);
    eva.assert_reasons(&petr, &[Code::Read]);
}

#[test]
fn n7_with_read_cancels_everyone_one_reader_excludes_all() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.read_cancels = ReadCancels::Everyone);
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::Read);
    assert_eq!(eva.reasons(&petr)[0].evidence.by, Some(jana.id));
    eva.writes("Are you there?");
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
}

#[test]
fn n7_opening_alone_does_not_cancel_a_missed_timer() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    jana.opens(&eva);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
    eva.assert_reasons(&petr, &[Code::WasNotOnline]);
}

#[test]
fn n7_the_visitor_s_return_cancels_a_missed_timer() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(secs(119.999));
    eva.returns();
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Missed, &[Cancelled]);
    eva.assert_reason(&jana, Code::VisitorReturned);
    eva.assert_reason(&petr, Code::VisitorReturned);
}
