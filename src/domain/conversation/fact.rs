//! What happened to a conversation, as far as the rules look at it. Facts have their own time: one that is found late
//! (rule P4) is put where it belongs and everything after it is worked out again.

use serde::{Deserialize, Serialize};

use crate::domain::account::{Account, Delays, Kind, ReadCancels};
use crate::domain::ids::{GroupId, LetterId, OperatorId};
use crate::domain::notice::reason::{DeviceRef, Reason};
use crate::domain::time::{Span, Timestamp};

/// A fact and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// An operator came online.
    Online {
        /// Who.
        by: OperatorId,
        /// On which device.
        device: Option<DeviceRef>,
        /// Since when they are: earlier than the fact, where the conversation only now looks.
        since: Timestamp,
    },
    /// An operator is no longer online.
    NotOnline {
        /// Who.
        by: OperatorId,
    },
    /// The visitor came (back).
    VisitorCame,
    /// The visitor's last socket ended.
    VisitorLeft,
    /// The visitor wrote.
    Wrote {
        /// The message's place.
        seq: u64,
    },
    /// An operator joined.
    Joined {
        /// Who.
        by: OperatorId,
    },
    /// An operator left, or was made to.
    Left {
        /// Who.
        by: OperatorId,
    },
    /// An operator replied.
    Replied {
        /// Who.
        by: OperatorId,
        /// The reply's place.
        seq: u64,
    },
    /// An operator closed it.
    Closed {
        /// Who.
        by: OperatorId,
    },
    /// An operator has seen everything up to a place (rule A4).
    Seen {
        /// Who.
        by: OperatorId,
        /// Up to where.
        seq: u64,
    },
    /// An operator handed it to a colleague, who takes their place (rule A3).
    Handed {
        /// Who.
        from: OperatorId,
        /// To whom.
        to: OperatorId,
    },
    /// It was handed to a group: all joins end, and what the old audience had seen is new to the new one (rules A3, N1).
    Regrouped(Terms),
    /// Settings, groups or people changed.
    Terms(Terms),
    /// A firing was put off by the pause between mails (rule N6).
    PutOff {
        /// Of which kind.
        kind: Kind,
        /// Until when.
        until: Timestamp,
        /// Whom it concerns.
        people: Vec<Person>,
    },
    /// A timer fired: what was decided then stands.
    Fired(Firing),
}

/// What was decided about one operator; `None`: about the timer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// About whom.
    pub operator: Option<OperatorId>,
    /// All reasons that held, in the order of rule W2.
    pub reasons: Vec<Reason>,
    /// The letter that was queued for them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub letter: Option<LetterId>,
}

impl Person {
    /// With the reasons in the order of rule W2.
    pub fn new(operator: OperatorId, mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|r| r.code);
        reasons.dedup_by_key(|r| r.code);
        Self { operator: Some(operator), reasons, letter: None }
    }
}

/// What a firing decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// Of which kind.
    pub kind: Kind,
    /// Since when the condition held.
    pub started_at: Timestamp,
    /// When it was due.
    pub due_at: Timestamp,
    /// What waited.
    pub seqs: Vec<u64>,
    /// Everybody, with their reasons and letters.
    pub people: Vec<Person>,
    /// Why it mailed nobody, where it did.
    pub nobody: Option<Reason>,
    /// How long the pause after it is (rule N6).
    pub cooldown: Span,
}

impl Firing {
    /// Whether anybody was mailed.
    pub fn mailed(&self) -> bool {
        self.people.iter().any(|p| p.letter.is_some())
    }
}

/// The settings that the conditions of one conversation look at, as they were from one moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who answers for it.
    pub audience: Vec<OperatorId>,
    /// The account's other operators, and why they do not.
    pub others: Vec<(OperatorId, Outsider)>,
    /// Rule N3.
    pub offline_delay: Span,
    /// Rule N3.
    pub missed_delay: Span,
    /// Rule N8; never less than the offline delay.
    pub flap_cap: Span,
    /// Rule N7.
    pub read_cancels: ReadCancels,
}

/// Why an operator does not answer for a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outsider {
    /// Not active.
    Deactivated,
    /// Active, but not of the audience.
    NotInGroup,
}

impl Terms {
    /// The terms of a conversation of `group` under today's settings.
    pub fn of(account: &Account, group: Option<GroupId>, server: &Delays) -> Self {
        let audience = account.audience(group);
        let others = (account.operators.iter())
            .filter(|o| !audience.contains(&o.id))
            .map(|o| (o.id, if o.active { Outsider::NotInGroup } else { Outsider::Deactivated }))
            .collect();
        let offline_delay = account.delay(Kind::Offline, server);
        Self {
            audience,
            others,
            offline_delay,
            missed_delay: account.delay(Kind::Missed, server),
            flap_cap: server.flap_cap.max(offline_delay),
            read_cancels: account.notifications.read_cancels,
        }
    }

    /// How long a condition must hold.
    pub fn delay(&self, kind: Kind) -> Span {
        match kind {
            Kind::Offline => self.offline_delay,
            Kind::Missed => self.missed_delay,
        }
    }
}
