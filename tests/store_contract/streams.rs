//! Streams: written once, read in order, from either end.

use doorbell::ports::journal::{Store, Stream};

use crate::world::{Says, account, commit, conversation, done, texts, told};

crate::contract!(
    entries_are_read_in_order_after_a_position,
    entries_are_read_back_from_a_position,
    a_position_is_written_once,
    streams_are_apart,
);

fn messages() -> Stream {
    Stream::Messages(account(1), conversation(1))
}

/// Positions 1 to 10, out of order, with a gap at 5.
async fn filled(store: &dyn Store) {
    for position in [3, 1, 2, 4, 10, 9, 8, 7, 6] {
        done(store, commit().append(messages(), position, &format!("m{position}"))).await;
    }
}

fn positions(rows: Vec<(u64, Vec<u8>)>) -> Vec<u64> {
    texts(rows)
        .into_iter()
        .map(|(position, text)| {
            assert_eq!(text, format!("m{position}"));
            position
        })
        .collect()
}

async fn entries_are_read_in_order_after_a_position(store: &dyn Store) {
    filled(store).await;
    for (after, limit, wanted) in [
        (0, 3, vec![1, 2, 3]),
        (3, 3, vec![4, 6, 7]),
        (0, usize::MAX, vec![1, 2, 3, 4, 6, 7, 8, 9, 10]),
        (10, 5, vec![]),
        (u64::MAX, 5, vec![]),
        (0, 0, vec![]),
    ] {
        assert_eq!(positions(store.read(messages(), after, limit).await.unwrap()), wanted);
    }
}

async fn entries_are_read_back_from_a_position(store: &dyn Store) {
    filled(store).await;
    for (before, limit, wanted) in [
        (u64::MAX, 3, vec![8, 9, 10]),
        (8, 3, vec![4, 6, 7]),
        (3, 9, vec![1, 2]),
        (1, 9, vec![]),
        (0, 9, vec![]),
        (9, 0, vec![]),
    ] {
        assert_eq!(positions(store.read_back(messages(), before, limit).await.unwrap()), wanted);
    }
}

async fn a_position_is_written_once(store: &dyn Store) {
    done(store, commit().append(messages(), 1, "first")).await;
    done(store, commit().append(messages(), 1, "second").append(messages(), 2, "next")).await;
    assert_eq!(told(store, messages()).await, [(1, "first".to_owned()), (2, "next".to_owned())]);
}

async fn streams_are_apart(store: &dyn Store) {
    let all = [
        Stream::Edges(account(1)),
        Stream::Edges(account(2)),
        Stream::Messages(account(1), conversation(1)),
        Stream::Messages(account(1), conversation(2)),
        Stream::Messages(account(2), conversation(1)),
        Stream::Entries(account(1), conversation(1)),
    ];
    for (n, stream) in all.into_iter().enumerate() {
        done(store, commit().append(stream, 1, &n.to_string())).await;
    }
    for (n, stream) in all.into_iter().enumerate() {
        assert_eq!(told(store, stream).await, [(1, n.to_string())]);
    }
}
