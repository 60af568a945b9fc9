//! Plain records.

use doorbell::ports::journal::Store;

use crate::world::{Says, commit, done, texts};

crate::contract!(a_record_is_put_replaced_and_deleted, records_are_listed_by_prefix_in_the_order_of_their_keys,);

async fn a_record_is_put_replaced_and_deleted(store: &dyn Store) {
    let read = async || store.record("session/a".to_owned()).await.unwrap().map(|v| String::from_utf8(v).unwrap());
    assert_eq!(read().await, None);
    done(store, commit().put("session/a", "1")).await;
    done(store, commit().put("session/a", "2").put("session/ab", "other")).await;
    assert_eq!(read().await.as_deref(), Some("2"));
    done(store, commit().delete("session/a").delete("session/never")).await;
    assert_eq!(read().await, None);
    // In one commit the operations count in their order.
    done(store, commit().put("session/a", "3").delete("session/a").put("session/a", "4")).await;
    assert_eq!(read().await.as_deref(), Some("4"));
}

async fn records_are_listed_by_prefix_in_the_order_of_their_keys(store: &dyn Store) {
    for key in ["node/b", "node/a", "node/", "node0", "nod", "node/č", "node/\u{10ffff}x", "nodf", "account/1"] {
        done(store, commit().put(key, key)).await;
    }
    let list = async |prefix: &str, after: Option<&str>, limit| {
        let rows = store.records(prefix.to_owned(), after.map(str::to_owned), limit).await.unwrap();
        texts(rows).into_iter().inspect(|(key, value)| assert_eq!(key, value)).map(|(key, _)| key).collect::<Vec<_>>()
    };
    let nodes = ["node/", "node/a", "node/b", "node/č", "node/\u{10ffff}x"];
    assert_eq!(list("node/", None, 9).await, nodes);
    assert_eq!(list("node/", None, 2).await, nodes[..2]);
    assert_eq!(list("node/", Some("node/a"), 9).await, nodes[2..]);
    assert_eq!(list("node/", Some("node/aa"), 1).await, nodes[2..3]);
    assert_eq!(list("node/", Some("zzz"), 9).await, [""; 0]);
    assert_eq!(list("node/", Some("a"), 9).await, nodes);
    assert_eq!(list("", None, 99).await.len(), 9);
    assert_eq!(list("x", None, 99).await, [""; 0]);
}
