//! After a commit of the account: who is told what.

use std::sync::Arc;

use actix::Context;

use super::AccountActor;
use super::keep::News;
use crate::actors::api::{ToLobby, ToSocket};
use crate::actors::shared::{Documents, Shared};
use crate::domain::ids::OperatorId;
use crate::domain::news::OperatorNews;

impl AccountActor {
    /// The commit is durable: memory follows, and who watches is told.
    pub(super) fn after(&mut self, _: &mut Context<Self>, documents: Documents, news: News) {
        let now = self.host.now();
        self.idle_since = now;
        let mut shared = self.shared.borrow_mut();
        shared.documents = Some(documents.clone());
        shared.push_edges(news.presence.edges.clone());
        drop(shared);
        {
            let shared = self.shared.borrow();
            tell_statuses(&shared, &documents, &news);
            tell_devices(&shared, &documents, &news);
            self.tell_boxes(&shared, &news);
            if news.settings {
                shared.tell_operators(|_| true, OperatorNews::Settings(Arc::clone(&documents.account)));
                revoke_the_inactive(&shared, &documents);
            }
        }
        if !news.presence.edges.is_empty() || news.settings {
            self.look_at_conversations(now);
        }
    }

    fn tell_boxes(&self, shared: &Shared, news: &News) {
        for state in &news.presence.boxes {
            let (group, online, since) = (state.group, state.online, state.since);
            shared.tell_operators(|_| true, OperatorNews::Chat { group, online, since });
            shared.tell_lobbies(&ToLobby::Chat { account: self.id, group, online, since });
        }
    }
}

fn tell_statuses(shared: &Shared, documents: &Documents, news: &News) {
    let changed = news.presence.edges.iter().map(|e| e.operator).chain(news.presence.appearance_of.iter().copied());
    for operator in once_each(changed) {
        let Some(attendee) = documents.roster.attendees.get(&operator) else { continue };
        shared.tell_operators(
            |_| true,
            OperatorNews::Presence {
                operator,
                status: attendee.status,
                since: attendee.since,
                appear_offline: attendee.appear_offline,
            },
        );
    }
}

fn tell_devices(shared: &Shared, documents: &Documents, news: &News) {
    for operator in once_each(news.presence.devices_of.iter().copied()) {
        let devices = documents.roster.devices(operator, &|id, device| shared.felt(id, device));
        shared.tell_operators(|id| id == operator, OperatorNews::Devices { operator, devices });
    }
}

/// P9: a deactivated operator's sockets are closed.
fn revoke_the_inactive(shared: &Shared, documents: &Documents) {
    let is_active = |id| documents.account.operator(id).is_some_and(|o| o.active);
    for socket in shared.sockets.values().filter(|s| !is_active(s.operator)) {
        socket.outlet.do_send(ToSocket::Revoked);
    }
}

/// Each once, in the order of their last mention.
fn once_each(operators: impl Iterator<Item = OperatorId>) -> Vec<OperatorId> {
    let mut order: Vec<OperatorId> = Vec::new();
    for operator in operators {
        order.retain(|known| *known != operator);
        order.push(operator);
    }
    order
}
