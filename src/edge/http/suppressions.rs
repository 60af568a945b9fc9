//! Addresses that are not mailed any more (rule D5): for admins.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::path_text;
use crate::domain::ids::OperatorId;
use crate::domain::notice::class::Class;
use crate::office::suppressions;
use crate::wire::time::Time;

#[derive(Serialize)]
struct SuppressionObject<'a> {
    address: &'a str,
    operators: Vec<OperatorId>,
    class: Class,
    reply: &'a str,
    at: Time,
}

pub(super) async fn list(caller: Caller) -> Answer {
    caller.need_admin()?;
    let told = caller.account.suppressed.iter().map(|suppression| SuppressionObject {
        address: &suppression.address,
        operators: suppressions::operators_of(&caller.account, suppression),
        class: suppression.class,
        reply: &suppression.reply,
        at: suppression.at.into(),
    });
    Ok(HttpResponse::Ok().json(List::whole(told.collect())))
}

pub(super) async fn clear(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let address = path_text(&request).ok_or_else(|| Problem::not_found("suppression"))?;
    front.change_audited(&caller, Vec::new(), move |account, _| suppressions::clear(account, &address)).await?;
    Ok(HttpResponse::NoContent().finish())
}
