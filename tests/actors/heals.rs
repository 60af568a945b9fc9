//! What a node that was away, or whose look-ups failed, does not know is found out, and nothing is promised before.

use doorbell::actors::api::{Act, AppearOffline, Choose, Deed, EndSessions, Ended, Lease, SocketEnded, ToSocket};
use doorbell::domain::account::{Account, Kind};
use doorbell::domain::conversation::view::Standing;
use doorbell::domain::ids::{DeviceId, SessionId};
use doorbell::domain::news::OperatorNews;
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::{Commit, DocKey, Outcome, Store as _, Write};
use doorbell::ports::record::{decode, encode, mint};
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{DELAY, Guest, House, IDLE, Plug, in_paused_time, reply, uuid};
use super::wire::Noise;

/// Both operators are to be mailed late, if at all.
fn with_long_delays(account: &mut Account) {
    account.notifications.offline.delay = Some(Span::from_secs(86_400));
}

fn lease(house: &House) -> Lease {
    Lease {
        operator: house.anna,
        session: house.log_in(house.anna, 77),
        device: DeviceId("phone".to_owned()),
        kind: DeviceKind::Mobile,
        name: None,
        state: house.word(Status::Online),
        ttl: Span::from_secs(7_200),
    }
}

async fn opened_by_both(house: &House, guest: &Guest) {
    house.act(house.anna, guest, Deed::Open).await.unwrap();
    house.act(house.bob, guest, Deed::Open).await.unwrap();
}

fn texts(plug: &Plug) -> Vec<String> {
    let all = plug.heard.all();
    let said = all.iter().filter_map(|told| match told {
        ToSocket::News(news) => match &**news {
            OperatorNews::Message { message, .. } if message.event.is_none() => Some(message.text.clone()),
            _ => None,
        },
        _ => None,
    });
    said.collect()
}

#[test]
fn n12_a_node_that_is_cut_off_acknowledges_nothing_from_memory() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.act(house.anna, &guest, Deed::Join).await.unwrap();
        house.wait(1).await;
        house.cut_off(true);
        house.go_to(1);
        house.act(house.anna, &guest, Deed::Leave).await.unwrap();
        house.go_to(0);
        let (accounts, account) = (house.accounts(), house.account);
        let act = Act { conversation: guest.conversation(), operator: house.anna, deed: Deed::Join };
        let joins = house.begin(async move { accounts.ask(account, act).await });
        let (accounts, appear) = (house.accounts(), AppearOffline { operator: house.anna, on: house.word(false) });
        let appears = house.begin(async move { accounts.ask(account, appear).await });
        house.wait(5).await;
        assert!(!joins.is_finished(), "she has joined, as far as this node knows");
        assert!(!appears.is_finished(), "she does not appear offline, as far as this node knows");
        house.cut_off(false);
        house.wait(5).await;
        let done = house.during(joins).await.unwrap().unwrap();
        assert_eq!(done.view.status, Standing::Served);
        house.during(appears).await.unwrap().unwrap();
        let stored = house.document(guest.conversation()).await.unwrap();
        assert_eq!(stored.present().state.joined(), [house.anna]);
    });
}

#[test]
fn p1_what_a_node_was_asked_while_it_was_cut_off_does_not_undo_what_was_chosen_elsewhere_since() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let before = house.enter(house.anna, "laptop").await;
        house.cut_off(true);
        let (accounts, account) = (house.accounts(), house.account);
        let away = Choose { socket: before.socket, state: house.word(Status::Away) };
        let late = house.begin(async move { accounts.ask(account, away).await });
        house.wait(1).await;
        house.go_to(1);
        let now = house.enter(house.anna, "laptop").await;
        house.choose(&now, Status::Online).await;
        house.go_to(0);
        house.cut_off(false);
        house.wait(5).await;
        assert!(house.during(late).await.unwrap().is_ok());
        assert!(house.box_is_online().await, "the later word counts");
    });
}

