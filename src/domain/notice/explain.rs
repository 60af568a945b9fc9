//! The explanation of a conversation: a view of what was decided (rule W4: there is no second copy of the rules).

use serde::{Deserialize, Serialize};

use super::reason::{Code, Reason};
use crate::domain::account::Kind;
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
    /// The headline's code.
    pub fn code(&self) -> Code {
        self.reasons.first().map_or(Code::NoRecipients, |r| r.code)
    }
}
