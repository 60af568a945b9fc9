//! The composition root: the only file that knows every room. Puts the house together, opens the doors, and closes it in
//! order.

use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Arbiter};
use actix_web::{App, web};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::sync::Notify;
use tracing::info;

use crate::actors::directory::Accounts;
use crate::actors::host::Host;
use crate::actors::lookout::Lookout;
use crate::actors::nodes::Nodes;
use crate::actors::places::Places;
use crate::actors::postroom::{Finish, Postroom, PostroomSettings};
use crate::actors::start;
use crate::actors::sweeper::{self, Sweeper};
use crate::actors::taken::Taken;
use crate::demo::mailbox::{self, Demo};
use crate::demo::world::World;
use crate::domain::time::Span;
use crate::edge::address::TrustedProxies;
use crate::edge::http::inbound::Inbound;
use crate::edge::http::{Front, FrontSettings, Routes, metrics, routes};
use crate::edge::limits::DoorLimits;
use crate::edge::together::Together;
use crate::edge::ws::{self, Doors, DoorsConfig, Sentences};
use crate::locale;
use crate::mail::bureau::Bureau;
use crate::mail::catcher::Catcher;
use crate::mail::dkim::Signer;
use crate::mail::dkim::file::{self as key_file, Access, KeyFileError};
use crate::mail::envelope_id::EnvelopeIds;
use crate::mail::file::Directory;
use crate::mail::returns::HouseReturns;
use crate::mail::scribe::HouseScribe;
use crate::mail::smtp::relay::{Destination, Relay};
use crate::mail::smtp::{Options, SmtpPostman};
use crate::mail::unsubscribe;
use crate::office::tokens::Secret;
use crate::ports::buckets::Buckets;
use crate::ports::journal::{Store, StoreError};
use crate::ports::nodes::{self, Stage};
use crate::ports::postman::Postman;
use crate::settings::{Settings, StoreUrl};
pub use crate::store::OpenMode;
use crate::store::metered::Metered;
use crate::store::{self, How, OpenError, Opened};

