//! How a conversation is read, decided and committed.

use std::collections::BTreeSet;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::announce::Told;
use super::elsewhere::{Missed, Unsaid};
use super::names;
use super::{Awake, ConversationActor};
use crate::actors::api::Reply;
use crate::actors::hearsay::Hearsay;
use crate::actors::shared::Documents;
use crate::actors::shell::{self, Draft, Keeper, Shell};
use crate::actors::sweeper;
use crate::domain::conversation::deed::{Deed, Input, VisitorDeed};
use crate::domain::conversation::fact::Terms;
use crate::domain::conversation::live::{Live, Placed};
use crate::domain::conversation::state::State;
use crate::domain::conversation::step::{self, Step, Surroundings, Tracking};
use crate::domain::conversation::thread::Conversation;
use crate::domain::conversation::view::Standing;
use crate::domain::ids::{DecisionId, VisitorId};
use crate::domain::notice::letter::Letter;
use crate::domain::presence::device::{Device, Link};
use crate::domain::presence::roster::Edge;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::{
    Answer, Append, Commit, DecisionRow, DocKey, InboxRow, InboxStatus, IndexOp, NewLetter, Outcome, StoreError,
    Stream, Token, Write,
};
use crate::ports::outbox;
use crate::ports::record::{decode, encode, mint};

/// How many changes of presence a conversation catches up with one by one; of more, the present roster has to do.
const EDGES_MAX: usize = 4_096;

/// What was read.
pub struct Loaded {
    conversation: Option<(Live, Token)>,
    documents: Option<Documents>,
    edges: Option<Vec<Edge>>,
    /// What somebody else wrote since the former reading.
    missed: Missed,
    /// What was heard of before it was read, and was to be told.
    heard: Hearsay<1>,
    asked: Option<Unsaid>,
}

impl Keeper for ConversationActor {
    /// Inputs that belong together: answered as the first of them is.
    type Input = Vec<Input>;
    type Answer = step::Answer;
    type Loaded = Loaded;

    fn shell(&mut self) -> &mut Shell<Self> {
        &mut self.shell
    }

    fn is_ready(&self) -> bool {
        let Some(read) = &self.read else { return false };
        if self.is_behind() {
            return false;
        }
        let Some((doc, _)) = read else { return true };
        if doc.accepted_before > 0 && self.shell.has_waiting(|inputs| names::are_asked_for(inputs)) {
            return false;
        }
        let shared = self.shared.borrow();
        // A conversation that slept through more changes than are at hand reads them.
        self.reads_for_itself()
            || shared.documents.is_none()
            || shared.edges_after(doc.edges_seen).is_some()
            || !doc.needs_edges()
    }

    fn load(&self) -> Answer<Result<Loaded, StoreError>> {
        let store = std::sync::Arc::clone(&self.host.store);
        let account = self.shared.borrow().id;
        let (missing, heard, asked) = (self.missing(), self.hearsay, self.unsaid);
        let (names, known) = (self.names(), self.documents());
        let keys = vec![DocKey::Conversation(account, self.id), DocKey::Presence(account), DocKey::Settings(account)];
        Box::pin(async move {
            let mut found = store.load(keys).await?.into_iter();
            let mut next = || found.next().flatten();
            let (conversation, presence, settings) = (next(), next(), next());
            let conversation = match conversation {
                Some(stored) => {
                    let doc = names.complete(&*store, decode(&stored.state)?).await?;
                    Some((Live::from(doc), stored.token))
                }
                None => None,
            };
            let missed = match &conversation {
                Some((doc, _)) => missing.read(&*store, account, doc).await?,
                None => Missed::default(),
            };
            let Some(settings) = settings else {
                return Ok(Loaded { conversation, documents: None, edges: None, missed, heard, asked });
            };
            let documents = Documents::read(&settings, presence.as_ref(), known.as_ref())?;
            let roster = &documents.roster;
            let seen = conversation.as_ref().map_or(0, |(doc, _)| doc.edges_seen);
            let edges = if conversation.is_some() && roster.edges > seen {
                let entries = store.read(Stream::Edges(account), seen, EDGES_MAX).await?;
                let complete = entries.len() as u64 >= roster.edges - seen;
                let mut edges = Vec::with_capacity(entries.len());
                for (position, entry) in entries.into_iter().filter(|(position, _)| *position <= roster.edges) {
                    debug_assert!(position > seen, "the store reads what is after");
                    edges.push(decode::<Edge>(&entry)?);
                }
                complete.then_some(edges)
            } else {
                None
            };
            Ok(Loaded { conversation, documents: Some(documents), edges, missed, heard, asked })
        })
    }

