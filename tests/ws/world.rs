//! A server on a free port, with one account, one widget and one log-in; its account's actor answers as it can.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use actix_web::{App, HttpResponse, web};
use doorbell::actors::board::Board;
use doorbell::actors::directory::Accounts;
use doorbell::actors::host::Host;
use doorbell::actors::nodes::Nodes;
use doorbell::actors::places::Places;
use doorbell::actors::taken::Taken;
use doorbell::domain::account::{Account, Delays, Locale, Plan};
use doorbell::domain::ids::{AccountId, NodeId, OperatorId};
use doorbell::domain::time::Span;
use doorbell::edge::limits::DoorLimits;
use doorbell::edge::together::Together;
use doorbell::edge::ws::{Doors, DoorsConfig, Sentences, serve};
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::passwords::NewPassword;
use doorbell::office::sessions;
use doorbell::office::tokens::Secret;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::{DocKey, Store};
use doorbell::store::clock::StoreClock;
use doorbell::store::memory::{MemoryBuckets, MemoryStore};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use super::speech::{self, Side};

/// How long a peer waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What signs visitors' tokens.
const SECRET: [u8; 32] = [7; 32];

/// A running server.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) doors: Doors,
    pub(crate) known: Known,
}

/// Limits under which nothing happens by itself.
pub(crate) fn calm() -> DoorLimits {
    DoorLimits { hello_deadline: Span::from_secs(60), ..DoorLimits::default() }
}

impl World {
    /// Starts it; it ends with the process.
    pub(crate) fn start(limits: DoorLimits) -> Self {
        Self::start_on(Ground { store: MemoryStore::new(), together: Together::alone(), account: None }, limits)
    }

    /// Two nodes on one store, which count together.
    pub(crate) async fn pair(limits: DoorLimits) -> (Self, Self) {
        let clock = StoreClock::start(None);
        let memory = MemoryStore::shared(move || clock.now());
        let together = Together::new(Some(MemoryBuckets::new(memory.clone())), &Secret::new(SECRET));
        let store: Arc<dyn Store> = memory.clone();
        let account = Some(founded(&store, "shop").await);
        let ground = Ground { store: memory, together, account };
        (Self::start_on(ground.clone(), limits.clone()), Self::start_on(ground, limits))
    }

    fn start_on(ground: Ground, limits: DoorLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let (ready, started) = mpsc::channel();
        std::thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let (doors, known) = house(ground, limits, format!("http://{address}")).await;
                let app = || App::new().route("/healthz", web::get().to(HttpResponse::Ok));
                let server = serve(listener, 1, &doors, app).expect("the listener is good");
                ready.send((doors, known)).expect("the test waits");
                server.await
            })
        });
        let (doors, known) = started.recv().expect("the server starts");
        Self { address, doors, known }
    }

    /// A visitor who was welcomed, and the welcome.
    pub(crate) async fn visitor(&self) -> (Peer, Value) {
        let mut peer = self.connect("/ws/visitor").await;
        peer.tell(json!({"type": "hello", "key": self.known.key})).await;
        let welcome = peer.next_of("welcome").await;
        (peer, welcome)
    }

    /// The admin on a device, who was welcomed, and the welcome.
    pub(crate) async fn operator(&self, device: &str) -> (Peer, Value) {
        self.operator_with(&self.known.token, device).await
    }

    /// Whoever has the token, likewise.
    pub(crate) async fn operator_with(&self, token: &str, device: &str) -> (Peer, Value) {
        let mut peer = self.connect("/ws/operator").await;
        let device = json!({"id": device, "kind": "dashboard"});
        peer.tell(json!({"type": "hello", "token": token, "device": device})).await;
        let welcome = peer.next_of("welcome").await;
        (peer, welcome)
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// A well-behaved peer.
    pub(crate) async fn connect(&self, path: &str) -> Peer {
        self.connect_with(path, &[]).await.expect("it is let in")
    }

    /// The same, with more headers.
    pub(crate) async fn connect_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<Peer, Error> {
        let mut request = self.url(path).into_client_request().expect("a good URL");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a good header"));
        }
        let (stream, response) = tokio_tungstenite::connect_async(request).await?;
        let subprotocol =
            response.headers().get("sec-websocket-protocol").map(|v| v.to_str().expect("a text").to_owned());
        Ok(Peer { stream, subprotocol, path: path.to_owned() })
    }
}

/// What the tests need to know of the house.
pub(crate) struct Known {
    /// The key of its account's widget.
    pub(crate) key: String,
    /// The token of its admin's log-in.
    pub(crate) token: String,
    /// The account.
    pub(crate) account: AccountId,
    /// Where it is.
    pub(crate) store: Arc<dyn Store>,
    /// The accounts.
    pub(crate) accounts: Accounts,
    /// What is so of the node.
    pub(crate) board: Arc<Board>,
}

/// On what a node stands.
#[derive(Clone)]
struct Ground {
    store: Arc<MemoryStore>,
    together: Together,
    /// Who is there already.
    account: Option<Account>,
}