/// How long an account or conversation without work stays in memory.
const IDLE: Span = Span::from_secs(60);
/// How long the end of the process waits for what is under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the house cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The store does not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The relay's settings cannot be used.
    #[error("mail cannot be sent as configured: {0}")]
    Mail(String),
    /// Letters are to be signed, and the key cannot be used.
    #[error("{0}")]
    Dkim(#[from] KeyFileError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; stop what listens there, or choose another `server.bind`")]
    Bind {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The inner house: everything but the doors.
pub struct House {
    /// What the actors share.
    pub host: Arc<Host>,
    /// The accounts.
    pub accounts: Accounts,
    /// The postroom.
    pub postroom: Addr<Postroom>,
    /// Signs what is not stored.
    pub secret: Secret,
    /// The counts that all nodes keep together; `None`: this one is alone.
    pub buckets: Option<Arc<dyn Buckets>>,
}

/// The store of the settings.
///
/// # Errors
/// It cannot be opened; the error says what to do.
pub fn open_store(settings: &Settings, mode: OpenMode) -> Result<Opened, OpenError> {
    let url = match &settings.store.url {
        StoreUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        StoreUrl::Memory => "memory:".to_owned(),
        StoreUrl::Redis(url) => url.expose().to_owned(),
    };
    store::open(&url, how(settings, mode))
}

/// How a store is opened, by the settings.
pub fn how(settings: &Settings, mode: OpenMode) -> How {
    let crate::settings::Store { allow_lossy, replicas, ca_file, .. } = settings.store.clone();
    How { mode, allow_lossy, replicas, ca_file }
}

/// How letters leave, by the settings.
///
/// # Errors
/// The relay's certificate authorities cannot be read.
pub fn postman(settings: &Settings) -> Result<Arc<dyn Postman>, StartError> {
    Ok(match &settings.mail.smtp_url {
        Destination::Directory(path) => Arc::new(Directory::new(path.clone())),
        Destination::Relay(relay) => Arc::new(relay_postman(settings, relay, &|options| options)?),
    })
}

/// Who signs letters, by the settings; `None`: nobody (rule E3).
///
/// # Errors
/// The key file cannot be used; the error says what to do.
pub fn signer(settings: &Settings) -> Result<Option<Arc<Signer>>, StartError> {
    let Some(dkim) = &settings.mail.dkim else { return Ok(None) };
    let (key, access) = key_file::read(&dkim.key_file)?;
    if access == Access::Everybody {
        let path = dkim.key_file.display();
        tracing::warn!("every user of this machine can read the DKIM key {path} and sign by it: `chmod 600 {path}`");
    }
    Ok(Some(Arc::new(Signer::new(&*dkim.domain, &*dkim.selector, key))))
}

/// A postman for the relay of the settings; `more` sets what they do not: who listens, other time-outs.
///
/// # Errors
/// The relay's certificate authorities cannot be read.
pub fn relay_postman(
    settings: &Settings,
    relay: &Relay,
    more: &dyn Fn(Options) -> Options,
) -> Result<SmtpPostman, StartError> {
    let options = Options {
        hello: host_of(&settings.server.public_url),
        ca_file: settings.mail.ca_file.clone(),
        connections_max: settings.mail.max_connections,
        ..Options::default()
    };
    SmtpPostman::new(relay.clone(), more(options)).map_err(|why| StartError::Mail(why.to_string()))
}

/// Who writes the letters of the settings; `secret` signs unsubscribe links, `signer` what leaves.
pub fn scribe(settings: &Settings, secret: [u8; 32], signer: Option<Arc<Signer>>) -> HouseScribe {
    HouseScribe {
        sender: settings.mail.from.clone(),
        public_url: settings.server.public_url.clone(),
        secret,
        mail_domain: settings.mail.from.email.domain().to_owned(),
        envelope_ids: EnvelopeIds::new(secret),
        bounces_to: settings.mail.bounce_address.clone(),
        signer,
    }
}

/// The host of an address `scheme://host[:port]`, as an EHLO names it.
fn host_of(url: &str) -> String {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => format!("[{address}]"),
        Ok(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => host.to_owned(),
    }
}

impl House {
    /// Opens it: reads what a former run left, starts the actors.
    ///
    /// # Errors
    /// The store does not answer, or the key for signatures cannot be used.
    pub async fn open(settings: &Settings, opened: Opened, postman: Arc<dyn Postman>) -> Result<Self, StartError> {
        metrics::count();
        // Before anything is written to the store: a house that cannot be opened has not been there.
        let signer = signer(settings)?;
        let Opened { store, bus, buckets } = opened;
        let store: Arc<dyn Store> = Metered::new(store);
        let secret = Secret::new(start::server_secret(&*store).await?);
        let node = nodes::new_id(store.now());
        let nodes = if store.is_shared() {
            Nodes::sharing(node, place_of(settings), settings.presence.node_lease.into())
        } else {
            Nodes::alone(node)
        };
        let start = start::take_over(&*store, &nodes, settings.notifications.startup_grace.into()).await?;
        let domain = settings.mail.from.email.domain().to_owned();
        let host = Arc::new(Host {
            store: Arc::clone(&store),
            node,
            nodes,
            started_at: start.at,
            grace_until: start.grace_until,
            startup_grace: settings.notifications.startup_grace.into(),
            last_renewal: start.last_renewal,
            delays: settings.notifications.delays(),
            grace: settings.presence.grace.into(),
            silence: Span::from(settings.presence.heartbeat.max(settings.presence.visitor_heartbeat) * 2),
            idle: IDLE,
            mail_domain: domain.clone(),
            message_id: {
                let ids = EnvelopeIds::new(*secret.bytes());
                Box::new(move |account, letter| format!("<{}@{domain}>", ids.told_of_letter(account, letter)))
            },
            letters_queued: Notify::new(),
            letters_asked_for: Notify::new(),
            stale_after: settings.presence.stale_after.into(),
            board: Arc::default(),
            bus,
            taken: Taken::default(),
            places: Places::default(),
        });
        let arbiters: Vec<Arbiter> = (0..cores()).map(|_| Arbiter::new()).collect();
        let accounts = Accounts::start(&arbiters, &host);
        let scribe = Bureau::new(scribe(settings, *secret.bytes(), signer));
        let postroom =
            Postroom::new(Arc::clone(&host), accounts.clone(), postman, Arc::new(scribe), postroom_of(settings));
        let own = Arbiter::new();
        let postroom = Postroom::start_in_arbiter(&own.handle(), move |_| postroom);
        let lookout = Lookout::new(Arc::clone(&host));
        Lookout::start_in_arbiter(&own.handle(), move |_| lookout);
        let sweeper = Sweeper::new(Arc::clone(&host), accounts.clone());
        Sweeper::start_in_arbiter(&own.handle(), move |_| sweeper);
        info!(%node, "the house is open");
        Ok(Self { host, accounts, postroom, secret, buckets })
    }

    /// Other nodes take its turns from now on.
    pub async fn drain(&self) {
        self.host.nodes.enter(Stage::Draining);
        sweeper::renew(&self.host).await;
    }

    /// What was asked for is done, and the last sign of life written, so that what was connected is dated to the very end.
    pub async fn close(&self) {
        // First the letters that are on their way: what became of them is told to their conversations.
        if tokio::time::timeout(PATIENCE, self.postroom.send(Finish)).await.is_err() {
            tracing::warn!("the relay did not answer in time; what became of some letters is not known");
        }
        self.accounts.settle(PATIENCE).await;
        self.host.nodes.enter(Stage::Ended);
        sweeper::renew(&self.host).await;
    }
}

/// Opens the house and its doors, and serves until it is told to stop (SIGTERM, SIGINT). `opened` is told where.
///
/// # Errors
/// It cannot be opened.
pub async fn serve(
    settings: &Settings,
    listener: TcpListener,
    store: Opened,
    postman: Arc<dyn Postman>,
    demo: Option<Routes>,
    opened: impl FnOnce(),
) -> Result<(), StartError> {
    let house = House::open(settings, store, postman).await?;
    let doors = Doors::new(doors_of(settings, &house));
    let front = web::Data::new(front_of(settings, &house, demo));
    let app = move || App::new().configure(|config| routes::configure(config, &front));
    let address = settings.server.bind;
    let gate = listener.try_clone().map_err(|source| StartError::Bind { address, source })?;
    let server = ws::serve(listener, cores(), &doors, app).map_err(|source| StartError::Bind { address, source })?;
    let handle = server.handle();
    actix_rt::spawn(server);
    let counting = actix_rt::spawn(keep_counting());
    opened();
    told_to_stop().await;
    info!("stopping: clients are told to come back");
    handle.pause().await;
    // Whoever comes now is refused, so that a proxy asks another node at once, instead of waiting before a closed door.
    let _ = SockRef::from(&gate).shutdown(Shutdown::Both);
    house.drain().await;
    doors.close_all(settings.server.drain, PATIENCE).await;
    handle.stop(true).await;
    house.close().await;
    counting.abort();
    info!("stopped");
    Ok(())
}

/// The same for the demo: mails are caught and shown, and it has pages of its own.
///
/// # Errors
/// It cannot be opened.
pub async fn serve_demo(
    settings: &Settings,
    listener: TcpListener,
    store: Opened,
    world: &Arc<World>,
    opened: impl FnOnce(),
) -> Result<(), StartError> {
    let mailbox = Arc::new(Catcher::new());
    let demo = Demo { world: Arc::clone(world), mailbox: Arc::clone(&mailbox) };
    let routes = Routes(Arc::new(move |config| mailbox::routes(config, demo.clone())));
    serve(settings, listener, store, mailbox, Some(routes), opened).await
}

/// A listener, at which so many connections may wait to be taken in.
///
/// # Errors
/// The address is in use, or not ours.
pub fn listen(address: SocketAddr, backlog: u32) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // What an earlier run left half closed is not in the way.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        Ok(socket.into())
    };
    listen().map_err(|source| StartError::Bind { address, source })
}

