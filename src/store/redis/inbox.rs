//! The inbox, newest activity first.
//!
//! Its places stand in lists of one state and group each, and in lists of what each operator has joined. A page walks along those that
//! the query names, all at once, in a script ([`inbox.lua`](inbox.lua)) that looks at so many places at most and is then asked for
//! more. Counts are kept beside the lists. A search that few texts answer gathers these and sorts them; where many do, the walk meets
//! them soon, and looks at each conversation's own texts.

use std::collections::{BTreeMap, BTreeSet};

use redis::Cmd;

use crate::domain::ids::{AccountId, ConversationId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{InboxQuery, StoreError};

use super::columns::{self, STATUSES, corrupt, parsed};
use super::keys;
use super::line::Line;
use super::query::LOOK_LEN;
use super::scripts::Scripts;

/// Up to how many texts are gathered. More are met by a walk every so often.
const GATHERED_MAX: u64 = 2_000;
/// How many conversations are looked at, or places wanted, by one call of a script.
const STRETCH_LEN: usize = 512;
/// What parts a text from the conversation that it leads to: no text holds this byte.
const END_OF_TEXT: u8 = 0xff;
const ID_LEN: usize = 16;

/// A place in the order of the inbox.
type Place = (Timestamp, ConversationId);
type Read<T> = Result<T, StoreError>;

/// A page of the inbox.
pub(super) async fn page(line: &Line, scripts: &Scripts, account: AccountId, query: &InboxQuery) -> Read<Vec<Place>> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    match &query.prefix {
        Some(prefix) if texts(line, account, prefix).await? <= GATHERED_MAX => {
            let mut found = gathered(line, scripts, account, query, prefix).await?;
            found.retain(|place| query.after.is_none_or(|after| *place < after));
            Ok(found.into_iter().rev().take(query.limit).collect())
        }
        _ => walked(line, scripts, account, query).await,
    }
}

/// How many conversations the query names.
pub(super) async fn count(line: &Line, scripts: &Scripts, account: AccountId, query: &InboxQuery) -> Read<u64> {
    let somebody_else = query.or_joined_by.is_some() && query.or_joined_by != query.joined_by;
    let overlap = query.joined_by.is_some() && somebody_else && !query.but_groups.is_empty();
    if query.prefix.is_some() || overlap {
        // No counter has these: they are looked at, each.
        let all = InboxQuery { after: None, limit: usize::MAX, ..query.clone() };
        return Ok(page(line, scripts, account, &all).await?.len() as u64);
    }
    let joined_by = query.joined_by.or(query.or_joined_by);
    let joined = joined_by.map(|id| format!("{}{}", keys::joined_counts(account), id.0.simple()));
    let mut questions = redis::pipe();
    questions.cmd("HGETALL").arg(keys::inbox_counts(account));
    if let Some(joined) = joined {
        questions.cmd("HGETALL").arg(joined);
    }
    let mut counts = line.read(&questions).await?.into_iter().map(parsed::<BTreeMap<String, u64>>);
    let all = counts.next().transpose()?.unwrap_or_default();
    let joined = counts.next().transpose()?.unwrap_or_default();

    let left_out: BTreeSet<String> = query.but_groups.iter().map(|group| columns::group(Some(*group))).collect();
    let sum = |counts: &BTreeMap<String, u64>, counts_group: &dyn Fn(&str) -> bool| -> u64 {
        let wanted = counts.iter().filter(|(field, _)| {
            let (status, group) = field.split_once(':').unwrap_or_default();
            query.status.is_none_or(|wanted| columns::status(wanted) == status) && counts_group(group)
        });
        wanted.map(|(_, n)| n).sum()
    };
    let (stays, goes) = (|group: &str| !left_out.contains(group), |group: &str| left_out.contains(group));
    Ok(match (query.joined_by, query.or_joined_by) {
        (None, None) => sum(&all, &stays),
        (None, Some(_)) => sum(&all, &stays) + sum(&joined, &goes),
        (Some(operator), Some(other)) if operator == other => sum(&joined, &|_| true),
        (Some(_), _) => sum(&joined, &stays),
    })
}

/// How many texts start so.
async fn texts(line: &Line, account: AccountId, prefix: &str) -> Read<u64> {
    let mut question = redis::cmd("ZLEXCOUNT");
    with_range(question.arg(keys::search(account)), prefix);
    parsed(line.read_one(question).await?)
}

/// What starts with the prefix and ends with an id, which may begin with any bytes.
fn with_range(question: &mut Cmd, prefix: &str) {
    let from = [b"[", prefix.as_bytes()].concat();
    let to = [b"(", prefix.as_bytes(), &[END_OF_TEXT; ID_LEN + 2]].concat();
    question.arg(from).arg(to);
}

/// All that the query names, its `after` and `limit` aside, oldest first.
async fn gathered(
    line: &Line,
    scripts: &Scripts,
    account: AccountId,
    query: &InboxQuery,
    prefix: &str,
) -> Read<BTreeSet<Place>> {
    let mut question = redis::cmd("ZRANGEBYLEX");
    with_range(question.arg(keys::search(account)), prefix);
    let texts: Vec<Vec<u8>> = parsed(line.read_one(question).await?)?;
    let ids: BTreeSet<&[u8]> = texts.iter().map(|text| &text[text.len().saturating_sub(ID_LEN)..]).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut found = BTreeSet::new();
    for stretch in ids.chunks(STRETCH_LEN) {
        let mut question = scripts.named.call();
        question.arg(keys::inbox(account)).arg(prefix);
        with_joined(&mut question, query);
        question.arg(query.status.map(columns::status).unwrap_or_default());
        question.arg(stretch.len()).arg(stretch);
        with_groups(&mut question, query);
        for bytes in parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)? {
            found.insert(place(&bytes)?);
        }
    }
    Ok(found)
}

async fn walked(line: &Line, scripts: &Scripts, account: AccountId, query: &InboxQuery) -> Read<Vec<Place>> {
    let mut after = query.after.map(|(at, id)| columns::place(at, id.0.as_bytes())).unwrap_or_default();
    let mut found = Vec::new();
    while found.len() < query.limit {
        let mut question = scripts.inbox.call();
        question.arg(keys::inbox(account)).arg(keys::inbox_counts(account)).arg(keys::joined(account));
        question.arg(&after).arg(STRETCH_LEN.min(query.limit - found.len())).arg(LOOK_LEN);
        question.arg(u8::from(query.prefix.is_some())).arg(query.prefix.as_deref().unwrap_or_default());
        with_joined(&mut question, query);
        let statuses = query.status.map_or(STATUSES.to_vec(), |status| vec![columns::status(status)]);
        question.arg(statuses.len()).arg(statuses);
        with_groups(&mut question, query);
        let mut stretch = parsed::<Vec<Vec<u8>>>(line.read_one(question).await?)?.into_iter();
        after = stretch.next().unwrap_or_default();
        for bytes in stretch {
            found.push(place(&bytes)?);
        }
        if after.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn with_joined(question: &mut Cmd, query: &InboxQuery) {
    for operator in [query.joined_by, query.or_joined_by] {
        question.arg(operator.map(|id| id.0.simple().to_string()).unwrap_or_default());
    }
}

fn with_groups(question: &mut Cmd, query: &InboxQuery) {
    for group in &query.but_groups {
        question.arg(columns::group(Some(*group)));
    }
}

fn place(bytes: &[u8]) -> Read<Place> {
    columns::place_of(bytes, |id| columns::uuid(id).map(ConversationId)).map_err(|_| corrupt("a place of the inbox"))
}
