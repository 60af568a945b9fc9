//! Several nodes on one Redis, as real processes, under random harm that can be had again: `CLUSTER_SEED=… cargo test --test
//! cluster`. What is compared at the end of each scenario is in `auditor/`; `scripts/reliability` plays them many times.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![expect(clippy::print_stdout, reason = "seeds and figures are to be read")]

#[path = "../reference/checker/answers.rs"]
mod answers;
mod auditor;
mod client;
mod cluster;
mod dice;
mod house;
#[path = "../live/http.rs"]
#[expect(dead_code, reason = "built for tests/live; here less of it is needed")]
mod http;
mod long;
mod node;
mod people;
mod proxy;
mod redis;
mod report;
mod scenarios;
mod schedule;
#[path = "../mail/sink.rs"]
mod sink;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod view;

use scenarios::Size;
use tokio::sync::Semaphore;

/// So many scenarios at once: they wait most of the time, but two cores carry only so many processes.
static ROOM: Semaphore = Semaphore::const_new(3);

/// Plays the quick version of a scenario; what the auditor finds fails the test.
async fn quick(name: &str) {
    let _room = ROOM.acquire().await.unwrap();
    let given = std::env::var("CLUSTER_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
    println!("CLUSTER_SEED={seed}");
    let (_, play) = scenarios::ALL.iter().find(|(known, _)| *known == name).expect("there is such a scenario");
    let round = play(seed, Size::Quick).await;
    println!("{}", round.line());
    assert!(round.findings.is_empty(), "{name} with CLUSTER_SEED={seed}:\n{}", round.findings.join("\n"));
    assert!(round.deeds > 0, "something was done");
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            quick($name).await;
        }
    )* };
}

scenarios! {
    nodes_that_meet_an_empty_store_at_once: "first-start",
    one_node_on_a_file_survives_power_cuts: "one-node",
    power_cuts_of_any_node_at_any_moment: "power",
    a_node_that_is_paused_for_longer_than_its_lease: "pause",
    redis_killed_and_restarted: "redis",
    redis_away_for_long: "outage",
    a_fail_over_to_a_replica_that_lacks_the_last_writes: "failover",
    a_fail_over_where_each_commit_waited_for_a_replica: "failover-replicas",
    a_node_that_is_cut_off_from_redis: "cut",
    nodes_whose_clocks_are_apart: "clocks",
    a_rolling_restart_under_load: "rolling",
    a_rolling_restart_in_a_hurry: "rolling-hurried",
    a_reconnect_storm: "storm",
    coming_online_in_the_moment_of_firing: "race",
}
