//! What admins should know, and what turns stale with the store: told when it changes.

use std::collections::BTreeSet;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::shared::Shared;
use crate::domain::account::Account;
use crate::domain::bulletin::{Conditions, notices_for};
use crate::domain::ids::{GroupId, OperatorId};
use crate::domain::news::OperatorNews;
use crate::domain::time::Timestamp;

impl AccountActor {
    /// Brings what is known of the node up to the board, and again whenever it changes.
    pub(super) fn follow_the_board(&mut self, ctx: &mut Context<Self>) {
        // First the watch, then the look: nothing can change unseen in between.
        let mut board = self.host.board.watch();
        let now = *board.borrow_and_update();
        self.on_conditions(now);
        ctx.spawn(async move { board.changed().await }.into_actor(self).map(|changed, actor, ctx| {
            if changed.is_ok() {
                actor.follow_the_board(ctx);
            }
        }));
    }

    fn on_conditions(&self, now: Conditions) {
        let was = std::mem::replace(&mut self.shared.borrow_mut().conditions, now);
        let shared = self.shared.borrow();
        let Some(documents) = &shared.documents else { return };
        if was.is_stale() != now.is_stale() {
            for state in &documents.roster.boxes {
                tell_box(&shared, state.group, state.online, state.since);
            }
        }
        let account = &documents.account;
        tell_notices(&shared, (account, &was), (account, &now));
    }
}

/// Tells operators how a box is. Visitors' lobbies know by themselves whether the store is away.
pub(super) fn tell_box(shared: &Shared, group: Option<GroupId>, online: bool, since: Timestamp) {
    let stale = shared.conditions.is_stale();
    shared.tell_operators(|_| true, OperatorNews::Chat { group, online, since, stale });
}

/// Tells each operator what began and what is over, of all that concerned them then and concerns them now: it changes with
/// the node, with the settings, and with their role.
pub(super) fn tell_notices(shared: &Shared, was: (&Account, &Conditions), is: (&Account, &Conditions)) {
    let operators: BTreeSet<OperatorId> = shared.sockets.values().map(|socket| socket.operator).collect();
    for operator in operators {
        let of = |(account, conditions): (&Account, &Conditions)| {
            notices_for(account.operator(operator), account, conditions)
        };
        let (before, now) = (of(was), of(is));
        let tell = |notice, on| shared.tell_operators(|id| id == operator, OperatorNews::Notice { notice, on });
        for over in before.iter().filter(|old| !now.iter().any(|new| new.code == old.code)) {
            tell(*over, false);
        }
        for begun in now.iter().filter(|new| !before.contains(new)) {
            tell(*begun, true);
        }
    }
}
