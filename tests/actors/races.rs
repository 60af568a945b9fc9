//! N12: whoever decides loses a race cleanly. A cancel that was acknowledged before the firing means no letter, whatever
//! the order in which commits reach the store; and no letter is there twice.

use doorbell::actors::api::{Act, Deed};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::time::Span;
use doorbell::store::adversary::{Gate, Plan as Misbehaviour};

use super::house::{Guest, House, in_paused_time, reply};

/// What ends an offline timer.
#[derive(Clone, Copy, Debug)]
enum Cancel {
    Enter,
    Join,
    Reply,
    Close,
}

const CANCELS: [Cancel; 4] = [Cancel::Enter, Cancel::Join, Cancel::Reply, Cancel::Close];

/// Begins the cancel through these accounts; the task ends with its acknowledgement.
fn begin(
    house: &House,
    accounts: doorbell::actors::directory::Accounts,
    guest: &Guest,
    cancel: Cancel,
) -> tokio::task::JoinHandle<bool> {
    let account = house.account;
    let act = |deed| Act { conversation: guest.conversation(), operator: house.anna, deed };
    let act = match cancel {
        Cancel::Enter => {
            let (enter, _) = house.entrance(house.anna, "laptop");
            return house.begin(async move { accounts.ask(account, enter).await.is_ok() });
        }
        Cancel::Join => act(Deed::Join),
        Cancel::Reply => act(reply("Yes?")),
        Cancel::Close => act(Deed::Close),
    };
    house.begin(async move { accounts.ask(account, act).await.is_ok() })
}

async fn wait_ms(house: &House, ms: i64) {
    house.during(tokio::time::sleep(Span(ms).to_duration())).await;
}

/// The letters are as many as the record says.
async fn assert_told_as_done(house: &House, guest: &Guest, about: &str) {
    let letters: Vec<_> = house.letters().await.iter().map(|l| l.id).collect();
    let explanation = house.explain(guest).await;
    let told: Vec<_> = explanation.decisions.iter().filter_map(|d| d.letter).collect();
    assert_eq!(told, letters, "{about}");
}

#[test]
fn a_cancel_that_is_acknowledged_in_time_means_no_letter_in_whatever_order_commits_arrive() {
    in_paused_time(async {
        // The gate closes and the cancel begins before the deadline, at it, or after it, by so many milliseconds.
        for gate in [Gate::HoldsRequests, Gate::HoldsAnswers, Gate::Open] {
            for cancel in CANCELS {
                for closes in [-50, -1, 0, 1] {
                    for begins in [-20, -1, 0, 1, 20] {
                        let about = format!("{gate:?} at {closes}, {cancel:?} at {begins}");
                        let house = House::open().await;
                        let guest = house.guest().await;
                        house.says(&guest, "Hello?").await;
                        house.wait(119).await;
                        let due = house.now() + Span::from_secs(1);
                        let mut steps = [(closes, true), (begins, false)];
                        steps.sort_unstable();
                        let mut begun = None;
                        for (at, closes) in steps {
                            wait_ms(&house, (due + Span(at) - house.now()).0).await;
                            if closes {
                                house.store.set_gate(gate);
                            } else {
                                begun = Some(begin(&house, house.accounts(), &guest, cancel));
                            }
                            house.settle().await;
                        }
                        let begun = begun.unwrap();
                        let in_time = begun.is_finished() && house.letters().await.is_empty();
                        wait_ms(&house, 500).await;
                        house.store.set_gate(Gate::Open);
                        assert!(house.during(begun).await.unwrap(), "{about}");
                        house.wait(400).await;
                        let letters = house.letters().await.len();
                        assert!(letters == 0 || letters == 2, "{about}: {letters}");
                        assert!(!in_time || letters == 0, "{about}: mailed after an acknowledgement");
                        assert_told_as_done(&house, &guest, &about).await;
                    }
                }
            }
        }
    });
}

#[test]
fn a_firing_that_was_decided_before_another_node_s_cancel_looks_again() {
    in_paused_time(async {
        for (cancel, code) in [
            (Cancel::Enter, Code::ColleagueOnline),
            (Cancel::Join, Code::Joined),
            (Cancel::Reply, Code::Joined),
            (Cancel::Close, Code::Closed),
        ] {
            let house = House::open().await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(119).await;
            house.store.set_gate(Gate::HoldsRequests);
            // The firing is decided, and on its way; the cancel overtakes it just before the deadline of that node.
            let other = house.second_node().await;
            wait_ms(&house, 999).await;
            assert!(house.during(begin(&house, other, &guest, cancel)).await.unwrap());
            wait_ms(&house, 100).await;
            assert!(house.letters().await.is_empty(), "{cancel:?}");
            house.store.set_gate(Gate::Open);
            house.wait(400).await;
            assert!(house.letters().await.is_empty(), "{cancel:?}");
            assert_eq!(house.why(&guest, house.bob).await, code, "{cancel:?}");
        }
    });
}

#[test]
fn two_nodes_never_both_fire() {
    in_paused_time(async {
        for seed in 0..20 {
            let slow = Misbehaviour { yields_max: 9, lost_answer_permille: 100, ..Misbehaviour::default() };
            let house = House::open_with(seed, slow, |_| ()).await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(60).await;
            let other = house.second_node().await;
            let peek = Act { conversation: guest.conversation(), operator: house.anna, deed: Deed::Peek };
            house.during(other.ask(house.account, peek)).await.unwrap();
            house.wait(300).await;
            assert_eq!(house.mailed().await, [house.anna, house.bob], "seed {seed}");
            assert_told_as_done(&house, &guest, &format!("seed {seed}")).await;
        }
    });
}
