//! The own profile.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::Front;
use super::auth::{Caller, LOCALES};
use super::body::RawBody;
use super::people::{about, appear, change_of, need_current_password, password_of, told};
use super::problem::Answer;
use crate::office::operators;

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
    if is_new_address || password.is_some() {
        need_current_password(&front, &request, &caller.operator, &body).await?;
    }
    let sets_password = password.is_some();
    if let Some(password) = password {
        change.password = Some(front.hasher.hash(password, about(&caller.account, &caller.operator)).await?);
    }
    let id = caller.id();
    let account =
        front.change(caller.account.id, move |account, now| operators::change(account, id, &change, now)).await?;
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
