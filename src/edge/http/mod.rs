//! The door for HTTP: a file per resource, the whole URL table in [`routes`].
//!
//! A handler reads what was asked, has the account's actor or the office do it, and tells what came of it. Every error leaves as
//! a problem document ([`problem`]).

pub mod attempts;
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
mod audit;
mod blocked;
mod checks;
mod conversations;
mod devices;
mod emails;
mod groups;
mod health;
pub mod inbound;
mod login;
mod manners;
mod me;
pub mod metrics;
mod notices;
mod notifications;
mod operators;
mod packed;
mod pages;
mod password;
mod patience;
mod people;
mod presence;
mod sessions;
mod suppressions;
mod uncommented;
mod unsubscribe;
mod watch;
mod widget;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, web};
use tokio::sync::Semaphore;

use self::attempts::Attempts;
use self::auth::Caller;
use self::hasher::Hasher;
use self::inbound::Inbound;
use crate::actors::api::{Change, ChangeAudited, ChangeSettings, Changed, EndSessions};
use crate::actors::directory::Accounts;
use crate::actors::host::Host;
use crate::domain::account::{Account, Kind};
use crate::domain::audit::Done;
use crate::domain::ids::{AccountId, OperatorId, SessionId};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};
use crate::edge::address::TrustedProxies;
use crate::edge::limits::Household;
use crate::edge::together::Together;
use crate::office::change::Decided;
use crate::office::sessions::{self as sessions_of, Endings, Session};

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
    /// What of the limits all nodes count together.
    pub together: Together,
    /// Passwords hashed at once.
    pub argon2_parallel: usize,
    /// How long a body may take to arrive.
    pub request_deadline: Span,
    /// How long an answer is worked on.
    pub answer_deadline: Span,
    /// How reports about letters are taken.
    pub inbound: Inbound,
    /// Where this is a demo: its own routes.
    pub demo: Option<Routes>,
}

/// A change that answers nothing but the records that go with it.
fn change_of(change: impl Fn(&mut Account, Timestamp) -> Decided + Send + Sync + 'static) -> Change {
    Arc::new(move |account, now| Ok(Changed { records: change(account, now)?, made: None }))
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
    attempts: Attempts,
    /// Who forgot a password and was answered already: so many are worked on at once.
    forgetting: Arc<Semaphore>,
    /// Hashes of the tokens that are being used to set a password: each works once.
    resetting: Mutex<HashSet<String>>,
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
            attempts: Attempts::new(
                settings.login_attempts_per_minute,
                settings.login_attempts_per_email_per_minute,
                settings.together.clone(),
            ),
            forgetting: Arc::new(Semaphore::new(password::FORGETTING_MAX)),
            resetting: Mutex::default(),
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
        self.accounts.ask(account, ChangeSettings(change_of(change))).await.map(|(account, _)| account)
    }

    /// The same for what an admin does: it stands in the account's audit trail, in the same commit. Every handler of a row for
    /// admins that changes something calls this one; `tests/http` tries each of them. `also`: what the settings do not show.
    async fn change_audited(
        &self,
        caller: &Caller,
        also: Vec<Done>,
        change: impl Fn(&mut Account, Timestamp) -> Decided + Send + Sync + 'static,
    ) -> Result<Arc<Account>, Refusal> {
        // A password may have been hashed meanwhile (rule P9).
        if !sessions_of::lives(&self.host.store, &caller.session).await? {
            return Err(Refusal::new(RefusalCode::Unauthorized, "the session has ended"));
        }
        let audited = ChangeAudited { change: change_of(change), by: caller.doer(), also };
        self.accounts.ask(caller.account.id, audited).await.map(|(account, _)| account)
    }

    /// Ends those of an operator's log-ins for which `which` holds, with their sockets and leases (rules P4, P9).
    async fn end_sessions(
        &self,
        account: AccountId,
        operator: OperatorId,
        which: impl Fn(&Session) -> bool,
    ) -> Result<usize, Refusal> {
        self.ended(account, operator, Vec::new(), which).await
    }

    /// How those of an operator's log-ins are ended for which `which` holds, in the commit of what ends them (rule P9).
    async fn endings(&self, operator: OperatorId, which: impl Fn(&Session) -> bool) -> Result<Endings, Refusal> {
        sessions_of::endings(&self.host.store, operator, |listed| which(&listed.session)).await
    }

    /// Log-ins have `ended` in a commit: so do their sockets and leases, and those log-ins that began meanwhile for which `late`
    /// holds.
    async fn ended(
        &self,
        account: AccountId,
        operator: OperatorId,
        mut ended: Vec<SessionId>,
        late: impl Fn(&Session) -> bool,
    ) -> Result<usize, Refusal> {
        let late = sessions_of::end(&self.host.store, operator, |listed| late(&listed.session)).await;
        ended.extend(late.iter().flatten().copied());
        let count = ended.len();
        if count > 0 {
            self.accounts.ask(account, EndSessions { operator, sessions: Some(ended), device: None }).await?;
        }
        late.map(|_| count)
    }

    /// From where a request comes, as it is counted.
    fn household_of(&self, request: &HttpRequest) -> Household {
        self.address_of(request).into()
    }

    fn address_of(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        self.settings.trusted_proxies.client(peer, request.headers())
    }

    /// Writes down that a session is used, now and then. That it could not be does not matter to who asked.
    async fn seen(&self, session: &Session) {
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
        if let Err(why) = sessions_of::touch(&self.host.store, session).await {
            tracing::debug!(session = %session.id, %why, "a session's use was not written down");
        }
    }
}
