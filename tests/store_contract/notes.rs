//! How notes are kept (`ports::notes`), over each engine: whoever comes first has it, and nobody writes without a guard.

use std::collections::BTreeSet;

use doorbell::domain::account::Locale;
use doorbell::domain::note::{KEPT, Note, Person, Tidings};
use doorbell::domain::notice::letter::LetterState;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::ports::journal::{Commit, DocKey, Store};
use doorbell::ports::notes::{self, Due, Kept};
use doorbell::store::record::{encode, note_key, reset_key};

use crate::world::{Says, account, commit, done, note, operator, stale};

crate::contract!(
    a_note_is_taken_in_hand_by_whoever_comes_first,
    what_was_queued_twice_is_there_once,
    a_note_of_an_older_version_goes_on_from_where_it_was,
    notes_of_an_account_at_its_limit_do_not_hide_those_behind_them,
    a_note_that_is_over_goes_with_its_tokens_and_nobody_brings_it_back,
);

fn forgotten() -> Note {
    let person = Person {
        account: account(1),
        operator: operator(1),
        name: "Jana".to_owned(),
        account_name: "Shop".to_owned(),
        key: reset_key("1"),
        token: Some("the way in".to_owned()),
    };
    Note {
        id: note(1),
        account: account(1),
        to: "jana@shop.test".to_owned(),
        locale: Locale::Cs,
        timezone: "Europe/Prague".to_owned(),
        tidings: Tidings::Forgotten { people: vec![person] },
        state: LetterState::Queued,
        created_at: Timestamp(1_000),
        until: Timestamp(3_601_000),
        due: Timestamp(1_000),
        claim: None,
        bodies: 0,
        raw: None,
        attempts: Vec::new(),
    }
}

fn queued(note: &Note) -> Commit {
    Commit { records: notes::queue(note), ..commit() }
}

async fn kept(store: &dyn Store) -> Option<Kept> {
    notes::find(store, account(1), note(1)).await.unwrap()
}

async fn state(store: &dyn Store) -> Option<(LetterState, Timestamp)> {
    kept(store).await.map(|kept| (kept.note.state, kept.note.due))
}

async fn dues(store: &dyn Store) -> Vec<i64> {
    notes::due(store, Timestamp::NEVER, 9, &BTreeSet::new()).await.unwrap().iter().map(|due| due.at.0).collect()
}

async fn a_note_is_taken_in_hand_by_whoever_comes_first(store: &dyn Store) {
    done(store, queued(&forgotten())).await;
    assert_eq!(notes::account_of(store, note(1)).await, Ok(Some(account(1))));
    let due = Due { at: Timestamp(1_000), account: account(1), note: note(1) };
    let nobody = BTreeSet::new();
    assert_eq!(notes::due(store, Timestamp(1_000), 9, &nobody).await, Ok(vec![due]));
    assert_eq!(notes::due(store, Timestamp(999), 9, &nobody).await, Ok(vec![]));

    let found = kept(store).await.unwrap();
    let moved = |state, due| found.note.clone().moved(state, Timestamp(due), None);
    let (first, is) = notes::put(&found, moved(LetterState::Deferred, 5_000));
    let (second, _) = notes::put(&found, moved(LetterState::Failed, 9_000));
    done(store, first.clone()).await;
    stale(store, second, &[DocKey::Note(account(1), note(1))]).await;
    // A repeat after an unknown outcome is recognised.
    done(store, first).await;
    assert_eq!(state(store).await, Some((LetterState::Deferred, Timestamp(5_000))));
    assert_eq!(dues(store).await, [5_000]);
    assert_eq!(notes::account_of(store, note(1)).await, Ok(Some(account(1))));
    done(store, notes::put(&is, moved(LetterState::Sending, 5_000)).0).await;
    assert_eq!(state(store).await, Some((LetterState::Sending, Timestamp(5_000))));
}

async fn what_was_queued_twice_is_there_once(store: &dyn Store) {
    done(store, queued(&forgotten())).await;
    let found = kept(store).await.unwrap();
    let (sent, is) = notes::put(&found, found.note.clone().moved(LetterState::Sent, Timestamp(2_000), None));
    done(store, sent).await;
    // The outcome of the queuing was not known, so it is asked for again.
    done(store, queued(&forgotten())).await;
    let over = (LetterState::Sent, Timestamp(2_000) + KEPT);
    assert_eq!(state(store).await, Some(over));
    done(store, notes::delete(&is)).await;
    assert_eq!(kept(store).await.map(|kept| kept.note.state), None);
    let left = store.records(note_key(note(1)), None, 9).await.unwrap();
    assert!(left.is_empty(), "the token does not stay behind");
}

/// Rule E6.
async fn notes_of_an_account_at_its_limit_do_not_hide_those_behind_them(store: &dyn Store) {
    for n in 1..=7 {
        let of = if n == 5 || n == 7 { account(2) } else { account(1) };
        let at = Timestamp(n * 1_000);
        done(store, queued(&Note { id: note(n as u128), account: of, due: at, ..forgotten() })).await;
    }
    let busy = BTreeSet::from([account(1)]);
    let due = async |limit, until| {
        let found = notes::due(store, Timestamp(until), limit, &busy).await.unwrap();
        found.iter().map(|due| due.at.0).collect::<Vec<_>>()
    };
    assert_eq!(
        due(2, i64::MAX).await,
        [5_000, 7_000],
        "more of the busy one's come before than are looked at together"
    );
    assert_eq!(due(1, i64::MAX).await, [5_000]);
    assert_eq!(due(2, 6_000).await, [5_000]);
}

async fn a_note_of_an_older_version_goes_on_from_where_it_was(store: &dyn Store) {
    let mut older = forgotten();
    (older.state, older.due, older.bodies) = (LetterState::Uncertain, Timestamp(7_000), 1);
    older.raw = Some("Subject: hi".to_owned());
    done(store, queued(&older)).await;
    let found = kept(store).await.unwrap();
    assert_eq!((found.note.state, found.note.bodies, found.token), (LetterState::Uncertain, 1, None));
    let (sent, _) = notes::put(&found, found.note.clone().moved(LetterState::Sent, Timestamp(8_000), None));
    done(store, sent).await;
    assert_eq!(state(store).await, Some((LetterState::Sent, Timestamp(8_000) + KEPT)));
    let under_the_id = store.record(note_key(note(1))).await.unwrap();
    assert_eq!(under_the_id, Some(encode(&account(1))), "the token does not stay behind");
}

async fn a_note_that_is_over_goes_with_its_tokens_and_nobody_brings_it_back(store: &dyn Store) {
    done(store, queued(&forgotten())).await;
    done(store, commit().put(&reset_key("1"), "lapsed")).await;
    let found = kept(store).await.unwrap();
    let (failed, over) = notes::put(&found, found.note.clone().moved(LetterState::Failed, Timestamp(2_000), None));
    done(store, failed).await;
    done(store, notes::delete(&over)).await;
    assert!(kept(store).await.is_none());
    assert_eq!(notes::account_of(store, note(1)).await, Ok(None));
    assert!(dues(store).await.is_empty());
    assert_eq!(store.record(reset_key("1")).await, Ok(None));
    let late = over.note.clone().moved(LetterState::Sent, Timestamp(2_000) + Span(1), None);
    stale(store, notes::put(&over, late).0, &[DocKey::Note(account(1), note(1))]).await;
}
