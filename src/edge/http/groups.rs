//! Groups of the account: for admins, on plan pro.

use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::Front;
use super::auth::Caller;
use super::body::{RawBody, need};
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::domain::account::Account;
use crate::domain::ids::GroupId;
use crate::office::groups::{self, GroupChange};
use crate::office::values::Name;
use crate::wire::objects::GroupObject;

pub(super) async fn list(caller: Caller) -> Answer {
    caller.need_admin()?;
    groups::need_plan(&caller.account)?;
    let told = caller.account.groups.iter().map(GroupObject::from).collect();
    Ok(HttpResponse::Ok().json(List::whole(told)))
}

pub(super) async fn create(front: web::Data<Front>, caller: Caller, raw: RawBody) -> Answer {
    caller.need_admin()?;
    groups::need_plan(&caller.account)?;
    let body = raw.read().await?;
    let id = GroupId(Uuid::now_v7());
    let name = need("name", body.parsed("name", Name::parse)?)?;
    let operators = body.ids("operators")?.unwrap_or_default();
    let change = move |account: &mut Account, _| groups::create(account, id, &name, &operators);
    let account = front.change_audited(&caller, Vec::new(), change).await?;
    Ok(HttpResponse::Created().json(told(&account, id)?))
}

pub(super) async fn change(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    caller.need_admin()?;
    groups::need_plan(&caller.account)?;
    let id: GroupId = path_id(&request, "group")?;
    let body = raw.read().await?;
    let change = GroupChange { name: body.parsed("name", Name::parse)?, operators: body.ids("operators")? };
    let account =
        front.change_audited(&caller, Vec::new(), move |account, _| groups::change(account, id, &change)).await?;
    Ok(HttpResponse::Ok().json(told(&account, id)?))
}

pub(super) async fn delete(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: GroupId = path_id(&request, "group")?;
    front.change_audited(&caller, Vec::new(), move |account, _| groups::delete(account, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn told(account: &Account, id: GroupId) -> Result<GroupObject<'_>, Problem> {
    account.group(id).map(GroupObject::from).ok_or_else(|| Problem::not_found("group"))
}
