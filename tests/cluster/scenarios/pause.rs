//! Scenario 2: SIGSTOP of a node for longer than its lease: it comes back without undoing what others did, and nobody flickered who
//! was back elsewhere in time.

use std::time::Duration;

use super::{Harm, Plan, Size, a_while};
use crate::auditor::{Terms, presence, witnesses};
use crate::client::Goal;
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::house::wall_ms;
use crate::people::Crowd;
use crate::report::Round;

const LEASE_MS: u64 = 6_000;
/// Lease and grace, less what a renewal may be old.
const BACK_WITHIN_MS: i64 = LEASE_MS as i64 + 2_000 - 1_500;

/// By then after it goes on, the node has told the others of its devices again.
const GOES_ON_MS: i64 = 10_000;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let shape = Shape::new(3, 4).with("presence.node_lease", &format!("'{LEASE_MS}ms'"));
    let mut plan = Plan::new(shape, size);
    (plan.reserved, plan.steady) = (1, 2);
    plan.lasts = Duration::from_secs(size.of(14, 70));
    let pause = Duration::from_secs(size.of(10, 60));
    super::play("pause", seed, plan, Pause { pause }).await
}

struct Pause {
    pause: Duration,
}

impl Harm for Pause {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        crowd: &Crowd,
        dice: &mut Dice,
        _: &mut Round,
    ) -> Result<Terms, String> {
        a_while(dice, 500, 1_500).await;
        let node = dice.below(cluster.nodes.len() as u64) as usize;
        // Who is pinned there waits with it; everybody else goes elsewhere when it falls silent.
        crowd.visitors[0].go(Goal::Only(node));
        crowd.devices[0].1.go(Goal::Only(node));
        a_while(dice, 500, 1_000).await;
        let stopped_ms = wall_ms();
        cluster.nodes[node].signal("STOP");
        // What they do now waits for it.
        let _ = (crowd.writes(0), crowd.is(0, "away"), crowd.is(0, "online"));
        tokio::time::sleep(self.pause).await;
        cluster.nodes[node].signal("CONT");
        crowd.visitors[0].go(Goal::Any);
        crowd.devices[0].1.go(Goal::Any);
        let unheard = vec![(node, stopped_ms, wall_ms() + GOES_ON_MS)];
        Ok(Terms { spare_ms: 10_000, unheard, ..Terms::default() })
    }

    fn after(&mut self, _: &Cluster, crowd: &Crowd, round: &mut Round) {
        round.finds(presence::flickers(&witnesses(crowd), BACK_WITHIN_MS, 15_000));
    }
}
