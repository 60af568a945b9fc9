//! Random histories: whatever people, networks and servers do, no message is forgotten, nobody is mailed twice, and the
//! record never contradicts the outbox.
//!
//! Every history comes of a seed. A failure prints the seed and the shortest history that still fails; run it alone with
//! `HISTORIES_SEED=… HISTORIES_COUNT=1 cargo test --test histories`.

#[allow(dead_code, reason = "each of the test binaries uses another part of the world")]
#[path = "../world/mod.rs"]
mod world;

mod history;
mod invariants;
mod nodes;
mod seeds;

use history::{Band, Breaks, Happening, Stage};
use seeds::for_every_seed;
use world::{Manner, mins};

use doorbell::domain::time::Span;

/// All sorts of things, restarts and late facts included.
const EVERYTHING: Band = Band { breaks: Breaks::AfterSilence, restarts: true, settings: true };
/// Nothing that is found out late.
const PUNCTUAL: Band = Band { breaks: Breaks::Never, restarts: false, settings: true };

#[test]
fn no_history_breaks_an_invariant() {
    for_every_seed(1_000, EVERYTHING, |history| {
        let stage = Stage::new(Manner::default());
        for happening in history {
            stage.play(*happening);
            invariants::check(&stage);
        }
        stage.world.passes(mins(24 * 60));
        invariants::check(&stage);
        invariants::check_the_end(&stage);
    });
}

#[test]
fn no_history_breaks_an_invariant_though_the_log_of_presence_is_out_of_reach() {
    for_every_seed(300, EVERYTHING, |history| {
        let stage = Stage::new(Manner { without_log: true, ..Manner::default() });
        for happening in history {
            stage.play(*happening);
            invariants::check(&stage);
        }
        stage.world.passes(mins(24 * 60));
        invariants::check_the_end(&stage);
    });
}

#[test]
fn the_same_input_twice_is_the_same_as_once() {
    for_every_seed(300, EVERYTHING, |history| {
        let once = Stage::played(history, Manner::default());
        let twice = Stage::played(history, Manner { twice: true, ..Manner::default() });
        invariants::assert_alike(&once, &twice);
    });
}

#[test]
fn settling_early_or_late_is_the_same_where_nothing_is_found_out_late() {
    for_every_seed(300, PUNCTUAL, |history| {
        let early = Stage::played(history, Manner { window: Span(0), ..Manner::default() });
        let late = Stage::played(history, Manner { window: mins(7 * 24 * 60), ..Manner::default() });
        invariants::assert_alike(&early, &late);
    });
}

#[test]
fn a_restart_changes_nothing_where_everybody_is_back_at_once() {
    for_every_seed(300, Band { breaks: Breaks::Suddenly, ..PUNCTUAL }, |history| {
        let manner = Manner { quiet: Span(0), ..Manner::default() };
        let plain = Stage::played(history, manner);
        let blinking = Stage::new(manner);
        for (place, happening) in history.iter().enumerate() {
            blinking.play(*happening);
            if place % 3 == 2 && !blinking.world.see().lingers() {
                blinking.play(Happening::Blinks);
            }
        }
        invariants::assert_alike(&plain, &blinking);
    });
}
