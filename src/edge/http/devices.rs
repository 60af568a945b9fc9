//! One's own devices: signed out, wherever they are.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::problem::{Answer, Problem};
use super::query::path_text;
use crate::actors::api::{AskDevice, EndSessions};
use crate::domain::ids::DeviceId;
use crate::office::sessions;

/// Ends the log-ins that the device uses, its sockets and its lease, and forgets it (rule P4: at once, like `bye`). A log-in that
/// it used before another device did stays that one's, unless the device uses it right now.
pub(super) async fn sign_out(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let unknown = || Problem::not_found("device");
    let device = DeviceId(path_text(&request).ok_or_else(unknown)?);
    let (account, operator) = (caller.account.id, caller.id());
    let ask = AskDevice { operator, device: device.clone() };
    let seen = front.accounts.ask(account, ask).await?;
    let uses_now = seen.as_deref().unwrap_or_default();
    let uses = |listed: &sessions::Listed| {
        uses_now.contains(&listed.session.id) || listed.device.as_ref().is_some_and(|used_by| used_by.id == device)
    };
    // First the log-ins, so that it cannot come back by one of them.
    let ended = sessions::end(&front.host.store, operator, uses).await?;
    if seen.is_none() && ended.is_empty() {
        return Err(unknown());
    }
    let end = EndSessions { operator, sessions: Some(ended), device: Some(device.clone()) };
    front.accounts.ask(account, end).await?;
    Ok(HttpResponse::NoContent().finish())
}
