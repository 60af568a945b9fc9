//! The sweeper: wakes what sleeps when its time comes, renews the node's lease and looks for those of others that lapsed, and
//! hears of what others wrote.

use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};
use futures_util::future::join_all;
use tracing::{info, warn};

use super::api::AskAccount;
use super::conversation::WOKEN_AHEAD;
use super::directory::{Accounts, Tidings};
use super::host::{Host, RENEWED_EVERY};
use super::nodes::Reading;
use crate::domain::ids::AccountId;
use crate::domain::time::{Span, Timestamp};
use crate::ports::bus::{Heard, Hint};
use crate::ports::figures;
use crate::ports::journal::{Answer, Commit, Outcome, StoreError};
use crate::ports::nodes::{self, NodeLease};

/// How many deadlines it takes at once: more than fall due while it looks ahead, or those that slept would be late.
const DEADLINES_LEN: usize = 16_384;
/// How many accounts it wakes at once after a start.
const ACCOUNTS_LEN: usize = 256;
/// What is another node's turn is taken after so long all the same: that node may be gone, or not see it.
const TAKEN_AFTER: Span = Span(1_500);
/// How often everything is read again while the bus does not deliver.
const DEAF_READ_EVERY: Span = Span::from_secs(5);
/// What was told shortly before the bus fell silent may have been lost as well.
const UNHEARD_BEFORE: Span = Span::from_secs(5);
/// Everything is read again so often at the most, however many gaps there are.
const GAPS_READ_EVERY: Span = Span::from_secs(1);
/// Whoever did not look for so long stood still, and what was told meanwhile may be lost although nobody says so yet.
const STILL_AFTER: Span = Span::from_secs(2);
/// How soon after that the bus knows, and says so.
const KNOWN_AFTER: Span = Span::from_secs(5);

/// The actor.
pub struct Sweeper {
    host: Arc<Host>,
    accounts: Accounts,
    /// When the bus was last known to deliver.
    heard_at: Timestamp,
    /// When that was looked at last.
    minded_at: Timestamp,
    /// Until when it is not believed, since this process stood still.
    doubted_until: Timestamp,
    /// When everything was last read again because it does not.
    read_all_at: Timestamp,
    /// Since when something may have been missed that is about to be read again.
    gap_since: Option<Timestamp>,
    /// Whether the leases are being read or written.
    is_renewing: bool,
}

/// An account that does not answer by then keeps no other one waiting.
const READ_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

impl Sweeper {
    /// To be started.
    pub fn new(host: Arc<Host>, accounts: Accounts) -> Self {
        let now = host.now();
        Self {
            host,
            accounts,
            heard_at: now,
            minded_at: now,
            doubted_until: now,
            read_all_at: now - GAPS_READ_EVERY,
            gap_since: None,
            is_renewing: false,
        }
    }

    /// Conversations whose deadlines come near are woken; their own alarms are exact.
    fn wake_what_is_due(&mut self, ctx: &mut Context<Self>) {
        let (host, accounts) = (Arc::clone(&self.host), self.accounts.clone());
        let now = host.now();
        if host.quiet_until(now) > now + WOKEN_AHEAD {
            // Nothing fires yet: what was woken would only wait.
            return;
        }
        let sweep = async move {
            match host.store.overdue(now + WOKEN_AHEAD, DEADLINES_LEN).await {
                Ok(due) => {
                    let mine = due.into_iter().filter(|(at, _, conversation)| {
                        now - *at >= TAKEN_AFTER || host.nodes.is_my_turn(conversation.0, now)
                    });
                    accounts.wake(mine.map(|(_, account, conversation)| (account, conversation)));
                }
                Err(why) => warn!(%why, "deadlines cannot be looked up; timers are late until they can"),
            }
        };
        ctx.spawn(sweep.into_actor(self));
    }

    /// After a start, and when a node was lost: accounts in which something waits fold what it held, and learn what has changed.
    fn wake_accounts(&mut self, ctx: &mut Context<Self>, since: Timestamp, after: Option<AccountId>) {
        let (store, accounts) = (Arc::clone(&self.host.store), self.accounts.clone());
        let page = async move {
            let page = store.attentive_accounts(since, after, ACCOUNTS_LEN).await;
            if let Ok(page) = &page {
                // Asking starts it; it does the rest by itself. These have read themselves before the next ones begin to.
                let answers = page.iter().map(|account| accounts.ask(*account, AskAccount));
                let _ = tokio::time::timeout(READ_WITHIN, join_all(answers)).await;
            }
            page
        };
        ctx.spawn(page.into_actor(self).map(move |page, sweeper, ctx| match page {
            Ok(page) => {
                if let Some(last) = page.last() {
                    sweeper.wake_accounts(ctx, since, Some(*last));
                }
            }
            Err(why) => {
                warn!(%why, "accounts in which something waits cannot be looked up; it is tried again");
                ctx.run_later(RENEWED_EVERY.to_duration(), move |sweeper, ctx| {
                    sweeper.wake_accounts(ctx, since, after);
                });
            }
        }));
    }

