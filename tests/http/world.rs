//! A server in memory, and a client that speaks to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix::Actor as _;
use actix_http::{Payload, Request};
use actix_rt::Arbiter;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, web};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use doorbell::actors::board::Board;
use doorbell::actors::directory::Accounts;
use doorbell::actors::host::Host;
use doorbell::actors::nodes::Nodes;
use doorbell::actors::places::Places;
use doorbell::actors::postroom::{Postroom, PostroomSettings};
use doorbell::actors::taken::Taken;
use doorbell::domain::account::{Account, Delays, Locale, Plan};
use doorbell::domain::ids::NodeId;
use doorbell::domain::notice::letter::Pauses;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::edge::address::TrustedProxies;
use doorbell::edge::http::inbound::Inbound;
use doorbell::edge::http::{Front, FrontSettings, Routes, routes};
use doorbell::edge::together::Together;
use doorbell::mail::bureau::Bureau;
use doorbell::mail::envelope_id::EnvelopeIds;
use doorbell::mail::returns::HouseReturns;
use doorbell::mail::scribe::HouseScribe;
use doorbell::mail::smtp::relay::Destination;
use doorbell::mail::smtp::{Options, SmtpPostman};
use doorbell::mail::unsubscribe;
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::passwords::NewPassword;
use doorbell::office::tokens::Secret;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::Store;
use doorbell::store::adversary::{Adversary, Plan as Behaviour};
use doorbell::store::clock::StoreClock;
use doorbell::store::memory::{MemoryBuckets, MemoryStore};

use crate::sink::Sink;

use crate::answers;

/// Where the server says that it is.
pub(crate) const OWN: &str = "https://chat.example";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct-horse-battery-7";
/// What signs unsubscribe links.
pub(crate) const SECRET: &[u8] = b"a secret of the tests";
/// By which the tests' mail server is known.
pub(crate) const INBOUND_SECRET: &str = "the secret of the mail server";
/// By which letters are signed.
pub(crate) const LETTERS_SECRET: [u8; 32] = [7; 32];
/// Short, so that tests need not wait.
const PAUSES: Pauses = Pauses { retry_initial: Span(50), uncertain_wait: Span(50), expire: Span::from_secs(86_400) };

/// An answer, taken apart.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code of a problem document; panics where it is none.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text);
        let body = self.json();
        assert_eq!(body["status"], self.status);
        body["code"].as_str().unwrap().to_owned()
    }
}

type Serve = Box<dyn Fn(Request) -> futures_util::future::LocalBoxFuture<'static, Result<ServiceResponse, Error>>>;

/// The server.
pub(crate) struct World {
    serve: Serve,
    pub(crate) store: Arc<dyn Store>,
    /// The same, to be held back.
    pub(crate) adversary: Arc<Adversary>,
    pub(crate) accounts: Accounts,
    /// What is so of the node.
    pub(crate) board: Arc<Board>,
    clock: Arc<AtomicI64>,
}

