//! Scenario 6: Two nodes whose wall clocks are 30 s apart: by whichever somebody acts, times are the store's, and timers fire in time.

use std::time::Duration;

use super::{Harm, Plan, Size};
use crate::auditor::{Terms, witnesses};
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::house::told_ms;
use crate::people::Crowd;
use crate::report::Round;

const APART_S: i32 = 30;
/// What is wrong by less is slow, not apart.
const WRONG_MS: i64 = 12_000;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let mut shape = Shape::new(2, 3);
    shape.ahead_s = if seed.is_multiple_of(2) { vec![0, APART_S] } else { vec![-APART_S, 0] };
    super::play("clocks", seed, Plan::new(shape, size), Apart).await
}

struct Apart;

impl Harm for Apart {
    async fn during(&mut self, _: &mut Cluster, _: &Crowd, _: &mut Dice, _: &mut Round) -> Result<Terms, String> {
        tokio::time::sleep(Duration::ZERO).await;
        Ok(Terms::default())
    }

    fn after(&mut self, _: &Cluster, crowd: &Crowd, round: &mut Round) {
        let mut worst_ms = 0;
        for witness in witnesses(crowd) {
            for (heard, asked, answer) in witness.granted().filter(|(_, asked, _)| asked["type"] == "message") {
                let apart_ms = told_ms(&answer["at"]).map_or(i64::MAX, |told| heard.wall_ms - told);
                worst_ms = worst_ms.max(apart_ms.abs());
                if apart_ms.abs() > WRONG_MS {
                    round.finds(vec![format!("{}: {asked} was dated {apart_ms} ms ago: {answer}", witness.name)]);
                }
            }
        }
        round.worst("dated_off_ms", worst_ms as f64);
    }
}
