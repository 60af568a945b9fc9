//! A conversation's messages over HTTP: pages both ways, openings and read marks, and a store that does not answer.

use doorbell::domain::account::{Account, Plan};
use doorbell::domain::time::{Span, Timestamp};
use doorbell::store::adversary::Gate;
use serde_json::{Value, json};

use crate::company::{write, write_all};
use crate::world::{Client, Setting, World};

fn seqs(messages: &Value) -> Vec<u64> {
    messages.as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

/// A conversation that a visitor began and somebody joined, with so many replies.
async fn of_replies(world: &World, account: &Account, client: &Client<'_>, count: usize) -> String {
    let thread = format!("/api/v1/conversations/{}", write(world, account.id, "hello").await);
    for n in 0..count {
        let reply = json!({ "text": "here I am", "client_id": n.to_string() });
        assert_eq!(client.post(&format!("{thread}/messages"), reply).await.status, 201);
    }
    thread
}

async fn page(client: &Client<'_>, thread: &str, query: &str) -> (Vec<u64>, Option<String>) {
    let answer = client.get(&format!("{thread}/messages?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let page = answer.json();
    (seqs(&page["items"]), page["next"].as_str().map(str::to_owned))
}

#[actix_rt::test]
async fn pages_of_messages_lead_both_ways_and_their_items_ascend() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = of_replies(&world, &account, &admin, 7).await;
    assert_eq!(page(&admin, &thread, "limit=4").await, (vec![1, 2, 3, 4], Some("4".into())));
    assert_eq!(page(&admin, &thread, "limit=4&after=4").await, (vec![5, 6, 7, 8], Some("8".into())));
    assert_eq!(page(&admin, &thread, "limit=4&after=8").await, (vec![9], None));
    assert_eq!(page(&admin, &thread, "limit=4&before=10").await, (vec![6, 7, 8, 9], Some("6".into())));
    assert_eq!(page(&admin, &thread, "limit=4&before=6").await, (vec![2, 3, 4, 5], Some("2".into())));
    assert_eq!(page(&admin, &thread, "limit=4&before=2").await, (vec![1], None));
    assert_eq!(page(&admin, &thread, "before=1").await, (vec![], None));
    assert_eq!(page(&admin, &thread, "before=0").await, (vec![], None));
    let beyond = format!("limit=4&before={}", i64::MAX);
    assert_eq!(page(&admin, &thread, &beyond).await, (vec![6, 7, 8, 9], Some("6".into())));
    for (query, field) in [
        ("after=1&before=5", "before"),
        ("after=0&before=5", "before"),
        ("before=x", "before"),
        ("before=-1", "before"),
        ("before=9223372036854775808", "before"),
        ("after=9223372036854775808", "after"),
    ] {
        let refused = admin.get(&format!("{thread}/messages?{query}")).await;
        assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &json!(field)), "{query}");
    }
}

#[actix_rt::test]
async fn a4_opening_over_http_brings_messages_and_a_peek_sees_nothing() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = format!("/api/v1/conversations/{}", write(&world, account.id, "hello").await);
    let open = async |body: Value| {
        let opened = admin.post(&format!("{thread}/open"), body).await;
        assert_eq!(opened.status, 200, "{}", opened.text);
        opened.json()
    };
    let peeked = open(json!({ "peek": true })).await;
    assert_eq!((&peeked["unread"], &peeked["read_seq"], seqs(&peeked["messages"])), (&json!(1), &json!(0), vec![1]));
    assert_eq!(open(json!({ "peek": true, "after": 1 })).await["messages"], json!([]));
    let opened = open(json!({})).await;
    assert_eq!((&opened["unread"], &opened["read_seq"], seqs(&opened["messages"])), (&json!(0), &json!(1), vec![1]));
    for wrong in [json!({ "peek": "yes" }), json!({ "after": -1 }), json!({ "after": 1.5 }), json!({ "after": "1" })] {
        assert_eq!(admin.post(&format!("{thread}/open"), wrong.clone()).await.problem(), "invalid", "{wrong}");
    }
}

