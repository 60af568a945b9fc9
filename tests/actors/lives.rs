//! Restarts, sleep and panics: nothing that was acknowledged is lost, nobody is mailed for them.

use doorbell::actors::api::{ChangeSettings, Changed, Deed, ToSocket};
use doorbell::domain::account::Kind;
use doorbell::domain::news::OperatorNews;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::time::Span;

use super::house::{DELAY, House, IDLE, START_UP_GRACE, in_paused_time, reply};

#[test]
fn a_restart_mails_nobody_whose_operator_returns() {
    in_paused_time(async {
        let mut house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(100).await;
        let since = house.presence().await.chat[0].since;
        house.restart(Span::from_secs(5)).await;
        assert!(house.box_is_online().await);
        house.guest_returns(&guest).await;
        house.wait(40).await;
        house.enter(house.anna, "laptop").await;
        house.wait(900).await;
        assert!(house.letters().await.is_empty());
        assert_eq!(house.presence().await.chat[0].since, since);
        assert_eq!(house.why(&guest, house.anna).await, Code::BoxWasOnline);
    });
}

#[test]
fn who_does_not_return_ended_at_the_last_sign_of_life_operators_before_visitors() {
    in_paused_time(async {
        for down in [5, 3_600] {
            for guest_returns in [false, true] {
                let mut house = House::open().await;
                house.enter(house.anna, "laptop").await;
                let guest = house.guest().await;
                house.says(&guest, "Hello?").await;
                house.wait(100).await;
                let died = house.now();
                house.restart(Span::from_secs(down)).await;
                let grace_until = house.now() + START_UP_GRACE;
                if guest_returns {
                    house.guest_returns(&guest).await;
                }
                house.wait(44).await;
                assert!(house.letters().await.is_empty());
                house.wait(200).await;
                let letters = house.letters().await;
                assert_eq!(house.mailed().await, [house.anna, house.bob], "down {down}, returns: {guest_returns}");
                for letter in letters {
                    assert_eq!((letter.kind, letter.started_at), (Kind::Offline, died));
                    let late = letter.created_at - grace_until.max(died + DELAY);
                    assert!((0..=200).contains(&late.0), "{late:?} late");
                }
                assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
            }
        }
    });
}

#[test]
fn a_timer_survives_the_death_of_the_node() {
    in_paused_time(async {
        for (lived, down) in [(60, 1), (119, 1), (60, 3_600)] {
            let mut house = House::open().await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            let due = house.now() + DELAY;
            house.wait(lived).await;
            house.restart(Span::from_secs(down)).await;
            let grace_until = house.now() + START_UP_GRACE;
            house.wait(200).await;
            let letters = house.letters().await;
            assert_eq!(house.mailed().await, [house.anna, house.bob], "lived {lived}, down {down}");
            let late = letters[0].created_at - due.max(grace_until);
            assert!((0..=200).contains(&late.0), "{late:?} late");
            house.restart(Span::from_secs(1)).await;
            house.wait(1_500).await;
            assert_eq!(house.letters().await.len(), 2);
            assert_eq!(house.why(&guest, house.bob).await, Code::Emailed);
        }
    });
}

#[test]
fn an_idle_conversation_sleeps_and_wakes_for_its_timer() {
    in_paused_time(async {
        let house = House::open_with(1, Default::default(), |account| {
            account.notifications.offline.delay = Some(Span::from_secs(7_200));
        })
        .await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        let due = house.now() + Span::from_secs(7_200);
        assert_eq!(house.awake(), 2);
        house.guest_leaves(&guest).await;
        house.wait(2 * IDLE.0 / 1_000 + 10).await;
        assert_eq!(house.awake(), 0, "the account and the conversation sleep");
        house.wait(7_200).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[0].created_at, due);
        assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
    });
}

