//! Conversations that sleep, and to which a change of presence or of the settings matters: which they are is remembered, or asked
//! of the store, and they are woken a few at a time, as places are free, to take a glance.

use std::collections::BTreeSet;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::conversation::messages::{Glance, Look};
use crate::actors::host::ASK_AGAIN;
use crate::actors::places::WAKING_TOGETHER;
use crate::actors::shared::conversation;
use crate::domain::ids::ConversationId;
use crate::domain::time::Timestamp;

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

/// Those that are to be woken for one reason.
#[derive(Default)]
struct Line {
    ids: BTreeSet<ConversationId>,
    /// Whether a place is waited for, for the first of them.
    is_waiting: bool,
}

/// What for.
#[derive(Clone, Copy)]
enum Why {
    ToLook,
    Due,
}

/// What is to be done about them.
#[derive(Default)]
pub(super) struct Sleepers {
    /// Those that are to look.
    to_look: Line,
    /// Those whose deadlines come near.
    due: Line,
    /// Whether the store is being asked.
    asking: Asking,
    /// Whether there were more than can be remembered.
    are_forgotten: bool,
}

impl Sleepers {
    /// Whether something is still to be done about any.
    pub(super) fn is_busy(&self) -> bool {
        self.asking != Asking::Not || !self.to_look.ids.is_empty() || !self.due.ids.is_empty()
    }

    fn line(&mut self, why: Why) -> &mut Line {
        match why {
            Why::ToLook => &mut self.to_look,
            Why::Due => &mut self.due,
        }
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
        self.sleepers.to_look.ids.extend(shared.attentive.keys());
        for (id, actor) in &shared.conversations {
            if actor.connected() {
                actor.do_send(Look);
                self.sleepers.to_look.ids.remove(id);
            } else {
                self.sleepers.to_look.ids.insert(*id);
            }
        }
        drop(shared);
        self.wake_next(ctx, Why::ToLook);
        if std::mem::take(&mut self.sleepers.are_forgotten) {
            self.look_for_what_waits(ctx);
        }
    }

    /// Those of them that sleep are woken, before they are due.
    pub(super) fn wake_the_due(&mut self, ctx: &mut Context<Self>, ids: Vec<ConversationId>) {
        let shared = self.shared.borrow();
        // One that is awake has its own alarm.
        let is_awake = |id: &ConversationId| shared.conversations.get(id).is_some_and(actix::Addr::connected);
        self.sleepers.due.ids.extend(ids.into_iter().filter(|id| !is_awake(id)));
        drop(shared);
        self.wake_next(ctx, Why::Due);
    }

    /// An account waits for one place at a time, so that none keeps the others waiting.
    fn wake_next(&mut self, ctx: &mut Context<Self>, why: Why) {
        let line = self.sleepers.line(why);
        if line.is_waiting || line.ids.is_empty() {
            return;
        }
        line.is_waiting = true;
        let pool = match why {
            Why::ToLook => &self.host.places.looking,
            Why::Due => &self.host.places.waking,
        };
        ctx.spawn(pool.place().into_actor(self).map(move |place, actor, ctx| {
            let line = actor.sleepers.line(why);
            line.is_waiting = false;
            for id in (0..WAKING_TOGETHER).map_while(|_| line.ids.pop_first()) {
                let has_died = actor.shared.borrow().conversations.get(&id).is_some_and(|actor| !actor.connected());
                let woken = conversation(&actor.shared, &actor.host, id);
                if has_died {
                    // It did not go to sleep, it died, and may owe somebody what it had committed.
                    woken.do_send(Look);
                } else {
                    woken.do_send(Glance(place.clone()));
                }
            }
            actor.wake_next(ctx, why);
        }));
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