    fn install(&mut self, loaded: Loaded, ctx: &mut Context<Self>) -> Result<(), StoreError> {
        let was = self.read.replace(loaded.conversation);
        self.attention_stands = false;
        self.newer = loaded.documents.map(|documents| (documents, loaded.edges));
        self.hearsay.on_read(loaded.heard);
        self.meet_strangers(loaded.asked, &loaded.missed);
        self.tell_what_was_missed(was.flatten().map(|(doc, _)| doc), loaded.asked, &loaded.missed);
        self.look_at_the_visitor(ctx);
        self.look_at_the_sockets();
        if self.awake == Awake::ToGlance && loaded.asked.is_none() && self.told.is_none() {
            // It slept: whoever is here was told of it as it is.
            self.told = self.documents().and_then(|documents| self.view(&documents));
        }
        let moved = loaded.missed.letters.iter();
        let moved: Vec<Input> =
            moved.map(|(letter, state)| Input::LetterMoved { letter: *letter, state: *state }).collect();
        if !moved.is_empty() {
            shell::tell(self, ctx, moved);
        }
        Ok(())
    }

    fn decide(&mut self, batch: &[Vec<Input>]) -> Draft<Self> {
        let (documents, edges) = self.around();
        let Some(documents) = documents else { return refuse_all(batch, &Refusal::not_found("account")) };
        let now = self.host.now();
        let (before, token) = match self.read.clone().flatten() {
            Some((doc, token)) => (doc, Some(token)),
            None if batch.iter().flatten().any(begins) => (self.begin(&documents, now).into(), None),
            None => {
                let reads = self.reads(&documents, None);
                let refused = refuse_all(batch, &Refusal::not_found("conversation"));
                return Draft { commit: Commit { reads, ..Commit::default() }, ..refused };
            }
        };
        let (quiet_until, horizon) = (self.quiet_until(&documents, now), self.host.horizon(now));
        // A clock that fell behind, as that of a machine that stood still, dates nothing before what was read.
        let now = before.latest().map_or(now, |at| at.max(now));
        let inputs: Vec<Input> = batch.iter().flatten().cloned().collect();
        let message_id = |id| (self.host.message_id)(documents.account.id, id);
        let around = Surroundings {
            account: &documents.account,
            delays: &self.host.delays,
            roster: &documents.roster,
            edges: edges.as_deref(),
            now,
            quiet_until,
            horizon,
            tracking: self.tracking(),
            message_id: &message_id,
        };
        let step = step::step_on(&before, &inputs, &around);
        let after = Live::from(&step);
        let mut given = step.answers.iter();
        let answers = (batch.iter())
            .map(|unit| {
                let first = given.next().cloned().unwrap_or_else(|| Ok(step::Answer::default()));
                let _ = given.by_ref().take(unit.len().saturating_sub(1)).count();
                first
            })
            .collect();
        let told = Told::new(batch);
        let next_token = mint(token);
        let commit = if step.changed || token.is_none() {
            self.commit_of(&documents, (&before, &after), (token, next_token), &step, now)
        } else {
            Commit { reads: self.reads(&documents, token), ..Commit::default() }
        };
        let changed = !commit.writes.is_empty();
        Draft {
            commit,
            answers,
            then: Box::new(move |actor, ctx| {
                if token.is_none() {
                    // It has just begun: whoever is here hears all of it.
                    actor.shared.borrow_mut().begins(actor.id);
                }
                if changed {
                    actor.read = Some(Some((after.clone(), next_token)));
                    actor.attention_stands = after.state().is_attentive();
                    // It has caught up with them; they are of use until the account's own are as new.
                    actor.newer = Some((documents.clone(), Some(Vec::new())));
                }
                actor.after(ctx, &documents, (&before, &after), &step, &told);
            }),
        }
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        sweeper::commit(&self.host, commit)
    }

    fn is_shared(&self) -> bool {
        self.host.store.is_shared()
    }

    fn is_promise(inputs: &Vec<Input>) -> bool {
        let is_question = |input: &Input| {
            matches!(
                input,
                Input::Look
                    | Input::LetterMoved { .. }
                    | Input::Operator { deed: Deed::Peek, .. }
                    | Input::Visitor(VisitorDeed::Typing(_))
            )
        };
        !inputs.iter().all(is_question)
    }

    fn rest(&mut self, ctx: &mut Context<Self>) {
        self.place = None;
        self.rearm(ctx);
        if self.awake == Awake::ToGlance {
            // Behind what is in the mailbox, and is heard before.
            ctx.run_later(Duration::ZERO, Self::sleep_after_glance);
        }
    }
}

