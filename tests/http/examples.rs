//! The examples of the published reference are requests that do what it says: each is sent to a server that has one of
//! everything, and is answered with the call's own success.

use actix_web::http::{Method, header};
use doorbell::domain::account::Kind;
use doorbell::edge::http::routes::table;
use doorbell::mail::unsubscribe;
use serde_json::{Value, json};

use crate::answers::OPENAPI;
use crate::company::Company;
use crate::world::{Answer, Client, PASSWORD, SECRET, World, request};

/// The people and things of the examples, by the names that the reference gives them.
struct Cast {
    names: Vec<(&'static str, String)>,
}

const ADMIN: &str = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0a01";
const AGENT: &str = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0a02";
const TOKEN: &str = "q8Zr1vN5cT0yKx3LwB7mJd2HfPsGu6Ea9RoXi4WtMkU";
const RESET: &str = "r5Tq9ZxB2nV7cM1kL8jH4gF6dS0aPwOeIuYt3RqEwQs";

impl Cast {
    fn of(company: &Company<'_>, token: &str) -> Self {
        let unsubscribe = unsubscribe::sign(SECRET, company.account, company.agent, Kind::Offline);
        Self {
            names: vec![
                (ADMIN, company.admin.to_string()),
                (AGENT, company.agent.to_string()),
                ("019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0b01", company.group.clone()),
                ("019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0c01", company.conversation.clone()),
                ("019b4e2a-5c1e-7a01-9d3f-2b6a1c0e0d01", company.session.clone()),
                ("019b4e2a5c1e7a019d3f2b6a1c0e0c01.1.019b4e2a5c1e7a019d3f2b6a1c0e0a01", company.email.to_string()),
                ("phone-7f3a", company.device.clone()),
                ("Wk7pQ2mZt9Xc4LrVh1Jd8A", company.widget_key.clone()),
                ("u1.Nf8cV2bX7zL5kJ3hG9dS.o.Qw4eR6tY", unsubscribe),
                ("anna@shop.example", format!("admin@{}.test", company.name)),
                ("old@shop.example", format!("agent@{}.test", company.name)),
                ("blocked.example", format!("{}.test", company.name)),
                ("correct-horse-battery-7", PASSWORD.to_owned()),
                (TOKEN, token.to_owned()),
            ],
        }
    }

    /// A text of the reference as it is in this company.
    fn cast(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, real)| text.replace(name, real))
    }
}

/// Every call, and each example of its body. (What begins a socket is no call: `tests/ws` begins many.)
fn examples() -> Vec<(Method, &'static String, &'static Value, Option<&'static Value>)> {
    let mut all = Vec::new();
    for (path, methods) in OPENAPI["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // A report is no JSON: `inbound.rs` sends some.
            let is_report = call["security"] == json!([{ "mailServer": [] }]);
            if is_report
                || path.starts_with("/ws/")
                || !table().iter().any(|row| row.method == method && row.path == *path)
            {
                continue;
            }
            let content = &call["requestBody"]["content"]["application/json"];
            let named = content["examples"].as_object().into_iter().flatten().map(|(_, named)| &named["value"]);
            let bodies: Vec<&Value> = named.chain(content.get("example")).collect();
            if bodies.is_empty() {
                all.push((method.clone(), path, call, None));
            }
            all.extend(bodies.into_iter().map(|body| (method.clone(), path, call, Some(body))));
        }
    }
    all
}

/// The path with the examples of its parts, and of those parts of the query that have one.
fn address(path: &str, call: &Value, cast: &Cast) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in call["parameters"].as_array().into_iter().flatten() {
        let parameter = OPENAPI.resolved(parameter);
        let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
        match (parameter["in"].as_str().unwrap(), example.as_str()) {
            ("path", example) => {
                let example = example.unwrap_or_else(|| panic!("{path}: an example of {name}"));
                path = path.replace(&format!("{{{name}}}"), &cast.cast(example));
            }
            (_, Some(example)) => query.push(format!("{name}={}", cast.cast(example))),
            (_, None) => {}
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// What must be so before a call can succeed.
async fn set_the_scene(company: &Company<'_>, admin: &Client<'_>, cast: &mut Cast, call: &Value) {
    // Somebody who was invited and has no password yet.
    if call["operationId"] == "inviteOperator" || call["operationId"] == "resetPassword" {
        let eva = json!({ "name": "Eva", "email": format!("eva@{}.test", company.name), "role": "agent" });
        let made = admin.post("/api/v1/operators", eva).await.json();
        let token = made["invite"]["url"].as_str().unwrap().split_once("#invite=").unwrap().1.to_owned();
        cast.names.insert(0, (AGENT, made["id"].as_str().unwrap().to_owned()));
        cast.names.insert(0, (RESET, token));
    }
    // The admin is to have what the examples call theirs.
    if call["operationId"] == "signOutDevice" {
        let lease = json!({ "device": { "id": company.device, "kind": "mobile" }, "state": "online", "ttl_s": 600 });
        assert_eq!(admin.call(Method::PUT, "/api/v1/presence", Some(lease)).await.status, 200);
    }
}

async fn send(client: &Client<'_>, method: &Method, path: &str, body: Option<Value>, is_public: bool) -> Answer {
    if is_public {
        return client.world.call(method.clone(), path, body).await;
    }
    client.call(method.clone(), path, body).await
}

#[actix_rt::test]
async fn every_example_of_a_call_does_what_the_reference_says() {
    let world = World::new().await;
    let mut sent = 0;
    for (method, path, call, body) in examples() {
        let company = Company::found(&world, format!("shop{sent}").leak()).await;
        let mut admin = company.fresh(company.admin).await;
        // The one log-in that there is by an id is the agent's own.
        if call["operationId"] == "endSession" {
            admin = company.fresh(company.agent).await;
        }
        let mut cast = Cast::of(&company, &admin.token);
        set_the_scene(&company, &admin, &mut cast, call).await;
        let body = body.map(|body| serde_json::from_str(&cast.cast(&body.to_string())).unwrap());
        let address = address(path, call, &cast);
        let answer = send(&admin, &method, &address, body.clone(), call["security"] == json!([])).await;
        let told = call["responses"].as_object().unwrap().keys().find(|status| status.starts_with('2'));
        let told = told.unwrap_or_else(|| panic!("{method} {path}: it never succeeds"));
        assert_eq!(&answer.status.to_string(), told, "{method} {address} {body:?}: {}", answer.text);
        sent += 1;
    }
    assert!(sent > 45, "{sent}");
}

#[actix_rt::test]
async fn the_documents_are_sent_once() {
    let world = World::new().await;
    for path in ["/openapi.json", "/asyncapi.json"] {
        let first = world.call(Method::GET, path, None).await;
        assert_eq!((first.status, first.header("content-type")), (200, "application/json; charset=utf-8"));
        let known = (header::IF_NONE_MATCH, first.header("etag").to_owned());
        let again = world.send(request(Method::GET, path, None).insert_header(known)).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
    }
}
