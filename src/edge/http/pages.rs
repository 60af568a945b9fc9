//! The web pages, embedded in the binary, and what browsers are told about them.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentEncoding, EntityTag, Header as _, HeaderValue, IfNoneMatch};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;

use super::packed;
use super::problem::{Answer, Problem};
use super::routes::{Place, Who, at};
use crate::edge::auth::transport_security;
use crate::locale::Language;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Abilities of a browser that no page of ours uses, in a frame or not.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// What every answer bears unless it says otherwise: nothing from elsewhere runs, is shown, or embeds our pages. Where the world
/// reaches the server by TLS, it is told to do so always.
pub(super) fn default_headers(public_url: &str) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, policy("'self'")))
        .add((header::CACHE_CONTROL, "no-store"))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "same-origin"))
        .add((header::PERMISSIONS_POLICY, PERMISSIONS))
        .add((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .add((header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
    match transport_security(public_url) {
        Some(value) => headers.add((header::STRICT_TRANSPORT_SECURITY, value)),
        None => headers,
    }
}

fn policy(frame_ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' ws: wss:; frame-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors {frame_ancestors}"
    )
}

/// Any page or part of one.
pub(super) async fn page(request: HttpRequest) -> Answer {
    let path = request.match_info().get("file").unwrap_or_default().trim_end_matches('/');
    let file = match path {
        "" => "index.html",
        "dashboard" => "dashboard/index.html",
        "demo" => "demo/index.html",
        "reference" => "reference/index.html",
        file => file,
    };
    asset(&request, file, None)
}

/// Where this is no demo, its pages say how to get one.
pub(super) fn no_demo() -> Place {
    at("/demo{rest:(/.*)?}").get(Who::Anybody, how_to_get_a_demo)
}

async fn how_to_get_a_demo(request: HttpRequest) -> Answer {
    match request.match_info().get("rest").unwrap_or_default() {
        "" | "/" => asset(&request, "demo/off.html", None),
        _ => Err(Problem::not_found("page")),
    }
}

/// A file of `static/`; `frame_ancestors`: who may embed it, where that is not only we.
pub(super) fn asset(request: &HttpRequest, path: &str, frame_ancestors: Option<&str>) -> Answer {
    let file = Static::get(path).ok_or_else(|| Problem::not_found("page"))?;
    let (sha256, mime) = (file.metadata.sha256_hash(), file.metadata.mimetype());
    let is_packed = is_text(mime) && packed::is_wanted(request);
    let tag = if is_packed { tag_of_packed(&sha256) } else { tag_of(&sha256) };
    let (mut response, is_known) = once(request, &tag);
    if is_text(mime) {
        response.insert_header((header::VARY, "Accept-Encoding"));
    }
    if let Some(ancestors) = frame_ancestors {
        response.insert_header((header::CONTENT_SECURITY_POLICY, policy(ancestors)));
    }
    // What other web sites put into their pages: the script, and the frame that it opens.
    if frame_ancestors.is_some() || path == "widget.js" {
        response.insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"));
    }
    if is_known {
        return Ok(response.finish());
    }
    let kind = HeaderValue::from_str(&content_type(mime));
    response.insert_header((header::CONTENT_TYPE, kind.expect("a mime type is ASCII")));
    if is_packed {
        response.insert_header(ContentEncoding::Gzip);
        return Ok(response.body(packed::packed(path, &file.data, sha256)));
    }
    Ok(response.body(file.data))
}

/// A page of a few words: what there is to say, a paragraph each, and what can be done. All of it is ours: nothing in it was
/// typed by anybody.
pub(super) fn of_words(status: StatusCode, language: &dyn Language, texts: &[&str], form: &str) -> HttpResponse {
    let tag = language.tag();
    let texts: Vec<String> = texts.iter().map(|text| format!("<p>{}</p>", language.typeset(text))).collect();
    let texts = texts.concat();
    let page = format!(
        r#"<!doctype html>
<html lang="{tag}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>doorbell</title>
    <link rel="icon" href="/shared/icon.svg">
    <link rel="stylesheet" href="/shared/tokens.css">
    <link rel="stylesheet" href="/shared/base.css">
  </head>
  <body>
    <main class="page words"><div class="card stack"><h1>doorbell</h1>{texts}{form}</div></main>
  </body>
</html>
"#
    );
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page)
}

/// The same, where other web sites put it into their pages: whoever they are, it says nothing about anybody.
pub(super) fn of_words_for_frames(status: StatusCode, language: &dyn Language, text: &str) -> HttpResponse {
    let mut response = of_words(status, language, &[text], "");
    let policy = HeaderValue::from_str(&policy("*")).expect("a policy is ASCII");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

/// Whether a browser asks, to show what it gets.
pub(super) fn is_for_eyes(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn content_type(mime: &str) -> String {
    if is_text(mime) { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

/// What is written in letters: it has a charset, and packs well.
fn is_text(mime: &str) -> bool {
    mime.starts_with("text/") || ["/javascript", "json", "+xml"].iter().any(|end| mime.ends_with(end))
}

/// The tag of what has this hash.
pub(super) fn tag_of(sha256: &[u8; 32]) -> String {
    EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&sha256[..12])).to_string()
}

/// The tag of the same, packed: other bytes, so another tag.
fn tag_of_packed(sha256: &[u8; 32]) -> String {
    EntityTag::new_strong(format!("{}-gzip", URL_SAFE_NO_PAD.encode(&sha256[..12]))).to_string()
}

/// An answer that is asked about each time and sent once, and whether the browser has it already: a new version of the server
/// is a new version of what it is built with.
pub(super) fn once(request: &HttpRequest, tag: &str) -> (HttpResponseBuilder, bool) {
    let is_known = is_known(request, tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, tag));
    (response, is_known)
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.to_string().trim_start_matches("W/") == tag),
        Ok(IfNoneMatch::Any) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::{BodySize, MessageBody as _};
    use actix_web::test::TestRequest;

    #[test]
    fn a_page_that_is_known_is_not_sent_again() {
        let first = asset(&TestRequest::default().to_http_request(), "index.html", None).unwrap();
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers().get(header::CONTENT_TYPE).unwrap(), "text/html; charset=utf-8");
        let tag = first.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        let again = TestRequest::default().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
        let known = asset(&again, "index.html", None).unwrap();
        assert_eq!((known.status().as_u16(), known.body().size()), (304, BodySize::Sized(0)));
    }

    #[test]
    fn what_is_known_is_known_packed_or_not_and_not_one_for_the_other() {
        let ask = |packed: bool, known: &str| {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, known));
            let coding = if packed { "gzip, br" } else { "identity" };
            asset(&request.insert_header((header::ACCEPT_ENCODING, coding)).to_http_request(), "index.html", None)
                .unwrap()
        };
        let tag = |answer: &HttpResponse| answer.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        let (plain, packed) = (ask(false, "\"none\""), ask(true, "\"none\""));
        assert_eq!(packed.headers().get(header::CONTENT_ENCODING).unwrap(), "gzip");
        assert_eq!(plain.headers().get(header::CONTENT_ENCODING), None);
        let size = |answer: &HttpResponse| match answer.body().size() {
            BodySize::Sized(size) => size,
            other => panic!("its length is not known beforehand: {other:?}"),
        };
        assert!(size(&packed) < size(&plain), "{} < {}", size(&packed), size(&plain));
        assert_ne!(tag(&plain), tag(&packed));
        for (is_packed, known, status) in [
            (false, &tag(&plain), 304),
            (true, &tag(&packed), 304),
            // Some proxies weaken what they pass on.
            (true, &format!("W/{}", tag(&packed)), 304),
            (true, &format!("{}, {}", tag(&plain), tag(&packed)), 304),
            (false, &tag(&packed), 200),
            (true, &tag(&plain), 200),
        ] {
            let answer = ask(is_packed, known);
            assert_eq!(answer.status(), status, "{is_packed} {known}");
            assert_eq!(answer.headers().get(header::VARY).unwrap(), "Accept-Encoding");
        }
    }

    #[test]
    fn no_script_of_others_runs() {
        let policy = policy("'self'");
        assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"));
        assert!(!policy.contains("unsafe"));
    }
}
