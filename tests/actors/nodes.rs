//! Several nodes on one store: what is done at one is known at all, and what happens to one is made good by the others.

use doorbell::actors::api::{Deed, EndSessions, Ended, ToLobby, ToSocket};
use doorbell::domain::account::Kind;
use doorbell::domain::ids::SessionId;
use doorbell::domain::news::{OperatorNews, TimerState, VisitorNews};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::Span;

use super::house::{DELAY, Guest, House, LEASE, Plug, in_paused_time, reply, uuid};

/// Something that takes no time at all, and the hints of it, are over.
const AT_ONCE: i64 = 1;

/// What a socket was told, as far as `wanted` makes something of it.
fn told<T>(plug: &Plug, wanted: impl Fn(&OperatorNews) -> Option<T>) -> Vec<T> {
    let all = plug.heard.all();
    let news = all.iter().filter_map(|told| match told {
        ToSocket::News(news) => Some(news),
        ToSocket::Revoked | ToSocket::Prove => None,
    });
    news.filter_map(|news| wanted(news)).collect()
}

fn texts(plug: &Plug) -> Vec<String> {
    told(plug, |news| match news {
        OperatorNews::Message { message, .. } if message.event.is_none() => Some(message.text.clone()),
        _ => None,
    })
}

/// What the visitor's widget on the present node was told, as texts.
pub(super) fn visitor_texts(house: &House, guest: &Guest) -> Vec<String> {
    let told = house.lobby.all();
    let own = told.iter().filter_map(|told| match told {
        ToLobby::News { slots, news } if slots.contains(&guest.slot) => Some(news),
        _ => None,
    });
    own.filter_map(|news| match &**news {
        VisitorNews::Message { message, .. } if message.event.is_none() => Some(message.text.clone()),
        _ => None,
    })
    .collect()
}

/// Whether the box was online, each time that it was told to the present node's lobby.
fn flips(house: &House) -> Vec<bool> {
    let told = house.lobby.all();
    told.iter().filter_map(|told| if let ToLobby::Chat { online, .. } = told { Some(*online) } else { None }).collect()
}

/// Two nodes: Anna's laptop is at the first, and the present one is the second.
async fn anna_at_another_node() -> (House, Plug) {
    let mut house = House::open_on(2).await;
    house.go_to(0);
    let anna = house.enter(house.anna, "laptop").await;
    house.go_to(1);
    (house, anna)
}

#[test]
fn p8_presence_and_words_of_one_node_reach_those_who_are_on_others() {
    in_paused_time(async {
        let mut house = House::open_on(3).await;
        house.go_to(0);
        let laptop = house.enter(house.anna, "laptop").await;
        house.go_to(1);
        let phone = house.enter(house.anna, "phone").await;
        house.go_to(2);
        let guest = house.guest().await;
        house.wait(AT_ONCE).await;
        assert!(house.box_is_online().await);
        house.go_to(0);
        house.choose(&laptop, Status::Away).await;
        house.go_to(1);
        house.choose(&phone, Status::Away).await;
        house.wait(AT_ONCE).await;
        house.go_to(2);
        assert!(!house.box_is_online().await);
        assert_eq!(flips(&house).last(), Some(&false));

        house.says(&guest, "one").await;
        house.says(&guest, "two").await;
        house.wait(AT_ONCE).await;
        for plug in [&laptop, &phone] {
            assert_eq!(texts(plug), ["one", "two"]);
        }
        house.go_to(1);
        house.act(house.anna, &guest, reply("here I am")).await.unwrap();
        house.wait(AT_ONCE).await;
        assert_eq!(texts(&laptop), ["one", "two", "here I am"]);
        house.go_to(2);
        assert_eq!(visitor_texts(&house, &guest).last().map(String::as_str), Some("here I am"));
        let joined = house.lobby.all().iter().any(
            |told| matches!(told, ToLobby::News { news, .. } if matches!(**news, VisitorNews::OperatorJoined { .. })),
        );
        assert!(joined);
        let timers = told(&laptop, |news| match news {
            OperatorNews::Timer { state, .. } => Some(*state),
            _ => None,
        });
        assert_eq!(timers, [TimerState::Running, TimerState::Cancelled]);
    });
}

#[test]
fn n10_the_timer_of_a_node_that_dies_is_fired_by_another_within_three_seconds() {
    in_paused_time(async {
        for holder in 0..3 {
            let mut house = House::open_on(3).await;
            house.go_to(holder);
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            let due = house.now() + DELAY;
            house.wait(60).await;
            house.kill();
            house.go_to((holder + 1) % 3);
            house.wait(180).await;
            let letters = house.letters().await;
            assert_eq!(house.mailed().await, [house.anna, house.bob]);
            assert!((letters[0].created_at - due).0 <= 3_000, "{:?} late", letters[0].created_at - due);
        }
    });
}

