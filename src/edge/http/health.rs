//! Whether the process lives, whether it can serve, and figures about it.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Front;
use super::problem::Answer;
use crate::domain::bulletin::Conditions;
use crate::domain::time::Timestamp;
use crate::wire::time::Time;

#[derive(Serialize)]
struct Ready {
    ready: bool,
    reasons: Vec<Reason>,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    text: &'static str,
    since: Time,
}

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

pub(super) async fn readyz(front: web::Data<Front>) -> Answer {
    // What the lookout and the postroom have found: asking costs nothing, however often anybody does.
    let host = &front.host;
    let Conditions { store_away, bus_deaf, relay_auth, relay_away, .. } = host.board.now();
    // Rule N10. Who restarts nodes one after another goes on when this has gone.
    let settling = host.quiet_since(host.now()).filter(|_| store_away.is_none());
    // Whoever takes a node out of service because mails wait, or news comes late, loses the chat, too: that is told, and no reason.
    let ready = store_away.is_none();
    let told = [
        ("store_away", "the store does not answer, or takes nothing", store_away),
        (
            "settling",
            "it has started, or found its store again, lately: until those who were there have come back it decides no emails",
            settling,
        ),
        ("bus_deaf", "what other nodes do is not heard of: it is looked up every few seconds instead", bus_deaf),
        ("relay_auth", "the mail relay refuses the log-in: emails wait (mail.smtp_url)", relay_auth),
        ("relay_away", "the mail relay cannot be used: emails wait (mail.smtp_url)", relay_away),
    ];
    let reason = |(code, text, since): (_, _, Option<Timestamp>)| Some(Reason { code, text, since: since?.into() });
    let reasons = told.into_iter().filter_map(reason).collect();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    Ok(response.json(Ready { ready, reasons }))
}
