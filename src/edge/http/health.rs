//! Whether the process lives, whether it can serve, and figures about it.

use std::fmt::Write as _;

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

/// Prometheus text: no account, no address, no text of anybody.
pub(super) async fn metrics(front: web::Data<Front>) -> HttpResponse {
    let text = exposition(front.host.started_at, front.host.now());
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

fn exposition(started_at: Timestamp, now: Timestamp) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: &dyn std::fmt::Display| {
        // Writing to a text cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{value}\n");
    };
    let version = env!("CARGO_PKG_VERSION");
    gauge("doorbell_build_info", "The version that runs.", &format!("doorbell_build_info{{version=\"{version}\"}} 1"));
    let uptime_s = (now - started_at).0 as f64 / 1_000.0;
    gauge("doorbell_uptime_seconds", "Since the start of the process.", &format!("doorbell_uptime_seconds {uptime_s}"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_in_prometheus_text() {
        let text = exposition(Timestamp(1_000), Timestamp(2_500));
        assert!(text.contains("# TYPE doorbell_uptime_seconds gauge\ndoorbell_uptime_seconds 1.5\n"), "{text}");
        assert!(text.starts_with("# HELP doorbell_build_info "), "{text}");
    }
}
