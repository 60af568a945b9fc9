//! Whether the process lives, whether it can serve, and figures about it.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::problem::Answer;
use crate::wire::time::Time;

#[derive(Serialize)]
struct Ready {
    ready: bool,
    reasons: Vec<NotReady>,
}

#[derive(Serialize)]
struct NotReady {
    code: &'static str,
    text: String,
    since: Time,
}

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

pub(super) async fn readyz(front: web::Data<Front>) -> Answer {
    let health = front.host.store.health().await;
    let since = front.since_unhealthy(health.is_err());
    let reasons: Vec<_> = health
        .err()
        .into_iter()
        .map(|why| NotReady { code: "store_away", text: why.to_string(), since: since.into() })
        .collect();
    let ready = reasons.is_empty();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    Ok(response.json(Ready { ready, reasons }))
}
