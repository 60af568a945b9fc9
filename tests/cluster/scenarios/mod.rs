//! What can go wrong, one file each: a function of a seed and a size.

pub(crate) mod clocks;
pub(crate) mod cut;
pub(crate) mod failover;
pub(crate) mod first;
pub(crate) mod pause;
pub(crate) mod power;
pub(crate) mod probes;
pub(crate) mod race;
pub(crate) mod redis;
pub(crate) mod rolling;
pub(crate) mod storm;

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::auditor::{self, Terms};
use crate::cluster::{Cluster, Shape};
use crate::dice::Dice;
use crate::people::Crowd;
use crate::report::Round;
use crate::schedule::{Cast, Schedule};

/// How much is done in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Enough to see that it works; with every `cargo test`.
    Quick,
    /// What the figures in docs/reliability.md are made of.
    Long,
}

impl Size {
    pub(crate) fn of<T>(self, quick: T, long: T) -> T {
        if self == Self::Quick { quick } else { long }
    }
}

/// The name of a scenario, as the command line and the table have it, and what plays it.
pub(crate) const ALL: [(&str, Play); 14] = [
    ("first-start", |seed, size| Box::pin(first::play(seed, size))),
    ("one-node", |seed, size| Box::pin(power::one_node(seed, size))),
    ("power", |seed, size| Box::pin(power::several_nodes(seed, size))),
    ("pause", |seed, size| Box::pin(pause::play(seed, size))),
    ("redis", |seed, size| Box::pin(redis::play(seed, size))),
    ("outage", |seed, size| Box::pin(redis::outage(seed, size))),
    ("failover", |seed, size| Box::pin(failover::lossy(seed, size))),
    ("failover-replicas", |seed, size| Box::pin(failover::with_replicas(seed, size))),
    ("cut", |seed, size| Box::pin(cut::play(seed, size))),
    ("clocks", |seed, size| Box::pin(clocks::play(seed, size))),
    ("rolling", |seed, size| Box::pin(rolling::as_documented(seed, size))),
    ("rolling-hurried", |seed, size| Box::pin(rolling::in_a_hurry(seed, size))),
    ("storm", |seed, size| Box::pin(storm::play(seed, size))),
    ("race", |seed, size| Box::pin(race::play(seed, size))),
];

pub(crate) type Play = fn(u64, Size) -> std::pin::Pin<Box<dyn Future<Output = Round>>>;

/// What a scenario with random deeds is made of.
pub(crate) struct Plan {
    pub(crate) shape: Shape,
    pub(crate) visitors: usize,
    /// Of each operator.
    pub(crate) devices: usize,
    /// Visitors, and operators, at the start of their lists: they do what the scenario says, and nothing else.
    pub(crate) reserved: usize,
    /// Operators at the end of the list that only stay.
    pub(crate) steady: usize,
    pub(crate) lasts: Duration,
    pub(crate) every: Duration,
}

impl Plan {
    pub(crate) fn new(shape: Shape, size: Size) -> Self {
        let lasts = size.of(Duration::from_secs(8), Duration::from_secs(30));
        Self { shape, visitors: 6, devices: 1, reserved: 0, steady: 0, lasts, every: Duration::from_millis(40) }
    }
}

/// What a scenario does besides: harm, and what it looks at by itself.
pub(crate) trait Harm {
    /// While people act; ends before or after them.
    async fn during(
        &mut self,
        cluster: &mut Cluster,
        crowd: &Crowd,
        dice: &mut Dice,
        round: &mut Round,
    ) -> Result<Terms, String>;

    /// Before they begin.
    async fn before(&mut self, _: &mut Cluster, _: &mut Crowd, _: &mut Round) -> Result<(), String> {
        Ok(())
    }

    /// After the audit.
    fn after(&mut self, _: &Cluster, _: &Crowd, _: &mut Round) {}
}

/// Plays a plan and audits it. What was found is in the round; if something was, everything is kept to be looked at.
pub(crate) async fn play(name: &'static str, seed: u64, plan: Plan, mut harm: impl Harm) -> Round {
    let mut round = Round::new(name, seed);
    let mut cluster = match Cluster::start(&plan.shape).await {
        Ok(cluster) => cluster,
        Err(why) => {
            round.finds(vec![format!("it did not start: {why}")]);
            return round;
        }
    };
    if let Err(why) = act(&mut cluster, seed, &plan, &mut harm, &mut round).await {
        round.finds(vec![why]);
    }
    if !round.findings.is_empty() {
        println!("{}", cluster.logs());
        println!("{name} with seed {seed} is kept in {}", cluster.keep());
    }
    round
}

async fn act(
    cluster: &mut Cluster,
    seed: u64,
    plan: &Plan,
    harm: &mut impl Harm,
    round: &mut Round,
) -> Result<(), String> {
    let mut crowd = Crowd::gather(cluster, seed, plan.devices, plan.visitors).await?;
    let acted = act_together(cluster, &mut crowd, seed, plan, harm, round).await;
    if acted.is_err() || !round.findings.is_empty() {
        crowd.write_journals(cluster.path());
    }
    acted
}

async fn act_together(
    cluster: &mut Cluster,
    crowd: &mut Crowd,
    seed: u64,
    plan: &Plan,
    harm: &mut impl Harm,
    round: &mut Round,
) -> Result<(), String> {
    harm.before(cluster, crowd, round).await?;
    let until = (plan.shape.operators - plan.steady) * plan.devices;
    let devices = (plan.reserved * plan.devices).min(until)..until;
    let cast = Cast { visitors: plan.reserved..plan.visitors, devices, lasts: plan.lasts, every: plan.every };
    let (schedule, mut dice) = (Schedule::draw(seed, &cast), Dice::named(seed, "harm"));
    let (terms, ()) = tokio::join!(harm.during(cluster, crowd, &mut dice, round), schedule.play(crowd));
    auditor::audit(cluster, crowd, terms?, round).await;
    harm.after(cluster, crowd, round);
    round.deeds = crowd.deeds.load(Ordering::Relaxed);
    Ok(())
}

/// A pause of random length.
pub(crate) async fn a_while(dice: &mut Dice, from_ms: u64, to_ms: u64) {
    tokio::time::sleep(Duration::from_millis(from_ms + dice.below(to_ms - from_ms))).await;
}
