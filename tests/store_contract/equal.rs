//! Whatever is committed, SQLite, Redis and memory hold and answer the same.

use std::collections::BTreeSet;

use doorbell::domain::ids::DecisionId;
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{
    Append, Commit, DecisionRow, DocKey, InboxQuery, InboxRow, InboxStatus, IndexOp, LetterQuery, LetterRow, NewLetter,
    Outcome, RecordOp, Store, Stream, Token, Write,
};
use doorbell::store::memory::MemoryStore;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::redis_server::RedisServer;
use crate::world::{account, conversation, everything, file, group, letter, note, operator, serve};

/// How the token that a commit reads compares with the stored one.
#[derive(Clone, Copy, Debug)]
enum Reads {
    Right,
    Wrong,
}

/// A commit before its tokens are known.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    reads: Vec<(DocKey, Reads)>,
    /// How many of the documents read are written.
    writes: usize,
    effects: Commit,
    repeated: usize,
}

fn keys() -> impl Strategy<Value = DocKey> {
    (0..5, 1..3_u128, 1..3_u128).prop_map(|(kind, a, c)| match kind {
        0 => DocKey::Settings(account(a)),
        1 => DocKey::Presence(account(a)),
        2 => DocKey::Conversation(account(a), conversation(10 * a + c)),
        3 => DocKey::Note(account(a), note(c)),
        _ => DocKey::Letter(account(a), letter(10 * a + c, 1, 1)),
    })
}

fn instants() -> impl Strategy<Value = Timestamp> {
    prop_oneof![9 => (0..20_i64).prop_map(Timestamp), 1 => Just(Timestamp::NEVER)]
}

fn streams() -> impl Strategy<Value = Stream> {
    (0..4, 1..3_u128).prop_map(|(kind, a)| match kind {
        0 => Stream::Edges(account(a)),
        3 => Stream::Audit(account(a)),
        1 => Stream::Messages(account(a), conversation(10 * a)),
        _ => Stream::Entries(account(a), conversation(10 * a)),
    })
}

fn appends() -> impl Strategy<Value = Append> {
    (streams(), 1..8_u64, vec(any::<u8>(), 0..3)).prop_map(|(stream, position, entry)| Append {
        stream,
        position,
        entry,
    })
}

fn statuses() -> impl Strategy<Value = InboxStatus> {
    prop::sample::select(vec![InboxStatus::Unserved, InboxStatus::Served, InboxStatus::Closed])
}

fn inbox_rows() -> impl Strategy<Value = InboxRow> {
    let parts = (
        statuses(),
        option::of((1..3_u128).prop_map(group)),
        instants(),
        vec((1..4_u128).prop_map(operator), 0..3),
        vec("[ab]{0,2}", 0..3),
    );
    parts.prop_map(|(status, group, at, joined, search)| InboxRow { status, group, at, joined, search })
}

fn letter_rows() -> impl Strategy<Value = LetterRow> {
    (prop::sample::select(vec!["queued", "sent"]), option::of(instants()), instants())
        .prop_map(|(state, due, created_at)| LetterRow { state: state.to_owned(), due, created_at })
}

fn decision_rows() -> impl Strategy<Value = DecisionRow> {
    (1..3_u128, 0..4_i64, 1..3_u128, 1..3_u64).prop_map(|(o, at, c, position)| DecisionRow {
        operator: operator(o),
        at: Timestamp(at),
        id: DecisionId { conversation: conversation(c), position },
    })
}

fn index_ops() -> impl Strategy<Value = (doorbell::domain::ids::AccountId, IndexOp)> {
    let op = prop_oneof![
        (1..6_u128, option::of(instants())).prop_map(|(c, at)| IndexOp::Deadline(conversation(c), at)),
        (1..6_u128, option::of(instants())).prop_map(|(c, at)| IndexOp::Attention(conversation(c), at)),
        (1..9_u128, inbox_rows()).prop_map(|(c, row)| IndexOp::Inbox(conversation(c), row)),
        (1..4_u128, 1..3_u128, letter_rows()).prop_map(|(c, o, row)| IndexOp::Letter(letter(c, 1, o), row)),
        decision_rows().prop_map(IndexOp::Decided),
        decision_rows().prop_map(IndexOp::Undecided),
    ];
    ((1..3_u128).prop_map(account), op)
}

fn new_letters() -> impl Strategy<Value = NewLetter> {
    (1..4_u128, 1..3_u128, any::<u64>(), letter_rows()).prop_map(|(c, o, nonce, row)| NewLetter {
        id: letter(c, 1, o),
        token: Token { counter: 1, nonce },
        state: nonce.to_le_bytes().to_vec(),
        row,
    })
}

fn record_ops() -> impl Strategy<Value = RecordOp> {
    ("[ab]/[abč\u{10ffff}]{0,2}", option::of(vec(any::<u8>(), 0..3))).prop_map(|(key, value)| match value {
        Some(value) => RecordOp::Put { key, value },
        None => RecordOp::Delete { key },
    })
}

pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    let read = (keys(), prop_oneof![9 => Just(Reads::Right), 1 => Just(Reads::Wrong)]);
    let effects = (
        vec(appends(), 0..3),
        vec(index_ops(), 0..4),
        vec(((1..3_u128).prop_map(account), new_letters()), 0..2),
        vec(record_ops(), 0..3),
    );
    let effects = effects.prop_map(|(log, indexes, outbox, records)| Commit {
        log,
        indexes,
        outbox,
        records,
        ..Commit::default()
    });
    (vec(read, 0..4), 0..4_usize, effects, 0..2_usize).prop_map(|(reads, writes, effects, repeated)| Draft {
        reads,
        writes,
        effects,
        repeated,
    })
}

