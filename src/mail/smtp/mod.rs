//! The postman who talks to a relay.
//!
//! One recipient a transaction; a connection carries another letter only after a clean end of the one before, and after it has
//! answered a RSET: an answer that belongs to something else is never taken for an answer to this letter.

mod dialogue;
pub mod relay;
mod shelf;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use self::dialogue::Dialogue;
use self::relay::Relay;
use self::shelf::Shelf;
use crate::ports::journal::Answer;
use crate::ports::postman::{Delivery, Envelope, Postman, Ready, Refusal};

/// A connection carries so many letters, then a new one is made: relays end longer ones by themselves.
const LETTERS_PER_CONNECTION_MAX: u32 = 100;

/// How long each step may take. Short ones at the end *make* duplicates: a relay that is slow to answer has the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding and reaching the relay; the handshake of TLS.
    pub connect: Duration,
    /// The greeting, and the answer to a command.
    pub command: Duration,
    /// The answer to DATA, and the writing of the letter.
    pub data: Duration,
    /// The answer to the final dot.
    pub dot: Duration,
    /// The answer of a connection that lay idle; a new one is made when it does not come.
    pub reuse: Duration,
    /// How long a connection lies idle before we end it.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(1),
            data: Duration::from_mins(2),
            dot: Duration::from_mins(10),
            reuse: Duration::from_secs(5),
            // Relays wait five minutes (RFC 5321, 4.5.3.2.7), busy ones less: each costs them a process.
            idle: Duration::from_secs(30),
        }
    }
}

/// A line of the conversation, as somebody may read it: no passwords, no letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who said it.
    pub who: Who,
    /// What.
    pub line: &'a str,
}

/// The two who talk, and the line between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// doorbell.
    Client,
    /// The relay.
    Server,
    /// Neither: what became of the connection.
    Connection,
}

/// Hears the conversation (`doorbell mail test` prints it, rule E3).
pub type Listener = Arc<dyn Fn(Said<'_>) + Send + Sync>;

/// How to talk to the relay.
#[derive(Clone)]
pub struct Options {
    /// The name by which we say EHLO: the host of the server's public address, or an address literal.
    pub hello: String,
    /// A PEM file of authorities that are trusted beside the usual ones.
    pub ca_file: Option<PathBuf>,
    /// So many connections at once; at least 1.
    pub connections_max: usize,
    /// How long each step may take.
    pub timeouts: Timeouts,
    /// Who hears the conversation.
    pub listener: Option<Listener>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hello: "[127.0.0.1]".to_owned(),
            ca_file: None,
            connections_max: 4,
            timeouts: Timeouts::default(),
            listener: None,
        }
    }
}

impl Options {
    fn hear(&self, said: Said<'_>) {
        if let Some(listener) = &self.listener {
            listener(said);
        }
    }

    fn note(&self, line: &str) {
        self.hear(Said { who: Who::Connection, line });
    }
}

/// On which terms a relay talks with us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The relay, by the name under which it greeted.
    pub server: String,
    /// How the connection is encrypted, in words; `None`: it is not.
    pub encryption: Option<String>,
    /// As whom we logged in.
    pub user: Option<String>,
}

/// Whom to trust.
struct Tls {
    config: Arc<ClientConfig>,
    /// Whether the configuration names an authority of its own.
    own_authority: bool,
}

/// The configuration of TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of authorities cannot be read, or holds none.
    #[error("ca_file {path}: {why}")]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] tokio_rustls::rustls::Error),
}

/// The postman. Clones share its connections.
#[derive(Clone)]
pub struct SmtpPostman {
    office: Arc<Office>,
}

struct Office {
    relay: Relay,
    tls: Tls,
    options: Arc<Options>,
    /// As many as there may be connections. An idle one needs none: it is taken before a new one is made.
    slots: Arc<Semaphore>,
    shelf: Arc<Shelf>,
    /// The sender of the newest letter: relays refuse some only once they are named.
    sender: Mutex<Option<String>>,
}