#[test]
fn what_changes_nothing_is_still_acknowledged() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        let seq = house.says(&guest, "Hello?").await;
        assert_eq!(house.says(&guest, "Hello?").await, seq, "a repeat");
        for _ in 0..2 {
            house.act(house.anna, &guest, Deed::Join).await.unwrap();
            house.act(house.anna, &guest, Deed::Read { seq }).await.unwrap();
            house.choose(&anna, Status::Away).await;
        }
        house.go_to(1);
        house.act(house.anna, &guest, Deed::Join).await.unwrap();
    });
}

#[test]
fn n2_a_visitor_lost_with_the_only_node_is_missed_though_everybody_has_read() {
    in_paused_time(async {
        // Also where the first look-up of what waits fails.
        for failing in [0, 1] {
            let mut house = House::open().await;
            house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            opened_by_both(&house, &guest).await;
            house.wait(3 * IDLE.0 / 1_000).await;
            let died = house.now();
            house.failing_looks = failing;
            house.restart(Span::from_secs(5)).await;
            house.enter(house.anna, "laptop").await;
            house.wait(300).await;
            let letters = house.letters().await;
            assert_eq!(house.mailed().await, [house.anna], "failing: {failing}");
            assert_eq!((letters[0].kind, letters[0].started_at), (Kind::Missed, died));
        }
    });
}

#[test]
fn n2_a_visitor_lost_with_a_node_is_missed_though_everybody_has_read_and_the_others_sleep() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(1);
        house.during(house.accounts().ask(house.account, lease(&house))).await.unwrap();
        house.go_to(0);
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.go_to(1);
        opened_by_both(&house, &guest).await;
        house.wait(3 * IDLE.0 / 1_000).await;
        let died = house.now();
        house.go_to(0);
        house.kill();
        house.go_to(1);
        house.wait(300).await;
        let letters = house.letters().await;
        assert_eq!(house.mailed().await, [house.anna]);
        assert_eq!(letters[0].kind, Kind::Missed);
        assert!((letters[0].started_at - died).0.abs() <= 1_000);
    });
}

#[test]
fn a_gap_after_a_long_time_wakes_nobody_who_has_been_answered() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        house.enter(house.anna, "laptop").await;
        for _ in 0..5 {
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.act(house.anna, &guest, reply("Good bye")).await.unwrap();
            house.act(house.anna, &guest, Deed::Close).await.unwrap();
            house.guest_leaves(&guest).await;
        }
        house.wait(5 * IDLE.0 / 1_000).await;
        let noted = house.memory.attention(house.account, Timestamp(0)).await.unwrap();
        assert_eq!(noted, [], "the index is as small as what it is for");
        let asleep = house.awake();
        house.gap();
        house.settle().await;
        assert_eq!(house.awake(), asleep);
    });
}

#[test]
fn those_who_sleep_take_a_glance_a_few_at_a_time_and_sleep_again() {
    const MANY: usize = 600;
    in_paused_time(async {
        let house = House::open_with(1, Misbehaviour::default(), with_long_delays).await;
        let mut guests = Vec::new();
        for _ in 0..MANY {
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            drop(house.during(house.accounts().ask(house.account, house.guest_end(&guest, Ended::Bye))).await);
            guests.push(guest.conversation());
        }
        house.wait(3 * IDLE.0 / 1_000).await;
        assert_eq!(house.awake(), 0);
        let anna = house.enter(house.anna, "laptop").await;
        let woken = house.awake();
        assert!((2..MANY / 2).contains(&woken), "{woken} at once");
        house.wait(2).await;
        assert_eq!(house.awake(), 1, "only the account, for Anna's socket");
        anna.heard.clear();
        let bob = house.enter(house.bob, "desk").await;
        house.wait(2).await;
        let is_told =
            |told: &ToSocket| matches!(told, ToSocket::News(news) if matches!(**news, OperatorNews::Conversation(_)));
        assert!(!anna.heard.all().iter().any(is_told), "nothing has changed in what took a glance");
        house.leave(&bob).await;
        for conversation in &guests {
            assert_eq!(house.document(*conversation).await.unwrap().present().state.next_deadline(), None);
        }

        house.leave(&anna).await;
        house.wait(2).await;
        for conversation in &guests {
            assert!(house.document(*conversation).await.unwrap().present().state.next_deadline().is_some());
        }
        assert_eq!(house.mailed().await, []);
        house.wait(86_400).await;
        assert_eq!(house.letters().await.len(), 2 * MANY, "each wakes again for its timer");
    });
}

