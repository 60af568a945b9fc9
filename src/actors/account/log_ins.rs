//! Log-ins by which there are sockets or leases: those that were ended are found out, also where whoever ended them told in vain
//! or died before they could tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::api::EndSessions;
use crate::actors::host::ASK_AGAIN;
use crate::actors::shared::Documents;
use crate::domain::ids::{OperatorId, SessionId};
use crate::domain::presence::roster::Roster;
use crate::ports::bus::Hint;
use crate::ports::journal::{Store, StoreError};
use crate::ports::log_ins;

/// Somebody's log-in.
type LogIn = (OperatorId, SessionId);

/// The looks at log-ins: one at a time, for each costs the store two questions a log-in.
#[derive(Default)]
pub(super) struct LogIns {
    /// Those that are to be looked at next.
    wanted: BTreeSet<LogIn>,
    /// Whether a look is under way.
    are_looked_at: bool,
    /// Those that are over, of which other nodes were told.
    told: BTreeSet<LogIn>,
    /// Whether any may have ended unheard: all are looked at once the documents are read again.
    are_doubted: bool,
}

impl LogIns {
    /// Any of them may have ended unheard.
    pub(super) fn doubt_all(&mut self) {
        self.are_doubted = true;
    }

    /// Whether any is still to be looked at.
    pub(super) fn is_busy(&self) -> bool {
        self.are_looked_at || !self.wanted.is_empty()
    }
}

impl AccountActor {
    /// P9: what is done by a log-in ends with it, whoever ended it.
    pub(super) fn look_at_log_ins(&mut self, ctx: &mut Context<Self>) {
        let used = self.used_log_ins();
        self.log_ins.wanted.extend(used);
        self.look_at_wanted(ctx);
    }

    /// The documents were read; `was`: as they were known before. All log-ins are looked at by who takes over, after a gap, and
    /// with new settings; else those by which others have leased meanwhile, for these may have ended just before.
    pub(super) fn look_at_log_ins_read(&mut self, ctx: &mut Context<Self>, was: Option<&Documents>) {
        let is = self.shared.borrow().documents.clone();
        let settings = |documents: &Documents| documents.settings_token;
        let are_doubted = std::mem::take(&mut self.log_ins.are_doubted) || !self.took_over;
        if are_doubted || was.map(settings) != is.as_ref().map(settings) {
            return self.look_at_log_ins(ctx);
        }
        if let (Some(was), Some(is)) = (was, is) {
            let known: BTreeSet<LogIn> = leased(&was.roster).collect();
            self.log_ins.wanted.extend(leased(&is.roster).filter(|log_in| !known.contains(log_in)));
            self.look_at_wanted(ctx);
        }
    }

    fn look_at_wanted(&mut self, ctx: &mut Context<Self>) {
        if self.log_ins.are_looked_at || self.log_ins.wanted.is_empty() {
            return;
        }
        self.log_ins.are_looked_at = true;
        let wanted = std::mem::take(&mut self.log_ins.wanted);
        let looked = ended_of(Arc::clone(&self.host.store), wanted.clone()).into_actor(self);
        ctx.spawn(looked.map(move |ended, actor, ctx| {
            actor.log_ins.are_looked_at = false;
            match ended {
                Ok(ended) => {
                    for (operator, sessions) in ended {
                        actor.end_what_is_over(ctx, operator, sessions);
                    }
                    actor.look_at_wanted(ctx);
                }
                Err(why) => {
                    tracing::warn!(account = %actor.id, %why, "log-ins could not be looked at; it is tried again");
                    actor.log_ins.wanted.extend(wanted);
                    ctx.run_later(ASK_AGAIN, Self::look_at_wanted);
                }
            }
        }));
    }

    /// Whoever ended them may have told nobody: others are told by who finds it out, once, or nodes would tell each other for as long
    /// as what they do about it cannot be written.
    fn end_what_is_over(&mut self, ctx: &mut Context<Self>, operator: OperatorId, sessions: Vec<SessionId>) {
        let used = self.used_log_ins();
        self.log_ins.told.retain(|log_in| used.contains(log_in));
        let told_before = self.log_ins.told.len();
        self.log_ins.told.extend(sessions.iter().map(|session| (operator, *session)));
        if self.log_ins.told.len() > told_before {
            self.host.bus.tell(Hint::LogInsEnded { account: self.id });
        }
        // Nobody waits for it.
        drop(self.end_sessions(ctx, EndSessions { operator, sessions: Some(sessions), device: None }));
    }

    /// Those by which there are sockets or leases.
    fn used_log_ins(&self) -> BTreeSet<LogIn> {
        let shared = self.shared.borrow();
        let by_sockets = shared.sockets.values().map(|socket| (socket.operator, socket.session));
        let by_leases = shared.documents.iter().flat_map(|documents| leased(&documents.roster));
        by_sockets.chain(by_leases).collect()
    }
}

/// Those by which there are leases.
fn leased(roster: &Roster) -> impl Iterator<Item = LogIn> {
    roster.attendees.iter().flat_map(|(operator, attendee)| {
        attendee.devices.values().filter_map(|device| device.lease).map(|lease| (*operator, lease.session))
    })
}

/// Those of the log-ins that were ended.
pub(super) async fn ended_of(
    store: Arc<dyn Store>,
    used: BTreeSet<LogIn>,
) -> Result<BTreeMap<OperatorId, Vec<SessionId>>, StoreError> {
    let mut ended: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (operator, session) in used {
        if !log_ins::is_kept(&*store, operator, session).await? {
            ended.entry(operator).or_default().push(session);
        }
    }
    Ok(ended)
}
