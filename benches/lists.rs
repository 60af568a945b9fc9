//! How long lists take in an account with very many conversations: pages of the inbox by every view, counts, searches, the
//! decisions about an operator. `cargo bench --bench lists [-- CONVERSATIONS]`, a million if no number is given.
//!
//! The rows are made through the store itself, a thousand conversations a commit, into a file that is thrown away. Nothing
//! else is asked meanwhile; the file is as warm as it is after its making.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorbell::domain::account::{Kind, ReadCancels};
use doorbell::domain::conversation::fact::{Person, Terms};
use doorbell::domain::conversation::outcome::{Outcome as Decided, What};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::fold::fold;
use doorbell::domain::ids::{AccountId, ConversationId, DecisionId, GroupId, OperatorId, VisitorId};
use doorbell::domain::notice::reason::{Code, Reason};
use doorbell::domain::time::{Span, Timestamp};
use doorbell::office::decisions;
use doorbell::ports::journal::{
    Append, Commit, DecisionRow, DocKey, InboxQuery, InboxRow, InboxStatus, IndexOp, Outcome, Store, Stream, Write,
};
use doorbell::store::OpenMode;
use doorbell::store::record::{encode, mint};
use doorbell::store::sqlite::{Options, SqliteStore};
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const OPERATORS: u64 = 40;
const GROUPS: u64 = 12;
const COMMIT_LEN: u64 = 1_000;
/// How often each question is asked.
const ASKED: usize = 200;
/// One more than a page of the API, as its handler asks to know whether there is more.
const PAGE_LEN: usize = 51;

const FIRST: [&str; 24] = [
    "Jan",
    "Jana",
    "Petr",
    "Petra",
    "Josef",
    "Marie",
    "Anna",
    "Eva",
    "Pavel",
    "Martin",
    "Tomáš",
    "Lucie",
    "Lenka",
    "Kateřina",
    "Jiří",
    "Věra",
    "Alena",
    "Hana",
    "Zdeněk",
    "Šárka",
    "Ondřej",
    "Michal",
    "Filip",
    "Barbora",
];
const LAST: [&str; 16] = [
    "Novák",
    "Svoboda",
    "Dvořák",
    "Černý",
    "Procházka",
    "Kučera",
    "Veselý",
    "Horák",
    "Němec",
    "Marek",
    "Pospíšil",
    "Hájek",
    "Jelínek",
    "Král",
    "Růžička",
    "Beneš",
];

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn operator(n: u64) -> OperatorId {
    OperatorId(Uuid::from_u128(0x0b00_0000 + u128::from(n)))
}

fn group(n: u64) -> GroupId {
    GroupId(Uuid::from_u128(0x6000_0000 + u128::from(n)))
}

/// Ids as the server mints them: the times of their making first.
fn conversation(n: u64) -> ConversationId {
    ConversationId(Uuid::from_u128(
        (u128::from(n) << 80) | 0x7000_8000_0000_0000_0000 | u128::from(n.wrapping_mul(0x9E37_79B9)),
    ))
}

/// About three years of a busy account.
fn instant(n: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + n as i64 * 95_000)
}

/// One in twenty is unserved, one in twenty served, by somebody of its group or a colleague; a third of the visitors told no
/// name, and are called by a number.
fn row(n: u64, dice: &mut Dice) -> InboxRow {
    let status = match dice.below(20) {
        0 => InboxStatus::Unserved,
        1 => InboxStatus::Served,
        _ => InboxStatus::Closed,
    };
    let joined = if status == InboxStatus::Served { vec![operator(dice.below(OPERATORS))] } else { Vec::new() };
    let search = if dice.below(3) == 0 {
        vec![format!("visitor {n}")]
    } else {
        let (first, last) = (FIRST[dice.below(24) as usize], LAST[dice.below(16) as usize]);
        vec![fold(&format!("{first} {last}")), fold(&format!("{first}.{last}{n}@example.com"))]
    };
    let group = (dice.below(10) > 0).then(|| group(dice.below(GROUPS)));
    // One in eight was written to again long after.
    let later = if dice.below(8) == 0 { dice.below(100_000) } else { 0 };
    InboxRow { status, group, at: instant(n + later), joined, search }
}

