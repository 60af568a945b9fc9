//! The door for HTTP: a file per resource, the whole URL table in [`routes`].
//!
//! A handler reads what was asked, has the account's actor or the office do it, and tells what came of it. Every error leaves as
//! a problem document ([`problem`]).

pub mod auth;
pub mod body;
pub mod hasher;
pub mod problem;
pub mod query;
pub mod reference;
pub mod routes;
pub mod voice;

mod account;
mod acts;
mod conversations;
mod emails;
mod groups;
mod health;
mod login;
mod me;
pub mod metrics;
mod notices;
mod operators;
mod pages;
mod people;
mod presence;
mod sessions;
mod unsubscribe;
mod watch;
mod widget;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, web};

use self::hasher::Hasher;
use crate::actors::api::{Change, ChangeSettings, Changed, EndSessions};
use crate::actors::directory::Accounts;
use crate::actors::host::Host;
use crate::domain::account::{Account, Kind};
use crate::domain::ids::{AccountId, OperatorId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::edge::address::TrustedProxies;
use crate::edge::limits::{Household, PerMinute};
use crate::office::change::Decided;
use crate::office::sessions::Session;

/// What the door for HTTP keeps to. From the configuration.
#[derive(Clone, Debug)]
pub struct FrontSettings {
    /// The server's own origin, as browsers spell it.
    pub public_url: String,
    /// The longest lease (rule P5).
    pub max_lease: Span,
    /// Who may say for whom they speak.
    pub trusted_proxies: TrustedProxies,
    /// Log-in attempts a minute from one address (IPv6: one /64); more are `rate_limited`.
    pub login_attempts_per_minute: u32,
    /// Log-in attempts a minute for one email address, likewise.
    pub login_attempts_per_email_per_minute: u32,
    /// Passwords hashed at once.
    pub argon2_parallel: usize,
    /// Where this is a demo: its own routes.
    pub demo: Option<Routes>,
}

/// Routes that somebody else brings along.
#[derive(Clone)]
pub struct Routes(pub Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>);

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Routes(…)")
    }
}

/// Whose emails of which kind an unsubscribe link stands for, if it was signed here (rule D4).
pub type UnsubscribeLink = Arc<dyn Fn(&str) -> Option<(AccountId, OperatorId, Kind)> + Send + Sync>;

/// What all handlers share.
pub struct Front {
    host: Arc<Host>,
    accounts: Accounts,
    settings: FrontSettings,
    unsubscribe_link: UnsubscribeLink,
    hasher: Hasher,
    logins_by_address: PerMinute<Household>,
    logins_by_email: PerMinute<u64>,
    seen: Mutex<HashMap<SessionId, Timestamp>>,
    reference: reference::Reference,
}

impl Front {
    /// A session's use is looked at again after so long.
    const SEEN_STEP: Span = Span::from_secs(300);
    /// How many sessions are remembered as seen.
    const SEEN_LEN_MAX: usize = 50_000;

    /// For one process; every worker shares it.
    pub fn new(
        host: Arc<Host>,
        accounts: Accounts,
        settings: FrontSettings,
        unsubscribe_link: UnsubscribeLink,
    ) -> Self {
        metrics::count();
        Self {
            host,
            accounts,
            unsubscribe_link,
            hasher: Hasher::new(settings.argon2_parallel),
            logins_by_address: PerMinute::new(
                settings.login_attempts_per_minute,
                "login_attempts_per_minute",
                "log-in attempts",
            ),
            logins_by_email: PerMinute::new(
                settings.login_attempts_per_email_per_minute,
                "login_attempts_per_email_per_minute",
                "log-in attempts",
            ),
            seen: Mutex::default(),
            reference: reference::Reference::of(&settings.public_url),
            settings,
        }
    }

    /// That of a request's application.
    fn of(request: &HttpRequest) -> web::Data<Self> {
        request.app_data::<web::Data<Self>>().cloned().expect("routes::configure puts it there")
    }

    /// Changes an account's settings, through its actor.
    async fn change(
        &self,
        account: AccountId,
        change: impl Fn(&mut Account, Timestamp) -> Decided + Send + Sync + 'static,
    ) -> Result<Arc<Account>, Refusal> {
        let change: Change = Arc::new(move |account, now| {
            let records = change(account, now)?;
            Ok(Changed { records, made: None })
        });
        self.accounts.ask(account, ChangeSettings(change)).await.map(|(account, _)| account)
    }

    /// Ends those of an operator's log-ins for which `which` holds, with their sockets and leases (rules P4, P9).
    async fn end_sessions(
        &self,
        account: AccountId,
        operator: OperatorId,
        which: impl Fn(&Session) -> bool,
    ) -> Result<usize, Refusal> {
        let ended = crate::office::sessions::end(&self.host.store, operator, which).await?;
        let count = ended.len();
        if count > 0 {
            self.accounts.ask(account, EndSessions { operator, sessions: Some(ended) }).await?;
        }
        Ok(count)
    }

    /// Counts an attempt at a password.
    fn count_attempt(&self, request: &HttpRequest, email: &str) -> Result<(), Refusal> {
        let now = self.host.now();
        self.logins_by_address.count(self.address_of(request).into(), now)?;
        self.count_attempt_for(email)
    }

    fn count_attempt_for(&self, email: &str) -> Result<(), Refusal> {
        // The hash stands for the address, so that a long one costs no more than a short one.
        let mut hasher = DefaultHasher::new();
        email.trim().to_lowercase().hash(&mut hasher);
        self.logins_by_email.count(hasher.finish(), self.host.now())
    }

    fn address_of(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        self.settings.trusted_proxies.client(peer, request.headers())
    }

    /// Writes down that a session is used, now and then. That it could not be does not matter to who asked.
    async fn seen(&self, session: &Session, token: &str) {
        if self.host.board.now().store_away.is_some() {
            return;
        }
        let now = self.host.now();
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.get(&session.id).is_some_and(|at| now - *at < Self::SEEN_STEP) {
                return;
            }
            if seen.len() >= Self::SEEN_LEN_MAX {
                seen.clear();
            }
            seen.insert(session.id, now);
        }
        if let Err(why) = crate::office::sessions::touch(&self.host.store, session, token).await {
            tracing::debug!(session = %session.id, %why, "a session's use was not written down");
        }
    }
}
