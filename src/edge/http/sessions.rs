//! One's own log-ins.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::domain::ids::{DeviceId, SessionId};
use crate::domain::presence::status::DeviceKind;
use crate::office::sessions;
use crate::wire::time::Time;

#[derive(Serialize)]
struct SessionObject<'a> {
    id: SessionId,
    created_at: Time,
    last_seen: Time,
    device: Option<DeviceObject<'a>>,
    user_agent: Option<&'a str>,
    current: bool,
}

/// The device that a log-in is used by.
#[derive(Serialize)]
struct DeviceObject<'a> {
    id: &'a DeviceId,
    kind: DeviceKind,
    name: Option<&'a str>,
}

pub(super) async fn list(front: web::Data<Front>, caller: Caller) -> Answer {
    let listed = sessions::list(&front.host.store, caller.id()).await?;
    let told = listed.iter().rev().map(|listed| SessionObject {
        id: listed.session.id,
        created_at: listed.session.created_at.into(),
        last_seen: listed.last_seen.into(),
        device: listed.device.as_ref().map(|device| DeviceObject {
            id: &device.id,
            kind: device.kind,
            name: device.name.as_deref(),
        }),
        user_agent: listed.session.user_agent.as_deref(),
        current: listed.session.id == caller.session.id,
    });
    Ok(HttpResponse::Ok().json(List::whole(told.collect())))
}

pub(super) async fn end(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id: SessionId = path_id(&request, "session")?;
    match front.end_sessions(caller.account.id, caller.id(), |s| s.id == id).await? {
        0 => Err(Problem::not_found("session")),
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}