/// Whether the input makes a conversation where there is none.
fn begins(input: &Input) -> bool {
    matches!(input, Input::Visitor(VisitorDeed::Write { .. } | VisitorDeed::Identify { .. }))
}

fn refuse_all(batch: &[Vec<Input>], refusal: &Refusal) -> Draft<ConversationActor> {
    let answers: Vec<Reply<step::Answer>> = batch.iter().map(|_| Err(refusal.clone())).collect();
    Draft { commit: Commit::default(), answers, then: Box::new(|_, _| ()) }
}

impl ConversationActor {
    /// Whether what it read of the account is as new as what the account knows.
    fn reads_for_itself(&self) -> bool {
        let counter = |d: &Documents| (d.presence_token.map_or(0, |t| t.counter), d.settings_token.counter);
        let shared = self.shared.borrow();
        let newer = self.newer.as_ref();
        newer.is_some_and(|(newer, _)| shared.documents.as_ref().is_none_or(|known| counter(known) <= counter(newer)))
    }

    /// The newest documents of the account.
    pub(super) fn documents(&self) -> Option<Documents> {
        self.around().0
    }

    /// The same, and the changes of presence between the conversation and them.
    fn around(&self) -> (Option<Documents>, Option<Vec<Edge>>) {
        if let Some((newer, edges)) = &self.newer
            && self.reads_for_itself()
        {
            return (Some(newer.clone()), edges.clone());
        }
        let shared = self.shared.borrow();
        let seen = self.document().map_or(0, |doc| doc.edges_seen);
        (shared.documents.clone(), shared.edges_after(seen))
    }

    /// Nothing fires during the start-up grace, or what is like it, nor on a presence that the account is about to correct: what
    /// lingered too long, lapsed, or was held by another run is found to have ended earlier (rules P4, N10).
    fn quiet_until(&self, documents: &Documents, now: Timestamp) -> Timestamp {
        let roster = &documents.roster;
        let held_by_the_lost = |device: &Device| match &device.link {
            Link::Plugged { nodes } => nodes.iter().any(|node| self.host.nodes.is_lost(*node)),
            _ => false,
        };
        let is_overdue = roster.next_deadline().is_some_and(|at| at <= now);
        let mut devices = roster.attendees.values().flat_map(|attendee| attendee.devices.values());
        if is_overdue || devices.any(held_by_the_lost) { Timestamp::NEVER } else { self.host.quiet_until(now) }
    }

    /// Where there are other nodes, they show whether the visitor is there.
    pub(super) fn tracking(&self) -> Tracking {
        if self.host.nodes.lease().is_some() { Tracking::Always } else { Tracking::WhileOpen }
    }

    fn begin(&self, documents: &Documents, now: Timestamp) -> Conversation {
        let terms = Terms::of(&documents.account, None, &self.host.delays);
        let mut doc = Conversation::new(documents.account.id, VisitorId(self.id.0), None, terms, now);
        doc.terms_at = documents.account.changed_at;
        doc
    }

    /// Every document that a decision looks at.
    fn reads(&self, documents: &Documents, token: Option<Token>) -> Vec<(DocKey, Option<Token>)> {
        let account = documents.account.id;
        vec![
            (DocKey::Conversation(account, self.id), token),
            (DocKey::Presence(account), documents.presence_token),
            (DocKey::Settings(account), Some(documents.settings_token)),
        ]
    }

    fn commit_of(
        &self,
        documents: &Documents,
        (before, after): (&Live, &Live),
        (token, next_token): (Option<Token>, Token),
        step: &Step,
        now: Timestamp,
    ) -> Commit {
        let account = documents.account.id;
        let key = DocKey::Conversation(account, self.id);
        let reads = self.reads(documents, token);
        let messages = step.said.iter().map(|message| Append {
            stream: Stream::Messages(account, self.id),
            position: message.seq,
            entry: encode(message),
        });
        let record = step.record.iter().map(|(position, outcome)| Append {
            stream: Stream::Entries(account, self.id),
            position: *position,
            entry: encode(outcome),
        });
        let was = token.map(|_| self.indexes(before, now));
        let was_so = |op: &IndexOp| was.iter().flatten().any(|o| o == op);
        // What is written of its attention hangs on when that was, and on who wrote it: what somebody else did is not to be known.
        let is_new = |op: &IndexOp| match op {
            IndexOp::Attention(_, until) => !(self.attention_stands && *until == Some(Timestamp::NEVER)),
            _ => !was_so(op),
        };
        let indexes = self.indexes(after, now).into_iter().filter(is_new);
        let indexes = indexes.chain(self.decisions(before, after, step));
        Commit {
            reads,
            writes: vec![Write { key, token: next_token, state: encode(&after.to_store()) }],
            log: messages.chain(record).collect(),
            indexes: indexes.map(|op| (account, op)).collect(),
            outbox: step.letters.iter().map(|letter| (account, queued(letter))).collect(),
            records: Vec::new(),
        }
    }

