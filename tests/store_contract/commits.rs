//! The atomic step.

use std::collections::BTreeSet;

use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{
    Commit, DocKey, InboxStatus, IndexOp, LetterQuery, LetterRow, Outcome, Store, Stream, Token,
};
use futures_util::future::join_all;

use crate::world::{Says, account, commit, conversation, doc, done, everything, letter, operator, row, stale, told};

crate::contract!(
    a_document_is_written_over_the_version_that_was_read,
    a_conflict_names_the_stale_documents_and_only_those,
    a_commit_of_reads_alone_is_a_guard_and_leaves_no_trace,
    nothing_of_a_conflicting_commit_is_written,
    a_repeat_is_told_that_it_was_committed_and_changes_nothing,
    a_repeat_without_writes_changes_nothing,
    a_repeat_is_known_whoever_has_written_since,
    a_commit_of_reads_alone_is_answered_by_what_is_stored,
    half_of_a_commit_is_not_taken_for_the_whole,
    a_token_of_a_forked_history_is_not_accepted,
    a_letter_is_inserted_once,
    a_letter_is_a_document_too,
    of_many_at_once_exactly_one_wins_each_round,
    a_load_is_of_one_moment,
    time_is_told_in_order,
    documents_of_accounts_are_apart,
    an_unguarded_write_is_a_defect,
    it_is_healthy,
);

const SETTINGS: fn() -> DocKey = || DocKey::Settings(account(1));
const PRESENCE: fn() -> DocKey = || DocKey::Presence(account(1));
const THREAD: fn() -> DocKey = || DocKey::Conversation(account(1), conversation(1));

/// The token of the one document that it writes.
fn written(commit: &Commit) -> Token {
    commit.writes[0].token
}

async fn a_document_is_written_over_the_version_that_was_read(store: &dyn Store) {
    assert_eq!(doc(store, SETTINGS()).await, None);
    let first = commit().write(SETTINGS(), None, "one");
    let second = commit().write(SETTINGS(), Some(written(&first)), "two").read(PRESENCE(), None);
    done(store, first).await;
    let token = written(&second);
    done(store, second).await;
    assert_eq!(doc(store, SETTINGS()).await, Some((token, "two".to_owned())));
    assert_eq!(token.counter, 2);
}

async fn a_conflict_names_the_stale_documents_and_only_those(store: &dyn Store) {
    let first = commit().write(SETTINGS(), None, "s");
    let token = Some(written(&first));
    done(store, first).await;
    stale(store, commit().write(SETTINGS(), None, "x").write(PRESENCE(), None, "x"), &[SETTINGS()]).await;
    stale(store, commit().read(PRESENCE(), token).write(SETTINGS(), token, "x"), &[PRESENCE()]).await;
    stale(store, commit().read(SETTINGS(), None).read(THREAD(), token), &[SETTINGS(), THREAD()]).await;
    done(store, commit().read(SETTINGS(), token).read(THREAD(), None)).await;
}

async fn a_commit_of_reads_alone_is_a_guard_and_leaves_no_trace(store: &dyn Store) {
    let first = commit().write(SETTINGS(), None, "one");
    let token = written(&first);
    let guard = || commit().read(SETTINGS(), Some(token)).read(PRESENCE(), None);
    stale(store, guard(), &[SETTINGS()]).await;
    done(store, first).await;
    done(store, guard()).await;
    done(store, guard()).await;
    assert_eq!(doc(store, SETTINGS()).await, Some((token, "one".to_owned())));
    assert_eq!(doc(store, PRESENCE()).await, None);
    done(store, commit().write(SETTINGS(), Some(token), "two")).await;
    stale(store, guard(), &[SETTINGS()]).await;
}

async fn nothing_of_a_conflicting_commit_is_written(store: &dyn Store) {
    done(store, commit().write(SETTINGS(), None, "s")).await;
    let (a, c) = (account(1), conversation(1));
    let guarded = commit()
        .write(THREAD(), None, "never")
        .read(SETTINGS(), None)
        .append(Stream::Messages(a, c), 1, "never")
        .index(a, IndexOp::Deadline(c, Some(Timestamp(1))))
        .index(a, IndexOp::Attention(c, Some(Timestamp::NEVER)))
        .index(a, IndexOp::Inbox(c, row(InboxStatus::Unserved, None, 1)))
        .queue(a, letter(1, 1, 1), "never")
        .put("session/1", "never");
    stale(store, guarded, &[SETTINGS()]).await;
    assert_eq!(doc(store, THREAD()).await, None);
    assert_eq!(store.account_of(c).await, Ok(None));
    assert_eq!(told(store, Stream::Messages(a, c)).await, []);
    assert_eq!(store.overdue(Timestamp::NEVER, 10).await, Ok(vec![]));
    assert_eq!(store.attention(a, Timestamp(0)).await, Ok(vec![]));
    assert_eq!(store.inbox(a, everything()).await, Ok(vec![]));
    assert_eq!(doc(store, DocKey::Letter(a, letter(1, 1, 1))).await, None);
    assert_eq!(store.letters_due(Timestamp::NEVER, 10, BTreeSet::new()).await, Ok(vec![]));
    assert_eq!(store.record("session/1".to_owned()).await, Ok(None));
}

