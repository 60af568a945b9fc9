//! The settings themselves, section by section, with their defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;

use super::secret::Secret;
use super::store_url::StoreUrl;
use crate::domain::account::Delays;
use crate::domain::notice::letter::Pauses;
use crate::edge::network::Network;
use crate::mail::smtp::relay::Destination;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: Store,
    /// `[presence]`
    pub presence: Presence,
    /// `[notifications]`
    pub notifications: Notifications,
    /// `[mail]`
    pub mail: Mail,
    /// `[limits]`
    pub limits: Limits,
    /// `[log]`
    pub log: Log,
}

impl Settings {
    /// The names of the sections.
    pub const SECTIONS: [&str; 7] = ["server", "store", "presence", "notifications", "mail", "limits", "log"];
}

/// Where the server listens and what the world calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address to listen at; port 0: any free one.
    pub bind: SocketAddr,
    /// The origin of links in mails, and the only one that a cookie works from: `scheme://host[:port]` as a browser's
    /// `Origin` spells it. By default `http://` and `bind`.
    pub public_url: String,
    /// How many connections may wait to be taken in; one more has to try again, which its system does after a second. The
    /// system has a bound of its own (Linux: `net.core.somaxconn`).
    pub backlog: u32,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a connection over which nothing comes is kept for a further request. Longer than a proxy keeps it, so that
    /// none is closed under a request.
    pub keep_alive: Duration,
    /// What this node is called among those that share the store, with `bind`: a later run of the same name is the end of the
    /// earlier one. `None`: what the machine is called.
    pub node: Option<String>,
    /// Over how long clients are told to reconnect at SIGTERM, spread evenly.
    pub drain: Duration,
}

impl Server {
    /// The public URL of a server that was given none.
    pub fn url_of(bind: SocketAddr) -> String {
        format!("http://{bind}")
    }
}

impl Default for Server {
    fn default() -> Self {
        let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        Self {
            bind,
            public_url: Self::url_of(bind),
            backlog: 4_096,
            trusted_proxies: Vec::new(),
            keep_alive: Duration::from_secs(75),
            node: None,
            drain: Duration::from_secs(20),
        }
    }
}

/// Where the accounts live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Which store.
    pub url: StoreUrl,
    /// Redis: accept one that may lose acknowledged writes.
    pub allow_lossy: bool,
    /// Redis: for how many replicas each commit waits.
    pub replicas: u32,
    /// Redis, over TLS: the authorities' certificates (PEM) that are believed instead of the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Default for Store {
    fn default() -> Self {
        Self { url: StoreUrl::Sqlite("doorbell.db".into()), allow_lossy: false, replicas: 0, ca_file: None }
    }
}

/// When somebody counts as there (rules P1–P7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Between two pings to an operator; silence of two of them is a break (rule P4).
    pub heartbeat: Duration,
    /// The same for a visitor.
    pub visitor_heartbeat: Duration,
    /// How long a node is believed alive without renewing its lease (rule P6).
    pub node_lease: Duration,
    /// How long a broken device or visitor lingers (rule P4).
    pub grace: Duration,
    /// The longest lease of a mobile app (rule P5).
    pub max_lease: Duration,
    /// How long the store may not answer before chat boxes are stale.
    pub stale_after: Duration,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(25),
            visitor_heartbeat: Duration::from_secs(45),
            node_lease: Duration::from_secs(15),
            grace: Duration::from_secs(20),
            max_lease: Duration::from_hours(24),
            stale_after: Duration::from_secs(5),
        }
    }
}

/// When an email is due (rules N3–N10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notifications {
    /// How long the offline condition must hold (rule N3). An account may have its own.
    pub offline_delay: Duration,
    /// How long the missed condition must hold (rule N3). An account may have its own.
    pub missed_delay: Duration,
    /// The pause between two mails about one conversation (rule N6). An account may have its own.
    pub cooldown: Duration,
    /// How far flapping can postpone an offline email (rule N8); never less than `offline_delay`: a smaller one is raised to it.
    pub flap_cap: Duration,
    /// How long after its start, or an outage of the store, a node fires nothing, while those who were there before linger (rule N10).
    pub startup_grace: Duration,
}

impl Notifications {
    /// The delays as the domain knows them.
    pub fn delays(&self) -> Delays {
        Delays {
            offline: self.offline_delay.into(),
            missed: self.missed_delay.into(),
            cooldown: self.cooldown.into(),
            flap_cap: self.flap_cap.into(),
        }
    }
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            offline_delay: Duration::from_mins(2),
            missed_delay: Duration::from_mins(2),
            cooldown: Duration::from_mins(10),
            flap_cap: Duration::from_mins(10),
            startup_grace: Duration::from_secs(45),
        }
    }
}