/// What was decided about two operators of it.
fn decided(n: u64, at: Timestamp, dice: &mut Dice) -> Decided {
    let people = (0..2).map(|_| Person::new(operator(dice.below(OPERATORS)), vec![Reason::bare(Code::Replied)]));
    Decided { at, kind: Kind::Offline, what: What::NoTimer, seqs: vec![n], people: people.collect() }
}

fn document(id: ConversationId) -> Conversation {
    let minutes = |n: i64| Span::from_secs(n * 60);
    let terms = Terms {
        audience: (0..OPERATORS).map(operator).collect(),
        others: Vec::new(),
        offline_delay: minutes(2),
        missed_delay: minutes(2),
        flap_cap: minutes(10),
        read_cancels: ReadCancels::Reader,
    };
    let mut doc = Conversation::new(ACCOUNT, VisitorId(id.0), None, terms, instant(0));
    doc.entries = 1;
    doc
}

fn commit_of(numbers: std::ops::Range<u64>, dice: &mut Dice) -> Commit {
    let mut commit = Commit::default();
    for n in numbers {
        let (id, row) = (conversation(n), row(n, dice));
        let outcome = decided(n, row.at, dice);
        let key = DocKey::Conversation(ACCOUNT, id);
        commit.reads.push((key, None));
        commit.writes.push(Write { key, token: mint(None), state: encode(&document(id)) });
        commit.log.push(Append { stream: Stream::Entries(ACCOUNT, id), position: 1, entry: encode(&outcome) });
        for operator in outcome.operators() {
            let row = DecisionRow { operator, at: outcome.at, id: DecisionId { conversation: id, position: 1 } };
            commit.indexes.push((ACCOUNT, IndexOp::Decided(row)));
        }
        commit.indexes.push((ACCOUNT, IndexOp::Inbox(id, row)));
    }
    commit
}

async fn fill(store: &Arc<SqliteStore>, conversations: u64) {
    let (began, mut dice) = (Instant::now(), Dice(0x9E37_79B9_7F4A_7C15));
    for first in (0..conversations).step_by(COMMIT_LEN as usize) {
        let last = (first + COMMIT_LEN).min(conversations);
        let outcome = store.commit(commit_of(first..last, &mut dice)).await;
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
        if last % (conversations / 20).max(1) < COMMIT_LEN {
            let each = began.elapsed() / last as u32;
            eprintln!("{last:>9} of {conversations} conversations, {each:?} each");
        }
    }
}

/// Asks a question often, and says how long the answers took.
async fn ask<T, F: Future<Output = T>>(what: &str, len: impl Fn(&T) -> String, mut question: impl FnMut() -> F) {
    let first = question().await;
    let mut took = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let began = Instant::now();
        std::hint::black_box(question().await);
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let ms = |at: Duration| at.as_secs_f64() * 1_000.0;
    let (median, p99, max) = (took[ASKED / 2], took[ASKED * 99 / 100], took[ASKED - 1]);
    println!("| {what} | {} | {:.2} | {:.2} | {:.2} |", len(&first), ms(median), ms(p99), ms(max));
}

async fn page(what: &str, store: &Arc<SqliteStore>, query: InboxQuery) {
    let found = |found: &Vec<(Timestamp, ConversationId)>| found.len().to_string();
    ask(what, found, || async { store.inbox(ACCOUNT, query.clone()).await.expect("a page is answered") }).await;
}

async fn count(what: &str, store: &Arc<SqliteStore>, query: InboxQuery) {
    let counted = |n: &u64| n.to_string();
    ask(what, counted, || async { store.count(ACCOUNT, query.clone()).await.expect("a count is answered") }).await;
}

/// Somebody in one group, who joined a few of the others'.
fn member(status: Option<InboxStatus>) -> InboxQuery {
    let but_groups = (1..GROUPS).map(group).collect();
    InboxQuery { status, but_groups, or_joined_by: Some(operator(1)), ..everybody(None) }
}

fn mine() -> InboxQuery {
    InboxQuery { joined_by: Some(operator(1)), ..everybody(Some(InboxStatus::Served)) }
}

