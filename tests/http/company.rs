//! A company that has one of everything, so that every row of the URL table can be called: validly, or by somebody else.

use std::sync::Arc;

use actix::{Actor, Context, Handler};
use actix_web::http::Method;
use doorbell::actors::api::{
    ChangeSettings, Changed, LobbyId, SlotId, ToLobby, VisitorAct, VisitorDeed, VisitorDone, VisitorEnter,
};
use doorbell::domain::account::{Account, Block, Kind, Plan, Suppression};
use doorbell::domain::ids::{AccountId, ConversationId, GroupId, LetterId, OperatorId, VisitorId};
use doorbell::domain::notice::class::Class;
use doorbell::domain::notice::letter::{Letter, LetterState};
use doorbell::domain::time::Span;
use doorbell::edge::http::routes::Call;
use doorbell::mail::unsubscribe;
use doorbell::office::sessions;
use doorbell::ports::journal::{Commit, DocKey, IndexOp, LetterRow, NewLetter, Outcome, Token};
use doorbell::ports::record;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Client, PASSWORD, SECRET, World};

/// A lobby that nobody listens in.
struct Deaf;

impl Actor for Deaf {
    type Context = Context<Self>;
}

impl Handler<ToLobby> for Deaf {
    type Result = ();

    fn handle(&mut self, _: ToLobby, _: &mut Context<Self>) {}
}

/// A visitor writes; the conversation.
pub(crate) async fn write(world: &World, account: AccountId, text: &str) -> String {
    write_to(world, account, text, None).await
}

/// The same, from a page that names a group.
pub(crate) async fn write_to(world: &World, account: AccountId, text: &str, group: Option<GroupId>) -> String {
    say(world, account, &[text], group).await
}

/// Several messages of one visitor.
pub(crate) async fn write_all(world: &World, account: AccountId, texts: &[&str]) -> String {
    say(world, account, texts, None).await
}

async fn say(world: &World, account: AccountId, texts: &[&str], group: Option<GroupId>) -> String {
    let (lobby, slot, visitor) = (LobbyId(1), SlotId(1), VisitorId(Uuid::now_v7()));
    let outlet = Deaf.start().recipient();
    let enter =
        VisitorEnter { lobby, outlet, slot, visitor, fresh: true, origin: None, group: None, page: None, after: 0 };
    world.accounts.ask(account, enter).await.unwrap();
    for text in texts {
        let deed = VisitorDeed::Write { text: (*text).into(), client_id: (*text).into(), group, page: None };
        let done = world.accounts.ask(account, VisitorAct { lobby, slot, visitor, deed }).await.unwrap();
        assert!(matches!(done, VisitorDone::Written { .. }), "{done:?}");
    }
    ConversationId(visitor.0).to_string()
}

/// A company on plan pro with an admin, an agent, and one of each thing that has an id. What can be somebody's is the agent's.
pub(crate) struct Company<'w> {
    pub(crate) world: &'w World,
    pub(crate) name: &'static str,
    pub(crate) account: AccountId,
    pub(crate) admin: OperatorId,
    pub(crate) agent: OperatorId,
    /// Somebody who has not set a password yet.
    pub(crate) invited: String,
    pub(crate) group: String,
    pub(crate) conversation: String,
    pub(crate) email: LetterId,
    pub(crate) session: String,
    pub(crate) device: String,
    pub(crate) widget_key: String,
}

impl<'w> Company<'w> {
    pub(crate) async fn found(world: &'w World, name: &'static str) -> Self {
        let account = world.account(name, Plan::Pro).await;
        let admin = world.log_in(&format!("admin@{name}.test")).await;
        let (agent, id) = world.agent(&admin, &format!("agent@{name}.test")).await;
        let agent_id: OperatorId = id.parse().unwrap();
        let group = admin.post("/api/v1/groups", json!({ "name": "Sales", "operators": [id] })).await.json();
        let new = json!({ "name": "New", "email": format!("new@{name}.test"), "role": "agent" });
        let invited = admin.post("/api/v1/operators", new).await.json()["id"].as_str().unwrap().to_owned();
        let device = format!("phone-of-{name}");
        let lease = json!({ "device": { "id": device, "kind": "mobile" }, "state": "online", "ttl_s": 600 });
        assert_eq!(agent.call(Method::PUT, "/api/v1/presence", Some(lease)).await.status, 200);
        let conversation = write(world, account.id, "is anybody there?").await;
        let sessions = agent.get("/api/v1/sessions").await.json();
        let company = Self {
            world,
            name,
            account: account.id,
            admin: account.operators[0].id,
            agent: agent_id,
            invited,
            group: group["id"].as_str().unwrap().to_owned(),
            email: deferred_letter(world, account.id, conversation.parse().unwrap(), agent_id).await,
            conversation,
            session: sessions["items"][0]["id"].as_str().unwrap().to_owned(),
            device,
            widget_key: account.widget_keys[0].key.clone(),
        };
        company.suppress().await;
        company
    }

