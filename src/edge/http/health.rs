//! Whether the process lives, whether it can serve, and figures about it.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::problem::Answer;
use crate::domain::time::Timestamp;
use crate::wire::time::Time;

#[derive(Serialize)]
struct Ready {
    ready: bool,
    reasons: Vec<NotReady>,
}

#[derive(Serialize)]
struct NotReady {
    code: &'static str,
    text: &'static str,
    since: Time,
}

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

pub(super) async fn readyz(front: web::Data<Front>) -> Answer {
    // What the lookout has found: asking costs nothing, however often anybody does.
    let away = front.host.board.now().store_away;
    let text = "the store does not answer, or takes nothing";
    let not_ready = |since: Timestamp| NotReady { code: "store_away", text, since: since.into() };
    let reasons: Vec<_> = away.into_iter().map(not_ready).collect();
    let ready = reasons.is_empty();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    Ok(response.json(Ready { ready, reasons }))
}
