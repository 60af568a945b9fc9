//! Counts: what is told of them is what a count would find, in few frames, and the last state always.

use doorbell::actors::api::{Counts, Deed, ToSocket};
use doorbell::domain::account::Plan;
use doorbell::domain::news::OperatorNews;
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{Guest, House, Plug, group, in_paused_time, reply, write};

fn told(plug: &Plug) -> Vec<Counts> {
    let counts = |told: &ToSocket| match told {
        ToSocket::News(news) => match **news {
            OperatorNews::Counts(counts) => Some(counts),
            _ => None,
        },
        ToSocket::Revoked | ToSocket::Prove => None,
    };
    plug.heard.all().iter().filter_map(counts).collect()
}

fn counts(unserved: u64, mine: u64, served: u64) -> Counts {
    Counts { unserved, mine, served }
}

async fn guests(house: &House, count: usize) -> Vec<Guest> {
    let mut guests = Vec::new();
    for _ in 0..count {
        let guest = house.guest().await;
        house.says(&guest, "Hello?").await;
        guests.push(guest);
    }
    guests
}

#[test]
fn a_burst_makes_few_frames_and_the_last_state_is_told() {
    in_paused_time(async {
        let house = House::open().await;
        let (anna, bob) = (house.enter(house.anna, "laptop").await, house.enter(house.bob, "laptop").await);
        house.wait(1).await;
        assert_eq!(told(&anna), [], "nothing has changed since the welcome");
        let guests = guests(&house, 100).await;
        for guest in &guests[..30] {
            house.act(house.anna, guest, Deed::Join).await.unwrap();
        }
        for guest in &guests[..10] {
            house.act(house.bob, guest, reply("Good day")).await.unwrap();
        }
        house.act(house.bob, &guests[99], Deed::Close).await.unwrap();
        house.wait(2).await;
        assert_eq!(told(&anna).last(), Some(&counts(69, 30, 30)));
        assert_eq!(told(&bob).last(), Some(&counts(69, 10, 30)));
        assert!(told(&anna).len() < 15, "{} frames", told(&anna).len());
        // What changes no count is not told.
        anna.heard.clear();
        house.says(&guests[0], "One more thing").await;
        house.wait(2).await;
        assert_eq!(told(&anna), []);
        house.act(house.anna, &guests[0], Deed::Leave).await.unwrap();
        house.wait(2).await;
        assert_eq!((told(&anna), told(&bob).last()), (vec![counts(69, 29, 30)], Some(&counts(69, 10, 30))));
    });
}

#[test]
fn each_operator_is_told_their_own_audience_and_what_they_joined() {
    in_paused_time(async {
        let house = House::open().await;
        let (sales, support) = (group(1, "Sales", &[house.anna]), group(2, "Support", &[house.bob]));
        let (of_sales, of_support) = (sales.id, support.id);
        house.change(move |account| account.groups = vec![sales.clone(), support.clone()]).await;
        let (anna, bob) = (house.enter(house.anna, "laptop").await, house.enter(house.bob, "laptop").await);
        let writes = |group| {
            let house = &house;
            async move {
                let guest = house.guest().await;
                let mut deed = write("Hello?", "1");
                if let doorbell::actors::api::VisitorDeed::Write { group: of, .. } = &mut deed {
                    *of = Some(group);
                }
                let act = house.visitor_act(&guest, deed);
                house.during(house.accounts().ask(house.account, act)).await.unwrap();
                guest
            }
        };
        let first = writes(of_sales).await;
        writes(of_support).await;
        house.wait(1).await;
        assert_eq!((told(&anna).last(), told(&bob).last()), (Some(&counts(1, 0, 0)), Some(&counts(1, 0, 0))));
        // Bob helps out in a conversation that is not before him; then it is.
        house.act(house.bob, &first, Deed::Join).await.unwrap();
        house.wait(1).await;
        assert_eq!((told(&anna).last(), told(&bob).last()), (Some(&counts(0, 0, 1)), Some(&counts(1, 1, 1))));
        house.act(house.bob, &first, Deed::TransferToGroup(of_support)).await.unwrap();
        house.wait(1).await;
        assert_eq!((told(&anna).last(), told(&bob).last()), (Some(&counts(0, 0, 0)), Some(&counts(2, 0, 0))));
        // A plan that loses groups ignores them at once.
        house.change(|account| account.plan = Plan::Standard).await;
        house.wait(1).await;
        assert_eq!((told(&anna).last(), told(&bob).last()), (Some(&counts(2, 0, 0)), Some(&counts(2, 0, 0))));
        house.change(|account| account.plan = Plan::Pro).await;
        house.wait(1).await;
        assert_eq!(told(&anna).last(), Some(&counts(0, 0, 0)));
    });
}

