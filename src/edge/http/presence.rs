//! Who is there, and leases of devices without a socket.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::auth::Caller;
use super::body::{Body, RawBody, need};
use super::problem::{Answer, Problem};
use crate::actors::api::{AskPresence, EndSessions, Lease};
use crate::domain::ids::DeviceId;
use crate::domain::presence::status::{DeviceKind, Status};
use crate::domain::presence::word::Word;
use crate::domain::time::Span;
use crate::office::sessions::{self, UsedBy};
use crate::office::values::Name;
use crate::wire::objects::PresenceObject;
use crate::wire::time::Time;

const KINDS: [(&str, DeviceKind); 2] = [("dashboard", DeviceKind::Dashboard), ("mobile", DeviceKind::Mobile)];
const STATES: [(&str, Status); 3] = [("online", Status::Online), ("away", Status::Away), ("offline", Status::Offline)];

pub(super) async fn show(front: web::Data<Front>, caller: Caller) -> Answer {
    let presence = front.accounts.ask(caller.account.id, AskPresence).await?;
    Ok(HttpResponse::Ok().json(PresenceObject::new(&presence.chat, &presence.operators)))
}

#[derive(Serialize)]
struct Leased {
    until: Time,
}

pub(super) async fn lease(front: web::Data<Front>, caller: Caller, raw: RawBody) -> Answer {
    let body = raw.read().await?;
    let wanted = Wanted::of(&body, front.settings.max_lease)?;
    let state = Word { what: wanted.state, at: body.came_at() };
    let name = wanted.name.map(String::from);
    let used_by = UsedBy { id: wanted.device.clone(), kind: wanted.kind, name: name.clone() };
    sessions::used_by(&front.host.store, &caller.session, &used_by).await?;
    let lease = Lease {
        operator: caller.id(),
        session: caller.session.id,
        device: wanted.device,
        kind: wanted.kind,
        name,
        state,
        ttl: wanted.ttl,
    };
    let until = front.accounts.ask(caller.account.id, lease).await?;
    // A log-in that was ended meanwhile leases nothing, whichever of the two came first.
    if !sessions::lives(&front.host.store, &caller.session).await? {
        let end = EndSessions { operator: caller.id(), sessions: Some(vec![caller.session.id]), device: None };
        front.accounts.ask(caller.account.id, end).await?;
        return Err(Problem::unauthorized());
    }
    Ok(HttpResponse::Ok().json(Leased { until: until.into() }))
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    device: DeviceId,
    kind: DeviceKind,
    name: Option<Name>,
    state: Status,
    ttl: Span,
}

impl Wanted {
    fn of(body: &Body, max_lease: Span) -> Result<Self, Problem> {
        let id = need("device.id", body.text("device.id")?)?;
        if !(1..=DeviceId::LEN_MAX).contains(&id.len()) {
            let right = format!("`device.id` is a text of 1 to {} bytes", DeviceId::LEN_MAX);
            return Err(Problem::invalid("device.id", right));
        }
        let state = need("state", body.word("state", &STATES)?)?;
        let seconds = need("ttl_s", body.number("ttl_s")?)?;
        if seconds <= 0.0 {
            return Err(Problem::invalid("ttl_s", "`ttl_s` is a number of seconds greater than 0"));
        }
        // More than the server allows is cut to it (rule P5), however much more; a lease that ends is over now.
        let ttl_ms = (seconds * 1_000.0).ceil().min(max_lease.0 as f64) as i64;
        let ttl = if state == Status::Offline { Span(0) } else { Span(ttl_ms) };
        Ok(Self {
            device: DeviceId(id.to_owned()),
            kind: need("device.kind", body.word("device.kind", &KINDS)?)?,
            name: body.parsed("device.name", Name::parse)?,
            state,
            ttl,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted, Problem> {
        Wanted::of(&Body::parse(text.as_bytes()).unwrap(), Span(10_000))
    }

    #[test]
    fn p5_a_lease_is_cut_to_the_longest() {
        let with =
            |ttl: &str| read(&format!(r#"{{"device":{{"id":"p","kind":"mobile"}},"state":"online","ttl_s":{ttl}}}"#));
        assert_eq!(with("86400").unwrap().ttl, Span(10_000));
        assert_eq!(with("1e30").unwrap().ttl, Span(10_000));
        assert_eq!(with("0.5").unwrap().ttl, Span(500));
        for wrong in ["0", "-1", "\"x\"", "null", "true"] {
            assert_eq!(with(wrong).unwrap_err().field(), Some("ttl_s"), "{wrong}");
        }
    }

    #[test]
    fn a_device_has_an_id_and_a_kind() {
        for (text, field) in [
            (r#"{"state":"online","ttl_s":5}"#, "device.id"),
            (r#"{"device":"d","state":"online","ttl_s":5}"#, "device"),
            (r#"{"device":{"id":"","kind":"mobile"},"state":"online","ttl_s":5}"#, "device.id"),
            (r#"{"device":{"id":"d","kind":"toaster"},"state":"online","ttl_s":5}"#, "device.kind"),
            (r#"{"device":{"id":"d","kind":"mobile"},"state":"dancing","ttl_s":5}"#, "state"),
        ] {
            assert_eq!(read(text).unwrap_err().field(), Some(field), "{text}");
        }
    }
}
