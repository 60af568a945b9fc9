//! Every row of the URL table, given what it cannot take: each is refused in the documented way, and nothing changes.

use actix_web::http::Method;
use doorbell::edge::http::routes::{Call, Who, table};
use serde_json::{Map, Value, json};

use crate::company::Company;
use crate::world::{Answer, Client, PASSWORD, World, request};

/// Rows that take a body, and one with every field that they look at. Panics for a row that it does not know.
fn every_field(company: &Company<'_>, call: &Call) -> Option<Value> {
    let plain = company.body(call)?;
    let path = call.path.strip_prefix("/api/v1").unwrap_or(&call.path);
    let kinds = json!({ "offline": true, "missed": false });
    Some(match (call.method.as_str(), path) {
        ("PATCH", "/me") => json!({
            "name": "Renamed", "email": "new@address.test", "password": "a-new-one-7", "current_password": PASSWORD,
            "locale": "cs", "appear_offline": true, "notifications": kinds,
        }),
        ("PATCH", "/account") => json!({
            "name": "Renamed", "locale": "cs", "timezone": "Europe/Paris", "allowed_origins": ["https://a.test"],
            "notifications": {
                "offline": { "enabled": false, "delay_s": 5 }, "missed": { "enabled": false, "delay_s": 5 },
                "cooldown_s": 5, "read_cancels": "everyone", "missed_recipients": "audience", "include_text": false,
            },
        }),
        ("POST", "/operators") => json!({
            "name": "New", "email": "new@address.test", "password": PASSWORD, "role": "agent", "active": false,
            "groups": [company.group], "appear_offline": true,
        }),
        ("PATCH", "/operators/{id}") => json!({
            "name": "Renamed", "email": "new@address.test", "password": "a-new-one-7", "role": "admin", "active": false,
            "groups": [], "appear_offline": true,
        }),
        ("PUT", "/presence") => json!({
            "device": { "id": "another", "kind": "mobile", "name": "Phone" }, "state": "online", "ttl_s": 60,
        }),
        ("POST", "/login") => json!({ "email": "admin@one.test", "password": "wrong", "operator": company.agent }),
        _ => plain,
    })
}

/// The paths of all fields, those within objects too.
fn fields(value: &Value, prefix: &str, found: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        fields(value, &path, found);
        found.push(path);
    }
}

/// The object with another value at the path.
fn with(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = value;
    body
}

async fn raw(client: &Client<'_>, company: &Company<'_>, call: &Call, body: Vec<u8>) -> Answer {
    let bearer = ("authorization", format!("Bearer {}", client.token));
    client
        .world
        .send(request(call.method.clone(), &company.path(call), None).insert_header(bearer).set_payload(body))
        .await
}

fn rows_with_bodies(company: &Company<'_>) -> Vec<Call> {
    let by_people = table().into_iter().filter(|call| call.who != Who::MailServer);
    by_people.filter(|call| company.body(call).is_some()).collect()
}

#[actix_rt::test]
async fn what_is_no_json_object_is_400_or_422_and_changes_nothing() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    let broken: [Vec<u8>; 20] = [
        b"{".to_vec(),
        b"}".to_vec(),
        b"{\"name\"}".to_vec(),
        b"{\"name\":}".to_vec(),
        b"{\"name\":\"x\",}".to_vec(),
        b"{'name':'x'}".to_vec(),
        b"{\"name\":\"x\"} {}".to_vec(),
        b"{\"name\":\"x\"}\0".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"{\"name\":\"\xff\"}".to_vec(),
        b"{\"name\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"name\":\"a\0b\"}".to_vec(),
        b"{\"name\":\"a\nb\"}".to_vec(),
        br#"{"name":"\ud800"}"#.to_vec(),
        br#"{"name":"\udc00\ud800"}"#.to_vec(),
        br#"{"ttl_s":1e999}"#.to_vec(),
        br#"{"ttl_s":NaN}"#.to_vec(),
        b"[".repeat(10_000),
        b"{\"name\":".repeat(7_000),
    ];
    for call in rows_with_bodies(&company) {
        for body in &broken {
            let answer = raw(&admin, &company, &call, body.clone()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"), "{call:?} {shown}");
        }
        for body in ["[]", "5", "null", "\"x\"", "true", "[{}]"] {
            let answer = raw(&admin, &company, &call, body.into()).await;
            assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"), "{call:?} {body}");
        }
        let answer = raw(&admin, &company, &call, vec![b' '; 70_000]).await;
        assert_eq!((answer.status, answer.problem().as_str()), (413, "too_long"), "{call:?}");
    }
    company.is_still(&admin, &before, "all of it").await;
}

