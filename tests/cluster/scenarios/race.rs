//! Scenario 9: An operator comes online on one node in the very moment in which a timer fires on another, again and again: an
//! acknowledged cancel before the firing means no mail, and whatever was decided is what was told and sent.
//!
//! Many lanes, an account each. The visitor's socket is at one node and so is, most of the time, the conversation's timer; the
//! operator's is at another. Its deadline is known from the `timer` event; the operator comes online a few milliseconds before
//! or after it. Each lane moves its aim until it wins about half of its races, so that they stay close whatever the machine.

use std::time::Duration;

use futures_util::future::join_all;

use super::Size;
use crate::auditor::letters;
use crate::auditor::truth::Truth;
use crate::auditor::witness::Witness;
use crate::client::{Client, Event, Goal, State};
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::house::{Moment, told_ms, wall_ms};
use crate::people::{Crowd, visitor};
use crate::report::Round;

const DELAY_MS: u64 = 400;
/// Races of a lane, all together as many as the size says.
const LANES: usize = 16;
/// Around its aim, a lane throws so far.
const SPREAD_MS: i64 = 4;
/// An act that was under way within so much of the deadline was close.
const CLOSE_MS: i64 = 2;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let mut round = Round::new("race", seed);
    let shape = (Shape::new(2, 1).with("notifications.offline_delay", &format!("'{DELAY_MS}ms'")))
        .with("notifications.cooldown", "'1ms'")
        .with("notifications.flap_cap", "'24h'");
    let mut cluster = match Cluster::start(&shape).await {
        Ok(cluster) => cluster,
        Err(why) => {
            round.finds(vec![format!("it did not start: {why}")]);
            return round;
        }
    };
    if let Err(why) = act(&mut cluster, seed, size.of(10, 625), &mut round).await {
        round.finds(vec![why]);
    }
    if !round.findings.is_empty() {
        println!("{}", cluster.logs());
        println!("race with seed {seed} is kept in {}", cluster.keep());
    }
    round
}

async fn act(cluster: &mut Cluster, seed: u64, races: usize, round: &mut Round) -> Result<(), String> {
    let (mut lanes, nodes) = (Vec::new(), cluster.nodes.len());
    for number in 0..LANES {
        let mut crowd = Crowd::empty(cluster.company(1).await?);
        let device = crowd.device(cluster, seed, 0, "laptop", Goal::Only(number % nodes));
        let visitor = visitor(cluster, &crowd.company, seed, number, Goal::Only((number + 1) % nodes));
        crowd.devices.push((0, device));
        crowd.visitors.push(visitor);
        crowd.all_are_welcome().await?;
        lanes.push(crowd);
    }
    let run = lanes
        .iter()
        .enumerate()
        .map(|(number, crowd)| lane(crowd, Dice::named(seed, &format!("lane {number}")), races));
    let mut tallies = Vec::new();
    for (tally, crowd) in join_all(run).await.into_iter().zip(&lanes) {
        tallies.push(tally.inspect_err(|_| crowd.write_journals(cluster.path()))?);
    }
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>() as f64;
    round.deeds = tallies.iter().map(|tally| tally.cancelled + tally.fired).sum();
    round.figure("cancelled", sum(|tally| tally.cancelled));
    round.figure("fired", sum(|tally| tally.fired));
    round.figure("close", sum(|tally| tally.close));
    for crowd in &lanes {
        look_over(cluster, crowd, round).await?;
    }
    Ok(())
}

/// How a lane's races went.
#[derive(Default)]
struct Tally {
    cancelled: usize,
    fired: usize,
    /// Those that were under way at the deadline, but for a moment.
    close: usize,
}

