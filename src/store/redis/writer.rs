//! Commits: what is sent for one, how they go in groups, and what the answers mean.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Value};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;

use crate::domain::ids::{AccountId, LetterId, OperatorId};
use crate::ports::bus::Hint;
use crate::ports::journal::{Commit, DecisionRow, DocKey, InboxRow, IndexOp, LetterRow, Outcome, RecordOp, Token};

use super::bus::Origin;
use super::clock::Clock;
use super::line::{DEADLINE, Line, NO_SCRIPT, error_of};
use super::scripts::Scripts;
use super::{columns, keys};

/// How many commits are sent together at most.
const GROUP_LEN: usize = 128;
/// How long replicas may take to have a group.
const REPLICAS_MAX: Duration = Duration::from_secs(1);

/// A commit that waits to be sent.
pub(super) struct Job {
    call: Cmd,
    /// When its asker is told that the outcome is unknown.
    until: Instant,
    /// What it read, in the order of the call.
    reads: Vec<DocKey>,
    asked: oneshot::Sender<Outcome>,
    /// Held until it is answered.
    _room: OwnedSemaphorePermit,
}

impl Job {
    pub(super) fn new(
        commit: &Commit,
        scripts: &Scripts,
        origin: &Origin,
        clock: &Clock,
        room: OwnedSemaphorePermit,
        asked: oneshot::Sender<Outcome>,
    ) -> Self {
        let until = Instant::now() + DEADLINE;
        let until_us = clock.at_redis() + DEADLINE.as_micros() as i64;
        let reads = commit.reads.iter().map(|(key, _)| *key).collect();
        Self { call: call(commit, scripts, origin, until_us), until, reads, asked, _room: room }
    }
}

/// Sends what comes, in groups.
///
/// A group goes out while the one before is under way. Where replicas must have it, it does not: WAIT holds up all that comes behind
/// it on the same connection, so that a group is what has come together meanwhile.
pub(super) async fn run(line: Arc<Line>, mut jobs: mpsc::Receiver<Job>, replicas: u32, clock: Arc<Clock>) {
    let mut group = Vec::new();
    while jobs.recv_many(&mut group, GROUP_LEN).await > 0 {
        let sending = send(Arc::clone(&line), std::mem::take(&mut group), replicas, Arc::clone(&clock));
        if replicas == 0 {
            tokio::spawn(sending);
        } else {
            sending.await;
        }
    }
}

async fn send(line: Arc<Line>, group: Vec<Job>, replicas: u32, clock: Arc<Clock>) {
    // Those that met a Redis without scripts were not looked at, and are sent once more.
    let unknown = round(&line, group, replicas, &clock).await;
    if unknown.is_empty() {
        return;
    }
    line.load_scripts(Instant::now() + DEADLINE).await;
    for job in round(&line, unknown, replicas, &clock).await {
        let _ = job.asked.send(Outcome::Unknown { why: NO_SCRIPT.to_owned() });
    }
}

/// Sends a group once and answers it, but for those whose script Redis does not know.
async fn round(line: &Line, group: Vec<Job>, replicas: u32, clock: &Clock) -> Vec<Job> {
    let mut questions = redis::pipe();
    for job in &group {
        questions.add_command(job.call.clone());
    }
    // No earlier than any of them is taken no more.
    let mut until = group.iter().map(|job| job.until).max().unwrap_or_else(Instant::now);
    if replicas > 0 {
        // WAIT asks for what this connection wrote last. A commit that was written over an earlier one, or writes nothing, wrote
        // nothing here, and what it rests on may be on no replica: this is a write in any case, and comes after all of that.
        questions.add_command(line.scripts.tick(clock.shown()));
        questions.cmd("WAIT").arg(replicas).arg(REPLICAS_MAX.as_millis() as u64);
        until += REPLICAS_MAX;
    }
    let sent = clock.elapsed();
    let is_late = Instant::now() >= until;
    let asked =
        if is_late { Err("it waited too long to be sent".to_owned()) } else { line.ask(&questions, until).await };
    let mut values = match asked {
        Ok(values) => values,
        Err(why) => {
            for job in group {
                let _ = job.asked.send(Outcome::Unknown { why: why.clone() });
            }
            return Vec::new();
        }
    };
    let lacking = if replicas > 0 {
        let (waited, written) = (values.pop(), values.pop());
        lacking(written.as_ref(), waited.as_ref(), replicas)
    } else {
        None
    };
    line.on_replicas(lacking.clone());
    let mut again = Vec::new();
    for (job, value) in group.into_iter().zip(values) {
        if error_of(&value).is_some_and(|(code, _)| code == NO_SCRIPT) {
            again.push(job);
            continue;
        }
        let outcome = match (outcome(&value, &job.reads, sent, clock), &lacking) {
            (Outcome::Committed { .. }, Some(why)) => Outcome::Unknown { why: why.clone() },
            (outcome, _) => outcome,
        };
        let _ = job.asked.send(outcome);
    }
    again
}