    fn address(&self) -> String {
        format!("agent@{}.test", self.name)
    }

    async fn suppress(&self) {
        let address = self.address();
        let change = move |account: &mut Account, at| {
            let (class, reply) = (Class::WrongAddress, "550 5.1.1 no such user".to_owned());
            account.suppressed = vec![Suppression { address: address.clone(), class, reply, at }];
            let block =
                |address: String| Block { address, reply: "550 5.7.1 refused".to_owned(), since: at, bounced: false };
            account.blocked = account.operators.iter().take(2).map(|o| block(o.email.to_lowercase())).collect();
            Ok(Changed { records: Vec::new(), made: None })
        };
        self.world.accounts.ask(self.account, ChangeSettings(Arc::new(change))).await.unwrap();
    }

    /// A log-in that nothing was done with yet.
    pub(crate) async fn fresh(&self, operator: OperatorId) -> Client<'w> {
        let store = &self.world.store;
        let settings = store.load(vec![DocKey::Settings(self.account)]).await.unwrap().remove(0).unwrap();
        let begun = sessions::begin(store, self.account, operator, None, settings.token).await.unwrap();
        Client { world: self.world, token: begun.expect("nobody else changes the settings").0 }
    }

    /// A row's path with this company's ids. Panics for a row that it does not know: then it is to be told here.
    pub(crate) fn path(&self, call: &Call) -> String {
        let unsubscribe = unsubscribe::sign(SECRET, self.account, self.agent, Kind::Offline);
        let (email, address, agent) = (self.email.to_string(), self.address(), self.agent.to_string());
        let domain = format!("{}.test", self.name);
        let known = [
            ("/sessions/{id}", "{id}", &self.session),
            ("/me/devices/{id}", "{id}", &self.device),
            ("/operators/{id}/invite", "{id}", &self.invited),
            ("/operators/{id}", "{id}", &agent),
            ("/groups/{id}", "{id}", &self.group),
            ("/conversations/{id}", "{id}", &self.conversation),
            ("/emails/{id}", "{id}", &email),
            ("/suppressions/{address}", "{address}", &address),
            ("/blocked-domains/{domain}", "{domain}", &domain),
            ("/widget/{key}", "{key}", &self.widget_key),
            ("/unsubscribe/{token}", "{token}", &unsubscribe),
            ("/demo{rest:(/.*)?}", "{rest:(/.*)?}", &String::new()),
            ("/{file:.*}", "{file:.*}", &"widget.js".to_owned()),
        ];
        let found = known.iter().find(|(part, ..)| call.path.contains(part));
        let path = found.map_or(call.path.clone(), |(_, name, value)| call.path.replace(name, value));
        assert!(!path.contains('{'), "what stands for the parts of {}?", call.path);
        path
    }

    /// A body with which the row does something. Panics for a row that takes one and that it does not know.
    pub(crate) fn body(&self, call: &Call) -> Option<Value> {
        let path = call.path.strip_prefix("/api/v1").unwrap_or(&call.path);
        Some(match (call.method.as_str(), path) {
            ("GET" | "DELETE", _)
            | (
                "POST",
                "/logout"
                | "/account/widget-key"
                | "/emails/{id}/retry"
                | "/unsubscribe/{token}"
                | "/operators/{id}/invite",
            ) => return None,
            (
                "POST",
                // A report is no JSON: it is tried in inbound.rs.
                "/inbound/dsn"
                | "/conversations/{id}/open"
                | "/conversations/{id}/join"
                | "/conversations/{id}/leave"
                | "/conversations/{id}/close",
            ) => json!({}),
            ("POST", "/conversations/{id}/read") => json!({ "seq": 1 }),
            ("POST", "/conversations/{id}/messages") => json!({ "text": "here I am", "client_id": "r1" }),
            ("POST", "/conversations/{id}/transfer") => json!({ "group": self.group }),
            ("POST", "/login") => json!({ "email": format!("admin@{}.test", self.name), "password": PASSWORD }),
            ("POST", "/password/forgot") => json!({ "email": self.address() }),
            ("POST", "/password/reset") => json!({ "token": "made up", "password": PASSWORD }),
            ("PATCH", "/me" | "/account" | "/operators/{id}" | "/groups/{id}") => json!({ "name": "Renamed" }),
            ("POST", "/operators") => {
                json!({ "name": "New", "email": "new@new.test", "password": PASSWORD, "role": "agent" })
            }
            ("POST", "/groups") => json!({ "name": "Support", "operators": [self.agent] }),
            ("PUT", "/presence") => {
                json!({ "device": { "id": self.device, "kind": "mobile" }, "state": "away", "ttl_s": 60 })
            }
            _ => panic!("what does {} {} take?", call.method, call.path),
        })
    }

    /// Everything that its admin can see, and the versions of its documents.
    pub(crate) async fn state(&self, admin: &Client<'_>) -> Vec<Value> {
        let thread = format!("/api/v1/conversations/{}", self.conversation);
        let mut seen = Vec::new();
        for path in [
            "/api/v1/account",
            "/api/v1/operators",
            "/api/v1/groups",
            "/api/v1/presence",
            "/api/v1/conversations",
            "/api/v1/emails",
            "/api/v1/suppressions",
            "/api/v1/blocked-domains",
            "/api/v1/audit",
            &format!("/api/v1/emails/{}", self.email),
            &format!("/api/v1/operators/{}", self.agent),
            &thread,
            &format!("{thread}/messages"),
            &format!("{thread}/notifications"),
        ] {
            let answer = admin.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            seen.push(answer.json());
        }
        let keys = vec![
            DocKey::Settings(self.account),
            DocKey::Presence(self.account),
            DocKey::Conversation(self.account, self.conversation.parse().unwrap()),
            DocKey::Letter(self.account, self.email),
        ];
        for stored in self.world.store.load(keys).await.unwrap() {
            let token = stored.expect("it is there").token;
            seen.push(json!([token.counter, token.nonce]));
        }
        for operator in [self.admin, self.agent] {
            seen.push(json!(sessions::list(&self.world.store, operator).await.unwrap().len()));
        }
        seen
    }

    /// Panics where anything is not as it was.
    pub(crate) async fn is_still(&self, admin: &Client<'_>, before: &[Value], after_what: &str) {
        let now = self.state(admin).await;
        assert_eq!(now.len(), before.len());
        for (was, is) in before.iter().zip(&now) {
            assert_eq!(was, is, "after {after_what}");
        }
    }
}

