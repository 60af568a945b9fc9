//! After a commit: who is told what.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix::Context;
use tracing::info;

use super::ConversationActor;
use super::keep::opens;
use crate::actors::shared::Documents;
use crate::domain::account::Kind;
use crate::domain::conversation::deed::Input;
use crate::domain::conversation::live::Live;
use crate::domain::conversation::message::{Happened, Message};
use crate::domain::conversation::outcome::{Outcome, What};
use crate::domain::conversation::show;
use crate::domain::conversation::state::Running;
use crate::domain::conversation::step::Step;
use crate::domain::conversation::thread::Conversation;
use crate::domain::conversation::view::ConversationView;
use crate::domain::ids::{ConversationId, LetterId, OperatorId};
use crate::domain::news::{OperatorNews, TimerState, VisitorNews};
use crate::domain::notice::letter::LetterState;
use crate::domain::notice::reason::Reason;
use crate::domain::time::Timestamp;
use crate::ports::figures;

/// What the inputs say about whom to tell.
pub(super) struct Told {
    openers: Vec<OperatorId>,
    letters: Vec<(LetterId, LetterState)>,
}

/// What those who watch are told.
pub(super) struct Change<'a> {
    /// The document before it.
    pub before: &'a Live,
    /// And after it.
    pub after: &'a Live,
    /// What was said.
    pub said: &'a [Message],
    /// What became settled of the record.
    pub record: Vec<&'a Outcome>,
    /// Up to where operators have read, and up to where the visitor has, where that changed.
    pub read: (Option<u64>, Option<u64>),
    /// Letters that came into a state.
    pub letters: Vec<(LetterId, LetterState)>,
}

impl Change<'_> {
    /// Every outcome that can be known of: those that are not settled, then those that became so.
    fn outcomes(&self) -> impl DoubleEndedIterator<Item = &Outcome> {
        let unsettled = self.after.present().outcomes.iter().map(|outcome| &**outcome);
        unsettled.chain(self.record.iter().copied())
    }
}

impl Told {
    pub(super) fn new(batch: &[Vec<Input>]) -> Self {
        let inputs = || batch.iter().flatten();
        let moved = |input: &Input| match input {
            Input::LetterMoved { letter, state } => Some((*letter, *state)),
            _ => None,
        };
        Self { openers: inputs().filter_map(opens).collect(), letters: inputs().filter_map(moved).collect() }
    }
}

impl ConversationActor {
    /// The commit is durable: memory follows, and who watches is told.
    pub(super) fn after(
        &mut self,
        _: &mut Context<Self>,
        documents: &Documents,
        (before, after): (&Live, &Live),
        step: &Step,
        told: &Told,
    ) {
        self.idle_since = self.host.now();
        self.openers.extend(&told.openers);
        self.pay_attention(after);
        if !step.letters.is_empty() {
            self.host.letters_queued.notify_one();
        }
        if self.told.is_some() && !step.changed && told.letters.is_empty() {
            // A visitor with nothing open comes and goes without leaving a trace in the document.
            self.tell_summary(documents);
            return;
        }
        step.letters.iter().for_each(|letter| figures::letter_is(letter.state.as_str()));
        let queued = step.letters.iter().map(|letter| (letter.id, letter.state));
        let change = Change {
            before,
            after,
            said: &step.said,
            record: step.record.iter().map(|(_, outcome)| outcome).collect(),
            read: step.read,
            letters: queued.chain(told.letters.iter().copied()).collect(),
        };
        // Behind a slow store a timer may begin and fire within one step. What it cancelled there may be worked out anew, and is
        // told by what runs; a firing stands.
        let fired = self.tell_what_ran_meanwhile(documents, &change, |what| matches!(what, What::Fired { .. }));
        for ended in fired.into_iter().chain(self.tell_change(documents, &change)) {
            self.figure(&ended);
        }
    }

    /// Tells who watches of it; returns the timers that ended.
    pub(super) fn tell_change(&mut self, documents: &Documents, change: &Change<'_>) -> Vec<Ended> {
        let Change { before, after, .. } = change;
        self.note_movement(documents, before, after);
        let audience = self.audience(documents, after);
        for message in change.said {
            self.tell_said(&audience, message);
        }
        self.tell_read(&audience, change.read);
        let ended = self.tell_timers(&audience, change);
        for (letter, state) in change.letters.iter().copied() {
            let (conversation, operator) = (self.id, letter.operator);
            self.tell(&audience, OperatorNews::Email { conversation, operator, state });
        }
        if after.is_open() && (before.group != after.group || !before.is_open()) {
            self.show_the_box(documents, after);
        }
        self.tell_summary(documents);
        self.tell_former(documents, before, &audience);
        ended
    }

    /// Whoever has it among theirs no longer is told so by the summary: they hear nothing more of it.
    fn tell_former(&self, documents: &Documents, before: &Live, audience: &BTreeSet<OperatorId>) {
        let former = &self.audience(documents, before) - audience;
        if let Some(view) = self.told.as_ref().filter(|_| before.active_at.is_some() && !former.is_empty()) {
            self.tell(&former, OperatorNews::Conversation(Arc::clone(view)));
        }
    }

