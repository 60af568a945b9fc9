//! An account as its settings document holds it: plan, switches, groups, operators, addresses.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, GroupId, OperatorId};
use super::notice::class::Class;
use super::time::{Span, Timestamp};

/// What a company pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Offline emails only.
    Free,
    /// Missed emails too.
    Standard,
    /// Groups too.
    Pro,
}

impl Plan {
    /// Missed notifications need plan standard or pro (rule N9).
    pub fn has_missed(self) -> bool {
        self != Self::Free
    }

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Standard => "standard",
            Self::Pro => "pro",
        }
    }

    /// Groups need plan pro (rule N9).
    pub fn has_groups(self) -> bool {
        self == Self::Pro
    }
}

/// A language that doorbell speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// Czech.
    Cs,
    /// English.
    #[default]
    En,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in the account.
    Admin,
    /// Conversations, and the own profile.
    Agent,
}

/// The two kinds of email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody wrote while nobody was there (rule N1).
    Offline,
    /// Somebody left before an answer (rule N2).
    Missed,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Offline, Self::Missed];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Missed => "missed",
        }
    }
}

/// An operator's own switch for one kind of email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case", tag = "switch")]
pub enum Switch {
    /// Mails are wanted (the default, rule D1).
    #[default]
    On,
    /// Switched off in the profile.
    Off,
    /// Switched off by the link in a mail (rule D4).
    Unsubscribed {
        /// When.
        at: Timestamp,
    },
}

impl Switch {
    /// Whether mails are wanted.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// A person of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// As colleagues and visitors see it.
    pub name: String,
    /// The login and where notifications go.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// `false`: deactivated.
    pub active: bool,
    /// The language of their mails; `None`: the account's.
    pub locale: Option<Locale>,
    /// Their switch for offline emails.
    pub offline: Switch,
    /// Their switch for missed emails.
    pub missed: Switch,
    /// The order in which operators who share an address are preferred (rule D2).
    pub created_at: Timestamp,
}

impl Operator {
    /// Their switch for one kind.
    pub fn switch(&self, kind: Kind) -> Switch {
        match kind {
            Kind::Offline => self.offline,
            Kind::Missed => self.missed,
        }
    }

    /// The same, to be changed.
    pub fn switch_mut(&mut self, kind: Kind) -> &mut Switch {
        match kind {
            Kind::Offline => &mut self.offline,
            Kind::Missed => &mut self.missed,
        }
    }
}

/// A named set of operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its members, deactivated ones included.
    pub operators: Vec<OperatorId>,
}

/// Whom an opening excludes from an offline email (rule N7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ReadCancels {
    /// The reader.
    #[default]
    Reader,
    /// Everybody, once one of the audience has seen all.
    Everyone,
}

/// Who gets a missed email (rule D1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MissedRecipients {
    /// Those who were online.
    #[default]
    Online,
    /// The whole audience.
    Audience,
}

/// The account's setting of one kind of email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSettings {
    /// `false`: the account gets none of this kind.
    pub enabled: bool,
    /// The account's own delay; `None`: the server's.
    pub delay: Option<Span>,
}

impl Default for KindSettings {
    fn default() -> Self {
        Self { enabled: true, delay: None }
    }
}

/// The account's settings of its emails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// Offline emails.
    pub offline: KindSettings,
    /// Missed emails.
    pub missed: KindSettings,
    /// The account's own pause between two mails about one conversation (rule N6); `None`: the server's.
    pub cooldown: Option<Span>,
    /// Whom an opening excludes.
    pub read_cancels: ReadCancels,
    /// Who gets a missed email.
    pub missed_recipients: MissedRecipients,
    /// `false`: mails without the texts of messages (rule E1).
    pub include_text: bool,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            offline: KindSettings::default(),
            missed: KindSettings::default(),
            cooldown: None,
            read_cancels: ReadCancels::default(),
            missed_recipients: MissedRecipients::default(),
            include_text: true,
        }
    }
}

impl NotificationSettings {
    /// The settings of one kind.
    pub fn kind(&self, kind: Kind) -> &KindSettings {
        match kind {
            Kind::Offline => &self.offline,
            Kind::Missed => &self.missed,
        }
    }
}

/// The server's delays, from its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// How long the offline condition must hold (rule N3).
    pub offline: Span,
    /// How long the missed condition must hold (rule N3).
    pub missed: Span,
    /// The pause between two mails about one conversation (rule N6).
    pub cooldown: Span,
    /// How far flapping can postpone (rule N8).
    pub flap_cap: Span,
}

/// A key under which a web site's widget knows its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetKey {
    /// The key.
    pub key: String,
    /// When it stops working; `None`: it is the current one.
    pub until: Option<Timestamp>,
}

