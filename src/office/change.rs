//! A change of an account's settings from beside the server: loaded, decided, committed under guard.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::audit;
use crate::ports::journal::{Commit, DocKey, Outcome, RecordOp, Store, Write};
use crate::ports::record;

/// What a pure change of the settings answers: the plain records to be written in the same commit.
pub type Decided = Result<Vec<RecordOp>, Refusal>;

/// How often a lost race is tried again before it is given up.
const TRIES_MAX: usize = 20;
/// How often an unknown outcome is: with the pauses some ten seconds, so that a fail-over is outlasted.
const ASKED_MAX: usize = 14;
/// The pause before it is asked again, at first and at most. After the first time there is none: an answer was lost.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Changes an account's settings in the store itself, as the command line does: the audit trail names nobody. A server that runs
/// meanwhile notices, and folds the change into presence and boxes. The change may be decided several times, each time on newer
/// settings.
///
/// # Errors
/// What the change refuses; `not_found`; `unavailable` when the store does not answer.
pub async fn commit(
    store: &Arc<dyn Store>,
    account: AccountId,
    change: impl Fn(&mut Account, Timestamp) -> Decided,
) -> Result<Account, Refusal> {
    let key = DocKey::Settings(account);
    for _ in 0..TRIES_MAX {
        let Some(stored) = store.load(vec![key]).await?.pop().flatten() else {
            return Err(Refusal::not_found("account"));
        };
        let before: Account = record::decode(&stored.state)?;
        let (mut settings, now) = (before.clone(), store.now());
        let records = change(&mut settings, now)?;
        settings.on_changed(&before, now);
        let done = audit::done_by_change(&before, &settings, &records);
        let log = audit::entries(&mut settings, now, None, done);
        let token = record::mint(Some(stored.token));
        let commit = Commit {
            reads: vec![(key, Some(stored.token))],
            writes: vec![Write { key, token, state: record::encode(&settings) }],
            log,
            records,
            ..Commit::default()
        };
        if settle(store, commit).await? {
            return Ok(settings);
        }
    }
    Err(Refusal::unavailable("the account is being changed too often"))
}

/// Commits until the outcome is known; `false`: another commit was first, so decide again.
///
/// # Errors
/// `unavailable` when the outcome stays unknown, which it says.
pub async fn settle(store: &Arc<dyn Store>, commit: Commit) -> Result<bool, Refusal> {
    let (mut why, mut pause) = (String::new(), Duration::ZERO);
    for _ in 0..ASKED_MAX {
        match store.commit(commit.clone()).await {
            Outcome::Committed { .. } => return Ok(true),
            Outcome::Conflict { .. } => return Ok(false),
            Outcome::Unknown { why: reason } => why = reason,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
    }
    Err(Refusal::unknown(&why))
}

/// An account's settings, as they are stored.
///
/// # Errors
/// `not_found`; `unavailable` when the store does not answer.
pub async fn load(store: &Arc<dyn Store>, account: AccountId) -> Result<Account, Refusal> {
    let found = store.load(vec![DocKey::Settings(account)]).await?.pop().flatten();
    let stored = found.ok_or_else(|| Refusal::not_found("account"))?;
    record::decode(&stored.state).map_err(Refusal::from)
}