#[actix_rt::test]
async fn each_field_of_a_wrong_type_is_422_with_its_name_and_changes_nothing() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    let mut tries = 0;
    for call in rows_with_bodies(&company) {
        let good = every_field(&company, &call).expect("it takes one");
        let mut paths = Vec::new();
        fields(&good, "", &mut paths);
        for path in paths {
            let value = good.pointer(&format!("/{}", path.replace('.', "/"))).unwrap();
            let others =
                [json!(true), json!(-1), json!(1e300), json!("\u{0}"), json!([5]), json!([[]]), json!({ "x": 1 })];
            for other in others.into_iter().filter(|other| is_wrong(value, other)) {
                let answer = raw(&admin, &company, &call, with(&good, &path, other.clone()).to_string().into()).await;
                let shown = format!("{} {} `{path}` = {other}", call.method, call.path);
                assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"), "{shown}: {}", answer.text);
                assert_eq!(answer.json()["field"], path, "{shown}: {}", answer.text);
                tries += 1;
            }
        }
    }
    assert!(tries > 200, "{tries} were tried");
    company.is_still(&admin, &before, "all of it").await;
}

/// Whether a value is of another kind than the good one, or a number that no field takes.
fn is_wrong(good: &Value, other: &Value) -> bool {
    match good {
        Value::Bool(_) => !other.is_boolean(),
        Value::Number(_) => !other.is_number() || *other == json!(-1),
        Value::String(_) => !other.is_string(),
        Value::Array(_) => true,
        Value::Object(_) => !other.is_object(),
        Value::Null => false,
    }
}

#[actix_rt::test]
async fn too_long_and_unprintable_texts_are_refused() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    for call in rows_with_bodies(&company) {
        let good = every_field(&company, &call).expect("it takes one");
        let mut paths = Vec::new();
        fields(&good, "", &mut paths);
        for path in paths {
            let value = good.pointer(&format!("/{}", path.replace('.', "/"))).unwrap();
            if !value.is_string() {
                continue;
            }
            let answer =
                raw(&admin, &company, &call, with(&good, &path, json!("x".repeat(20_000))).to_string().into()).await;
            assert!([413, 422].contains(&answer.status), "{call:?} {path}: {}", answer.text);
            assert!(["too_long", "invalid"].contains(&answer.problem().as_str()));
            assert_eq!(answer.json()["field"], path, "{call:?}: {}", answer.text);
        }
        for name in ["a\u{0}b", "a\r\nBcc: b@c.test", "\u{85}", " ", "\u{7f}"] {
            if good["name"].is_string() {
                let answer = raw(&admin, &company, &call, with(&good, "name", json!(name)).to_string().into()).await;
                assert_eq!((answer.status, &answer.json()["field"]), (422, &"name".into()), "{call:?} {name:?}");
            }
        }
        for email in
            ["a@b.test\r\nBcc: c@d.test", "a@b.test\u{0}", "a@b@c.test", "@b.test", "a", "ř@b.test", "<a@b.test>"]
        {
            if good["email"].is_string() && !call.path.ends_with("/login") && !call.path.ends_with("/forgot") {
                let answer = raw(&admin, &company, &call, with(&good, "email", json!(email)).to_string().into()).await;
                assert_eq!((answer.status, &answer.json()["field"]), (422, &"email".into()), "{call:?} {email:?}");
            }
        }
    }
    for zone in ["../../etc/passwd", "/etc/localtime", "Europe/Prague\u{0}", "Mars/Olympus", ""] {
        let answer = admin.patch("/api/v1/account", json!({ "timezone": zone })).await;
        assert_eq!((answer.status, &answer.json()["field"]), (422, &"timezone".into()), "{zone:?}");
    }
    company.is_still(&admin, &before, "all of it").await;
}

#[actix_rt::test]
async fn of_a_field_that_stands_there_twice_the_last_one_counts_and_unknown_ones_do_not() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let call =
        Call { method: Method::PATCH, path: "/api/v1/me".into(), who: doorbell::edge::http::routes::Who::Operator };
    let body = br#"{"name":"First","future":{"name":"x"},"name":"Last","":0}"#;
    assert_eq!(raw(&admin, &company, &call, body.to_vec()).await.json()["name"], "Last");
    let many: Map<String, Value> = (0..5_000).map(|n| (format!("x{n}"), json!(n))).collect();
    assert_eq!(raw(&admin, &company, &call, Value::Object(many).to_string().into()).await.status, 200);
}