async fn house(ground: Ground, limits: DoorLimits, public_url: String) -> (Doors, Known) {
    let Ground { store, together, account } = ground;
    let store: Arc<dyn Store> = store;
    let account = match account {
        Some(account) => account,
        None => founded(&store, "shop").await,
    };
    let token = log_in(&store, account.id, account.operators[0].id).await;
    let delays =
        Delays { offline: Span(120_000), missed: Span(120_000), cooldown: Span(600_000), flap_cap: Span(600_000) };
    let node = NodeId(Uuid::now_v7());
    let host = Arc::new(Host {
        store: Arc::clone(&store),
        node,
        nodes: Nodes::alone(node),
        started_at: store.now(),
        grace_until: store.now(),
        startup_grace: Span(0),
        last_renewal: None,
        delays,
        grace: Span(100),
        silence: Span(90_000),
        idle: Span(60_000),
        mail_domain: "chat.example".into(),
        message_id: Box::new(|_, id| format!("<{id}@doorbell.example>")),
        letters_queued: Notify::new(),
        letters_asked_for: Notify::new(),
        stale_after: Span::from_secs(5),
        board: Arc::default(),
        bus: Arc::new(doorbell::ports::bus::Alone),
        taken: Taken::default(),
        places: Places::default(),
    });
    let accounts = Accounts::start(&[actix_rt::Arbiter::new()], &host);
    let sentences = Sentences {
        happened: |_, locale| if locale == Locale::Cs { "stalo se" } else { "it happened" }.into(),
        reason: |_, _, _, _| "because".into(),
        notice: Arc::new(|notice, _, _| notice.code.as_str().into()),
    };
    let config = DoorsConfig {
        accounts: accounts.clone(),
        store: Arc::clone(&store),
        board: Arc::clone(&host.board),
        secret: Secret::new(SECRET),
        delays,
        limits,
        together,
        public_url,
        sentences,
    };
    let key = account.widget_keys[0].key.clone();
    let board = Arc::clone(&host.board);
    (Doors::new(config), Known { key, token, account: account.id, store, accounts, board })
}

/// The token of a new log-in.
pub(crate) async fn log_in(store: &Arc<dyn Store>, account: AccountId, operator: OperatorId) -> String {
    let settings =
        store.load(vec![DocKey::Settings(account)]).await.expect("it answers").remove(0).expect("it is there");
    let begun = sessions::begin(store, account, operator, None, settings.token).await.expect("the store answers");
    begun.expect("the settings did not change").0
}

/// A new account, with one admin.
pub(crate) async fn founded(store: &Arc<dyn Store>, name: &str) -> Account {
    let new = NewAccount {
        name: Name::parse("name", name).expect("a name"),
        plan: Plan::Pro,
        locale: Locale::En,
        timezone: Timezone::parse("timezone", "Europe/Prague").expect("a time zone"),
        admin: Name::parse("name", "Jana").expect("a name"),
        email: Email::parse("email", &format!("jana@{name}.example")).expect("an address"),
        password: NewPassword::parse("password", "a long enough password")
            .expect("a password")
            .hash(&[])
            .expect("a hash"),
    };
    accounts::create(store, new).await.expect("the store answers")
}

/// A peer on tungstenite.
pub(crate) struct Peer {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) subprotocol: Option<String>,
    /// Which door.
    path: String,
}

impl Peer {
    /// A frame that came: one that the reference tells of.
    fn heard(&self, text: &str) -> Value {
        let frame = serde_json::from_str(text).expect("frames are JSON");
        speech::frame(&self.path, Side::Server, &frame).unwrap_or_else(|why| panic!("{why}"));
        frame
    }

    /// Says something.
    pub(crate) async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Says a frame.
    pub(crate) async fn tell(&mut self, frame: Value) {
        self.say(&frame.to_string()).await;
    }

    /// The next text.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("something comes in time") {
                Some(Ok(Message::Text(text))) => return self.heard(&text),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?} instead of a text"),
            }
        }
    }

    /// The next frame of that type; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
            assert_ne!(frame["type"], "error", "{frame}");
        }
    }

    /// The code of the next error; others are passed over.
    pub(crate) async fn next_error(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == "error" {
                return frame["code"].clone();
            }
        }
    }

    /// Asks for something under a name of its own; the answer that bears it.
    pub(crate) async fn ask(&mut self, mut frame: Value) -> Value {
        frame["id"] = "asked".into();
        self.tell(frame.clone()).await;
        loop {
            let answer = self.next().await;
            if answer["id"] == "asked" && (answer["type"] == "ack" || answer["type"] == "error") {
                speech::reply(&self.path, &frame, &answer).unwrap_or_else(|why| panic!("{why}"));
                return answer;
            }
        }
    }

    /// Waits for a ping; reading on answers it.
    pub(crate) async fn pinged(&mut self) {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("a ping comes in time") {
                Some(Ok(Message::Ping(_))) => return,
                Some(Ok(Message::Text(text))) => drop(self.heard(&text)),
                other => panic!("{other:?} instead of a ping"),
            }
        }
    }

    /// Sends whatever.
    pub(crate) async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("it is open");
    }

    /// The texts until the end, and the code of the close frame; 1006: there was none.
    pub(crate) async fn end(&mut self) -> (Vec<serde_json::Value>, u16) {
        let mut texts = Vec::new();
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the end comes in time") {
                Some(Ok(Message::Text(text))) => texts.push(self.heard(&text)),
                Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => return (texts, code.into()),
                Some(Ok(Message::Close(None))) => return (texts, 1005),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (texts, 1006),
            }
        }
    }

    /// The close code, where no text came.
    pub(crate) async fn end_code(&mut self) -> u16 {
        let (texts, code) = self.end().await;
        assert!(texts.iter().all(|text| text["type"] == "error"), "{texts:?}");
        code
    }
}
