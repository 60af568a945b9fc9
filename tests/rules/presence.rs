//! Section 2: presence, as far as it is the roster's.

use doorbell::domain::account::{Kind, Plan};
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::{DeviceState, Status};

use crate::world::{Colleague, GRACE, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

#[test]
fn p1_a_device_counts_while_a_socket_or_a_lease_connects_it() {
    let (world, jana, petr, eva) = shop();
    jana.connects("phone");
    jana.leases("phone", mins(5));
    jana.says_bye("phone");
    assert_eq!(jana.is(), Status::Online, "the lease goes on");
    world.passes(mins(5));
    assert_eq!(jana.is(), Status::Offline);
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p1_a_device_with_a_socket_is_not_forgotten_for_any_number_of_others() {
    let (world, jana, _petr, _eva) = shop();
    jana.connects("laptop");
    for n in 0..40 {
        world.passes(secs(1.0));
        jana.leases_as(&format!("phone-{n}"), Status::Away, mins(30));
    }
    assert_eq!(jana.is(), Status::Online, "the laptop is there");
}

#[test]
fn p1_a_state_that_is_decided_late_does_not_outlive_what_was_chosen_after_it() {
    let (world, jana, _, _) = shop();
    jana.connects("laptop");
    world.passes(secs(10.0));
    jana.chooses("laptop", Status::Online);
    world.passes(secs(5.0));
    jana.chose("laptop", Status::Away, secs(6.0));
    assert_eq!(jana.is(), Status::Online, "by a socket that was given up before");
    jana.connected_as("laptop", Status::Offline, secs(5.5));
    assert_eq!(jana.is(), Status::Online, "by the greeting of one");
    jana.chose("laptop", Status::Away, secs(4.0));
    assert_eq!(jana.is(), Status::Away, "what was decided late and nothing followed counts");
    world.passes(secs(1.0));
    jana.reconnects("laptop");
    assert_eq!(jana.is(), Status::Away, "who comes back without a word changes nothing");
}

#[test]
fn p3_the_switch_stays_as_it_was_set_last_whichever_node_decides_first() {
    let (world, jana, _, _) = shop();
    jana.connects("laptop");
    world.passes(secs(10.0));
    jana.appears_offline(true);
    world.passes(secs(5.0));
    jana.appeared_offline(false, secs(6.0));
    assert_eq!(jana.is(), Status::Offline);
    jana.appeared_offline(false, secs(4.0));
    assert_eq!(jana.is(), Status::Online);
}

#[test]
fn p5_a_lease_that_is_decided_late_does_not_come_back() {
    let (world, jana, _, _) = shop();
    jana.leases("phone", mins(5));
    world.passes(secs(10.0));
    jana.leases_as("phone", Status::Offline, mins(5));
    world.passes(secs(5.0));
    jana.leased_as("phone", Status::Online, mins(5), secs(6.0));
    assert_eq!(jana.is(), Status::Offline, "its app ended it after that");
    jana.connects_as("phone", Status::Away);
    jana.leased_as("phone", Status::Online, mins(5), secs(4.0));
    jana.says_bye("phone");
    assert_eq!(jana.is(), Status::Away, "the lease holds, and the state is what was chosen after it");
}

#[test]
fn p2_the_best_device_counts_and_away_is_not_online() {
    let (world, jana, petr, eva) = shop();
    jana.connects_as("laptop", Status::Away);
    assert_eq!(jana.is(), Status::Away);
    assert!(!world.chat_box(None).online);
    jana.connects("phone");
    assert_eq!(jana.is(), Status::Online);
    assert!(world.chat_box(None).online);
    jana.says_bye("phone");
    assert_eq!(jana.is(), Status::Away);
    jana.chooses("laptop", Status::Offline);
    assert_eq!(jana.is(), Status::Offline);
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_device_that_is_signed_out_counts_no_longer_at_once_and_is_forgotten() {
    let (world, jana, petr, eva) = shop();
    jana.connects("phone");
    jana.leases("phone", mins(60));
    jana.connects_as("laptop", Status::Away);
    world.passes(secs(5.0));
    let signed_out_at = world.now();
    jana.signs_out("phone");
    assert_eq!((jana.is(), jana.since()), (Status::Away, signed_out_at));
    assert!(!jana.is_plugged("phone") && jana.is_plugged("laptop"));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_device_that_lingered_when_it_was_signed_out_was_there_until_it_broke() {
    let (world, jana, _, _) = shop();
    jana.connects("phone");
    world.passes(secs(30.0));
    let broke_at = world.now();
    jana.breaks("phone");
    world.passes(secs(5.0));
    jana.signs_out("phone");
    assert_eq!((jana.is(), jana.since()), (Status::Offline, broke_at));
}

#[test]
fn p3_appearing_offline_wins_over_every_device_until_switched_back() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    jana.appears_offline(true);
    jana.connects("phone");
    jana.leases("tablet", mins(60));
    world.blinks();
    assert_eq!(jana.is(), Status::Offline);
    eva.writes("I do not see you");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
    jana.appears_offline(false);
    assert_eq!(jana.is(), Status::Online);
}

#[test]
fn p4_a_bye_and_a_chosen_state_count_at_once() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(secs(10.0));
    jana.says_bye("laptop");
    assert_eq!((jana.is(), jana.since()), (Status::Offline, world.now()));
    world.passes(secs(119.999));
    eva.assert_nobody_mailed();
    world.passes(secs(0.001));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_broken_device_lingers_for_the_grace_and_returns_unnoticed() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.breaks("laptop");
    world.passes(GRACE - secs(0.001));
    assert_eq!(jana.is(), Status::Online);
    assert_eq!(world.see().roster.devices(jana.id, &|_, _| None)[0].state, DeviceState::Reconnecting);
    jana.reconnects("laptop");
    world.passes(mins(10));
    assert_eq!(world.see().edges.len(), 1, "nobody saw a change");
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
}

#[test]
fn p4_at_the_end_of_the_grace_the_device_is_gone_since_its_last_sign_of_life() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    world.passes(secs(60.0));
    let last_sign = world.now() - secs(40.0);
    jana.breaks_after_silence("laptop", secs(40.0));
    eva.writes("Written in the grace");
    let written = world.now();
    world.passes(GRACE);
    assert_eq!((jana.is(), jana.since()), (Status::Offline, last_sign));
    assert_eq!(world.chat_box(None).since, last_sign);
    let timer = eva.timers(Kind::Offline).pop().expect("it is an offline message after all");
    assert_eq!((timer.started_at, timer.due_at), (written, written + mins(2)));
    world.passes(mins(2) - GRACE);
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_message_to_a_joined_operator_who_was_gone_already_waits_after_all() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.joins(&eva);
    world.passes(secs(30.0));
    jana.breaks_after_silence("laptop", secs(10.0));
    eva.writes("Are you there?");
    assert!(eva.state().waiting().next().is_none(), "handled, as it looks");
    world.passes(GRACE);
    assert!(eva.state().joined().is_empty());
    world.passes(mins(2) - GRACE);
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_lingering_device_lifts_nobody() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    jana.appears_offline(true);
    jana.breaks("laptop");
    eva.writes("Hello");
    world.passes(secs(5.0));
    jana.appears_offline(false);
    assert_eq!(jana.is(), Status::Offline);
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_a_device_that_returns_to_be_offline_was_there_until_then() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    world.passes(secs(30.0));
    jana.breaks_after_silence("laptop", secs(10.0));
    world.passes(secs(5.0));
    jana.connects_as("laptop", Status::Offline);
    assert_eq!((jana.is(), jana.since()), (Status::Offline, world.now()));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn p4_signing_a_lingering_device_out_ends_it_at_once() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    world.passes(secs(30.0));
    jana.breaks("laptop");
    jana.says_bye("laptop");
    assert_eq!(jana.is(), Status::Offline);
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn p5_a_lease_holds_to_its_end_and_not_longer() {
    let (world, jana, petr, eva) = shop();
    jana.leases("phone", mins(5));
    eva.writes("Hello");
    world.passes(mins(5) - secs(0.001));
    assert_eq!(jana.is(), Status::Online);
    world.passes(secs(0.001));
    assert_eq!((jana.is(), jana.since()), (Status::Offline, world.now()));
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p5_a_lease_is_renewed_by_the_next_and_ended_by_offline_and_by_log_out() {
    let (world, jana, petr, eva) = shop();
    jana.leases("phone", secs(10.0));
    jana.leases("phone", mins(30));
    world.passes(mins(29));
    assert_eq!(jana.is(), Status::Online);
    jana.leases_as("phone", Status::Offline, mins(30));
    assert_eq!(jana.is(), Status::Offline);
    jana.leases("phone", mins(30));
    jana.ends_sessions();
    assert_eq!((jana.is(), jana.since()), (Status::Offline, world.now()));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p6_a_lost_server_leaves_no_ghosts() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    world.passes(mins(1));
    let last_sign = world.now();
    world.restarts_after(mins(10));
    assert_eq!(jana.is(), Status::Online, "the box shows what it showed");
    world.passes(secs(44.999));
    assert_eq!(jana.is(), Status::Online);
    world.passes(secs(0.001));
    assert_eq!((jana.is(), jana.since()), (Status::Offline, last_sign));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p4_what_lingered_when_the_server_went_down_lingers_for_the_startup_grace() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    jana.breaks("laptop");
    world.passes(secs(5.0));
    world.restarts_after(mins(10));
    assert_eq!(jana.is(), Status::Online, "the box shows what it showed");
    jana.reconnects("laptop");
    eva.returns();
    world.passes(mins(10));
    eva.assert_nobody_mailed();
    eva.assert_reason(&petr, Code::BoxWasOnline);
}

#[test]
fn p7_a_broken_visitor_lingers_and_left_at_the_last_sign_of_life() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    world.passes(mins(1));
    let last_sign = world.now() - secs(30.0);
    eva.breaks_after_silence(secs(30.0));
    world.passes(GRACE - secs(0.001));
    eva.assert_timers(Kind::Missed, &[]);
    world.passes(secs(0.001));
    assert_eq!(eva.timers(Kind::Missed)[0].started_at, last_sign);
    world.passes(last_sign + mins(2) - world.now());
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::WasNotOnline);
}

#[test]
fn p7_a_visitor_who_returns_within_the_grace_never_left() {
    let (world, jana, _, eva) = shop();
    jana.connects("laptop");
    eva.writes("Hello");
    eva.breaks();
    world.passes(GRACE - secs(0.001));
    eva.returns();
    world.passes(mins(10));
    eva.assert_nobody_mailed();
    eva.assert_timers(Kind::Missed, &[]);
    eva.assert_reason(&jana, Code::BoxWasOnline);
}

#[test]
fn p8_a_box_says_since_when_and_why_it_is_online() {
    let (world, jana, petr, eva) = shop();
    petr.connects_as("desk", Status::Away);
    world.passes(secs(10.0));
    jana.connects("laptop");
    let shown = world.chat_box(None);
    assert_eq!((shown.online, shown.since), (true, world.now()));
    let because: Vec<_> = shown.because.iter().map(|b| (b.operator, b.device.0.as_str())).collect();
    assert_eq!(because, [(jana.id, "laptop")]);
    world.passes(secs(30.0));
    let last_sign = world.now() - secs(20.0);
    jana.breaks_after_silence("laptop", secs(20.0));
    petr.says_bye("desk");
    world.passes(GRACE);
    let shown = world.chat_box(None);
    assert_eq!((shown.online, shown.since), (false, last_sign), "whatever those did who did not make it online");
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn p9_a_deactivated_operator_is_gone_at_once() {
    let (world, jana, petr, eva) = shop();
    jana.connects("laptop");
    jana.leases("phone", mins(60));
    eva.writes("Hello");
    world.passes(secs(1.0));
    jana.is_deactivated();
    assert!(!world.chat_box(None).online);
    eva.assert_timers(Kind::Offline, &[TimerState::Running]);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Deactivated);
}
