//! What is asserted: on the outbox, and on what was recorded.

use doorbell::domain::account::{Account, Kind};
use doorbell::domain::conversation::state::State;
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::conversation::view::Standing;
use doorbell::domain::ids::{GroupId, OperatorId};
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::explain::{Decision, Explanation, TimerTold};
use doorbell::domain::notice::judge::{Case, objection_to_sending};
use doorbell::domain::notice::letter::Letter;
use doorbell::domain::notice::reason::{Code, Reason};
use doorbell::domain::presence::roster::Roster;
use doorbell::domain::presence::status::{BoxView, Status};
use doorbell::domain::time::Timestamp;

use super::{Colleague, Inner, Visitor, World};

impl World {
    /// The box of a group; `None`: of the account.
    pub(crate) fn chat_box(&self, group: Option<GroupId>) -> BoxView {
        let inner = self.see();
        inner.roster.chat(&inner.account, group, &|_, _| None)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.see().now
    }
}

impl Visitor {
    /// The letters about this conversation, oldest first.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        let inner = self.world.see();
        let about_this = inner.queued.iter().filter(|id| id.conversation.0 == self.id.0);
        about_this.map(|id| inner.outbox[id].clone()).collect()
    }

    /// Exactly these were mailed, as often as they stand here.
    #[track_caller]
    pub(crate) fn assert_mailed(&self, operators: &[&Colleague]) {
        let inner = self.world.see();
        let name = |id: OperatorId| inner.account.operator(id).map(|o| o.name.clone()).unwrap_or_default();
        let mut mailed: Vec<String> = self.letters().iter().map(|l| name(l.id.operator)).collect();
        let mut expected: Vec<String> = operators.iter().map(|o| name(o.id)).collect();
        mailed.sort();
        expected.sort();
        assert_eq!(mailed, expected, "mailed; {:#?}", self.told());
    }

    #[track_caller]
    pub(crate) fn assert_nobody_mailed(&self) {
        self.assert_mailed(&[]);
    }

    /// The headline of the newest decision about the operator.
    #[track_caller]
    pub(crate) fn assert_reason(&self, operator: &Colleague, code: Code) {
        let codes = self.codes(operator);
        assert_eq!(codes.first(), Some(&code), "the headline; {:#?}", self.told());
    }

    /// All reasons of the newest decision about the operator, in their order.
    #[track_caller]
    pub(crate) fn assert_reasons(&self, operator: &Colleague, codes: &[Code]) {
        assert_eq!(self.codes(operator), codes, "the reasons; {:#?}", self.told());
    }

    fn codes(&self, operator: &Colleague) -> Vec<Code> {
        self.reasons(operator).into_iter().map(|r| r.code).collect()
    }

    /// The reasons of the newest decision about the operator.
    pub(crate) fn reasons(&self, operator: &Colleague) -> Vec<Reason> {
        self.decisions(operator).pop().map(|d| d.reasons).unwrap_or_default()
    }

    /// The decisions about the operator, oldest first.
    pub(crate) fn decisions(&self, operator: &Colleague) -> Vec<Decision> {
        self.told().decisions.into_iter().filter(|d| d.operator == Some(operator.id)).collect()
    }

    pub(crate) fn told(&self) -> Explanation {
        self.world.see().told(self.id)
    }

    pub(crate) fn timers(&self, kind: Kind) -> Vec<TimerTold> {
        self.told().timers.into_iter().filter(|t| t.kind == kind).collect()
    }

    /// The states of the timers of a kind, oldest first.
    #[track_caller]
    pub(crate) fn assert_timers(&self, kind: Kind, states: &[TimerState]) {
        let told: Vec<_> = self.timers(kind).into_iter().map(|t| t.state).collect();
        assert_eq!(told, states, "the {kind:?} timers; {:#?}", self.told());
    }

    pub(crate) fn doc(&self) -> Conversation {
        self.world.see().guests[&self.id].doc.clone().expect("something was said")
    }

    pub(crate) fn state(&self) -> State {
        self.doc().present().state
    }

    pub(crate) fn standing(&self) -> Standing {
        Conversation::standing(&self.state())
    }

    /// What the postroom would be told before it sends the newest letter (rule N9).
    pub(crate) fn objection_to_the_last_letter(&self) -> Option<Code> {
        let letter = self.letters().pop().expect("a letter was queued");
        let (doc, state, inner) = (self.doc(), self.state(), self.world.see());
        let (account, delays) = (&inner.account, &inner.delays);
        let case = Case { conversation: doc.id, group: doc.group, state: &state, account, delays, kind: letter.kind };
        objection_to_sending(&case, &letter).map(|reason| reason.code)
    }
}

impl Inner {
    /// The explanation of a visitor's conversation.
    pub(crate) fn told(&self, id: doorbell::domain::ids::VisitorId) -> Explanation {
        let guest = &self.guests[&id];
        let Some(doc) = &guest.doc else { return Explanation::default() };
        let present = doc.present();
        Explanation::of(guest.record.iter().chain(&present.outcomes), &present.state)
    }
}

/// What must be true of every letter at the moment in which it is queued, whatever else happened.
pub(super) fn assert_allowed(account: &Account, roster: &Roster, doc: &Conversation, letter: &Letter) {
    let audience = account.audience(doc.group);
    let operator = account.operator(letter.id.operator).expect("a recipient is of the account");
    assert!(operator.active && audience.contains(&operator.id), "of the audience");
    assert!(operator.switch(letter.kind).is_on(), "their switch is on");
    assert!(account.notifications.kind(letter.kind).enabled, "the account's switch is on");
    assert!(!account.suppressed.iter().any(|s| s.address == operator.email.to_lowercase()), "not suppressed");
    match letter.kind {
        Kind::Offline => {
            assert!(audience.iter().all(|id| roster.status(*id) != Status::Online), "nobody of the audience is online");
        }
        Kind::Missed => assert!(account.plan.has_missed(), "the plan has missed mails"),
    }
    assert!(!letter.seqs.is_empty(), "a letter is about something");
    let state = doc.present().state;
    let open_still = letter.seqs.iter().find(|seq| state.open.iter().any(|m| m.seq == **seq));
    assert_eq!(open_still, None, "what was mailed is notified");
}
