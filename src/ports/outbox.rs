//! How letters of the outbox are kept: a document, and a row by which it is found.

use super::journal::{Commit, DocKey, IndexOp, LetterRow, Store, StoreError, Token, Write};
use super::record::{decode, encode, mint};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::notice::letter::Letter;

/// The letter's row in the outbox index.
pub fn row(letter: &Letter) -> LetterRow {
    LetterRow { state: letter.state.as_str().to_owned(), due: letter.next_attempt_at, created_at: letter.created_at }
}

/// A commit that writes the letter, guarded by `reads`, and the token that it has then. `was`: its token until now.
pub fn put(account: AccountId, letter: &Letter, was: Token, reads: Vec<(DocKey, Option<Token>)>) -> (Commit, Token) {
    let token = mint(Some(was));
    let commit = Commit {
        reads,
        writes: vec![Write { key: DocKey::Letter(account, letter.id), token, state: encode(letter) }],
        indexes: vec![(account, IndexOp::Letter(letter.id, row(letter)))],
        ..Commit::default()
    };
    (commit, token)
}

/// Adds the account's settings to a commit, guarded by what they were.
pub fn with_settings(commit: &mut Commit, account: &Account, was: Token) {
    let key = DocKey::Settings(account.id);
    commit.reads.push((key, Some(was)));
    commit.writes.push(Write { key, token: mint(Some(was)), state: encode(account) });
}

/// Adds the account's settings to a commit if `change` changes them, as they are now; whether it does.
///
/// # Errors
/// The store does not answer, or the settings cannot be read.
pub async fn add_settings(
    store: &dyn Store,
    commit: &mut Commit,
    account: AccountId,
    change: impl FnOnce(&mut Account),
) -> Result<bool, StoreError> {
    let Some(stored) = store.load(vec![DocKey::Settings(account)]).await?.pop().flatten() else { return Ok(false) };
    let changed = changed(&decode(&stored.state)?, change);
    if let Some(changed) = &changed {
        with_settings(commit, changed, stored.token);
    }
    Ok(changed.is_some())
}

/// The same for settings that were read earlier: what was made of them holds only if they are still the same, so the commit is
/// guarded by them, whether they change or not.
pub fn add_settings_as_read(
    commit: &mut Commit,
    account: &Account,
    was: Token,
    change: impl FnOnce(&mut Account),
) -> bool {
    if let Some(changed) = changed(account, change) {
        with_settings(commit, &changed, was);
        true
    } else {
        commit.reads.push((DocKey::Settings(account.id), Some(was)));
        false
    }
}

/// The account after `change`, if that is another one.
fn changed(account: &Account, change: impl FnOnce(&mut Account)) -> Option<Account> {
    let mut after = account.clone();
    change(&mut after);
    (after != *account).then_some(after)
}
