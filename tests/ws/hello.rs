//! The first frame.

use doorbell::domain::time::Span;
use doorbell::edge::limits::DoorLimits;
use tokio_tungstenite::tungstenite::Message;

use super::world::{World, calm};

const PATHS: [&str; 2] = ["/ws/visitor", "/ws/operator"];

#[actix_rt::test]
async fn an_unknown_widget_is_4004() {
    let world = World::start(calm());
    for key in ["no-such-widget", "", &"x".repeat(5_000), "the-widget/"] {
        let mut peer = world.connect("/ws/visitor").await;
        peer.say(&format!(r#"{{"type":"hello","id":"h","key":"{key}"}}"#)).await;
        let (texts, code) = peer.end().await;
        assert_eq!((code, &texts[0]["code"], &texts[0]["id"]), (4004, &"not_found".into(), &"h".into()), "{key}");
    }
}

#[actix_rt::test]
async fn no_hello_in_time_is_4001() {
    let world = World::start(DoorLimits { hello_deadline: Span(50), ..calm() });
    for path in PATHS {
        assert_eq!(world.connect(path).await.end_code().await, 4001, "{path}");
    }
}

#[actix_rt::test]
async fn a_ping_does_not_extend_the_hello() {
    let world = World::start(DoorLimits { hello_deadline: Span(300), ..calm() });
    let mut peer = world.connect("/ws/visitor").await;
    peer.send(Message::Ping("x".into())).await;
    assert_eq!(peer.end_code().await, 4001);
}

#[actix_rt::test]
async fn another_first_frame_is_4001() {
    let world = World::start(calm());
    for path in PATHS {
        for first in [r#"{"type":"message","id":"1","text":"x","client_id":"c"}"#, r#"{"type":"ping"}"#, "{", "[]", ""]
        {
            let mut peer = world.connect(path).await;
            peer.say(first).await;
            assert_eq!(peer.end_code().await, 4001, "{path} {first}");
        }
        let mut peer = world.connect(path).await;
        peer.send(Message::binary(vec![1])).await;
        assert_eq!(peer.end_code().await, 4001, "{path} binary");
    }
}

#[actix_rt::test]
async fn an_operator_without_a_good_token_is_4001() {
    let world = World::start(calm());
    for token in [r#""nonsense""#, r#""""#, "null", "5"] {
        let mut peer = world.connect("/ws/operator").await;
        peer.say(&format!(r#"{{"type":"hello","token":{token},"device":{{"id":"d","kind":"dashboard"}}}}"#)).await;
        assert_eq!(peer.end_code().await, 4001, "{token}");
    }
}

#[actix_rt::test]
async fn a_header_or_a_cookie_from_the_own_pages_stands_in_for_the_token() {
    let world = World::start(calm());
    let own = format!("http://{}", world.address);
    let token = &world.known.token;
    let (bearer, cookie) = (format!("Bearer {token}"), format!("doorbell_session={token}"));
    let hello = r#"{"type":"hello","device":{"id":"d","kind":"mobile"}}"#;
    for headers in
        [vec![("authorization", bearer.as_str())], vec![("cookie", cookie.as_str()), ("origin", own.as_str())]]
    {
        let mut peer = world.connect_with("/ws/operator", &headers).await.expect("it is let in");
        peer.say(hello).await;
        assert_eq!(peer.next().await["type"], "welcome", "{headers:?}");
    }
    for headers in [vec![("authorization", "Bearer other")], vec![("cookie", cookie.as_str())]] {
        let mut peer = world.connect_with("/ws/operator", &headers).await.expect("it is let in");
        peer.say(hello).await;
        assert_eq!(peer.end_code().await, 4001, "{headers:?}");
    }
}
