//! The whole content of a database, page by page, and the mark of a move into it.
//!
//! Redis tells its keys in no order. They are gathered at the beginning of a walk and sorted: a few hundred bytes for each conversation, the
//! one thing that a move keeps whole in memory. All else is read by rank, along lists that have the order of a walk.

use std::sync::Arc;

use redis::{Cmd, Value};

use crate::domain::ids::{AccountId, ConversationId, GroupId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::content::{Beginning, Content, NextPage, PAGE_LEN_MAX, Piece, Walk, rank};
use crate::ports::journal::{Append, DecisionRow, DocKey, Found, InboxRow, InboxStatus, LetterRow, StoreError, Stream};

use super::columns::{self, corrupt, parsed};
use super::keys::{self, Held};
use super::{RedisStore, Shared, query};

/// How many keys are asked for at once.
const SCAN_LEN: usize = 1_000;
/// From how many streams entries are read at once, and how many from each.
const STREAMS_AT_ONCE: usize = 64;
const ENTRIES_AT_ONCE: usize = 64;

type Read<T> = Result<T, StoreError>;

/// A stretch of the walk: one list, or so many documents or streams.
enum Stretch {
    Docs(Vec<DocKey>),
    Streams(Vec<Stream>),
    Deadlines,
    Attention(AccountId),
    /// The lists of the account's inbox are looked up when it is its turn.
    Inboxes(AccountId),
    Inbox(AccountId, Option<GroupId>, InboxStatus),
    Letters(AccountId),
    Decisions(AccountId, OperatorId),
    Records,
}

/// How far a walk has come.
struct RedisWalk {
    shared: Arc<Shared>,
    /// What is left, the next last; `None`: the keys are not gathered yet.
    left: Option<Vec<Stretch>>,
    /// How many rows of the next stretch have been read: of one stream of several, of that.
    skipped: usize,
    /// The last record that was read.
    after: Option<String>,
}

impl Walk for RedisWalk {
    fn next(&mut self) -> NextPage<'_> {
        Box::pin(self.page())
    }
}

impl RedisWalk {
    async fn page(&mut self) -> Read<Vec<Piece>> {
        if self.left.is_none() {
            self.left = Some(gathered(&self.shared).await?);
        }
        while let Some(stretch) = self.left.as_mut().and_then(Vec::pop) {
            let (pieces, rest) = self.read(stretch).await?;
            if let Some(left) = &mut self.left {
                left.extend(rest.into_iter().rev());
            }
            if !pieces.is_empty() {
                return Ok(pieces);
            }
        }
        Ok(Vec::new())
    }

    /// What is next on a stretch, and what remains of it.
    async fn read(&mut self, stretch: Stretch) -> Read<(Vec<Piece>, Vec<Stretch>)> {
        let pieces = match &stretch {
            Stretch::Docs(keys) => return Ok((docs(&self.shared, keys).await?, Vec::new())),
            Stretch::Streams(streams) => return self.entries(streams).await,
            Stretch::Inboxes(account) => return Ok((Vec::new(), inboxes(&self.shared, *account).await?)),
            Stretch::Deadlines => self.ranked(keys::DEADLINES, deadline).await?,
            Stretch::Attention(account) => {
                let piece = |id: &[u8], score| {
                    Some(Piece::Attention(*account, columns::uuid(id).map(ConversationId)?, columns::scored(score)))
                };
                self.ranked(&keys::attention(*account), piece).await?
            }
            Stretch::Inbox(account, group, status) => self.inbox(*account, *group, *status).await?,
            Stretch::Letters(account) => self.letters(*account).await?,
            Stretch::Decisions(account, operator) => {
                let place = |bytes: Vec<u8>| {
                    let (at, id) = columns::place_of(&bytes, columns::decision_of)?;
                    Ok(Piece::Decision(*account, DecisionRow { operator: *operator, at, id }))
                };
                let places = self.places(&keys::decisions(*account, *operator)).await?;
                places.into_iter().map(place).collect::<Read<_>>()?
            }
            Stretch::Records => self.records().await?,
        };
        self.skipped = if pieces.len() < PAGE_LEN_MAX { 0 } else { self.skipped + pieces.len() };
        let rest = if pieces.len() < PAGE_LEN_MAX { Vec::new() } else { vec![stretch] };
        Ok((pieces, rest))
    }