async fn a_repeat_is_told_that_it_was_committed_and_changes_nothing(store: &dyn Store) {
    let (a, c) = (account(1), conversation(1));
    let whole = commit()
        .write(THREAD(), None, "once")
        .append(Stream::Entries(a, c), 1, "once")
        .queue(a, letter(1, 1, 1), "once")
        .put("widget/1", "once");
    done(store, whole.clone()).await;
    done(store, commit().put("widget/1", "changed since")).await;
    for _ in 0..3 {
        done(store, whole.clone()).await;
    }
    assert_eq!(told(store, Stream::Entries(a, c)).await, [(1, "once".to_owned())]);
    assert_eq!(store.letters(a, LetterQuery { limit: 9, ..LetterQuery::default() }).await.unwrap().len(), 1);
    assert_eq!(store.record("widget/1".to_owned()).await, Ok(Some(b"changed since".to_vec())));
}

async fn a_repeat_without_writes_changes_nothing(store: &dyn Store) {
    let (a, c) = (account(1), conversation(1));
    let effects = commit()
        .read(SETTINGS(), None)
        .append(Stream::Edges(a), 1, "once")
        .index(a, IndexOp::Deadline(c, Some(Timestamp(5))))
        .queue(a, letter(1, 1, 1), "once")
        .put("node/1", "once");
    done(store, effects.clone()).await;
    done(store, effects).await;
    assert_eq!(told(store, Stream::Edges(a)).await, [(1, "once".to_owned())]);
    assert_eq!(store.overdue(Timestamp(5), 9).await, Ok(vec![(Timestamp(5), a, c)]));
    assert_eq!(store.letters_due(Timestamp(7), 9, BTreeSet::new()).await, Ok(vec![(Timestamp(7), a, letter(1, 1, 1))]));
}

/// Its answer was lost, and meanwhile another node went on from it: were it decided again, a join or a reply would be undone that
/// was acknowledged.
async fn a_repeat_is_known_whoever_has_written_since(store: &dyn Store) {
    let mine = commit().write(THREAD(), None, "mine").write(SETTINGS(), None, "mine").put("widget/1", "mine");
    done(store, mine.clone()).await;
    let theirs = commit().write(THREAD(), Some(written(&mine)), "theirs").put("widget/1", "theirs");
    done(store, theirs.clone()).await;
    done(store, mine.clone()).await;
    assert_eq!(doc(store, THREAD()).await, Some((written(&theirs), "theirs".to_owned())));
    assert_eq!(store.record("widget/1".to_owned()).await, Ok(Some(b"theirs".to_vec())));
    stale(store, commit().write(THREAD(), None, "another one"), &[THREAD()]).await;
}

async fn a_commit_of_reads_alone_is_answered_by_what_is_stored(store: &dyn Store) {
    let first = commit().write(THREAD(), None, "first");
    let looks = commit().read(THREAD(), Some(written(&first))).read(SETTINGS(), None);
    stale(store, looks.clone(), &[THREAD()]).await;
    done(store, first).await;
    done(store, looks.clone()).await;
    done(store, commit().write(SETTINGS(), None, "since")).await;
    stale(store, looks, &[SETTINGS()]).await;
}

async fn half_of_a_commit_is_not_taken_for_the_whole(store: &dyn Store) {
    let half = commit().write(SETTINGS(), None, "half");
    let mut whole = half.clone().write(PRESENCE(), None, "other half");
    done(store, half).await;
    stale(store, whole.clone(), &[SETTINGS()]).await;
    assert_eq!(doc(store, PRESENCE()).await, None);
    whole.writes.reverse();
    stale(store, whole, &[SETTINGS()]).await;
}

async fn a_token_of_a_forked_history_is_not_accepted(store: &dyn Store) {
    let kept = commit().write(THREAD(), None, "kept");
    let lost = commit().write(THREAD(), None, "lost by a fail-over");
    assert_eq!(written(&kept).counter, written(&lost).counter);
    let on_lost = commit().write(THREAD(), Some(written(&lost)), "x");
    done(store, kept.clone()).await;
    stale(store, on_lost, &[THREAD()]).await;
    stale(store, lost, &[THREAD()]).await;
    assert_eq!(doc(store, THREAD()).await, Some((written(&kept), "kept".to_owned())));
}

