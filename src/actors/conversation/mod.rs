//! The actor of one conversation: its document, its timer, whom it tells.

mod announce;
mod elsewhere;
mod keep;
pub mod messages;
mod names;

pub use self::elsewhere::{MaybeWritten, WrittenElsewhere};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, SpawnHandle, WrapFuture};

use self::elsewhere::Unsaid;
use super::alarm::{self, Alarm, Alarmed};
use super::hearsay::Hearsay;
use super::host::{Host, RENEWED_EVERY};
use super::places::{HELD_FOR, Place};
use super::shared::{Documents, SharedAccount};
use super::shell::{self, Shell};
use crate::domain::conversation::deed::Input;
use crate::domain::conversation::live::Live;
use crate::domain::conversation::view::ConversationView;
use crate::domain::ids::{ConversationId, NodeId, OperatorId};
use crate::domain::presence::roster::Edge;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::Token;

/// The sweeper wakes a conversation this long before its deadline: one that is further off may sleep.
pub const WOKEN_AHEAD: Span = Span::from_secs(4);

/// What a conversation is awake for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Awake {
    /// To be there, for some time: somebody may be told.
    #[default]
    ToStay,
    /// For a look, or its deadline: it sleeps again as soon as it can.
    ToGlance,
    /// Somebody asked something of it, and may ask more.
    Asked,
}

/// One lingering of the visitor: of their sockets on one node.
struct Lingering {
    /// Which: a timer that was cancelled too late still comes, and belongs to another one.
    number: u64,
    timer: SpawnHandle,
}

/// How soon a conversation looks again whose deadline has passed, but for which the account's presence is not settled.
const LOOK_AGAIN_AFTER: Span = Span(100);

/// The actor.
pub struct ConversationActor {
    id: ConversationId,
    host: Arc<Host>,
    shared: SharedAccount,
    shell: Shell<Self>,
    alarm: Alarm,
    /// What was read: the document, if there is one.
    read: Option<Option<(Live, Token)>>,
    /// The account's documents as they were read with the conversation, and the changes of presence between the two. They
    /// count until the account's own are newer: it may not have been read yet, or the conversation has lost a race to it.
    newer: Option<(Documents, Option<Vec<Edge>>)>,
    /// What somebody else is said to have written.
    hearsay: Hearsay<1>,
    /// What of that is to be told here although this actor is new.
    unsaid: Option<Unsaid>,
    /// The summary that was last told.
    told: Option<Arc<ConversationView>>,
    /// Who has opened it since it became active: they are told of it, whatever their groups.
    openers: BTreeSet<OperatorId>,
    /// The nodes on which the visitor's last socket broke; unless they are back there when this ends, they left it (rule P7).
    lingering: BTreeMap<NodeId, Lingering>,
    /// Whether a row of its attention is stored that lapses by itself: it is to go before this sleeps.
    attention_lapses: bool,
    /// Whether it has written itself, with the document that it has, that something waits.
    attention_stands: bool,
    /// How often the visitor has begun to linger.
    lingerings: u64,
    /// Since when nothing was asked.
    idle_since: Timestamp,
    /// What it is awake for.
    awake: Awake,
    /// Its place among those that wake, or decide, until it rests.
    place: Option<Place>,
    /// The wait for one to decide in.
    deciding: Option<SpawnHandle>,
    /// Ends of its own accord.
    sleeps: bool,
}

impl ConversationActor {
    /// To be started on its account's arbiter; it reads itself.
    pub fn new(id: ConversationId, shared: SharedAccount, host: Arc<Host>) -> Self {
        Self {
            id,
            host,
            shared,
            shell: Shell::default(),
            alarm: Alarm::default(),
            read: None,
            newer: None,
            hearsay: Hearsay::default(),
            unsaid: None,
            told: None,
            openers: BTreeSet::new(),
            lingering: BTreeMap::new(),
            attention_lapses: false,
            attention_stands: false,
            lingerings: 0,
            idle_since: Timestamp::default(),
            awake: Awake::default(),
            place: None,
            deciding: None,
            sleeps: false,
        }
    }

    fn document(&self) -> Option<&Live> {
        self.read.as_ref()?.as_ref().map(|(doc, _)| doc)
    }

    /// Whether a socket of the visitor lives here.
    fn visitor_has_socket(&self) -> bool {
        self.shared.borrow().visitors.get(&self.id).is_some_and(|slots| !slots.is_empty())
    }

    /// Whether the visitor is there: a socket of theirs lives or lingers, here or on another node, as far as that is written.
    fn visitor_is_there(&self) -> bool {
        !self.lingering.is_empty() || self.visitor_has_socket() || self.visitor_is_elsewhere()
    }

    fn visitor_is_elsewhere(&self) -> bool {
        self.document().is_some_and(|doc| self.host.is_on_another_node(doc))
    }

