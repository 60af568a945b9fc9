//! A message that is repeated under its `client_id` is known for as long as promised, though the document holds only the newest.

use doorbell::actors::api::Deed;
use doorbell::domain::time::Span;

use super::house::*;

/// What the document holds is a part of it.
const SAID: u64 = 90;

#[test]
fn a_repeat_is_known_over_a_restart() {
    in_paused_time(async {
        let mut house = House::open().await;
        house.enter(house.anna, "laptop").await;
        let guest = house.guest().await;
        let mut places = Vec::new();
        for n in 0..SAID {
            places.push(house.says(&guest, &n.to_string()).await);
            if n % 10 == 5 {
                // Between them are doorbell's own messages, and hers.
                house.act(house.anna, &guest, reply(&format!("reply {n}"))).await.unwrap();
                house.act(house.anna, &guest, Deed::Leave).await.unwrap();
            }
        }
        let stored = house.document(guest.conversation()).await.unwrap();
        assert!(stored.accepted_before > 0 && stored.accepted.len() < 20, "{} are held", stored.accepted.len());
        house.restart(Span::from_secs(1)).await;
        let (guest, _) = house.guest_returns(&guest).await;
        let count = house.messages(guest.conversation()).await.len();
        for (n, place) in places.iter().enumerate() {
            assert_eq!(house.says(&guest, &n.to_string()).await, *place, "the repeat of message {n}");
        }
        let replied = house.act(house.anna, &guest, reply("reply 5")).await.unwrap();
        assert_eq!(replied.written.unwrap().0, places[5] + 2, "who joins by a reply is told of first");
        assert_eq!(house.messages(guest.conversation()).await.len(), count);
    });
}

#[test]
fn a_repeat_is_known_at_another_node() {
    in_paused_time(async {
        let mut house = House::open_on(2).await;
        let mut guests = Vec::new();
        house.go_to(0);
        guests.push(house.guest().await);
        house.says(&guests[0], "0").await;
        house.go_to(1);
        guests.push(house.guest_returns(&guests[0]).await.0);
        for n in 1..SAID {
            // In turn, now and then for a while at one of them.
            let node = if n % 30 < 20 { n as usize % 2 } else { 0 };
            house.go_to(node);
            assert_eq!(house.says(&guests[node], &n.to_string()).await, n + 1);
        }
        for n in 0..SAID {
            let node = usize::from(n % 3 == 0);
            house.go_to(node);
            assert_eq!(house.says(&guests[node], &n.to_string()).await, n + 1, "the repeat of message {n}");
        }
        assert_eq!(house.messages(guests[0].conversation()).await.len() as u64, SAID);
    });
}
