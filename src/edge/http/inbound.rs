//! What a mail server hands over: reports that a letter could not be delivered after all (rule D5).

use std::fmt;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use subtle::ConstantTimeEq as _;

use super::Front;
use super::body::RawBody;
use super::problem::{Answer, Problem};
use crate::actors::account::{LetterMoved, Reread};
use crate::domain::ids::LetterId;
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::{LetterState, Pauses};
use crate::office::returns::{self, Taken};
use crate::ports::figures;
use crate::ports::returns::Returns;

/// The longest report, in bytes: some return the whole letter.
pub const REPORT_LEN_MAX: usize = 1024 * 1024;

/// How reports about letters are taken.
#[derive(Clone)]
pub struct Inbound {
    /// By which the mail server that hands them over is known; `None`: nothing is taken.
    pub secret: Option<String>,
    /// Reads them.
    pub returns: Arc<dyn Returns>,
    /// The pauses of the outbox: what waiting helps is sent again.
    pub pauses: Pauses,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbound(…)")
    }
}

/// What was made of a report.
#[derive(Debug, Default, Serialize)]
struct ReportObject {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<LetterId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<LetterState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
}

pub(super) async fn dsn(front: web::Data<Front>, request: HttpRequest, raw: RawBody) -> Answer {
    let_in(&front, &request)?;
    let raw = raw.bytes_up_to(REPORT_LEN_MAX).await?;
    let Inbound { returns, pauses, .. } = &front.settings.inbound;
    let report = returns.read(&raw).map_err(|why| Problem::invalid("", why.to_string()))?;
    let taken = returns::take(&front.host.store, &**returns, &report, pauses).await?;
    let told = told(&taken);
    figures::report_is(told.outcome);
    tracing::info!(outcome = told.outcome, class = told.class.map(Class::as_str), "a report about a letter came");
    tell(&front, taken).await;
    Ok(HttpResponse::Ok().json(told))
}

/// Mail servers have a secret of their own, and may do nothing else with it.
fn let_in(front: &Front, request: &HttpRequest) -> Result<(), Problem> {
    let Some(secret) = &front.settings.inbound.secret else {
        let detail = "reports are not taken here: `mail.inbound_secret` is not set";
        return Err(Problem::new(StatusCode::NOT_FOUND, "not_found", detail));
    };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(secret.as_bytes())) { Ok(()) } else { Err(Problem::unauthorized()) }
}

fn told(taken: &Taken) -> ReportObject {
    match *taken {
        Taken::Letter { id, state, class, is_new, .. } => ReportObject {
            outcome: if is_new { "counted" } else { "repeated" },
            email: Some(id),
            state: Some(state),
            class,
        },
        Taken::Note { class, .. } => ReportObject { outcome: "counted", class, ..ReportObject::default() },
        Taken::Nothing => ReportObject { outcome: "nothing_new", ..ReportObject::default() },
        Taken::Unknown => ReportObject { outcome: "unknown", ..ReportObject::default() },
    }
}

async fn tell(front: &Front, taken: Taken) {
    match taken {
        Taken::Letter { account, id, state, is_new: true, .. } => {
            figures::letter_is(state.as_str());
            front.accounts.tell(account, LetterMoved { letter: id, state }).await;
            front.accounts.tell(account, Reread).await;
        }
        Taken::Note { account, .. } => front.accounts.tell(account, Reread).await,
        Taken::Letter { .. } | Taken::Nothing | Taken::Unknown => {}
    }
}
