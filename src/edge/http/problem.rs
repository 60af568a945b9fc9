//! What a caller is told when something did not happen: RFC 9457 problem documents with a stable `code`.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Span;
use crate::ports::figures;
use crate::ports::journal::StoreError;

/// The answer of every handler.
pub type Answer = Result<HttpResponse, Problem>;

/// Why a request was not done. Boxed, so that what went well is not made bigger by it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<&'static str>,
    retry_after: Option<Span>,
    allow: Option<String>,
    more: Map<String, Value>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<i64>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Problem {
    /// A problem with its sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Facts { status, code, detail, field: None, retry_after: None, allow: None, more: Map::new() }))
    }

    /// The body is no JSON, or the request is broken otherwise.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// A value of a field (of the body or the query) is none.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Refusal::invalid(field, detail).into()
    }

    /// There is no such thing (here).
    pub fn not_found(what: &str) -> Self {
        Refusal::not_found(what).into()
    }

    /// Nobody is logged in, or no longer.
    pub fn unauthorized() -> Self {
        Refusal::new(RefusalCode::Unauthorized, "log in: there is no session, or it ended").into()
    }

    /// The request comes from a page of another web site.
    pub fn origin() -> Self {
        let detail = "with the cookie, a request that changes something comes from the server's own pages";
        Self::new(StatusCode::FORBIDDEN, "origin", detail)
    }

    /// The path takes other methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        let detail = format!("this takes {allow}");
        let mut problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        problem.0.allow = Some(allow.to_owned());
        problem
    }

    /// With a member of its own beside the usual ones.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.0.more.insert(member.to_owned(), value);
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The field that it is about, where it is about one.
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal.code {
            RefusalCode::BadFrame => (StatusCode::BAD_REQUEST, "bad_request"),
            RefusalCode::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            RefusalCode::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            RefusalCode::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            RefusalCode::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
            RefusalCode::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            RefusalCode::Plan => (StatusCode::FORBIDDEN, "plan"),
            RefusalCode::Conflict => (StatusCode::CONFLICT, "conflict"),
            RefusalCode::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            RefusalCode::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        let Refusal { message, field, retry_after, .. } = refusal;
        let mut problem = Self::new(status, code, message);
        problem.0.field = field;
        problem.0.retry_after = retry_after;
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store did not answer a request");
        Refusal::unavailable("the store does not answer").into()
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        figures::refused(figures::Door::Http, self.0.code);
        let mut response = HttpResponse::build(self.0.status);
        response.content_type("application/problem+json");
        if self.0.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(allow) = &self.0.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        if let Some(after) = self.0.retry_after {
            // Whole seconds, never too early.
            response.insert_header((header::RETRY_AFTER, (after.0.max(0) + 999) / 1_000));
        }
        let document = Document {
            r#type: "about:blank",
            title: self.0.status.canonical_reason().unwrap_or("Error"),
            status: self.0.status.as_u16(),
            code: self.0.code,
            detail: &self.0.detail,
            field: self.0.field,
            retry_after_ms: self.0.retry_after.map(|after| after.0),
            more: &self.0.more,
        };
        response.body(serde_json::to_string(&document).expect("a problem is plain data with text keys"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    async fn told(problem: Problem) -> (HttpResponse<()>, Value) {
        let (head, body) = problem.error_response().into_parts();
        (head.map_into_boxed_body().drop_body(), serde_json::from_slice(&to_bytes(body).await.unwrap()).unwrap())
    }

    #[actix_rt::test]
    async fn a_problem_bears_its_code_field_and_type() {
        let (head, body) = told(Problem::invalid("email", "one plain address")).await;
        assert_eq!(head.status(), 422);
        assert_eq!(head.headers().get(header::CONTENT_TYPE).unwrap(), "application/problem+json");
        assert_eq!((&body["code"], &body["field"], &body["status"]), (&"invalid".into(), &"email".into(), &422.into()));
    }

    #[actix_rt::test]
    async fn retry_after_is_never_too_early() {
        let refusal = Refusal { retry_after: Some(Span(1_001)), ..Refusal::new(RefusalCode::RateLimited, "slowly") };
        let (head, body) = told(refusal.into()).await;
        assert_eq!(head.status(), 429);
        assert_eq!(head.headers().get(header::RETRY_AFTER).unwrap(), "2");
        assert_eq!(body["retry_after_ms"], 1_001);
    }

    #[actix_rt::test]
    async fn more_stands_beside_the_usual() {
        let conflict = Refusal::new(RefusalCode::Conflict, "which one?");
        let (head, body) = told(Problem::from(conflict).with("choices", Value::Array(Vec::new()))).await;
        assert_eq!(
            (head.status().as_u16(), &body["code"], &body["choices"]),
            (409, &"conflict".into(), &Value::Array(vec![]))
        );
        let (head, _) = told(Problem::method_not_allowed("GET, HEAD")).await;
        assert_eq!(head.headers().get(header::ALLOW).unwrap(), "GET, HEAD");
    }
}
