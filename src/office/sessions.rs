//! Log-ins. A session is a plain record under the hash of its token; beside it an index by operator, so that somebody's
//! log-ins can be listed and ended. Only the former lets anybody in, so what the latter is written late does no harm.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::change::settle;
use super::tokens;
use crate::domain::ids::{AccountId, DeviceId, OperatorId, SessionId};
use crate::domain::presence::status::DeviceKind;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::{Commit, DocKey, RecordOp, Store, Token};
use crate::ports::log_ins::{self, Row};
use crate::ports::record;

/// How long a log-in lasts at most.
pub const LIFE: Span = Span::from_secs(180 * 24 * 3_600);
/// The most log-ins of one operator; one more ends the oldest.
pub const SESSIONS_MAX: usize = 100;
/// The longest name of a client that is kept, in characters.
const USER_AGENT_LEN_MAX: usize = 256;
/// How many rows of an index are read at once.
const PAGE_LEN: usize = 2 * SESSIONS_MAX;
/// A session's last use is written down again after so long.
const SEEN_STEP: Span = Span::from_secs(300);

/// A log-in, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Of which account.
    pub account: AccountId,
    /// Whose.
    pub operator: OperatorId,
    /// When it began.
    pub created_at: Timestamp,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

/// The device that a log-in is used by: the one that said hello, or leased, last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedBy {
    /// Which.
    pub id: DeviceId,
    /// Of what kind.
    pub kind: DeviceKind,
    /// What it calls itself.
    pub name: Option<String>,
}

/// A log-in, as its owner is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The log-in.
    pub session: Session,
    /// The device that it is used by; `None`: by none yet.
    pub device: Option<UsedBy>,
    /// When it was last used, to within a few minutes.
    pub last_seen: Timestamp,
    token_hash: String,
}

/// What the keys of the devices of an operator's log-ins start with. They are records of their own, so that they and the time
/// of the last use can be written at once.
fn devices_prefix(operator: OperatorId) -> String {
    format!("session-devices-of/{operator}/")
}

fn device_key(operator: OperatorId, session: SessionId) -> String {
    format!("{}{session}", devices_prefix(operator))
}

/// The session of a token; `None`: it is none, or ended.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn find(store: &Arc<dyn Store>, token: &str) -> Result<Option<Session>, Refusal> {
    if token.is_empty() || token.len() > 256 {
        return Ok(None);
    }
    find_hashed(store, &tokens::hash(token)).await
}

async fn find_hashed(store: &Arc<dyn Store>, token_hash: &str) -> Result<Option<Session>, Refusal> {
    let value = store.record(record::session_key(token_hash)).await?;
    let session = value.and_then(|bytes| record::decode::<Session>(&bytes).ok());
    let now = store.now();
    Ok(session.filter(|session| now - session.created_at < LIFE))
}

/// Whether a session that was found has not been ended since. The index alone proves nothing: a row of it may be late.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn lives(store: &Arc<dyn Store>, session: &Session) -> Result<bool, Refusal> {
    match row_of(store, session).await? {
        None => Ok(false),
        Some(row) => Ok(find_hashed(store, &row.token_hash).await?.is_some()),
    }
}

async fn row_of(store: &Arc<dyn Store>, session: &Session) -> Result<Option<Row>, Refusal> {
    log_ins::row(&**store, session.operator, session.id).await.map_err(Refusal::from)
}

/// Begins a session, unless the account's settings changed since `settings` was read: so no log-in with an old password slips
/// in behind its change (rule P9). `None`: they did, so check again.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn begin(
    store: &Arc<dyn Store>,
    account: AccountId,
    operator: OperatorId,
    user_agent: Option<&str>,
    settings: Token,
) -> Result<Option<(String, Session)>, Refusal> {
    let token = tokens::mint();
    let token_hash = tokens::hash(&token);
    let now = store.now();
    let user_agent = user_agent.map(|text| text.chars().take(USER_AGENT_LEN_MAX).collect());
    let session = Session { id: SessionId(Uuid::now_v7()), account, operator, created_at: now, user_agent };
    let mut records = vec![
        RecordOp::Put { key: record::session_key(&token_hash), value: record::encode(&session) },
        put_row(&session, token_hash, now),
    ];
    let Index { living: others, dead } = index(store, operator).await?;
    let surplus = (others.len() + 1).saturating_sub(SESSIONS_MAX);
    records.extend(others[..surplus].iter().flat_map(end_records));
    records.extend(dead);
    let commit = Commit { reads: vec![(DocKey::Settings(account), Some(settings))], records, ..Commit::default() };
    Ok(settle(store, commit).await?.then_some((token, session)))
}

fn put_row(session: &Session, token_hash: String, last_seen: Timestamp) -> RecordOp {
    let value = record::encode(&Row { token_hash, last_seen });
    RecordOp::Put { key: log_ins::key(session.operator, session.id), value }
}

