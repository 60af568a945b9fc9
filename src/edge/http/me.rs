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
use crate::domain::time::Timestamp;
use crate::office::operators::{self, OperatorChange};
use crate::office::passwords::PasswordHashed;
use crate::office::sessions::{Endings, Session};
use crate::ports::journal::RecordOp;

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
    count_farewell(&front, caller.account.id, &caller.operator, &change).await?;
    let current = caller.session.id;
    let endings = if sets_password { front.endings(id, |s| s.id != current).await? } else { Endings::default() };
    let account = apply(&front, &caller, change, present, endings.records).await?;
    if is_new_address {
        front.host.letters_queued.notify_one();
    }
    if sets_password {
        // P9: every other session. Those that began after the change know the new password.
        let late = |s: &Session| s.id != current && s.created_at <= account.changed_at;
        front.ended(account.id, id, endings.ids, late).await?;
    }
    appear(&front, &caller, id, &body).await?;
    told(&front, &account, id, StatusCode::OK).await
}

/// Changes oneself; with the `present` password, if that is what allows it. `endings`: what is deleted with it.
async fn apply(
    front: &Front,
    caller: &Caller,
    change: OperatorChange,
    present: Option<PasswordHashed>,
    endings: Vec<RecordOp>,
) -> Result<Arc<Account>, Problem> {
    let (account, id, wanted) = (caller.account.id, caller.id(), Arc::new((change, endings)));
    let once = |read_at: Option<Timestamp>| {
        let wanted = Arc::clone(&wanted);
        front.change(account, move |account, now| {
            read_at.map(|read_at| unchanged_since(account, read_at)).transpose()?;
            let (change, endings) = &*wanted;
            let mut records = operators::change(account, id, change, now)?;
            records.extend(endings.iter().cloned());
            Ok(records)
        })
    };
    let Some(present) = present else { return Ok(once(None).await?) };
    let changed = while_password_is(front, (account, id), Some(present.mark()), |read_at| once(Some(read_at)));
    changed.await?.ok_or_else(not_present_any_more)
}
