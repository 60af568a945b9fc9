//! Operators as they are told, and what several resources do with them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Front;
use super::auth::Caller;
use super::body::Body;
use super::problem::{Answer, Problem};
use crate::actors::api::{AppearOffline, AskAccount, AskPresence, ForceOffline};
use crate::domain::account::{Account, Operator, Role};
use crate::domain::ids::{AccountId, OperatorId};
use crate::domain::presence::word::Word;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::office::operators::{OperatorChange, same_address};
use crate::office::passwords::{self, NewPassword, PasswordHashed};
use crate::office::values::{Email, Name};
use crate::wire::objects::OperatorObject;

/// How often a change that lost a race against another one of the settings is tried again.
const RACES_MAX: usize = 5;

/// Roles by their names.
pub(super) const ROLES: [(&str, Role); 2] = [("admin", Role::Admin), ("agent", Role::Agent)];

/// A list that fits one page.
#[derive(Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

impl<T> List<T> {
    /// All there is.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// An operator, with how they are there.
pub(super) async fn told(front: &Front, account: &Account, id: OperatorId, status: StatusCode) -> Answer {
    let presence = front.accounts.ask(account.id, AskPresence).await?;
    let operator = account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
    let there = presence.operators.iter().find(|view| view.id == id);
    Ok(HttpResponse::build(status).json(OperatorObject::new(operator, account, there)))
}

/// What of a body changes somebody, whoever asks.
pub(super) fn change_of(body: &Body) -> Result<OperatorChange, Problem> {
    Ok(OperatorChange {
        name: body.parsed("name", Name::parse)?,
        email: body.parsed("email", Email::parse)?,
        ..OperatorChange::default()
    })
}

/// The new password of a body.
pub(super) fn password_of(body: &Body) -> Result<Option<NewPassword>, Problem> {
    body.parsed("password", NewPassword::parse)
}

/// What others know of an operator: no good password.
pub(super) fn about(account: &Account, operator: &Operator) -> Vec<String> {
    vec![operator.name.clone(), operator.email.clone(), account.name.clone()]
}

/// A new address or password of one's own needs the present password (rule D3). Tries at it count as log-ins do. What
/// [`while_password_is`] has to look at once more.
pub(super) async fn need_current_password(
    front: &Front,
    request: &HttpRequest,
    operator: &Operator,
    body: &Body,
) -> Result<Option<PasswordHashed>, Problem> {
    let wrong = |what: &str| Problem::invalid("current_password", what);
    let current = body.text("current_password")?;
    let current = current.ok_or_else(|| wrong("a new address or password needs `current_password`"))?;
    let from = front.household_of(request);
    front.attempts.begin(from, &operator.email, front.host.now()).await?;
    let hash = passwords::find(&*front.host.store, operator.id).await?;
    if front.hasher.fits(hash.clone(), current).await? {
        front.attempts.succeeded(from, &operator.email).await;
        return Ok(hash);
    }
    front.attempts.failed(from, &operator.email, front.host.now());
    Err(wrong("that is not the present password"))
}

/// Counts the letter to the old address of somebody who gets this one, if they get one (rule D3).
///
/// # Errors
/// `rate_limited`: it got too many.
pub(super) async fn count_farewell(
    front: &Front,
    account: AccountId,
    was: &Operator,
    change: &OperatorChange,
) -> Result<(), Refusal> {
    match &change.email {
        Some(email) if !same_address(email.as_str(), &was.email) => {
            front.attempts.mail_of(account, &was.email, front.host.now()).await
        }
        _ => Ok(()),
    }
}

/// Does a change that somebody's password, or that there is none yet, allows: not if that is another one by then. A password is
/// no part of the settings, but never changed without them; so `change` is told when they were read, and asks
/// [`unchanged_since`] at its commit. `None`: it is another one.
///
/// # Errors
/// Those of the change; `unavailable` where the settings are changed all the time.
pub(super) async fn while_password_is<F>(
    front: &Front,
    (account, operator): (AccountId, OperatorId),
    mark: Option<String>,
    change: impl Fn(Timestamp) -> F,
) -> Result<Option<Arc<Account>>, Refusal>
where
    F: Future<Output = Result<Arc<Account>, Refusal>>,
{
    for _ in 0..RACES_MAX {
        let read_at = front.accounts.ask(account, AskAccount).await?.changed_at;
        let hash = passwords::find(&*front.host.store, operator).await?;
        if hash.as_ref().map(PasswordHashed::mark) != mark {
            return Ok(None);
        }
        match change(read_at).await {
            Err(refusal) if refusal == raced() => {}
            answer => return answer.map(Some),
        }
    }
    Err(Refusal::unavailable("the account is being changed"))
}

/// What who used a password that was changed meanwhile is told.
pub(super) fn not_present_any_more() -> Problem {
    Problem::invalid("current_password", "that is not the present password any more")
}

/// Refuses a change of settings that are not those of `read_at` any more.
pub(super) fn unchanged_since(account: &Account, read_at: Timestamp) -> Result<(), Refusal> {
    if account.changed_at == read_at { Ok(()) } else { Err(raced()) }
}

fn raced() -> Refusal {
    Refusal::new(RefusalCode::Conflict, "the account was changed meanwhile")
}

/// Somebody is to appear offline, or no longer (rule P3), if the body says so. That an admin does so for a colleague stands in
/// the audit trail.
pub(super) async fn appear(front: &Front, caller: &Caller, id: OperatorId, body: &Body) -> Result<(), Problem> {
    let Some(on) = body.flag("appear_offline")? else { return Ok(()) };
    let (account, on) = (caller.account.id, Word { what: on, at: body.came_at() });
    if id == caller.id() {
        front.accounts.ask(account, AppearOffline { operator: id, on }).await?;
    } else {
        front.accounts.ask(account, ForceOffline { operator: id, on, by: caller.doer() }).await?;
    }
    Ok(())
}