/// How mails leave (rules E1–E6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The sender of every mail.
    pub from: Mailbox,
    /// The relay, or the folder that stands in for one (rule E3).
    pub smtp_url: Destination,
    /// The signature, if mails are to bear one (rule E3).
    pub dkim: Option<Dkim>,
    /// Where bounces come back to, if they are handed over here; each letter goes out with its name behind a `+` of it.
    pub bounce_address: Option<Address>,
    /// By which the mail server that hands bounces over is known.
    pub inbound_secret: Option<Secret>,
    /// Certificate authorities (PEM) to be trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// The wait before the second attempt; each further one is longer (rule E4).
    pub retry_initial: Duration,
    /// The wait after an unknown outcome before the one repeat (rule E4).
    pub uncertain_wait: Duration,
    /// After how long a deferred mail is given up (rule E4).
    pub expire: Duration,
    /// How many mails leave in a minute (rule E6).
    pub max_per_minute: u32,
    /// How many of them for one account (rule E6).
    pub max_per_minute_per_account: u32,
    /// How many connections to the relay are open at once.
    pub max_connections: usize,
    /// How many of them for one account (rule E6); `None`: half of them.
    pub max_connections_per_account: Option<usize>,
}

impl Mail {
    /// The pauses of the outbox.
    pub fn pauses(&self) -> Pauses {
        Pauses {
            retry_initial: self.retry_initial.into(),
            uncertain_wait: self.uncertain_wait.into(),
            expire: self.expire.into(),
        }
    }

    /// How many connections to the relay one account may have, at least one.
    pub fn max_connections_per_account(&self) -> usize {
        self.max_connections_per_account.unwrap_or(self.max_connections.div_ceil(2)).max(1)
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            from: "doorbell@localhost".parse().expect("a good address, as the tests show"),
            smtp_url: Destination::Directory("outbox/".into()),
            dkim: None,
            bounce_address: None,
            inbound_secret: None,
            ca_file: None,
            retry_initial: Duration::from_secs(30),
            uncertain_wait: Duration::from_mins(10),
            expire: Duration::from_hours(24),
            max_per_minute: 600,
            max_per_minute_per_account: 120,
            max_connections: 4,
            max_connections_per_account: None,
        }
    }
}

/// What a DKIM signature needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The signing domain (`d=`).
    pub domain: String,
    /// The selector (`s=`): the key's public half is at `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// The private key: PEM; RSA (PKCS#8 or PKCS#1) or Ed25519 (PKCS#8).
    pub key_file: PathBuf,
}

/// How much of everything. What happens at each limit stands in `doorbell.example.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sockets at once.
    pub connections: usize,
    /// Sockets at once from one address.
    pub connections_per_ip: usize,
    /// Sockets at once of one account: of its visitors, and as many of its operators.
    pub connections_per_account: usize,
    /// Messages a minute of one visitor.
    pub visitor_messages_per_minute: u32,
    /// Messages a minute of all visitors at one address.
    pub visitor_messages_per_minute_per_ip: u32,
    /// Conversations begun in a minute from one address.
    pub new_conversations_per_minute_per_ip: u32,
    /// Connections a second that are taken in; more wait for their turn.
    pub connects_per_second: u32,
    /// Frames a second on one socket.
    pub frames_per_second: u32,
    /// Bytes a second on one socket.
    pub bytes_per_second: u32,
    /// Log-in attempts a minute from one address.
    pub login_attempts_per_minute: u32,
    /// Log-in attempts a minute for one email address, wherever they come from.
    pub login_attempts_per_email_per_minute: u32,
    /// How long the body of a request may take to arrive.
    pub request_deadline: Duration,
    /// How long the answer to a request may take to be made.
    pub answer_deadline: Duration,
    /// Malformed frames a minute on one socket.
    pub malformed_frames_per_minute: u32,
    /// How long a connection may take to send the head of a request.
    pub handshake_deadline: Duration,
    /// How long a new socket may wait with its first frame.
    pub hello_deadline: Duration,
    /// How long a socket may take nothing of what waits for it.
    pub write_deadline: Duration,
    /// The longest frame that a client may send, in bytes.
    pub frame_bytes: usize,
    /// Passwords hashed at once; each takes about 20 MB and a core.
    pub argon2_parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 100_000,
            connections_per_ip: 200,
            connections_per_account: 50_000,
            visitor_messages_per_minute: 30,
            visitor_messages_per_minute_per_ip: 120,
            new_conversations_per_minute_per_ip: 20,
            connects_per_second: 20_000,
            frames_per_second: 30,
            bytes_per_second: 65_536,
            login_attempts_per_minute: 20,
            login_attempts_per_email_per_minute: 10,
            request_deadline: Duration::from_secs(10),
            answer_deadline: Duration::from_secs(10),
            malformed_frames_per_minute: 10,
            handshake_deadline: Duration::from_secs(10),
            hello_deadline: Duration::from_secs(10),
            write_deadline: Duration::from_secs(10),
            frame_bytes: 32_768,
            argon2_parallel: 2,
        }
    }
}

/// What is logged, to stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// How much, in the grammar of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: an object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: "info".to_owned() }
    }
}
