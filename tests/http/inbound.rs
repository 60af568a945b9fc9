//! Reports that a mail server hands over: who may, and what is refused.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use doorbell::domain::account::Plan;
use doorbell::edge::http::inbound::REPORT_LEN_MAX;

use super::world::{Answer, INBOUND_SECRET, World};

const PATH: &str = "/api/v1/inbound/dsn";
const REPORT: &str = include_str!("../mail/dsn/postfix-unknown-user.eml");

async fn hand_over(world: &World, authorization: Option<&str>, raw: impl Into<Vec<u8>>) -> Answer {
    let request = TestRequest::with_uri(PATH).method(Method::POST).peer_addr(([127, 0, 0, 1], 5_000).into());
    let request = request.insert_header((header::CONTENT_TYPE, "message/rfc822")).set_payload(raw.into());
    let request = match authorization {
        Some(value) => request.insert_header((header::AUTHORIZATION, value)),
        None => request,
    };
    world.send(request).await
}

#[actix_rt::test]
async fn only_the_mail_server_is_let_in_and_with_its_secret_nowhere_else() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let right = format!("Bearer {INBOUND_SECRET}");
    let session = format!("Bearer {}", admin.token);
    for wrong in [None, Some("Bearer "), Some("Bearer x"), Some(INBOUND_SECRET), Some(session.as_str())] {
        assert_eq!(hand_over(&world, wrong, REPORT).await.problem(), "unauthorized", "{wrong:?}");
    }
    let answer = hand_over(&world, Some(&right), REPORT).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"outcome":"unknown"}"#));
    let me = TestRequest::with_uri("/api/v1/me").peer_addr(([127, 0, 0, 1], 5_000).into());
    assert_eq!(world.send(me.insert_header((header::AUTHORIZATION, right))).await.status, 401);
}

#[actix_rt::test]
async fn what_is_no_report_is_refused_and_so_is_what_is_too_long() {
    let world = World::new().await;
    let right = format!("Bearer {INBOUND_SECRET}");
    for wrong in ["", "hello", "{}", "From: a@b.test\r\n\r\nhi\r\n"] {
        let answer = hand_over(&world, Some(&right), wrong).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"), "{wrong}");
    }
    let answer = hand_over(&world, Some(&right), vec![b'x'; REPORT_LEN_MAX + 1]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too_long"));
}
