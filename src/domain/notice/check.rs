//! One thing that bears on an operator's emails now: what was looked at, and what was found.

use super::letter::Letter;
use super::reason::{Code, Evidence, Reason};
use crate::domain::account::{Kind, Plan, ReadCancels};
use crate::domain::ids::GroupId;
use crate::domain::presence::status::Status;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check<'a> {
    /// For which kind of email it counts; `None`: for both alike.
    pub kind: Option<Kind>,
    /// What was found.
    pub finding: Finding<'a>,
    /// Whether it lets emails pass.
    pub ok: bool,
    /// The reason of rule W2 that a decision would give, where it would give one.
    pub reason: Option<Code>,
    /// What shows it.
    pub evidence: Evidence,
}

/// What was found, by what was looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding<'a> {
    /// The account's switch (rule D1).
    AccountSwitch,
    /// The operator's own switch (rules D1, D4).
    OwnSwitch,
    /// Whether the plan has this kind (rule N9).
    Plan(Plan),
    /// Offline on all devices (rule P2). One finding a device that is not.
    OfflineEverywhere(Status),
    /// No colleague makes a box online for which the operator answers (rule N7). One finding a colleague who does.
    ColleaguesOffline {
        /// The groups of the operator whose boxes they do not make online.
        but: Vec<GroupId>,
    },
    /// Online, as those are who get missed emails; `None`: that does not matter here (rule D1).
    Online(Option<Status>),
    /// What handles a message, or excludes who has seen it (rule N7).
    NotHandled(ReadCancels),
    /// How long the condition must hold (rule N3).
    Delay,
    /// Nobody who shares the address gets the email for both (rule D2).
    OwnAddress,
    /// The operator is active (rule D1).
    Active,
    /// For whose conversations the operator answers.
    Audience {
        /// The groups that count.
        groups: Vec<GroupId>,
        /// Those for which others answer.
        others: Vec<GroupId>,
    },
    /// Where emails go (rules D3, D5).
    Address {
        /// The address.
        address: &'a str,
        /// What a server said when it refused it for good.
        refusal: Option<&'a str>,
    },
    /// What became of the newest email (rule W3).
    Delivery(Option<&'a Letter>),
    /// The pause between two emails about one conversation (rule N6).
    Pause,
}

impl Finding<'_> {
    /// The codes of all findings, in the order in which they are told.
    pub const CODES: [&'static str; 14] = [
        "account_switch",
        "own_switch",
        "plan",
        "offline_everywhere",
        "online",
        "delay",
        "not_handled",
        "colleagues_offline",
        "own_address",
        "active",
        "audience",
        "address",
        "delivery",
        "pause",
    ];

    /// Its stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountSwitch => "account_switch",
            Self::OwnSwitch => "own_switch",
            Self::Plan(_) => "plan",
            Self::OfflineEverywhere(_) => "offline_everywhere",
            Self::Online(_) => "online",
            Self::Delay => "delay",
            Self::NotHandled(_) => "not_handled",
            Self::ColleaguesOffline { .. } => "colleagues_offline",
            Self::OwnAddress => "own_address",
            Self::Active => "active",
            Self::Audience { .. } => "audience",
            Self::Address { .. } => "address",
            Self::Delivery(_) => "delivery",
            Self::Pause => "pause",
        }
    }
}

impl<'a> Check<'a> {
    /// Nothing stands in the way.
    pub(super) fn fine(finding: Finding<'a>, evidence: Evidence) -> Self {
        Self { kind: None, finding, ok: true, reason: None, evidence }
    }

    /// A decision would say so.
    pub(super) fn against(finding: Finding<'a>, reason: Reason) -> Self {
        Self { kind: None, finding, ok: false, reason: Some(reason.code), evidence: reason.evidence }
    }

    /// What a rule says, else what shows that it says nothing.
    pub(super) fn of_rule(finding: Finding<'a>, objection: Option<Reason>, otherwise: Evidence) -> Self {
        match objection {
            Some(reason) => Self::against(finding, reason),
            None => Self::fine(finding, otherwise),
        }
    }

    /// The rule behind it: of the reason, else of what was looked at.
    pub fn rule(&self) -> &'static str {
        self.reason.map_or_else(
            || match self.finding {
                Finding::AccountSwitch
                | Finding::OwnSwitch
                | Finding::Online(_)
                | Finding::Active
                | Finding::Audience { .. } => "D1",
                Finding::Plan(_) => "N9",
                Finding::OfflineEverywhere(_) => "P2",
                Finding::ColleaguesOffline { .. } | Finding::NotHandled(_) => "N7",
                Finding::Delay => "N3",
                Finding::OwnAddress => "D2",
                Finding::Address { .. } => "D3",
                Finding::Delivery(_) => "W3",
                Finding::Pause => "N6",
            },
            Code::rule,
        )
    }
}
