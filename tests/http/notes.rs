//! Letters about accounts, as they reach a relay and as an independent parser reads them.

use actix_web::http::Method;
use doorbell::domain::account::Plan;
use doorbell::domain::ids::{AccountId, NoteId};
use doorbell::domain::time::Span;
use doorbell::office::accounts;
use doorbell::ports::journal::{Commit, Outcome, RecordOp};
use doorbell::ports::{notes, record};
use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

use crate::sink::{Act, At, Mail, Sink};
use crate::world::{Client, PASSWORD, World};

/// After this much, what a test waits for does not come any more.
const DEADLINE: Duration = Duration::from_secs(20);

fn parsed(mail: &Mail) -> Message<'_> {
    MessageParser::default().parse(&mail.raw).unwrap()
}

/// The text, whatever its lines may not end at.
fn text(mail: &Mail) -> String {
    parsed(mail).body_text(0).unwrap().replace("\r\n", "\n").replace('\u{a0}', " ")
}

/// The tokens in the links of a letter, in their order.
fn tokens(mail: &Mail, what: &str) -> Vec<String> {
    let link = format!("https://chat.example/dashboard#{what}=");
    let (text, html) = (text(mail), parsed(mail).body_html(0).unwrap().into_owned());
    let found: Vec<String> = text.lines().filter_map(|line| line.strip_prefix(&link)).map(str::to_owned).collect();
    assert!(found.iter().all(|token| html.contains(&format!("href=\"{link}{token}\""))), "{html}");
    found
}

/// The names of its headers, as they stand there.
fn headers(mail: &Mail) -> Vec<String> {
    parsed(mail).headers_raw().map(|(name, _)| name.to_owned()).collect()
}

async fn forgot(world: &World, email: &str) {
    let answer = world.call(Method::POST, "/api/v1/password/forgot", Some(json!({ "email": email }))).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
}

async fn set(world: &World, token: &str, password: &str) -> u16 {
    let body = json!({ "token": token, "password": password });
    world.call(Method::POST, "/api/v1/password/reset", Some(body)).await.status
}

