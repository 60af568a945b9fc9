//! Scenario 8: A reconnect storm: a node dies, and all its visitors come to the others at once; then the box flips for everybody.

use std::time::{Duration, Instant};

use super::{Size, probes};
use crate::client::{Client, Goal};
use crate::cluster::{Cluster, Shape};
use crate::people::{Crowd, visitor};
use crate::report::Round;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let mut round = Round::new("storm", seed);
    let shape = Shape::new(2, 2);
    let mut cluster = match Cluster::start(&shape).await {
        Ok(cluster) => cluster,
        Err(why) => {
            round.finds(vec![format!("it did not start: {why}")]);
            return round;
        }
    };
    if let Err(why) = act(&mut cluster, seed, size.of(300, 5_000), &mut round).await {
        round.finds(vec![why]);
    }
    if !round.findings.is_empty() {
        println!("{}", cluster.logs());
        println!("storm with seed {seed} is kept in {}", cluster.keep());
    }
    round
}

async fn act(cluster: &mut Cluster, seed: u64, count: usize, round: &mut Round) -> Result<(), String> {
    let mut crowd = Crowd::empty(cluster.company.clone());
    let device = crowd.device(cluster, seed, 0, "laptop", Goal::Only(1));
    crowd.devices.push((0, device));
    crowd.all_are_welcome().await?;
    for number in 0..count {
        // Half of them are at the node that dies, as a balancer has it.
        let client = visitor(cluster, &cluster.company, seed, number, Goal::Only(number % 2));
        crowd.visitors.push(client);
        if number % 100 == 99 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    crowd.all_are_welcome().await?;
    all_see(&crowd, "online").await?;
    let begun = Instant::now();
    cluster.nodes[0].kill9();
    let lost: Vec<&Client> = crowd.visitors.iter().step_by(2).collect();
    lost.iter().for_each(|client| client.go(Goal::Any));
    for client in &lost {
        client.wait("the other node", |state| (state.at == Some(1)).then_some(())).await?;
    }
    round.worst("all_back_after_ms", begun.elapsed().as_secs_f64() * 1_000.0);
    all_see(&crowd, "online").await?;
    cluster.nodes[0].begin().await?;
    for status in ["away", "online"] {
        let begun = Instant::now();
        let answer = crowd.is(0, status).ok_or("it rests")?;
        answer.await.map_err(|_| "unanswered".to_owned())?;
        all_see(&crowd, if status == "online" { "online" } else { "offline" }).await?;
        round.worst("flip_seen_by_all_ms", begun.elapsed().as_secs_f64() * 1_000.0);
    }
    // Whoever came through the storm can be heard.
    for who in 0..20.min(count) {
        let answer = crowd.writes(who).ok_or("a visitor who is there")?;
        let answer = answer.await.map_err(|_| "unanswered".to_owned())?;
        if answer["type"] != "ack" || probes::conversation(&crowd.visitors[who]).is_empty() {
            round.finds(vec![format!("visitor {who} was answered {answer}")]);
        }
    }
    round.deeds = count;
    Ok(())
}

async fn all_see(crowd: &Crowd, chat: &str) -> Result<(), String> {
    for visitor in &crowd.visitors {
        visitor
            .wait(&format!("a box that is {chat}"), |state| {
                (state.at.is_some() && state.view.chat == chat).then_some(())
            })
            .await?;
    }
    Ok(())
}
