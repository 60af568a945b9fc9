//! How what the port knows is spelled in Redis: ids and instants as bytes whose order is theirs, scores, and back.

use redis::{FromRedisValue, Value};
use uuid::Uuid;

use crate::domain::ids::{ConversationId, DecisionId, GroupId, LetterId, OperatorId};
use crate::domain::time::Timestamp;
use crate::ports::journal::{InboxStatus, StoreError, Token};

/// Scores are doubles, which hold whole numbers up to this. Later instants are as good as never.
const SCORE_MAX: i64 = 1 << 53;
/// The length of a token.
const TOKEN_LEN: usize = 16;
/// The length of a place: an instant, and an id of so many bytes.
const INSTANT_LEN: usize = 8;

/// What does not look like what was written.
pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} is not as it was written"))
}

/// An answer as what it should be.
pub(super) fn parsed<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    redis::from_redis_value(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}

pub(super) fn token(token: Token) -> [u8; TOKEN_LEN] {
    (u128::from(token.counter) << 64 | u128::from(token.nonce)).to_be_bytes()
}

/// A document: its token and its state.
pub(super) fn document(mut bytes: Vec<u8>) -> Result<(Token, Vec<u8>), StoreError> {
    if bytes.len() < TOKEN_LEN {
        return Err(corrupt("a document"));
    }
    let state = bytes.split_off(TOKEN_LEN);
    let token = bytes.try_into().map(u128::from_be_bytes).map_err(|_| corrupt("a document"))?;
    Ok((Token { counter: (token >> 64) as u64, nonce: token as u64 }, state))
}

/// An entry, so that equal ones at two positions are two.
pub(super) fn entry(position: u64, entry: &[u8]) -> Vec<u8> {
    [position.to_string().as_bytes(), b":", entry].concat()
}

pub(super) fn entry_of(mut bytes: Vec<u8>) -> Result<(u64, Vec<u8>), StoreError> {
    let colon = bytes.iter().position(|byte| *byte == b':').ok_or_else(|| corrupt("an entry"))?;
    let entry = bytes.split_off(colon + 1);
    let position = std::str::from_utf8(&bytes[..colon]).ok().and_then(|text| text.parse().ok());
    Ok((position.ok_or_else(|| corrupt("an entry"))?, entry))
}

/// A position as the end of a range of scores.
pub(super) fn position(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(SCORE_MAX).min(SCORE_MAX)
}

/// A limit as Redis takes it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// An instant as a score.
pub(super) fn score(at: Timestamp) -> String {
    if at.0 >= SCORE_MAX { "+inf".to_owned() } else { at.0.max(-SCORE_MAX).to_string() }
}

pub(super) fn optional_score(at: Option<Timestamp>) -> String {
    at.map(score).unwrap_or_default()
}

pub(super) fn scored(score: f64) -> Timestamp {
    if score >= SCORE_MAX as f64 { Timestamp::NEVER } else { Timestamp(score as i64) }
}

/// An instant as bytes that sort like it.
pub(super) fn instant(at: Timestamp) -> [u8; INSTANT_LEN] {
    (at.0.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn instant_of(bytes: &[u8]) -> Option<Timestamp> {
    let bytes: [u8; INSTANT_LEN] = bytes.get(..INSTANT_LEN)?.try_into().ok()?;
    Some(Timestamp((u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed()))
}

pub(super) fn uuid(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

/// Two ids, one behind the other.
pub(super) fn pair(one: Uuid, other: Uuid) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(one.as_bytes());
    bytes[16..].copy_from_slice(other.as_bytes());
    bytes
}

pub(super) fn letter(id: LetterId) -> [u8; 36] {
    let mut bytes = [0; 36];
    bytes[..16].copy_from_slice(id.conversation.0.as_bytes());
    bytes[16..20].copy_from_slice(&id.episode.to_be_bytes());
    bytes[20..].copy_from_slice(id.operator.0.as_bytes());
    bytes
}

pub(super) fn letter_of(bytes: &[u8]) -> Option<LetterId> {
    Some(LetterId {
        conversation: ConversationId(uuid(bytes.get(..16)?)?),
        episode: u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?),
        operator: OperatorId(uuid(bytes.get(20..)?)?),
    })
}

/// A place in a list: an instant, and an id.
pub(super) fn place(at: Timestamp, id: &[u8]) -> Vec<u8> {
    [&instant(at)[..], id].concat()
}

pub(super) fn place_of<T>(bytes: &[u8], id: impl Fn(&[u8]) -> Option<T>) -> Result<(Timestamp, T), StoreError> {
    let found = instant_of(bytes).zip(bytes.get(INSTANT_LEN..).and_then(id));
    found.ok_or_else(|| corrupt("a place in a list"))
}

pub(super) fn decision(at: Timestamp, id: DecisionId) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&instant(at));
    bytes[8..24].copy_from_slice(id.conversation.0.as_bytes());
    bytes[24..].copy_from_slice(&id.position.to_be_bytes());
    bytes
}

pub(super) fn decision_of(bytes: &[u8]) -> Option<DecisionId> {
    let position = u64::from_be_bytes(bytes.get(16..)?.try_into().ok()?);
    Some(DecisionId { conversation: ConversationId(uuid(bytes.get(..16)?)?), position })
}

pub(super) const STATUSES: [&str; 3] = ["unserved", "served", "closed"];

pub(super) fn status(status: InboxStatus) -> &'static str {
    match status {
        InboxStatus::Unserved => STATUSES[0],
        InboxStatus::Served => STATUSES[1],
        InboxStatus::Closed => STATUSES[2],
    }
}

/// A group; empty for none.
pub(super) fn group(group: Option<GroupId>) -> String {
    group.map(|group| group.0.simple().to_string()).unwrap_or_default()
}

/// Seconds and microseconds, as `TIME` answers.
pub(super) fn micros(seconds: &Value, micros: &Value) -> Option<i64> {
    let number = |value: &Value| redis::from_redis_value_ref::<i64>(value).ok();
    Some(number(seconds)? * 1_000_000 + number(micros)?)
}
