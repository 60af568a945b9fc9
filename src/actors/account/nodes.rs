//! Other nodes: what they wrote is read, what they held is taken over when they are lost, and what they took from this one in
//! its absence is claimed again, once there is a newer sign of life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};

use super::log_ins::ended_of;
use super::{AccountActor, Input};
use crate::actors::api::{SocketId, ToSocket};
use crate::actors::conversation::messages::Types;
use crate::actors::conversation::{MaybeWritten, WrittenElsewhere};
use crate::actors::host::ASK_AGAIN;
use crate::actors::shared::conversation;
use crate::actors::shell;
use crate::actors::sweeper;
use crate::domain::ids::{ConversationId, NodeId, OperatorId};
use crate::domain::presence::roster::{self, Outage};
use crate::domain::time::Timestamp;
use crate::ports::bus::{Hint, Written};
use crate::ports::journal::{DocKey, InboxQuery, Token};

/// How often sockets that are to prove themselves are looked at.
const PROVEN_EVERY: std::time::Duration = std::time::Duration::from_millis(250);

/// How often the leases are read for one look at lost nodes, while the account's presence goes on changing.
const LOOKS_MAX: u32 = 4;

/// How soon whoever wrote a letter has told its conversation.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(3);

/// How many conversations are looked at after a gap at the most: the newest.
const MOVED_MAX: usize = 1_000;

/// The places of the documents in what is heard of them.
const SETTINGS: usize = 0;
const PRESENCE: usize = 1;

/// When lost nodes are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// By an actor that has just read the account.
    TakingOver,
    /// Afterwards.
    Later,
}

impl AccountActor {
    /// Whether somebody else has written the documents since they were read.
    pub(super) fn is_behind(&self) -> bool {
        let shared = self.shared.borrow();
        let Some(documents) = &shared.documents else { return false };
        self.hearsay.is_news([Some(documents.settings_token), documents.presence_token])
    }

    /// What lost nodes held lingers (rules P4, P6, N10). Any node may do it; the first is enough.
    ///
    /// That a node was found to be lost some time ago is not enough: it may be back, and what it holds again must not be taken
    /// from it. Then the leases are read first.
    pub(super) fn look_at_nodes(&mut self, ctx: &mut Context<Self>, occasion: Occasion) {
        let nodes = &self.host.nodes;
        // Where nobody else lives, nobody has come back; and what lingers is prolonged before anything lapses.
        let is_alone =
            !nodes.others_serve(self.host.now()) && (occasion == Occasion::TakingOver || nodes.lease().is_none());
        if is_alone || self.lost_nodes().into_iter().all(|node| nodes.is_lost_just_now(node)) {
            self.fold(ctx, occasion);
        } else {
            self.look_anew_at_nodes(ctx, occasion, LOOKS_MAX);
        }
    }