impl SmtpPostman {
    /// Prepares; nothing is connected before the first letter.
    ///
    /// # Errors
    /// The file of authorities cannot be used.
    pub fn new(relay: Relay, options: Options) -> Result<Self, TlsError> {
        let tls = trust(options.ca_file.as_deref())?;
        let slots = Arc::new(Semaphore::new(options.connections_max.max(1)));
        let shelf = Shelf::new(options.timeouts.idle);
        let office = Office { relay, tls, options: Arc::new(options), slots, shelf, sender: Mutex::default() };
        Ok(Self { office: Arc::new(office) })
    }

    /// Connects, greets and logs in, and keeps the connection: whether the relay can be used at all.
    ///
    /// # Errors
    /// It cannot, with what it answered.
    pub async fn check(&self) -> Result<Terms, Refusal> {
        let _slot = self.office.slot().await;
        let dialogue = self.office.dialogue().await?;
        let terms = dialogue.terms(&self.office.relay);
        self.office.keep(dialogue);
        Ok(terms)
    }
}

impl Office {
    async fn slot(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.slots).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// A connection that can carry a letter: one that lay idle and still answers, or a new one.
    async fn dialogue(&self) -> Result<Dialogue, Refusal> {
        while let Some(mut dialogue) = self.shelf.take() {
            if dialogue.letters >= LETTERS_PER_CONNECTION_MAX {
                // Ended on both sides before its successor begins: a relay that counts never counts one too many.
                dialogue.leave().await;
            } else if dialogue.is_fresh().await {
                return Ok(dialogue);
            }
        }
        Dialogue::begin(&self.relay, &self.tls, &self.options).await
    }

    fn sender(&self) -> MutexGuard<'_, Option<String>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection for the next letter, if its end was clean.
    fn keep(&self, dialogue: Dialogue) {
        if dialogue.is_clean() {
            self.shelf.put(dialogue);
        }
    }
}

impl Postman for SmtpPostman {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let office = Arc::clone(&self.office);
        office.sender().replace(envelope.from.clone());
        Box::pin(async move {
            let slot = office.slot().await;
            let mut dialogue = office.dialogue().await?;
            match dialogue.offer(&envelope).await {
                Ok(()) => Ok(Box::new(Counter { office, dialogue, _slot: slot }) as Box<dyn Ready>),
                Err(refusal) => {
                    office.keep(dialogue);
                    Err(refusal)
                }
            }
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        let office = Arc::clone(&self.office);
        Box::pin(async move {
            let _slot = office.slot().await;
            let mut dialogue = office.dialogue().await?;
            let sender = office.sender().clone();
            let let_in = match sender {
                Some(sender) => dialogue.knock(&sender).await,
                None => Ok(()),
            };
            office.keep(dialogue);
            let_in
        })
    }
}

/// A connection whose server waits for the letter. Dropped, it hangs up, and the server forgets the transaction.
struct Counter {
    office: Arc<Office>,
    dialogue: Dialogue,
    _slot: OwnedSemaphorePermit,
}

impl Ready for Counter {
    fn send(mut self: Box<Self>, raw: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async move {
            let delivery = self.dialogue.deliver(&raw).await;
            self.office.keep(self.dialogue);
            delivery
        })
    }
}

/// TLS as everything here does it: certificates of the usual authorities, and of those in the file, and no others.
///
/// # Errors
/// The file of authorities cannot be used.
pub fn tls_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    trust(ca_file).map(|tls| tls.config)
}

/// The usual authorities, and those of the file.
fn trust(ca_file: Option<&Path>) -> Result<Tls, TlsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let wrong = |why: String| TlsError::Authorities { path: path.to_owned(), why };
        let authorities = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
        let mut found = 0;
        for authority in authorities {
            let authority = authority.map_err(|error| wrong(error.to_string()))?;
            roots.add(authority).map_err(|error| wrong(error.to_string()))?;
            found += 1;
        }
        if found == 0 {
            return Err(wrong("holds no certificate".to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Tls { config: Arc::new(config), own_authority: ca_file.is_some() })
}
