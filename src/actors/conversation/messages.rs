//! What a conversation's actor is asked by its account's.

use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseActFuture, WrapFuture};

use super::{Awake, ConversationActor, left};
use crate::actors::api::{Done, Ended, Reply};
use crate::actors::host::ASK_AGAIN;
use crate::actors::places::Place;
use crate::actors::shell;
use crate::actors::sweeper;
use crate::domain::conversation::deed::Input;
use crate::domain::conversation::live::Live;
use crate::domain::conversation::outcome::Outcome;
use crate::domain::conversation::view::{ConversationView, Page};
use crate::domain::ids::{GroupId, NodeId, OperatorId};
use crate::domain::news::{OperatorNews, VisitorNews};
use crate::domain::notice::explain::Explanation;
use crate::domain::refusal::Refusal;
use crate::ports::journal::Stream;
use crate::ports::record::decode;

/// How many entries of a record are explained at the most: the newest.
const ENTRIES_MAX: usize = 2_000;

/// Inputs that belong together; answered as the first of them is, after the commit.
#[derive(Clone, Message)]
#[rtype(result = "Reply<Done>")]
pub struct Do(pub Vec<Input>);

impl Handler<Do> for ConversationActor {
    type Result = ResponseActFuture<Self, Reply<Done>>;

    fn handle(&mut self, Do(inputs): Do, ctx: &mut Context<Self>) -> Self::Result {
        self.awake = Awake::Asked;
        let answer = shell::ask(self, ctx, inputs);
        Box::pin(shell::answered(answer).into_actor(self).map(|answer, actor, _| {
            let answer = answer?;
            let view = actor.documents().and_then(|documents| actor.view(&documents));
            let view = view.ok_or_else(|| Refusal::not_found("conversation"))?;
            Ok(Done { view, written: answer.written })
        }))
    }
}

/// Something outside changed: look again.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Look;

impl Handler<Look> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _: Look, ctx: &mut Context<Self>) {
        self.look_at_the_visitor(ctx);
        shell::tell(self, ctx, vec![Input::Look]);
    }
}

/// The same, for one that slept: if it finds nothing to stay awake for, it sleeps again at once.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Glance(pub Place);

impl Handler<Glance> for ConversationActor {
    type Result = ();

    fn handle(&mut self, Glance(place): Glance, ctx: &mut Context<Self>) {
        // Somebody else may have woken it meanwhile, for more than that.
        if self.read.is_none() && self.awake == Awake::ToStay {
            self.awake = Awake::ToGlance;
            self.take_place(ctx, place);
        }
        self.handle(Look, ctx);
    }
}

/// The summary, and the group whose box its visitor's widget shows.
#[derive(Clone, Copy, Message)]
#[rtype(result = "Reply<(Arc<ConversationView>, Option<GroupId>)>")]
pub struct AskView;

impl Handler<AskView> for ConversationActor {
    type Result = ResponseActFuture<Self, Reply<(Arc<ConversationView>, Option<GroupId>)>>;

    fn handle(&mut self, _: AskView, ctx: &mut Context<Self>) -> Self::Result {
        if self.host.board.now().is_stale() && self.document().is_some() {
            // Nothing can be found out: this is what was known last.
            return Box::pin(actix::fut::ready(self.told_view()));
        }
        self.awake = Awake::Asked;
        let answer = shell::ask(self, ctx, vec![Input::Look]);
        Box::pin(shell::answered(answer).into_actor(self).map(|answer, actor, _| {
            answer?;
            actor.told_view()
        }))
    }
}

impl ConversationActor {
    fn told_view(&self) -> Reply<(Arc<ConversationView>, Option<GroupId>)> {
        let group = self.document().and_then(|doc| doc.group);
        let view = self.documents().and_then(|documents| self.view(&documents));
        Ok((view.ok_or_else(|| Refusal::not_found("conversation"))?, group))
    }
}

/// The visitor has a first socket here; what waits learns that they are back.
#[derive(Clone, Message)]
#[rtype(result = "Reply<Done>")]
pub struct VisitorHere {
    /// Where they are.
    pub page: Option<Page>,
}

impl Handler<VisitorHere> for ConversationActor {
    type Result = ResponseActFuture<Self, Reply<Done>>;

    fn handle(&mut self, VisitorHere { page }: VisitorHere, ctx: &mut Context<Self>) -> Self::Result {
        self.stop_lingering(ctx, self.host.node);
        let mut inputs = vec![Input::VisitorCame { node: self.host.node, page }];
        // What a lost node held of the visitor's sockets is over, now that they are here.
        inputs.extend(left(&self.lost_nodes(), self.host.now()));
        self.handle(Do(inputs), ctx)
    }
}

/// The visitor's last socket here ended. Answered once it is durable that they left, where that is so at once.
#[derive(Clone, Copy, Message)]
#[rtype(result = "Reply<()>")]
pub struct VisitorGone(pub Ended);

impl Handler<VisitorGone> for ConversationActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    fn handle(&mut self, VisitorGone(how): VisitorGone, ctx: &mut Context<Self>) -> Self::Result {
        let (node, now) = (self.host.node, self.host.now());
        let last_sign = match how {
            Ended::Bye => {
                let left = shell::insist(self, ctx, left(&[node], now));
                return Box::pin(shell::answered(left).into_actor(self).map(|answer, _, _| answer.map(drop)));
            }
            Ended::Broken { last_sign } => last_sign,
        };
        self.linger(ctx, node, last_sign.min(now), now + self.host.grace);
        Box::pin(actix::fut::ready(Ok(())))
    }
}

