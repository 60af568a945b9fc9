//! How many are let in.

use doorbell::edge::limits::DoorLimits;

use super::world::{Peer, World, calm};

async fn refused(world: &World, headers: &[(&'static str, &str)]) -> String {
    match world.connect_with("/ws/visitor", headers).await {
        Ok(_) => "it was let in".into(),
        Err(error) => error.to_string(),
    }
}

async fn wait_for_seats(world: &World, seated: usize) {
    while world.doors.seated() != seated {
        tokio::task::yield_now().await;
    }
}

#[actix_rt::test]
async fn an_address_has_so_many_sockets() {
    let world = World::start(DoorLimits { connections_per_ip: 2, ..calm() });
    let first = world.connect("/ws/visitor").await;
    let _second: Peer = world.connect("/ws/operator").await;
    assert!(refused(&world, &[]).await.contains("429"));
    drop(first);
    wait_for_seats(&world, 1).await;
    let _third = world.connect("/ws/visitor").await;
}

#[actix_rt::test]
async fn the_house_has_so_many_sockets() {
    let world = World::start(DoorLimits { connections: 1, ..calm() });
    let _first = world.connect("/ws/visitor").await;
    assert!(refused(&world, &[]).await.contains("503"));
}

#[actix_rt::test]
async fn a_trusted_proxy_speaks_for_many() {
    let trusted_proxies = doorbell::edge::address::TrustedProxies(vec!["127.0.0.0/8".parse().expect("a good network")]);
    let world = World::start(DoorLimits { connections_per_ip: 1, trusted_proxies, ..calm() });
    let from = |address| [("x-forwarded-for", address)];
    let _first = world.connect_with("/ws/visitor", &from("1.1.1.1")).await.expect("it is let in");
    let _second = world.connect_with("/ws/visitor", &from("2.2.2.2")).await.expect("it is let in");
    assert!(refused(&world, &from("1.1.1.1")).await.contains("429"));
    assert!(refused(&world, &from("6.6.6.6, 2.2.2.2")).await.contains("429"));
}