/// Figures are taken in now and then, also where nobody looks at them.
async fn keep_counting() {
    const EVERY: Duration = Duration::from_secs(5);
    loop {
        tokio::time::sleep(EVERY).await;
        metrics::upkeep();
    }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // A process that cannot be told to stop serves until it is killed.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn doors_of(settings: &Settings, house: &House) -> DoorsConfig {
    let limits = &settings.limits;
    DoorsConfig {
        accounts: house.accounts.clone(),
        store: Arc::clone(&house.host.store),
        board: Arc::clone(&house.host.board),
        secret: house.secret.clone(),
        delays: house.host.delays,
        limits: DoorLimits {
            connections: limits.connections,
            connections_per_ip: limits.connections_per_ip,
            connections_per_account: limits.connections_per_account,
            connects_per_second: limits.connects_per_second,
            frames_per_second: limits.frames_per_second,
            bytes_per_second: limits.bytes_per_second,
            frame_bytes: limits.frame_bytes,
            request_deadline: limits.request_deadline.into(),
            keep_alive: settings.server.keep_alive.into(),
            malformed_frames_per_minute: limits.malformed_frames_per_minute,
            handshake_deadline: limits.handshake_deadline.into(),
            hello_deadline: limits.hello_deadline.into(),
            write_deadline: limits.write_deadline.into(),
            heartbeat: settings.presence.heartbeat.into(),
            visitor_heartbeat: settings.presence.visitor_heartbeat.into(),
            visitor_messages_per_minute: limits.visitor_messages_per_minute,
            visitor_messages_per_minute_per_ip: limits.visitor_messages_per_minute_per_ip,
            new_conversations_per_minute_per_ip: limits.new_conversations_per_minute_per_ip,
            trusted_proxies: TrustedProxies(settings.server.trusted_proxies.clone()),
        },
        together: Together::new(house.buckets.clone(), &house.secret),
        public_url: settings.server.public_url.clone(),
        sentences: Sentences {
            happened: |event, locale| locale::language(locale).system_message(event),
            reason: |reason, kind, account, locale| {
                let zone = locale::zone(&account.timezone);
                locale::sentence(reason, kind, None, account, locale, &zone)
            },
            notice: {
                let mail_domain = house.host.mail_domain.clone();
                Arc::new(move |notice, account, locale| locale::notice(notice, account, &mail_domain, locale))
            },
        },
    }
}

