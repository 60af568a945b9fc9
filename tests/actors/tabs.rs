//! A visitor's tabs on several nodes, of which some said hello before the conversation began.

use doorbell::actors::api::{AskConversations, ToLobby, VisitorDeed};
use doorbell::domain::account::Kind;
use doorbell::domain::ids::GroupId;
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{Guest, House, group, in_paused_time, reply, uuid};
use super::nodes::visitor_texts;
use super::wire::Noise;

/// Nothing is lost; everything is, until the gap is owned up to.
const WIRES: [Noise; 2] = [
    Noise { lost_permille: 0, swapped_permille: 0, delay_max_ms: 0 },
    Noise { lost_permille: 1_000, swapped_permille: 0, delay_max_ms: 0 },
];

/// After this much every hint has come, or the gap instead.
const HEARD: i64 = 8;

async fn two_nodes(noise: Noise) -> House {
    House::open_on_with(2, 1, Misbehaviour::default(), noise, |account| {
        account.groups = vec![group(7, "Sales", &[account.operators[0].id])];
    })
    .await
}

/// The groups whose boxes it was to show.
fn boxes(house: &House, guest: &Guest) -> Vec<Option<GroupId>> {
    let told = house.lobby.all();
    told.iter()
        .filter_map(|told| match told {
            ToLobby::Shows { slot, chat } if *slot == guest.slot => Some(chat.group),
            _ => None,
        })
        .collect()
}

/// Whether the nodes show the visitor as there.
async fn is_there(house: &mut House, guest: &Guest) -> Vec<bool> {
    let mut there = Vec::new();
    for node in 0..house.size() {
        house.go_to(node);
        let ask = AskConversations(vec![guest.conversation()]);
        let views = house.during(house.accounts().ask(house.account, ask)).await.unwrap();
        there.extend(views.iter().map(|view| view.visitor.online));
    }
    there
}

#[test]
fn p7_a_tab_that_said_hello_before_the_conversation_began_at_another_node_counts_and_is_told() {
    for noise in WIRES {
        in_paused_time(async {
            let mut house = two_nodes(noise).await;
            house.go_to(0);
            house.enter(house.anna, "laptop").await;
            let first = house.guest().await;
            house.go_to(1);
            let (second, _) = house.guest_returns(&first).await;
            house.wait(5).await;
            house.go_to(0);
            let sales = Some(GroupId(uuid(7)));
            let text = "Hello?".to_owned();
            let deed = VisitorDeed::Write { client_id: text.clone(), text, group: sales, page: None };
            let written = house.visitor_act(&first, deed);
            house.during(house.accounts().ask(house.account, written)).await.unwrap();
            house.wait(HEARD).await;
            house.go_to(1);
            assert_eq!(visitor_texts(&house, &second), ["Hello?"], "{noise:?}");
            assert_eq!(boxes(&house, &second), [sales]);
            assert!(house.asked_for_proof().contains(&second.slot));
            house.everybody_answers(&[], &[&second]).await;
            house.wait(HEARD).await;

            house.go_to(0);
            house.guest_leaves(&first).await;
            house.wait(HEARD).await;
            assert_eq!(is_there(&mut house, &first).await, [true, true], "{noise:?}");
            house.wait(400).await;
            assert!(house.letters().await.is_empty());
            house.go_to(1);
            let left = house.now();
            house.guest_leaves(&second).await;
            house.wait(300).await;
            let letters = house.letters().await;
            assert_eq!(letters.len(), 1, "to her who was online");
            assert_eq!((letters[0].kind, letters[0].started_at), (Kind::Missed, left));
        });
    }
}

#[test]
fn a_tab_that_writes_before_it_has_heard_of_the_conversation_is_told_what_was_said_before() {
    for noise in WIRES {
        in_paused_time(async {
            let mut house = two_nodes(noise).await;
            house.go_to(0);
            let first = house.guest().await;
            house.go_to(1);
            let (second, _) = house.guest_returns(&first).await;
            house.go_to(0);
            house.says(&first, "one").await;
            house.go_to(1);
            house.says(&second, "two").await;
            house.go_to(0);
            house.act(house.anna, &first, reply("three")).await.unwrap();
            house.wait(HEARD).await;
            assert_eq!(visitor_texts(&house, &first), ["one", "two", "three"], "{noise:?}");
            house.go_to(1);
            assert_eq!(visitor_texts(&house, &second), ["one", "two", "three"], "{noise:?}");
            assert_eq!(is_there(&mut house, &first).await, [true, true]);
        });
    }
}

#[test]
fn a_node_that_stood_still_while_the_conversation_began_knows_its_tab_when_it_goes_on() {
    in_paused_time(async {
        let mut house = two_nodes(WIRES[0]).await;
        house.go_to(0);
        let first = house.guest().await;
        house.go_to(1);
        let (second, _) = house.guest_returns(&first).await;
        let strangers = house.guests(600).await;
        let before = house.awake();
        house.cut_off(true);
        house.go_to(0);
        house.says(&first, "Hello?").await;
        house.wait(30).await;
        house.guest_leaves(&first).await;
        house.go_to(1);
        house.cut_off(false);
        house.wait(HEARD).await;
        assert_eq!(visitor_texts(&house, &second), ["Hello?"]);
        assert_eq!(house.awake(), before + 1, "nobody else's conversation was woken: {}", strangers.len());
        house.everybody_answers(&[], &[&second]).await;
        house.wait(HEARD).await;
        assert_eq!(is_there(&mut house, &first).await, [true, true]);
    });
}

#[test]
fn whoever_returns_to_a_conversation_that_is_being_read_is_told_by_the_welcome_alone() {
    in_paused_time(async {
        let mut house = two_nodes(WIRES[0]).await;
        house.go_to(0);
        let first = house.guest().await;
        house.says(&first, "Hello?").await;
        house.wait(HEARD).await;
        house.go_to(1);
        let (second, entered) = house.guest_returns(&first).await;
        assert_eq!(entered.conversation.expect("it is known").1.len(), 1);
        house.go_to(0);
        house.says(&first, "Hello again").await;
        house.wait(HEARD).await;
        house.go_to(1);
        assert_eq!(visitor_texts(&house, &second), ["Hello again"]);
    });
}
