//! Who gets a letter and who does not, told by the actors as they run.

use doorbell::actors::api::Deed;
use doorbell::domain::account::Kind;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::Span;

use super::house::{DELAY, Guest, House, group, in_paused_time, reply};

/// A message at a closed desk.
async fn offline_message(house: &House) -> Guest {
    let guest = house.guest().await;
    house.says(&guest, "Is anybody there?").await;
    guest
}

/// A message while Anna is online; the visitor leaves without an answer, then Anna.
async fn missed_message(house: &House) -> Guest {
    let anna = house.enter(house.anna, "laptop").await;
    let guest = house.guest().await;
    house.says(&guest, "Hello?").await;
    house.wait(10).await;
    house.guest_leaves(&guest).await;
    // In one and the same instant operators would go first (rule N10).
    house.wait(1).await;
    house.leave(&anna).await;
    guest
}

#[test]
fn a_message_at_a_closed_desk_is_mailed_to_everybody_at_exactly_the_delay() {
    in_paused_time(async {
        let house = House::open().await;
        let written = house.now();
        let guest = offline_message(&house).await;
        house.wait(119).await;
        assert!(house.letters().await.is_empty());
        house.wait(2).await;
        let letters = house.letters().await;
        assert_eq!(house.mailed().await, [house.anna, house.bob]);
        assert!(letters.iter().all(|l| l.kind == Kind::Offline && l.created_at == written + DELAY));
        assert_eq!(house.why(&guest, house.bob).await, Code::Emailed);
    });
}

#[test]
fn an_operator_who_comes_online_cancels_the_offline_letter() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = offline_message(&house).await;
        house.wait(110).await;
        house.enter(house.anna, "phone").await;
        house.wait(600).await;
        assert!(house.letters().await.is_empty());
        assert_eq!(house.why(&guest, house.anna).await, Code::BackOnline);
        assert_eq!(house.why(&guest, house.bob).await, Code::ColleagueOnline);
    });
}

#[test]
fn who_has_read_is_excluded_and_when_all_have_nobody_is_mailed() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = offline_message(&house).await;
        house.act(house.anna, &guest, Deed::Open).await.unwrap();
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.bob]);
        assert_eq!(house.why(&guest, house.anna).await, Code::Read);

        let other = house.guest().await;
        house.says(&other, "And me?").await;
        house.act(house.anna, &other, Deed::Open).await.unwrap();
        house.act(house.bob, &other, Deed::Read { seq: 1 }).await.unwrap();
        house.wait(600).await;
        assert_eq!(house.letters().await.len(), 1);
        assert_eq!(house.why(&other, house.bob).await, Code::Read);
    });
}

#[test]
fn joining_replying_and_closing_cancel_both_letters() {
    in_paused_time(async {
        for (deed, code) in [(Deed::Join, Code::Joined), (reply("Yes"), Code::Joined), (Deed::Close, Code::Closed)] {
            for missed in [false, true] {
                let house = House::open().await;
                let guest = if missed { missed_message(&house).await } else { offline_message(&house).await };
                house.wait(60).await;
                house.act(house.bob, &guest, deed.clone()).await.unwrap();
                house.wait(900).await;
                assert!(house.letters().await.is_empty(), "{deed:?}, missed: {missed}");
                assert_eq!(house.why(&guest, house.anna).await, code, "{deed:?}, missed: {missed}");
            }
        }
    });
}

#[test]
fn a_visitor_who_left_without_an_answer_is_mailed_to_those_who_were_online() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = missed_message(&house).await;
        house.wait(130).await;
        let letters = house.letters().await;
        assert_eq!(house.mailed().await, [house.anna]);
        assert_eq!(letters[0].kind, Kind::Missed);
        assert_eq!(house.why(&guest, house.bob).await, Code::WasNotOnline);
    });
}

