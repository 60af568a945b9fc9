//! What people do, and when: random, and the same for the same seed.

use std::ops::Range;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::dice::Dice;
use crate::people::Crowd;

/// What somebody does. Visitors and devices are meant by their places in the crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A visitor writes.
    Write(usize),
    /// … closes the page.
    Leave(usize),
    /// … opens it again.
    Return(usize),
    /// … has a connection that breaks.
    Stumble(usize),
    /// A device's state is chosen.
    State(usize, &'static str),
    /// A dashboard is closed.
    Rest(usize),
    /// … opened again.
    Come(usize),
    /// … has a connection that breaks.
    Trip(usize),
    /// `open`, `join`, `leave`, `close` of a visitor's conversation.
    Act(usize, &'static str, usize),
    /// An operator answers a visitor.
    Reply(usize, usize),
}

/// Who takes part, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) visitors: Range<usize>,
    /// Devices that do something; the others only stay.
    pub(crate) devices: Range<usize>,
    pub(crate) lasts: Duration,
    /// Between two deeds, on average.
    pub(crate) every: Duration,
}

/// Deeds with their times from the start.
#[derive(Clone, Debug)]
pub(crate) struct Schedule(pub(crate) Vec<(Duration, Deed)>);

impl Schedule {
    pub(crate) fn draw(seed: u64, cast: &Cast) -> Self {
        let mut dice = Dice::named(seed, "deeds");
        let (mut deeds, mut at) = (Vec::new(), Duration::ZERO);
        while at < cast.lasts {
            deeds.push((at, deed(&mut dice, cast)));
            at += Duration::from_micros(dice.below(2 * cast.every.as_micros() as u64));
        }
        Self(deeds)
    }

    pub(crate) async fn play(&self, crowd: &Crowd) {
        let started = Instant::now();
        for (at, deed) in &self.0 {
            sleep_until(started + *at).await;
            crowd.does(*deed);
        }
    }
}

/// Visitors do the most; without devices that act, everything.
fn deed(dice: &mut Dice, cast: &Cast) -> Deed {
    let mut one_of = |range: &Range<usize>| range.start + dice.below(range.len() as u64) as usize;
    let (visitor, device) = (one_of(&cast.visitors), one_of(&cast.devices));
    let of_all = if cast.devices.is_empty() { 50 } else { 100 };
    match dice.below(of_all) {
        0..32 => Deed::Write(visitor),
        32..38 => Deed::Leave(visitor),
        38..46 => Deed::Return(visitor),
        46..50 => Deed::Stumble(visitor),
        50..57 => Deed::State(device, "online"),
        57..68 => Deed::State(device, "away"),
        68..71 => Deed::Rest(device),
        71..76 => Deed::Come(device),
        76..80 => Deed::Trip(device),
        80..84 => Deed::Act(device, "open", visitor),
        84..88 => Deed::Act(device, "join", visitor),
        88..90 => Deed::Act(device, "leave", visitor),
        90..92 => Deed::Act(device, "close", visitor),
        _ => Deed::Reply(device, visitor),
    }
}

#[test]
fn a_seed_is_played_again_as_it_was() {
    let second = Duration::from_secs(1);
    let cast = Cast { visitors: 0..4, devices: 1..3, lasts: 9 * second, every: second / 50 };
    let (one, again, other) = (Schedule::draw(7, &cast), Schedule::draw(7, &cast), Schedule::draw(8, &cast));
    assert_eq!(one.0, again.0);
    assert_ne!(one.0, other.0);
    assert!(one.0.len() > 200, "{}", one.0.len());
}