/// What is said of a group that too few replicas have, by the answers to the write behind it and to WAIT; `None`: enough have it.
fn lacking(written: Option<&Value>, waited: Option<&Value>, replicas: u32) -> Option<String> {
    if let Some((code, detail)) = written.and_then(error_of) {
        return Some(format!("it is not known whether replicas have it: {code} {detail}"));
    }
    match waited {
        Some(Value::Int(have)) if *have >= i64::from(replicas) => None,
        Some(Value::Int(have)) => Some(format!("it is written, but only {have} of {replicas} replicas have it yet")),
        other => Some(format!("it is not known whether replicas have it: {other:?}")),
    }
}

fn outcome(value: &Value, reads: &[DocKey], sent: i64, clock: &Clock) -> Outcome {
    if let Some((code, detail)) = error_of(value) {
        return Outcome::Unknown { why: format!("{code} {detail}") };
    }
    let understood = match value {
        Value::Array(parts) => match parts.as_slice() {
            [word, numbers @ ..] if is_word(word, "stale") => conflict(numbers, reads),
            [word, seconds, micros] if is_word(word, "late") => columns::micros(seconds, micros).map(|told| {
                clock.learn(sent, told);
                Outcome::Unknown { why: "it came to Redis too late, and was not written".to_owned() }
            }),
            [word, seconds, micros] if is_word(word, "committed") || is_word(word, "repeated") => {
                columns::micros(seconds, micros).map(|told| {
                    clock.learn(sent, told);
                    Outcome::Committed { at: clock.now() }
                })
            }
            _ => None,
        },
        _ => None,
    };
    understood.unwrap_or_else(|| Outcome::Unknown { why: format!("an answer that is not understood: {value:?}") })
}

fn is_word(value: &Value, word: &str) -> bool {
    matches!(value, Value::BulkString(text) if text == word.as_bytes())
}

fn conflict(numbers: &[Value], reads: &[DocKey]) -> Option<Outcome> {
    let read = |number: &Value| match number {
        Value::Int(number) => reads.get(usize::try_from(*number).ok()?.checked_sub(1)?).copied(),
        _ => None,
    };
    Some(Outcome::Conflict { stale: numbers.iter().map(read).collect::<Option<_>>()? })
}

/// The call of `commit.lua`.
fn call(commit: &Commit, scripts: &Scripts, origin: &Origin, until_us: i64) -> Cmd {
    let mut call = scripts.call_here(&scripts.commit);
    call.arg(until_us).arg(keys::done(commit).unwrap_or_default()).arg(commit.reads.len());
    for (key, token) in &commit.reads {
        call.arg(keys::doc(key)).arg(token.map_or_else(Vec::new, |token| columns::token(token).to_vec()));
    }
    call.arg(commit.writes.len());
    for write in &commit.writes {
        call.arg(keys::doc(&write.key)).arg(document(write.token, &write.state));
    }
    for write in &commit.writes {
        home(&mut call, commit, &write.key);
    }
    for append in &commit.log {
        let (position, entry) = (append.position, columns::entry(append.position, &append.entry));
        call.arg("append").arg(keys::stream(append.stream)).arg(position).arg(entry);
    }
    for (account, op) in &commit.indexes {
        index(&mut call, *account, op);
    }
    for (account, new) in &commit.outbox {
        let key = keys::doc(&DocKey::Letter(*account, new.id));
        call.arg("queue").arg(key).arg(document(new.token, &new.state));
        letter(&mut call, *account, new.id, &new.row);
    }
    for op in &commit.records {
        record(&mut call, op);
    }
    if let Some(hint) = Hint::of(commit) {
        call.arg("publish").arg(origin.channel(&hint)).arg(origin.message(&hint));
    }
    call
}

