//! Letters about accounts: invitations, forgotten passwords, changed addresses. Each is queued in the same commit as what it
//! tells of; the postroom sends it.

use std::sync::Arc;

use uuid::Uuid;

use super::accounts::with_address;
use super::change::settle;
use super::resets::{self, RESET_LIFE, Reset};
use super::{operators, passwords, tokens};
use crate::domain::account::{Account, Operator};
use crate::domain::ids::NoteId;
use crate::domain::note::{Note, Person, Tidings};
use crate::domain::notice::letter::LetterState;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::{Commit, DocKey, RecordOp, Store};
use crate::ports::{notes, record};

/// For how long it makes sense to tell an old address that it is one.
const CHANGE_LIFE: Span = Span::from_secs(24 * 3_600);

/// The note to somebody of an account, about to be queued.
fn note(account: &Account, operator: &Operator, to: &str, tidings: Tidings, now: Timestamp, until: Timestamp) -> Note {
    Note {
        id: NoteId(Uuid::now_v7()),
        account: account.id,
        to: to.to_owned(),
        locale: account.locale_of(operator),
        timezone: account.timezone.clone(),
        tidings,
        state: LetterState::Queued,
        created_at: now,
        until,
        due: now,
        claim: None,
        bodies: 0,
        raw: None,
        attempts: Vec::new(),
    }
}

fn person(account: &Account, operator: &Operator, token: &str) -> Person {
    Person {
        account: account.id,
        operator: operator.id,
        name: operator.name.clone(),
        account_name: account.name.clone(),
        key: record::reset_key(&tokens::hash(token)),
        token: Some(token.to_owned()),
    }
}

/// Invites an operator who has no password yet: writes the token, and queues the letter. `by`: the name of who invites.
pub fn invite(
    account: &Account,
    operator: &Operator,
    token: &str,
    reset: &Reset,
    by: &str,
    now: Timestamp,
) -> Vec<RecordOp> {
    let tidings = Tidings::Invited { person: person(account, operator, token), by: Some(by.to_owned()) };
    let mut records = vec![resets::put(token, reset)];
    // Who is not to log in yet gets no letter yet.
    if operator.active {
        records.extend(notes::queue(&note(account, operator, &operator.email, tidings, now, reset.until)));
    }
    records
}

/// Tells the address that was somebody's until now (rule D3). `operator` is as after the change.
pub fn address_changed(
    account: &Account,
    operator: &Operator,
    old: &str,
    by: Option<&str>,
    now: Timestamp,
) -> Vec<RecordOp> {
    let tidings = Tidings::AddressChanged {
        name: operator.name.clone(),
        account_name: account.name.clone(),
        by: by.map(str::to_owned),
    };
    notes::queue(&note(account, operator, old, tidings, now, now + CHANGE_LIFE))
}

/// Somebody forgot the password of this address: every active operator who has it, in whatever account, gets a token, and the
/// address one letter with all of them. Nobody has it: nothing happens. How many have it.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn forgot(store: &Arc<dyn Store>, email: &str) -> Result<usize, Refusal> {
    let mut found = people(store, email).await?;
    // In the language of who was there first (rule D2), as any letter to an address that several share.
    found.sort_by_key(|(_, operator)| (operator.created_at, operator.id));
    let Some((account, operator)) = found.first() else { return Ok(0) };
    let now = store.now();
    let until = now + RESET_LIFE;
    let mut records = Vec::new();
    let mut people = Vec::with_capacity(found.len());
    for (account, operator) in &found {
        let token = tokens::mint();
        let password = passwords::find(&**store, operator.id).await?;
        let reset = Reset::new(account.id, operator, password.as_ref(), until);
        records.push(resets::put(&token, &reset));
        people.push(person(account, operator, &token));
    }
    let note = note(account, operator, &operator.email, Tidings::Forgotten { people }, now, until);
    records.extend(notes::queue(&note));
    settle(store, Commit { records, ..Commit::default() }).await?;
    Ok(found.len())
}

/// The active operators with this address, and their accounts.
async fn people(store: &Arc<dyn Store>, email: &str) -> Result<Vec<(Arc<Account>, Operator)>, Refusal> {
    let named = with_address(store, email).await?;
    let keys = named.iter().map(|(account, _)| DocKey::Settings(*account)).collect();
    let mut people = Vec::with_capacity(named.len());
    for ((_, id), stored) in named.into_iter().zip(store.load(keys).await?) {
        let Some(stored) = stored else { continue };
        let account: Account = record::decode(&stored.state)?;
        let operator = account.operator(id).filter(|o| o.active && operators::same_address(&o.email, email)).cloned();
        people.extend(operator.map(|operator| (Arc::new(account), operator)));
    }
    Ok(people)
}
