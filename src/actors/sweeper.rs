//! The sweeper: wakes what sleeps when its time comes, renews the node's lease, and hears of what others wrote.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};
use tracing::warn;

use super::account::Wake;
use super::conversation::WOKEN_AHEAD;
use super::directory::Accounts;
use super::host::Host;
use crate::domain::ids::AccountId;
use crate::ports::journal::{Commit, Outcome, RecordOp};
use crate::ports::record::{encode, node_key};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many deadlines it takes at once: more than fall due while it looks ahead, or those that slept would be late.
const DEADLINES_LEN: usize = 16_384;
/// How many accounts it wakes at once after a start.
const ACCOUNTS_LEN: usize = 256;

/// The actor.
pub struct Sweeper {
    host: Arc<Host>,
    accounts: Accounts,
}

impl Sweeper {
    /// To be started.
    pub fn new(host: Arc<Host>, accounts: Accounts) -> Self {
        Self { host, accounts }
    }

    /// Conversations whose deadlines come near are woken; their own alarms are exact.
    fn wake_what_is_due(&mut self, ctx: &mut Context<Self>) {
        let (store, accounts) = (Arc::clone(&self.host.store), self.accounts.clone());
        let until = self.host.now() + WOKEN_AHEAD;
        let sweep = async move {
            match store.overdue(until, DEADLINES_LEN).await {
                Ok(due) => {
                    for (_, account, conversation) in due {
                        accounts.tell(account, Wake(conversation)).await;
                    }
                }
                Err(why) => warn!(%why, "deadlines cannot be looked up; timers are late until they can"),
            }
        };
        ctx.spawn(sweep.into_actor(self));
    }

    /// After a start: accounts in which something waits fold the presence of the former run, and learn what has changed.
    fn wake_accounts(&mut self, ctx: &mut Context<Self>, after: Option<AccountId>) {
        let (store, accounts) = (Arc::clone(&self.host.store), self.accounts.clone());
        let since = self.host.last_renewal.unwrap_or(self.host.started_at) - self.host.settle();
        let page = async move {
            let page = store.attentive_accounts(since, after, ACCOUNTS_LEN).await;
            if let Ok(page) = &page {
                for account in page {
                    // Finding it starts it; it does the rest by itself.
                    drop(accounts.find(*account).await);
                }
            }
            page
        };
        ctx.spawn(page.into_actor(self).map(move |page, sweeper, ctx| match page {
            Ok(page) => {
                if let Some(last) = page.last() {
                    sweeper.wake_accounts(ctx, Some(*last));
                }
            }
            Err(why) => {
                warn!(%why, "accounts in which something waits cannot be looked up; it is tried again");
                ctx.run_later(LOOK_EVERY, move |sweeper, ctx| sweeper.wake_accounts(ctx, after));
            }
        }));
    }

    fn renew(&mut self, ctx: &mut Context<Self>) {
        let renewal = renew(Arc::clone(&self.host));
        ctx.spawn(renewal.into_actor(self));
    }

    /// A command of the command line wrote: accounts that are active read again.
    fn hear_of_others(&mut self, ctx: &mut Context<Self>) {
        let heard = self.host.bus.hear();
        ctx.spawn(heard.into_actor(self).map(|_, sweeper, ctx| {
            sweeper.accounts.reread_all();
            sweeper.hear_of_others(ctx);
        }));
    }
}

/// Writes down that the node lives: what it held is dated to this if it dies.
pub async fn renew(host: Arc<Host>) {
    let record = RecordOp::Put { key: node_key(host.node), value: encode(&host.now()) };
    let commit = Commit { records: vec![record], ..Commit::default() };
    if let Outcome::Unknown { why } = host.store.commit(commit).await {
        warn!(%why, "the node's lease was not renewed");
    }
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.renew(ctx);
        self.wake_accounts(ctx, None);
        self.wake_what_is_due(ctx);
        self.hear_of_others(ctx);
        ctx.run_interval(LOOK_EVERY, |sweeper, ctx| {
            sweeper.renew(ctx);
            sweeper.wake_what_is_due(ctx);
        });
    }
}
