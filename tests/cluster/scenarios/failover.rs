//! Scenario 4: The primary dies and sentinels promote a replica. Where nobody waited for it, the replica lacks the last writes: what was
//! acknowledged in that time may be lost, and nothing else is. With `replicas = 1` nothing is.

use std::time::Duration;

use super::{Harm, Plan, Size, a_while};
use crate::auditor::Terms;
use crate::cluster::{Cluster, Shape, StoreKind};
use crate::dice::Dice;
use crate::house::wall_ms;
use crate::people::Crowd;
use crate::proxy::Mode;
use crate::redis;
use crate::report::Round;

/// For so long the replica hears nothing before the primary dies.
const LAG: Duration = Duration::from_millis(1_500);
/// An answer that the primary gave may be heard so much later.
const ON_ITS_WAY_MS: i64 = 1_500;

pub(crate) async fn lossy(seed: u64, size: Size) -> Round {
    play("failover", seed, 0, size).await
}

pub(crate) async fn with_replicas(seed: u64, size: Size) -> Round {
    play("failover-replicas", seed, 1, size).await
}

async fn play(name: &'static str, seed: u64, replicas: u32, size: Size) -> Round {
    let shape = Shape::new(2, 3).on(StoreKind::Sentinel { replicas });
    super::play(name, seed, Plan::new(shape, size), FailOver { replicas }).await
}

struct FailOver {
    replicas: u32,
}

impl Harm for FailOver {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        crowd: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String> {
        a_while(dice, 1_000, 3_000).await;
        let lags_since = wall_ms();
        cluster.replication.as_ref().expect("there is a replica").set(Mode::Silent);
        tokio::time::sleep(LAG).await;
        cluster.redis[0].kill9();
        let killed = wall_ms();
        redis::promoted(&cluster.sentinels[0], cluster.redis[0].address).await?;
        round.worst("promoted_after_ms", (wall_ms() - killed) as f64);
        // The old primary returns; the sentinels make it a replica.
        cluster.redis[0].begin().await?;
        redis::followed(&cluster.redis).await?;
        for node in &mut cluster.nodes {
            node.ready().await?;
        }
        if self.replicas > 0 {
            return Ok(Terms { spare_ms: 10_000, ..Terms::default() });
        }
        // What clients were told of what is lost is not so any more: they look anew, as after a reload of the page.
        crowd.look_anew();
        Ok(Terms { given_up_ms: Some((lags_since, killed + ON_ITS_WAY_MS)), spare_ms: 10_000, ..Terms::default() })
    }
}
