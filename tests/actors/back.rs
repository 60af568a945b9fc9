//! Nodes that come back, nodes that were forgotten, and what is signed out at another node than the one where it is.

use std::time::Duration;

use doorbell::actors::api::{AskConversations, AskDevice, EndSessions, ToLobby, ToSocket};
use doorbell::domain::account::Kind;
use doorbell::domain::ids::{DeviceId, NodeId};
use doorbell::domain::news::OperatorNews;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::{Commit, Outcome, Store};
use doorbell::ports::nodes::{self, NodeLease, Stage};

use super::house::{Guest, House, LEASE, Plug, in_paused_time, reply, uuid};

/// Whether the box was online, each time that it was told to the present node's lobby.
fn flips(house: &House) -> Vec<bool> {
    let told = house.lobby.all();
    told.iter().filter_map(|told| if let ToLobby::Chat { online, .. } = told { Some(*online) } else { None }).collect()
}

/// What the socket was told of her who was away.
fn statuses(plug: &Plug, of: doorbell::domain::ids::OperatorId) -> Vec<Status> {
    let told = plug.heard.all();
    let news = told.iter().filter_map(|told| if let ToSocket::News(news) = told { Some(news) } else { None });
    news.filter_map(|news| match &**news {
        OperatorNews::Presence { operator, status, .. } if *operator == of => Some(*status),
        _ => None,
    })
    .collect()
}

/// Whether the visitor was there, each time that the socket was told of the conversation.
fn visitor_was_there(plug: &Plug) -> Vec<bool> {
    let told = plug.heard.all();
    let news = told.iter().filter_map(|told| if let ToSocket::News(news) = told { Some(news) } else { None });
    news.filter_map(
        |news| if let OperatorNews::Conversation(view) = &**news { Some(view.visitor.online) } else { None },
    )
    .collect()
}

/// How a node is out of reach.
#[derive(Clone, Copy, Debug)]
enum Absence {
    Paused,
    CutOff,
}

fn absent(house: &House, how: Absence, is_absent: bool) {
    match how {
        Absence::Paused => house.pause(is_absent),
        Absence::CutOff => house.cut_off(is_absent),
    }
}

/// Everybody behind the present node's sockets is there and answers whatever they are asked.
async fn all_answer(house: &House, plugs: &[&Plug], guests: &[&Guest]) {
    for _ in 0..40 {
        house.everybody_answers(plugs, guests).await;
        house.during(tokio::time::sleep(Duration::from_millis(100))).await;
    }
}

#[test]
fn p8_who_returns_with_her_node_is_told_of_as_there_and_never_as_gone_again() {
    for how in [Absence::Paused, Absence::CutOff] {
        for offset_ms in (0..1_000).step_by(97) {
            in_paused_time(async {
                let mut house = House::open_on(2).await;
                house.go_to(0);
                let anna = house.enter(house.anna, "laptop").await;
                let visitor = house.guest().await;
                house.says(&visitor, "Hello?").await;
                house.go_to(1);
                let bob = house.enter(house.bob, "phone").await;
                house.choose(&bob, Status::Away).await;
                house.guest().await;
                house.wait(10).await;
                house.go_to(0);
                absent(&house, how, true);
                house.go_to(1);
                house.wait(60).await;
                house.during(tokio::time::sleep(Duration::from_millis(offset_ms))).await;
                assert!(!house.box_is_online().await, "the others gave it up");
                house.lobby.clear();
                bob.heard.clear();
                house.go_to(0);
                absent(&house, how, false);
                all_answer(&house, &[&anna], &[&visitor]).await;
                house.go_to(1);
                house.wait(60).await;
                let case = format!("{how:?}, {offset_ms} ms");
                assert_eq!(flips(&house), [true], "{case}");
                assert_eq!(statuses(&bob, house.anna), [Status::Online], "{case}");
                let there = visitor_was_there(&bob);
                let first = there.iter().position(|there| *there).unwrap_or_else(|| panic!("{case}: {there:?}"));
                assert!(there[first..].iter().all(|there| *there), "{case}: {there:?}");
            });
        }
    }
}

async fn put_leases(house: &House, leases: Vec<(NodeId, NodeLease)>) {
    let records = leases.iter().map(|(id, lease)| nodes::put(*id, lease)).collect();
    let written = house.memory.commit(Commit { records, ..Commit::default() }).await;
    assert!(matches!(written, Outcome::Committed { .. }));
}

fn former(house: &House, count: u32, renewed_at: Timestamp, stage: Stage) -> Vec<(NodeId, NodeLease)> {
    let place = "another place".to_owned();
    let lease = NodeLease { renewed_at, place, quiet_until: renewed_at, stage };
    (0..count).map(|_| (nodes::new_id(house.now() - Span::from_secs(7_200)), lease.clone())).collect()
}

