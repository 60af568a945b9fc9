//! Decisions about operators, and what is under way.

use doorbell::domain::ids::DecisionId;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::{DecisionRow, IndexOp, LetterRow, Store, Stream, Tally};

use crate::world::{Says, account, commit, conversation, done, letter, operator};

crate::contract!(
    decisions_are_listed_newest_first_for_their_operator,
    a_decision_that_turned_out_otherwise_is_gone,
    single_entries_are_read_in_the_order_asked,
    what_is_under_way_is_tallied,
);

fn decision(o: u128, at: i64, c: u128, position: u64) -> DecisionRow {
    DecisionRow { operator: operator(o), at: Timestamp(at), id: DecisionId { conversation: conversation(c), position } }
}

async fn decisions_are_listed_newest_first_for_their_operator(store: &dyn Store) {
    let a = account(1);
    // Out of order, two of one instant, a repeat, somebody else's, and another account's.
    let mine = [(1, 2, 1), (9, 1, 3), (5, 2, 2), (5, 1, 2), (5, 2, 2)];
    for (at, c, position) in mine {
        done(store, commit().index(a, IndexOp::Decided(decision(1, at, c, position)))).await;
    }
    done(store, commit().index(a, IndexOp::Decided(decision(2, 7, 1, 9)))).await;
    done(store, commit().index(account(2), IndexOp::Decided(decision(1, 8, 1, 9)))).await;
    let wanted = [(9, 1, 3), (5, 2, 2), (5, 1, 2), (1, 2, 1)]
        .map(|(at, c, position)| (Timestamp(at), decision(1, at, c, position).id));
    assert_eq!(store.decisions(a, operator(1), None, 9).await.unwrap(), wanted);
    for (n, place) in wanted.iter().enumerate() {
        assert_eq!(
            store.decisions(a, operator(1), Some(*place), 2).await.unwrap(),
            wanted[n + 1..].iter().take(2).copied().collect::<Vec<_>>()
        );
    }
    assert_eq!(store.decisions(a, operator(3), None, 9).await, Ok(vec![]));
}

async fn a_decision_that_turned_out_otherwise_is_gone(store: &dyn Store) {
    let a = account(1);
    let (first, second) = (decision(1, 1, 1, 1), decision(1, 1, 1, 2));
    done(store, commit().index(a, IndexOp::Decided(first)).index(a, IndexOp::Decided(second))).await;
    done(store, commit().index(a, IndexOp::Undecided(first)).index(a, IndexOp::Undecided(decision(2, 1, 1, 2)))).await;
    assert_eq!(store.decisions(a, operator(1), None, 9).await, Ok(vec![(second.at, second.id)]));
}

async fn single_entries_are_read_in_the_order_asked(store: &dyn Store) {
    let (one, other) = (Stream::Entries(account(1), conversation(1)), Stream::Audit(account(1)));
    done(store, commit().append(one, 1, "a").append(one, 2, "b").append(other, 1, "c")).await;
    let found = store.entries(vec![(other, 1), (one, 2), (one, 3), (one, 1), (Stream::Audit(account(2)), 1)]).await;
    let text = |text: &str| Some(text.as_bytes().to_vec());
    assert_eq!(found, Ok(vec![text("c"), text("b"), None, text("a"), None]));
}

async fn what_is_under_way_is_tallied(store: &dyn Store) {
    assert_eq!(store.tally().await, Ok(Tally::default()));
    let a = account(1);
    let deadline = |c, at| IndexOp::Deadline(conversation(c), at);
    let later = store.now() + Span::from_secs(3_600);
    let lettered = |state: &str, due: Option<i64>| LetterRow {
        state: state.to_owned(),
        due: due.map(Timestamp),
        created_at: Timestamp(1),
    };
    let all = commit()
        .index(a, deadline(1, Some(Timestamp(7))))
        .index(a, deadline(2, Some(Timestamp(5))))
        .index(a, deadline(3, Some(later)))
        .index(account(2), deadline(4, Some(later)))
        .index(a, deadline(5, Some(later)))
        .index(a, IndexOp::Letter(letter(1, 1, 1), lettered("queued", Some(5))))
        .index(a, IndexOp::Letter(letter(2, 1, 1), lettered("queued", Some(6))))
        .index(a, IndexOp::Letter(letter(3, 1, 1), lettered("deferred", Some(7))))
        .index(a, IndexOp::Letter(letter(4, 1, 1), lettered("sent", None)));
    done(store, all).await;
    // Moved, taken back, taken back without having been there.
    let rest = commit()
        .index(a, deadline(2, Some(Timestamp(6))))
        .index(a, deadline(5, None))
        .index(a, deadline(6, None))
        .index(a, IndexOp::Letter(letter(2, 1, 1), lettered("failed", None)));
    done(store, rest).await;
    let wanted = Tally {
        timers: 4,
        timers_overdue: 2,
        overdue_since: Some(Timestamp(6)),
        letters: vec![("deferred".to_owned(), 1), ("queued".to_owned(), 1)],
    };
    assert_eq!(store.tally().await, Ok(wanted));
}
