//! What holds for every row of the table: no URL is longer than anybody needs, and a refusal is a problem document whoever made
//! it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;

use super::problem::Problem;

/// The longest path and query, in bytes.
const URL_LEN_MAX: usize = 8 * 1024;

/// Refuses longer URLs before anybody looks at them.
pub(super) async fn no_long_urls(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let length = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if length > URL_LEN_MAX {
        let detail = format!("a URL has at most {URL_LEN_MAX} bytes");
        return Ok(request.error_response(Problem::new(StatusCode::URI_TOO_LONG, "too_long", detail)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Puts into words what the library refuses by itself, or a guest's routes without them.
pub(super) async fn in_words(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let answer = next.call(request).await?.map_into_boxed_body();
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let has_words = kind == "application/problem+json" || kind.starts_with("text/html");
    if !status.is_client_error() || has_words {
        return Ok(answer);
    }
    let (request, _) = answer.into_parts();
    Ok(ServiceResponse::from_err(problem_of(status), request))
}

fn problem_of(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_long",
        StatusCode::REQUEST_TIMEOUT => "request_timeout",
        _ => "bad_request",
    };
    Problem::new(status, code, status.canonical_reason().unwrap_or("the request cannot be understood").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
    use actix_web::{App, HttpResponse, web};

    #[actix_rt::test]
    async fn a_refusal_without_words_gets_some() {
        let routes = App::new()
            .wrap(from_fn(in_words))
            .route("/plain", web::get().to(|| async { HttpResponse::NotFound().body("no such mail") }))
            .route(
                "/page",
                web::get().to(|| async { HttpResponse::NotFound().content_type("text/html").body("<p>no") }),
            )
            .route("/number/{n}", web::get().to(|n: web::Path<u64>| async move { n.to_string() }))
            .route("/form", web::post().to(|_: web::Json<u64>| async { "" }))
            .route("/fine", web::get().to(|| async { "fine" }));
        let app = init_service(routes).await;
        for (method, path, status, code) in [
            ("GET", "/plain", 404, "not_found"),
            ("GET", "/number/x", 404, "not_found"),
            ("GET", "/nothing", 404, "not_found"),
            ("POST", "/form", 400, "bad_request"),
        ] {
            let request = TestRequest::with_uri(path).method(method.parse().unwrap()).to_request();
            let answer = call_service(&app, request).await;
            assert_eq!(answer.status(), status, "{method} {path}");
            assert_eq!(answer.headers().get(header::CONTENT_TYPE).unwrap(), "application/problem+json");
            let body: serde_json::Value = read_body_json(answer).await;
            assert_eq!((&body["code"], &body["status"]), (&code.into(), &status.into()), "{method} {path}");
        }
        let page = call_service(&app, TestRequest::with_uri("/page").to_request()).await;
        assert_eq!((page.status().as_u16(), actix_web::test::read_body(page).await.as_ref()), (404, &b"<p>no"[..]));
        let fine = call_service(&app, TestRequest::with_uri("/fine").to_request()).await;
        assert_eq!(fine.status(), 200);
    }
}