    /// Whoever has it, or had it, among what is counted before them is counted anew; likewise if this actor is new, since
    /// one before it may have died between a commit and this.
    fn note_movement(&self, documents: &Documents, before: &Live, after: &Live) {
        let place = |doc: &Live| {
            let state = doc.state();
            doc.active_at.map(|_| (Conversation::standing(state), doc.group, state.joined()))
        };
        if self.told.is_none() || place(before) != place(after) {
            let of = self.audience(documents, before).into_iter().chain(self.audience(documents, after));
            self.shared.borrow_mut().moved.note(of);
        }
    }

    pub(super) fn pay_attention(&mut self, after: &Live) {
        let now = self.host.now();
        let until = self.attention(after, now);
        self.attention_lapses = until.map_or(self.attention_lapses, |until| until < Timestamp::NEVER);
        let mut shared = self.shared.borrow_mut();
        match until.filter(|until| *until > now) {
            Some(until) => drop(shared.attentive.insert(self.id, until)),
            None => drop(shared.attentive.remove(&self.id)),
        }
    }

    /// Those who are told of this conversation: its audience, who has joined, who has opened it.
    pub(super) fn audience(&self, documents: &Documents, doc: &Live) -> BTreeSet<OperatorId> {
        let mut audience: BTreeSet<_> = documents.account.audience(doc.group).into_iter().collect();
        audience.extend(doc.state().joined());
        audience.extend(&self.openers);
        audience
    }

    fn tell(&self, audience: &BTreeSet<OperatorId>, news: OperatorNews) {
        self.shared.borrow().tell_operators(|operator| audience.contains(&operator), news);
    }

    fn tell_said(&self, audience: &BTreeSet<OperatorId>, message: &Message) {
        let (conversation, message) = (self.id, Arc::new(message.clone()));
        self.shared.borrow_mut().told.remember(conversation, message.seq);
        self.tell(audience, OperatorNews::Message { conversation, message: Arc::clone(&message) });
        let shared = self.shared.borrow();
        for news in visitor_news(conversation, &message) {
            shared.tell_visitor(conversation, news);
        }
    }

    fn tell_read(&self, audience: &BTreeSet<OperatorId>, (by_operators, by_visitor): (Option<u64>, Option<u64>)) {
        if let Some(seq) = by_operators {
            self.shared.borrow().tell_visitor(self.id, VisitorNews::Read { seq });
        }
        if let Some(seq) = by_visitor {
            self.tell(audience, OperatorNews::Read { conversation: self.id, seq });
        }
    }

    /// A late fact can rewrite what was running, so what is told is the difference between what ran and what runs.
    fn tell_timers(&self, audience: &BTreeSet<OperatorId>, change: &Change<'_>) -> Vec<Ended> {
        let (was, is) = (change.before.state(), change.after.state());
        let mut ended = Vec::new();
        for kind in Kind::ALL {
            let news =
                |state, due_at, reason| OperatorNews::Timer { conversation: self.id, kind, state, due_at, reason };
            let (ran, runs) = (was.timer(kind), is.timer(kind));
            if ran == runs {
                continue;
            }
            if let Some(ran) = ran
                && runs.is_none_or(|r| r.started_at != ran.started_at)
            {
                let (state, reason) = ending(change.outcomes(), kind, ran.started_at);
                self.tell(audience, news(state, None, reason.clone()));
                ended.push(Ended { kind, was: ran.clone(), state, reason });
            }
            if let Some(runs) = runs {
                self.tell(audience, news(TimerState::Running, Some(runs.fires_at()), None));
            }
        }
        ended
    }

    /// Tells of timers that began and ended between two states that are known; returns them.
    pub(super) fn tell_what_ran_meanwhile(
        &self,
        documents: &Documents,
        change: &Change<'_>,
        is_told: impl Fn(&What) -> bool,
    ) -> Vec<Ended> {
        let mut all = Vec::new();
        let was = change.before.present();
        let began = |outcome: &Outcome| match &outcome.what {
            What::Cancelled { started_at, due_at, .. } | What::Fired { started_at, due_at, .. } => {
                Some((*started_at, *due_at))
            }
            What::NoTimer | What::PutOff { .. } => None,
        };
        let unsettled = change.after.present().outcomes.iter().map(|outcome| &**outcome);
        for outcome in change.record.iter().copied().chain(unsettled).filter(|outcome| is_told(&outcome.what)) {
            let Some((started_at, due_at)) = began(outcome) else { continue };
            let began_then = |o: &Outcome| began(o).is_some_and(|(at, _)| at == started_at);
            let is_known = was.outcomes.iter().any(|o| o.kind == outcome.kind && began_then(o))
                || was.state.timer(outcome.kind).is_some_and(|ran| ran.started_at == started_at);
            if !is_known {
                let (conversation, kind) = (self.id, outcome.kind);
                let (state, reason) = ending([outcome].into_iter(), kind, started_at);
                let was = Running { started_at, due_at, put_off_until: None };
                let told = reason.clone();
                let audience = self.audience(documents, change.after);
                self.tell(&audience, OperatorNews::Timer { conversation, kind, state, due_at: None, reason: told });
                all.push(Ended { kind, was, state, reason });
            }
        }
        all
    }

