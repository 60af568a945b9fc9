//! Every row of the URL table, tried as everybody.

use actix_web::http::{Method, header};
use doorbell::domain::ids::OperatorId;
use doorbell::edge::http::routes::{Call, Who, table};
use serde_json::json;

use crate::company::Company;
use crate::world::{Answer, Client, World, request};

/// The rows with those that end things last.
fn rows() -> Vec<Call> {
    let mut rows = table();
    rows.sort_by_key(|call| call.method == Method::DELETE);
    rows
}

/// Whether there is something in the path that belongs to an account.
fn names_something(call: &Call) -> bool {
    call.path.contains('{')
}

/// What is for whoever is logged in.
fn rows_of_people() -> impl Iterator<Item = Call> {
    rows().into_iter().filter(|call| matches!(call.who, Who::Operator | Who::Admin))
}

async fn tried(client: &Client<'_>, company: &Company<'_>, call: &Call) -> Answer {
    client.call(call.method.clone(), &company.path(call), company.body(call)).await
}

#[actix_rt::test]
async fn without_a_log_in_only_what_is_for_anybody_is_there() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    for call in rows() {
        let answer = world.call(call.method.clone(), &company.path(&call), company.body(&call)).await;
        if call.who == Who::Anybody {
            assert!(answer.status < 500 && ![401, 403].contains(&answer.status), "{call:?}: {}", answer.status);
        } else {
            assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{call:?}");
        }
    }
}

#[actix_rt::test]
async fn a_made_up_or_empty_token_is_no_log_in() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    for call in rows().into_iter().filter(|call| call.who != Who::Anybody) {
        for value in ["Bearer", "Bearer ", "Bearer made-up", "Basic YWRtaW46YWRtaW4=", "bearer\u{a0}x", "\"\""] {
            let sent = request(call.method.clone(), &company.path(&call), company.body(&call));
            let answer = world.send(sent.insert_header((header::AUTHORIZATION, value))).await;
            assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{call:?} {value}");
        }
    }
}

/// The rows agree with the handlers: who may, can, and who may not is refused and nothing happens.
#[actix_rt::test]
async fn agents_and_admins_can_do_what_the_table_says_and_no_more() {
    let world = World::new().await;
    for (name, who) in [("agents", Who::Operator), ("admins", Who::Admin)] {
        let company = Company::found(&world, name).await;
        let watcher = company.fresh(company.admin).await;
        for call in rows_of_people() {
            let operator = if who == Who::Admin { company.admin } else { company.agent };
            let client = company.fresh(operator).await;
            // An admin has a log-in and a device of their own to end.
            if operator == company.admin
                && ["/sessions/{id}", "/devices/{id}"].iter().any(|own| call.path.ends_with(own))
            {
                continue;
            }
            if call.who == Who::Admin && who == Who::Operator {
                let before = company.state(&watcher).await;
                let answer = tried(&client, &company, &call).await;
                assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden"), "{call:?}");
                company.is_still(&watcher, &before, &format!("{call:?}")).await;
            } else {
                let answer = tried(&client, &company, &call).await;
                let may_be_late = call.path.ends_with("/retry") && answer.status == 409;
                assert!((200..300).contains(&answer.status) || may_be_late, "{call:?} {name}: {}", answer.text);
            }
        }
    }
}

/// Rule D6.
#[actix_rt::test]
async fn d6_the_ids_of_another_account_name_nothing() {
    let world = World::new().await;
    let (ours, theirs) = (Company::found(&world, "ours").await, Company::found(&world, "theirs").await);
    let watcher = theirs.fresh(theirs.admin).await;
    let before = theirs.state(&watcher).await;
    let mut tries = 0;
    for call in rows().into_iter().filter(|call| call.who != Who::Anybody && names_something(call)) {
        for operator in [ours.admin, ours.agent] {
            if call.who == Who::Admin && operator == ours.agent {
                continue;
            }
            let client = ours.fresh(operator).await;
            // Their path; a body that is good in our account, so that only the path can be to blame.
            let answer = client.call(call.method.clone(), &theirs.path(&call), ours.body(&call)).await;
            assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{call:?}");
            tries += 1;
        }
    }
    assert!(tries > 20, "{tries} were tried");
    theirs.is_still(&watcher, &before, "all of it").await;
}