    /// The visitor's last socket on a node broke at `last_sign`: they have left it if none comes back in time.
    fn linger(&mut self, ctx: &mut Context<Self>, node: NodeId, last_sign: Timestamp, until: Timestamp) {
        self.stop_lingering(ctx, node);
        self.lingerings += 1;
        let number = self.lingerings;
        let timer = ctx.run_later((until - self.host.now()).to_duration(), move |actor, ctx| {
            if actor.lingering.get(&node).is_some_and(|l| l.number == number) {
                actor.lingering.remove(&node);
                // A node that has come back knows by itself what it still holds.
                let is_back = node != actor.host.node && !actor.host.nodes.is_lost(node);
                if !is_back {
                    shell::tell(actor, ctx, left(&[node], last_sign));
                }
            }
        });
        self.lingering.insert(node, Lingering { number, timer });
    }

    /// Has the place until it rests, or for some time: one that cannot go on must not keep all others from waking.
    fn take_place(&mut self, ctx: &mut Context<Self>, place: Place) {
        self.place = Some(place);
        ctx.run_later(HELD_FOR, |actor, _| actor.place = None);
    }

    fn stop_lingering(&mut self, ctx: &mut Context<Self>, node: NodeId) {
        if let Some(Lingering { timer, .. }) = self.lingering.remove(&node) {
            ctx.cancel_future(timer);
        }
    }

    /// Idle for long enough: goes to sleep, unless it would be woken again before it is looked at the next time.
    fn sleep_if_idle(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        if now - self.idle_since >= self.host.idle {
            self.sleep_if_not_needed(ctx, now + self.host.idle + WOKEN_AHEAD);
        }
    }

    /// It has taken a glance, or has decided: goes to sleep, unless its visitor is here and may ask something, or that would be too late
    /// for the sweeper.
    fn sleep_after_glance(&mut self, ctx: &mut Context<Self>) {
        if self.awake == Awake::ToGlance && !self.visitor_has_socket() {
            self.sleep_if_not_needed(ctx, self.host.now() + WOKEN_AHEAD + RENEWED_EVERY);
        }
    }

    /// Goes to sleep, with nothing that only memory knows, if it can do nothing by itself before then. The store, the sweeper and the
    /// account's attention wake it again.
    fn sleep_if_not_needed(&mut self, ctx: &mut Context<Self>, until: Timestamp) {
        let deadline = self.document().and_then(|doc| doc.state().next_deadline());
        let quiet_until = self.host.quiet_until(self.host.now());
        let is_due_soon = deadline.is_some_and(|(_, at)| at.max(quiet_until) < until);
        // What lost nodes held is being looked at, and lingers next.
        let may_be_gone = !self.lingering.is_empty() || !self.lost_nodes().is_empty();
        if self.shell.is_busy() || may_be_gone || is_due_soon {
            return;
        }
        // Should the visitor's node be lost, those who watch here are to be told that the visitor is gone.
        if self.visitor_is_elsewhere() && !self.shared.borrow().sockets.is_empty() {
            return;
        }
        if self.attention_lapses {
            return self.forget_attention(ctx);
        }
        self.sleeps = true;
        ctx.stop();
    }
}

impl Actor for ConversationActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.idle_since = self.host.now();
        ctx.run_interval(self.host.idle.to_duration(), Self::sleep_if_idle);
        // Something may have become due while it slept, or presence have changed.
        shell::tell(self, ctx, vec![Input::Look]);
    }

    /// A panic leads here too; then its dead address stays listed, for it to be started again.
    fn stopped(&mut self, ctx: &mut Self::Context) {
        let mut shared = self.shared.borrow_mut();
        if self.sleeps && shared.conversations.get(&self.id).is_some_and(|actor| *actor == ctx.address()) {
            shared.conversations.remove(&self.id);
        }
    }
}

fn left(nodes: &[NodeId], at: Timestamp) -> Vec<Input> {
    nodes.iter().map(|node| Input::VisitorLeft { node: *node, at }).collect()
}

impl Alarmed for ConversationActor {
    fn alarm(&mut self) -> &mut Alarm {
        &mut self.alarm
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        if self.deciding.is_some() {
            return;
        }
        let place = self.host.places.deciding.place().into_actor(self);
        self.deciding = Some(ctx.spawn(place.map(|place, actor, ctx| {
            actor.deciding = None;
            actor.take_place(ctx, place);
            shell::tell(actor, ctx, vec![Input::Look]);
        })));
    }
}

impl ConversationActor {
    /// Sets the alarm for the next deadline; during the start-up grace nothing fires (rule N10).
    fn rearm(&mut self, ctx: &mut Context<Self>) {
        let now = self.host.now();
        let deadline = self.document().and_then(|doc| doc.state().next_deadline());
        let quiet_until = self.host.quiet_until(now);
        // Where the store takes nothing nobody knows until when: one looks as often as it is tried.
        let quiet_until = if quiet_until == Timestamp::NEVER { now + RENEWED_EVERY } else { quiet_until };
        let at = deadline.map(|(_, at)| at.max(quiet_until));
        let at = at.map(|at| if at <= now { now + LOOK_AGAIN_AFTER } else { at });
        alarm::set(self, ctx, at, now);
    }
}
