//! Domains whose servers do not let our emails in (rule D5): for admins, who ask somebody there to change that.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::path_text;
use crate::domain::notice::refusals::BlockedDomain;
use crate::office::suppressions;
use crate::wire::time::Time;

#[derive(Serialize)]
struct BlockedObject<'a> {
    domain: &'a str,
    addresses: Vec<&'a str>,
    since: Time,
    reply: &'a str,
    /// The domain of our sender: what is to be let in.
    sender: &'a str,
}

pub(super) async fn list(front: web::Data<Front>, caller: Caller) -> Answer {
    caller.need_admin()?;
    let sender = front.host.mail_domain.as_str();
    let told = caller.account.blocked_domains().into_iter().map(|BlockedDomain { domain, addresses, since, reply }| {
        BlockedObject { domain, addresses, since: since.into(), reply, sender }
    });
    Ok(HttpResponse::Ok().json(List::whole(told.collect())))
}

/// Somebody says that the server lets us in now. The next refusals will show whether it does.
pub(super) async fn allow(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    caller.need_admin()?;
    let domain = path_text(&request).ok_or_else(|| Problem::not_found("blocked domain"))?;
    front.change_audited(&caller, Vec::new(), move |account, _| suppressions::allow(account, &domain)).await?;
    Ok(HttpResponse::NoContent().finish())
}
