//! Scenario 3: Redis killed and restarted on its append-only file, stopped and let go on, again and again; and away for so long that
//! nodes are quiet when it is back, as after a start.

use std::time::Duration;

use tokio::time::Instant;

use super::{Harm, Plan, Size, a_while};
use crate::auditor::Terms;
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::people::Crowd;
use crate::report::Round;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let plan = Plan::new(Shape::new(2, 3), size);
    let lasts = plan.lasts;
    super::play("redis", seed, plan, Restarts { lasts }).await
}

pub(crate) async fn outage(seed: u64, size: Size) -> Round {
    let mut plan = Plan::new(Shape::new(2, 3), size);
    plan.lasts = size.of(Duration::from_secs(26), Duration::from_mins(1));
    super::play("outage", seed, plan, Outages { times: size.of(1, 2) }).await
}

struct Outages {
    times: usize,
}

impl Harm for Outages {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        _: &Crowd,
        dice: &mut Dice,
        _: &mut Round,
    ) -> Result<Terms, String> {
        for _ in 0..self.times {
            a_while(dice, 2_000, 6_000).await;
            let redis = &mut cluster.redis[0];
            redis.kill9();
            // Longer than 15 s: then people who lost their sockets are waited for.
            a_while(dice, 16_000, 19_000).await;
            redis.begin().await?;
        }
        Ok(Terms::default())
    }
}

struct Restarts {
    lasts: Duration,
}

impl Harm for Restarts {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        _: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String> {
        let end = Instant::now() + self.lasts;
        let mut restarts = 0.0;
        while Instant::now() < end {
            a_while(dice, 500, 2_500).await;
            let redis = &mut cluster.redis[0];
            if dice.below(4) == 0 {
                redis.pause();
                a_while(dice, 100, 4_000).await;
                redis.go_on();
            } else {
                redis.kill9();
                a_while(dice, 10, 3_000).await;
                redis.begin().await?;
            }
            restarts += 1.0;
        }
        round.figure("restarts", restarts);
        Ok(Terms::default())
    }
}