    /// Reads the leases for certain. What the account's presence becomes meanwhile may tell of a node that has come back since: then
    /// they are read once more.
    fn look_anew_at_nodes(&mut self, ctx: &mut Context<Self>, occasion: Occasion, looks_left: u32) {
        let token = self.presence_token();
        let (host, known) = (Arc::clone(&self.host), self.host.nodes.reading());
        let looked = async move { sweeper::look_at_leases(&host, known).await };
        ctx.spawn(looked.into_actor(self).map(move |looked, actor, ctx| match looked {
            Ok(()) if actor.presence_token() != token && looks_left > 1 => {
                actor.look_anew_at_nodes(ctx, occasion, looks_left - 1);
            }
            Ok(()) => actor.fold(ctx, occasion),
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "the leases of the nodes cannot be read; it is tried again");
                ctx.run_later(ASK_AGAIN, move |actor, ctx| actor.look_anew_at_nodes(ctx, occasion, LOOKS_MAX));
            }
        }));
    }

    fn presence_token(&self) -> Option<Token> {
        self.shared.borrow().documents.as_ref()?.presence_token
    }

    /// The lost nodes on which devices are said to have sockets.
    fn lost_nodes(&self) -> BTreeSet<NodeId> {
        let shared = self.shared.borrow();
        let nodes = shared.documents.as_ref().map(|documents| documents.roster.nodes()).unwrap_or_default();
        nodes.into_iter().filter(|node| self.host.nodes.is_lost(*node)).collect()
    }

    fn fold(&mut self, ctx: &mut Context<Self>, occasion: Occasion) {
        let host = &self.host;
        let lost = self.lost_nodes();
        let Some(documents) = self.shared.borrow().documents.clone() else { return };
        let outage = if host.nodes.others_serve(host.now()) { Outage::Part } else { Outage::Whole };
        // What lingered when everything went down has its time prolonged once: by who takes over.
        let is_first = occasion == Occasion::TakingOver;
        let prolongs = outage == Outage::Whole && is_first && documents.roster.has_lingering();
        if lost.is_empty() && !prolongs {
            return;
        }
        let until = lost.iter().map(|node| host.lingers_until(*node)).max().unwrap_or(host.grace_until);
        let outage = if prolongs { Outage::Whole } else { outage };
        let lost: BTreeMap<NodeId, Timestamp> = lost.into_iter().map(|node| (node, host.last_sign_of(node))).collect();
        shell::tell(self, ctx, Input::Presence(roster::Input::NodesLost { lost, until, outage }));
    }

    /// Sockets whose devices are not counted as plugged in here any more: this node was taken for lost. They count again once
    /// something newer was heard of them, and their log-ins are good (rules P4, P9).
    pub(super) fn look_at_sockets(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        let mut shared = self.shared.borrow_mut();
        let Some(documents) = shared.documents.clone() else { return };
        let node = self.host.node;
        for socket in shared.sockets.values_mut().filter(|socket| socket.is_in) {
            if documents.roster.is_plugged_in(socket.operator, &socket.device, node) {
                socket.doubted_at = None;
            } else if socket.doubted_at.is_none() {
                socket.doubted_at = Some(now);
                socket.outlet.do_send(ToSocket::Prove);
            }
        }
        let is_doubtful = shared.sockets.values().any(|socket| socket.doubted_at.is_some());
        drop(shared);
        if is_doubtful {
            self.look_at_proofs_soon(ctx);
        }
    }

    fn look_at_proofs_soon(&mut self, ctx: &mut Context<Self>) {
        self.proofs.get_or_insert_with(|| ctx.run_later(PROVEN_EVERY, Self::look_at_proofs));
    }

    fn look_at_proofs(&mut self, ctx: &mut Context<Self>) {
        self.proofs = None;
        let shared = self.shared.borrow();
        let doubted = shared.sockets.iter().filter(|(_, socket)| socket.doubted_at.is_some());
        let (proven, others): (Vec<_>, Vec<_>) =
            doubted.partition(|(_, socket)| socket.doubted_at.is_some_and(|at| socket.pulse.last() > at));
        let proven: Vec<SocketId> = proven.into_iter().map(|(id, _)| *id).collect();
        let log_ins = proven.iter().filter_map(|id| shared.sockets.get(id)).map(|s| (s.operator, s.session)).collect();
        let are_waited_for = !others.is_empty();
        drop(shared);
        if are_waited_for {
            self.look_at_proofs_soon(ctx);
        }
        if proven.is_empty() {
            return;
        }
        let looked = ended_of(self.host.store.clone(), log_ins).into_actor(self);
        ctx.spawn(looked.map(move |ended, actor, ctx| match ended {
            Ok(ended) => {
                actor.plug_in_again(ctx, &proven, |operator, session| {
                    ended.get(&operator).is_some_and(|sessions| sessions.contains(&session))
                });
            }
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "log-ins could not be looked at");
                actor.look_at_proofs_soon(ctx);
            }
        }));
    }

    fn plug_in_again(
        &mut self,
        ctx: &mut Context<Self>,
        proven: &[SocketId],
        has_ended: impl Fn(OperatorId, crate::domain::ids::SessionId) -> bool,
    ) {
        let node = self.host.node;
        let mut inputs = Vec::new();
        let mut shared = self.shared.borrow_mut();
        for id in proven {
            let Some(socket) = shared.sockets.get_mut(id) else { continue };
            if has_ended(socket.operator, socket.session) {
                // Whoever ended the log-in is heard of as well; until then it counts for nothing.
                continue;
            }
            socket.doubted_at = None;
            inputs.push(roster::Input::PluggedIn {
                operator: socket.operator,
                device: socket.device.clone(),
                card: socket.card.clone(),
                state: None,
                node,
                session: socket.session,
            });
        }
        drop(shared);
        for input in inputs {
            shell::tell(self, ctx, Input::Presence(input));
        }
    }
}

/// Nodes were lost.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct NodesLost;

impl Handler<NodesLost> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: NodesLost, ctx: &mut Context<Self>) {
        self.look_at_nodes(ctx, Occasion::Later);
        self.look_at_conversations(ctx);
    }
}

/// Another node did something about this account.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Hinted(pub Hint);

impl Handler<Hinted> for AccountActor {
    type Result = ();