    /// Renews the lease, and looks whose was not renewed.
    fn renew(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.is_renewing, true) {
            return;
        }
        let host = Arc::clone(&self.host);
        let renewal = async move {
            renew(&host).await;
            look_at_leases(&host, host.nodes.reading()).await.map(|()| lost_since(&host))
        };
        ctx.spawn(renewal.into_actor(self).map(|looked, sweeper, ctx| {
            sweeper.is_renewing = false;
            match looked {
                Ok(Some(lost_since)) => {
                    sweeper.accounts.tell_all(Tidings::NodesLost);
                    sweeper.wake_accounts(ctx, lost_since - sweeper.host.settle(), None);
                }
                Ok(None) => {}
                Err(why) => warn!(%why, "the leases of the nodes cannot be read"),
            }
        }));
    }

    /// What other nodes, and commands of the command line, did.
    fn hear_of_others(&mut self, ctx: &mut Context<Self>) {
        let heard = self.host.bus.hear();
        ctx.spawn(heard.into_actor(self).map(|heard, sweeper, ctx| {
            for heard in heard {
                match heard {
                    Heard::Hint(Hint::Taken { account, what, attempt, seqs }) => {
                        sweeper.host.taken.hear(account, what, *attempt, seqs);
                    }
                    Heard::Hint(hint) => sweeper.accounts.hint(hint),
                    Heard::Gap => {
                        if sweeper.host.nodes.lease().is_some() {
                            sweeper.host.taken.on_gap(sweeper.host.now());
                        }
                        sweeper.on_gap(ctx);
                    }
                }
            }
            sweeper.hear_of_others(ctx);
        }));
    }

    fn on_gap(&mut self, ctx: &mut Context<Self>) {
        if self.gap_since.is_some() {
            return;
        }
        let pause = self.read_all_at + GAPS_READ_EVERY - self.host.now();
        if pause <= Span(0) {
            return self.read_all(self.heard_at);
        }
        self.gap_since = Some(self.heard_at);
        ctx.run_later(pause.to_duration(), |sweeper, _| {
            let heard_at = sweeper.gap_since.take().unwrap_or(sweeper.heard_at);
            sweeper.read_all(heard_at);
        });
    }

    fn read_all(&mut self, heard_at: Timestamp) {
        self.read_all_at = self.host.now();
        let since = heard_at - UNHEARD_BEFORE;
        self.accounts.tell_all(Tidings::MaybeWritten { since });
    }

    /// A bus that does not deliver is done without: everything is read again, now and then.
    fn mind_the_bus(&mut self) {
        let now = self.host.now();
        let deaf_since = self.host.bus.deaf_since();
        self.host.board.on_bus(deaf_since);
        figures::neighbours(self.host.nodes.living(), deaf_since.is_none());
        if now - self.minded_at > STILL_AFTER {
            self.doubted_until = now + KNOWN_AFTER;
        }
        self.minded_at = now;
        if deaf_since.is_none() {
            if now >= self.doubted_until {
                self.heard_at = now;
            }
        } else if now - self.read_all_at >= DEAF_READ_EVERY && self.host.board.now().store_away.is_none() {
            self.read_all(self.heard_at);
        }
    }
}

/// Commits what an account or a conversation has decided. A node that has not renewed its lease lately (it stood still, or was
/// cut off) may be held for lost by the others: so that what it does counts, it renews it in the same step. Whoever hears of
/// the one and then reads the leases finds the node alive.
pub(super) fn commit(host: &Host, mut commit: Commit) -> Answer<Outcome> {
    if !commit.writes.is_empty() && host.nodes.is_overdue(host.now(), RENEWED_EVERY * 2) {
        // Not known to be written, even where it is committed: of a repeat nothing is written any more.
        commit.records.push(nodes::put(host.node, &own_lease(host)));
    }
    host.store.commit(commit)
}

fn own_lease(host: &Host) -> NodeLease {
    let now = host.now();
    host.nodes.own_lease(now, host.quiet_until(now))
}

/// Writes down that the node lives: what it held is dated to this if it dies.
pub async fn renew(host: &Host) {
    let lease = own_lease(host);
    let renewal = Commit { records: vec![nodes::put(host.node, &lease)], ..Commit::default() };
    match host.store.commit(renewal).await {
        Outcome::Unknown { why } => warn!(%why, "the node's lease was not renewed"),
        Outcome::Committed { .. } => host.nodes.on_renewed(lease.renewed_at, host.startup_grace),
        // It reads nothing.
        Outcome::Conflict { .. } => {}
    }
}

/// Reads all leases, where there are others, unless somebody else has begun to since `known`; forgets old ones.
pub(super) async fn look_at_leases(host: &Host, known: Reading) -> Result<(), StoreError> {
    if host.nodes.lease().is_none() {
        return Ok(());
    }
    let Some(reader) = host.nodes.begin_to_read(known).await else { return Ok(()) };
    let (began_at, leases) = (host.now(), nodes::read(&*host.store).await?);
    if host.nodes.on_read(leases, began_at) {
        host.nodes.on_loss();
    }
    drop(reader);
    let old = host.nodes.forgettable(began_at, host.settle() * 2 + (host.grace_until - host.started_at));
    if !old.is_empty() {
        let records = old.into_iter().map(nodes::delete).collect();
        drop(host.store.commit(Commit { records, ..Commit::default() }).await);
    }
    Ok(())
}

/// The earliest last sign of those that were found to be lost, if any were of whom nobody was told.
fn lost_since(host: &Host) -> Option<Timestamp> {
    if !host.nodes.take_what_is_to_be_told() {
        return None;
    }
    let now = host.now();
    info!(living = host.nodes.living(), "a node was lost; what it held is taken over");
    Some(host.nodes.doubtful_since(now, RENEWED_EVERY * 2).unwrap_or(now))
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let since = self.host.last_renewal.unwrap_or(self.host.started_at) - self.host.settle();
        self.renew(ctx);
        self.wake_accounts(ctx, since, None);
        self.wake_what_is_due(ctx);
        self.hear_of_others(ctx);
        ctx.run_interval(RENEWED_EVERY.to_duration(), |sweeper, ctx| {
            sweeper.renew(ctx);
            sweeper.wake_what_is_due(ctx);
            sweeper.mind_the_bus();
            let host = &sweeper.host;
            host.taken.to_tell_again(host.now()).into_iter().for_each(|hint| host.bus.tell(hint));
        });
    }
}