#[actix_rt::test]
async fn what_takes_no_body_does_not_mind_one() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    for call in table().into_iter().filter(|call| company.body(call).is_none()) {
        let client = company.fresh(company.admin).await;
        for body in [&b"{"[..], b"\xff\0", b"[]"] {
            let answer = raw(&client, &company, &call, body.to_vec()).await;
            assert!(answer.status < 500, "{call:?}: {}", answer.text);
        }
    }
}

#[actix_rt::test]
async fn bad_queries_are_422_and_none_harms() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    let long = "q".repeat(7_000);
    let many = "a=b&".repeat(1_500);
    let endless = "9".repeat(400);
    let queries = [
        "",
        "?",
        "&&&",
        "=",
        "a",
        "%",
        "%zz",
        "%ff=%ff",
        "a=%00",
        "limit=-1",
        "limit=0",
        "limit=201",
        "limit=1e2",
        "limit=0x10",
        "limit=%31",
        "limit=",
        "limit=5&limit=x",
        "cursor=",
        "cursor=x",
        "cursor=%ff%fe",
        "cursor=AAAA",
        "cursor=../..",
        "cursor=MC8wMTk4YzBkZS0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA",
        "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTkvMQ",
        "q=%",
        "q=%25_",
        "q=%F0%9F%90%B4",
        "q=%ff",
        "q=",
        "view=nothing",
        "view[]=all",
        "state=lost",
        "operator=x",
        "conversation=x",
        "after=-1",
        "after=x",
        "after=9223372036854775807",
        "after=9223372036854775808",
        "lang=xx",
        "lang=",
        "lang=cs&lang=en",
        "group=x",
        "group=%00",
    ];
    let queries = queries.map(str::to_owned).into_iter();
    let queries: Vec<String> =
        queries.chain([format!("q={long}"), many, format!("limit={endless}"), format!("cursor={long}")]).collect();
    for call in table().into_iter().filter(|call| call.method == Method::GET) {
        for query in &queries {
            let answer = admin.get(&format!("{}?{query}", company.path(&call))).await;
            if answer.status >= 400 && !call.path.starts_with("/ws/") {
                assert!([400, 422].contains(&answer.status), "{call:?} {query}: {}", answer.text);
                answer.problem();
            }
        }
    }
    for (path, wrong) in [
        (
            "conversations",
            vec!["limit=0", "limit=201", "limit=x", "cursor=", "cursor=AAAA", "cursor=%ff%fe", "view=nothing"],
        ),
        (
            "emails",
            vec![
                "limit=0",
                "limit=201",
                "limit=x",
                "cursor=",
                "cursor=AAAA",
                "state=lost",
                "operator=x",
                "conversation=x",
            ],
        ),
        ("presence", vec!["lang=xx"]),
    ] {
        for query in wrong {
            let answer = admin.get(&format!("/api/v1/{path}?{query}")).await;
            let field = query.split('=').next().unwrap();
            assert_eq!((answer.status, &answer.json()["field"]), (422, &field.into()), "{path} {query}");
        }
    }
    company.is_still(&admin, &before, "all of it").await;
}

#[actix_rt::test]
async fn what_is_no_id_names_nothing() {
    let world = World::new().await;
    let company = Company::found(&world, "one").await;
    let admin = company.fresh(company.admin).await;
    let before = company.state(&admin).await;
    let upper = company.conversation.to_uppercase();
    let braced = format!("%7B{}%7D", company.conversation);
    let long = "a".repeat(7_000);
    let email = company.email.to_string();
    let other_email = email.replacen(".1.", ".%2B1.", 1);
    let ids = [
        "%00",
        "%ff",
        "%",
        "%zz",
        "..",
        "%2e%2e",
        "%2F",
        "a%2Fb",
        "*",
        "0",
        "-1",
        "null",
        "%F0%9F%90%B4",
        "'%20OR%201=1--",
        "{id}",
        &upper,
        &braced,
        &long,
        &other_email,
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];
    for call in table() {
        let Some((root, rest)) = call.path.split_once("{id}") else { continue };
        // A device is called what its client likes.
        if root.ends_with("/devices/") {
            continue;
        }
        for id in ids {
            let path = format!("{root}{id}{rest}");
            if path.parse::<actix_web::http::Uri>().is_err() {
                continue;
            }
            let answer = admin.call(call.method.clone(), &path, company.body(&call)).await;
            assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{} {path}", call.method);
        }
    }
    company.is_still(&admin, &before, "all of it").await;
}
