//! Scenario 0: Three nodes meet an empty store at once: they are one installation from the first moment on. Whoever one of them knows,
//! all know.

use super::Size;
use crate::client::{Client, Goal};
use crate::cluster::{Cluster, Shape};
use crate::people::visitor;
use crate::report::Round;

pub(crate) async fn play(seed: u64, size: Size) -> Round {
    let mut round = Round::new("first-start", seed);
    for _ in 0..size.of(1, 10) {
        if let Err(why) = act(seed, &mut round).await {
            round.finds(vec![why]);
        }
    }
    round
}

async fn act(seed: u64, round: &mut Round) -> Result<(), String> {
    let mut shape = Shape::new(3, 1);
    shape.at_once = true;
    let cluster = Cluster::start(&shape).await?;
    for start in 0..cluster.nodes.len() {
        let client = visitor(&cluster, &cluster.company, seed, start, Goal::Only(start));
        let first = token(&client, start).await?;
        for other in (0..cluster.nodes.len()).filter(|node| *node != start) {
            client.go(Goal::Only(other));
            if token(&client, other).await? != first {
                round.finds(vec![format!("a visitor of node {start} is a stranger to node {other}")]);
            }
            round.deeds += 1;
        }
    }
    Ok(())
}

/// The token by which a visitor is known at a node.
async fn token(client: &Client, node: usize) -> Result<String, String> {
    client.wait("a welcome", |state| state.token.clone().filter(|_| state.at == Some(node))).await
}
