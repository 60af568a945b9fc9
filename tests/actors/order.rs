//! The shell: nothing is answered before its commit, nothing is swapped, and what is too much is refused.

use doorbell::actors::api::{Act, AppearOffline, Deed, Ended, SocketEnded, VisitorDone};
use doorbell::actors::shell::QUEUE_LEN_MAX;
use doorbell::domain::refusal::RefusalCode;
use doorbell::store::adversary::{Gate, Plan as Misbehaviour};

use super::house::{House, in_paused_time, write};

#[test]
fn nothing_is_acknowledged_or_told_before_its_commit() {
    in_paused_time(async {
        for gate in [Gate::HoldsRequests, Gate::HoldsAnswers] {
            let house = House::open().await;
            let anna = house.enter(house.anna, "laptop").await;
            let guest = house.guest().await;
            house.says(&guest, "One").await;
            house.settle().await;
            anna.heard.clear();
            house.store.set_gate(gate);
            let (enter, _) = house.entrance(house.bob, "laptop");
            let written = house.visitor_act(&guest, write("Two", "Two"));
            let joined = Act { conversation: guest.conversation(), operator: house.anna, deed: Deed::Join };
            let (accounts, account) = (house.accounts(), house.account);
            let [a, b, c] = [accounts.clone(), accounts.clone(), accounts];
            let entered = house.begin(async move { a.ask(account, enter).await.map(drop) });
            let written = house.begin(async move { b.ask(account, written).await.map(drop) });
            let joined = house.begin(async move { c.ask(account, joined).await.map(drop) });
            house.wait(30).await;
            assert!(!entered.is_finished() && !written.is_finished() && !joined.is_finished(), "{gate:?}");
            assert!(anna.heard.all().is_empty(), "{gate:?}: told before it was so");
            house.store.set_gate(Gate::Open);
            for answer in [entered, written, joined] {
                house.during(answer).await.unwrap().unwrap();
            }
            assert!(!anna.heard.all().is_empty());
        }
    });
}

#[test]
fn p4_a_bye_is_acknowledged_once_it_is_durable() {
    in_paused_time(async {
        for gate in [Gate::HoldsRequests, Gate::HoldsAnswers] {
            let house = House::open().await;
            let anna = house.enter(house.anna, "laptop").await;
            // Something waits, so that the visitor's leaving is more than a memory.
            let guest = house.guest().await;
            house.says(&guest, "One").await;
            house.settle().await;
            house.store.set_gate(gate);
            let operator = SocketEnded { socket: anna.socket, how: Ended::Bye };
            let visitor = house.guest_end(&guest, Ended::Bye);
            let (accounts, account) = (house.accounts(), house.account);
            let [a, b] = [accounts.clone(), accounts];
            let operator = house.begin(async move { a.ask(account, operator).await });
            let visitor = house.begin(async move { b.ask(account, visitor).await });
            house.wait(30).await;
            assert!(!operator.is_finished() && !visitor.is_finished(), "{gate:?}");
            house.store.set_gate(Gate::Open);
            for answer in [operator, visitor] {
                house.during(answer).await.unwrap().unwrap();
            }
        }
    });
}

#[test]
fn a_commit_of_unknown_outcome_is_repeated_until_it_is_answered_and_happens_once() {
    in_paused_time(async {
        let unsure = Misbehaviour { lost_answer_permille: 450, lost_request_permille: 450, ..Misbehaviour::default() };
        let house = House::open_with(7, unsure, |_| ()).await;
        let guest = house.guest().await;
        for n in 1..=20 {
            assert_eq!(house.says(&guest, &n.to_string()).await, n);
        }
        house.enter(house.anna, "laptop").await;
        let texts: Vec<_> = house.messages(guest.conversation()).await.into_iter().map(|(_, m)| m.text).collect();
        assert_eq!(texts, (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
    });
}

#[test]
fn a_repeated_message_is_answered_as_the_first_was() {
    in_paused_time(async {
        let house = House::open().await;
        let guest = house.guest().await;
        assert_eq!(house.says(&guest, "One").await, 1);
        assert_eq!(house.says(&guest, "Two").await, 2);
        assert_eq!(house.says(&guest, "One").await, 1);
        assert_eq!(house.messages(guest.conversation()).await.len(), 2);
    });
}

#[test]
fn messages_keep_the_order_in_which_they_were_sent() {
    in_paused_time(async {
        let slow = Misbehaviour { yields_max: 7, conflict_permille: 200, ..Misbehaviour::default() };
        for seed in 0..5 {
            let house = House::open_with(seed, slow, |_| ()).await;
            let guest = house.guest().await;
            let actor = house.during(house.accounts().find(house.account)).await.unwrap();
            let sent: Vec<_> = (1..=40)
                .map(|n: u32| actor.send(house.visitor_act(&guest, write(&n.to_string(), &n.to_string()))))
                .collect();
            for (n, answer) in (1..).zip(sent) {
                let done = house.during(answer).await.unwrap().unwrap();
                assert!(matches!(done, VisitorDone::Written { seq, .. } if seq == n), "{n}: {done:?}");
            }
            let messages = house.messages(guest.conversation()).await;
            assert!(messages.iter().all(|(seq, message)| message.text == seq.to_string()));
        }
    });
}

#[test]
fn more_than_the_queue_holds_is_refused_and_the_rest_is_done() {
    in_paused_time(async {
        let house = House::open().await;
        let actor = house.during(house.accounts().find(house.account)).await.unwrap();
        house.store.set_gate(Gate::HoldsRequests);
        let count = QUEUE_LEN_MAX + 50;
        let hides = |n| AppearOffline { operator: house.anna, on: house.word(n % 2 == 0) };
        let sent: Vec<_> = (1..=count).map(|n| house.begin(actor.send(hides(n)))).collect();
        house.wait(5).await;
        house.store.set_gate(Gate::Open);
        let mut done = Vec::new();
        for (n, answer) in (1..).zip(sent) {
            match house.during(answer).await.unwrap().unwrap() {
                Ok(()) => done.push(n),
                Err(refusal) => assert_eq!(refusal.code, RefusalCode::Unavailable),
            }
        }
        assert!(done.len() >= QUEUE_LEN_MAX && done.len() < count, "{} of {count}", done.len());
        let last = done.last().unwrap();
        assert_eq!(house.presence().await.operators[0].appear_offline, last % 2 == 0);
    });
}
