//! Devices, leases, tabs and switches.

use doorbell::actors::account::Reread;
use doorbell::actors::api::{AppearOffline, AskDevice, EndSessions, Enter, Lease, ToSocket, VisitorDeed};
use doorbell::domain::ids::DeviceId;
use doorbell::domain::news::OperatorNews;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::{DeviceKind, DeviceState, Status};
use doorbell::domain::time::Span;

use super::house::{DELAY, GRACE, House, Plug, in_paused_time};

/// The log-in of Anna's phone.
const PHONE: u64 = 77;

fn lease(house: &House, seconds: i64, state: Status) -> Lease {
    Lease {
        operator: house.anna,
        session: house.log_in(house.anna, PHONE),
        device: DeviceId("phone".to_owned()),
        kind: DeviceKind::Mobile,
        name: Some("iPhone".to_owned()),
        state: house.word(state),
        ttl: Span::from_secs(seconds),
    }
}

fn was_revoked(plug: &Plug) -> bool {
    plug.heard.all().iter().any(|told| matches!(told, ToSocket::Revoked))
}

#[test]
fn a_device_that_breaks_lingers_and_its_end_is_dated_back() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(60).await;
        let last_sign = house.now();
        anna.pulse.beat(last_sign);
        house.wait(50).await;
        house.break_off(&anna, last_sign).await;
        assert!(house.box_is_online().await);
        assert_eq!(house.presence().await.operators[0].devices[0].state, DeviceState::Reconnecting);
        house.wait(GRACE.0 / 1_000 + 1).await;
        let presence = house.presence().await;
        assert!(!presence.chat[0].online);
        assert_eq!(presence.operators[0].since, last_sign);
        // The timer is dated back with it.
        house.wait(50).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[0].started_at, last_sign);
        assert_eq!(letters[0].created_at, last_sign + DELAY);
    });
}

#[test]
fn a_reload_does_not_flap_the_box() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let bob = house.enter(house.bob, "laptop").await;
        house.leave(&bob).await;
        let bob = house.enter(house.bob, "desk").await;
        bob.heard.clear();
        let since = house.presence().await.chat[0].since;
        house.wait(5).await;
        house.break_off(&anna, house.now()).await;
        house.wait(15).await;
        house.enter(house.anna, "laptop").await;
        house.wait(60).await;
        assert_eq!(house.presence().await.chat[0].since, since);
        let flapped = |told: &ToSocket| match told {
            ToSocket::News(news) => {
                matches!(**news, OperatorNews::Chat { .. } | OperatorNews::Presence { .. })
            }
            ToSocket::Revoked => true,
            ToSocket::Prove => false,
        };
        assert!(!bob.heard.all().iter().any(flapped));
    });
}

#[test]
fn a_lease_counts_until_it_lapses() {
    in_paused_time(async {
        let house = House::open().await;
        let until =
            house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(599).await;
        assert!(house.box_is_online().await);
        house.wait(2).await;
        let presence = house.presence().await;
        assert!(!presence.chat[0].online);
        assert_eq!((presence.operators[0].since, presence.chat[0].since), (until, until));
        house.wait(121).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|l| l.created_at == until + DELAY));
        assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
    });
}

#[test]
fn the_app_ends_its_lease_and_so_does_the_end_of_its_session() {
    in_paused_time(async {
        let house = House::open().await;
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Offline))).await.unwrap();
        assert!(!house.box_is_online().await);
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        assert!(house.box_is_online().await);
        let end =
            EndSessions { operator: house.anna, sessions: Some(vec![house.log_in(house.anna, PHONE)]), device: None };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        assert!(!house.box_is_online().await);
    });
}

#[test]
fn p9_a_log_in_that_somebody_else_ends_ends_its_sockets_and_leases() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let bob = house.enter(house.bob, "laptop").await;
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        // As a command of the command line does it, which writes beside the server.
        house.log_in_ends(house.anna, anna.socket.0);
        house.log_in_ends(house.anna, PHONE);
        house.during(house.accounts().tell(house.account, Reread)).await;
        house.settle().await;
        assert!(was_revoked(&anna) && !was_revoked(&bob));
        assert_eq!(house.presence().await.operators[0].status, Status::Offline);
        assert!(house.box_is_online().await, "Bob is there");
    });
}