    /// A command for the next page of a list, by rank.
    fn stretch_of(&self, list: &str) -> Cmd {
        let mut question = redis::cmd("ZRANGE");
        question.arg(list).arg(self.skipped).arg(self.skipped + PAGE_LEN_MAX - 1);
        question
    }

    async fn places(&self, list: &str) -> Read<Vec<Vec<u8>>> {
        parsed(self.shared.questions.read_one(self.stretch_of(list)).await?)
    }

    async fn ranked(&self, list: &str, piece: impl Fn(&[u8], f64) -> Option<Piece>) -> Read<Vec<Piece>> {
        let mut question = self.stretch_of(list);
        question.arg("WITHSCORES");
        let rows: Vec<(Vec<u8>, f64)> = parsed(self.shared.questions.read_one(question).await?)?;
        rows.iter().map(|(member, score)| piece(member, *score).ok_or_else(|| corrupt("a row of an agenda"))).collect()
    }

    /// Some entries of each of some streams. One that has more is read further before those behind it.
    async fn entries(&mut self, streams: &[Stream]) -> Read<(Vec<Piece>, Vec<Stretch>)> {
        let mut questions = redis::pipe();
        for (n, stream) in streams.iter().enumerate() {
            let from = if n == 0 { self.skipped } else { 0 };
            questions.cmd("ZRANGE").arg(keys::stream(*stream)).arg(from).arg(from + ENTRIES_AT_ONCE - 1);
        }
        let mut pieces = Vec::new();
        for (n, answer) in self.shared.questions.read(&questions).await?.into_iter().enumerate() {
            let entries: Vec<Vec<u8>> = parsed(answer)?;
            let has_more = entries.len() == ENTRIES_AT_ONCE;
            for bytes in entries {
                let (position, entry) = columns::entry_of(bytes)?;
                pieces.push(Piece::Entry(Append { stream: streams[n], position, entry }));
            }
            if has_more || pieces.len() + ENTRIES_AT_ONCE > PAGE_LEN_MAX {
                let skipped = if n == 0 { self.skipped } else { 0 };
                self.skipped = if has_more { skipped + ENTRIES_AT_ONCE } else { 0 };
                let rest = &streams[if has_more { n } else { n + 1 }..];
                let rest = if rest.is_empty() { Vec::new() } else { vec![Stretch::Streams(rest.to_vec())] };
                return Ok((pieces, rest));
            }
        }
        self.skipped = 0;
        Ok((pieces, Vec::new()))
    }

    async fn inbox(&self, account: AccountId, group: Option<GroupId>, status: InboxStatus) -> Read<Vec<Piece>> {
        let list = format!("{}:{}:{}", keys::inbox(account), columns::status(status), columns::group(group));
        let id = |bytes: &[u8]| columns::uuid(bytes).map(ConversationId);
        let places = self.places(&list).await?;
        let places = places.iter().map(|place| columns::place_of(place, id)).collect::<Read<Vec<_>>>()?;
        let ids = places.iter().map(|(_, id)| id.0.as_bytes().to_vec());
        let rows = self.rows(keys::inbox(account), ids.collect()).await?;
        let piece = |((at, id), row): ((Timestamp, ConversationId), Vec<Vec<u8>>)| {
            let [_, _, _, joined, texts @ ..] = row.as_slice() else { return Err(corrupt("a row of the inbox")) };
            let joined = operators(joined).ok_or_else(|| corrupt("who joined a conversation"))?;
            let texts = texts.iter().map(|text| String::from_utf8(text.clone()));
            let search = texts.collect::<Result<_, _>>().map_err(|_| corrupt("a text of the search"))?;
            Ok(Piece::Inbox(account, id, InboxRow { status, group, at, joined, search }))
        };
        places.into_iter().zip(rows).map(piece).collect()
    }