/// Somebody types; `None`: the visitor.
#[derive(Clone, Message)]
#[rtype(result = "Reply<()>")]
pub struct Types {
    /// Who, with their name.
    pub operator: Option<(OperatorId, String)>,
    /// Whether.
    pub on: bool,
}

impl Handler<Types> for ConversationActor {
    type Result = Reply<()>;

    fn handle(&mut self, Types { operator, on }: Types, _: &mut Context<Self>) -> Self::Result {
        // While it is being read nobody watches it yet.
        let Some(read) = &self.read else { return Ok(()) };
        let Some((doc, _)) = read else { return Err(Refusal::not_found("conversation")) };
        let documents = self.documents().ok_or_else(|| Refusal::not_found("account"))?;
        let audience = self.listeners(&documents, doc, operator.as_ref().map(|(id, _)| *id));
        let shared = self.shared.borrow();
        if let Some((_, name)) = &operator {
            shared.tell_visitor(self.id, VisitorNews::Typing { name: name.clone(), on });
        }
        let news = OperatorNews::Typing { conversation: self.id, operator, on };
        shared.tell_operators(|id| audience.contains(&id), news);
        Ok(())
    }
}

/// What was decided here, and what runs.
#[derive(Clone, Copy, Message)]
#[rtype(result = "Reply<Explanation>")]
pub struct Explain;

impl Handler<Explain> for ConversationActor {
    type Result = ResponseActFuture<Self, Reply<Explanation>>;

    fn handle(&mut self, _: Explain, ctx: &mut Context<Self>) -> Self::Result {
        self.awake = Awake::Asked;
        let looked = shell::ask(self, ctx, vec![Input::Look]);
        let store = Arc::clone(&self.host.store);
        let stream = Stream::Entries(self.shared.borrow().id, self.id);
        Box::pin(
            shell::answered(looked)
                .into_actor(self)
                .map(|looked, actor, _| {
                    looked?;
                    actor.document().cloned().ok_or_else(|| Refusal::not_found("conversation"))
                })
                .then(move |doc: Reply<Live>, actor, _| {
                    // The document is of one moment: what is settled after it is not in this telling of the record.
                    async move {
                        let doc = doc?;
                        let entries = store.read_back(stream, doc.entries + 1, ENTRIES_MAX).await?;
                        let record: Result<Vec<Outcome>, _> = entries.iter().map(|(_, entry)| decode(entry)).collect();
                        let record = record?;
                        let unsettled = doc.present().outcomes.iter().map(|outcome| &**outcome);
                        Ok(Explanation::of(record.iter().chain(unsettled), doc.state()))
                    }
                    .into_actor(actor)
                }),
        )
    }
}

impl ConversationActor {
    fn listeners(
        &self,
        documents: &crate::actors::shared::Documents,
        doc: &Live,
        but: Option<OperatorId>,
    ) -> std::collections::BTreeSet<OperatorId> {
        let mut audience = self.audience(documents, doc);
        if let Some(but) = but {
            audience.remove(&but);
        }
        audience
    }

    /// The lost nodes on which the visitor is said to have sockets.
    pub(super) fn lost_nodes(&self) -> Vec<NodeId> {
        let nodes = self.document().map(|doc| doc.visitor_on.as_slice()).unwrap_or_default();
        nodes.iter().copied().filter(|node| self.host.nodes.is_lost(*node)).collect()
    }

    /// A node that is lost may have held the visitor's sockets: they linger like a broken one (rules P7, N10). So does a visitor
    /// whose end was lost when the actor before this one died.
    ///
    /// A node that was found to be lost some time ago may be back: then the leases are read first.
    pub(super) fn look_at_the_visitor(&mut self, ctx: &mut Context<Self>) {
        let lost = self.lost_nodes();
        let unsure =
            lost.iter().any(|node| !self.lingering.contains_key(node) && !self.host.nodes.is_lost_just_now(*node));
        if unsure && self.host.nodes.lease().is_some() {
            self.look_anew_at_nodes(ctx);
        } else {
            self.give_up_the_lost(ctx, &lost);
        }
        let is_said_to_be_here = self.document().is_some_and(|doc| doc.visitor_on.contains(&self.host.node));
        if is_said_to_be_here && !self.visitor_has_socket() && !self.lingering.contains_key(&self.host.node) {
            let now = self.host.now();
            self.linger(ctx, self.host.node, now, now + self.host.grace);
        }
    }

    fn look_anew_at_nodes(&mut self, ctx: &mut Context<Self>) {
        let (host, known) = (Arc::clone(&self.host), self.host.nodes.reading());
        let looked = async move { sweeper::look_at_leases(&host, known).await };
        ctx.spawn(looked.into_actor(self).map(|looked, actor, ctx| match looked {
            Ok(()) => {
                let lost = actor.lost_nodes();
                actor.give_up_the_lost(ctx, &lost);
            }
            Err(why) => {
                tracing::warn!(conversation = %actor.id, %why, "the leases of the nodes cannot be read; it is tried again");
                ctx.run_later(ASK_AGAIN, Self::look_anew_at_nodes);
            }
        }));
    }

    fn give_up_the_lost(&mut self, ctx: &mut Context<Self>, lost: &[NodeId]) {
        let host = Arc::clone(&self.host);
        if !lost.is_empty() && self.visitor_has_socket() {
            let mut inputs = vec![Input::VisitorCame { node: host.node, page: None }];
            inputs.extend(left(lost, host.now()));
            shell::tell(self, ctx, inputs);
            return;
        }
        for node in lost {
            if !self.lingering.contains_key(node) {
                self.linger(ctx, *node, host.last_sign_of(*node), host.lingers_until(*node));
            }
        }
    }
}