#[test]
fn n12_a_timer_that_all_nodes_know_of_fires_once() {
    in_paused_time(async {
        let mut house = House::open_on(3).await;
        let mut plugs = Vec::new();
        for node in 0..3 {
            house.go_to(node);
            let plug = house.enter(house.anna, &format!("device {node}")).await;
            house.choose(&plug, Status::Away).await;
            plugs.push(plug);
        }
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.anna, house.bob]);
        for plug in &plugs {
            let fired =
                told(plug, |news| matches!(news, OperatorNews::Timer { state: TimerState::Fired, .. }).then_some(()));
            assert_eq!(fired.len(), 1);
        }
    });
}

#[test]
fn n7_whoever_comes_online_at_another_node_cancels() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(119).await;
        house.go_to(1);
        house.enter(house.bob, "phone").await;
        house.wait(600).await;
        assert!(house.letters().await.is_empty());
        assert_eq!(house.why(&guest, house.bob).await, Code::BackOnline);
        house.go_to(0);
        assert_eq!(house.why(&guest, house.anna).await, Code::ColleagueOnline);
    });
}

#[test]
fn p6_a_nodes_death_is_seen_within_45_seconds_and_dated_to_its_last_sign() {
    in_paused_time(async {
        let (mut house, _) = anna_at_another_node().await;
        let bob = house.enter(house.bob, "phone").await;
        house.choose(&bob, Status::Away).await;
        house.wait(30).await;
        let died = house.now();
        house.go_to(0);
        house.kill();
        house.go_to(1);
        house.wait(LEASE.0 / 1_000 - 2).await;
        assert!(house.box_is_online().await, "a lease is believed while it lasts");
        house.wait(45 - (LEASE.0 / 1_000 - 2)).await;
        let presence = house.presence().await;
        assert!(!presence.chat[0].online);
        let anna = presence.operators.iter().find(|o| o.id == house.anna).unwrap();
        assert_eq!(anna.status, Status::Offline);
        assert!((died - anna.since).0.abs() <= 1_000, "since {:?}, died {died:?}", anna.since);
    });
}

#[test]
fn p4_whoever_reconnects_to_another_node_does_not_flicker() {
    in_paused_time(async {
        let (mut house, _) = anna_at_another_node().await;
        house.guest().await;
        house.wait(10).await;
        house.lobby.clear();
        house.go_to(0);
        house.kill();
        house.go_to(1);
        house.wait(5).await;
        house.enter(house.anna, "laptop").await;
        house.wait(120).await;
        assert!(house.box_is_online().await);
        assert_eq!(flips(&house), [false; 0]);
        let devices = &house.presence().await.operators[0].devices;
        assert_eq!(devices.len(), 1);
    });
}

#[test]
fn a_paused_node_comes_back_without_undoing_what_others_did() {
    in_paused_time(async {
        let (mut house, anna) = anna_at_another_node().await;
        let bob = house.enter(house.bob, "phone").await;
        house.choose(&bob, Status::Away).await;
        house.wait(10).await;
        house.go_to(0);
        house.pause(true);
        house.go_to(1);
        house.wait(60).await;
        assert!(!house.box_is_online().await, "the others gave it up");
        house.go_to(0);
        house.pause(false);
        house.wait(3).await;
        house.go_to(1);
        assert!(!house.box_is_online().await, "nothing newer was heard of her");
        assert!(anna.heard.all().iter().any(|told| matches!(told, ToSocket::Prove)), "she is asked");
        house.go_to(0);
        house.everybody_answers(&[&anna], &[]).await;
        house.wait(2).await;
        assert!(house.box_is_online().await);
        house.go_to(1);
        assert!(house.box_is_online().await);
    });
}

#[test]
fn p9_a_sign_out_at_one_node_ends_the_sockets_at_another() {
    in_paused_time(async {
        let (mut house, laptop) = anna_at_another_node().await;
        house.enter(house.anna, "phone").await;
        let session = SessionId(uuid(laptop.socket.0));
        house.log_in_ends(house.anna, laptop.socket.0);
        let end = EndSessions { operator: house.anna, sessions: Some(vec![session]), device: None };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        house.wait(AT_ONCE).await;
        assert!(laptop.heard.all().iter().any(|told| matches!(told, ToSocket::Revoked)));
        let devices = house.presence().await.operators[0].devices.len();
        assert_eq!(devices, 2);
        assert!(house.box_is_online().await, "the phone is still there");

        house.change(|account| account.operators[0].active = false).await;
        house.wait(AT_ONCE).await;
        house.go_to(0);
        assert!(!house.box_is_online().await);
    });
}

