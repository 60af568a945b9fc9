//! The link in a mail that switches one kind off (rule D4): what it does, for whom, and for what it is worth nothing.

use actix_web::http::{Method, header};
use doorbell::domain::account::{Kind, Plan};
use doorbell::domain::ids::{AccountId, OperatorId};
use doorbell::mail::unsubscribe;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Answer, Client, PASSWORD, SECRET, World, request};

/// An account with an admin and three agents, two of which share an address.
struct Shop<'w> {
    world: &'w World,
    admin: Client<'w>,
    account: AccountId,
    jana: OperatorId,
    petr: String,
    shares: String,
}

impl<'w> Shop<'w> {
    async fn open(world: &'w World, name: &str) -> Self {
        let account = world.account(name, Plan::Standard).await.id;
        let admin = world.log_in(&format!("admin@{name}.test")).await;
        let hire = async |person: &str, email: String| -> String {
            let body = json!({ "name": person, "email": email, "password": PASSWORD, "role": "agent" });
            let made = admin.post("/api/v1/operators", body).await;
            made.json()["id"].as_str().unwrap().to_owned()
        };
        let jana = hire("Jana", format!("info@{name}.test")).await.parse().map(OperatorId).unwrap();
        let shares = hire("Tomáš", format!("INFO@{name}.test")).await;
        let petr = hire("Petr", format!("petr@{name}.test")).await;
        Self { world, admin, account, jana, petr, shares }
    }

    /// The link in a mail to Jana.
    fn link(&self, kind: Kind) -> String {
        link(self.account, self.jana, kind)
    }

    async fn switches(&self, operator: &str) -> Value {
        self.admin.get(&format!("/api/v1/operators/{operator}")).await.json()["notifications"].clone()
    }

    async fn changes_nothing(&self, what: &str) {
        for operator in [&self.jana.to_string(), &self.shares, &self.petr] {
            assert_eq!(self.switches(operator).await, json!({ "offline": true, "missed": true }), "{what}");
        }
    }
}

fn link(account: AccountId, operator: OperatorId, kind: Kind) -> String {
    format!("/unsubscribe/{}", unsubscribe::sign(SECRET, account, operator, kind))
}

/// Asked by a browser.
async fn browse(world: &World, method: Method, url: &str, language: &str) -> Answer {
    let sent = request(method, url, None).insert_header((header::ACCEPT, "text/html,*/*;q=0.8"));
    world.send(sent.insert_header((header::ACCEPT_LANGUAGE, language))).await
}

#[actix_rt::test]
async fn d4_looking_changes_nothing_whoever_looks() {
    let world = World::new().await;
    let shop = Shop::open(&world, "shop").await;
    for kind in Kind::ALL {
        let page = browse(&world, Method::GET, &shop.link(kind), "cs").await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text.contains("<form method=\"post\"><button"), "{}", page.text);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin", "no other site learns the link");
        assert_eq!(world.call(Method::HEAD, &shop.link(kind), None).await.status, 200);
        assert_eq!(world.call(Method::OPTIONS, &shop.link(kind), None).await.status, 405);
    }
    let link = shop.link(Kind::Offline);
    assert!(browse(&world, Method::GET, &format!("{link}?lang=cs"), "en").await.text.contains("lang=\"cs\""));
    assert_eq!(world.call(Method::GET, &format!("{link}?lang=xx"), None).await.problem(), "invalid");
    shop.changes_nothing("looking").await;
}