async fn invite(admin: &Client<'_>, name: &str, email: &str) -> Value {
    let made = admin.post("/api/v1/operators", json!({ "name": name, "email": email, "role": "agent" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

/// What the store holds of notes, one by one.
async fn stored(world: &World) -> Vec<Value> {
    let mut found = Vec::new();
    for (key, _) in world.store.records("note/".into(), None, 100).await.unwrap() {
        let id: NoteId = key["note/".len()..].parse().unwrap();
        let Some(account) = notes::account_of(&*world.store, id).await.unwrap() else { continue };
        let kept = notes::find(&*world.store, account, id).await.unwrap();
        found.extend(kept.map(|kept| serde_json::to_value(&kept.note).unwrap()));
    }
    found
}

/// Waits until what the store holds of notes is so: what was found.
async fn notes_until<T>(world: &World, what: &str, find: impl Fn(&[Value]) -> Option<T>) -> T {
    let found = async {
        loop {
            match find(&stored(world).await) {
                Some(found) => return found,
                None => tokio::task::yield_now().await,
            }
        }
    };
    let found = tokio::time::timeout(DEADLINE, found).await;
    found.unwrap_or_else(|_| panic!("within {DEADLINE:?} it was not so: {what}"))
}

/// Waits until the only note is in a state: it.
async fn note_in(world: &World, state: &str) -> Value {
    notes_until(world, state, |notes| {
        assert!(notes.len() <= 1, "{notes:#?}");
        notes.iter().find(|note| note["state"] == state).cloned()
    })
    .await
}

#[actix_rt::test]
async fn who_forgot_gets_a_letter_with_a_link_that_works_once() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    forgot(&world, "Admin@shop.test").await;
    let mail = sink.wait_accepted(1).await.remove(0);
    assert_eq!((mail.to.as_str(), mail.from.as_str()), ("admin@shop.test", "notify@mail.example"));
    assert_eq!(parsed(&mail).subject().unwrap(), "A new password for doorbell");
    assert_eq!(
        headers(&mail),
        [
            "Date",
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "MIME-Version",
            "Content-Type"
        ]
    );
    assert_eq!(parsed(&mail).header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    assert!(parsed(&mail).message_id().unwrap().ends_with("@mail.example"));
    let token = tokens(&mail, "reset").remove(0);
    note_in(&world, "sent").await;
    assert!(!format!("{:?}", stored(&world).await).contains(&token), "the token is kept in the letter only");

    assert_eq!(set(&world, &token, "12345678").await, 422, "an easy one is refused, and the link still works");
    assert_eq!(set(&world, &token, "a-better-one-9").await, 204);
    assert_eq!(set(&world, &token, "another-one-10").await, 422);
    assert_eq!(admin.get("/api/v1/me").await.status, 401, "all log-ins ended");
    let new = json!({ "email": "admin@shop.test", "password": "a-better-one-9" });
    assert_eq!(world.call(Method::POST, "/api/v1/login", Some(new)).await.status, 200);
}

#[actix_rt::test]
async fn whether_somebody_has_an_address_is_told_to_nobody() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let ask =
        |email: &'static str| world.call(Method::POST, "/api/v1/password/forgot", Some(json!({ "email": email })));
    let (nobody, somebody) = (ask("nobody@shop.test").await, ask("admin@shop.test").await);
    assert_eq!((nobody.status, &nobody.text), (somebody.status, &somebody.text));
    let names = |answer: &crate::world::Answer| {
        let told = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
        told.map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>()
    };
    assert_eq!(names(&nobody), names(&somebody));
    assert_eq!(sink.wait_accepted(1).await[0].to, "admin@shop.test");
    assert_eq!(ask("not an address").await.json()["field"], "email");
}

#[actix_rt::test]
async fn d2_people_who_share_an_address_get_one_letter_with_a_link_for_each() {
    let (world, sink) = World::with_mail().await;
    world.account("one", Plan::Free).await;
    world.account("two", Plan::Free).await;
    for name in ["one", "two"] {
        let admin = world.log_in(&format!("admin@{name}.test")).await;
        let body =
            json!({ "name": format!("Info {name}"), "email": "info@both.test", "password": PASSWORD, "role": "agent" });
        assert_eq!(admin.post("/api/v1/operators", body).await.status, 201);
    }
    forgot(&world, "info@both.test").await;
    let mail = sink.wait_accepted(1).await.remove(0);
    for who in ["Info one (one)", "Info two (two)", "2 people"] {
        assert!(text(&mail).contains(who), "{}", text(&mail));
    }
    let links = tokens(&mail, "reset");
    assert_eq!(links.len(), 2);
    assert_eq!(set(&world, &links[1], "a-better-one-9").await, 204);
    let log_in = |password: &str| {
        let body = json!({ "email": "info@both.test", "password": password });
        world.call(Method::POST, "/api/v1/login", Some(body))
    };
    assert_eq!(log_in("a-better-one-9").await.json()["account"]["name"], "two");
    assert_eq!(log_in(PASSWORD).await.json()["account"]["name"], "one", "the other's password is the old one");
    assert_eq!(set(&world, &links[0], "a-better-one-9").await, 204);
}

#[actix_rt::test]
async fn a_mailbox_is_not_flooded_and_nobody_is_told() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    world.account("last", Plan::Free).await;
    for _ in 0..6 {
        forgot(&world, "admin@shop.test").await;
    }
    // Letters leave in their order: what comes after this one would have come before it.
    world.later(Span(10));
    forgot(&world, "admin@last.test").await;
    let mails = sink.wait_accepted(4).await;
    let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["admin@shop.test", "admin@shop.test", "admin@shop.test", "admin@last.test"]);
}

#[actix_rt::test]
async fn a_link_is_worth_nothing_after_an_hour_a_changed_password_or_a_changed_address() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    forgot(&world, "admin@shop.test").await;
    let late = tokens(&sink.wait_accepted(1).await[0], "reset").remove(0);
    world.later(Span::from_secs(3_601));
    assert_eq!(set(&world, &late, "a-better-one-9").await, 422);

    forgot(&world, "admin@shop.test").await;
    forgot(&world, "admin@shop.test").await;
    let mails = sink.wait_accepted(3).await;
    let (one, other) = (tokens(&mails[1], "reset").remove(0), tokens(&mails[2], "reset").remove(0));
    assert_eq!(set(&world, &one, PASSWORD).await, 204);
    assert_eq!(set(&world, &other, "a-better-one-9").await, 422, "the password was changed");

    world.later(Span::from_secs(7_200));
    forgot(&world, "admin@shop.test").await;
    let old = tokens(&sink.wait_accepted(4).await[3], "reset").remove(0);
    let admin = world.log_in("admin@shop.test").await;
    let body = json!({ "email": "new@shop.test", "current_password": PASSWORD });
    assert_eq!(admin.patch("/api/v1/me", body).await.status, 200);
    assert_eq!(set(&world, &old, "a-better-one-9").await, 422, "the address is somebody else's now");
}