#[test]
fn over_a_store_that_misbehaves_and_after_a_panic_the_last_state_is_told() {
    in_paused_time(async {
        let wild = Misbehaviour {
            yields_max: 20,
            conflict_permille: 200,
            lost_answer_permille: 200,
            lost_request_permille: 200,
            ..Misbehaviour::default()
        };
        for seed in 0..4 {
            let house = House::open_with(seed, wild, |_| ()).await;
            let anna = house.enter(house.anna, "laptop").await;
            let guests = guests(&house, 12).await;
            house.trip_after(40);
            for guest in &guests[..5] {
                // One that was under way when the actor died is not answered; it happened, or it did not.
                let _ = house.act(house.anna, guest, Deed::Join).await;
            }
            house.trip_after(-1);
            house.wait(30).await;
            let (_, entered) = house.welcomed(house.anna, "phone").await;
            assert_eq!(told(&anna).last(), Some(&entered.counts), "seed {seed}");
        }
    });
}

/// Numbers that are the same in every run of a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn whatever_happens_the_last_counts_told_are_those_that_a_welcome_would_tell() {
    in_paused_time(async {
        for seed in 0..12 {
            let house = House::open_with(seed, Misbehaviour { yields_max: 5, ..Misbehaviour::default() }, |_| ()).await;
            let mut numbers = Numbers(seed);
            let people = [house.anna, house.bob];
            let groups = [group(1, "Sales", &[house.anna]), group(2, "Support", &[house.bob])];
            let ids = groups.clone().map(|group| group.id);
            let with = groups.clone();
            house.change(move |account| account.groups = with.to_vec()).await;
            let mut welcomes = Vec::new();
            for who in people {
                welcomes.push(house.welcomed(who, "laptop").await);
            }
            let guests = guests(&house, 40).await;
            for round in 0..60 {
                let (who, guest) = (people[numbers.below(2)], guests[numbers.below(40)]);
                let deed = match numbers.below(20) {
                    0..3 => Deed::Join,
                    3..5 => Deed::Leave,
                    5..7 => Deed::Close,
                    7..9 => reply(&format!("reply {round}")),
                    9 => Deed::TransferToOperator(people[numbers.below(2)]),
                    10..15 => Deed::TransferToGroup(ids[numbers.below(2)]),
                    15 => {
                        let plan = [Plan::Standard, Plan::Pro, Plan::Pro][numbers.below(3)];
                        let (both, member) = (groups.clone(), people[numbers.below(2)]);
                        house
                            .change(move |account| {
                                account.plan = plan;
                                account.groups = both.to_vec();
                                account.groups[0].operators = vec![member];
                            })
                            .await;
                        continue;
                    }
                    _ => {
                        house.says(&guest, &format!("message {round}")).await;
                        continue;
                    }
                };
                // What the plan, or the state of things, does not allow is refused.
                let _ = house.act(who, &guest, deed).await;
                if numbers.below(3) > 0 {
                    continue;
                }
                house.wait(1).await;
                for (who, (plug, welcome)) in people.into_iter().zip(&welcomes) {
                    let (phone, now) = house.welcomed(who, "phone").await;
                    let last = told(plug).last().copied().unwrap_or(welcome.counts);
                    assert_eq!(last, now.counts, "seed {seed}, round {round}, {who}");
                    house.leave(&phone).await;
                }
            }
        }
    });
}
