//! Compares what clients were acknowledged and told with what every node, the outbox and the relay say.

pub(crate) mod letters;
pub(crate) mod messages;
pub(crate) mod presence;
#[cfg(test)]
mod tests;
pub(crate) mod truth;
pub(crate) mod witness;

use std::time::Duration;

use self::truth::Truth;
use self::witness::{Said, Witness};
use crate::client::Goal;
use crate::cluster::Cluster;
use crate::house::{eventually, within};
use crate::people::Crowd;
use crate::report::Round;

/// What a scenario gives up, and by how much its clocks and heartbeats may be off.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Acknowledged between these instants of the wall clock, something may be lost (a fail-over).
    pub(crate) given_up_ms: Option<(i64, i64)>,
    /// For the server, a device's last sign of life may be so much older than the device thinks.
    pub(crate) spare_ms: i64,
    /// A node, from when to when (wall clock) the others could not know of its devices: they may take them for gone.
    pub(crate) unheard: Vec<(usize, i64, i64)>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { given_up_ms: None, spare_ms: 4_000, unheard: Vec::new() }
    }
}

/// A letter that a node had claimed when it died waits until the claim has lapsed, which may take two minutes.
const LETTERS_DEADLINE: Duration = Duration::from_mins(3);

/// The end of every scenario: all is healed, everybody comes back, nothing is pending; then all must agree. Afterwards the
/// visitors leave, and every message must have its end.
pub(crate) async fn audit(cluster: &mut Cluster, crowd: &Crowd, terms: Terms, round: &mut Round) {
    if let Err(why) = examine(cluster, crowd, terms, round).await {
        round.finds(vec![why]);
    }
}

async fn examine(cluster: &mut Cluster, crowd: &Crowd, terms: Terms, round: &mut Round) -> Result<(), String> {
    cluster.heal().await?;
    crowd.all_are_welcome().await?;
    crowd.all_is_answered().await?;
    // What is found here is no reason not to look further.
    match settle(cluster, crowd).await {
        Ok(after_ms) => round.figure("settled_after_ms", after_ms),
        Err(why) => round.finds(vec![why]),
    }
    round.finds(agree(cluster, crowd).await.err().into_iter().collect());
    for visitor in &crowd.visitors {
        visitor.go(Goal::Rest);
    }
    round.finds(gone(cluster, crowd).await.err().into_iter().collect());
    let truth = Truth::of(&cluster.nodes[0], &crowd.company).await?;
    let witnesses = witnesses(crowd);
    let is_given_up =
        |said: &Said| terms.given_up_ms.is_some_and(|(from, until)| (from..until).contains(&said.at.wall_ms));
    let arrived = letters::arrived(&cluster.bodies(), &crowd.company);
    round.finds(messages::kept(&truth, &witnesses, is_given_up));
    round.finds(messages::told_alike(&witnesses));
    round.finds(letters::once(&truth, &arrived, terms.given_up_ms.is_some()));
    if terms.given_up_ms.is_none() {
        round.finds(letters::uncancelled(&truth, &witnesses, terms.spare_ms, &terms.unheard));
    }
    round.figure("messages", witnesses.iter().map(|witness| witness.said().count()).sum::<usize>() as f64);
    round.figure("told_again", witnesses.iter().map(|witness| witness.view.told_again).sum::<usize>() as f64);
    round.figure("letters", arrived.len() as f64);
    round.worst("timer_late_ms", timer_late_ms(&truth));
    Ok(())
}

pub(crate) fn witnesses(crowd: &Crowd) -> Vec<Witness> {
    crowd.clients().map(Witness::of).collect()
}

/// Waits until nothing is pending: how long that took, in milliseconds.
async fn settle(cluster: &Cluster, crowd: &Crowd) -> Result<f64, String> {
    let started = std::time::Instant::now();
    within(LETTERS_DEADLINE, "all is decided and sent", async || {
        let truth = Truth::of(&cluster.nodes[0], &crowd.company).await?;
        truth.pending().map_or(Ok(()), Err)
    })
    .await?;
    Ok(started.elapsed().as_secs_f64() * 1_000.0)
}

/// Waits until all nodes and all clients know the same, and that is how things are.
async fn agree(cluster: &Cluster, crowd: &Crowd) -> Result<(), String> {
    eventually("all nodes and clients agree", async || {
        let truth = Truth::of(&cluster.nodes[0], &crowd.company).await?;
        let mut found = Vec::new();
        for node in &cluster.nodes[1..] {
            found.extend(truth.differences(&Truth::of(node, &crowd.company).await?));
        }
        let witnesses = witnesses(crowd);
        found.extend(messages::views(&truth, &witnesses));
        found.extend(messages::summaries(&truth));
        found.extend(presence::ghosts(&truth, &witnesses));
        if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
    })
    .await
}

/// Waits until the visitors are gone for everybody and nothing is pending any more.
async fn gone(cluster: &Cluster, crowd: &Crowd) -> Result<(), String> {
    eventually("the visitors have left and everything has its end", async || {
        let truth = Truth::of(&cluster.nodes[0], &crowd.company).await?;
        let there = truth.conversations.values().find(|conversation| conversation["visitor"]["online"] == true);
        if let Some(conversation) = there {
            return Err(format!("a visitor who has left is told as there: {conversation}"));
        }
        truth.pending().map_or(Ok(()), Err)?;
        let open = letters::ends(&truth, &crowd.company);
        if open.is_empty() { Ok(()) } else { Err(open.join("\n")) }
    })
    .await
}

/// By how much the latest firing was later than its deadline.
fn timer_late_ms(truth: &Truth) -> f64 {
    let timers = truth.explanations.values().flat_map(|e| e["timers"].as_array().into_iter().flatten());
    let fired = timers.filter(|timer| timer["state"] == "fired");
    let late = fired.filter_map(|timer| {
        Some(crate::house::told_ms(&timer["ended_at"])? - crate::house::told_ms(&timer["due_at"])?)
    });
    late.max().unwrap_or(0) as f64
}