async fn a_letter_is_inserted_once(store: &dyn Store) {
    let (a, id) = (account(1), letter(1, 1, 1));
    let mut again = commit().queue(a, id, "second");
    again.outbox[0].1.row = LetterRow { state: "sent".to_owned(), due: None, created_at: Timestamp(9) };
    done(store, commit().queue(a, id, "first")).await;
    done(store, again.queue(a, letter(1, 2, 1), "other episode")).await;
    assert_eq!(doc(store, DocKey::Letter(a, id)).await.unwrap().1, "first");
    let sent = LetterQuery { state: Some("sent".to_owned()), limit: 9, ..LetterQuery::default() };
    assert_eq!(store.letters(a, sent).await, Ok(vec![]));
    assert_eq!(store.letters_due(Timestamp(7), 9, BTreeSet::new()).await.unwrap().len(), 2);
}

async fn a_letter_is_a_document_too(store: &dyn Store) {
    let key = DocKey::Letter(account(1), letter(1, 1, 1));
    let queued = commit().queue(account(1), letter(1, 1, 1), "queued");
    let token = queued.outbox[0].1.token;
    done(store, queued).await;
    stale(store, commit().write(key, None, "x"), &[key]).await;
    done(store, commit().write(key, Some(token), "sending")).await;
    assert_eq!(doc(store, key).await.unwrap().1, "sending");
}

async fn of_many_at_once_exactly_one_wins_each_round(store: &dyn Store) {
    let mut before = None;
    for _round in 0..20 {
        let tries: Vec<_> = (0..16).map(|n| commit().write(PRESENCE(), before, &n.to_string())).collect();
        let outcomes = join_all(tries.iter().map(|c| store.commit(c.clone()))).await;
        let mut winners = Vec::new();
        for (n, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Outcome::Committed { .. } => winners.push(n),
                Outcome::Conflict { stale } => assert_eq!(stale, [PRESENCE()]),
                Outcome::Unknown { why } => panic!("{why}"),
            }
        }
        assert_eq!(winners.len(), 1);
        before = Some(written(&tries[winners[0]]));
        assert_eq!(doc(store, PRESENCE()).await, before.map(|t| (t, winners[0].to_string())));
    }
}

async fn a_load_is_of_one_moment(store: &dyn Store) {
    let mut tokens = (None, None);
    for n in 0..50 {
        let both = commit().write(SETTINGS(), tokens.0, &n.to_string()).write(PRESENCE(), tokens.1, &n.to_string());
        tokens = (Some(both.writes[0].token), Some(both.writes[1].token));
        let writing = store.commit(both);
        let loads = join_all((0..8).map(|_| store.load(vec![SETTINGS(), PRESENCE(), THREAD()])));
        let (outcome, loads) = futures_util::future::join(writing, loads).await;
        assert!(matches!(outcome, Outcome::Committed { .. }));
        for load in loads {
            let docs = load.unwrap();
            let states: Vec<_> = docs.iter().map(|d| d.as_ref().map(|d| &d.state)).collect();
            assert_eq!(states[0], states[1]);
            assert_eq!(states[2], None);
        }
    }
}

async fn time_is_told_in_order(store: &dyn Store) {
    let mut last = store.now();
    let mut token = None;
    for n in 0..20 {
        let next = commit().write(THREAD(), token, &n.to_string());
        token = Some(written(&next));
        let Outcome::Committed { at } = store.commit(next).await else { panic!("refused") };
        assert!(last <= at && at <= store.now());
        last = at;
    }
}

async fn documents_of_accounts_are_apart(store: &dyn Store) {
    let (mine, theirs) = (DocKey::Settings(account(1)), DocKey::Settings(account(2)));
    done(store, commit().write(mine, None, "mine")).await;
    assert_eq!(doc(store, theirs).await, None);
    done(store, commit().write(theirs, None, "theirs")).await;
    assert_eq!(doc(store, mine).await.unwrap().1, "mine");
    done(store, commit().write(DocKey::Conversation(account(2), conversation(5)), None, "")).await;
    assert_eq!(store.account_of(conversation(5)).await, Ok(Some(account(2))));
    assert_eq!(store.account_of(conversation(6)).await, Ok(None));
    // An operator's or a letter's id is no conversation's.
    assert_eq!(store.account_of(doorbell::domain::ids::ConversationId(operator(1).0)).await, Ok(None));
}

async fn an_unguarded_write_is_a_defect(store: &dyn Store) {
    let mut unguarded = commit().write(SETTINGS(), None, "x");
    unguarded.reads.clear();
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // An adversary passes it on when the answer is polled.
        futures_util::FutureExt::now_or_never(store.commit(unguarded))
    }));
    assert!(refused.is_err());
    done(store, commit().write(SETTINGS(), None, "guarded")).await;
}

async fn it_is_healthy(store: &dyn Store) {
    assert_eq!(store.health().await, Ok(()));
}
