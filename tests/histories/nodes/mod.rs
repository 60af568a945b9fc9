//! Random histories of several nodes over the pure core, a model of the store and a model of the bus: thousands of them, since
//! nothing in them waits for anything.
//!
//! What is promised of one node holds of all together: what was acknowledged is there once, nobody is mailed twice or while
//! somebody was there, nobody is there who has gone, nothing ends silently, and all nodes know the same in the end. Where the
//! store failed over to a copy, what was asked before that and acknowledged after the copy was made may be lost, nothing else.
//!
//! A history comes of a seed, which a failure prints: `HISTORIES_SEED=… HISTORIES_COUNT=1 cargo test --test histories nodes`.

mod chronicle;
mod node;
mod people;
mod promises;
mod setting;
mod shell;
mod store;
mod talk;
mod town;

use std::panic::{AssertUnwindSafe, catch_unwind};

use doorbell::domain::conversation::deed::Deed;
use doorbell::domain::ids::NodeId;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::Span;

use self::town::{Town, Weather};
use crate::world::mins;

/// What befalls the nodes of a history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Only the network.
    None,
    /// They die, stand still, are cut off and drained.
    Nodes,
    /// And the store fails over.
    Store,
}

const STATES: [Status; 4] = [Status::Online, Status::Online, Status::Away, Status::Offline];
const SILENCES_MS: [i64; 4] = [0, 500, 8_000, 45_000];
const PAUSES_MS: [i64; 8] = [5, 50, 400, 2_000, 6_000, 15_000, 30_000, 45_000];
const STEPS: usize = 45;

impl Town {
    fn step(&mut self, trouble: Trouble) {
        let seat = self.dice.roll(self.seats.len());
        let tab = self.dice.roll(self.tabs.len());
        let silence = Span(self.dice.pick(&SILENCES_MS));
        match self.dice.roll(20) {
            0..3 => self.operator_comes_or_goes(seat, silence),
            3 => {
                let state = self.dice.pick(&STATES);
                self.seat_chooses(seat, state);
            }
            4 => {
                let on = self.dice.roll(3) == 0;
                self.appears_offline(seat, on);
            }
            5..8 => self.somebody_acts(seat),
            8..13 => self.visitor_writes(tab),
            13..16 => self.visitor_comes_or_goes(tab, silence),
            16 => self.somebody_sleeps(),
            _ if trouble != Trouble::None => self.something_befalls(trouble),
            _ => {}
        }
        let pause = Span(self.dice.pick(&PAUSES_MS));
        self.passes(pause);
    }

    fn operator_comes_or_goes(&mut self, seat: usize, silence: Span) {
        if self.seats[seat].at.is_none() {
            let state = self.dice.pick(&[Some(Status::Online), Some(Status::Online), Some(Status::Away), None]);
            self.seat_connects(seat, state);
        } else {
            let found_after = (self.dice.roll(2) == 0).then_some(silence);
            self.seat_leaves(seat, found_after);
        }
    }

    fn visitor_comes_or_goes(&mut self, tab: usize, silence: Span) {
        if self.tabs[tab].at.is_none() {
            self.tab_connects(tab);
        } else {
            let found_after = (self.dice.roll(2) == 0).then_some(silence);
            self.tab_leaves(tab, found_after);
        }
    }

    fn visitor_writes(&mut self, tab: usize) {
        if self.tabs[tab].at.is_none() {
            self.tab_connects(tab);
        }
        self.tab_writes(tab);
    }

    fn somebody_acts(&mut self, seat: usize) {
        let visitor = self.dice.roll(setting::VISITORS);
        let client_id = format!("reply {}", self.number());
        let deed = match self.dice.roll(8) {
            0..3 => Deed::Open,
            3 | 4 => Deed::Join,
            5 => Deed::Leave,
            6 => Deed::Close,
            _ => Deed::Write { text: "Hello".to_owned(), client_id },
        };
        self.acts(seat, visitor, deed);
    }

    fn a_node(&mut self) -> Option<NodeId> {
        let nodes: Vec<NodeId> =
            self.runs.iter().filter(|(_, run)| run.serves() && !run.cut).map(|(id, _)| *id).collect();
        (!nodes.is_empty()).then(|| self.dice.pick(&nodes))
    }

    /// A conversation goes to sleep at a node.
    fn somebody_sleeps(&mut self) {
        let of = setting::conversation(self.dice.roll(setting::VISITORS));
        if let Some(id) = self.a_node() {
            let now = self.now;
            self.runs.get_mut(&id).expect("it lives").node.sleep(now, of);
        }
    }

    fn something_befalls(&mut self, trouble: Trouble) {
        let span = Span(1_000 + self.dice.roll(60_000) as i64);
        let what = self.dice.roll(if trouble == Trouble::Store { 6 } else { 4 });
        if what >= 4 {
            return self.fail_over_soon();
        }
        let Some(id) = self.a_node() else { return };
        self.chronicle.nodes_were_lost = true;
        match what {
            0 => self.kill(id, span),
            1 => self.pause(id, span),
            2 => self.cut_off(id, span),
            _ => self.drain(id),
        }
    }

    /// Everything heals, and has its time; then everybody goes, and what runs runs out.
    fn ends(&mut self) {
        self.weather = Weather { lost_permille: 0, slow_permille: 0 };
        self.passes(mins(4));
        self.swept_every = Span(6_000);
        self.check_who_is_there();
        for tab in 0..self.tabs.len() {
            if !self.tabs[tab].unsent.is_empty() {
                self.tab_leaves(tab, None);
                self.tab_connects(tab);
            }
        }
        self.passes(mins(1));
        assert!(self.tabs.iter().all(|tab| tab.unsent.is_empty()), "what is sent is acknowledged in the end");
        (0..self.seats.len()).for_each(|seat| self.seat_leaves(seat, None));
        self.passes(mins(1));
        (0..self.tabs.len()).for_each(|tab| self.tab_leaves(tab, None));
        self.passes(mins(8));
        self.close_the_chronicle();
        self.check_who_is_there();
        self.check_the_promises();
    }
}

fn played(seed: u64, weather: Weather, trouble: Trouble) {
    let mut town = Town::new(seed, weather);
    for _ in 0..STEPS {
        town.step(trouble);
    }
    town.ends();
}

fn every_seed(count: u64, weather: Weather, trouble: Trouble) {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = asked("HISTORIES_SEED").unwrap_or(1);
    for seed in first..first + asked("HISTORIES_COUNT").unwrap_or(count) {
        if let Err(why) = catch_unwind(AssertUnwindSafe(|| played(seed, weather, trouble))) {
            eprintln!("HISTORIES_SEED={seed} HISTORIES_COUNT=1 plays it again");
            std::panic::resume_unwind(why);
        }
    }
}

const ROUGH: Weather = Weather { lost_permille: 60, slow_permille: 60 };

#[test]
fn several_nodes_keep_every_promise_over_a_rough_network() {
    every_seed(400, ROUGH, Trouble::None);
}

#[test]
fn several_nodes_keep_every_promise_though_they_die_stand_still_and_are_cut_off() {
    every_seed(1_200, ROUGH, Trouble::Nodes);
}

#[test]
fn a_fail_over_loses_what_came_after_the_copy_and_nothing_else() {
    every_seed(600, ROUGH, Trouble::Store);
}