/// How the server is set up.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) login_attempts_per_minute: u32,
    pub(crate) login_attempts_per_email_per_minute: u32,
    pub(crate) demo: bool,
    /// Where the world reaches the server.
    pub(crate) public_url: &'static str,
    /// The relay to which letters go; without one nobody carries them.
    pub(crate) relay: Option<Sink>,
    /// How long an answer is worked on.
    pub(crate) answer_deadline: Span,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            login_attempts_per_minute: 10_000,
            login_attempts_per_email_per_minute: 10_000,
            demo: false,
            public_url: OWN,
            relay: None,
            answer_deadline: Span::from_secs(10),
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setting::default()).await
    }

    pub(crate) async fn with(setting: Setting) -> Self {
        let clock = Arc::new(AtomicI64::new(0));
        let memory = MemoryStore::with_clock(moved(&clock));
        Self::over(memory, clock, setting, Together::alone()).await
    }

    /// Two nodes on one store, which count together.
    pub(crate) async fn pair(setting: Setting) -> (Self, Self) {
        let clock = Arc::new(AtomicI64::new(0));
        let memory = MemoryStore::shared(moved(&clock));
        let buckets = MemoryBuckets::new(memory.clone());
        let together = Together::new(Some(buckets), &Secret::new(LETTERS_SECRET));
        let one = Self::over(memory.clone(), Arc::clone(&clock), setting.clone(), together.clone()).await;
        (one, Self::over(memory, clock, setting, together).await)
    }

    async fn over(memory: Arc<MemoryStore>, clock: Arc<AtomicI64>, setting: Setting, together: Together) -> Self {
        let adversary = Adversary::new(memory, 1, Behaviour::default());
        let store: Arc<dyn Store> = adversary.clone();
        let node = NodeId(Uuid::now_v7());
        let host = Arc::new(Host {
            store: Arc::clone(&store),
            node,
            nodes: Nodes::alone(node),
            started_at: store.now(),
            grace_until: store.now(),
            startup_grace: Span(0),
            last_renewal: None,
            delays: Delays {
                offline: Span::from_secs(120),
                missed: Span::from_secs(120),
                cooldown: Span::from_secs(600),
                flap_cap: Span::from_secs(600),
            },
            grace: Span::from_secs(20),
            silence: Span::from_secs(90),
            idle: Span::from_secs(60),
            mail_domain: "mail.example".into(),
            message_id: Box::new(|account, id| {
                format!("<{}@mail.example>", EnvelopeIds::new(LETTERS_SECRET).told_of_letter(account, id))
            }),
            letters_queued: tokio::sync::Notify::new(),
            letters_asked_for: tokio::sync::Notify::new(),
            stale_after: Span::from_secs(5),
            board: Arc::default(),
            bus: Arc::new(doorbell::ports::bus::Alone),
            taken: Taken::default(),
            places: Places::default(),
        });
        let board = Arc::clone(&host.board);
        // The actors live on an arbiter of their own, as in the server; it ends with the test's process.
        let accounts = Accounts::start(&[Arbiter::new()], &host);
        let settings = FrontSettings {
            public_url: setting.public_url.into(),
            max_lease: Span::from_secs(3_600),
            trusted_proxies: TrustedProxies::default(),
            login_attempts_per_minute: setting.login_attempts_per_minute,
            login_attempts_per_email_per_minute: setting.login_attempts_per_email_per_minute,
            together,
            argon2_parallel: 2,
            request_deadline: Span::from_secs(10),
            answer_deadline: setting.answer_deadline,
            inbound: Inbound {
                secret: Some(INBOUND_SECRET.to_owned()),
                returns: Arc::new(HouseReturns { ids: EnvelopeIds::new(LETTERS_SECRET) }),
                pauses: PAUSES,
            },
            demo: setting.demo.then(|| Routes(Arc::new(|_| ()))),
        };
        let link = Arc::new(|token: &str| unsubscribe::verify(SECRET, token));
        if let Some(relay) = &setting.relay {
            post(&host, &accounts, relay);
        }
        let front = web::Data::new(Front::new(host, accounts.clone(), settings, link));
        let app = init_service(App::new().configure(|config| routes::configure(config, &front))).await;
        let app = std::rc::Rc::new(app);
        let serve: Serve = Box::new(move |request| {
            let app = std::rc::Rc::clone(&app);
            Box::pin(async move { app.call(request).await })
        });
        Self { serve, store, adversary, accounts, board, clock }
    }

    /// One with a relay.
    pub(crate) async fn with_mail() -> (Self, Sink) {
        let sink = Sink::start();
        (Self::with(Setting { relay: Some(sink.clone()), ..Setting::default() }).await, sink)
    }

    /// Time passes.
    pub(crate) fn later(&self, span: Span) {
        self.clock.fetch_add(span.0, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        self.deliver(request.to_request()).await
    }

    /// Sends the head of a request; once its body is waited for, `meanwhile` is done, and only then the body comes.
    pub(crate) async fn send_slowly<T>(
        &self,
        request: TestRequest,
        body: Value,
        meanwhile: impl Future<Output = T>,
    ) -> (Answer, T) {
        let ((asked, is_asked), (done, is_done)) = (oneshot::channel(), oneshot::channel::<()>());
        let body = futures_util::stream::once(async move {
            asked.send(()).unwrap();
            is_done.await.unwrap();
            Ok(body.to_string().into())
        });
        let mut request = request.to_request();
        *request.payload() = Payload::Stream { payload: Box::pin(body) };
        let between = async {
            is_asked.await.unwrap();
            let outcome = meanwhile.await;
            done.send(()).unwrap();
            outcome
        };
        futures_util::future::join(self.deliver(request), between).await
    }

    async fn deliver(&self, request: Request) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let response = (self.serve)(request).await;
        let response: ServiceResponse<BoxBody> = response.unwrap_or_else(|error| {
            let request = TestRequest::default().to_http_request();
            ServiceResponse::from_err(error, request)
        });
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.unwrap();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{bytes:?}");
        let answer = Answer { status: status.as_u16(), headers, text: String::from_utf8_lossy(&bytes).into_owned() };
        let kind = answer.header("content-type");
        let checked = answers::answer(method.as_str(), &path, answer.status, kind, &answer.text);
        checked.unwrap_or_else(|why| panic!("{why}"));
        answer
    }

    /// Without a log-in.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(request(method, path, body)).await
    }

    /// A new account; its admin is `admin@NAME.test`.
    pub(crate) async fn account(&self, name: &str, plan: Plan) -> Account {
        let email = Email::parse("email", &format!("admin@{name}.test")).unwrap();
        let new = NewAccount {
            name: Name::parse("name", name).unwrap(),
            plan,
            locale: Locale::En,
            timezone: Timezone::default(),
            admin: Name::of_address(&email),
            email,
            password: NewPassword::parse("password", PASSWORD).unwrap().hash(&[]).unwrap(),
        };
        accounts::create(&self.store, new).await.unwrap()
    }

    /// A log-in.
    pub(crate) async fn log_in(&self, email: &str) -> Client<'_> {
        let answer =
            self.call(Method::POST, "/api/v1/login", Some(json!({ "email": email, "password": PASSWORD }))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Client { world: self, token: answer.json()["token"].as_str().unwrap().to_owned() }
    }

    /// An agent of the admin's account, logged in; and their id.
    pub(crate) async fn agent(&self, admin: &Client<'_>, email: &str) -> (Client<'_>, String) {
        let body = json!({ "name": "Agent", "email": email, "password": PASSWORD, "role": "agent" });
        let made = admin.post("/api/v1/operators", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        (self.log_in(email).await, made.json()["id"].as_str().unwrap().to_owned())
    }
}