    /// Where the conversation stands in the indexes.
    fn indexes(&self, doc: &Live, now: Timestamp) -> Vec<IndexOp> {
        let state = doc.state();
        let mut indexes = vec![
            IndexOp::Deadline(self.id, state.next_deadline().map(|(_, at)| at)),
            IndexOp::Attention(self.id, self.attention(doc, now)),
        ];
        if let Some(at) = doc.active_at {
            indexes.push(IndexOp::Inbox(self.id, inbox_row(doc, state, at)));
        }
        indexes
    }

    /// What changes in the index of decisions. One that is settled is written again: it may have been made before there was
    /// such an index.
    fn decisions(&self, before: &Live, after: &Live, step: &Step) -> impl Iterator<Item = IndexOp> + use<> {
        let rows = |(position, outcome): Placed<'_>| {
            let (at, id) = (outcome.at, DecisionId { conversation: self.id, position });
            outcome.operators().map(move |operator| DecisionRow { operator, at, id }).collect::<Vec<_>>()
        };
        let changes = after.outcomes_since(before, &step.record);
        let is: BTreeSet<_> = changes.new.into_iter().flat_map(rows).collect();
        let was: BTreeSet<_> = changes.over.into_iter().flat_map(rows).collect();
        let over: Vec<_> = was.difference(&is).copied().collect();
        let settled = step.record.iter().flat_map(|(position, outcome)| rows((*position, outcome)));
        let new: BTreeSet<_> = is.difference(&was).copied().chain(settled).collect();
        over.into_iter().map(IndexOp::Undecided).chain(new.into_iter().map(IndexOp::Decided))
    }

    /// Until when a change of presence matters: while something waits, and while what happened may be dated back; `None`: no change
    /// that can yet be found out, or that a node did not look at in time, comes so early.
    pub(super) fn attention(&self, doc: &Live, now: Timestamp) -> Option<Timestamp> {
        if doc.state().is_attentive() {
            return Some(Timestamp::NEVER);
        }
        let settle = self.host.settle();
        doc.facts.last().map(|last| last.at + settle).filter(|until| *until + settle >= self.host.horizon(now))
    }

    /// What happened to it can no longer change, and nothing waits: its row of attention goes, so that the index does not grow with
    /// every conversation that there ever was. Then it sleeps.
    pub(super) fn forget_attention(&mut self, ctx: &mut Context<Self>) {
        let Some(Some((doc, token))) = &self.read else { return };
        if self.attention(doc, self.host.now()).is_some() {
            return;
        }
        let (account, key) = (doc.account, DocKey::Conversation(doc.account, self.id));
        let indexes = vec![(account, IndexOp::Attention(self.id, None))];
        let commit = Commit { reads: vec![(key, Some(*token))], indexes, ..Commit::default() };
        self.attention_lapses = false;
        // Should it not come to that, its next commit does it.
        let forgotten = self.host.store.commit(commit).into_actor(self);
        ctx.spawn(forgotten.map(|_, actor, ctx| actor.sleep_if_idle(ctx)));
    }
}

fn inbox_row(doc: &Conversation, state: &State, at: Timestamp) -> InboxRow {
    let said = [doc.visitor.name.as_deref(), doc.visitor.email.as_deref()];
    InboxRow {
        status: match Conversation::standing(state) {
            Standing::Unserved => InboxStatus::Unserved,
            Standing::Served => InboxStatus::Served,
            Standing::Closed => InboxStatus::Closed,
        },
        group: doc.group,
        at,
        joined: state.joined(),
        search: said.into_iter().flatten().map(crate::domain::fold::fold).collect(),
    }
}

fn queued(letter: &Letter) -> NewLetter {
    NewLetter { id: letter.id, token: mint(None), state: encode(letter), row: outbox::row(letter) }
}

/// Whether an operator's deed shows them the conversation from now on.
pub(super) fn opens(input: &Input) -> Option<crate::domain::ids::OperatorId> {
    match input {
        Input::Operator { by, deed: Deed::Open | Deed::Peek | Deed::Join | Deed::Write { .. } } => Some(*by),
        _ => None,
    }
}
