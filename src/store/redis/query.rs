//! The questions, all but the inbox: each walks a list from the first row that it wants to the last, in stretches that none of
//! them holds Redis up.

use std::collections::BTreeSet;

use redis::Cmd;

use crate::domain::ids::{AccountId, ConversationId, DecisionId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{DocKey, LetterQuery, StoreError, Stored, Stream, Tally};

use super::clock::Clock;
use super::columns::{self, corrupt, parsed};
use super::keys;
use super::line::Line;
use super::scripts::Scripts;

/// How many rows are asked for at once.
const STRETCH_LEN: usize = 512;
/// How many rows a script looks at before it lets others in: one or two milliseconds.
pub(super) const LOOK_LEN: usize = 250;
/// What comes after all texts that start with some text: no text holds this byte.
const AFTER_TEXTS: u8 = 0xff;

type Read<T> = Result<T, StoreError>;

/// One command answers for one moment, and the clock is asked behind it: what the answer holds was so before the time that it tells.
pub(super) async fn load(line: &Line, clock: &Clock, docs: &[DocKey]) -> Read<Vec<Option<Stored>>> {
    if docs.is_empty() {
        return Ok(Vec::new());
    }
    let mut questions = redis::pipe();
    questions.cmd("MGET").arg(docs.iter().map(keys::doc).collect::<Vec<_>>()).cmd("TIME");
    let sent = clock.elapsed();
    let mut answers = line.read(&questions).await?;
    let (time, found) = (answers.pop().unwrap_or_default(), answers.pop().unwrap_or_default());
    let (seconds, micros): (i64, i64) = parsed(time)?;
    clock.learn(sent, seconds * 1_000_000 + micros);
    let stored = |bytes: Option<Vec<u8>>| match bytes {
        Some(bytes) => columns::document(bytes).map(|(token, state)| Some(Stored { token, state })),
        None => Ok(None),
    };
    parsed::<Vec<Option<Vec<u8>>>>(found)?.into_iter().map(stored).collect()
}

pub(super) async fn single_entries(line: &Line, places: &[(Stream, u64)]) -> Read<Vec<Option<Vec<u8>>>> {
    let mut questions = redis::pipe();
    for (stream, position) in places {
        let position = columns::position(*position);
        questions.cmd("ZRANGEBYSCORE").arg(keys::stream(*stream)).arg(position).arg(position);
    }
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let entry = |value| match parsed::<Vec<Vec<u8>>>(value)?.pop() {
        Some(bytes) => columns::entry_of(bytes).map(|(_, entry)| Some(entry)),
        None => Ok(None),
    };
    line.read(&questions).await?.into_iter().map(entry).collect()
}

pub(super) async fn read(line: &Line, stream: Stream, after: u64, limit: usize) -> Read<Vec<(u64, Vec<u8>)>> {
    let (mut found, mut after): (Vec<(u64, Vec<u8>)>, _) = (Vec::new(), after);
    while found.len() < limit {
        let wanted = STRETCH_LEN.min(limit - found.len());
        let mut question = redis::cmd("ZRANGEBYSCORE");
        question.arg(keys::stream(stream)).arg(format!("({}", columns::position(after))).arg("+inf");
        let stretch = entries(line, question, wanted).await?;
        let is_last = stretch.len() < wanted;
        after = stretch.last().map_or(after, |(position, _)| *position);
        found.extend(stretch);
        if is_last {
            break;
        }
    }
    Ok(found)
}

pub(super) async fn read_back(line: &Line, stream: Stream, before: u64, limit: usize) -> Read<Vec<(u64, Vec<u8>)>> {
    let (mut found, mut before): (Vec<(u64, Vec<u8>)>, _) = (Vec::new(), before);
    while found.len() < limit {
        let wanted = STRETCH_LEN.min(limit - found.len());
        let mut question = redis::cmd("ZREVRANGEBYSCORE");
        question.arg(keys::stream(stream)).arg(format!("({}", columns::position(before))).arg("-inf");
        let stretch = entries(line, question, wanted).await?;
        let is_last = stretch.len() < wanted;
        before = stretch.last().map_or(before, |(position, _)| *position);
        found.extend(stretch);
        if is_last {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

async fn entries(line: &Line, mut question: Cmd, limit: usize) -> Read<Vec<(u64, Vec<u8>)>> {
    question.arg("LIMIT").arg(0).arg(limit);
    parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?.into_iter().map(columns::entry_of).collect()
}

/// What stands on an agenda up to an instant: the rows, and their instants.
async fn due(line: &Line, key: &str, from: Option<Place>, until: Timestamp, limit: usize) -> Read<Vec<(Vec<u8>, f64)>> {
    let mut question = redis::cmd("ZRANGEBYSCORE");
    question.arg(key);
    match from {
        Some(place) => question.arg(columns::score(place.at)),
        None => question.arg("-inf"),
    };
    question.arg(columns::score(until)).arg("WITHSCORES");
    question.arg("LIMIT").arg(from.map_or(0, |place| place.rows)).arg(columns::limit(limit));
    parsed(line.read_one(question).await?)
}

/// How far one has come on an agenda: Redis counts what it passes over, so only the rows of one instant are counted.
#[derive(Clone, Copy)]
struct Place {
    at: Timestamp,
    rows: usize,
}

impl Place {
    /// Behind a row at `at`, before which one was at `from`.
    fn behind(from: Option<Self>, at: Timestamp) -> Self {
        let rows = from.filter(|place| place.at == at).map_or(0, |place| place.rows);
        Self { at, rows: rows + 1 }
    }
}

fn account_of_row(bytes: &[u8]) -> Option<AccountId> {
    bytes.get(..16).and_then(columns::uuid).map(AccountId)
}

pub(super) async fn overdue(
    line: &Line,
    until: Timestamp,
    limit: usize,
) -> Read<Vec<(Timestamp, AccountId, ConversationId)>> {
    let row = |(bytes, score): (Vec<u8>, f64)| {
        let ids = account_of_row(&bytes).zip(bytes.get(16..).and_then(columns::uuid));
        let (account, id) = ids.ok_or_else(|| corrupt("a deadline"))?;
        Ok((columns::scored(score), account, ConversationId(id)))
    };
    due(line, keys::DEADLINES, None, until, limit).await?.into_iter().map(row).collect()
}

pub(super) async fn letters_due(
    line: &Line,
    until: Timestamp,
    limit: usize,
    except: &BTreeSet<AccountId>,
) -> Read<Vec<(Timestamp, AccountId, LetterId)>> {
    let (mut found, mut place) = (Vec::new(), None);
    loop {
        let stretch = due(line, keys::LETTERS_DUE, place, until, STRETCH_LEN).await?;
        let is_last = stretch.len() < STRETCH_LEN;
        for (bytes, score) in stretch {
            if found.len() == limit {
                return Ok(found);
            }
            place = Some(Place::behind(place, columns::scored(score)));
            let ids = account_of_row(&bytes).zip(bytes.get(16..).and_then(columns::letter_of));
            let (account, id) = ids.ok_or_else(|| corrupt("a letter that is due"))?;
            if !except.contains(&account) {
                found.push((columns::scored(score), account, id));
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

pub(super) async fn attention(line: &Line, account: AccountId, since: Timestamp) -> Read<Vec<ConversationId>> {
    let mut question = redis::cmd("ZRANGEBYSCORE");
    question.arg(keys::attention(account)).arg(columns::score(since)).arg("+inf");
    let id = |bytes: Vec<u8>| columns::uuid(&bytes).map(ConversationId).ok_or_else(|| corrupt("a conversation's id"));
    parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?.into_iter().map(id).collect()
}

/// From account to account, and of each only whether somebody's attention lasts so long.
pub(super) async fn attentive_accounts(
    line: &Line,
    since: Timestamp,
    after: Option<AccountId>,
    limit: usize,
) -> Read<Vec<AccountId>> {
    let (mut found, mut after) = (Vec::new(), after);
    while found.len() < limit {
        let mut question = redis::cmd("ZRANGEBYLEX");
        let from = after.map_or(b"-".to_vec(), |after| [b"(", &after.0.as_bytes()[..]].concat());
        question.arg(keys::ATTENTIVE).arg(from).arg("+").arg("LIMIT").arg(0).arg(STRETCH_LEN);
        let stretch = parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?;
        let is_last = stretch.len() < STRETCH_LEN;
        let accounts = stretch.iter().map(|bytes| account_of_row(bytes).ok_or_else(|| corrupt("an account's id")));
        let accounts = accounts.collect::<Read<Vec<_>>>()?;
        after = accounts.last().copied().or(after);
        found.extend(attentive(line, since, accounts).await?);
        if is_last {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

async fn attentive(line: &Line, since: Timestamp, accounts: Vec<AccountId>) -> Read<Vec<AccountId>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let mut questions = redis::pipe();
    for account in &accounts {
        questions.cmd("ZCOUNT").arg(keys::attention(*account)).arg(columns::score(since)).arg("+inf");
    }
    let counts = line.read(&questions).await?.into_iter().map(parsed::<u64>).collect::<Read<Vec<_>>>()?;
    Ok(accounts.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(|(account, _)| account).collect())
}

pub(super) async fn decisions(
    line: &Line,
    account: AccountId,
    operator: OperatorId,
    after: Option<(Timestamp, DecisionId)>,
    limit: usize,
) -> Read<Vec<(Timestamp, DecisionId)>> {
    let from = after.map_or(b"+".to_vec(), |(at, id)| [b"(", &columns::decision(at, id)[..]].concat());
    let mut question = redis::cmd("ZREVRANGEBYLEX");
    question.arg(keys::decisions(account, operator)).arg(from).arg("-");
    question.arg("LIMIT").arg(0).arg(columns::limit(limit));
    let places = parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?;
    places.iter().map(|bytes| columns::place_of(bytes, columns::decision_of)).collect()
}

pub(super) async fn account_of(line: &Line, conversation: ConversationId) -> Read<Option<AccountId>> {
    let mut question = redis::cmd("HGET");
    question.arg(keys::HOMES).arg(conversation.0.as_bytes());
    let found: Option<Vec<u8>> = parsed(line.read_one(question).await?)?;
    found.map(|bytes| account_of_row(&bytes).ok_or_else(|| corrupt("a conversation's home"))).transpose()
}

/// Walks by the filter that leaves the fewest letters; the others are looked at on the way.
pub(super) async fn letters(
    line: &Line,
    scripts: &Scripts,
    account: AccountId,
    query: &LetterQuery,
) -> Read<Vec<(Timestamp, LetterId)>> {
    let (list, is_by_state) = match query {
        LetterQuery { conversation: Some(id), .. } => (keys::letters_of_conversation(account, *id), false),
        LetterQuery { operator: Some(id), .. } => (keys::letters_of_operator(account, *id), false),
        LetterQuery { state: Some(state), .. } => (format!("{}{state}", keys::letters_of_state(account)), true),
        _ => (keys::letters(account), false),
    };
    let state = query.state.as_deref().filter(|_| !is_by_state).unwrap_or_default();
    let operator = query.operator.map(|id| id.0.as_bytes().to_vec()).unwrap_or_default();
    let mut after = query.after.map(|(at, id)| columns::place(at, &columns::letter(id))).unwrap_or_default();
    let mut found = Vec::new();
    while found.len() < query.limit {
        let mut question = scripts.letters.call();
        question.arg(keys::letter_rows(account)).arg(&list).arg(&after);
        question.arg(STRETCH_LEN.min(query.limit - found.len())).arg(LOOK_LEN).arg(&operator).arg(state);
        let mut stretch = parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?.into_iter();
        after = stretch.next().unwrap_or_default();
        for bytes in stretch {
            found.push(columns::place_of(&bytes, columns::letter_of)?);
        }
        if after.is_empty() {
            break;
        }
    }
    Ok(found)
}

pub(super) async fn tally(line: &Line, now: Timestamp) -> Read<Tally> {
    let now = columns::score(now);
    let mut questions = redis::pipe();
    questions.cmd("ZCARD").arg(keys::DEADLINES);
    questions.cmd("ZCOUNT").arg(keys::DEADLINES).arg("-inf").arg(&now);
    questions.cmd("ZRANGEBYSCORE").arg(keys::DEADLINES).arg("-inf").arg(&now);
    questions.arg("WITHSCORES").arg("LIMIT").arg(0).arg(1);
    questions.cmd("HGETALL").arg(keys::LETTERS_UNFINISHED);
    let answers: [redis::Value; 4] = line.read(&questions).await?.try_into().map_err(|_| corrupt("a tally"))?;
    let [timers, overdue, first, letters] = answers;
    let first: Vec<(Vec<u8>, f64)> = parsed(first)?;
    let mut letters: Vec<(String, u64)> = parsed(letters)?;
    letters.sort_unstable();
    Ok(Tally {
        timers: parsed(timers)?,
        timers_overdue: parsed::<u64>(overdue)?.min(Tally::OVERDUE_MAX as u64),
        overdue_since: first.first().map(|(_, score)| columns::scored(*score)),
        letters,
    })
}

pub(super) async fn record(line: &Line, key: &str) -> Read<Option<Vec<u8>>> {
    let mut question = redis::cmd("HGET");
    question.arg(keys::RECORDS).arg(key);
    parsed(line.read_one(question).await?)
}

pub(super) async fn records(
    line: &Line,
    scripts: &Scripts,
    prefix: &str,
    after: Option<String>,
    limit: usize,
) -> Read<Vec<(String, Vec<u8>)>> {
    let to = [b"(", prefix.as_bytes(), &[AFTER_TEXTS]].concat();
    let mut from = match after {
        Some(after) if after.as_str() >= prefix => format!("({after}"),
        _ => format!("[{prefix}"),
    };
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    while found.len() < limit {
        let wanted = STRETCH_LEN.min(limit - found.len());
        let mut question = scripts.records.call();
        question.arg(keys::RECORDS).arg(keys::RECORD_KEYS).arg(&from).arg(&to).arg(wanted);
        let stretch: Vec<(String, Vec<u8>)> = parsed(line.read_one(question).await?)?;
        let is_last = stretch.len() < wanted;
        if let Some((key, _)) = stretch.last() {
            from = format!("({key}");
        }
        found.extend(stretch);
        if is_last {
            break;
        }
    }
    Ok(found)
}
