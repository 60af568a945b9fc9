//! Log-ins that somebody else ended: a command of the command line, or a run of the server that stopped before it could tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::api::EndSessions;
use crate::domain::ids::{OperatorId, SessionId};
use crate::ports::journal::{Store, StoreError};
use crate::ports::log_ins;

impl AccountActor {
    /// P9: what is done by a log-in ends with it, whoever ended it.
    pub(super) fn look_at_log_ins(&self, ctx: &mut Context<Self>) {
        let used = self.used_log_ins();
        if used.is_empty() {
            return;
        }
        let looked = ended_of(Arc::clone(&self.host.store), used).into_actor(self);
        ctx.spawn(looked.map(|ended, actor, ctx| match ended {
            Ok(ended) => ended.into_iter().for_each(|(operator, sessions)| {
                ctx.notify(EndSessions { operator, sessions: Some(sessions), device: None });
            }),
            Err(why) => tracing::warn!(account = %actor.id, %why, "log-ins could not be looked at"),
        }));
    }

    /// Those by which there are sockets or leases.
    fn used_log_ins(&self) -> BTreeSet<(OperatorId, SessionId)> {
        let shared = self.shared.borrow();
        let by_sockets = shared.sockets.values().map(|socket| (socket.operator, socket.session));
        let attendees = shared.documents.iter().flat_map(|documents| &documents.roster.attendees);
        let by_leases = attendees.flat_map(|(operator, attendee)| {
            attendee.devices.values().filter_map(|device| device.lease).map(|lease| (*operator, lease.session))
        });
        by_sockets.chain(by_leases).collect()
    }
}

/// Those of the log-ins that were ended.
pub(super) async fn ended_of(
    store: Arc<dyn Store>,
    used: BTreeSet<(OperatorId, SessionId)>,
) -> Result<BTreeMap<OperatorId, Vec<SessionId>>, StoreError> {
    let mut ended: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (operator, session) in used {
        if !log_ins::is_kept(&*store, operator, session).await? {
            ended.entry(operator).or_default().push(session);
        }
    }
    Ok(ended)
}
