//! Scenario 7: Three nodes are restarted one after another under load: each drains and ends well, clients are told to come back, no
//! box flaps, nobody who stays is told as gone.

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

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let shape = Shape::new(3, 4).with("presence.grace", &format!("'{GRACE_MS}ms'"));
    let mut plan = Plan::new(shape, size);
    plan.steady = 2;
    super::play("rolling", seed, plan, Rolling { rounds: size.of(1, 3) }).await
}

struct Rolling {
    rounds: usize,
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
