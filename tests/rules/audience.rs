//! Section 1: who answers for a conversation.

use doorbell::domain::account::Plan;
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::reason::Code;

use doorbell::domain::account::Kind;

use crate::world::{World, mins, secs};

#[test]
fn audience_of_an_account_without_groups_is_every_active_operator() {
    let world = World::of(Plan::Standard);
    let [jana, petr, old] = ["Jana", "Petr", "Old"].map(|name| world.operator(name));
    old.is_deactivated();
    let eva = world.visitor("Eva");
    eva.writes("Is anybody there?");
    world.passes(mins(3));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&old, Code::Deactivated);
}

#[test]
fn audience_of_a_group_is_its_operators_and_those_in_no_group() {
    let world = World::of(Plan::Pro);
    let [jana, petr, free] = ["Jana", "Petr", "Free"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    world.group("Support", &[&petr]);
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    world.passes(mins(3));
    eva.assert_mailed(&[&jana, &free]);
    eva.assert_reason(&petr, Code::NotInGroup);
}

#[test]
fn audience_of_a_group_in_which_nobody_is_active_is_everybody() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    world.group("Support", &[&petr]);
    jana.is_deactivated();
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    world.passes(mins(3));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Deactivated);
}

#[test]
fn audience_of_no_group_is_everybody_though_there_are_groups() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    world.group("Sales", &[&jana]);
    let eva = world.visitor("Eva");
    eva.writes("Hello");
    world.passes(mins(3));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n9_a_plan_without_groups_ignores_them() {
    let world = World::of(Plan::Standard);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    world.group("Support", &[&petr]);
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    world.passes(mins(3));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn n9_a_plan_that_loses_groups_ignores_them_at_once() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    world.group("Support", &[&petr]);
    petr.connects("laptop");
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    eva.assert_timers(Kind::Offline, &[TimerState::Running]);
    assert!(!world.chat_box(Some(sales)).online);
    world.changes(|account| account.plan = Plan::Standard);
    assert!(world.chat_box(Some(sales)).online, "the group's box is that of the account");
    eva.assert_nobody_mailed();
    eva.assert_reason(&jana, Code::Superseded);
    world.changes(|account| account.plan = Plan::Pro);
    assert!(!world.chat_box(Some(sales)).online, "the groups were not deleted");
}

#[test]
fn n13_the_box_of_a_conversation_is_that_of_its_own_group() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    let support = world.group("Support", &[&petr]);
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    world.edit().guest(eva.id).page_group = Some(support);
    eva.writes("Still there, on another page.");
    assert_eq!(eva.doc().group, Some(sales), "the group is that of the page at the first message");
    petr.connects("laptop");
    assert!(!world.chat_box(eva.doc().group).online);
    world.passes(mins(3));
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::NotInGroup);
}

#[test]
fn n13_a_reopened_conversation_takes_the_group_of_its_page_anew() {
    let world = World::of(Plan::Pro);
    let [jana, petr] = ["Jana", "Petr"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana]);
    let support = world.group("Support", &[&petr]);
    let eva = world.visitor_of("Eva", Some(sales));
    eva.writes("How much?");
    jana.closes(&eva);
    world.passes(secs(5.0));
    world.edit().guest(eva.id).page_group = Some(support);
    eva.writes("It is broken.");
    world.passes(mins(3));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::NotInGroup);
}
