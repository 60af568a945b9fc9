//! A start after a long stop (rules P4, N10): who was there before has the start-up grace to come back.

use std::time::Duration;

use crate::house::{Server, eventually};
use crate::people::{Account, Visitor};

const DELAY: Duration = Duration::from_millis(600);
/// In the start-up grace everybody must be able to come back, on a slow machine too.
const SETTINGS: [(&str, &str); 1] = [("notifications.startup_grace", "'4s'")];

fn mailed(server: &Server, account: &Account) -> usize {
    let to_them = |to: &str| account.operators.iter().any(|operator| operator.email == to);
    server.sink.accepted().iter().filter(|mail| to_them(&mail.to)).count()
}

#[tokio::test]
async fn n10_after_a_long_stop_only_those_are_mailed_whose_dashboards_do_not_come_back() {
    let mut server = Server::start(&SETTINGS).await;
    let (back, lost) = (server.account("standard", 1).await, server.account("standard", 2).await);
    let back_laptop = back.operators[0].at("laptop", "online").await;
    let lost_laptop = lost.operators[0].at("laptop", "online").await;
    let (mut eva, mut petra) = (back.visitor().await, lost.visitor().await);
    let (to_back, to_lost) = (eva.say("Hello").await, petra.say("Hello").await);
    back.operators[0].wait_for_decision(&to_back.conversation, "offline", "box_was_online").await;

    server.kill9();
    eva.socket.closed().await;
    back_laptop.socket.closed().await;
    lost_laptop.socket.closed().await;
    // An outage that outlasts every delay. Nothing runs that could say so.
    tokio::time::sleep(DELAY * 2).await;
    server.begin().await;

    let _laptop = back.operators[0].at("laptop", "online").await;
    let eva = Visitor::come(server.address, &back.key, Some(&eva.token)).await.unwrap();
    assert_eq!(eva.welcome["chat"]["status"], "online", "the box shows what it showed");
    for operator in &lost.operators {
        operator.wait_for_decision(&to_lost.conversation, "offline", "emailed").await;
    }
    eventually("the letters come", async || (mailed(&server, &lost) == 2).then_some(())).await;
    server.a_delay_passes().await;
    assert_eq!((mailed(&server, &back), mailed(&server, &lost)), (0, 2));
}

#[tokio::test]
async fn n10_somebody_who_comes_online_in_the_startup_grace_cancels_what_is_overdue() {
    let overrides = [SETTINGS[0], ("notifications.offline_delay", "'2s'")];
    let mut server = Server::start(&overrides).await;
    let account = server.account("standard", 2).await;
    let said = account.visitor().await.say("Hello").await;
    server.kill9();
    tokio::time::sleep(DELAY * 4).await;
    server.begin().await;
    assert_eq!(server.reasons().await, ["settling"], "whoever restarts nodes one after another can wait for its end");
    let _laptop = account.operators[0].at("laptop", "online").await;
    account.operators[0].wait_for_decision(&said.conversation, "offline", "back_online").await;
    account.operators[1].wait_for_decision(&said.conversation, "offline", "colleague_online").await;
    eventually("the grace is over", async || server.reasons().await.is_empty().then_some(())).await;
    server.a_delay_passes().await;
    assert_eq!(mailed(&server, &account), 0);
}

#[tokio::test]
async fn n10_a_timer_survives_a_restart_and_is_late_by_no_more_than_the_grace() {
    let mut server = Server::start(&[]).await;
    let account = server.account("standard", 2).await;
    let said = account.visitor().await.say("Hello").await;
    assert!(server.stop().await.success());
    tokio::time::sleep(DELAY * 2).await;
    server.begin().await;
    for operator in &account.operators {
        operator.wait_for_decision(&said.conversation, "offline", "emailed").await;
    }
    eventually("the letters come", async || (mailed(&server, &account) >= 2).then_some(())).await;
    server.a_delay_passes().await;
    assert_eq!(mailed(&server, &account), 2);
}
