//! How many conversations each operator has before them, told when it changes.
//!
//! Nobody keeps counters beside the store, which could drift from it. A conversation that moved (status, group, who joined)
//! names those before whom it lies or lay; a moment later their numbers are asked of the store once, whatever moved
//! meanwhile, and told to the sockets that know others. So a burst costs a handful of questions, and the last state is
//! always told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::{AccountActor, others_groups};
use crate::actors::api::{Counts, SocketId, ToSocket};
use crate::domain::account::Account;
use crate::domain::ids::OperatorId;
use crate::domain::news::OperatorNews;
use crate::ports::journal::{InboxQuery, InboxStatus, Store, StoreError};

/// How long movements are gathered before they are counted: an account is counted at most a few times a second.
const GATHER: Duration = Duration::from_millis(200);
/// How long after a question that the store did not answer it is asked again.
const RETRY: Duration = Duration::from_secs(1);

impl AccountActor {
    /// Waits until a conversation moves.
    pub(super) fn await_movement(&self, ctx: &mut Context<Self>) {
        let moved = self.shared.borrow().moved.bell();
        ctx.spawn(async move { moved.notified().await }.into_actor(self).map(|(), _, ctx| {
            ctx.run_later(GATHER, Self::recount);
        }));
    }

    /// The numbers of everybody who has a socket may be others.
    pub(super) fn everybody_moved(&self) {
        let mut shared = self.shared.borrow_mut();
        let all: BTreeSet<OperatorId> = shared.sockets.values().map(|socket| socket.operator).collect();
        shared.moved.note(all);
    }

    fn recount(&mut self, ctx: &mut Context<Self>) {
        let mut of = self.shared.borrow_mut().moved.take();
        of.retain(|operator| self.shared.borrow().sockets.values().any(|socket| socket.operator == *operator));
        if of.is_empty() {
            return self.await_movement(ctx);
        }
        let Ok(documents) = self.documents() else { return self.count_later(ctx, of) };
        let (store, account, asked) = (Arc::clone(&self.host.store), documents.account, of.clone());
        let counted = async move { count_all(&*store, &account, asked).await };
        ctx.spawn(counted.into_actor(self).map(move |counted, actor, ctx| match counted {
            Ok(counted) => {
                actor.tell_counts(&counted);
                actor.await_movement(ctx);
            }
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "conversations could not be counted; it is tried again");
                actor.count_later(ctx, of);
            }
        }));
    }

    fn count_later(&self, ctx: &mut Context<Self>, of: BTreeSet<OperatorId>) {
        self.shared.borrow_mut().moved.note(of);
        ctx.run_later(RETRY, Self::recount);
    }

    fn tell_counts(&self, counted: &BTreeMap<OperatorId, Counts>) {
        let mut shared = self.shared.borrow_mut();
        for socket in shared.sockets.values_mut() {
            let Some(counts) = counted.get(&socket.operator) else { continue };
            if socket.counts.replace(*counts) != Some(*counts) {
                socket.outlet.do_send(ToSocket::News(Arc::new(OperatorNews::Counts(*counts))));
            }
        }
    }

    /// A welcome is about to tell a socket its numbers. What it was told meanwhile comes after the welcome, and is newer.
    pub(super) fn welcomed_with(&self, socket: SocketId, counts: Counts) {
        if let Some(socket) = self.shared.borrow_mut().sockets.get_mut(&socket) {
            socket.is_in = true;
            socket.counts.get_or_insert(counts);
        }
    }
}

/// The numbers of each; operators with the same audience share their questions.
pub async fn count_all(
    store: &dyn Store,
    account: &Account,
    operators: BTreeSet<OperatorId>,
) -> Result<BTreeMap<OperatorId, Counts>, StoreError> {
    let mut answers: Vec<(InboxQuery, u64)> = Vec::new();
    let mut all = BTreeMap::new();
    for operator in operators {
        let mut numbers = [0; 3];
        for (number, query) in numbers.iter_mut().zip(queries(account, operator)) {
            let known = answers.iter().find(|(asked, _)| *asked == query).map(|(_, answer)| *answer);
            *number = if let Some(answer) = known {
                answer
            } else {
                let answer = store.count(account.id, query.clone()).await?;
                answers.push((query, answer));
                answer
            };
        }
        let [unserved, mine, served] = numbers;
        all.insert(operator, Counts { unserved, mine, served });
    }
    Ok(all)
}

/// Unserved, mine, served: as `GET /api/v1/counts` has them.
fn queries(account: &Account, operator: OperatorId) -> [InboxQuery; 3] {
    let but_groups = others_groups(account, operator);
    let query = |status| InboxQuery {
        status: Some(status),
        // Nobody has joined what is unserved, and where nothing is left out there is nothing to widen.
        or_joined_by: (!but_groups.is_empty() && status == InboxStatus::Served).then_some(operator),
        but_groups: but_groups.clone(),
        joined_by: None,
        prefix: None,
        after: None,
        limit: 0,
    };
    let mine = InboxQuery {
        but_groups: Vec::new(),
        or_joined_by: None,
        joined_by: Some(operator),
        ..query(InboxStatus::Served)
    };
    [query(InboxStatus::Unserved), mine, query(InboxStatus::Served)]
}
