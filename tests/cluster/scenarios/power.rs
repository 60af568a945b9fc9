//! Scenario 1: SIGKILL of any node, at any moment: also the one that holds a timer, also between firing and sending.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Harm, Plan, Size, a_while, play, probes};
use crate::auditor::Terms;
use crate::cluster::{Cluster, Shape, StoreKind};
use crate::dice::Dice;
use crate::people::Crowd;
use crate::report::Round;
use crate::sink::{Act, At};

pub(crate) async fn several_nodes(seed: u64, size: Size) -> Round {
    let plan = Plan::new(Shape::new(3, 3), size);
    let (lasts, probes) = (plan.lasts, size.of(2, 12));
    play("power", seed, plan, Power { lasts, probes, dark_ms: (100, 5_000) }).await
}

/// The same for one node on a file: nothing of it needs a second node.
pub(crate) async fn one_node(seed: u64, size: Size) -> Round {
    let plan = Plan::new(Shape::new(1, 3).on(StoreKind::Sqlite), size);
    let lasts = plan.lasts;
    play("one-node", seed, plan, Power { lasts, probes: 0, dark_ms: (1, 500) }).await
}

struct Power {
    lasts: Duration,
    /// How often it is measured how soon a flip is seen.
    probes: usize,
    /// For how long a node stays dead.
    dark_ms: (u64, u64),
}

/// Where in a letter the sender is killed.
const MOMENTS: [At; 4] = [At::Mail, At::Data, At::Body, At::Dot];

impl Harm for Power {
    async fn before(&mut self, cluster: &mut Cluster, crowd: &mut Crowd, round: &mut Round) -> Result<(), String> {
        if self.probes > 0 {
            probes::flips(cluster, crowd, self.probes, round).await?;
            probes::death(cluster, crowd, 1, round).await?;
        }
        Ok(())
    }

    async fn during(
        &mut self,
        cluster: &mut Cluster,
        _: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String> {
        let end = Instant::now() + self.lasts;
        let mut kills = 0.0;
        while Instant::now() < end {
            let node = if dice.below(3) == 0 {
                match sender(cluster, *dice.pick(&MOMENTS)).await {
                    Some(node) => node,
                    None => continue,
                }
            } else {
                a_while(dice, 50, 1_500).await;
                dice.below(cluster.nodes.len() as u64) as usize
            };
            cluster.nodes[node].kill9();
            kills += 1.0;
            a_while(dice, self.dark_ms.0, self.dark_ms.1).await;
            cluster.nodes[node].begin().await?;
        }
        round.figure("kills", kills);
        Ok(Terms::default())
    }
}

/// Waits until a node is in the middle of a letter, for its relay says nothing more: which. `None`: nobody sends now.
async fn sender(cluster: &Cluster, at: At) -> Option<usize> {
    for sink in &cluster.sinks {
        sink.on(at, Act::Silence);
    }
    let silent = cluster.sinks.iter().map(|sink| Box::pin(sink.wait_next_silent()));
    let met = timeout(Duration::from_secs(2), futures_util::future::select_all(silent)).await;
    let node = met.ok().map(|((), node, _)| node);
    for (index, sink) in cluster.sinks.iter().enumerate() {
        sink.forget();
        // That one is about to die; others who were met with silence go on.
        if Some(index) != node {
            sink.release_silent();
        }
    }
    node
}
