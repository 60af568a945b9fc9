//! Section 5: who gets it.

use doorbell::domain::account::{Kind, MissedRecipients, Plan, Suppression};
use doorbell::domain::notice::class::Class;
use doorbell::domain::notice::reason::Code;

use crate::world::{Colleague, Visitor, World, mins, secs};

fn shop() -> (World, Colleague, Colleague, Visitor) {
    let world = World::of(Plan::Pro);
    let (jana, petr, eva) = (world.operator("Jana"), world.operator("Petr"), world.visitor("Eva"));
    (world, jana, petr, eva)
}

#[test]
fn d1_missed_mails_go_to_those_who_were_online_between_the_message_and_the_leaving() {
    let (world, jana, petr, eva) = shop();
    let [before, after] = ["Before", "After"].map(|name| world.operator(name));
    before.connects("a");
    jana.connects("laptop");
    world.passes(secs(10.0));
    before.says_bye("a");
    world.passes(secs(10.0));
    eva.writes("Hello");
    world.passes(secs(10.0));
    petr.connects("desk");
    world.passes(secs(10.0));
    petr.says_bye("desk");
    world.passes(secs(10.0));
    eva.leaves();
    world.passes(secs(10.0));
    after.connects("b");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&before, Code::WasNotOnline);
    eva.assert_reason(&after, Code::WasNotOnline);
}

#[test]
fn d1_missed_mails_go_to_the_whole_audience_where_the_account_wants_it() {
    let (world, jana, petr, eva) = shop();
    world.changes(|account| account.notifications.missed_recipients = MissedRecipients::Audience);
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(mins(2));
    eva.assert_mailed(&[&jana, &petr]);
    eva.assert_reason(&petr, Code::Emailed);
}

#[test]
fn d1_missed_mails_go_to_the_whole_audience_where_none_of_todays_was_online() {
    let (world, jana, petr, eva) = shop();
    let new = world.operator("New");
    jana.connects("laptop");
    eva.writes("Hello");
    eva.leaves();
    world.passes(secs(30.0));
    jana.is_deactivated();
    world.passes(secs(90.0));
    eva.assert_mailed(&[&petr, &new]);
    eva.assert_reasons(&jana, &[Code::Deactivated]);
}

#[test]
fn d1_an_account_and_an_operator_can_switch_each_kind_off() {
    let (world, jana, petr, eva) = shop();
    petr.switches_off(Kind::Offline);
    jana.switches_off(Kind::Missed);
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
    eva.assert_reasons(&petr, &[Code::NotActivatedOperator]);
    world.changes(|account| account.notifications.missed.enabled = false);
    jana.connects("laptop");
    petr.connects("desk");
    eva.writes("Hello again");
    eva.leaves();
    world.passes(mins(20));
    eva.assert_mailed(&[&jana]);
    eva.assert_reasons(&petr, &[Code::NotActivatedAccount]);
    eva.assert_reasons(&jana, &[Code::NotActivatedAccount, Code::NotActivatedOperator]);
}

#[test]
fn d2_operators_who_share_an_address_get_one_mail_that_of_the_first() {
    let (world, jana, petr, eva) = shop();
    petr.changes(|me| me.email = "Info@flowers.test".to_owned());
    jana.changes(|me| me.email = "info@flowers.test".to_owned());
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&petr, Code::SameAddress);
    assert_eq!(eva.reasons(&petr)[0].evidence.by, Some(jana.id));
}

#[test]
fn d2_the_first_among_the_recipients_counts_not_the_first_of_all() {
    let (world, jana, petr, eva) = shop();
    petr.changes(|me| me.email = "info@flowers.test".to_owned());
    jana.changes(|me| me.email = "info@flowers.test".to_owned());
    eva.writes("Hello");
    jana.opens(&eva);
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reason(&jana, Code::Read);
}

#[test]
fn d3_the_address_is_that_of_the_firing_and_a_change_is_no_objection_to_sending() {
    let (world, jana, petr, eva) = shop();
    petr.is_deactivated();
    eva.writes("Hello");
    world.passes(mins(1));
    jana.changes(|me| me.email = "new@flowers.test".to_owned());
    world.passes(mins(1));
    assert_eq!(eva.letters()[0].to, "new@flowers.test");
    jana.changes(|me| me.email = "newer@flowers.test".to_owned());
    assert_eq!(eva.objection_to_the_last_letter(), None);
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn d4_unsubscribing_switches_one_kind_off_and_is_told_apart() {
    let (world, jana, petr, eva) = shop();
    jana.unsubscribes(Kind::Offline);
    let at = world.now();
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reasons(&jana, &[Code::Unsubscribed]);
    assert_eq!(eva.reasons(&jana)[0].evidence.at, Some(at));
    jana.connects("laptop");
    eva.writes("Hello again");
    eva.leaves();
    world.passes(mins(20));
    eva.assert_mailed(&[&petr, &jana]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn d5_a_suppressed_address_is_not_written_to_until_it_is_changed_or_cleared() {
    let (world, jana, petr, eva) = shop();
    jana.changes(|me| me.email = "Jana@flowers.test".to_owned());
    let at = world.now();
    let (address, class, reply) =
        ("jana@flowers.test".to_owned(), Class::WrongAddress, "550 5.1.1 no such user".to_owned());
    world.changes(|account| account.suppressed.push(Suppression { address, class, reply, at }));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&petr]);
    eva.assert_reasons(&jana, &[Code::Suppressed]);
    jana.changes(|me| me.email = "jana.nova@flowers.test".to_owned());
    eva.writes("Hello again");
    world.passes(mins(20));
    eva.assert_mailed(&[&petr, &petr, &jana]);
    eva.assert_reason(&jana, Code::Emailed);
}