async fn lane(crowd: &Crowd, mut dice: Dice, races: usize) -> Result<Tally, String> {
    let (device, mut tally, mut aim_ms) = (&crowd.devices[0].1, Tally::default(), 0);
    answered(crowd.is(0, "away")).await?;
    let mut from = Moment::now();
    answered(crowd.writes(0)).await?;
    for race in 0..races {
        // On a slow machine it may have fired by the time that it is told: nothing is left to race with.
        let told = |state: &State| timers(state, from).next().map(|_| running(state, from));
        let due_ms = device.wait("a timer", told).await?;
        if let Some(due_ms) = due_ms {
            let at_ms = due_ms + aim_ms - SPREAD_MS + dice.below(2 * SPREAD_MS as u64 + 1) as i64;
            tokio::time::sleep(Duration::from_millis(u64::try_from(at_ms - wall_ms()).unwrap_or(0))).await;
        }
        let asked_ms = wall_ms();
        answered(crowd.is(0, "online")).await?;
        let is_close = |due_ms| (asked_ms - CLOSE_MS..=wall_ms() + CLOSE_MS).contains(&due_ms);
        tally.close += usize::from(due_ms.is_some_and(is_close));
        let fired = device.wait("the timer's end", |state| ended(state, from)).await?;
        // Large steps at first, to find the place.
        let step_ms = (8 >> race.min(3)).max(1);
        aim_ms += if fired { -step_ms } else { step_ms };
        if fired {
            tally.fired += 1;
        } else {
            tally.cancelled += 1;
        }
        from = Moment::now();
        answered(crowd.is(0, "away")).await?;
        if fired {
            answered(crowd.writes(0)).await?;
        }
    }
    // Nothing is left to be told about.
    answered(crowd.is(0, "online")).await.map(|()| tally)
}

async fn answered(asked: Option<tokio::sync::oneshot::Receiver<serde_json::Value>>) -> Result<(), String> {
    let answer = asked.ok_or("somebody rests")?.await.map_err(|_| "unanswered".to_owned())?;
    if answer["type"] == "ack" { Ok(()) } else { Err(answer.to_string()) }
}

/// What was told of timers since an instant, the newest first.
fn timers(state: &State, from: Moment) -> impl Iterator<Item = &serde_json::Value> {
    let since = state.journal.iter().rev().take_while(move |(at, _)| at.mono >= from.mono);
    since.filter_map(|(_, event)| match event {
        Event::Told(frame) if frame["type"] == "timer" && frame["kind"] == "offline" => Some(frame),
        _ => None,
    })
}

/// When the timer that runs now is due.
fn running(state: &State, from: Moment) -> Option<i64> {
    timers(state, from).next().filter(|frame| frame["state"] == "running").and_then(|frame| told_ms(&frame["due_at"]))
}

/// Whether it fired, once it has ended.
fn ended(state: &State, from: Moment) -> Option<bool> {
    timers(state, from).next().filter(|frame| frame["state"] != "running").map(|frame| frame["state"] == "fired")
}

/// The record, the outbox, the relay and what was told agree; no letter came after an acknowledged cancel.
async fn look_over(cluster: &Cluster, crowd: &Crowd, round: &mut Round) -> Result<(), String> {
    let settled = crate::house::eventually("the lane is settled", async || {
        let truth = Truth::of(&cluster.nodes[0], &crowd.company).await?;
        truth.pending().map_or(Ok(truth), Err)
    });
    let truth = settled.await?;
    let witnesses: Vec<_> = crowd.clients().map(Witness::of).collect();
    round.finds(letters::once(&truth, &letters::arrived(&cluster.bodies(), &crowd.company), false));
    round.finds(letters::uncancelled(&truth, &witnesses, 0, &[]));
    round.finds(letters::ends(&truth, &crowd.company));
    let fired = told_as_fired(&crowd.devices[0].1);
    if fired != truth.emails.len() {
        round.finds(vec![format!("{fired} firings were told, and there are {} letters", truth.emails.len())]);
    }
    Ok(())
}

fn told_as_fired(device: &Client) -> usize {
    let state = device.state();
    let fired =
        |event: &Event| matches!(event, Event::Told(frame) if frame["type"] == "timer" && frame["state"] == "fired");
    state.journal.iter().filter(|(_, event)| fired(event)).count()
}