#[test]
fn p9_a_look_at_log_ins_that_fails_is_made_again() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        let laptop = house.enter(house.anna, "laptop").await;
        house.go_to(1);
        let phone = house.enter(house.anna, "phone").await;
        house.wait(1).await;
        house.log_in_ends(house.anna, phone.socket.0);
        house.store.fail_looks(8);
        house.go_to(0);
        house.log_in_ends(house.anna, laptop.socket.0);
        let end =
            EndSessions { operator: house.anna, sessions: Some(vec![SessionId(uuid(laptop.socket.0))]), device: None };
        house.during(house.accounts().ask(house.account, end)).await.unwrap();
        house.wait(12).await;
        assert!(phone.heard.all().iter().any(|told| matches!(told, ToSocket::Revoked)));
    });
}

#[test]
fn what_colleagues_do_elsewhere_is_no_reason_to_look_at_log_ins() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        house.enter(house.anna, "laptop").await;
        let store = std::sync::Arc::clone(&house.store);
        house.go_to(1);
        let bob = house.enter(house.bob, "phone").await;
        house.wait(2).await;
        let before = store.looks();
        for state in [Status::Away, Status::Online, Status::Away] {
            house.choose(&bob, state).await;
            house.wait(1).await;
        }
        assert_eq!(store.looks(), before);
        // Somebody else's lease is looked at: its log-in may have ended while it was under way.
        house.log_in_ends(house.anna, 77);
        let lease = Lease { session: SessionId(uuid(77)), ..lease(&house) };
        house.log_in_ends(house.anna, 77);
        house.during(house.accounts().ask(house.account, lease)).await.unwrap();
        house.wait(2).await;
        house.go_to(0);
        assert_eq!(house.presence().await.operators[0].devices.iter().filter(|d| d.until.is_some()).count(), 0);
    });
}

#[test]
fn what_was_said_while_a_node_stood_still_is_told_after_the_gap() {
    in_paused_time(async {
        for found_after in [0, 2] {
            let mut house = House::open_on(2).await;
            house.go_to(0);
            let anna = house.enter(house.anna, "laptop").await;
            house.wait(5).await;
            house.pause(true);
            house.go_to(1);
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(12).await;
            house.go_to(0);
            // What was told meanwhile is lost, and that is found out after a look or two.
            house.lose_hints(true);
            house.pause(false);
            house.settle().await;
            house.wait(found_after).await;
            house.lose_hints(false);
            house.gap();
            house.wait(5).await;
            assert_eq!(texts(&anna), ["Hello?"], "found after {found_after} s");
        }
    });
}

#[test]
fn however_many_gaps_there_are_all_is_read_once_a_second() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        house.go_to(0);
        house.enter(house.anna, "laptop").await;
        house.wait(5).await;
        let before = house.store.loads();
        for _ in 0..20 {
            house.gap();
            house.settle().await;
        }
        house.wait(3).await;
        let loads = house.store.loads() - before;
        assert!((2..=6).contains(&loads), "{loads}");
    });
}

