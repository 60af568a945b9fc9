//! What stands in the way of somebody's emails now: "why didn't I get one?", whatever the conversation (rule W4).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::actors::api::AskPresence;
use crate::domain::account::Operator;
use crate::domain::ids::OperatorId;
use crate::domain::notice::checks::{Situation, checks};
use crate::locale::{Checked, language, zone};
use crate::office::letters;
use crate::wire::checked::CheckObject;

pub(super) async fn mine(front: web::Data<Front>, caller: Caller) -> Answer {
    about(&front, &caller, &caller.operator).await
}

pub(super) async fn of_operator(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let id: OperatorId = path_id(&request, "operator")?;
    let operator = caller.account.operator(id).ok_or_else(|| Problem::not_found("operator"))?;
    about(&front, &caller, operator).await
}

/// In the language of who asks, who is spoken to where it is about themselves.
async fn about(front: &Front, caller: &Caller, operator: &Operator) -> Answer {
    let account = &*caller.account;
    let presence = front.accounts.ask(account.id, AskPresence).await?;
    let newest = letters::newest_to(&front.host.store, account.id, operator).await?;
    let situation = Situation {
        account,
        delays: &front.host.delays,
        chat: &presence.chat,
        operators: &presence.operators,
        newest: newest.as_ref(),
    };
    let told = Checked {
        about: (operator.id != caller.id()).then_some(operator.name.as_str()),
        who: account,
        mail_domain: &front.host.mail_domain,
        now: front.host.now(),
        tz: &zone(&account.timezone),
    };
    let language = language(caller.locale);
    let checks = checks(&situation, operator);
    let items = checks.iter().map(|check| CheckObject::new(check, language.check(check, &told)));
    Ok(HttpResponse::Ok().json(List::whole(items.collect())))
}