fn front_of(settings: &Settings, house: &House, demo: Option<Routes>) -> Front {
    let secret = *house.secret.bytes();
    let front = FrontSettings {
        public_url: settings.server.public_url.clone(),
        max_lease: settings.presence.max_lease.into(),
        trusted_proxies: TrustedProxies(settings.server.trusted_proxies.clone()),
        login_attempts_per_minute: settings.limits.login_attempts_per_minute,
        login_attempts_per_email_per_minute: settings.limits.login_attempts_per_email_per_minute,
        together: Together::new(house.buckets.clone(), &house.secret),
        argon2_parallel: settings.limits.argon2_parallel,
        request_deadline: settings.limits.request_deadline.into(),
        answer_deadline: settings.limits.answer_deadline.into(),
        inbound: Inbound {
            secret: settings.mail.inbound_secret.as_ref().map(|secret| secret.expose().to_owned()),
            returns: Arc::new(HouseReturns { ids: EnvelopeIds::new(secret) }),
            pauses: settings.mail.pauses(),
        },
        demo,
    };
    let unsubscribe = Arc::new(move |token: &str| unsubscribe::verify(&secret, token));
    Front::new(Arc::clone(&house.host), house.accounts.clone(), front, unsubscribe)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn postroom_of(settings: &Settings) -> PostroomSettings {
    PostroomSettings {
        pauses: settings.mail.pauses(),
        max_per_minute: settings.mail.max_per_minute,
        max_per_minute_per_account: settings.mail.max_per_minute_per_account,
        connections_max: settings.mail.max_connections.max(1),
        connections_max_per_account: settings.mail.max_connections_per_account(),
    }
}

/// Where this node runs: no other one listens there at the same time.
fn place_of(settings: &Settings) -> String {
    let machine = || gethostname::gethostname().to_string_lossy().into_owned();
    format!("{}/{}", settings.server.node.clone().unwrap_or_else(machine), settings.server.bind)
}