#[actix_rt::test]
async fn a_deactivated_operator_gets_no_letter() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (_, id) = world.agent(&admin, "agent@shop.test").await;
    assert_eq!(admin.delete(&format!("/api/v1/operators/{id}")).await.status, 204);
    forgot(&world, "agent@shop.test").await;
    world.later(Span(10));
    forgot(&world, "admin@shop.test").await;
    assert_eq!(sink.wait_accepted(1).await[0].to, "admin@shop.test");
}

#[actix_rt::test]
async fn an_invitation_goes_out_in_the_accounts_language_and_says_who_invites_to_what_until_when() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    admin.patch("/api/v1/account", json!({ "locale": "cs", "name": "Papírnictví" })).await;
    admin.patch("/api/v1/me", json!({ "name": "Žofie Novotná" })).await;
    let made = invite(&admin, "Nový", "novy@shop.test").await;
    let mail = sink.wait_accepted(1).await.remove(0);
    assert_eq!(mail.to, "novy@shop.test");
    assert_eq!(parsed(&mail).subject().unwrap(), "Pozvánka do aplikace doorbell");
    let text = text(&mail);
    for part in ["Žofie Novotná vás zve k odpovídání v chatu (Papírnictví).", "novy@shop.test", "Odkaz funguje jednou"]
    {
        assert!(text.contains(part), "{text}");
    }
    let token = tokens(&mail, "invite").remove(0);
    assert_eq!(made["invite"]["url"], format!("https://chat.example/dashboard#invite={token}"));
    assert_eq!(set(&world, &token, PASSWORD).await, 204);
    world.log_in("novy@shop.test").await;
    assert_eq!(admin.get("/api/v1/emails").await.json()["items"], json!([]), "it is no row of the outbox");
}

#[actix_rt::test]
async fn an_invitation_can_be_sent_again_until_a_password_is_set() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let id = invite(&admin, "New", "new@shop.test").await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/operators/{id}/invite");
    world.later(Span::from_secs(6 * 24 * 3_600));
    let again = admin.post(&path, json!({})).await;
    assert_eq!((again.status, &again.json()["id"]), (201, &json!(id)));
    let mails = sink.wait_accepted(2).await;
    let second = tokens(&mails[1], "invite").remove(0);
    assert!(again.json()["invite"]["url"].as_str().unwrap().ends_with(&second));
    world.later(Span::from_secs(2 * 24 * 3_600));
    assert_eq!(set(&world, &tokens(&mails[0], "invite")[0], PASSWORD).await, 422, "the first has lapsed");
    assert_eq!(set(&world, &second, PASSWORD).await, 204);
    assert_eq!(admin.post(&path, json!({})).await.problem(), "conflict");
    let agent = world.log_in("new@shop.test").await;
    assert_eq!(agent.post(&path, json!({})).await.problem(), "forbidden");
    let nobody = "/api/v1/operators/0198c0de-0000-7000-8000-000000000000/invite";
    assert_eq!(admin.post(nobody, json!({})).await.problem(), "not_found");
}

