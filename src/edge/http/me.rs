//! The own profile.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::Front;
use super::auth::{Caller, LOCALES};
use super::body::RawBody;
use super::people::{
    about, appear, change_of, count_farewell, need_current_password, not_present_any_more, password_of, told,
    unchanged_since, while_password_is,
};
use super::problem::{Answer, Problem};
use crate::domain::account::Account;
use crate::office::operators::{self, OperatorChange};
use crate::office::passwords::PasswordHashed;

pub(super) async fn show(front: web::Data<Front>, caller: Caller) -> Answer {
    told(&front, &caller.account, caller.id(), StatusCode::OK).await
}

pub(super) async fn change(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    let body = raw.read().await?;
    let mut change = change_of(&body)?;
    change.locale = body.word_or_null("locale", &LOCALES)?;
    change.offline = body.flag("notifications.offline")?;
    change.missed = body.flag("notifications.missed")?;
    change.by = Some(caller.operator.name.clone());
    // Checked before anything is done, so that a refused request changes nothing.
    body.flag("appear_offline")?;
    let password = password_of(&body)?;
    let is_new_address = change.email.as_ref().is_some_and(|email| email.as_str() != caller.operator.email);
    let mut present = None;
    if is_new_address || password.is_some() {
        present = need_current_password(&front, &request, &caller.operator, &body).await?;
    }
    let sets_password = password.is_some();
    if let Some(password) = password {
        change.password = Some(front.hasher.hash(password, about(&caller.account, &caller.operator)).await?);
    }
    let id = caller.id();
    count_farewell(&front, caller.account.id, &caller.operator, &change)?;
    let account = apply(&front, &caller, change, present).await?;
    if is_new_address {
        front.host.letters_queued.notify_one();
    }
    if sets_password {
        // P9: every other session. Those that began after the change know the new password.
        let (current, changed_at) = (caller.session.id, account.changed_at);
        front.end_sessions(account.id, id, |s| s.id != current && s.created_at <= changed_at).await?;
    }
    appear(&front, &caller, id, &body).await?;
    told(&front, &account, id, StatusCode::OK).await
}

/// Changes oneself; with the `present` password, if that is what allows it.
async fn apply(
    front: &Front,
    caller: &Caller,
    change: OperatorChange,
    present: Option<PasswordHashed>,
) -> Result<Arc<Account>, Problem> {
    let (account, id, change) = (caller.account.id, caller.id(), Arc::new(change));
    let Some(present) = present else {
        return Ok(front.change(account, move |account, now| operators::change(account, id, &change, now)).await?);
    };
    let changed = while_password_is(front, (account, id), Some(present.mark()), |read_at| {
        let change = Arc::clone(&change);
        front.change(account, move |account, now| {
            unchanged_since(account, read_at)?;
            operators::change(account, id, &change, now)
        })
    });
    changed.await?.ok_or_else(not_present_any_more)
}