#[actix_rt::test]
async fn a4_read_over_http_is_the_deed_of_the_frame() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = format!("/api/v1/conversations/{}", write(&world, account.id, "hello").await);
    let read = async |body: Value| admin.post(&format!("{thread}/read"), body).await;
    for wrong in [json!({}), json!({ "seq": 2 }), json!({ "seq": -1 }), json!({ "seq": "1" }), json!({ "seq": 0.5 })] {
        let refused = read(wrong.clone()).await;
        assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &json!("seq")), "{wrong}");
    }
    assert_eq!(read(json!({ "seq": 0 })).await.json()["unread"], 1);
    let seen = read(json!({ "seq": 1 })).await;
    assert_eq!((seen.status, &seen.json()["unread"], &seen.json()["read_seq"]), (200, &json!(0), &json!(1)));
    let told = admin.get(&format!("{thread}/notifications")).await.json();
    assert_eq!(told["timers"][0]["state"], "cancelled", "who has seen everything is not mailed: {told}");
}

#[actix_rt::test]
async fn a_mark_in_the_midst_leaves_the_messages_after_it_unread() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = format!("/api/v1/conversations/{}", write_all(&world, account.id, &["one", "two", "three"]).await);
    for (seq, left) in [(0, 3), (2, 1), (1, 1), (3, 0)] {
        assert_eq!(admin.post(&format!("{thread}/read"), json!({ "seq": seq })).await.json()["unread"], left, "{seq}");
    }
}

#[actix_rt::test]
async fn a_repeat_over_http_tells_what_was_written_the_first_time() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = of_replies(&world, &account, &admin, 1).await;
    let first = admin.get(&format!("{thread}/messages?after=2")).await.json()["items"][0].clone();
    let repeated = admin.post(&format!("{thread}/messages"), json!({ "text": "other", "client_id": "0" })).await;
    assert_eq!((repeated.status, repeated.json()), (201, first));
}

#[actix_rt::test]
async fn a_store_that_is_known_to_be_away_refuses_changes_at_once_and_nothing_is_done() {
    let world = World::new().await;
    let account = world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let thread = format!("/api/v1/conversations/{}", write(&world, account.id, "hello").await);
    world.board.on_store_away(Timestamp(0), Timestamp(60_000), Span::from_secs(5));
    for (path, body) in [
        (format!("{thread}/join"), json!({})),
        (format!("{thread}/messages"), json!({ "text": "x", "client_id": "c" })),
        ("/api/v1/login".to_owned(), json!({ "email": "admin@shop.test", "password": "x" })),
    ] {
        let refused = admin.post(&path, body).await;
        assert_eq!((refused.status, refused.problem().as_str()), (503, "unavailable"), "{path}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("nothing was done"), "{}", refused.text);
        assert_eq!((refused.header("retry-after"), &refused.json()["retry_after_ms"]), ("1", &json!(1_000)));
    }
    assert_eq!(page(&admin, &thread, "").await.0, [1], "what can be read is read");
    world.board.on_store_answered();
    assert_eq!(admin.post(&format!("{thread}/join"), json!({})).await.status, 200);
}

#[actix_rt::test]
async fn a_change_whose_outcome_is_unknown_says_so_goes_on_and_can_be_repeated() {
    for gate in [Gate::HoldsRequests, Gate::HoldsAnswers] {
        let world = World::with(Setting { answer_deadline: Span(1_000), ..Setting::default() }).await;
        let account = world.account("shop", Plan::Free).await;
        let admin = world.log_in("admin@shop.test").await;
        let thread = format!("/api/v1/conversations/{}", write(&world, account.id, "hello").await);
        let messages = format!("{thread}/messages");
        let reply = json!({ "text": "here I am", "client_id": "r1" });
        // It waits where the log-in was looked at already, or there: both are told of in time.
        world.adversary.set_gate(gate);
        let unknown = admin.post(&messages, reply.clone()).await;
        assert_eq!((unknown.status, unknown.problem().as_str()), (503, "unavailable"));
        let told = unknown.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.contains("not known") && told.contains("client_id"), "{told}");
        assert_eq!(unknown.header("retry-after"), "1");
        let unread = admin.get(&messages).await;
        assert_eq!((unread.status, unread.problem().as_str()), (503, "unavailable"));
        assert!(!unread.json()["detail"].as_str().unwrap().contains("not known"), "a look changes nothing");
        world.adversary.set_gate(Gate::Open);
        let repeated = admin.post(&messages, reply).await;
        assert_eq!(repeated.status, 201, "{}", repeated.text);
        assert_eq!(page(&admin, &thread, "").await.0, [1, 2, 3], "it stands there once");
    }
}