    fn handle(&mut self, Hinted(hint): Hinted, ctx: &mut Context<Self>) {
        match hint {
            Hint::Written { docs, .. } => self.on_written(ctx, &docs),
            Hint::LogInsEnded { .. } => self.look_at_log_ins(ctx),
            // That is the node's to remember.
            Hint::Taken { .. } => {}
            Hint::Typing { conversation, operator, on, .. } => {
                let awake = self.shared.borrow().conversations.get(&conversation).cloned();
                if let Some(actor) = awake.filter(actix::Addr::connected) {
                    actor.do_send(Types { operator, on });
                }
            }
        }
    }
}

impl AccountActor {
    fn on_written(&mut self, ctx: &mut Context<Self>, docs: &[Written]) {
        let (mut settings, mut presence) = (false, false);
        for written in docs {
            match written.key {
                DocKey::Settings(_) => {
                    self.hearsay.on_version(SETTINGS, written.token);
                    settings = true;
                }
                DocKey::Presence(_) => {
                    self.hearsay.on_version(PRESENCE, written.token);
                    presence = true;
                }
                DocKey::Conversation(_, id) => self.on_conversation_written(id, written),
                DocKey::Letter(_, letter) => Self::on_letter_written(ctx, letter.conversation),
                DocKey::Note(..) => {}
            }
        }
        if settings && !presence {
            // Whoever wrote the settings alone has not made presence follow them: a command of the command line. They may have been
            // read already, by who lost a race to it.
            shell::tell(self, ctx, Input::Follow);
        } else if settings || presence {
            shell::pump(self, ctx);
        }
    }

    /// Whoever wrote a letter tells its conversation; should it not come to that, the conversation looks itself.
    fn on_letter_written(ctx: &mut Context<Self>, id: ConversationId) {
        ctx.run_later(TOLD_WITHIN, move |actor, _| {
            let awake = actor.shared.borrow().conversations.get(&id).cloned();
            if let Some(awake) = awake.filter(actix::Addr::connected) {
                awake.do_send(MaybeWritten { since: actor.host.now() });
            }
        });
    }

    /// Whoever is here is told of it by its actor, a visitor's sockets too that came before it began; where nobody is, it is only
    /// remembered that presence may matter to it.
    fn on_conversation_written(&mut self, id: ConversationId, written: &Written) {
        let is_awake = self.shared.borrow().conversations.get(&id).is_some_and(actix::Addr::connected);
        if is_awake || self.is_watched(id) {
            let actor = conversation(&self.shared, &self.host, id);
            actor.do_send(WrittenElsewhere { token: written.token, said_from: written.said_from });
        } else {
            self.note_sleeper(id);
        }
    }
}

impl AccountActor {
    /// Conversations that may have been written unheard since then: those that are awake, and those with something new, if
    /// anybody is here who would have been told.
    fn look_for_what_moved(&mut self, ctx: &mut Context<Self>, since: Timestamp) {
        let shared = self.shared.borrow();
        for actor in shared.conversations.values().filter(|actor| actor.connected()) {
            actor.do_send(MaybeWritten { since });
        }
        if shared.sockets.is_empty() && shared.visitors.is_empty() {
            return;
        }
        drop(shared);
        let newest = InboxQuery {
            status: None,
            but_groups: Vec::new(),
            or_joined_by: None,
            joined_by: None,
            prefix: None,
            after: None,
            limit: MOVED_MAX,
        };
        let moved = self.host.store.inbox(self.id, newest).into_actor(self);
        ctx.spawn(moved.map(move |moved, actor, ctx| match moved {
            Ok(moved) => {
                for (_, id) in moved.into_iter().take_while(|(at, _)| *at >= since) {
                    if actor.is_watched(id) {
                        conversation(&actor.shared, &actor.host, id).do_send(MaybeWritten { since });
                    }
                }
            }
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "what moved could not be looked up; it is tried again");
                ctx.run_later(ASK_AGAIN, move |actor, ctx| actor.look_for_what_moved(ctx, since));
            }
        }));
    }

    /// Whether somebody is here who is told of the conversation.
    fn is_watched(&self, id: ConversationId) -> bool {
        let shared = self.shared.borrow();
        !shared.sockets.is_empty() || shared.visitors.contains_key(&id) || shared.strangers.contains_key(&id)
    }
}

/// Something may have been missed: everything is read again.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Resync {
    /// What was said since then may not have been told here.
    pub since: Timestamp,
}

impl Handler<Resync> for AccountActor {
    type Result = ();

    fn handle(&mut self, Resync { since }: Resync, ctx: &mut Context<Self>) {
        self.read_again(ctx);
        if self.host.nodes.lease().is_some() {
            self.look_for_what_waits(ctx);
            self.look_for_what_moved(ctx, since);
            self.look_at_strangers(ctx, since);
        }
    }
}
