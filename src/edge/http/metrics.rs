//! `GET /metrics`: what [`figures`] counted, as Prometheus reads it. No account, no address, no text of anybody.

use std::sync::OnceLock;

use actix_web::{HttpResponse, web};
use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::Front;
use crate::domain::notice::letter::LetterState;
use crate::ports::figures;
use crate::ports::journal::Tally;

const BUILD: &str = "doorbell_build_info";
const UPTIME: &str = "doorbell_uptime_seconds";

static COUNTER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// From now on figures are counted, for the whole process.
pub fn count() {
    COUNTER.get_or_init(|| {
        let builder = figures::BUCKETS.iter().try_fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
            builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets)
        });
        // A second recorder in one process is the only way to fail, and there is none but this.
        let handle = builder.ok()?.install_recorder().ok()?;
        figures::describe();
        describe_gauge!(BUILD, "The version that runs.");
        describe_gauge!(UPTIME, "Since the start of the process.");
        gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Some(handle)
    });
}

/// Takes in what was counted since the last time: without this, and without anybody who looks, it would pile up.
pub fn upkeep() {
    if let Some(handle) = COUNTER.get().and_then(Option::as_ref) {
        handle.run_upkeep();
    }
}

pub(super) async fn show(front: web::Data<Front>) -> HttpResponse {
    let uptime = front.host.now() - front.host.started_at;
    gauge!(UPTIME).set(uptime.0 as f64 / 1_000.0);
    // A store that is away is told by its own figure; these then stay as they were.
    if let Ok(tally) = front.host.store.tally().await {
        show_tally(&tally);
    }
    let text = COUNTER.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

/// States in which something is still to be done about a letter.
const OPEN: [LetterState; 4] =
    [LetterState::Queued, LetterState::Sending, LetterState::Deferred, LetterState::Uncertain];

fn show_tally(tally: &Tally) {
    figures::timers(tally.timers, tally.timers_overdue);
    for state in OPEN.map(LetterState::as_str) {
        let count = tally.letters.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| *count);
        figures::letters_open(state, count);
    }
}