#[actix_rt::test]
async fn another_companys_invitations_keep_nobody_from_a_new_password() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    world.account("evil", Plan::Free).await;
    let evil = world.log_in("admin@evil.test").await;
    for n in 0..3 {
        invite(&evil, &format!("Mallory {n}"), "admin@shop.test").await;
    }
    let more = json!({ "name": "Mallory", "email": "admin@shop.test", "role": "agent" });
    assert_eq!(evil.post("/api/v1/operators", more).await.problem(), "rate_limited");
    let forgot = json!({ "email": "admin@shop.test" });
    assert_eq!(world.call(Method::POST, "/api/v1/password/forgot", Some(forgot)).await.status, 202);
    let mails = sink.wait_accepted(4).await;
    assert!(mails.iter().any(|mail| !tokens(mail, "reset").is_empty()), "the letter comes");
}

#[actix_rt::test]
async fn an_address_is_not_flooded_by_making_it_somebodys_and_taking_it_away_again() {
    let (world, _) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let (_, id) = world.agent(&admin, "victim@elsewhere.test").await;
    let path = format!("/api/v1/operators/{id}");
    let to = |email: String| admin.patch(&path, json!({ "email": email }));
    for n in 0..3 {
        assert_eq!(to(format!("agent{n}@shop.test")).await.status, 200);
        assert_eq!(to("Victim@elsewhere.test".into()).await.status, 200);
    }
    assert_eq!(to("victim@elsewhere.test".into()).await.status, 200, "other letters are no other address");
    assert_eq!(to("agent4@shop.test".into()).await.problem(), "rate_limited");
    world.later(Span::from_secs(1_200));
    assert_eq!(to("agent4@shop.test".into()).await.status, 200);
}

#[actix_rt::test]
async fn an_address_is_invited_three_times_an_hour_at_most() {
    let world = World::new().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let path =
        format!("/api/v1/operators/{}/invite", invite(&admin, "New", "new@shop.test").await["id"].as_str().unwrap());
    assert_eq!((admin.post(&path, json!({})).await.status, admin.post(&path, json!({})).await.status), (201, 201));
    let refused = admin.post(&path, json!({})).await;
    assert_eq!((refused.problem().as_str(), refused.header("retry-after").is_empty()), ("rate_limited", false));
}