#[test]
fn a_sleeping_conversation_learns_who_came_meanwhile() {
    in_paused_time(async {
        let house = House::open_with(1, Default::default(), |account| {
            account.notifications.offline.delay = Some(Span::from_secs(7_200));
        })
        .await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        let first = house.now();
        house.guest_leaves(&guest).await;
        house.wait(2 * IDLE.0 / 1_000 + 10).await;
        assert_eq!(house.awake(), 0);
        let anna = house.enter(house.anna, "laptop").await;
        house.leave(&anna).await;
        house.settle().await;
        let left = house.now();
        assert_eq!(house.why(&guest, house.bob).await, Code::ColleagueOnline);
        house.wait(7_200).await;
        let letters = house.letters().await;
        // The new timer ends no later than flapping may put it off, counted from the first (rule N8).
        assert_eq!((letters[0].started_at, letters[0].created_at), (left, first + Span::from_secs(7_200)));
    });
}

#[test]
fn what_sleeps_is_swept_out_of_the_account() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        for _ in 0..5 {
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.act(house.anna, &guest, reply("Good day")).await.unwrap();
            house.guest_leaves(&guest).await;
        }
        assert_eq!(house.awake(), 6);
        house.wait(2 * IDLE.0 / 1_000 + 10).await;
        assert_eq!(house.awake(), 1, "the account stays for Anna's socket");
        house.leave(&anna).await;
        assert_eq!(house.awake(), 1, "a change of presence wakes nobody for whom it does not matter");
    });
}

#[test]
fn a_panic_of_the_account_leaves_sockets_and_conversations_where_they_are() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        let change =
            ChangeSettings(std::sync::Arc::new(|_, _| -> Result<Changed, _> { panic!("as the test wants it") }));
        assert!(house.during(house.accounts().ask(house.account, change)).await.is_err());
        anna.heard.clear();
        house.lobby.clear();
        assert!(house.box_is_online().await);
        house.enter(house.bob, "laptop").await;
        house.act(house.bob, &guest, reply("Good day")).await.unwrap();
        house.settle().await;
        let heard = |wanted: fn(&OperatorNews) -> bool| {
            anna.heard.all().iter().any(|told| matches!(told, ToSocket::News(news) if wanted(news)))
        };
        assert!(heard(|news| matches!(news, OperatorNews::Presence { .. })));
        assert!(heard(|news| matches!(news, OperatorNews::Message { .. })));
        assert!(!house.lobby.all().is_empty());
        // Her device is still hers to leave with.
        house.leave(&anna).await;
        let presence = house.presence().await;
        assert_eq!(presence.operators[0].status, doorbell::domain::presence::status::Status::Offline);
    });
}

/// At every place at which an actor looks at the clock it dies once; whoever asked asks again, as clients do.
#[test]
fn a_panic_anywhere_loses_nothing_that_was_acknowledged() {
    in_paused_time(async {
        for look in 1..=60 {
            let house = House::open().await;
            let anna = house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.trip_after(look);
            for text in ["One", "Two"] {
                let mut tries = 0;
                loop {
                    let act = house.visitor_act(&guest, super::house::write(text, text));
                    if house.during(house.accounts().ask(house.account, act)).await.is_ok() {
                        break;
                    }
                    tries += 1;
                    assert!(tries < 5, "look {look}: never answered");
                }
            }
            while house.act(house.anna, &guest, Deed::Open).await.is_err() {}
            house.leave(&anna).await;
            house.trip_after(-1);
            house.wait(GRACE_AND_DELAY).await;
            let texts: Vec<_> = house.messages(guest.conversation()).await.into_iter().map(|(_, m)| m.text).collect();
            assert_eq!(texts, ["One", "Two"], "look {look}");
            assert!(!house.box_is_online().await, "look {look}: a ghost");
            assert_eq!(house.mailed().await, [house.bob], "look {look}");
            assert_eq!(house.why(&guest, house.anna).await, Code::Read, "look {look}");
        }
    });
}

/// After it whatever broke is given up and whatever ran has fired.
const GRACE_AND_DELAY: i64 = 160;