#[test]
fn p9_a_lease_does_not_outlive_its_log_in_over_a_restart() {
    in_paused_time(async {
        let mut house = House::open().await;
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        house.log_in_ends(house.anna, PHONE);
        house.restart(Span::from_secs(1)).await;
        house.presence().await;
        house.settle().await;
        assert!(!house.box_is_online().await);
    });
}

#[test]
fn a_device_that_is_signed_out_ends_on_all_its_sockets_whatever_their_log_ins() {
    in_paused_time(async {
        let house = House::open().await;
        let phone = house.enter(house.anna, "phone").await;
        let other_tab = house.enter(house.anna, "phone").await;
        let laptop = house.enter(house.anna, "laptop").await;
        let device = DeviceId("phone".to_owned());
        let ask = AskDevice { operator: house.anna, device: device.clone() };
        let sessions = house.during(house.accounts().ask(house.account, ask)).await.unwrap();
        assert!(sessions.is_some_and(|sessions| !sessions.is_empty()));
        let end = EndSessions { operator: house.anna, sessions: Some(Vec::new()), device: Some(device.clone()) };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        assert!(was_revoked(&phone) && was_revoked(&other_tab) && !was_revoked(&laptop));
        let devices = house.presence().await.operators[0].devices.clone();
        assert_eq!(devices.iter().map(|d| d.id.0.as_str()).collect::<Vec<_>>(), ["laptop"]);
        let ask = AskDevice { operator: house.anna, device };
        assert_eq!(house.during(house.accounts().ask(house.account, ask)).await, Ok(None));
    });
}

#[test]
fn the_end_of_a_session_ends_its_sockets_and_no_others() {
    in_paused_time(async {
        let house = House::open().await;
        let (enter, laptop) = house.entrance(house.anna, "laptop");
        let session = enter.session;
        house.during(house.accounts().ask(house.account, enter)).await.unwrap();
        let phone = house.enter(house.anna, "phone").await;
        let end = EndSessions { operator: house.anna, sessions: Some(vec![session]), device: None };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        house.settle().await;
        assert!(was_revoked(&laptop) && !was_revoked(&phone));
        let devices = house.presence().await.operators[0].devices.clone();
        let state = |name: &str| devices.iter().find(|d| d.id.0 == name).unwrap().state;
        assert_eq!((state("laptop"), state("phone")), (DeviceState::Offline, DeviceState::Online));
    });
}

#[test]
fn who_appears_offline_is_offline_on_every_device_and_after_a_restart() {
    in_paused_time(async {
        let mut house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let hide = AppearOffline { operator: house.anna, on: house.word(true) };
        house.during(house.accounts().ask(house.account, hide)).await.unwrap();
        house.enter(house.anna, "phone").await;
        assert!(!house.box_is_online().await);
        house.restart(Span::from_secs(3)).await;
        house.enter(house.anna, "laptop").await;
        assert!(!house.box_is_online().await);
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(130).await;
        assert_eq!(house.letters().await.len(), 2);
        let show = AppearOffline { operator: house.anna, on: house.word(false) };
        house.during(house.accounts().ask(house.account, show)).await.unwrap();
        assert!(house.box_is_online().await);
    });
}

#[test]
fn one_tab_of_two_keeps_the_device_online() {
    in_paused_time(async {
        let house = House::open().await;
        let first = house.enter(house.anna, "laptop").await;
        let second = house.enter(house.anna, "laptop").await;
        house.leave(&first).await;
        house.wait(60).await;
        assert!(house.box_is_online().await);
        house.leave(&second).await;
        assert!(!house.box_is_online().await);
    });
}