fn everybody(status: Option<InboxStatus>) -> InboxQuery {
    let but_groups = Vec::new();
    InboxQuery { status, but_groups, or_joined_by: None, joined_by: None, prefix: None, after: None, limit: PAGE_LEN }
}

async fn pages(store: &Arc<SqliteStore>, conversations: u64) {
    let views = [
        ("unserved", Some(InboxStatus::Unserved)),
        ("served", Some(InboxStatus::Served)),
        ("closed", Some(InboxStatus::Closed)),
        ("all", None),
    ];
    let middle = Some((instant(conversations / 2), conversation(conversations / 2)));
    for (view, status) in views {
        page(&format!("page of {view}"), store, everybody(status)).await;
        page(&format!("page of {view}, from the middle"), store, InboxQuery { after: middle, ..everybody(status) })
            .await;
        if status.is_some() {
            page(&format!("page of {view}, one group's audience"), store, member(status)).await;
            let deep = InboxQuery { after: middle, ..member(status) };
            page(&format!("page of {view}, one group's audience, from the middle"), store, deep).await;
        }
    }
    page("page of mine", store, mine()).await;
}

async fn counts(store: &Arc<SqliteStore>) {
    count("count of everything", store, everybody(None)).await;
    count("count of unserved", store, everybody(Some(InboxStatus::Unserved))).await;
    count("count of unserved, one group's audience", store, member(Some(InboxStatus::Unserved))).await;
    count("count of served, one group's audience", store, member(Some(InboxStatus::Served))).await;
    count("count of mine", store, mine()).await;
}

async fn searches(store: &Arc<SqliteStore>, conversations: u64) {
    let middle = Some((instant(conversations / 2), conversation(conversations / 2)));
    let precise = format!("visitor {}", conversations / 3);
    for prefix in ["j", "v", "z", "q", "visitor", "jana nov", "nobody", &precise] {
        let search = |query: InboxQuery| InboxQuery { prefix: Some(prefix.to_owned()), ..query };
        page(&format!("search `{prefix}` in all"), store, search(everybody(None))).await;
        let deep = InboxQuery { after: middle, ..everybody(None) };
        page(&format!("search `{prefix}` in all, from the middle"), store, search(deep)).await;
        page(&format!("search `{prefix}` in unserved"), store, search(everybody(Some(InboxStatus::Unserved)))).await;
        let of_group = search(member(Some(InboxStatus::Closed)));
        page(&format!("search `{prefix}` in closed, one group's audience"), store, of_group).await;
        page(&format!("search `{prefix}` in mine"), store, search(mine())).await;
    }
}

async fn notifications(store: &Arc<SqliteStore>, conversations: u64) {
    let erased: Arc<dyn Store> = store.clone();
    let middle = conversation(conversations / 2);
    let place = (instant(conversations / 2), DecisionId { conversation: middle, position: 1 });
    for (what, after) in [("my notifications", None), ("my notifications, from the middle", Some(place))] {
        let told = |page: &(Vec<decisions::Told>, Option<decisions::Place>)| page.0.len().to_string();
        let question = || async {
            decisions::page(&erased, ACCOUNT, operator(1), after, PAGE_LEN - 1).await.expect("a page is answered")
        };
        ask(what, told, question).await;
    }
    ask("what is under way", |_| String::new(), || async { store.tally().await.expect("a tally is answered") }).await;
}

fn main() {
    let number = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let conversations: u64 = number.unwrap_or(1_000_000);
    let dir = tempfile::tempdir().expect("a bench needs a directory");
    let path = dir.path().join("doorbell.db");
    let store = SqliteStore::open(&path, Options::new(OpenMode::Server)).expect("an empty file opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a bench needs a runtime");
    runtime.block_on(async {
        fill(&store, conversations).await;
        let len = path.metadata().map_or(0, |file| file.len());
        println!("{conversations} conversations, {} MB", len / 1_000_000);
        println!("| asked {ASKED} times | found | median ms | p99 ms | max ms |\n|---|---|---|---|---|");
        pages(&store, conversations).await;
        counts(&store).await;
        searches(&store, conversations).await;
        notifications(&store, conversations).await;
    });
}
