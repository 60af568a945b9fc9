//! The explanation of a conversation: a view of what was decided (rule W4: there is no second copy of the rules).

use serde::{Deserialize, Serialize};

use super::reason::{Code, Reason};
use crate::domain::account::Kind;
use crate::domain::conversation::outcome::{Outcome, What};
use crate::domain::conversation::state::{Running, State};
use crate::domain::ids::{LetterId, OperatorId};
use crate::domain::news::TimerState;
use crate::domain::time::Timestamp;

/// Everything that was decided about a conversation, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The timers, ended and running.
    pub timers: Vec<TimerTold>,
    /// One decision per operator and timer, or per operator and message that started none.
    pub decisions: Vec<Decision>,
}

/// A timer, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerTold {
    /// Of which kind.
    pub kind: Kind,
    /// Since when its condition held.
    pub started_at: Timestamp,
    /// When it fires, or was to fire.
    pub due_at: Timestamp,
    /// What became of it.
    pub state: TimerState,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended, or why it mailed nobody.
    pub reason: Option<Reason>,
}

/// What was decided about one operator (`None`: about the timer, with no operator).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Of which kind of email.
    pub kind: Kind,
    /// About whom.
    pub operator: Option<OperatorId>,
    /// All reasons that held, in the order of rule W2; the first is the headline. Never empty.
    pub reasons: Vec<Reason>,
    /// Which of the timers it belongs to.
    pub timer: Option<usize>,
    /// Which messages it is about.
    pub seqs: Vec<u64>,
    /// The letter that was queued.
    pub letter: Option<LetterId>,
}

impl Decision {
    /// What an outcome says about each.
    fn of(outcome: &Outcome, timer: Option<usize>) -> impl Iterator<Item = Self> {
        outcome.people.iter().map(move |person| Self {
            at: outcome.at,
            kind: outcome.kind,
            operator: person.operator,
            reasons: person.reasons.clone(),
            timer,
            seqs: outcome.seqs.clone(),
            letter: person.letter,
        })
    }

    /// What an outcome says about one operator, told apart from its conversation (so without a timer's place).
    pub fn about(operator: OperatorId, outcome: &Outcome) -> Option<Self> {
        Self::of(outcome, None).find(|decision| decision.operator == Some(operator))
    }

    /// The headline's code.
    pub fn code(&self) -> Code {
        self.reasons.first().map_or(Code::NoRecipients, |r| r.code)
    }
}

impl Explanation {
    /// From the record's outcomes, oldest first, and what is running.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>, state: &State) -> Self {
        let mut explanation = Self::default();
        for outcome in outcomes {
            explanation.tell(outcome);
        }
        for kind in Kind::ALL {
            if let Some(timer) = state.timer(kind) {
                explanation.tell_running(kind, timer);
            }
        }
        explanation
    }

    fn tell(&mut self, outcome: &Outcome) {
        let timer = match &outcome.what {
            What::NoTimer => None,
            What::PutOff { started_at, until } => {
                Some(self.timer(outcome.kind, *started_at, *until, TimerState::Running, None, None))
            }
            What::Cancelled { started_at, due_at, reason } => {
                let (ended, reason) = (Some(outcome.at), Some(reason.clone()));
                Some(self.timer(outcome.kind, *started_at, *due_at, TimerState::Cancelled, ended, reason))
            }
            What::Fired { started_at, due_at, nobody } => {
                let ended = Some(outcome.at);
                Some(self.timer(outcome.kind, *started_at, *due_at, TimerState::Fired, ended, nobody.clone()))
            }
        };
        self.decisions.extend(Decision::of(outcome, timer));
    }

    fn tell_running(&mut self, kind: Kind, timer: &Running) {
        self.timer(kind, timer.started_at, timer.fires_at(), TimerState::Running, None, None);
    }

    /// The place of a timer, which is told again as more becomes known of it (a putting off, then its end).
    fn timer(
        &mut self,
        kind: Kind,
        started_at: Timestamp,
        due_at: Timestamp,
        state: TimerState,
        ended_at: Option<Timestamp>,
        reason: Option<Reason>,
    ) -> usize {
        let told = TimerTold { kind, started_at, due_at, state, ended_at, reason };
        let known = |t: &TimerTold| t.kind == kind && t.started_at == started_at && t.state == TimerState::Running;
        if let Some(place) = self.timers.iter().position(known) {
            self.timers[place] = told;
            place
        } else {
            self.timers.push(told);
            self.timers.len() - 1
        }
    }
}
