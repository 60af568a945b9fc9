//! Section 3: what needs attention.

use doorbell::domain::account::{Kind, Plan};
use doorbell::domain::conversation::deed::Deed;
use doorbell::domain::conversation::view::Standing;
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::refusal::RefusalCode;

use crate::world::{Colleague, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

#[test]
fn a1_a_message_to_an_online_box_is_no_offline_message() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("I wait here");
    world.passes(mins(60));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Offline, &[]);
    eva.assert_reason(&petr, Code::BoxWasOnline);
    let evidence = eva.reasons(&petr)[0].evidence.clone();
    assert_eq!((evidence.by, evidence.device.map(|d| d.id.0)), (Some(jana.id), Some("laptop".to_owned())));
}

#[test]
fn a1_the_evidence_says_since_when_the_box_is_online_now() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.replies(&eva);
    world.passes(mins(30));
    jana.says_bye("laptop");
    world.passes(mins(30));
    jana.connects("phone");
    let since = world.now();
    world.passes(mins(1));
    eva.writes("One more thing");
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
    let evidence = eva.reasons(&petr)[0].evidence.clone();
    assert_eq!((evidence.since, evidence.device.map(|d| d.id.0)), (Some(since), Some("phone".to_owned())));
}

#[test]
fn a2_a_message_becomes_an_offline_message_when_the_last_operator_leaves() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Still here");
    world.passes(mins(5));
    jana.says_bye("laptop");
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn a2_a_message_becomes_an_offline_message_when_its_visitor_returns_to_a_closed_desk() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(secs(30.0));
    jana.says_bye("laptop");
    world.passes(secs(30.0));
    eva.returns();
    eva.assert_timers(Kind::Missed, &[TimerState::Cancelled]);
    eva.assert_timers(Kind::Offline, &[TimerState::Running]);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn a3_a_message_to_a_joined_operator_who_is_online_is_handled_as_it_comes() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.joins(&eva);
    assert_eq!((eva.standing(), eva.state().joined()), (Standing::Served, vec![jana.id]));
    eva.writes("Thanks, bye");
    eva.leaves();
    world.passes(mins(10));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
}

#[test]
fn a3_when_the_last_join_ends_what_has_no_reply_waits_anew_from_then() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.joins(&eva);
    petr.joins(&eva);
    world.passes(mins(30));
    petr.leaves(&eva);
    world.passes(mins(30));
    eva.assert_timers(Kind::Offline, &[TimerState::Cancelled]);
    jana.leaves(&eva);
    assert_eq!(eva.standing(), Standing::Unserved);
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn a3_a_reply_handles_for_good() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.replies(&eva);
    jana.leaves(&eva);
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_reasons(&petr, &[Code::Joined, Code::Replied]);
}

#[test]
fn a3_a_deactivated_operator_s_join_ends() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.joins(&eva);
    world.passes(mins(30));
    jana.is_deactivated();
    assert_eq!(eva.standing(), Standing::Unserved);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Deactivated);
}

#[test]
fn a3_a_transfer_to_a_colleague_needs_them_online_and_takes_the_sender_s_place() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.joins(&eva);
    petr.connects_as("desk", Status::Away);
    assert_eq!(jana.hands(&eva, &petr).unwrap_err().code, RefusalCode::Conflict);
    petr.chooses("desk", Status::Online);
    jana.hands(&eva, &petr).unwrap();
    assert_eq!(eva.state().joined(), [petr.id]);
    eva.leaves();
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
}

#[test]
fn a3_a_transfer_to_a_group_ends_all_joins() {
    let (world, jana, petr, eva) = shop();
    let support = world.group("Support", &[&petr]);
    let _sales = world.group("Sales", &[&jana]);
    jana.connects("laptop");
    eva.writes("Hello");
    jana.joins(&eva);
    world.passes(mins(1));
    jana.hands_to_group(&eva, support).unwrap();
    assert_eq!(eva.standing(), Standing::Unserved);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::NotInGroup);
}

#[test]
fn a3_the_same_act_twice_is_one() {
    let (world, jana, petr, eva) = shop();
    let seq = eva.writes_as("Once", "c-1");
    assert_eq!(eva.writes_as("Once", "c-1"), seq);
    jana.joins(&eva);
    jana.joins(&eva);
    let again = || jana.does(&eva, Deed::Write { text: "Yes?".to_owned(), client_id: "r-1".to_owned() });
    assert_eq!(again(), again());
    jana.closes(&eva);
    jana.closes(&eva);
    assert_eq!(world.see().guests[&eva.id].said.len(), 4, "a message, a join, a reply, a close");
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::Joined);
}

#[test]
fn a4_loading_and_peeking_is_not_seeing() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.does(&eva, Deed::Peek).unwrap();
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn a4_what_came_after_an_opening_was_not_seen_by_it() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Seen");
    jana.opens(&eva);
    eva.writes("Not seen");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn a4_a_view_that_is_open_says_so_by_reading() {
    let (world, jana, petr, eva) = shop();
    let seq = eva.writes("Hello");
    assert_eq!(jana.does(&eva, Deed::Read { seq: seq + 1 }).unwrap_err().code, RefusalCode::BadFrame);
    jana.reads(&eva, seq);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Read);
}

#[test]
fn a5_when_no_joined_operator_is_online_a_message_makes_it_unserved() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.replies(&eva);
    jana.says_bye("laptop");
    petr.connects("desk");
    assert_eq!(eva.standing(), Standing::Served);
    eva.writes("Are you still there?");
    assert_eq!((eva.standing(), eva.state().joined()), (Standing::Unserved, vec![]));
    eva.leaves();
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::WasNotOnline);
}

#[test]
fn a5_a_message_to_a_closed_conversation_reopens_it() {
    let (world, jana, petr, eva) = shop();
    eva.writes("Hello");
    jana.closes(&eva);
    assert_eq!(eva.standing(), Standing::Closed);
    world.passes(mins(30));
    eva.assert_nobody_mailed();
    eva.writes("One more thing");
    assert_eq!(eva.standing(), Standing::Unserved);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn a3_what_nobody_answers_does_not_grow_without_bound() {
    let (world, jana, _, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.joins(&eva);
    world.passes(mins(10));
    eva.writes("Hello?");
    eva.has_written_as_often(1_998);
    eva.writes("Hello?");
    let refused = eva.tries_to_write("Hello?", "another one").unwrap_err();
    assert_eq!(refused.code, RefusalCode::RateLimited);
    jana.replies(&eva);
    eva.writes("Thank you");
}