/// With the tokens that the store holds, and new ones for what is written: counted, so that both stores get the same.
pub(crate) async fn written_out(draft: &Draft, store: &dyn Store, counter: &mut u64) -> Commit {
    let mut commit = draft.effects.clone();
    let mut seen = BTreeSet::new();
    for (key, reads) in draft.reads.iter().filter(|(key, _)| seen.insert(*key)) {
        let stored = store.load(vec![*key]).await.unwrap().remove(0).map(|doc| doc.token);
        *counter += 1;
        let other = Token { counter: 1, nonce: *counter };
        commit.reads.push((*key, if matches!(reads, Reads::Right) { stored } else { Some(other) }));
        if commit.writes.len() < draft.writes {
            let token = Token { counter: stored.map_or(1, |t| t.counter + 1), nonce: u64::MAX - *counter };
            commit.writes.push(Write { key: *key, token, state: counter.to_le_bytes().to_vec() });
        }
    }
    commit
}

fn without_time(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Committed { .. } => Outcome::Committed { at: Timestamp(0) },
        other => other,
    }
}

macro_rules! same {
    ($a:expr, $b:expr, $method:ident($($arg:expr),*)) => {
        assert_eq!($a.$method($($arg),*).await, $b.$method($($arg),*).await)
    };
}

/// Every question about what the strategies above can make.
pub(crate) async fn assert_same(a: &dyn Store, b: &dyn Store) {
    let accounts = [1, 2].map(account);
    for id in accounts {
        let mut keys = vec![DocKey::Settings(id), DocKey::Presence(id)];
        keys.extend([1, 2].map(|n| DocKey::Note(id, note(n))));
        for c in 0..30 {
            keys.push(DocKey::Conversation(id, conversation(c)));
            keys.extend([1, 2].map(|o| DocKey::Letter(id, letter(c, 1, o))));
            same!(a, b, account_of(conversation(c)));
        }
        same!(a, b, load(keys.clone()));
        for c in [10, 20] {
            let all = [
                Stream::Edges(id),
                Stream::Messages(id, conversation(c)),
                Stream::Entries(id, conversation(c)),
                Stream::Audit(id),
            ];
            same!(a, b, entries(all.iter().flat_map(|stream| [(*stream, 2), (*stream, 9)]).collect()));
            for stream in all {
                same!(a, b, read(stream, 2, 3));
                same!(a, b, read_back(stream, 6, 3));
            }
        }
        for since in [0, 7].map(Timestamp) {
            same!(a, b, attention(id, since));
            same!(a, b, attentive_accounts(since, Some(id), 9));
        }
        for o in [1, 2].map(operator) {
            same!(a, b, decisions(id, o, None, 9));
            let place = (Timestamp(2), DecisionId { conversation: conversation(1), position: 2 });
            same!(a, b, decisions(id, o, Some(place), 2));
        }
        for query in inbox_queries() {
            same!(a, b, inbox(id, query.clone()));
            same!(a, b, count(id, query.clone()));
        }
        let listed = LetterQuery {
            operator: Some(operator(1)),
            state: Some("sent".to_owned()),
            limit: 3,
            ..LetterQuery::default()
        };
        same!(a, b, letters(id, listed.clone()));
        same!(a, b, letters(id, LetterQuery { limit: 4, ..LetterQuery::default() }));
    }
    same!(a, b, tally());
    for until in [Timestamp(9), Timestamp::NEVER] {
        same!(a, b, overdue(until, 5));
        same!(a, b, letters_due(until, 5, BTreeSet::new()));
        same!(a, b, attentive_accounts(until, None, 1));
    }
    same!(a, b, records("a/".to_owned(), None, 3));
    same!(a, b, records(String::new(), Some("a/č".to_owned()), 99));
}

fn inbox_queries() -> Vec<InboxQuery> {
    let but_groups = vec![group(2)];
    vec![
        everything(),
        InboxQuery { after: Some((Timestamp(9), conversation(4))), limit: 3, ..everything() },
        InboxQuery { status: Some(InboxStatus::Served), ..everything() },
        InboxQuery { but_groups: but_groups.clone(), or_joined_by: Some(operator(1)), limit: 4, ..everything() },
        InboxQuery {
            but_groups: but_groups.clone(),
            or_joined_by: Some(operator(1)),
            prefix: Some("b".into()),
            ..everything()
        },
        InboxQuery {
            but_groups: but_groups.clone(),
            joined_by: Some(operator(2)),
            or_joined_by: Some(operator(1)),
            ..everything()
        },
        InboxQuery { but_groups, joined_by: Some(operator(2)), ..everything() },
        InboxQuery { prefix: Some("a".to_owned()), ..everything() },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_commits_leave_the_same_store(drafts in vec(drafts(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_dir, path) = file();
            let redis_server = RedisServer::start();
            let (memory, sqlite, redis) = (MemoryStore::new(), serve(&path), redis_server.store());
            let mut counter = 0;
            for draft in &drafts {
                let commit = written_out(draft, &*memory, &mut counter).await;
                for _ in 0..=draft.repeated {
                    let wanted = without_time(memory.commit(commit.clone()).await);
                    assert_eq!(without_time(sqlite.commit(commit.clone()).await), wanted);
                    assert_eq!(without_time(redis.commit(commit.clone()).await), wanted);
                }
            }
            assert_same(&*sqlite, &*memory).await;
            assert_same(&*redis, &*memory).await;
        });
    }
}
