//! Visitors' sockets that were told of no conversation, after a gap: one may have begun at another node, unheard.

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::AccountActor;
use crate::actors::conversation::MaybeWritten;
use crate::actors::host::ASK_AGAIN;
use crate::actors::shared::conversation;
use crate::domain::ids::ConversationId;
use crate::domain::time::Timestamp;
use crate::ports::journal::DocKey;

/// How many conversations are asked for at once. Hardly any of them exist.
const SLICE_LEN: usize = 256;

/// How far the look is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// Nobody looks.
    #[default]
    Idle,
    /// Somebody looks.
    Runs,
    /// The same, and there was a further gap meanwhile: of what was written since then.
    ToRepeat(Timestamp),
}

impl AccountActor {
    /// The store is asked, a slice at a time, which strangers have a conversation; an actor is started for those only.
    pub(super) fn look_at_strangers(&mut self, ctx: &mut Context<Self>, since: Timestamp) {
        match self.strangers {
            Look::Idle => {}
            Look::Runs => return self.strangers = Look::ToRepeat(since),
            Look::ToRepeat(earlier) => return self.strangers = Look::ToRepeat(since.min(earlier)),
        }
        let ids: Vec<ConversationId> = self.shared.borrow().strangers.keys().copied().collect();
        if !ids.is_empty() {
            self.strangers = Look::Runs;
            self.look_at_slices(ctx, ids, since);
        }
    }

    fn look_at_slices(&mut self, ctx: &mut Context<Self>, mut rest: Vec<ConversationId>, since: Timestamp) {
        let slice = rest.split_off(rest.len().saturating_sub(SLICE_LEN));
        let keys = slice.iter().map(|id| DocKey::Conversation(self.id, *id)).collect();
        let found = self.host.store.load(keys).into_actor(self);
        ctx.spawn(found.map(move |found, actor, ctx| match found {
            Ok(found) => {
                for (id, _) in slice.into_iter().zip(found).filter(|(_, stored)| stored.is_some()) {
                    // It may have been made known, or have ended, meanwhile.
                    if actor.shared.borrow().strangers.contains_key(&id) {
                        conversation(&actor.shared, &actor.host, id).do_send(MaybeWritten { since });
                    }
                }
                if rest.is_empty() {
                    actor.looked_at_strangers(ctx);
                } else {
                    actor.look_at_slices(ctx, rest, since);
                }
            }
            Err(why) => {
                tracing::warn!(account = %actor.id, %why, "visitors could not be looked up; it is tried again");
                rest.extend(slice);
                ctx.run_later(ASK_AGAIN, move |actor, ctx| actor.look_at_slices(ctx, rest, since));
            }
        }));
    }

    fn looked_at_strangers(&mut self, ctx: &mut Context<Self>) {
        if let Look::ToRepeat(since) = std::mem::take(&mut self.strangers) {
            self.look_at_strangers(ctx, since);
        }
    }
}