/// An address that a server refused for good (rule D5): not written to until it is changed or an admin clears it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The address, in small letters.
    pub address: String,
    /// What the refusal meant.
    pub class: Class,
    /// The server's answer, or its beginning.
    pub reply: String,
    /// When.
    pub at: Timestamp,
}

/// That the server behind an address does not let us in (rule D5). The address stays as good as it was; two of one domain are
/// worth telling an admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The address, in small letters.
    pub address: String,
    /// The server's last answer, or its beginning.
    pub reply: String,
    /// When it was first blocked.
    pub since: Timestamp,
    /// Whether that came as a bounce: then the relay's taking the next letter does not disprove it.
    pub bounced: bool,
}

/// The settings document of one company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: Plan,
    /// The language of its operators who chose none.
    pub locale: Locale,
    /// The time zone of its mails, an IANA name.
    pub timezone: String,
    /// What is mailed.
    pub notifications: NotificationSettings,
    /// Web sites that may embed the widget; empty: any.
    pub allowed_origins: Vec<String>,
    /// Since when any web site may, or only those that are named; `None`: since the account was made.
    #[serde(default)]
    pub origins_since: Option<Timestamp>,
    /// The widget's keys, the current one first.
    pub widget_keys: Vec<WidgetKey>,
    /// Its people, in the order of their creation.
    pub operators: Vec<Operator>,
    /// Its groups. Ignored, not deleted, on a plan without groups (rule N9).
    pub groups: Vec<Group>,
    /// Addresses that are not written to. Part of the settings, so that a firing reads them in its own atomic step.
    #[serde(default)]
    pub suppressed: Vec<Suppression>,
    /// Addresses whose servers do not let us in.
    #[serde(default)]
    pub blocked: Vec<Block>,
    /// How many entries the account's audit trail has.
    #[serde(default)]
    pub audited: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When these settings last changed.
    pub changed_at: Timestamp,
}

impl Account {
    /// The settings were changed at `now`; `before` is what they were.
    pub fn on_changed(&mut self, before: &Self, now: Timestamp) {
        self.changed_at = now;
        if self.allowed_origins.is_empty() != before.allowed_origins.is_empty() {
            self.origins_since = Some(now);
        }
    }

    /// Since when any web site may embed the widget; `None`: only those that are named.
    pub fn any_origin_since(&self) -> Option<Timestamp> {
        self.allowed_origins.is_empty().then(|| self.origins_since.unwrap_or(self.created_at))
    }

    /// An operator by id, deactivated ones included.
    pub fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.iter().find(|o| o.id == id)
    }

    /// The same, to be changed.
    pub fn operator_mut(&mut self, id: OperatorId) -> Option<&mut Operator> {
        self.operators.iter_mut().find(|o| o.id == id)
    }

    /// A group by id, on any plan.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.iter().find(|g| g.id == id)
    }

    /// The groups that count: none on a plan without groups (rule N9).
    pub fn effective_groups(&self) -> &[Group] {
        if self.plan.has_groups() { &self.groups } else { &[] }
    }

    /// The group of a page or a conversation as it counts today: an unknown one, or any on a plan without groups, is none.
    pub fn effective_group(&self, id: Option<GroupId>) -> Option<&Group> {
        id.and_then(|id| self.effective_groups().iter().find(|g| g.id == id))
    }

    /// Who answers for conversations of the group (RULES section 1): the group's active operators and the active operators
    /// who are in no group; if that is nobody, or the group counts for nothing, all active operators.
    pub fn audience(&self, group: Option<GroupId>) -> Vec<OperatorId> {
        let active = |o: &&Operator| o.active;
        let everybody = || self.operators.iter().filter(active).map(|o| o.id).collect();
        let Some(group) = self.effective_group(group) else { return everybody() };
        let in_no_group = |id: OperatorId| !self.effective_groups().iter().any(|g| g.operators.contains(&id));
        let audience: Vec<_> = (self.operators.iter().filter(active))
            .map(|o| o.id)
            .filter(|id| group.operators.contains(id) || in_no_group(*id))
            .collect();
        if audience.is_empty() { everybody() } else { audience }
    }

    /// How long a condition must hold here before its mail is due (rule N3).
    pub fn delay(&self, kind: Kind, server: &Delays) -> Span {
        let server = match kind {
            Kind::Offline => server.offline,
            Kind::Missed => server.missed,
        };
        self.notifications.kind(kind).delay.unwrap_or(server)
    }

    /// The pause between two mails about one conversation here (rule N6).
    pub fn cooldown(&self, server: &Delays) -> Span {
        self.notifications.cooldown.unwrap_or(server.cooldown)
    }

    /// The language of an operator's mails and sentences.
    pub fn locale_of(&self, operator: &Operator) -> Locale {
        operator.locale.unwrap_or(self.locale)
    }
}