#[test]
fn p6_a_register_full_of_former_runs_hides_no_living_node() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        let lately = house.now() - Span::from_secs(600);
        put_leases(&house, former(&house, 2_500, lately, Stage::Ended)).await;
        house.go_to(0);
        house.enter(house.anna, "laptop").await;
        house.go_to(1);
        house.guest().await;
        house.wait(90).await;
        assert_eq!(house.host().nodes.living(), 2);
        assert!(house.box_is_online().await);
        assert_eq!(flips(&house), [false; 0], "it was never given up");
    });
}

#[test]
fn leases_are_forgotten_by_their_own_dates_once_they_are_taken_over() {
    in_paused_time(async {
        let house = House::open_on(2).await;
        let (hours, now) = (|n: i64| Span::from_secs(n * 3_600), house.now());
        let old = former(&house, 40, now - hours(25), Stage::Open);
        let ended = former(&house, 600, now - hours(2), Stage::Ended);
        let lately = former(&house, 3, now - hours(2), Stage::Open);
        put_leases(&house, [old, ended, lately].concat()).await;
        let known = async || nodes::read(&*house.memory).await.unwrap().known.len();
        house.wait(LEASE.0 / 1_000 + 5).await;
        assert_eq!(known().await, 2 + 643, "what they held may not be looked at yet");
        house.wait(400).await;
        assert_eq!(known().await, 2 + 3);
    });
}

#[test]
fn n10_who_was_on_a_node_that_ended_long_ago_left_when_it_ended_operators_before_visitors() {
    in_paused_time(async {
        // The leases are looked at before the conversation is, and after it.
        for failing_looks in [0, 1] {
            let mut house = House::open_on(2).await;
            house.go_to(1);
            house.close().await;
            house.go_to(0);
            house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(300).await;
            let ended = house.now();
            house.close().await;
            tokio::time::sleep(Duration::from_hours(3)).await;
            house.failing_looks = failing_looks;
            house.start_again(ended).await;
            house.wait(200).await;
            let letters = house.letters().await;
            assert_eq!(letters.len(), 2, "{failing_looks}");
            let what = (letters[0].kind, letters[0].started_at);
            assert_eq!(what, (Kind::Offline, ended), "{failing_looks}: the box went offline first");
        }
    });
}

#[test]
fn p6_p7_what_a_forgotten_node_held_is_no_ghost() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let gone = house.host().node;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        // Nothing waits: the conversation is asleep when it is looked at.
        house.act(house.anna, &guest, reply("Hello!")).await.unwrap();
        house.wait(10).await;
        house.kill();
        house.go_to(1);
        house.kill();
        let forgotten = Commit { records: vec![nodes::delete(gone)], ..Commit::default() };
        assert!(matches!(house.memory.commit(forgotten).await, Outcome::Committed { .. }));
        tokio::time::sleep(Duration::from_hours(48)).await;
        // Some other node was alive until just now.
        house.start_again(house.now() - Span::from_secs(10)).await;
        let asked = AskConversations(vec![guest.conversation()]);
        let views = house.during(house.accounts().ask(house.account, asked)).await.unwrap();
        assert!(!views[0].visitor.online, "at the first look");
        let began = nodes::began_at(gone).unwrap();
        assert!(house.host().last_sign_of(gone) <= began + LEASE, "not when somebody else was last alive");
    });
}

#[test]
fn p4_after_an_outage_of_all_nodes_what_lingered_lingers_on() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let anna = house.enter(house.anna, "laptop").await;
        house.wait(10).await;
        house.break_off(&anna, house.now()).await;
        house.wait(5).await;
        let died = house.now();
        for node in [0, 1] {
            house.go_to(node);
            house.kill();
        }
        tokio::time::sleep(Duration::from_mins(1)).await;
        house.go_to(0);
        house.start_again(died).await;
        house.guest().await;
        assert!(house.box_is_online().await, "it shows what it showed");
        house.wait(60).await;
        assert!(!house.box_is_online().await, "nobody came back");
    });
}

#[test]
fn p4_a_device_that_is_signed_out_at_another_node_stays_signed_out() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let laptop = house.enter(house.anna, "laptop").await;
        house.go_to(1);
        let (operator, device) = (house.anna, DeviceId("laptop".to_owned()));
        let ask = AskDevice { operator, device: device.clone() };
        let used = house.during(house.accounts().ask(house.account, ask)).await.unwrap();
        let session = doorbell::domain::ids::SessionId(uuid(laptop.socket.0));
        assert_eq!(used, Some(vec![session]), "its log-in is known here");
        house.log_in_ends(operator, laptop.socket.0);
        let end = EndSessions { operator, sessions: used, device: Some(device) };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        house.go_to(0);
        all_answer(&house, &[&laptop], &[]).await;
        assert!(laptop.heard.all().iter().any(|told| matches!(told, ToSocket::Revoked)));
        house.leave(&laptop).await;
        for node in [0, 1] {
            house.go_to(node);
            assert_eq!(house.presence().await.operators[0].devices, [], "it is forgotten, and nothing brings it back");
        }
    });
}
