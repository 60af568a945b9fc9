//! Section 7: what stays the same in all letters about one conversation.

use doorbell::domain::account::Plan;
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::notice::reason::Code;

use crate::world::{World, mins};

#[test]
fn e2_the_subject_keeps_the_name_that_the_visitor_had_at_the_first_letter() {
    let world = World::of(Plan::Standard);
    let (jana, eva) = (world.operator("Jana"), world.visitor("Eva"));
    eva.writes("Hello");
    assert_eq!(eva.doc().name_in_subject(), None);
    eva.identifies("Eva");
    assert_eq!(eva.doc().name_in_subject(), Some("Eva"), "nothing was mailed yet");
    world.passes(mins(2));
    eva.assert_mailed(&[&jana]);
    eva.identifies("Eva Nová");
    jana.opens(&eva);
    eva.writes("Again");
    world.passes(mins(2));
    assert_eq!(eva.letters().len(), 2, "the second letter of the thread");
    assert_eq!(eva.doc().name_in_subject(), Some("Eva"));
    assert_eq!(eva.doc().visitor.name.as_deref(), Some("Eva Nová"), "the letter itself tells the present one");
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn e2_a_visitor_who_was_nameless_at_the_first_letter_stays_so_in_the_subject() {
    let world = World::of(Plan::Standard);
    let (jana, eva) = (world.operator("Jana"), world.visitor("Eva"));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.identifies("Eva");
    assert_eq!(eva.doc().name_in_subject(), None);
    eva.assert_mailed(&[&jana]);
    eva.assert_reason(&jana, Code::Emailed);
}

#[test]
fn e2_a_conversation_that_was_stored_before_is_read_and_takes_the_name_of_now() {
    let world = World::of(Plan::Standard);
    let (_jana, eva) = (world.operator("Jana"), world.visitor("Eva"));
    eva.writes("Hello");
    world.passes(mins(2));
    eva.identifies("Eva");
    let mut stored = serde_json::to_value(eva.doc()).expect("a document can be written");
    stored.as_object_mut().expect("an object").remove("first_letter").expect("there was a letter");
    let read: Conversation = serde_json::from_value(stored).expect("it is still read");
    assert_eq!(read.name_in_subject(), Some("Eva"));
}