/// Somebody's log-ins, oldest first.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn list(store: &Arc<dyn Store>, operator: OperatorId) -> Result<Vec<Listed>, Refusal> {
    Ok(index(store, operator).await?.living)
}

/// The index of one operator.
struct Index {
    /// Their log-ins, oldest first.
    living: Vec<Listed>,
    /// What deletes the rest: rows of log-ins that ran out or were written too late.
    dead: Vec<RecordOp>,
}

/// Reads all of it, however much of it is dead: no log-in is to be missed where all are ended (rule P9).
async fn index(store: &Arc<dyn Store>, operator: OperatorId) -> Result<Index, Refusal> {
    let mut devices: HashMap<_, _> = all(store, devices_prefix(operator)).await?.into_iter().collect();
    let (mut living, mut dead) = (Vec::new(), Vec::new());
    for (key, bytes) in all(store, log_ins::prefix(operator)).await? {
        let row = record::decode::<Row>(&bytes).ok();
        let session = match &row {
            None => None,
            Some(row) => find_hashed(store, &row.token_hash).await?,
        };
        match (row, session) {
            (Some(Row { token_hash, last_seen }), Some(session)) => {
                let device = devices.remove(&device_key(operator, session.id));
                let device = device.and_then(|bytes| record::decode(&bytes).ok());
                living.push(Listed { session, device, last_seen, token_hash });
            }
            (row, _) => {
                dead.extend(row.map(|row| RecordOp::Delete { key: record::session_key(&row.token_hash) }));
                dead.push(RecordOp::Delete { key });
            }
        }
    }
    dead.extend(devices.into_keys().map(|key| RecordOp::Delete { key }));
    Ok(Index { living, dead })
}

/// All records whose keys start with `prefix`.
async fn all(store: &Arc<dyn Store>, prefix: String) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    loop {
        let after = found.last().map(|(key, _)| key.clone());
        let page = store.records(prefix.clone(), after, PAGE_LEN).await?;
        let is_last = page.len() < PAGE_LEN;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

/// Writes down that a session is used, unless that is known already.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn touch(store: &Arc<dyn Store>, session: &Session) -> Result<(), Refusal> {
    let now = store.now();
    // One that ended meanwhile has no row, and gets none.
    match row_of(store, session).await? {
        Some(row) if now - row.last_seen >= SEEN_STEP => {
            write(store, vec![put_row(session, row.token_hash, now)]).await
        }
        _ => Ok(()),
    }
}

/// Writes down by which device a session is used, unless that is known already.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn used_by(store: &Arc<dyn Store>, session: &Session, device: &UsedBy) -> Result<(), Refusal> {
    let (key, value) = (device_key(session.operator, session.id), record::encode(device));
    if store.record(key.clone()).await?.as_ref() == Some(&value) {
        return Ok(());
    }
    write(store, vec![RecordOp::Put { key, value }]).await
}

/// Log-ins that end with a change of the settings, in its own commit: a server that ends between the two leaves none of them.
#[derive(Clone, Debug, Default)]
pub struct Endings {
    /// Which.
    pub ids: Vec<SessionId>,
    /// What deletes them.
    pub records: Vec<RecordOp>,
}

/// How those of somebody's log-ins are ended for which `which` holds.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn endings(
    store: &Arc<dyn Store>,
    operator: OperatorId,
    which: impl Fn(&Listed) -> bool,
) -> Result<Endings, Refusal> {
    let mut listed = list(store, operator).await?;
    listed.retain(which);
    let ids = listed.iter().map(|listed| listed.session.id).collect();
    Ok(Endings { ids, records: listed.iter().flat_map(end_records).collect() })
}

/// Ends those of somebody's log-ins for which `which` holds, and says which they were. Who calls it tells the account's actor.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn end(
    store: &Arc<dyn Store>,
    operator: OperatorId,
    which: impl Fn(&Listed) -> bool,
) -> Result<Vec<SessionId>, Refusal> {
    let Endings { ids, records } = endings(store, operator, which).await?;
    if !records.is_empty() {
        write(store, records).await?;
    }
    Ok(ids)
}

fn end_records(listed: &Listed) -> [RecordOp; 3] {
    [
        RecordOp::Delete { key: device_key(listed.session.operator, listed.session.id) },
        RecordOp::Delete { key: record::session_key(&listed.token_hash) },
        RecordOp::Delete { key: log_ins::key(listed.session.operator, listed.session.id) },
    ]
}

/// A commit without reads cannot conflict.
async fn write(store: &Arc<dyn Store>, records: Vec<RecordOp>) -> Result<(), Refusal> {
    settle(store, Commit { records, ..Commit::default() }).await.map(|_| ())
}
