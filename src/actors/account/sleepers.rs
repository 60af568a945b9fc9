//! Conversations that sleep, and to which a change of presence or of the settings matters: which they are is remembered, or asked
//! of the store, and they are woken a few at a time, for each reads itself.

use std::collections::BTreeSet;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::conversation::messages::Look;
use crate::actors::host::ASK_AGAIN;
use crate::actors::shared::conversation;
use crate::domain::ids::ConversationId;
use crate::domain::time::Timestamp;

/// How many are woken together at the most.
const WOKEN_LEN: usize = 128;
/// The pause before the next ones are.
const WOKEN_EVERY: Duration = Duration::from_millis(50);
/// How many are remembered because another node wrote them; over it the store is asked which they are.
const ATTENTIVE_MAX: usize = 16_384;

/// Whether the store is being asked which they are: one question at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asking {
    /// No.
    #[default]
    Not,
    /// Until it answers.
    Once,
    /// And once more after that, for something may have changed since.
    Again,
}

/// What is to be done about them.
#[derive(Default)]
pub(super) struct Sleepers {
    /// Those that are to be woken.
    to_wake: BTreeSet<ConversationId>,
    /// Whether the next ones are to be woken after a pause.
    is_pausing: bool,
    /// Whether the store is being asked.
    asking: Asking,
    /// Whether there were more than can be remembered.
    are_forgotten: bool,
}

impl Sleepers {
    /// Whether something is still to be done about any.
    pub(super) fn is_busy(&self) -> bool {
        self.asking != Asking::Not || !self.to_wake.is_empty()
    }

    /// Whether the store alone knows them.
    pub(super) fn are_forgotten(&self) -> bool {
        self.are_forgotten
    }
}

impl AccountActor {
    /// Every conversation to which a change of presence or settings may matter looks again: those that are awake now, the others
    /// as they are woken.
    pub(super) fn look_at_conversations(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        let mut shared = self.shared.borrow_mut();
        shared.attentive.retain(|_, until| *until > now);
        self.sleepers.to_wake.extend(shared.attentive.keys());
        for (id, actor) in &shared.conversations {
            if actor.connected() {
                actor.do_send(Look);
                self.sleepers.to_wake.remove(id);
            } else {
                self.sleepers.to_wake.insert(*id);
            }
        }
        drop(shared);
        self.wake_some(ctx);
        if std::mem::take(&mut self.sleepers.are_forgotten) {
            self.look_for_what_waits(ctx);
        }
    }

    fn wake_some(&mut self, ctx: &mut Context<Self>) {
        if self.sleepers.is_pausing {
            return;
        }
        for _ in 0..WOKEN_LEN {
            let Some(id) = self.sleepers.to_wake.pop_first() else { return };
            conversation(&self.shared, &self.host, id).do_send(Look);
        }
        self.sleepers.is_pausing = true;
        ctx.run_later(WOKEN_EVERY, |actor, ctx| {
            actor.sleepers.is_pausing = false;
            actor.wake_some(ctx);
        });
    }

    /// Another node wrote it: presence may matter to it from now on.
    pub(super) fn note_sleeper(&mut self, id: ConversationId) {
        let mut shared = self.shared.borrow_mut();
        if shared.attentive.len() < ATTENTIVE_MAX || shared.attentive.contains_key(&id) {
            shared.attentive.insert(id, Timestamp::NEVER);
        } else {
            self.sleepers.are_forgotten = true;
        }
    }

    /// Conversations to which a change of presence matters are looked up: another node may have made them so.
    pub(super) fn look_for_what_waits(&mut self, ctx: &mut Context<Self>) {
        if self.sleepers.asking == Asking::Not {
            self.ask_what_waits(ctx);
        } else {
            self.sleepers.asking = Asking::Again;
        }
    }

    fn ask_what_waits(&mut self, ctx: &mut Context<Self>) {
        self.sleepers.asking = Asking::Once;
        let attentive = self.host.store.attention(self.id, self.unsettled_since());
        ctx.spawn(attentive.into_actor(self).map(|found, actor, ctx| match found {
            Ok(ids) => {
                let mut shared = actor.shared.borrow_mut();
                for id in ids {
                    shared.attentive.entry(id).or_insert(Timestamp::NEVER);
                }
                drop(shared);
                let asked = std::mem::take(&mut actor.sleepers.asking);
                actor.look_at_conversations(ctx);
                if asked == Asking::Again {
                    actor.look_for_what_waits(ctx);
                }
            }
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "what waits could not be looked up; it is tried again");
                ctx.run_later(ASK_AGAIN, Self::ask_what_waits);
            }
        }));
    }

    /// Since when a conversation may have missed a change of presence: from the earliest that can still be found out, and before it
    /// for as long as one can be dated back that has been found out, but was not looked at.
    fn unsettled_since(&self) -> Timestamp {
        let host = &self.host;
        let last_sign = |node| host.nodes.is_lost(node).then(|| host.last_sign_of(node));
        let shared = self.shared.borrow();
        let pending = shared.documents.as_ref().and_then(|documents| documents.roster.pending_since(&last_sign));
        pending.into_iter().fold(host.horizon(host.now()), Timestamp::min) - host.settle()
    }
}
