//! Those who use the server: an account's operators at their devices, visitors in their browsers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::house::{Server, account_create, eventually};
use crate::http::Api;
use crate::socket::Socket;

pub(crate) const PASSWORD: &str = "correct horse battery 7";

/// What a test makes gets a name of its own by it.
pub(crate) fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A company.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) operators: Vec<Operator>,
    pub(crate) address: SocketAddr,
    visits: AtomicUsize,
}

impl Account {
    /// Makes it by the command line, its further operators over HTTP.
    pub(crate) async fn open(server: &Server, plan: &str, operators: usize) -> Self {
        let domain = format!("shop-{}.test", number());
        let email = format!("op0@{domain}");
        let made = account_create(server, &domain, plan, &email).await;
        let admin = Operator::log_in(server, &email).await;
        let mut account = Self {
            id: text(&made["account"]),
            key: text(&made["widget_key"]),
            operators: vec![admin],
            address: server.address,
            visits: AtomicUsize::new(0),
        };
        for n in 1..operators {
            let email = format!("op{n}@{domain}");
            let body =
                json!({ "name": format!("Operator {n}"), "email": email, "password": PASSWORD, "role": "agent" });
            account.operators[0].api.post("/api/v1/operators", body).await;
            account.operators.push(Operator::log_in(server, &email).await);
        }
        account
    }

    /// Somebody who comes to the web site for the first time.
    pub(crate) async fn visitor(&self) -> Visitor {
        self.visits.fetch_add(1, Ordering::Relaxed);
        Visitor::come(self.address, &self.key, None).await.expect("the door is open")
    }

    /// How many visitors there were.
    pub(crate) fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }
}

/// One of an account's people.
pub(crate) struct Operator {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) api: Api,
    address: SocketAddr,
}

impl Operator {
    pub(crate) async fn log_in(server: &Server, email: &str) -> Self {
        let mut api = server.api();
        let made = api.post("/api/v1/login", json!({ "email": email, "password": PASSWORD })).await;
        api.token = Some(text(&made["token"]));
        Self { id: text(&made["operator"]["id"]), email: email.to_owned(), api, address: server.address }
    }

    /// Sits down at a dashboard, in a state.
    pub(crate) async fn at(&self, device: &str, state: &str) -> Device {
        Device::open(self, device, state).await.expect("the door is open")
    }

    /// Acts over HTTP: `open`, `join`, `close`, …
    pub(crate) async fn act(&self, conversation: &str, act: &str) -> Value {
        self.api.post(&format!("/api/v1/conversations/{conversation}/{act}"), json!({})).await
    }

    /// The explanation of a conversation (W1).
    pub(crate) async fn explanation(&self, conversation: &str) -> Value {
        self.api.get(&format!("/api/v1/conversations/{conversation}/notifications")).await
    }

    /// The texts of a conversation with their numbers, oldest first.
    pub(crate) async fn messages(&self, conversation: &str) -> Vec<(u64, String)> {
        let mut all: Vec<(u64, String)> = Vec::new();
        loop {
            let after = all.last().map_or(0, |(seq, _)| *seq);
            let path = format!("/api/v1/conversations/{conversation}/messages?after={after}&limit=100");
            let page = self.api.get(&path).await;
            let items = page["items"].as_array().expect("a list").clone();
            if items.is_empty() {
                return all;
            }
            all.extend(items.iter().map(|m| (m["seq"].as_u64().expect("a number"), text(&m["text"]))));
        }
    }

    /// Waits until the record says of this operator what was decided, `code` being one of its reasons: the decision.
    pub(crate) async fn wait_for_decision(&self, conversation: &str, kind: &str, code: &str) -> Value {
        let what = format!("a decision {kind}/{code} of {} in {conversation}", self.email);
        eventually(&what, async || {
            let explanation = self.explanation(conversation).await;
            decisions(&explanation, &self.id, kind).into_iter().find(|decision| has_reason(decision, code))
        })
        .await
    }
}

/// What was decided about an operator, of a kind.
pub(crate) fn decisions(explanation: &Value, operator: &str, kind: &str) -> Vec<Value> {
    let all = explanation["decisions"].as_array().expect("a list");
    all.iter().filter(|d| d["operator"] == *operator && d["kind"] == *kind).cloned().collect()
}

