//! People of the account: for admins.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::Front;
use super::auth::Caller;
use super::body::{RawBody, need};
use super::people::{
    List, ROLES, about, appear, change_of, count_farewell, need_current_password, not_present_any_more, password_of,
    told, unchanged_since, while_password_is,
};
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::actors::api::{AskPresence, ForceOffline};
use crate::domain::account::Account;
use crate::domain::audit::{Act, Done};
use crate::domain::ids::OperatorId;
use crate::domain::presence::word::Word;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::office::change::Decided;
use crate::office::operators::{self, NewOperator, OperatorChange};
use crate::office::passwords::PasswordHashed;
use crate::office::resets::{INVITE_LIFE, Reset};
use crate::office::sessions::{Endings, Session};
use crate::office::values::Email;
use crate::office::{notes, passwords, tokens};
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
        let about = vec![new.name.to_string(), new.email.to_string(), caller.account.name.clone()];
        new.password = Some(front.hasher.hash(password, about).await?);
    } else {
        invite = Some(Invite::new(&front, &caller, new.email.as_str()).await?);
    }
    let (id, invited) = (new.id, invite.clone());
    let account = front
        .change_audited(&caller, Vec::new(), move |account, now| {
            let mut records = operators::add(account, &new, now)?;
            if let Some(invite) = &invited {
                records.extend(invite.records(account, id, now)?);
            }
            Ok(records)
        })
        .await?;
    if appear_offline {
        let on = Word { what: true, at: body.came_at() };
        front.accounts.ask(account_id, ForceOffline { operator: id, on, by: caller.doer() }).await?;
    }
    match invite {
        None => told(&front, &account, id, StatusCode::CREATED).await,
        Some(invite) => invite.told(&front, &account, id, StatusCode::CREATED).await,
    }
}

/// Invites somebody once more who has not set a password yet.
pub(super) async fn invite(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    let operator = caller.account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
    let conflict = |what: &str| Problem::from(Refusal::new(RefusalCode::Conflict, what));
    if !operator.active {
        return Err(conflict("a deactivated operator is not invited"));
    }
    if passwords::find(&*front.host.store, id).await?.is_some() {
        return Err(conflict("they have a password: who forgot it asks for a new one at the log-in"));
    }
    let invite = Invite::new(&front, &caller, &operator.email).await?;
    let invited = invite.clone();
    let also = vec![Done::to_operator(Act::OperatorInvited, &caller.account, id)];
    let account = front.change_audited(&caller, also, move |account, now| invited.records(account, id, now)).await?;
    invite.told(&front, &account, id, StatusCode::CREATED).await
}

/// An invitation that is about to be made.
#[derive(Clone)]
struct Invite {
    token: String,
    until: Timestamp,
    by: String,
}

impl Invite {
    /// `rate_limited` when the address got too many already.
    async fn new(front: &Front, caller: &Caller, email: &str) -> Result<Self, Problem> {
        let now = front.host.now();
        front.attempts.mail_of(caller.account.id, email, now).await?;
        Ok(Self { token: tokens::mint(), until: now + INVITE_LIFE, by: caller.operator.name.clone() })
    }

    /// What is written for it, in the commit that adds the operator.
    fn records(&self, account: &Account, id: OperatorId, now: Timestamp) -> Decided {
        let operator = account.operator(id).ok_or_else(|| Refusal::not_found("operator"))?;
        let reset = Reset::new(account.id, operator, None, self.until);
        Ok(notes::invite(account, operator, &self.token, &reset, &self.by, now))
    }

    /// The operator with the way in, for the admin who wants to pass it on otherwise.
    async fn told(&self, front: &Front, account: &Account, id: OperatorId, status: StatusCode) -> Answer {
        front.host.letters_queued.notify_one();
        let presence = front.accounts.ask(account.id, AskPresence).await?;
        let there = presence.operators.iter().find(|view| view.id == id);
        let operator = account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
        let mut object = json!(OperatorObject::new(operator, account, there));
        // Behind the hash: no server, proxy or referrer sees it.
        let url = format!("{}/dashboard#invite={}", front.settings.public_url, self.token);
        object["invite"] = json!({ "url": url, "expires_at": Time(self.until).to_string() });
        Ok(HttpResponse::build(status).json(object))
    }
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
    change.by = Some(caller.operator.name.clone());
    body.flag("appear_offline")?;
    let password = password_of(&body)?;
    let is_new_address = change.email.as_ref().is_some_and(|email| email.as_str() != before.email);
    let mut present = None;
    if id == caller.id() && (is_new_address || password.is_some()) {
        present = need_current_password(&front, &request, before, &body).await?;
    }
    let sets_password = password.is_some();
    // Who is still to come in is invited at the new address; what was sent to the old one is worth nothing any more.
    let mut invite = None;
    if is_new_address && !sets_password && passwords::find(&*front.host.store, id).await?.is_none() {
        let email = change.email.as_ref().map_or(before.email.as_str(), Email::as_str);
        invite = Some(Invite::new(&front, &caller, email).await?);
    }
    if let Some(password) = password {
        change.password = Some(front.hasher.hash(password, about(&caller.account, before)).await?);
    }
    count_farewell(&front, caller.account.id, before, &change).await?;
    let account = apply(&front, &caller, id, change, invite.clone(), present).await?;
    if is_new_address {
        front.host.letters_queued.notify_one();
    }
    appear(&front, &caller, id, &body).await?;
    match invite {
        None => told(&front, &account, id, StatusCode::OK).await,
        Some(invite) => invite.told(&front, &account, id, StatusCode::OK).await,
    }
}

/// Deactivates: nobody is deleted, since what they said stays.
pub(super) async fn deactivate(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    let change = OperatorChange { active: Some(false), ..OperatorChange::default() };
    apply(&front, &caller, id, change, None, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes somebody; a deactivation or a new password ends their log-ins (rule P9), but not the one that asks for it. `present`:
/// the password that allows it.
async fn apply(
    front: &Front,
    caller: &Caller,
    id: OperatorId,
    change: OperatorChange,
    invite: Option<Invite>,
    present: Option<PasswordHashed>,
) -> Result<Arc<Account>, Problem> {
    let (deactivates, sets_password) = (change.active == Some(false), change.password.is_some());
    let current = caller.session.id;
    let endings = if deactivates || sets_password {
        front.endings(id, |s| deactivates || s.id != current).await?
    } else {
        Endings::default()
    };
    let wanted = Arc::new((change, invite, endings.records));
    let once = |read_at: Option<Timestamp>| {
        let wanted = Arc::clone(&wanted);
        front.change_audited(caller, Vec::new(), move |account, now| {
            read_at.map(|read_at| unchanged_since(account, read_at)).transpose()?;
            let (change, invite, endings) = &*wanted;
            let mut records = operators::change(account, id, change, now)?;
            if let Some(invite) = invite {
                records.extend(invite.records(account, id, now)?);
            }
            records.extend(endings.iter().cloned());
            Ok(records)
        })
    };
    let account = match present {
        None => once(None).await?,
        Some(present) => {
            let who = (caller.account.id, id);
            let changed = while_password_is(front, who, Some(present.mark()), |read_at| once(Some(read_at))).await?;
            changed.ok_or_else(not_present_any_more)?
        }
    };
    if deactivates {
        front.ended(account.id, id, endings.ids, |_| true).await?;
    } else if sets_password {
        let late = |s: &Session| s.id != current && s.created_at <= account.changed_at;
        front.ended(account.id, id, endings.ids, late).await?;
    }
    Ok(account)
}
