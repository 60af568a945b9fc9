//! People of the account: for admins.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::Front;
use super::auth::Caller;
use super::body::{RawBody, need};
use super::people::{List, ROLES, appear, change_of, need_current_password, password_of, told};
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::actors::api::{AskPresence, ForceOffline};
use crate::domain::account::Account;
use crate::domain::ids::OperatorId;
use crate::office::operators::{self, NewOperator, OperatorChange};
use crate::office::resets::{self, INVITE_LIFE, Reset};
use crate::office::tokens;
use crate::wire::objects::OperatorObject;
use crate::wire::time::Time;

pub(super) async fn list(front: web::Data<Front>, caller: Caller) -> Answer {
    caller.need_admin()?;
    let presence = front.accounts.ask(caller.account.id, AskPresence).await?;
    let told = caller.account.operators.iter().map(|operator| {
        let there = presence.operators.iter().find(|view| view.id == operator.id);
        OperatorObject::new(operator, &caller.account, there)
    });
    Ok(HttpResponse::Ok().json(List::whole(told.collect())))
}

pub(super) async fn show(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    told(&front, &caller.account, path_id(&request, "operator")?, StatusCode::OK).await
}

pub(super) async fn add(front: web::Data<Front>, caller: Caller, raw: RawBody) -> Answer {
    caller.need_admin()?;
    let body = raw.read().await?;
    let change = change_of(&body)?;
    let mut new = NewOperator {
        id: OperatorId(Uuid::now_v7()),
        name: need("name", change.name)?,
        email: need("email", change.email)?,
        role: need("role", body.word("role", &ROLES)?)?,
        active: body.flag("active")?.unwrap_or(true),
        groups: body.ids("groups")?.unwrap_or_default(),
        password: None,
    };
    let appear_offline = body.flag("appear_offline")?.unwrap_or(false);
    let account_id = caller.account.id;
    let mut invite = None;
    if let Some(password) = password_of(&body)? {
        new.password = Some(front.hasher.hash(password).await?);
    } else {
        let until = front.host.now() + INVITE_LIFE;
        invite = Some((tokens::mint(), Reset { account: account_id, operator: new.id, until }));
    }
    let (id, invited) = (new.id, invite.clone());
    let account = front
        .change_audited(&caller, Vec::new(), move |account, now| {
            let mut records = operators::add(account, &new, now)?;
            records.extend(invited.as_ref().map(|(token, reset)| resets::put(token, reset)));
            Ok(records)
        })
        .await?;
    if appear_offline {
        front.accounts.ask(account_id, ForceOffline { operator: id, on: true, by: caller.doer() }).await?;
    }
    let Some((token, reset)) = invite else { return told(&front, &account, id, StatusCode::CREATED).await };
    let operator = account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
    let mut object = json!(OperatorObject::new(operator, &account, None));
    // Behind the hash: no server, proxy or referrer sees it.
    let url = format!("{}/dashboard#invite={token}", front.settings.public_url);
    object["invite"] = json!({ "url": url, "expires_at": Time(reset.until).to_string() });
    Ok(HttpResponse::Created().json(object))
}

pub(super) async fn change(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    let body = raw.read().await?;
    let before = caller.account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
    let mut change = change_of(&body)?;
    change.role = body.word("role", &ROLES)?;
    change.active = body.flag("active")?;
    change.groups = body.ids("groups")?;
    body.flag("appear_offline")?;
    let password = password_of(&body)?;
    let is_new_address = change.email.as_ref().is_some_and(|email| email.as_str() != before.email);
    if id == caller.id() && (is_new_address || password.is_some()) {
        need_current_password(&front, before, &body).await?;
    }
    let sets_password = password.is_some();
    if let Some(password) = password {
        change.password = Some(front.hasher.hash(password).await?);
    }
    let account = apply(&front, &caller, id, change, sets_password).await?;
    appear(&front, &caller, id, &body).await?;
    told(&front, &account, id, StatusCode::OK).await
}

/// Deactivates: nobody is deleted, since what they said stays.
pub(super) async fn deactivate(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    let change = OperatorChange { active: Some(false), ..OperatorChange::default() };
    apply(&front, &caller, id, change, false).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes somebody; a deactivation or a new password ends their log-ins (rule P9), but not the one that asks for it.
async fn apply(
    front: &Front,
    caller: &Caller,
    id: OperatorId,
    change: OperatorChange,
    sets_password: bool,
) -> Result<Arc<Account>, Problem> {
    let deactivates = change.active == Some(false);
    let account =
        front.change_audited(caller, Vec::new(), move |account, _| operators::change(account, id, &change)).await?;
    if deactivates {
        front.end_sessions(account.id, id, |_| true).await?;
    } else if sets_password {
        let (current, changed_at) = (caller.session.id, account.changed_at);
        front.end_sessions(account.id, id, |s| s.id != current && s.created_at <= changed_at).await?;
    }
    Ok(account)
}