#[test]
fn one_tab_of_two_keeps_the_visitor_there_and_both_are_told() {
    in_paused_time(async {
        let house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let first = house.guest().await;
        // Before anything is said, by the same token.
        let (second, entered) = house.guest_returns(&first).await;
        assert!(entered.conversation.is_none());
        house.says(&first, "Hello?").await;
        house.act(house.anna, &first, super::house::reply("Good day")).await.unwrap();
        house.settle().await;
        let told_to = |told: &doorbell::actors::api::ToLobby| match told {
            doorbell::actors::api::ToLobby::News { slots, .. } => slots.clone(),
            _ => Vec::new(),
        };
        let told: Vec<_> = house.lobby.all().iter().flat_map(told_to).collect();
        assert!(told.contains(&first.slot) && told.contains(&second.slot));

        house.says(&second, "One more thing").await;
        house.guest_leaves(&first).await;
        house.wait(200).await;
        let view = house.act(house.anna, &first, doorbell::actors::api::Deed::Peek).await.unwrap().view;
        assert!(view.visitor.online);
        house.guest_leaves(&second).await;
        let view = house.act(house.anna, &first, doorbell::actors::api::Deed::Peek).await.unwrap().view;
        assert!(!view.visitor.online);
    });
}

#[test]
fn operators_see_visitors_come_and_go_whose_conversation_is_answered() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.act(house.anna, &guest, super::house::reply("Good day")).await.unwrap();
        house.settle().await;
        anna.heard.clear();
        house.guest_leaves(&guest).await;
        house.guest_returns(&guest).await;
        house.settle().await;
        let seen = |told: &ToSocket| match told {
            ToSocket::News(news) => match **news {
                OperatorNews::Visitor { online, .. } => Some(online),
                _ => None,
            },
            ToSocket::Revoked | ToSocket::Prove => None,
        };
        let seen: Vec<_> = anna.heard.all().iter().filter_map(seen).collect();
        assert_eq!(seen, [false, true]);
    });
}

#[test]
fn a_deactivated_operator_is_out_at_once_and_stays_out() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        house.during(house.accounts().ask(house.account, lease(&house, 600, Status::Online))).await.unwrap();
        house.change(|account| account.operators[0].active = false).await;
        house.settle().await;
        assert!(was_revoked(&anna));
        assert!(!house.box_is_online().await);
        // A door that was on its way comes too late, and leaves no ghost for the day on which she is active again.
        let (enter, _): (Enter, _) = house.entrance(house.anna, "phone");
        assert!(house.during(house.accounts().ask(house.account, enter)).await.is_err());
        house.leave(&anna).await;
        house.change(|account| account.operators[0].active = true).await;
        house.settle().await;
        assert!(!house.box_is_online().await);
        assert!(house.presence().await.operators[0].devices.is_empty());
    });
}

#[test]
fn a_socket_that_ended_before_it_was_welcomed_is_no_visitor() {
    in_paused_time(async {
        let house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.guest_leaves(&guest).await;
        // It comes back and goes while the store is being asked.
        house.store.set_gate(doorbell::store::adversary::Gate::HoldsAnswers);
        let slot = doorbell::actors::api::SlotId(house.number());
        let again = super::house::Guest { id: guest.id, slot };
        let enter = house.visit(guest.id, slot, false);
        let (accounts, account) = (house.accounts(), house.account);
        let entered = house.begin(async move { accounts.ask(account, enter).await });
        house.settle().await;
        house.guest_leaves(&again).await;
        house.store.set_gate(doorbell::store::adversary::Gate::Open);
        assert!(house.during(entered).await.unwrap().is_err());
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.anna]);
    });
}

#[test]
fn a_message_and_the_end_of_its_socket_stay_in_order() {
    in_paused_time(async {
        let house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        let written = house.visitor_act(&guest, super::house::write("Hello?", "1"));
        let ended = house.guest_end(&guest, doorbell::actors::api::Ended::Bye);
        // Both lie in the mailbox when the actor next looks.
        let actor = house.during(house.accounts().find(house.account)).await.unwrap();
        let answer = actor.send(written);
        actor.do_send(ended);
        house.during(answer).await.unwrap().unwrap();
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.anna]);
    });
}

#[test]
fn a_visitor_s_typing_reaches_who_reads() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        let typing = house.visitor_act(&guest, VisitorDeed::Typing(true));
        house.during(house.accounts().ask(house.account, typing)).await.unwrap();
        house.settle().await;
        let types = |told: &ToSocket| matches!(told, ToSocket::News(news) if matches!(**news, OperatorNews::Typing { on: true, .. }));
        assert!(anna.heard.all().iter().any(types));
    });
}