fn document(token: Token, state: &[u8]) -> Vec<u8> {
    [&columns::token(token)[..], state].concat()
}

/// Where a conversation is at home is written with its first version.
fn home(call: &mut Cmd, commit: &Commit, key: &DocKey) {
    let is_first = commit.reads.iter().any(|(read, token)| read == key && token.is_none());
    if let (DocKey::Conversation(account, id), true) = (key, is_first) {
        call.arg("home").arg(keys::HOMES).arg(id.0.as_bytes()).arg(account.0.as_bytes());
    }
}

fn index(call: &mut Cmd, account: AccountId, op: &IndexOp) {
    match op {
        IndexOp::Deadline(conversation, at) => {
            let member = columns::pair(account.0, conversation.0);
            call.arg("deadline").arg(keys::DEADLINES).arg(&member[..]).arg(columns::optional_score(*at));
        }
        IndexOp::Attention(conversation, until) => {
            call.arg("attention").arg(keys::attention(account)).arg(conversation.0.as_bytes());
            call.arg(columns::optional_score(*until)).arg(keys::ATTENTIVE).arg(account.0.as_bytes());
        }
        IndexOp::Inbox(conversation, row) => {
            call.arg("inbox").arg(keys::inbox(account)).arg(keys::inbox_counts(account)).arg(keys::joined(account));
            call.arg(keys::joined_counts(account)).arg(keys::search(account)).arg(conversation.0.as_bytes());
            inbox(call, row);
        }
        IndexOp::Letter(id, row) => {
            call.arg("letter");
            letter(call, account, *id, row);
        }
        IndexOp::Decided(row) => decision(call.arg("decided"), account, row),
        IndexOp::Undecided(row) => decision(call.arg("undecided"), account, row),
    }
}

fn inbox(call: &mut Cmd, row: &InboxRow) {
    let mut joined = row.joined.clone();
    joined.sort_unstable();
    joined.dedup();
    let mut texts: Vec<&str> = row.search.iter().map(String::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    call.arg(columns::status(row.status)).arg(columns::group(row.group)).arg(&columns::instant(row.at)[..]);
    call.arg(list(&joined)).arg(texts.len());
    for text in texts {
        call.arg(text);
    }
}

/// The ids, parted by commas: so one of them is found by its text and nothing else is.
fn list(operators: &[OperatorId]) -> String {
    let mut list = String::new();
    for operator in operators {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{}", operator.0.simple());
    }
    list
}

fn letter(call: &mut Cmd, account: AccountId, id: LetterId, row: &LetterRow) {
    let member = columns::letter(id);
    call.arg(keys::letter_rows(account)).arg(keys::LETTERS_DUE).arg(keys::LETTERS_UNFINISHED).arg(&member[..]);
    call.arg([account.0.as_bytes(), &member[..]].concat());
    call.arg(keys::letters(account)).arg(keys::letters_of_operator(account, id.operator));
    call.arg(keys::letters_of_conversation(account, id.conversation)).arg(keys::letters_of_state(account));
    call.arg(&row.state).arg(columns::optional_score(row.due)).arg(&columns::instant(row.created_at)[..]);
}

fn decision(call: &mut Cmd, account: AccountId, row: &DecisionRow) {
    call.arg(keys::decisions(account, row.operator)).arg(&columns::decision(row.at, row.id)[..]);
}

fn record(call: &mut Cmd, op: &RecordOp) {
    match op {
        RecordOp::Put { key, value } => {
            call.arg("put").arg(keys::RECORDS).arg(keys::RECORD_KEYS).arg(key).arg(&value[..]);
        }
        RecordOp::Delete { key } => {
            call.arg("delete").arg(keys::RECORDS).arg(keys::RECORD_KEYS).arg(key);
        }
    }
}
