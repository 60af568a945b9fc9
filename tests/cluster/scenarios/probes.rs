//! How soon something is seen, measured while nothing else happens.

use std::time::{Duration, Instant};

use crate::client::{Client, Event, Goal, State};
use crate::cluster::{Cluster, text};
use crate::people::Crowd;
use crate::report::Round;

/// When a client was first told, from an instant on, that an operator is so.
fn told(state: &State, operator: &str, status: &str, from: Instant) -> Option<Instant> {
    let is = |event: &Event| matches!(event, Event::Told(frame) if frame["type"] == "presence" && frame["operator"] == *operator && frame["status"] == *status);
    let since = state.journal.iter().rev().take_while(|(at, _)| at.mono >= from);
    since.filter(|(_, event)| is(event)).map(|(at, _)| at.mono).last()
}

async fn heard_after(
    watchers: &[&Client],
    operator: &str,
    status: &str,
    from: Instant,
) -> Result<Vec<Duration>, String> {
    let mut after = Vec::new();
    for watcher in watchers {
        let heard =
            watcher.wait(&format!("that {operator} is {status}"), |state| told(state, operator, status, from)).await?;
        after.push(heard - from);
    }
    Ok(after)
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// The devices but one, spread over all nodes.
fn watchers(crowd: &Crowd, but: usize) -> Vec<&Client> {
    crowd.devices.iter().enumerate().filter(|(index, _)| *index != but).map(|(_, (_, client))| client).collect()
}

async fn spread(cluster: &Cluster, crowd: &Crowd) -> Result<(), String> {
    for (index, (_, client)) in crowd.devices.iter().enumerate() {
        client.go(Goal::Only(index % cluster.nodes.len()));
    }
    for (index, (_, client)) in crowd.devices.iter().enumerate() {
        client.wait("its node", |state| (state.at == Some(index % cluster.nodes.len())).then_some(())).await?;
    }
    Ok(())
}

fn release(crowd: &Crowd) {
    crowd.devices.iter().for_each(|(_, client)| client.go(Goal::Any));
}

/// A device goes away and comes online again; every other one hears of it. Operators have one device each.
pub(crate) async fn flips(cluster: &Cluster, crowd: &Crowd, times: usize, round: &mut Round) -> Result<(), String> {
    spread(cluster, crowd).await?;
    let mut seen = Vec::new();
    for turn in 0..times {
        let device = turn % crowd.devices.len();
        let operator = crowd.company.operators[crowd.devices[device].0].id.clone();
        for status in ["away", "online"] {
            let from = Instant::now();
            let answer = crowd.is(device, status).ok_or("it rests")?;
            answer.await.map_err(|_| "unanswered".to_owned())?;
            seen.extend(heard_after(&watchers(crowd, device), &operator, status, from).await?);
        }
    }
    release(crowd);
    seen.sort_unstable();
    round.figure("flip_seen_p50_ms", millis(seen[seen.len() / 2]));
    round.worst("flip_seen_max_ms", millis(seen[seen.len() - 1]));
    Ok(())
}

/// A node dies with a device that does not come elsewhere: how soon all others see its operator as offline.
pub(crate) async fn death(cluster: &mut Cluster, crowd: &Crowd, node: usize, round: &mut Round) -> Result<(), String> {
    spread(cluster, crowd).await?;
    let device =
        crowd.devices.iter().position(|(_, client)| client.state().at == Some(node)).ok_or("a device there")?;
    let operator = crowd.company.operators[crowd.devices[device].0].id.clone();
    let from = Instant::now();
    cluster.nodes[node].kill9();
    let elsewhere: Vec<_> =
        watchers(crowd, device).into_iter().filter(|client| client.state().goal != Goal::Only(node)).collect();
    let seen = heard_after(&elsewhere, &operator, "offline", from).await?;
    round.worst("death_seen_ms", millis(seen.into_iter().max().unwrap_or_default()));
    cluster.nodes[node].begin().await?;
    let back = crowd.devices[device].1.wait("its node again", |state| state.at).await?;
    assert_eq!(back, node, "it goes to no other");
    let online = |state: &State| (state.view.people.get(&operator).map(String::as_str) == Some("online")).then_some(());
    for watcher in elsewhere {
        watcher.wait("the return", online).await?;
    }
    release(crowd);
    Ok(())
}

/// The conversation of a client that has written, or nothing.
pub(crate) fn conversation(client: &Client) -> String {
    text(&serde_json::json!(client.state().view.own))
}
