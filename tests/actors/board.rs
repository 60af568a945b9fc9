//! What is so of the node, told to those whom it concerns.

use doorbell::actors::api::{Choose, ToSocket};
use doorbell::domain::account::Role;
use doorbell::domain::bulletin::{Conditions, NoticeCode};
use doorbell::domain::news::OperatorNews;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::Span;
use doorbell::store::adversary::Gate;

use super::house::{House, Plug, in_paused_time, write};

fn news<T>(plug: &Plug, of: impl Fn(&OperatorNews) -> Option<T>) -> Vec<T> {
    let one = |told: &ToSocket| match told {
        ToSocket::News(news) => of(news),
        ToSocket::Revoked | ToSocket::Prove => None,
    };
    plug.heard.all().iter().filter_map(one).collect()
}

fn notices(plug: &Plug) -> Vec<(NoticeCode, bool)> {
    news(plug, |news| match news {
        OperatorNews::Notice { notice, on } => Some((notice.code, *on)),
        _ => None,
    })
}

fn boxes(plug: &Plug) -> Vec<(bool, bool)> {
    news(plug, |news| match news {
        OperatorNews::Chat { online, stale, .. } => Some((*online, *stale)),
        _ => None,
    })
}

#[test]
fn a_store_that_does_not_answer_makes_boxes_stale_and_nothing_is_acknowledged_until_it_is_back() {
    in_paused_time(async {
        for gate in [Gate::HoldsRequests, Gate::HoldsAnswers] {
            let house = House::open().await;
            house.look_out().await;
            let anna = house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "One").await;
            house.wait(10).await;
            assert_eq!(house.board().now(), Conditions::default());
            let before = house.presence().await.chat[0].clone();
            anna.heard.clear();

            house.store.set_gate(gate);
            let went = house.now();
            let (accounts, account) = (house.accounts(), house.account);
            let written = house.visitor_act(&guest, write("Two", "2"));
            let chosen = Choose { socket: anna.socket, state: house.word(Status::Away) };
            let (a, b) = (accounts.clone(), accounts);
            let written = house.begin(async move { a.ask(account, written).await.map(drop) });
            let chosen = house.begin(async move { b.ask(account, chosen).await });
            house.wait(4).await;
            // It is away, but not for so long yet that what is shown is old.
            let since = house.board().now().store_away.expect("it does not answer");
            assert!((Span(0)..=Span(2_000)).contains(&(since - went)), "{gate:?}");
            assert_eq!((boxes(&anna), notices(&anna)), (vec![], vec![]), "{gate:?}");
            house.wait(6).await;
            assert_eq!(boxes(&anna), [(true, true)], "{gate:?}");
            assert_eq!(notices(&anna), [(NoticeCode::StoreStale, true)], "{gate:?}");
            assert_eq!(house.board().now().store_stale, Some(since));
            // Who asks is told what was known, and is not kept waiting by what waits.
            let stale = house.presence().await.chat[0].clone();
            assert_eq!((stale.online, stale.since, stale.stale), (before.online, before.since, true));
            assert!(!written.is_finished() && !chosen.is_finished(), "{gate:?}");

            house.store.set_gate(Gate::Open);
            house.during(written).await.unwrap().unwrap();
            house.during(chosen).await.unwrap().unwrap();
            house.wait(3).await;
            assert_eq!(house.board().now(), Conditions::default());
            assert_eq!(boxes(&anna).last(), Some(&(false, false)), "{gate:?}");
            assert_eq!(notices(&anna).last(), Some(&(NoticeCode::StoreStale, false)), "{gate:?}");
            assert_eq!(house.messages(guest.conversation()).await.len(), 2);
        }
    });
}

#[test]
fn only_admins_are_told_and_they_are_told_when_they_become_one() {
    in_paused_time(async {
        let house = House::open().await;
        house.change(|account| account.operators[1].role = Role::Agent).await;
        let (anna, bob) = (house.enter(house.anna, "laptop").await, house.enter(house.bob, "laptop").await);
        house.board().on_relay_refused_us(house.now());
        house.settle().await;
        assert_eq!((notices(&anna), notices(&bob)), (vec![(NoticeCode::RelayAuth, true)], vec![]));
        house.change(|account| account.operators[1].role = Role::Admin).await;
        assert_eq!(notices(&bob), [(NoticeCode::RelayAuth, true), (NoticeCode::AnyOrigin, true)]);
        house.board().on_relay_let_us_in();
        house.settle().await;
        let over = Some(&(NoticeCode::RelayAuth, false));
        assert_eq!((notices(&anna).last(), notices(&bob).last()), (over, over));
        house.change(|account| account.operators[1].role = Role::Agent).await;
        assert_eq!(notices(&bob).last(), Some(&(NoticeCode::AnyOrigin, false)));
    });
}

#[test]
fn an_account_that_names_no_web_site_is_a_notice_since_it_does_not() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let since = |house: &House| {
            let accounts = house.accounts();
            let (account, asked) = (house.account, doorbell::actors::api::AskAccount);
            async move { accounts.ask(account, asked).await.unwrap().any_origin_since() }
        };
        let made = house.during(since(&house)).await.expect("none is named");
        house.wait(5).await;
        house.change(|account| account.allowed_origins = vec!["https://shop.example".into()]).await;
        assert_eq!(notices(&anna), [(NoticeCode::AnyOrigin, false)]);
        assert_eq!(house.during(since(&house)).await, None);
        house.wait(5).await;
        let now = house.now();
        house.change(|account| account.allowed_origins.clear()).await;
        assert_eq!(notices(&anna).last(), Some(&(NoticeCode::AnyOrigin, true)));
        assert_eq!(house.during(since(&house)).await, Some(now));
        assert!(made < now);
        // Another change of the settings is none of this.
        anna.heard.clear();
        house.change(|account| account.name = "Other".into()).await;
        assert_eq!(notices(&anna), []);
    });
}
