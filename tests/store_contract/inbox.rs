//! The inbox: order, filters, search, cursors, counts.

use doorbell::domain::ids::ConversationId;
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{InboxQuery, InboxRow, InboxStatus, IndexOp, Store};

use crate::world::{Says, account, commit, conversation, done, everything, group, operator, row};

crate::contract!(
    it_is_ordered_by_the_last_activity,
    a_row_moves_with_its_conversation,
    search_finds_the_beginnings_of_every_text,
    search_takes_texts_as_they_are,
    groups_are_left_out_even_when_those_are_all_there_are,
    very_many_groups_are_one_question,
    every_filter_pages_and_counts_like_a_plain_look,
    inboxes_of_accounts_are_apart,
);

async fn put(store: &dyn Store, c: u128, row: InboxRow) {
    done(store, commit().index(account(1), IndexOp::Inbox(conversation(c), row))).await;
}

async fn list(store: &dyn Store, query: InboxQuery) -> Vec<ConversationId> {
    store.inbox(account(1), query).await.unwrap().into_iter().map(|(_, c)| c).collect()
}

fn searched(texts: &[&str], at: i64) -> InboxRow {
    InboxRow { search: texts.iter().map(|t| (*t).to_owned()).collect(), ..row(InboxStatus::Unserved, None, at) }
}

async fn it_is_ordered_by_the_last_activity(store: &dyn Store) {
    put(store, 1, row(InboxStatus::Unserved, None, 10)).await;
    put(store, 2, row(InboxStatus::Closed, None, 30)).await;
    put(store, 3, row(InboxStatus::Served, None, 20)).await;
    put(store, 4, row(InboxStatus::Served, None, 20)).await;
    let wanted = [2, 4, 3, 1].map(conversation);
    assert_eq!(list(store, everything()).await, wanted);
    assert_eq!(list(store, InboxQuery { limit: 2, ..everything() }).await, wanted[..2]);
    let after = Some((Timestamp(20), conversation(4)));
    assert_eq!(list(store, InboxQuery { after, ..everything() }).await, wanted[2..]);
    assert_eq!(store.count(account(1), InboxQuery { after, limit: 1, ..everything() }).await, Ok(4));
}

async fn a_row_moves_with_its_conversation(store: &dyn Store) {
    let mine = InboxQuery { joined_by: Some(operator(1)), ..everything() };
    let ours = InboxQuery { but_groups: vec![group(2)], status: Some(InboxStatus::Served), ..everything() };
    let unserved = InboxQuery { status: Some(InboxStatus::Unserved), ..everything() };
    let ann = InboxQuery { prefix: Some("ann".to_owned()), ..everything() };
    let all = [mine, ours, unserved, ann];

    put(store, 1, searched(&["anna"], 1)).await;
    for (query, wanted) in all.iter().zip([0, 0, 1, 1]) {
        assert_eq!(list(store, query.clone()).await.len(), wanted, "{query:?}");
    }
    let joined = vec![operator(1), operator(2), operator(1)];
    let served = InboxRow { joined, ..row(InboxStatus::Served, Some(group(1)), 2) };
    put(store, 1, served).await;
    for (query, wanted) in all.iter().zip([1, 1, 0, 0]) {
        assert_eq!(list(store, query.clone()).await.len(), wanted, "{query:?}");
        assert_eq!(store.count(account(1), query.clone()).await, Ok(wanted as u64), "{query:?}");
    }
    put(store, 1, row(InboxStatus::Closed, None, 3)).await;
    for query in &all {
        assert_eq!(list(store, query.clone()).await, [], "{query:?}");
    }
}

async fn search_finds_the_beginnings_of_every_text(store: &dyn Store) {
    put(store, 1, searched(&["anna novakova", "novakova", "anna@example.com"], 1)).await;
    put(store, 2, searched(&["ann"], 2)).await;
    put(store, 3, searched(&["joanna"], 3)).await;
    put(store, 4, searched(&[], 4)).await;
    for (prefix, wanted) in
        [("ann", vec![2, 1]), ("anna", vec![1]), ("nov", vec![1]), ("", vec![3, 2, 1]), ("annz", vec![])]
    {
        let query = InboxQuery { prefix: Some(prefix.to_owned()), ..everything() };
        let wanted: Vec<_> = wanted.into_iter().map(conversation).collect();
        assert_eq!(store.count(account(1), query.clone()).await, Ok(wanted.len() as u64), "{prefix:?}");
        assert_eq!(list(store, query).await, wanted, "{prefix:?}");
    }
}

async fn search_takes_texts_as_they_are(store: &dyn Store) {
    let texts = ["100%", "a_b", "it's", "\u{10ffff}end", "null\0byte", "[x]*", "\u{d7ff}"];
    for (n, text) in texts.iter().enumerate() {
        put(store, n as u128, searched(&[text], n as i64)).await;
    }
    for (n, text) in texts.iter().enumerate() {
        for prefix in [*text, &text[..text.chars().next().unwrap().len_utf8()]] {
            let query = InboxQuery { prefix: Some(prefix.to_owned()), ..everything() };
            let found = list(store, query).await;
            assert!(found.contains(&conversation(n as u128)), "{prefix:?}");
            assert!(found.iter().all(|c| texts[(c.0.as_u128() - 0xc000) as usize].starts_with(prefix)), "{prefix:?}");
        }
    }
}

