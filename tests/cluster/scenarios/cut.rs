//! Scenario 5: A node cut off from Redis while its operators and visitors act: sockets stay, boxes keep their state and turn stale,
//! nothing is acknowledged, `/readyz` says why; then it heals by itself.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Harm, Plan, Size, a_while};
use crate::auditor::Terms;
use crate::client::{Event, Goal};
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::house::{eventually, wall_ms};
use crate::people::Crowd;
use crate::proxy::Mode;
use crate::report::Round;
use crate::schedule::Deed;

/// What was under way when the wire was cut has been answered by then, or is not answered until it heals.
const UNDER_WAY: Duration = Duration::from_secs(3);

/// By then after it is healed, the node has told the others of its devices again.
const HEALED_MS: i64 = 10_000;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let mut plan = Plan::new(Shape::new(2, 3), size);
    plan.reserved = 2;
    plan.lasts = Duration::from_secs(size.of(11, 65));
    let cut = Duration::from_secs(size.of(8, 60));
    super::play("cut", seed, plan, Cut { cut }).await
}

struct Cut {
    cut: Duration,
}

impl Harm for Cut {
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        crowd: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String> {
        let pinned = [&crowd.visitors[0], &crowd.visitors[1], &crowd.devices[0].1];
        pinned.iter().for_each(|client| client.go(Goal::Only(0)));
        for client in pinned {
            client.wait("its node", |state| (state.at == Some(0)).then_some(())).await?;
        }
        // What is so already, as far as the node knows, is no more acknowledged during the cut than what changes something.
        let joins = || crowd.does(Deed::Act(0, "join", 0));
        let appears = || drop(crowd.devices[0].1.ask(json!({ "type": "appear_offline", "on": false })));
        joins();
        appears();
        a_while(dice, 500, 1_000).await;
        let (began, cut_ms) = (Instant::now(), wall_ms());
        let mode = *dice.pick(&[Mode::Cut, Mode::Silent, Mode::Deaf, Mode::Mute]);
        cluster.wires[0].set(mode);
        let api = cluster.nodes[0].api(None);
        let what = format!("with Redis {mode:?} /readyz says so");
        let unready = eventually(&what, async || match api.call("GET", "/readyz", None).await {
            Ok(answer) if answer.status == 503 && answer.body.contains("code") => Ok(answer.body),
            other => Err(format!("{other:?}")),
        });
        unready.await?;
        round.worst("unready_after_ms", began.elapsed().as_secs_f64() * 1_000.0);
        for client in pinned {
            client.wait("a stale box", |state| state.view.is_stale.then_some(())).await?;
        }
        while began.elapsed() < self.cut {
            let state = if dice.below(2) == 0 { "online" } else { "away" };
            joins();
            appears();
            let _ = (crowd.writes(0), crowd.writes(1), crowd.is(0, state));
            a_while(dice, 200, 2_000).await;
        }
        for client in pinned {
            let state = client.state();
            let late = state.journal.iter().filter(|(at, event)| {
                matches!(event, Event::Answered { answer, .. } if answer["type"] == "ack")
                    && at.mono > began + UNDER_WAY
            });
            round.finds(late.map(|(_, event)| format!("acknowledged without a store: {event:?}")).collect());
        }
        let healed = Instant::now();
        cluster.wires[0].set(Mode::Pass);
        cluster.nodes[0].ready().await?;
        round.worst("healed_after_ms", healed.elapsed().as_secs_f64() * 1_000.0);
        pinned.iter().for_each(|client| client.go(Goal::Any));
        a_while(dice, 1, 500).await;
        let unheard = vec![(0, cut_ms, wall_ms() + HEALED_MS)];
        Ok(Terms { spare_ms: 10_000, unheard, ..Terms::default() })
    }
}