/// The wall's time, and as much more as was moved.
fn moved(clock: &Arc<AtomicI64>) -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let (moved, running) = (Arc::clone(clock), StoreClock::start(None));
    move || running.now() + Span(moved.load(Ordering::Relaxed))
}

/// A postroom that carries letters to the relay, one at a time and so in their order.
fn post(host: &Arc<Host>, accounts: &Accounts, relay: &Sink) {
    let Destination::Relay(relay) = relay.url().parse().unwrap() else { panic!("the sink is a relay") };
    let postman = Arc::new(SmtpPostman::new(relay, Options::default()).unwrap());
    let scribe = Arc::new(Bureau::new(HouseScribe {
        sender: "doorbell <notify@mail.example>".parse().unwrap(),
        public_url: OWN.into(),
        secret: LETTERS_SECRET,
        mail_domain: "mail.example".into(),
        envelope_ids: EnvelopeIds::new(LETTERS_SECRET),
        bounces_to: None,
        signer: None,
    }));
    let settings = PostroomSettings {
        pauses: PAUSES,
        max_per_minute: 10_000,
        max_per_minute_per_account: 10_000,
        connections_max: 1,
        connections_max_per_account: 1,
    };
    let postroom = Postroom::new(Arc::clone(host), accounts.clone(), postman, scribe, settings);
    Postroom::start_in_arbiter(&Arbiter::new().handle(), |_| postroom);
}

/// A request.
pub(crate) fn request(method: Method, path: &str, body: Option<Value>) -> TestRequest {
    let request = TestRequest::with_uri(path).method(method).peer_addr(([127, 0, 0, 1], 5_000).into());
    match body {
        Some(body) => request.set_json(body),
        None => request,
    }
}

/// Somebody who is logged in.
pub(crate) struct Client<'w> {
    pub(crate) world: &'w World,
    pub(crate) token: String,
}

impl Client<'_> {
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = (header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.world.send(request(method, path, body).insert_header(bearer)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }
}