/// Rule D6, for ids that stand in bodies and queries.
#[actix_rt::test]
async fn d6_nor_do_they_in_bodies_and_queries() {
    let world = World::new().await;
    let (ours, theirs) = (Company::found(&world, "ours").await, Company::found(&world, "theirs").await);
    let (client, watcher) = (ours.fresh(ours.admin).await, theirs.fresh(theirs.admin).await);
    let (before, own) = (theirs.state(&watcher).await, ours.state(&client).await);
    let thread = format!("/api/v1/conversations/{}", ours.conversation);
    let refused = [
        ("POST", format!("{thread}/transfer"), json!({ "operator": theirs.agent })),
        ("POST", format!("{thread}/transfer"), json!({ "group": theirs.group })),
        ("POST", "/api/v1/groups".into(), json!({ "name": "Mixed", "operators": [ours.agent, theirs.agent] })),
        ("PATCH", format!("/api/v1/groups/{}", ours.group), json!({ "operators": [theirs.agent] })),
        ("PATCH", format!("/api/v1/operators/{}", ours.agent), json!({ "groups": [theirs.group] })),
        (
            "POST",
            "/api/v1/operators".into(),
            json!({ "name": "Spy", "email": "spy@ours.test", "role": "agent", "groups": [theirs.group] }),
        ),
    ];
    for (method, path, body) in refused {
        let answer = client.call(method.parse().unwrap(), &path, Some(body.clone())).await;
        assert!([404, 422].contains(&answer.status), "{path} {body}: {} {}", answer.status, answer.text);
        answer.problem();
    }
    ours.is_still(&client, &own, "all of it").await;
    for query in [format!("operator={}", theirs.agent), format!("conversation={}", theirs.conversation)] {
        let found = client.get(&format!("/api/v1/emails?{query}")).await;
        assert_eq!((found.status, &found.json()["items"]), (200, &json!([])), "{query}");
    }
    let status = |group: &str| format!("/api/v1/widget/{}/status?group={group}", ours.widget_key);
    let (none, foreign) = (client.get(&status("")).await, client.get(&status(&theirs.group)).await);
    assert_eq!(none.text, foreign.text, "a group of another account is none");
    let log_in = json!({ "email": "admin@ours.test", "password": crate::world::PASSWORD, "operator": theirs.admin });
    assert_eq!(world.call(Method::POST, "/api/v1/login", Some(log_in)).await.problem(), "unauthorized");
    // Devices are named by clients: the same name elsewhere is another device.
    let lease = json!({ "device": { "id": theirs.device, "kind": "mobile" }, "state": "offline", "ttl_s": 60 });
    assert_eq!(client.call(Method::PUT, "/api/v1/presence", Some(lease)).await.status, 200);
    theirs.is_still(&watcher, &before, "all of it").await;
}

#[actix_rt::test]
async fn what_is_a_colleagues_own_is_theirs_alone() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let (other, _) = world.agent(&admin, "other@one.test").await;
    let before = company.state(&admin).await;
    for (method, path) in [
        ("DELETE", format!("/api/v1/sessions/{}", company.session)),
        ("GET", format!("/api/v1/emails/{}", company.email)),
        ("POST", format!("/api/v1/emails/{}/retry", company.email)),
    ] {
        let answer = other.call(method.parse().unwrap(), &path, None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{method} {path}");
    }
    assert_eq!(other.get("/api/v1/emails").await.json()["items"], json!([]));
    let of_others = format!("/api/v1/emails?operator={}", company.agent);
    assert_eq!(other.get(&of_others).await.problem(), "forbidden");
    let by_admin = admin.delete(&format!("/api/v1/sessions/{}", company.session)).await;
    assert_eq!(by_admin.problem(), "not_found", "log-ins are one's own, an admin's as well");
    company.is_still(&admin, &before, "all of it").await;
}

#[actix_rt::test]
async fn a_cookie_changes_nothing_from_a_foreign_page_or_none() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    let cookie = (header::COOKIE, format!("other=1; doorbell_session={}", admin.token));
    for call in rows_of_people() {
        for origin in [
            None,
            Some("null"),
            Some("https://evil.test"),
            Some("https://chat.example.evil.test"),
            Some("http://chat.example"),
        ] {
            let sent = request(call.method.clone(), &company.path(&call), company.body(&call));
            let mut sent = sent.insert_header(cookie.clone());
            if let Some(origin) = origin {
                sent = sent.insert_header((header::ORIGIN, origin));
            }
            let answer = world.send(sent).await;
            if call.method == Method::GET {
                assert_ne!(answer.status, 401, "{call:?} {origin:?}");
                assert_eq!(answer.header("access-control-allow-origin"), "", "no other page may read it: {call:?}");
            } else {
                assert_eq!((answer.status, answer.problem().as_str()), (403, "origin"), "{call:?} {origin:?}");
            }
        }
    }
    company.is_still(&admin, &before, "all of it").await;
}

#[actix_rt::test]
async fn any_other_method_is_405_with_those_that_there_are() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let rows = table();
    for call in &rows {
        let there: Vec<&Method> = rows.iter().filter(|row| row.path == call.path).map(|row| &row.method).collect();
        let mut allowed: Vec<&str> = there.iter().map(|method| method.as_str()).collect();
        if there.contains(&&Method::GET) {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = admin.call(method.parse().unwrap(), &company.path(call), None).await;
            assert_eq!(answer.status, 405, "{method} {}", call.path);
            if method != "HEAD" {
                assert_eq!(answer.problem(), "method_not_allowed", "{method} {}", call.path);
            }
            let mut told: Vec<&str> = answer.header("allow").split(", ").collect();
            told.sort_unstable();
            assert_eq!(told, allowed, "{method} {}", call.path);
        }
    }
}

#[actix_rt::test]
async fn a_head_is_the_head_of_its_get() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    for call in table().into_iter().filter(|call| call.method == Method::GET) {
        let path = company.path(&call);
        let (get, head) = (admin.get(&path).await, admin.call(Method::HEAD, &path, None).await);
        assert_eq!((get.status, get.header("content-type")), (head.status, head.header("content-type")), "{path}");
    }
}

#[actix_rt::test]
async fn who_was_deactivated_is_nobody_everywhere() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let (admin, agent) = (company.fresh(company.admin).await, company.fresh(company.agent).await);
    let id: OperatorId = company.agent;
    assert_eq!(admin.delete(&format!("/api/v1/operators/{id}")).await.status, 204);
    for call in rows().into_iter().filter(|call| call.who != Who::Anybody) {
        assert_eq!(tried(&agent, &company, &call).await.problem(), "unauthorized", "{call:?}");
    }
}