/// A letter that could not be sent yet.
async fn deferred_letter(
    world: &World,
    account: AccountId,
    conversation: ConversationId,
    operator: OperatorId,
) -> LetterId {
    let id = LetterId { conversation, episode: 1, operator };
    let now = world.store.now();
    let letter = Letter {
        id,
        kind: Kind::Offline,
        state: LetterState::Deferred,
        to: "agent@somewhere.test".into(),
        message_id: "<m@mail.example>".into(),
        seqs: vec![1],
        started_at: now,
        delay: Span::from_secs(120),
        group: None,
        created_at: now,
        next_attempt_at: Some(now + Span::from_secs(600)),
        claim: None,
        bodies: 0,
        raw: None,
        asked_at: None,
        bounces: Vec::new(),
        attempts: Vec::new(),
    };
    let row = LetterRow { state: "deferred".into(), due: letter.next_attempt_at, created_at: now };
    let new = NewLetter { id, token: Token { counter: 1, nonce: 1 }, state: record::encode(&letter), row: row.clone() };
    let indexes = vec![(account, IndexOp::Letter(id, row))];
    let commit = Commit { outbox: vec![(account, new)], indexes, ..Commit::default() };
    assert!(matches!(world.store.commit(commit).await, Outcome::Committed { .. }));
    id
}
