//! Scenario 7: Three nodes are restarted one after another under load: each drains and ends well, clients are told to come back, no
//! box flaps, nobody who stays is told as gone. As docs/operations.md has it, so that one node is always out of its start-up grace,
//! and in a hurry, so that sometimes none is.

use std::time::Duration;

use super::{Harm, Plan, Size, a_while};
use crate::auditor::{Terms, presence, witnesses};
use crate::client::Event;
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::people::Crowd;
use crate::report::Round;

const GRACE_MS: i64 = 6_000;
/// "Service restart."
const RESTART: u16 = 1012;

pub(crate) async fn as_documented(seed: u64, size: Size) -> Round {
    play("rolling", seed, size, Pace::Documented).await
}

pub(crate) async fn in_a_hurry(seed: u64, size: Size) -> Round {
    play("rolling-hurried", seed, size, Pace::Hurried).await
}

/// When the next node's turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// When the one before decides emails again.
    Documented,
    /// When the one before is ready.
    Hurried,
}

async fn play(name: &'static str, seed: u64, size: Size, pace: Pace) -> Round {
    let shape = Shape::new(3, 4).with("presence.grace", &format!("'{GRACE_MS}ms'"));
    let mut plan = Plan::new(shape, size);
    plan.steady = 2;
    if pace == Pace::Documented {
        plan.lasts = size.of(Duration::from_secs(12), Duration::from_secs(40));
    }
    super::play(name, seed, plan, Rolling { rounds: size.of(1, 3), pace }).await
}

struct Rolling {
    rounds: usize,
    pace: Pace,
}

impl Harm for Rolling {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        _: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String> {
        for _ in 0..self.rounds {
            for node in 0..cluster.nodes.len() {
                a_while(dice, 300, 1_200).await;
                let begun = std::time::Instant::now();
                cluster.nodes[node].signal("TERM");
                let status = cluster.nodes[node].ended().await?;
                if !status.success() {
                    round.finds(vec![format!("node {node} ended with {status}")]);
                }
                round.worst("drained_after_ms", begun.elapsed().as_secs_f64() * 1_000.0);
                cluster.nodes[node].begin().await?;
                if self.pace == Pace::Documented {
                    cluster.nodes[node].settled().await?;
                }
            }
        }
        Ok(Terms::default())
    }

    fn after(&mut self, _: &Cluster, crowd: &Crowd, round: &mut Round) {
        let witnesses = witnesses(crowd);
        round.finds(presence::flickers(&witnesses, GRACE_MS, 15_000));
        round.finds(presence::closed_boxes(&witnesses));
        let ends = witnesses.iter().flat_map(|witness| &witness.journal).filter_map(|(_, event)| match event {
            Event::Ended { code, .. } => Some(*code),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        round.figure("sent_away", ends.iter().filter(|code| **code == Some(RESTART)).count() as f64);
    }
}