#[test]
fn p9_who_was_deactivated_by_a_command_leaves_also_where_the_settings_were_read_before_its_hint_came() {
    in_paused_time(async {
        let late = Noise { delay_max_ms: 5_000, ..Noise::default() };
        let mut house = House::open_on_with(2, 3, Misbehaviour::default(), late, |_| ()).await;
        house.go_to(0);
        house.during(house.accounts().ask(house.account, lease(&house))).await.unwrap();
        let bob = house.enter(house.bob, "phone").await;
        house.wait(10).await;
        let key = DocKey::Settings(house.account);
        let stored = house.memory.load(vec![key]).await.unwrap().pop().flatten().unwrap();
        let mut account: Account = decode(&stored.state).unwrap();
        account.operators[0].active = false;
        let write = Write { key, token: mint(Some(stored.token)), state: encode(&account) };
        let made = Commit { reads: vec![(key, Some(stored.token))], writes: vec![write], ..Commit::default() };
        assert!(matches!(house.memory.commit(made).await, Outcome::Committed { .. }));
        house.choose(&bob, Status::Away).await;
        house.wait(10).await;
        let roster = house.roster().await;
        assert_eq!(roster.status(house.anna), Status::Offline);
        assert!(roster.attendees[&house.anna].devices.is_empty());
    });
}

/// The store is away for both nodes, or there again.
fn cut_off(house: &mut House, is_cut: bool) {
    for node in [1, 0] {
        house.go_to(node);
        house.cut_off(is_cut);
    }
}

/// Anna's socket breaks off, and nobody can write that down.
fn breaks_off_unheard(house: &House, anna: &Plug) -> Timestamp {
    let last_sign = house.now();
    let ended = SocketEnded { socket: anna.socket, how: Ended::Broken { last_sign } };
    let (accounts, account) = (house.accounts(), house.account);
    drop(house.begin(async move { accounts.ask(account, ended).await }));
    last_sign
}

#[test]
fn n10_an_outage_of_the_store_mails_nobody_who_comes_back_after_it() {
    in_paused_time(async {
        for comes_back in [true, false] {
            let mut house = House::open_on(2).await;
            house.go_to(0);
            let anna = house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(10).await;
            cut_off(&mut house, true);
            house.wait(5).await;
            // She finds nobody who can let her in.
            let last_sign = breaks_off_unheard(&house, &anna);
            house.wait(300).await;
            cut_off(&mut house, false);
            house.wait(20).await;
            let mailed_at = last_sign + DELAY;
            assert!(house.now() > mailed_at && house.letters().await.is_empty(), "she may still come back");
            if comes_back {
                house.enter(house.anna, "laptop").await;
            }
            house.wait(300).await;
            let letters = house.letters().await;
            assert_eq!(letters.len(), if comes_back { 0 } else { 2 });
            assert!(letters.iter().all(|letter| letter.kind == Kind::Offline && letter.started_at == last_sign));
        }
    });
}

#[test]
fn n10_who_left_in_an_outage_of_the_store_left_in_the_order_in_which_they_did() {
    in_paused_time(async {
        // The conversation is awake when the store goes, or asleep.
        for (seed, idle) in (14..=16).flat_map(|seed| [(seed, 10), (seed, 2 * IDLE.0 / 1_000)]) {
            let slow = Misbehaviour { yields_max: 20, ..Misbehaviour::default() };
            let mut house = House::open_on_with(2, seed, slow, Noise::default(), |_| ()).await;
            // There is no other one whose doubtful life would keep anything from being settled.
            house.go_to(1);
            house.close().await;
            house.go_to(0);
            house.wait(400).await;
            let anna = house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(idle).await;
            house.everybody_answers(&[&anna], &[&guest]).await;
            house.cut_off(true);
            house.wait(5).await;
            let left = breaks_off_unheard(&house, &anna);
            house.wait(5).await;
            let ended = house.guest_end(&guest, Ended::Broken { last_sign: house.now() });
            let (accounts, account) = (house.accounts(), house.account);
            drop(house.begin(async move { accounts.ask(account, ended).await }));
            house.wait(600).await;
            house.cut_off(false);
            house.wait(300).await;
            let letters = house.letters().await;
            assert_eq!(letters.len(), 2, "seed {seed}, idle {idle}");
            let first = (letters[0].kind, letters[0].started_at);
            assert_eq!(
                first,
                (Kind::Offline, left),
                "seed {seed}, idle {idle}: the box went offline while the visitor waited"
            );
        }
    });
}
