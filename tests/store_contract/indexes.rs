//! Deadlines, attention, letters.

use std::collections::BTreeSet;

use doorbell::domain::ids::AccountId;
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{IndexOp, LetterQuery, LetterRow, Store};

use crate::world::{Says, account, commit, conversation, done, letter, operator};

crate::contract!(
    deadlines_come_earliest_first_and_go_when_they_are_taken_back,
    attention_lasts_until_its_end,
    attentive_accounts_come_in_pages,
    letters_are_due_earliest_first,
    letters_are_listed_newest_first_by_every_filter,
    letters_of_accounts_are_apart,
);

async fn deadlines_come_earliest_first_and_go_when_they_are_taken_back(store: &dyn Store) {
    let (a, b) = (account(1), account(2));
    let at = |c, at: i64| IndexOp::Deadline(conversation(c), Some(Timestamp(at)));
    let all = commit().index(a, at(1, 30)).index(b, at(2, 10)).index(a, at(3, 20)).index(a, at(4, 40));
    done(store, all).await;
    let overdue = async |until: i64, limit| {
        let rows = store.overdue(Timestamp(until), limit).await.unwrap();
        rows.into_iter().map(|(at, account, c)| (at.0, account, c)).collect::<Vec<_>>()
    };
    let wanted = [(10, b, conversation(2)), (20, a, conversation(3)), (30, a, conversation(1))];
    assert_eq!(overdue(30, 9).await, wanted);
    assert_eq!(overdue(30, 2).await, wanted[..2]);
    assert_eq!(overdue(9, 9).await, []);
    done(store, commit().index(b, IndexOp::Deadline(conversation(2), None)).index(a, at(3, 35))).await;
    assert_eq!(overdue(35, 9).await, [(30, a, conversation(1)), (35, a, conversation(3))]);
}

async fn attention_lasts_until_its_end(store: &dyn Store) {
    let a = account(1);
    let until = |c, until: Option<Timestamp>| IndexOp::Attention(conversation(c), until);
    let all = commit()
        .index(a, until(1, Some(Timestamp::NEVER)))
        .index(a, until(2, Some(Timestamp(50))))
        .index(a, until(3, Some(Timestamp(49))))
        .index(account(2), until(4, Some(Timestamp::NEVER)));
    done(store, all).await;
    assert_eq!(store.attention(a, Timestamp(50)).await, Ok(vec![conversation(2), conversation(1)]));
    done(store, commit().index(a, until(1, None)).index(a, until(3, Some(Timestamp(60))))).await;
    assert_eq!(store.attention(a, Timestamp(50)).await, Ok(vec![conversation(2), conversation(3)]));
    assert_eq!(store.attention(account(3), Timestamp(0)).await, Ok(vec![]));
}

async fn attentive_accounts_come_in_pages(store: &dyn Store) {
    for n in 1..=9 {
        // Every third one's attention has ended; each has two conversations.
        let until = Timestamp(if n % 3 == 0 { 49 } else { 50 });
        let all = commit()
            .index(account(n), IndexOp::Attention(conversation(n), Some(until)))
            .index(account(n), IndexOp::Attention(conversation(100 + n), Some(Timestamp(10))));
        done(store, all).await;
    }
    let page = async |after: Option<AccountId>, limit| store.attentive_accounts(Timestamp(50), after, limit).await;
    assert_eq!(page(None, 3).await, Ok(vec![account(1), account(2), account(4)]));
    assert_eq!(page(Some(account(4)), 3).await, Ok(vec![account(5), account(7), account(8)]));
    assert_eq!(page(Some(account(8)), 3).await, Ok(vec![]));
    assert_eq!(page(Some(account(3)), 1).await, Ok(vec![account(4)]));
}

fn lettered(state: &str, due: Option<i64>, created_at: i64) -> LetterRow {
    LetterRow { state: state.to_owned(), due: due.map(Timestamp), created_at: Timestamp(created_at) }
}

async fn letters_are_due_earliest_first(store: &dyn Store) {
    let (a, b) = (account(1), account(2));
    let all = commit()
        .index(a, IndexOp::Letter(letter(1, 1, 1), lettered("queued", Some(20), 1)))
        .index(b, IndexOp::Letter(letter(2, 1, 1), lettered("deferred", Some(10), 1)))
        .index(a, IndexOp::Letter(letter(3, 1, 1), lettered("sent", None, 1)))
        .index(a, IndexOp::Letter(letter(4, 1, 1), lettered("queued", Some(21), 1)));
    done(store, all).await;
    let due = async |until: i64, limit| store.letters_due(Timestamp(until), limit, BTreeSet::new()).await.unwrap();
    let wanted = [(Timestamp(10), b, letter(2, 1, 1)), (Timestamp(20), a, letter(1, 1, 1))];
    assert_eq!(due(20, 9).await, wanted);
    assert_eq!(due(20, 1).await, wanted[..1]);
    // Whose turn it is not is passed over before it is counted.
    let but = async |account, limit| store.letters_due(Timestamp(20), limit, BTreeSet::from([account])).await.unwrap();
    assert_eq!(but(b, 1).await, wanted[1..]);
    assert_eq!(but(a, 9).await, wanted[..1]);
    assert_eq!(but(account(9), 1).await, wanted[..1]);
    done(store, commit().index(b, IndexOp::Letter(letter(2, 1, 1), lettered("sent", None, 1)))).await;
    assert_eq!(due(20, 9).await, wanted[1..]);
}

async fn letters_are_listed_newest_first_by_every_filter(store: &dyn Store) {
    let a = account(1);
    let mut all = commit();
    let mut wanted = Vec::new();
    for c in 1..=3 {
        for o in 1..=3 {
            for episode in 1..=3 {
                let (id, state) = (letter(c, episode, o), if (c + o) % 2 == 0 { "sent" } else { "queued" });
                // Several of one instant: the order within it is that of the ids.
                let created_at = i64::from(episode) * 10;
                all = all.index(a, IndexOp::Letter(id, lettered(state, None, created_at)));
                wanted.push((Timestamp(created_at), id, state));
            }
        }
    }
    done(store, all).await;
    wanted.sort_by(|x, y| y.cmp(x));
    for state in [None, Some("sent"), Some("queued"), Some("failed")] {
        for o in [None, Some(operator(2)), Some(operator(9))] {
            for c in [None, Some(conversation(1))] {
                let mut query = LetterQuery {
                    state: state.map(str::to_owned),
                    operator: o,
                    conversation: c,
                    after: None,
                    limit: 2,
                };
                let mut found = Vec::new();
                loop {
                    let page = store.letters(a, query.clone()).await.unwrap();
                    assert!(page.len() <= 2);
                    let Some(last) = page.last() else { break };
                    query.after = Some(*last);
                    found.extend(page);
                }
                let named: Vec<_> = (wanted.iter())
                    .filter(|(_, id, s)| {
                        state.is_none_or(|state| *s == state)
                            && o.is_none_or(|o| id.operator == o)
                            && c.is_none_or(|c| id.conversation == c)
                    })
                    .map(|(at, id, _)| (*at, *id))
                    .collect();
                assert_eq!(found, named);
            }
        }
    }
}

async fn letters_of_accounts_are_apart(store: &dyn Store) {
    done(store, commit().queue(account(1), letter(1, 1, 1), "mine")).await;
    let all = LetterQuery { limit: 9, ..LetterQuery::default() };
    assert_eq!(store.letters(account(2), all.clone()).await, Ok(vec![]));
    assert_eq!(store.letters(account(1), all).await, Ok(vec![(Timestamp(7), letter(1, 1, 1))]));
}
