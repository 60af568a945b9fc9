//! Passwords that are set without the old one: who forgot it, and who was invited.

use std::sync::{Arc, PoisonError};

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::body::{RawBody, need};
use super::people::{about, password_of, unchanged_since, while_password_is};
use super::problem::Answer;
use crate::actors::api::AskAccount;
use crate::domain::refusal::Refusal;
use crate::office::operators::{self, OperatorChange};
use crate::office::values::Email;
use crate::office::{notes, resets, tokens};

/// So many of those who forgot are worked on at once; more are `unavailable`, whoever they are.
pub(super) const FORGETTING_MAX: usize = 32;

/// Answers before it looks whether anybody has the address, so that neither the answer nor its time tells.
pub(super) async fn forgot(front: web::Data<Front>, request: HttpRequest, raw: RawBody) -> Answer {
    let body = raw.read().await?;
    let email = need("email", body.parsed("email", Email::parse)?)?;
    let now = front.host.now();
    front.attempts.forgot(front.household_of(&request), email.as_str(), now).await?;
    let place = Arc::clone(&front.forgetting).try_acquire_owned();
    let place = place.map_err(|_| Refusal::unavailable("too many forgot their passwords at once"))?;
    // A mailbox is not flooded; that one letter more is not sent is told to nobody.
    if front.attempts.mail(email.as_str(), now).await.is_ok() {
        let front = front.clone();
        actix_rt::spawn(async move {
            match notes::forgot(&front.host.store, email.as_str()).await {
                Ok(0) => {}
                Ok(_) => front.host.letters_queued.notify_one(),
                Err(why) => tracing::warn!(%why, "somebody who forgot the password got no letter"),
            }
            drop(place);
        });
    }
    let told = "if somebody has this address, a mail with a link to set a new password is on its way";
    Ok(HttpResponse::Accepted().json(serde_json::json!({ "text": told })))
}

/// A token that is being used; nobody else can use it meanwhile.
struct InUse<'a> {
    front: &'a Front,
    hash: String,
}

impl<'a> InUse<'a> {
    fn new(front: &'a Front, token: &str) -> Option<Self> {
        let hash = tokens::hash(token);
        let mut used = front.resetting.lock().unwrap_or_else(PoisonError::into_inner);
        // Not made unless it is ours: its end frees the token, and waits for this very lock.
        used.insert(hash.clone()).then(|| Self { front, hash })
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.front.resetting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.hash);
    }
}

/// Also how an invited operator sets the first password. Every log-in of theirs ends (rule P9).
pub(super) async fn reset(front: web::Data<Front>, request: HttpRequest, raw: RawBody) -> Answer {
    let body = raw.read().await?;
    let token: Arc<str> = need("token", body.text("token")?)?.into();
    let password = need("password", password_of(&body)?)?;
    front.attempts.count_from(front.household_of(&request), front.host.now()).await?;
    let unknown = || Refusal::invalid("token", "this link was used, or is too old: ask for another one");
    let _in_use = InUse::new(&front, &token).ok_or_else(unknown)?;
    let reset = resets::find(&front.host.store, &token).await?.ok_or_else(unknown)?;
    let (account_id, operator) = (reset.account, reset.operator);
    let account = front.accounts.ask(account_id, AskAccount).await?;
    let known = account.operator(operator).filter(|operator| reset.is_for(operator)).ok_or_else(unknown)?;
    let hash = front.hasher.hash(password, about(&account, known)).await?;
    let change = OperatorChange { password: Some(hash), ..OperatorChange::default() };
    let endings = front.endings(operator, |_| true).await?;
    let wanted = Arc::new((token, reset, change, endings.records));
    let mark = wanted.1.password.clone();
    // Another token of theirs, or they themselves, may have set another password meanwhile.
    let changed = while_password_is(&front, (account_id, operator), mark, |read_at| {
        let wanted = Arc::clone(&wanted);
        front.change(account_id, move |account, now| {
            let (token, reset, change, endings) = &*wanted;
            unchanged_since(account, read_at)?;
            account.operator(operator).filter(|operator| reset.is_for(operator)).ok_or_else(unknown)?;
            let mut records = operators::change(account, operator, change, now)?;
            records.push(resets::delete(token));
            records.extend(endings.iter().cloned());
            Ok(records)
        })
    });
    changed.await?.ok_or_else(unknown)?;
    front.ended(account_id, operator, endings.ids, |_| true).await?;
    Ok(HttpResponse::NoContent().finish())
}
