//! Why an operator was, or was not, mailed: a code of rule W2 and the evidence for it.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{DeviceId, OperatorId};
use crate::domain::time::{Span, Timestamp};

/// The codes of rule W2, in the order in which they are told: of all that held, the first is the headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// At the firing the kind was off for the account.
    NotActivatedAccount,
    /// At the firing the kind was off by the operator's own switch.
    NotActivatedOperator,
    /// The same, by the link in a mail.
    Unsubscribed,
    /// Missed emails need a plan that this account did not have.
    PlanWithoutMissed,
    /// The box was online when the message came.
    BoxWasOnline,
    /// This operator came online.
    BackOnline,
    /// This operator has seen everything that waited.
    Read,
    /// A colleague came online.
    ColleagueOnline,
    /// They were online at no time between the message and the leaving.
    WasNotOnline,
    /// Somebody joined.
    Joined,
    /// Somebody replied.
    Replied,
    /// Somebody closed the conversation.
    Closed,
    /// The visitor came back.
    VisitorReturned,
    /// The operator is deactivated.
    Deactivated,
    /// The operator is not of the audience.
    NotInGroup,
    /// The condition ended by a change of group, plan or operators, or the other kind's mail took the messages along.
    Superseded,
    /// The address is suppressed.
    Suppressed,
    /// An operator with the same address got the mail.
    SameAddress,
    /// The firing was put off by the pause between mails.
    RecentlyNotified,
    /// Nobody was left to mail.
    NoRecipients,
    /// A mail was queued.
    Emailed,
}

impl Code {
    /// All of them, in their order.
    pub const ALL: [Self; 21] = [
        Self::NotActivatedAccount,
        Self::NotActivatedOperator,
        Self::Unsubscribed,
        Self::PlanWithoutMissed,
        Self::BoxWasOnline,
        Self::BackOnline,
        Self::Read,
        Self::ColleagueOnline,
        Self::WasNotOnline,
        Self::Joined,
        Self::Replied,
        Self::Closed,
        Self::VisitorReturned,
        Self::Deactivated,
        Self::NotInGroup,
        Self::Superseded,
        Self::Suppressed,
        Self::SameAddress,
        Self::RecentlyNotified,
        Self::NoRecipients,
        Self::Emailed,
    ];

    /// Its stable name, as it stands in the record and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotActivatedAccount => "not_activated_account",
            Self::NotActivatedOperator => "not_activated_operator",
            Self::Unsubscribed => "unsubscribed",
            Self::PlanWithoutMissed => "plan_without_missed",
            Self::BoxWasOnline => "box_was_online",
            Self::BackOnline => "back_online",
            Self::Read => "read",
            Self::ColleagueOnline => "colleague_online",
            Self::WasNotOnline => "was_not_online",
            Self::Joined => "joined",
            Self::Replied => "replied",
            Self::Closed => "closed",
            Self::VisitorReturned => "visitor_returned",
            Self::Deactivated => "deactivated",
            Self::NotInGroup => "not_in_group",
            Self::Superseded => "superseded",
            Self::Suppressed => "suppressed",
            Self::SameAddress => "same_address",
            Self::RecentlyNotified => "recently_notified",
            Self::NoRecipients => "no_recipients",
            Self::Emailed => "emailed",
        }
    }

    /// The rule that the code stands for.
    pub fn rule(self) -> &'static str {
        match self {
            Self::NotActivatedAccount | Self::NotActivatedOperator | Self::WasNotOnline => "D1",
            Self::Unsubscribed => "D4",
            Self::PlanWithoutMissed | Self::Deactivated | Self::NotInGroup | Self::Superseded => "N9",
            Self::BoxWasOnline => "A1",
            Self::BackOnline
            | Self::Read
            | Self::ColleagueOnline
            | Self::Joined
            | Self::Replied
            | Self::Closed
            | Self::VisitorReturned => "N7",
            Self::Suppressed => "D5",
            Self::SameAddress => "D2",
            Self::RecentlyNotified => "N6",
            Self::NoRecipients => "N5",
            Self::Emailed => "N3",
        }
    }
}

/// One reason: what held, and the facts that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What held.
    pub code: Code,
    /// What shows it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// The facts behind a reason: those that its code has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When it happened (a join, a reply, a coming online, an unsubscribing).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// Who did it, or who was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<OperatorId>,
    /// On which device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device: Option<DeviceRef>,
    /// Since when it held.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Timestamp>,
    /// Until when it holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// Which setting, by its name in `PATCH /api/v1/account` or `/api/v1/me`, or the plan's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub setting: Option<String>,
    /// The delay that was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delay: Option<Span>,
    /// Which message: the reply, or the last one seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seq: Option<u64>,
}

/// A device as evidence names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRef {
    /// The id that its client made.
    pub id: DeviceId,
    /// What it calls itself ("iPhone").
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl Reason {
    /// A reason that needs no evidence.
    pub fn bare(code: Code) -> Self {
        Self { code, evidence: Evidence::default() }
    }

    /// A reason with its evidence.
    pub fn with(code: Code, evidence: Evidence) -> Self {
        Self { code, evidence }
    }
}