fn has_reason(decision: &Value, code: &str) -> bool {
    decision["code"] == *code
        || decision["reasons"].as_array().is_some_and(|all| all.iter().any(|r| r["code"] == *code))
}

/// An operator's dashboard.
pub(crate) struct Device {
    pub(crate) socket: Socket,
}

impl Device {
    pub(crate) async fn open(
        operator: &Operator,
        device: &str,
        state: &str,
    ) -> Result<Self, tokio_tungstenite::tungstenite::Error> {
        let name = format!("{} at {device}", operator.email);
        let mut socket = Socket::open(operator.address, "/ws/operator", &name).await?;
        socket.send(operator_hello(operator, device, state)).await;
        socket.wait("a welcome", |frame| frame["type"] == "welcome").await;
        Ok(Self { socket })
    }

    /// `open`, `join`, `close`, …
    pub(crate) async fn act(&mut self, act: &str, conversation: &str) -> Value {
        self.socket.must(json!({ "type": act, "conversation": conversation })).await
    }

    pub(crate) async fn reply(&mut self, conversation: &str, text: &str) {
        let client_id = format!("reply-{}", number());
        let frame = json!({ "type": "message", "conversation": conversation, "text": text, "client_id": client_id });
        self.socket.must(frame).await;
    }
}

/// An operator's first frame.
pub(crate) fn operator_hello(operator: &Operator, device: &str, state: &str) -> Value {
    let device = json!({ "id": device, "kind": "dashboard", "name": device });
    json!({ "type": "hello", "token": operator.api.token, "device": device, "state": state })
}

/// What a visitor said, as it was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) conversation: String,
    pub(crate) seq: u64,
    pub(crate) text: String,
}

/// Somebody on the web site.
pub(crate) struct Visitor {
    pub(crate) socket: Socket,
    pub(crate) token: String,
    pub(crate) welcome: Value,
    key: String,
    address: SocketAddr,
}

impl Visitor {
    /// Comes, or comes back with a token; `None`: the server went away meanwhile.
    pub(crate) async fn come(address: SocketAddr, key: &str, token: Option<&str>) -> Option<Self> {
        let mut socket = Socket::open(address, "/ws/visitor", "a visitor").await.ok()?;
        let page = json!({ "url": "https://shop.test/basket", "title": "Basket" });
        socket.send(json!({ "type": "hello", "key": key, "visitor": token, "page": page })).await;
        let welcome = socket.try_wait("a welcome", |frame| frame["type"] == "welcome").await.ok()?;
        let token = text(&welcome["visitor"]["token"]);
        Some(Self { socket, token, welcome, key: key.to_owned(), address })
    }

    /// Writes, and it is acknowledged.
    pub(crate) async fn say(&mut self, text: &str) -> Said {
        let client_id = format!("said-{}", number());
        let said = self.try_say(text, &client_id).await;
        said.unwrap_or_else(|code| panic!("closed with {code:?} before {text:?} was acknowledged"))
    }

    /// Writes; where the socket ends before the acknowledgement, how.
    pub(crate) async fn try_say(&mut self, words: &str, client_id: &str) -> Result<Said, Option<u16>> {
        let frame = json!({ "type": "message", "text": words, "client_id": client_id });
        let ack = self.socket.try_ask(frame).await?;
        assert_eq!(ack["type"], "ack", "{words}: {ack}");
        let seq = ack["seq"].as_u64().expect("a number");
        Ok(Said { conversation: text(&ack["conversation"]), seq, text: words.to_owned() })
    }

    /// Leaves for good, at once.
    pub(crate) async fn leave(mut self) -> Gone {
        self.socket.send(json!({ "type": "bye" })).await;
        self.socket.closed().await;
        Gone { token: self.token, key: self.key, address: self.address }
    }
}

/// A visitor who has left.
pub(crate) struct Gone {
    token: String,
    key: String,
    address: SocketAddr,
}

impl Gone {
    pub(crate) async fn come_back(self) -> Visitor {
        Visitor::come(self.address, &self.key, Some(&self.token)).await.expect("the door is open")
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