#[test]
fn p7_a_visitor_is_there_until_the_last_socket_on_any_node_ends() {
    in_paused_time(async {
        let (mut house, _) = anna_at_another_node().await;
        house.go_to(0);
        let first = house.guest().await;
        house.says(&first, "Hello?").await;
        house.go_to(1);
        let (second, _) = house.guest_returns(&first).await;
        house.wait(10).await;
        house.go_to(0);
        house.guest_leaves(&first).await;
        house.wait(400).await;
        assert!(house.letters().await.is_empty());
        let left = house.now();
        house.go_to(1);
        house.guest_leaves(&second).await;
        house.wait(300).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 1, "to her who was online");
        assert_eq!((letters[0].kind, letters[0].started_at), (Kind::Missed, left));
    });
}

#[test]
fn p7_the_last_end_counts_whichever_is_found_out_last() {
    in_paused_time(async {
        let (mut house, _) = anna_at_another_node().await;
        house.go_to(0);
        let first = house.guest().await;
        house.says(&first, "Hello?").await;
        house.go_to(1);
        let (second, _) = house.guest_returns(&first).await;
        // The one breaks and lingers; the other says goodbye meanwhile.
        house.go_to(0);
        let ended = house.guest_end(&first, Ended::Broken { last_sign: house.now() });
        house.during(house.accounts().ask(house.account, ended)).await.unwrap();
        house.wait(10).await;
        let left = house.now();
        house.go_to(1);
        house.guest_leaves(&second).await;
        house.wait(300).await;
        assert_eq!(house.letters().await[0].started_at, left);
    });
}

#[test]
fn p7_the_visitors_of_a_node_that_dies_have_left_with_it() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(1);
        house.enter(house.anna, "laptop").await;
        house.go_to(0);
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(30).await;
        let died = house.now();
        house.kill();
        house.go_to(1);
        house.wait(300).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 1, "to her who was online");
        assert_eq!(letters[0].kind, Kind::Missed);
        assert!((letters[0].started_at - died).0.abs() <= 1_000);
    });
}

#[test]
fn a_node_that_is_cut_off_keeps_its_sockets_and_is_back_when_it_is_not() {
    in_paused_time(async {
        let (mut house, anna) = anna_at_another_node().await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(10).await;
        house.go_to(0);
        house.cut_off(true);
        house.go_to(1);
        house.wait(60).await;
        assert!(!house.box_is_online().await);
        house.says(&guest, "Anybody?").await;
        house.go_to(0);
        house.cut_off(false);
        house.everybody_answers(&[&anna], &[]).await;
        house.wait(5).await;
        house.everybody_answers(&[&anna], &[]).await;
        house.wait(5).await;
        house.go_to(1);
        assert!(house.box_is_online().await);
        assert_eq!(texts(&anna), ["Hello?", "Anybody?"], "what was missed is told");
        house.wait(300).await;
        assert!(house.letters().await.is_empty());
    });
}

#[test]
fn a_node_that_ends_leaves_what_it_held_to_the_others_at_once() {
    in_paused_time(async {
        let (mut house, anna) = anna_at_another_node().await;
        house.guest().await;
        house.wait(10).await;
        house.lobby.clear();
        house.go_to(0);
        house.break_off(&anna, house.now()).await;
        house.close().await;
        house.go_to(1);
        house.wait(4).await;
        house.enter(house.anna, "laptop").await;
        house.wait(120).await;
        assert_eq!(flips(&house), [false; 0]);

        // Whoever does not come back is gone after the grace.
        let (mut house, _) = anna_at_another_node().await;
        house.go_to(0);
        house.wait(10).await;
        house.close().await;
        house.go_to(1);
        house.wait(30).await;
        assert!(!house.box_is_online().await);
    });
}

#[test]
fn opening_and_joining_at_one_node_are_heard_of_at_another() {
    in_paused_time(async {
        let (mut house, anna) = anna_at_another_node().await;
        let bob = house.enter(house.bob, "phone").await;
        house.go_to(0);
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(AT_ONCE).await;
        house.go_to(1);
        house.act(house.bob, &guest, Deed::Join).await.unwrap();
        house.wait(2).await;
        let counts = |plug: &Plug| {
            told(plug, |news| if let OperatorNews::Counts(counts) = news { Some(*counts) } else { None }).pop().unwrap()
        };
        assert_eq!((counts(&anna).unserved, counts(&anna).mine, counts(&anna).served), (0, 0, 1));
        assert_eq!((counts(&bob).unserved, counts(&bob).mine, counts(&bob).served), (0, 1, 1));
        house.wait(300 + Span::from_secs(1).0 / 1_000).await;
        assert!(house.letters().await.is_empty());
    });
}
