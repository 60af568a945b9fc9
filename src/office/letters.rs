//! Letters of the outbox, as people act on them.

use std::sync::Arc;

use super::change::settle;
use super::operators::same_address;
use crate::domain::account::{Account, Operator};
use crate::domain::audit::{Act, Doer, Done, Subject};
use crate::domain::ids::{AccountId, LetterId};
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::ports::journal::{Commit, DocKey, LetterQuery, Store};
use crate::ports::{audit, outbox, record};

/// How often a race with the postroom is run again.
const RACES_MAX: usize = 8;

/// How far back the newest letter that tells something of an address is looked for.
const LOOKED_AT_MAX: usize = 20;

/// A letter.
///
/// # Errors
/// `not_found`; `unavailable` when the store does not answer.
pub async fn get(store: &Arc<dyn Store>, account: AccountId, id: LetterId) -> Result<Letter, Refusal> {
    let found = load(store, account, &[id]).await?;
    found.into_iter().next().ok_or_else(|| Refusal::not_found("email"))
}

/// Letters, in the order asked; those that are none are left out.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn load(store: &Arc<dyn Store>, account: AccountId, ids: &[LetterId]) -> Result<Vec<Letter>, Refusal> {
    let keys = ids.iter().map(|id| DocKey::Letter(account, *id)).collect();
    let found = store.load(keys).await?;
    found.into_iter().flatten().map(|stored| record::decode(&stored.state).map_err(Refusal::from)).collect()
}

/// The newest letter to an operator's present address that went out, or still is to; of the last few.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn newest_to(
    store: &Arc<dyn Store>,
    account: AccountId,
    operator: &Operator,
) -> Result<Option<Letter>, Refusal> {
    let query = LetterQuery { operator: Some(operator.id), limit: LOOKED_AT_MAX, ..LetterQuery::default() };
    let ids: Vec<LetterId> = store.letters(account, query).await?.into_iter().map(|(_, id)| id).collect();
    let mut letters = load(store, account, &ids).await?.into_iter();
    Ok(letters.find(|l| l.state != LetterState::NoLongerNeeded && same_address(&l.to, &operator.email)))
}

/// Makes a letter due now. Whether it is still to be sent is decided again before it is (rule N9). Who calls it rings for the
/// postroom. What an admin does so (`by`) stands in the audit trail.
///
/// # Errors
/// `not_found`; `conflict` for one that is finished, or on its way; `unavailable`.
pub async fn retry(
    store: &Arc<dyn Store>,
    account: AccountId,
    id: LetterId,
    by: Option<&Doer>,
) -> Result<Letter, Refusal> {
    let key = DocKey::Letter(account, id);
    for _ in 0..RACES_MAX {
        let found = store.load(vec![key]).await?.pop().flatten();
        let stored = found.ok_or_else(|| Refusal::not_found("email"))?;
        let mut letter: Letter = record::decode(&stored.state)?;
        letter.state = match letter.state {
            LetterState::Deferred | LetterState::Failed => LetterState::Queued,
            // It stays that: a repeat sends the same bytes (rule E4).
            LetterState::Uncertain => LetterState::Uncertain,
            other => {
                let what = format!("an email that is {} is not sent again", other.as_str());
                return Err(Refusal::new(RefusalCode::Conflict, what));
            }
        };
        letter.next_attempt_at = Some(store.now());
        letter.asked_at = letter.next_attempt_at;
        let (mut commit, _) = outbox::put(account, &letter, stored.token, vec![(key, Some(stored.token))]);
        if let Some(by) = by {
            note_down(store, account, by, id, &mut commit).await?;
        }
        if settle(store, commit).await? {
            return Ok(letter);
        }
    }
    Err(Refusal::unavailable("the email is being worked on"))
}

/// Adds the entry of the audit trail to the commit, and the settings, which count it.
async fn note_down(
    store: &Arc<dyn Store>,
    account: AccountId,
    by: &Doer,
    id: LetterId,
    commit: &mut Commit,
) -> Result<(), Refusal> {
    let key = DocKey::Settings(account);
    let found = store.load(vec![key]).await?.pop().flatten();
    let stored = found.ok_or_else(|| Refusal::not_found("account"))?;
    let mut settings: Account = record::decode(&stored.state)?;
    let done = vec![Done::to(Act::EmailRetried, Subject::Email { id })];
    commit.log.extend(audit::entries(&mut settings, store.now(), Some(by), done));
    outbox::with_settings(commit, &settings, stored.token);
    Ok(())
}
