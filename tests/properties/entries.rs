//! What must hold of bytes from the internet, whatever they are. The property tests make them up, the fuzzers
//! (`fuzz/README.md`) search for them.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::Path;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::test::TestRequest;
use doorbell::domain::ids::{ConversationId, LetterId};
use doorbell::edge::address::TrustedProxies;
use doorbell::edge::auth::{Credentials, PageOrigin};
use doorbell::edge::http::auth::wanted_locale;
use doorbell::edge::http::body::Body;
use doorbell::edge::http::query::{LIMIT_MAX, Query, cursor};
use doorbell::edge::ws::frame::{Decoder, Violation};
use doorbell::settings::Settings;
use doorbell::wire::fields::{ClientFrame, ID_LEN_MAX, Refused};
use doorbell::wire::operator_frames::OperatorCall;
use doorbell::wire::visitor_frames::VisitorCall;

/// The longest message of the decoders here, in bytes.
const MESSAGE_LEN_MAX: usize = 300;

/// What a decoder makes of bytes that come in pieces of `step`.
fn told(bytes: &[u8], step: usize) -> (Vec<String>, Option<Violation>) {
    let mut decoder = Decoder::new(MESSAGE_LEN_MAX);
    let mut told = Vec::new();
    for piece in bytes.chunks(step) {
        let fed = decoder.feed(&mut piece.to_vec(), |incoming| {
            told.push(format!("{incoming:?}"));
            ControlFlow::Continue(())
        });
        if let Err(violation) = fed {
            return (told, Some(violation));
        }
    }
    (told, None)
}

/// Any split of the same bytes tells the same frames, and ends at the same violation.
pub(crate) fn frames(bytes: &[u8]) {
    let whole = told(bytes, bytes.len().max(1));
    for step in [1, 2, 3, 7, 64] {
        assert_eq!(told(bytes, step), whole, "in steps of {step}");
    }
}

fn client_frame<C>(decoded: Result<ClientFrame<C>, Refused>) {
    let id = match decoded {
        Ok(frame) => frame.id,
        Err(refused) => {
            assert!(!refused.refusal.message.is_empty());
            refused.id
        }
    };
    assert!(id.is_none_or(|id| (1..=ID_LEN_MAX).contains(&id.0.chars().count())));
}

/// A frame of JSON is understood or refused, and an answer never bears a name that is none.
pub(crate) fn client_frames(text: &str) {
    client_frame(OperatorCall::decode(text));
    client_frame(VisitorCall::decode(text));
}

/// A body is read or refused, field by field.
pub(crate) fn body(bytes: &[u8]) {
    let Ok(body) = Body::parse(bytes) else { return };
    for path in ["a", "a.b", "a.b.c", "b"] {
        // A value that is there is of one kind.
        let kinds = [
            body.text(path).is_ok_and(|text| text.is_some()),
            body.flag(path).is_ok_and(|flag| flag.is_some()),
            body.number(path).is_ok_and(|number| number.is_some_and(f64::is_finite)),
            body.list(path, |_, text| Ok(text.len())).is_ok_and(|list| list.is_some()),
        ];
        assert!(kinds.iter().filter(|kind| **kind).count() <= 1, "{kinds:?}");
        assert!(body.ids::<ConversationId>(path).is_err() || !kinds[..3].contains(&true));
        assert!(body.word(path, &[("online", 1), ("away", 2)]).is_err() || !kinds[1..].contains(&true));
    }
}

/// A query is read or refused; a cursor leads to a place that has a cursor of its own.
pub(crate) fn query(text: &str) {
    let Ok(query) = Query::parse(text) else { return };
    assert!(query.limit().is_err() || query.limit().is_ok_and(|limit| (1..=LIMIT_MAX).contains(&limit)));
    if let Ok(Some(place)) = query.cursor::<ConversationId>() {
        let again = Query::parse(&format!("cursor={}", cursor(&place))).unwrap().cursor::<ConversationId>();
        assert_eq!(again.unwrap(), Some(place));
    }
    let _ = query.cursor::<LetterId>();
}

/// An id has one spelling.
pub(crate) fn id(text: &str) {
    if let Ok(id) = text.parse::<ConversationId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<LetterId>() {
        assert_eq!(id.to_string(), text);
    }
}

/// What headers say of who asks: nobody who is not trusted speaks for others, and what was added last counts.
pub(crate) fn headers(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let peer = IpAddr::from([10, 0, 0, 1]);
    let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
    for name in [header::X_FORWARDED_FOR, header::FORWARDED] {
        let mut map = HeaderMap::new();
        map.append(name.clone(), value.clone());
        assert_eq!(TrustedProxies::default().client(peer, &map), peer);
        proxies.client(peer, &map);
        let seen = if name == header::FORWARDED { "for=\"[2001:db8::1]:443\"" } else { "2001:db8::1" };
        map.append(name, HeaderValue::from_static(seen));
        assert_eq!(proxies.client(peer, &map).to_string(), "2001:db8::1");
    }
    let mut map = HeaderMap::new();
    for name in [header::AUTHORIZATION, header::COOKIE, header::ORIGIN] {
        map.append(name, value.clone());
    }
    // A header that is there is never made up for by a cookie.
    assert!(matches!(Credentials::of(&map), Credentials::Bearer(_)));
    map.remove(header::AUTHORIZATION);
    Credentials::of(&map);
    let is_own = PageOrigin::of(&map, "https://chat.example/") == PageOrigin::Own;
    assert_eq!(is_own, bytes == b"https://chat.example");
    let request = TestRequest::default().insert_header((header::ACCEPT_LANGUAGE, value)).to_http_request();
    assert!(wanted_locale(&request).is_ok());
}

/// A configuration is read, or refused with a sentence.
pub(crate) fn settings(text: &str) {
    if let Err(error) = Settings::from_toml(text, Path::new("doorbell.toml")) {
        assert!(!error.to_string().is_empty());
    }
}
