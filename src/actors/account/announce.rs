//! After a commit of the account: who is told what.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix::Context;

use super::AccountActor;
use super::bulletin::{tell_box, tell_notices};
use super::keep::News;
use crate::actors::api::{ToLobby, ToSocket};
use crate::actors::shared::{Documents, Shared};
use crate::domain::account::Account;
use crate::domain::ids::OperatorId;
use crate::domain::news::OperatorNews;
use crate::domain::presence::attendee::Attendee;
use crate::domain::presence::roster::{Changed, Edge};

impl AccountActor {
    /// The commit is durable: memory follows, and who watches is told.
    pub(super) fn after(&mut self, ctx: &mut Context<Self>, documents: &Documents, news: &News) {
        self.idle_since = self.host.now();
        let mut shared = self.shared.borrow_mut();
        let was = shared.documents.replace(documents.clone());
        shared.push_edges(news.presence.edges.clone());
        drop(shared);
        self.tell(ctx, was.as_ref().unwrap_or(documents), documents, news);
    }

    /// Tells who watches, and lets conversations look again.
    pub(super) fn tell(&mut self, ctx: &mut Context<Self>, was: &Documents, documents: &Documents, news: &News) {
        {
            let shared = self.shared.borrow();
            tell_statuses(&shared, documents, news);
            tell_devices(&shared, documents, news);
            self.tell_boxes(&shared, documents, news);
            if news.settings {
                shared.tell_operators(|_| true, OperatorNews::Settings(Arc::clone(&documents.account)));
                let conditions = &shared.conditions;
                tell_notices(&shared, (&was.account, conditions), (&documents.account, conditions));
                tell_of_groups(&shared, &was.account, &documents.account);
            }
        }
        if news.settings {
            revoke_the_inactive(&mut self.shared.borrow_mut(), documents);
            self.everybody_moved();
        }
        if !news.presence.edges.is_empty() || news.settings {
            self.look_at_conversations(ctx);
        }
    }

    fn tell_boxes(&self, shared: &Shared, documents: &Documents, news: &News) {
        let version = documents.version();
        for state in &news.presence.boxes {
            let (group, online, since) = (state.group, state.online, state.since);
            tell_box(shared, group, online, since);
            shared.tell_lobbies(&ToLobby::Chat { account: self.id, group, online, since, version });
        }
    }
}

impl News {
    /// What somebody else's commits changed, or those whose announcement was lost.
    pub(super) fn between(was: &Documents, is: &Documents) -> Self {
        let mut presence = Changed { boxes: is.roster.boxes.clone(), ..Changed::default() };
        presence.boxes.retain(|state| !was.roster.boxes.contains(state));
        for (operator, attendee) in &is.roster.attendees {
            let before = was.roster.attendees.get(operator);
            let differs = |part: fn(&Attendee, &Attendee) -> bool| before.is_none_or(|before| part(before, attendee));
            if differs(|a, b| (a.status, a.since) != (b.status, b.since)) {
                let (at, status) = (attendee.since, attendee.status);
                presence.edges.push(Edge { at, operator: *operator, status, device: None });
            }
            if differs(|a, b| a.appear_offline != b.appear_offline) {
                presence.appearance_of.push(*operator);
            }
            if differs(|a, b| a.devices != b.devices) {
                presence.devices_of.push(*operator);
            }
        }
        Self { presence, settings: was.account != is.account }
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

/// N9, N13: what shows the box of a group that counts for nothing any more, or would show that of one that counts again, looks
/// anew. Within a box everything else is told by its own changes.
fn tell_of_groups(shared: &Shared, was: &Account, is: &Account) {
    let ids = |account: &Account| account.effective_groups().iter().map(|group| group.id).collect::<BTreeSet<_>>();
    if ids(was) != ids(is) {
        shared.tell_lobbies(&ToLobby::GroupsChanged { account: is.id });
    }
}

/// P9: a deactivated operator's sockets are closed, and count for nothing from now on.
fn revoke_the_inactive(shared: &mut Shared, documents: &Documents) {
    let is_active = |id| documents.account.operator(id).is_some_and(|o| o.active);
    shared.sockets.retain(|_, socket| {
        let stays = is_active(socket.operator);
        if !stays {
            socket.outlet.do_send(ToSocket::Revoked);
        }
        stays
    });
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