    async fn letters(&self, account: AccountId) -> Read<Vec<Piece>> {
        let places = self.places(&keys::letters(account)).await?;
        let places: Vec<(Timestamp, LetterId)> =
            places.iter().map(|place| columns::place_of(place, columns::letter_of)).collect::<Read<_>>()?;
        let ids = places.iter().map(|(_, id)| columns::letter(*id).to_vec());
        let rows = self.rows(keys::letter_rows(account), ids.collect()).await?;
        let piece = |((created_at, id), row): ((Timestamp, LetterId), Vec<Vec<u8>>)| {
            let [state, due, ..] = row.as_slice() else { return Err(corrupt("a letter's row")) };
            let (state, due) = (std::str::from_utf8(state), std::str::from_utf8(due));
            let (Ok(state), Ok(due)) = (state, due) else { return Err(corrupt("a letter's row")) };
            let score = |due: &str| due.parse().map(columns::scored).map_err(|_| corrupt("when a letter is due"));
            let due = if due.is_empty() { None } else { Some(score(due)?) };
            Ok(Piece::Letter(account, id, LetterRow { state: state.to_owned(), due, created_at }))
        };
        places.into_iter().zip(rows).map(piece).collect()
    }

    async fn rows(&self, rows: String, ids: Vec<Vec<u8>>) -> Read<Vec<Vec<Vec<u8>>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut question = self.shared.scripts.unpacked.call();
        question.arg(rows).arg(ids);
        parsed(self.shared.questions.read_one(question).await?)
    }

    async fn records(&mut self) -> Read<Vec<Piece>> {
        let Shared { questions, scripts, .. } = &*self.shared;
        let found = query::records(questions, scripts, "", self.after.clone(), PAGE_LEN_MAX).await?;
        self.after = found.last().map(|(key, _)| key.clone());
        Ok(found.into_iter().map(|(key, value)| Piece::Record(key, value)).collect())
    }
}

fn deadline(member: &[u8], score: f64) -> Option<Piece> {
    let account = member.get(..16).and_then(columns::uuid).map(AccountId)?;
    let conversation = member.get(16..).and_then(columns::uuid).map(ConversationId)?;
    Some(Piece::Deadline(account, conversation, columns::scored(score)))
}

fn operators(list: &[u8]) -> Option<Vec<OperatorId>> {
    let list = std::str::from_utf8(list).ok()?;
    list.split(',').filter(|id| !id.is_empty()).map(|id| uuid::Uuid::try_parse(id).ok().map(OperatorId)).collect()
}

async fn docs(shared: &Shared, keys: &[DocKey]) -> Read<Vec<Piece>> {
    let found = query::load(&shared.questions, &shared.clock, keys).await?;
    let piece = |(key, doc): (&DocKey, Option<_>)| {
        doc.map(|doc| Piece::Document(*key, doc)).ok_or_else(|| corrupt("a document"))
    };
    keys.iter().zip(found).map(piece).collect()
}

/// The lists of an account's inbox, in the order of a walk.
async fn inboxes(shared: &Shared, account: AccountId) -> Read<Vec<Stretch>> {
    let mut question = redis::cmd("HKEYS");
    question.arg(keys::inbox_counts(account));
    let fields: Vec<String> = parsed(shared.questions.read_one(question).await?)?;
    let list = |field: &String| {
        let (status, group) = field.split_once(':')?;
        let all = [InboxStatus::Unserved, InboxStatus::Served, InboxStatus::Closed];
        let status = all.into_iter().find(|of| columns::status(*of) == status)?;
        let group = if group.is_empty() { None } else { Some(GroupId(uuid::Uuid::try_parse(group).ok()?)) };
        Some((group, rank(status), status))
    };
    let lists = fields.iter().map(list).collect::<Option<Vec<_>>>();
    let mut lists = lists.ok_or_else(|| corrupt("a list of the inbox"))?;
    lists.sort_unstable_by_key(|(group, rank, _)| (*group, *rank));
    Ok(lists.into_iter().map(|(group, _, status)| Stretch::Inbox(account, group, status)).collect())
}

