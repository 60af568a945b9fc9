//! Accounts: made and listed by the command line.

use std::sync::Arc;

use uuid::Uuid;

use super::change::settle;
use super::operators::login_put;
use super::passwords::{self, PasswordHashed};
use super::values::{Email, Name, Timezone};
use super::widgets;
use crate::domain::account::{Account, Locale, NotificationSettings, Operator, Plan, Role, Switch};
use crate::domain::ids::{AccountId, OperatorId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::{Commit, DocKey, RecordOp, Store, Write};
use crate::ports::record;

/// How many accounts are read at once for a list.
const PAGE_LEN: usize = 256;

/// What an account is made of.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The company's name.
    pub name: Name,
    /// What it pays for.
    pub plan: Plan,
    /// The language of its operators who chose none.
    pub locale: Locale,
    /// The time zone of its mails.
    pub timezone: Timezone,
    /// The name of its first admin.
    pub admin: Name,
    /// Their address.
    pub email: Email,
    /// Their password's hash.
    pub password: PasswordHashed,
}

/// Makes an account and its first admin, in one commit.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn create(store: &Arc<dyn Store>, new: NewAccount) -> Result<Account, Refusal> {
    let (account, records) = found(new, AccountId(Uuid::now_v7()), OperatorId(Uuid::now_v7()), store.now());
    let key = DocKey::Settings(account.id);
    let write = Write { key, token: record::mint(None), state: record::encode(&account) };
    let commit = Commit { reads: vec![(key, None)], writes: vec![write], records, ..Commit::default() };
    if settle(store, commit).await? {
        Ok(account)
    } else {
        // Ids are random: nobody else makes this one.
        Err(Refusal::unavailable("the account is there already"))
    }
}

fn found(new: NewAccount, id: AccountId, admin: OperatorId, now: Timestamp) -> (Account, Vec<RecordOp>) {
    let widget_key = widgets::mint();
    let records = vec![
        RecordOp::Put { key: record::account_key(id), value: record::encode(&id) },
        login_put(id, new.email.as_str(), admin),
        passwords::put(admin, new.password),
        widgets::put(id, &widget_key),
    ];
    let admin = Operator {
        id: admin,
        name: new.admin.into(),
        email: new.email.into(),
        role: Role::Admin,
        active: true,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at: now,
    };
    let account = Account {
        id,
        name: new.name.into(),
        plan: new.plan,
        locale: new.locale,
        timezone: new.timezone.into(),
        notifications: NotificationSettings::default(),
        allowed_origins: Vec::new(),
        origins_since: None,
        widget_keys: vec![widget_key],
        operators: vec![admin],
        groups: Vec::new(),
        suppressed: Vec::new(),
        blocked: Vec::new(),
        audited: 0,
        created_at: now,
        changed_at: now,
    };
    (account, records)
}

/// All accounts, in the order of their ids.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn list(store: &Arc<dyn Store>) -> Result<Vec<Account>, Refusal> {
    let mut accounts = Vec::new();
    let mut after = None;
    loop {
        let page = store.records(record::ACCOUNTS.to_owned(), after, PAGE_LEN).await?;
        let Some((last, _)) = page.last() else { return Ok(accounts) };
        after = Some(last.clone());
        let ids = page.iter().filter_map(|(key, _)| key.strip_prefix(record::ACCOUNTS)?.parse().ok());
        let found = store.load(ids.map(DocKey::Settings).collect()).await?;
        for stored in found.into_iter().flatten() {
            accounts.push(record::decode(&stored.state)?);
        }
    }
}

/// The account of an operator, by the operator's id alone: for the command line, where nothing else is known.
///
/// # Errors
/// `not_found`; `unavailable` when the store does not answer.
pub async fn of_operator(store: &Arc<dyn Store>, operator: OperatorId) -> Result<Account, Refusal> {
    let accounts = list(store).await?;
    let found = accounts.into_iter().find(|account| account.operator(operator).is_some());
    found.ok_or_else(|| Refusal::not_found("operator"))
}

/// The accounts and operators that log in with this address.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn with_address(store: &Arc<dyn Store>, email: &str) -> Result<Vec<(AccountId, OperatorId)>, Refusal> {
    /// More people than this do not share one address.
    const SHARED_MAX: usize = 50;
    let prefix = record::login_prefix(email);
    let found = store.records(prefix.clone(), None, SHARED_MAX).await?;
    let named = |(key, value): (String, Vec<u8>)| {
        let operator = key.strip_prefix(&prefix)?.parse().ok()?;
        Some((record::decode(&value).ok()?, operator))
    };
    Ok(found.into_iter().filter_map(named).collect())
}

/// The account's plan.
///
/// # Errors
/// `not_found`; `unavailable` when the store does not answer.
pub async fn set_plan(store: &Arc<dyn Store>, account: AccountId, plan: Plan) -> Result<Account, Refusal> {
    super::change::commit(store, account, |account, _| {
        account.plan = plan;
        Ok(Vec::new())
    })
    .await
}
