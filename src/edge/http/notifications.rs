//! Why somebody was, or was not, mailed: the newest decisions about one operator, over all conversations (rule W1).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::{Query, cursor, path_id};
use crate::domain::ids::OperatorId;
use crate::office::decisions;
use crate::wire::explained::NotificationObject;

pub(super) async fn mine(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    about(&front, &caller, caller.id(), &request).await
}

pub(super) async fn of_operator(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    if caller.account.operator(id).is_none() {
        return Err(Problem::not_found("operator"));
    }
    about(&front, &caller, id, &request).await
}

/// In the language of who asks, whomever it is about.
async fn about(front: &Front, caller: &Caller, operator: OperatorId, request: &HttpRequest) -> Answer {
    let asked = Query::of(request)?;
    let (limit, after) = (asked.limit()?, asked.cursor()?);
    let (told, next) = decisions::page(&front.host.store, caller.account.id, operator, after, limit).await?;
    let speaker = caller.speaker();
    let sentence = |reason: &_, kind, about| speaker.reason(reason, kind, about);
    let items =
        told.iter().map(|told| NotificationObject::new(&told.decision, told.conversation, &told.visitor, &sentence));
    Ok(HttpResponse::Ok().json(List { items: items.collect(), next: next.as_ref().map(cursor) }))
}