#[actix_rt::test]
async fn d4_a_post_of_either_body_switches_that_kind_off_for_the_address() {
    let world = World::new().await;
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (shop, kind_of_body, body) in [
        ("one", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("two", "multipart/form-data; boundary=b", multipart),
        ("three", "application/x-www-form-urlencoded", ""),
    ] {
        let shop = Shop::open(&world, shop).await;
        for _ in 0..2 {
            // A mail provider's server, which has no cookie and may say where it comes from.
            let sent = request(Method::POST, &shop.link(Kind::Missed), None).set_payload(body);
            let sent = sent.insert_header((header::CONTENT_TYPE, kind_of_body));
            let answer = shop.world.send(sent.insert_header((header::ORIGIN, "https://mail.provider.test"))).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            for operator in [&shop.jana.to_string(), &shop.shares] {
                assert_eq!(shop.switches(operator).await, json!({ "offline": true, "missed": false }));
            }
            assert_eq!(shop.switches(&shop.petr).await, json!({ "offline": true, "missed": true }));
        }
    }
}

#[actix_rt::test]
async fn d4_it_says_how_to_undo_it_and_that_works() {
    let world = World::new().await;
    let shop = Shop::open(&world, "shop").await;
    for (language, said) in
        [("cs", "v\u{a0}nastavení na stránce Upozornění"), ("en", "in the settings under Notifications")]
    {
        let done = browse(&world, Method::POST, &shop.link(Kind::Offline), language).await;
        assert_eq!(done.status, 200);
        assert!(done.text.contains(said), "{}", done.text);
        assert!(done.text.contains("href=\"/dashboard#/settings/notifications\""), "{}", done.text);
        assert!(!done.text.contains("<form"));
    }
    let petr = world.log_in("petr@shop.test").await;
    let link = link(shop.account, shop.petr.parse().map(OperatorId).unwrap(), Kind::Offline);
    assert_eq!(world.call(Method::POST, &link, None).await.status, 200);
    assert_eq!(shop.switches(&shop.petr).await["offline"], false);
    assert_eq!(petr.patch("/api/v1/me", json!({ "notifications": { "offline": true } })).await.status, 200);
    assert_eq!(shop.switches(&shop.petr).await["offline"], true);
    // The link of the old mail still works.
    assert_eq!(world.call(Method::POST, &link, None).await.status, 200);
    assert_eq!(shop.switches(&shop.petr).await["offline"], false);
}

#[actix_rt::test]
async fn d4_the_token_is_worth_nothing_else() {
    let world = World::new().await;
    let shop = Shop::open(&world, "shop").await;
    let other = Shop::open(&world, "other").await;
    let token = unsubscribe::sign(SECRET, shop.account, shop.jana, Kind::Offline);
    let client = Client { world: &world, token: token.clone() };
    assert_eq!(client.get("/api/v1/me").await.problem(), "unauthorized", "no log-in");
    let cookie = request(Method::GET, "/api/v1/me", None).insert_header((header::COOKIE, format!("session={token}")));
    assert_eq!(world.send(cookie).await.problem(), "unauthorized");
    let reset = json!({ "token": token, "password": "a-better-one-9" });
    assert_eq!(world.call(Method::POST, "/api/v1/password/reset", Some(reset)).await.status, 422, "no new password");

    let forged = unsubscribe::sign(b"another secret", shop.account, shop.jana, Kind::Offline);
    let elsewhere = unsubscribe::sign(SECRET, other.account, shop.jana, Kind::Offline);
    for bad in [&forged, &elsewhere, &format!("{token}A"), &token[1..], &token.to_lowercase(), "%00", "made-up"] {
        let url = format!("/unsubscribe/{bad}");
        assert_eq!(world.call(Method::POST, &url, None).await.problem(), "not_found", "{bad}");
        assert_eq!(world.call(Method::GET, &url, None).await.problem(), "not_found", "{bad}");
    }
    shop.changes_nothing("none of these").await;
    other.changes_nothing("none of these").await;
}

#[actix_rt::test]
async fn d4_who_is_deactivated_can_still_unsubscribe_and_who_is_unknown_is_told_in_words() {
    let world = World::new().await;
    let shop = Shop::open(&world, "shop").await;
    let jana = format!("/api/v1/operators/{}", shop.jana);
    assert!(shop.admin.delete(&jana).await.status < 300);
    for method in [Method::GET, Method::POST] {
        assert_eq!(browse(&world, method, &shop.link(Kind::Offline), "en").await.status, 200);
    }
    assert_eq!(shop.switches(&shop.jana.to_string()).await["offline"], false);

    let url = link(shop.account, OperatorId(Uuid::from_u128(1)), Kind::Offline);
    for method in [Method::GET, Method::POST] {
        for (language, tag, said) in [("cs", "lang=\"cs\"", "neplatí"), ("de", "lang=\"en\"", "does not work")] {
            let page = browse(&world, method.clone(), &url, language).await;
            assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
            assert!(page.text.contains(tag) && page.text.contains(said), "{}", page.text);
            assert!(!page.text.contains("<form"));
        }
        assert_eq!(world.call(method, &url, None).await.problem(), "not_found");
    }
}
