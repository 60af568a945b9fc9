//! Each file of journeys is one test here, so that they run side by side and one can be run by its name.

use std::collections::BTreeSet;

use crate::node;

/// A test for each file `tests/web/journeys/NAME.test.mjs`.
macro_rules! journeys {
    ($($test:ident => $name:literal,)*) => {
        const RUN: &[&str] = &[$($name),*];
        $(
            #[test]
            fn $test() {
                node::run([format!("{}{}.test.mjs", node::JOURNEYS, $name)].iter());
            }
        )*
    };
}

journeys! {
    attention => "attention",
    conversation => "conversation",
    conversation_breaks => "conversation-breaks",
    demo => "demo",
    demo_phone => "demo-phone",
    demo_players => "demo-players",
    door => "door",
    explanation => "explanation",
    harness => "harness",
    inbox => "inbox",
    letter_looks => "letter-looks",
    letters => "letters",
    presence => "presence",
    reference => "reference",
    refusals => "refusals",
    settings => "settings",
    settings_mail => "settings-mail",
    settings_people => "settings-people",
    settings_widget => "settings-widget",
    team => "team",
    unsubscribe => "unsubscribe",
    why => "why",
    widget => "widget",
    widget_breaks => "widget-breaks",
    widget_hosts => "widget-hosts",
    widget_looks => "widget-looks",
    widget_weight => "widget-weight",
}

#[test]
fn every_journey_is_run() {
    let files = node::test_files();
    let there: BTreeSet<_> = files.iter().filter_map(|path| path.strip_prefix(node::JOURNEYS)).collect();
    let run: BTreeSet<_> = RUN.iter().map(|name| format!("{name}.test.mjs")).collect();
    assert_eq!(there, run.iter().map(String::as_str).collect(), "each file of journeys has its line in journeys.rs");
}