#[actix_rt::test]
async fn d3_the_old_address_is_told_and_who_was_still_to_come_is_invited_at_the_new_one() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let id = invite(&admin, "New", "typo@shop.test").await["id"].as_str().unwrap().to_owned();
    let first = sink.wait_accepted(1).await.remove(0);
    let moved = admin.patch(&format!("/api/v1/operators/{id}"), json!({ "email": "right@shop.test" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert!(moved.json()["invite"]["url"].is_string());
    let mails = sink.wait_accepted(3).await;
    let told = mails.iter().skip(1).find(|mail| mail.to == "typo@shop.test").unwrap();
    assert_eq!(parsed(told).subject().unwrap(), "Your address in doorbell was changed");
    assert!(
        text(told).contains("It was changed by Admin.") && !text(told).contains("right@shop.test"),
        "{}",
        text(told)
    );
    let invited = mails.iter().find(|mail| mail.to == "right@shop.test").unwrap();
    assert_eq!(set(&world, &tokens(&first, "invite")[0], PASSWORD).await, 422, "the typo's owner cannot come in");
    assert_eq!(set(&world, &tokens(invited, "invite")[0], PASSWORD).await, 204);

    let body = json!({ "email": "boss@shop.test", "current_password": PASSWORD });
    assert_eq!(admin.patch("/api/v1/me", body).await.status, 200);
    let mail = sink.wait_accepted(4).await.remove(3);
    assert_eq!(mail.to, "admin@shop.test");
}

#[actix_rt::test]
async fn e5_nothing_that_anybody_typed_becomes_a_header_or_markup() {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    let admin = world.log_in("admin@shop.test").await;
    let evil = "<script>alert(1)</script> =?utf-8?q?x?= \u{202e}gro.live";
    admin.patch("/api/v1/account", json!({ "name": evil })).await;
    admin.patch("/api/v1/me", json!({ "name": "\"><img src=x onerror=y> https://evil.test/" })).await;
    invite(&admin, evil, "new@shop.test").await;
    let mail = sink.wait_accepted(1).await.remove(0);
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    let head = raw.split("\r\n\r\n").next().unwrap();
    for typed in ["script", "evil", "utf-8?q?x"] {
        assert!(!head.contains(typed), "{head}");
    }
    let html = parsed(&mail).body_html(0).unwrap().into_owned();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}'), "{html}");
    assert!(html.contains("&lt;script&gt;"), "it is told as text");
    assert_eq!(html.matches("href=").count(), 1, "the one link is ours");
    let wrong = json!({ "name": "Evil\r\nBcc: victim@evil.test", "email": "x@shop.test", "role": "agent" });
    assert_eq!(admin.post("/api/v1/operators", wrong).await.json()["field"], "name");
    assert_eq!(accounts::with_address(&world.store, "x@shop.test").await.unwrap(), []);
}

async fn one_forgotten() -> (World, Sink) {
    let (world, sink) = World::with_mail().await;
    world.account("shop", Plan::Free).await;
    (world, sink)
}

#[actix_rt::test]
async fn e4_a_note_whose_fate_is_unknown_is_sent_once_more_with_the_same_bytes_and_never_again() {
    let (world, sink) = one_forgotten().await;
    sink.on(At::Dot, Act::HangUp);
    sink.on(At::Dot, Act::HangUp);
    forgot(&world, "admin@shop.test").await;
    let twice = |note: &&Value| note["state"] == "uncertain" && note["bodies"] == 2;
    let note = notes_until(&world, "sent twice", |notes| notes.iter().find(twice).cloned()).await;
    let bodies = sink.bodies();
    assert_eq!((bodies.len(), &bodies[0].raw), (2, &bodies[1].raw));
    let token = tokens(&bodies[0], "reset").remove(0);
    assert!(!note.to_string().contains(&token), "{note:#}");
    // Another note that leaves shows that this one has had its turn.
    world.later(Span::from_secs(600));
    forgot(&world, "admin@shop.test").await;
    sink.wait_accepted(1).await;
    assert_eq!(sink.bodies().len(), 3);
}

#[actix_rt::test]
async fn e4_a_note_that_is_refused_for_now_is_tried_again_and_one_that_is_refused_for_good_is_not() {
    let (world, sink) = one_forgotten().await;
    sink.on(At::Rcpt, Act::Say("452 4.2.2 mailbox full"));
    sink.on(At::Dot, Act::Say("451 4.3.0 try again"));
    forgot(&world, "admin@shop.test").await;
    sink.wait_accepted(1).await;
    let sent = note_in(&world, "sent").await;
    let replies: Vec<&str> =
        sent["attempts"].as_array().unwrap().iter().map(|a| a["reply"].as_str().unwrap()).collect();
    assert_eq!(replies[..2], ["452 4.2.2 mailbox full", "451 4.3.0 try again"]);
    assert_eq!(sent["raw"], Value::Null);

    let (world, sink) = one_forgotten().await;
    sink.on(At::Rcpt, Act::Say("550 5.1.1 no such user"));
    forgot(&world, "admin@shop.test").await;
    let failed = note_in(&world, "failed").await;
    assert_eq!(failed["tidings"]["people"][0]["token"], Value::Null);
    assert_eq!(sink.bodies().len(), 0);
}

#[actix_rt::test]
async fn a_note_that_helps_nobody_any_more_is_not_sent_and_one_that_is_late_says_so() {
    let (world, sink) = one_forgotten().await;
    sink.always(At::Mail, Act::Say("451 4.3.2 later"));
    forgot(&world, "admin@shop.test").await;
    note_in(&world, "deferred").await;
    let admin = world.log_in("admin@shop.test").await;
    let body = json!({ "email": "new@shop.test", "current_password": PASSWORD });
    admin.patch("/api/v1/me", body).await;
    world.later(Span::from_secs(60));
    notes_until(&world, "one helps nobody any more", |notes| {
        notes.iter().any(|note| note["state"] == "no_longer_needed").then_some(())
    })
    .await;

    let (world, sink) = one_forgotten().await;
    sink.always(At::Mail, Act::Say("451 4.3.2 later"));
    forgot(&world, "admin@shop.test").await;
    note_in(&world, "deferred").await;
    world.later(Span::from_secs(4_000));
    note_in(&world, "expired").await;
    // In a month it is forgotten, and so is the token that it told of.
    world.later(Span::from_secs(32 * 24 * 3_600));
    notes_until(&world, "it is forgotten", |notes| notes.is_empty().then_some(())).await;
    for prefix in ["note-due/", "reset/"] {
        assert_eq!(world.store.records(prefix.into(), None, 10).await.unwrap(), [], "{prefix}");
    }
}

#[actix_rt::test]
async fn d3_a_repeat_of_what_was_refused_tells_only_of_those_who_still_have_the_address() {
    let (world, sink) = World::with_mail().await;
    for name in ["one", "two"] {
        world.account(name, Plan::Free).await;
        let admin = world.log_in(&format!("admin@{name}.test")).await;
        let body =
            json!({ "name": format!("Info {name}"), "email": "info@both.test", "password": PASSWORD, "role": "agent" });
        assert_eq!(admin.post("/api/v1/operators", body).await.status, 201);
    }
    sink.on(At::Dot, Act::Say("451 4.3.0 try again"));
    sink.on(At::Mail, Act::Say("250 2.1.0 Ok"));
    sink.always(At::Mail, Act::Say("451 4.3.2 later"));
    forgot(&world, "info@both.test").await;
    notes_until(&world, "the body was refused", |notes| {
        let of_body = |note: &&Value| note["raw"].is_string() && note["state"] == "deferred";
        notes.iter().find(of_body).map(drop)
    })
    .await;
    let admin = world.log_in("admin@two.test").await;
    let team = admin.get("/api/v1/operators").await.json();
    let info = team["items"].as_array().unwrap().iter().find(|o| o["email"] == "info@both.test").unwrap();
    let path = format!("/api/v1/operators/{}", info["id"].as_str().unwrap());
    assert_eq!(admin.patch(&path, json!({ "email": "other@two.test" })).await.status, 200);
    sink.forget();
    world.later(Span::from_secs(60));
    let mails = sink.wait_accepted(2).await;
    // One of them tells the old address of the change, and has no way in.
    let ways: usize = mails.iter().map(|mail| tokens(mail, "reset").len()).sum();
    assert_eq!(ways, 1, "the other one's way in is none of theirs");
}

#[actix_rt::test]
async fn e6_a_time_that_is_left_of_a_note_which_is_gone_is_cleared_away() {
    let (world, _sink) = World::with_mail().await;
    let key = record::note_due_key(world.store.now(), AccountId(Uuid::from_u128(1)), NoteId(Uuid::from_u128(2)));
    let left = vec![RecordOp::Put { key, value: record::encode(&()) }];
    let made = world.store.commit(Commit { records: left, ..Commit::default() }).await;
    assert!(matches!(made, Outcome::Committed { .. }));
    let cleared = async {
        while !world.store.records("note-due/".into(), None, 10).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, cleared).await.expect("it is not found for ever");
}