#[test]
fn a_visitor_who_returns_cancels_the_missed_letter() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.guest_leaves(&guest).await;
        house.wait(60).await;
        let (_, entered) = house.guest_returns(&guest).await;
        assert_eq!(entered.conversation.unwrap().1.len(), 1);
        house.wait(600).await;
        assert!(house.letters().await.is_empty());
        assert_eq!(house.why(&guest, house.anna).await, Code::VisitorReturned);
        house.leave(&anna).await;
    });
}

#[test]
fn opening_does_not_cancel_a_missed_letter() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = missed_message(&house).await;
        house.act(house.anna, &guest, Deed::Open).await.unwrap();
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.anna]);
        assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
    });
}

#[test]
fn the_last_operator_who_leaves_makes_an_offline_message_of_what_waits() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.wait(300).await;
        assert!(house.letters().await.is_empty());
        house.leave(&anna).await;
        let left = house.now();
        house.wait(130).await;
        let letters = house.letters().await;
        assert_eq!(house.mailed().await, [house.anna, house.bob]);
        assert!(letters.iter().all(|l| l.created_at - left == DELAY));
        assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
    });
}

#[test]
fn away_leaves_the_desk_closed() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        house.choose(&anna, Status::Away).await;
        let guest = offline_message(&house).await;
        house.wait(130).await;
        assert_eq!(house.letters().await.len(), 2);
        assert_eq!(house.why(&guest, house.anna).await, Code::Emailed);
    });
}

#[test]
fn the_next_letter_waits_for_the_end_of_the_pause_and_is_not_lost() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = offline_message(&house).await;
        house.wait(130).await;
        assert_eq!(house.letters().await.len(), 2);
        let first = house.letters().await[0].created_at;
        house.says(&guest, "Still here").await;
        house.wait(580).await;
        assert_eq!(house.letters().await.len(), 2);
        house.wait(20).await;
        let letters = house.letters().await;
        assert_eq!(letters.len(), 4);
        assert_eq!(letters[3].created_at, first + Span::from_secs(600));
        assert_eq!(letters[3].seqs, [2]);
    });
}

#[test]
fn a_group_s_conversation_is_its_group_s_matter() {
    in_paused_time(async {
        let house = House::open_with(1, Default::default(), |account| {
            let (anna, bob) = (account.operators[0].id, account.operators[1].id);
            account.groups = vec![group(50, "Sales", &[anna]), group(51, "Support", &[bob])];
        })
        .await;
        let sales = doorbell::domain::ids::GroupId(super::house::uuid(50));
        let support = doorbell::domain::ids::GroupId(super::house::uuid(51));
        house.enter(house.bob, "laptop").await;
        let guest = house.guest().await;
        let deed = doorbell::actors::api::VisitorDeed::Write {
            text: "A price?".to_owned(),
            client_id: "1".to_owned(),
            group: Some(sales),
            page: None,
        };
        house.during(house.accounts().ask(house.account, house.visitor_act(&guest, deed))).await.unwrap();
        house.wait(130).await;
        assert_eq!(house.mailed().await, [house.anna]);
        assert_eq!(house.why(&guest, house.bob).await, Code::NotInGroup);

        // Transferred to a group that is there, what waits anew is nobody's offline message.
        house.says(&guest, "Hello?").await;
        house.act(house.bob, &guest, Deed::TransferToGroup(support)).await.unwrap();
        house.wait(1_200).await;
        assert_eq!(house.letters().await.len(), 1);
    });
}

#[test]
fn a_conversation_is_handed_to_who_is_online_only() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        house.act(house.anna, &guest, Deed::Join).await.unwrap();
        let refused = house.act(house.anna, &guest, Deed::TransferToOperator(house.bob)).await.unwrap_err();
        assert_eq!(refused.code, doorbell::domain::refusal::RefusalCode::Conflict);
        let bob = house.enter(house.bob, "laptop").await;
        let done = house.act(house.anna, &guest, Deed::TransferToOperator(house.bob)).await.unwrap();
        assert_eq!(done.view.operators.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [house.bob]);
        house.leave(&bob).await;
        house.leave(&anna).await;
        house.wait(900).await;
        assert!(house.letters().await.is_empty());
    });
}