async fn groups_are_left_out_even_when_those_are_all_there_are(store: &dyn Store) {
    put(store, 1, row(InboxStatus::Unserved, Some(group(1)), 1)).await;
    put(store, 2, row(InboxStatus::Unserved, Some(group(2)), 2)).await;
    let others =
        |groups: &[u128]| InboxQuery { but_groups: groups.iter().map(|g| group(*g)).collect(), ..everything() };
    assert_eq!(list(store, others(&[1, 2])).await, []);
    assert_eq!(store.count(account(1), others(&[1, 2])).await, Ok(0));
    // One that nobody names is not left out: it may be no more, and then it is everybody's.
    assert_eq!(list(store, others(&[2, 3])).await, [conversation(1)]);
    assert_eq!(store.count(account(1), others(&[2, 3])).await, Ok(1));
}

async fn very_many_groups_are_one_question(store: &dyn Store) {
    for n in 0..5 {
        put(store, n, row(InboxStatus::Unserved, Some(group(n * 100)), n as i64)).await;
    }
    for n in 1_000..1_300 {
        put(store, n, row(InboxStatus::Unserved, Some(group(n)), n as i64)).await;
    }
    let but_groups = (150..1_290).map(group).collect();
    let query = InboxQuery { but_groups, ..everything() };
    let wanted: Vec<_> = (1_290..1_300).rev().chain([1, 0]).map(conversation).collect();
    assert_eq!(list(store, query.clone()).await, wanted);
    assert_eq!(store.count(account(1), query).await, Ok(12));
}

/// What the rows' number 0 to 59 are like.
fn various(n: u128) -> InboxRow {
    InboxRow {
        status: [InboxStatus::Unserved, InboxStatus::Served, InboxStatus::Closed][n as usize % 3],
        group: [None, Some(group(1)), Some(group(2)), Some(group(3))][n as usize % 4],
        // Three of one instant.
        at: Timestamp((n / 3) as i64),
        joined: (1..=3).filter(|o| (n / 2 + o).is_multiple_of(3) || n % 5 == *o).map(operator).collect(),
        search: vec![format!("v{}", n % 7), format!("v{}x", n % 2)],
    }
}

async fn every_filter_pages_and_counts_like_a_plain_look(store: &dyn Store) {
    let rows: Vec<_> = (0..60).map(|n| (conversation(n), various(n))).collect();
    for (n, (_, row)) in rows.iter().enumerate() {
        put(store, n as u128, row.clone()).await;
    }
    let groups =
        [&[][..], &[1, 2, 3], &[2, 3, 2], &[9]].map(|groups| groups.iter().map(|g| group(*g)).collect::<Vec<_>>());
    for status in [None, Some(InboxStatus::Unserved), Some(InboxStatus::Closed)] {
        for but_groups in &groups {
            for or_joined_by in [None, Some(operator(1))] {
                for joined_by in [None, Some(operator(1)), Some(operator(2))] {
                    for prefix in [None, Some("v1".to_owned()), Some("v".to_owned())] {
                        let but_groups = but_groups.clone();
                        let query =
                            InboxQuery { status, but_groups, or_joined_by, joined_by, prefix, after: None, limit: 7 };
                        check(store, &rows, query).await;
                    }
                }
            }
        }
    }
}

async fn check(store: &dyn Store, rows: &[(ConversationId, InboxRow)], mut query: InboxQuery) {
    let mut wanted: Vec<_> = (rows.iter())
        .filter(|(_, r)| query.status.is_none_or(|s| r.status == s))
        .filter(|(_, r)| {
            !r.group.is_some_and(|group| query.but_groups.contains(&group))
                || query.or_joined_by.is_some_and(|o| r.joined.contains(&o))
        })
        .filter(|(_, r)| query.joined_by.is_none_or(|o| r.joined.contains(&o)))
        .filter(|(_, r)| query.prefix.as_ref().is_none_or(|p| r.search.iter().any(|t| t.starts_with(p))))
        .map(|(c, r)| (r.at, *c))
        .collect();
    wanted.sort_by(|a, b| b.cmp(a));
    assert_eq!(store.count(account(1), query.clone()).await, Ok(wanted.len() as u64), "{query:?}");
    let mut found = Vec::new();
    loop {
        let page = store.inbox(account(1), query.clone()).await.unwrap();
        assert!(page.len() <= query.limit);
        let Some(last) = page.last() else { break };
        query.after = Some(*last);
        found.extend(page);
    }
    assert_eq!(found, wanted, "{query:?}");
}

async fn inboxes_of_accounts_are_apart(store: &dyn Store) {
    put(store, 1, InboxRow { joined: vec![operator(1)], ..searched(&["anna"], 1) }).await;
    for query in [
        everything(),
        InboxQuery { joined_by: Some(operator(1)), ..everything() },
        InboxQuery { prefix: Some("a".to_owned()), ..everything() },
        InboxQuery { but_groups: vec![group(1)], or_joined_by: Some(operator(1)), ..everything() },
    ] {
        assert_eq!(store.inbox(account(2), query.clone()).await, Ok(vec![]));
        assert_eq!(store.count(account(2), query.clone()).await, Ok(0));
        assert_eq!(store.count(account(1), query).await, Ok(1));
    }
}