/// All stretches, the first last.
async fn gathered(shared: &Shared) -> Read<Vec<Stretch>> {
    let (mut docs, mut streams) = (Vec::new(), Vec::new());
    let (mut attention, mut inboxes, mut letters) = (Vec::new(), Vec::new(), Vec::new());
    let mut decisions = Vec::new();
    let mut scan = Scan::default();
    while let Some(keys) = scan.next(shared).await? {
        for key in keys {
            match keys::held(&key) {
                Some(Held::Doc(key)) => docs.push(key),
                Some(Held::Stream(stream)) => streams.push(stream),
                Some(Held::Attention(account)) => attention.push(account),
                Some(Held::InboxCounts(account)) => inboxes.push(account),
                Some(Held::Letters(account)) => letters.push(account),
                Some(Held::Decisions(account, operator)) => decisions.push((account, operator)),
                Some(Held::Other) | None => {}
            }
        }
    }
    // A key may be told more than once.
    docs.sort_unstable_by_key(|key| (key.account(), *key));
    docs.dedup();
    streams.sort_unstable_by_key(|stream| (stream.account(), *stream));
    streams.dedup();
    for accounts in [&mut attention, &mut inboxes, &mut letters] {
        accounts.sort_unstable();
        accounts.dedup();
    }
    decisions.sort_unstable();
    decisions.dedup();
    let docs = docs.chunks(PAGE_LEN_MAX).map(|keys| Stretch::Docs(keys.to_vec()));
    let streams = streams.chunks(STREAMS_AT_ONCE).map(|streams| Stretch::Streams(streams.to_vec()));
    let mut all: Vec<_> = docs.chain(streams).chain([Stretch::Deadlines]).collect();
    all.extend(attention.into_iter().map(Stretch::Attention));
    all.extend(inboxes.into_iter().map(Stretch::Inboxes));
    all.extend(letters.into_iter().map(Stretch::Letters));
    all.extend(decisions.into_iter().map(|(account, operator)| Stretch::Decisions(account, operator)));
    all.push(Stretch::Records);
    all.reverse();
    Ok(all)
}

/// Through all keys, some at a time.
#[derive(Default)]
struct Scan {
    /// Where Redis goes on; `None`: at the beginning.
    cursor: Option<String>,
}

impl Scan {
    async fn next(&mut self, shared: &Shared) -> Read<Option<Vec<String>>> {
        if self.cursor.as_deref() == Some("0") {
            return Ok(None);
        }
        let mut question = redis::cmd("SCAN");
        question.arg(self.cursor.as_deref().unwrap_or("0")).arg("COUNT").arg(SCAN_LEN);
        let (cursor, keys) = parsed(shared.questions.read_one(question).await?)?;
        self.cursor = Some(cursor);
        Ok(Some(keys))
    }
}

/// Removes all that is doorbell's, but for what says whose the database is.
async fn clear(shared: &Shared) -> Read<()> {
    let mut scan = Scan::default();
    while let Some(keys) = scan.next(shared).await? {
        let ours: Vec<_> = keys.into_iter().filter(|key| keys::held(key).is_some() && key != keys::META).collect();
        if !ours.is_empty() {
            let mut removal = redis::cmd("UNLINK");
            removal.arg(ours);
            shared.questions.read_one(removal).await?;
        }
    }
    Ok(())
}

async fn move_on(shared: &Shared, word: &str, not_before_us: i64) -> Read<Value> {
    let mut question = shared.scripts.moving.call();
    question.arg(keys::META).arg(word).arg(not_before_us);
    shared.questions.read_one(question).await
}

impl Content for RedisStore {
    fn walk(self: Arc<Self>) -> Box<dyn Walk> {
        let shared = Arc::clone(&self.shared);
        Box::new(RedisWalk { shared, left: None, skipped: 0, after: None })
    }

    /// Each conversation has a document and two streams, and a row in the inbox: about as much as its keys.
    fn size(&self) -> Found<u64> {
        self.ask(|shared| async move { parsed(shared.questions.read_one(redis::cmd("DBSIZE")).await?) })
    }

    fn begin(&self) -> Found<Beginning> {
        self.ask(|shared| async move {
            match parsed::<String>(move_on(&shared, "begin", 0).await?)?.as_str() {
                "begun" => Ok(Beginning::Begun),
                "unfinished" => Ok(Beginning::Unfinished),
                _ => Ok(Beginning::Full),
            }
        })
    }

    fn clear(&self) -> Found<()> {
        self.ask(|shared| async move { clear(&shared).await })
    }

    fn finish(&self, not_before: Timestamp) -> Found<()> {
        self.ask(
            move |shared| async move { move_on(&shared, "finish", not_before.0.saturating_mul(1_000)).await.map(drop) },
        )
    }
}
