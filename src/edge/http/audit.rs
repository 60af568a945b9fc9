//! What admins did: for admins.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::Answer;
use super::query::Query;
use crate::office::trail;
use crate::wire::audited::AuditObject;

pub(super) async fn list(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let asked = Query::of(&request)?;
    let before: Option<u64> = asked.parsed("cursor", "the `next` of the page before")?;
    let (entries, next) = trail::page(&front.host.store, caller.account.id, before, asked.limit()?).await?;
    let items = entries.iter().map(AuditObject::from).collect();
    Ok(HttpResponse::Ok().json(List { items, next: next.map(|position| position.to_string()) }))
}
