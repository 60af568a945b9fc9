//! What is counted and logged of every request: by the pattern of its route, never by its path, which may hold a token.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use tracing::{Instrument as _, Span, debug, info_span, warn};
use uuid::Uuid;

use crate::edge::limits::Handshake;
use crate::ports::figures;

/// Under this name an answer bears the id that the server's log has for its request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives a request an id, which everything that is logged on its way bears, and counts its answer.
pub(super) async fn request<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let asked_at = Instant::now();
    if let Some(handshake) = request.request().conn_data::<Handshake>() {
        handshake.came();
    }
    let method = name_of(request.method());
    let id = Uuid::now_v7();
    let span = info_span!("request", %id, method, route = tracing::field::Empty);
    let mut answer = next.call(request).instrument(span.clone()).await?;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    let route = answer.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    span.record("route", route.as_str());
    log(&span, answer.status(), asked_at);
    figures::answered(route, method, answer.status().as_u16(), asked_at.elapsed());
    Ok(answer)
}

fn log(span: &Span, status: StatusCode, asked_at: Instant) {
    let _in = span.enter();
    let (status, took_ms) = (status.as_u16(), asked_at.elapsed().as_millis() as u64);
    if status >= 500 {
        warn!(status, took_ms, "a request was not served");
    } else {
        debug!(status, took_ms, "a request was answered");
    }
}

/// A stranger may make up methods, and none of those is to become a label.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