    /// Tells of the timers that run, where it is not known which of them was told before.
    pub(super) fn tell_running(&self, documents: &Documents, doc: &Live) {
        let (audience, state) = (self.audience(documents, doc), doc.state());
        for (kind, timer) in Kind::ALL.into_iter().filter_map(|kind| Some((kind, state.timer(kind)?))) {
            let (conversation, due_at) = (self.id, Some(timer.fires_at()));
            let news = OperatorNews::Timer { conversation, kind, state: TimerState::Running, due_at, reason: None };
            self.tell(&audience, news);
        }
    }

    /// A timer ended by what this node committed, for the log and the figures.
    fn figure(&self, ended: &Ended) {
        let (account, kind) = (self.shared.borrow().id, ended.kind.as_str());
        let reason = ended.reason.as_ref().map_or("emailed", |reason| reason.code.as_str());
        match ended.state {
            TimerState::Fired => {
                figures::timer_ended(kind, "fired");
                figures::fired_late((self.host.now() - ended.was.fires_at()).to_duration());
                info!(%account, conversation = %self.id, kind, reason, "a timer fired");
            }
            TimerState::Cancelled => {
                figures::timer_ended(kind, "cancelled");
                info!(%account, conversation = %self.id, kind, reason, "a timer was cancelled");
            }
            TimerState::Running => {}
        }
    }

    /// N13: the visitor's widget shows the box of the conversation's audience.
    fn show_the_box(&self, documents: &Documents, doc: &Live) {
        let shared = self.shared.borrow();
        let chat = shared.chat_of(documents, doc.group);
        if let Some(seats) = shared.visitors.get(&self.id) {
            shared.show_box(seats, &chat);
        }
    }

    /// The summary, if it differs from what was told.
    pub(super) fn tell_summary(&mut self, documents: &Documents) {
        let Some(view) = self.view(documents) else { return };
        let was = self.told.replace(Arc::clone(&view));
        if was.as_deref() == Some(&*view) {
            return;
        }
        let Some(doc) = self.document() else { return };
        let audience = self.audience(documents, doc);
        let moved =
            was.is_some_and(|w| (w.visitor.online, &w.visitor.page) != (view.visitor.online, &view.visitor.page));
        if moved {
            let (online, page) = (view.visitor.online, view.visitor.page.clone());
            self.tell(&audience, OperatorNews::Visitor { conversation: self.id, online, page });
        }
        // A visitor who only told their name is in no inbox yet.
        if doc.active_at.is_some() {
            self.tell(&audience, OperatorNews::Conversation(view));
        }
    }

    /// The summary now.
    pub(super) fn view(&self, documents: &Documents) -> Option<Arc<ConversationView>> {
        let doc = self.document()?;
        let here = self.visitor_is_there();
        Some(Arc::new(show::summary(doc, doc.state(), &documents.account, &self.host.delays, here)))
    }
}

/// What a visitor is told of something that was said: what it brought about, and itself.
pub(super) fn visitor_news(
    conversation: ConversationId,
    message: &Arc<Message>,
) -> impl Iterator<Item = VisitorNews> + use<> {
    let brought_about = match &message.event {
        Some(Happened::Joined { name, .. }) => Some(VisitorNews::OperatorJoined { name: name.clone() }),
        Some(Happened::Left { name, .. }) => Some(VisitorNews::OperatorLeft { name: name.clone() }),
        Some(Happened::Closed { .. }) => Some(VisitorNews::Closed),
        _ => None,
    };
    brought_about.into_iter().chain([VisitorNews::Message { conversation, message: Arc::clone(message) }])
}

/// A timer that ended.
pub(super) struct Ended {
    kind: Kind,
    was: Running,
    state: TimerState,
    reason: Option<Reason>,
}

/// How a timer ended, as the record says.
fn ending<'a>(
    outcomes: impl DoubleEndedIterator<Item = &'a Outcome>,
    kind: Kind,
    started: Timestamp,
) -> (TimerState, Option<Reason>) {
    let mut ends = outcomes.rev().filter(|o| o.kind == kind).filter_map(|o| match &o.what {
        What::Cancelled { started_at, reason, .. } if *started_at == started => {
            Some((TimerState::Cancelled, Some(reason.clone())))
        }
        What::Fired { started_at, nobody, .. } if *started_at == started => Some((TimerState::Fired, nobody.clone())),
        _ => None,
    });
    ends.next().unwrap_or((TimerState::Cancelled, None))
}
