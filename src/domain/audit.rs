//! What admins did to an account: worked out of the settings before and after, so that no change can be forgotten, nor told
//! otherwise than it was.

use serde::{Deserialize, Serialize};

use super::account::{Account, Group, KindSettings, NotificationSettings, Operator, Plan};
use super::ids::{GroupId, LetterId, OperatorId};
use super::notice::refusals::domain_of;
use super::time::Timestamp;

/// One entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who; `None`: the command line.
    pub by: Option<Doer>,
    /// What.
    #[serde(flatten)]
    pub done: Done,
}

/// An admin, under the name that they had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doer {
    /// Who.
    pub id: OperatorId,
    /// Their name.
    pub name: String,
}

/// What was done, to what. No value that is a secret, and no text that somebody wrote to somebody, is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What.
    pub act: Act,
    /// To what; `None`: to the account itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<Subject>,
    /// Which fields were changed, by their names in the interface.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fields: Vec<String>,
    /// The plan before and after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plans: Option<(Plan, Plan)>,
}

/// The stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Somebody was added.
    OperatorAdded,
    /// Somebody was sent an invitation, once more.
    OperatorInvited,
    /// Something about somebody was changed.
    OperatorChanged,
    /// Somebody was deactivated.
    OperatorDeactivated,
    /// Somebody was given a password.
    PasswordSet,
    /// A colleague was made to appear offline (rule P3).
    ForcedOffline,
    /// That was ended.
    ForcedOfflineEnded,
    /// A group was made.
    GroupCreated,
    /// Its name or its members were changed.
    GroupChanged,
    /// It was deleted.
    GroupDeleted,
    /// A setting of the account was changed.
    AccountChanged,
    /// Another plan.
    PlanChanged,
    /// A new key for the widget.
    WidgetKeyReplaced,
    /// An address is mailed again (rule D5).
    SuppressionCleared,
    /// A domain's server is said to let us in again (rule D5).
    DomainAllowed,
    /// An email was told to be tried again.
    EmailRetried,
}

/// To what something was done, under the name that it had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// To somebody.
    Operator {
        /// Who.
        id: OperatorId,
        /// Their name.
        name: String,
    },
    /// To a group.
    Group {
        /// Which.
        id: GroupId,
        /// Its name.
        name: String,
    },
    /// To an email.
    Email {
        /// Which.
        id: LetterId,
    },
    /// To a domain.
    Domain {
        /// Which.
        id: String,
    },
    /// To an address.
    Address {
        /// Which.
        id: String,
    },
}

impl Done {
    /// An act upon something, without more to say.
    pub fn to(act: Act, subject: Subject) -> Self {
        Self { act, subject: Some(subject), fields: Vec::new(), plans: None }
    }

    /// An act upon an operator of the account.
    pub fn to_operator(act: Act, account: &Account, id: OperatorId) -> Self {
        let name = account.operator(id).map(|operator| operator.name.clone()).unwrap_or_default();
        Self::to(act, Subject::Operator { id, name })
    }

    fn to_account(act: Act) -> Self {
        Self { act, subject: None, fields: Vec::new(), plans: None }
    }

    fn with(mut self, fields: Vec<&str>) -> Self {
        self.fields = fields.into_iter().map(str::to_owned).collect();
        self
    }
}

/// What differs between the settings before a change and after it; passwords are not in them.
pub fn between(before: &Account, after: &Account) -> Vec<Done> {
    let mut done = Vec::new();
    for operator in &after.operators {
        match before.operator(operator.id) {
            None => done.push(Done::to_operator(Act::OperatorAdded, after, operator.id)),
            Some(was) => done.extend(to_operator(was, operator)),
        }
    }
    done.extend(to_groups(&before.groups, &after.groups));
    done.extend(to_account(before, after));
    let is_used = |address: &str| after.operators.iter().any(|o| o.email.to_lowercase() == address);
    let is_cleared = |address: &str| !after.suppressed.iter().any(|s| s.address == address);
    // One that nobody has any more was forgotten with the change of the address.
    let cleared = before.suppressed.iter().filter(|s| is_cleared(&s.address) && is_used(&s.address));
    done.extend(cleared.map(|s| Done::to(Act::SuppressionCleared, Subject::Address { id: s.address.clone() })));
    done.extend(allowed(before, after, is_used));
    done
}

/// The domains that are said to let us in again.
fn allowed(before: &Account, after: &Account, is_used: impl Fn(&str) -> bool) -> Vec<Done> {
    let is_blocked = |domain: &str| after.blocked.iter().any(|b| domain_of(&b.address) == domain);
    let blocked = before.blocked_domains();
    let allowed = blocked.iter().filter(|b| !is_blocked(b.domain) && b.addresses.iter().any(|a| is_used(a)));
    allowed.map(|b| Done::to(Act::DomainAllowed, Subject::Domain { id: b.domain.to_owned() })).collect()
}

/// Takes every field apart, so that one that is new has to be thought of here.
fn to_operator(was: &Operator, is: &Operator) -> Vec<Done> {
    let Operator { id, name, email, role, active, locale, offline, missed, created_at: _ } = is;
    let changed = [
        ("name", was.name != *name),
        ("email", was.email != *email),
        ("role", was.role != *role),
        ("active", !was.active && *active),
        ("locale", was.locale != *locale),
        ("notifications.offline", was.offline != *offline),
        ("notifications.missed", was.missed != *missed),
    ];
    let subject = || Subject::Operator { id: *id, name: name.clone() };
    let fields = named(&changed);
    let mut done = Vec::new();
    if !fields.is_empty() {
        done.push(Done::to(Act::OperatorChanged, subject()).with(fields));
    }
    if was.active && !active {
        done.push(Done::to(Act::OperatorDeactivated, subject()));
    }
    done
}

fn to_groups(before: &[Group], after: &[Group]) -> Vec<Done> {
    let to = |act, group: &Group| Done::to(act, Subject::Group { id: group.id, name: group.name.clone() });
    let mut done = Vec::new();
    for group @ Group { id, name, operators } in after {
        match before.iter().find(|was| was.id == *id) {
            None => done.push(to(Act::GroupCreated, group)),
            Some(was) => {
                let fields = named(&[("name", was.name != *name), ("operators", was.operators != *operators)]);
                if !fields.is_empty() {
                    done.push(to(Act::GroupChanged, group).with(fields));
                }
            }
        }
    }
    let gone = before.iter().filter(|was| !after.iter().any(|is| is.id == was.id));
    done.extend(gone.map(|was| to(Act::GroupDeleted, was)));
    done
}

/// Takes every field apart, likewise.
fn to_account(before: &Account, after: &Account) -> Vec<Done> {
    let Account {
        name,
        plan,
        locale,
        timezone,
        notifications,
        allowed_origins,
        widget_keys,
        // Told apart.
        operators: _,
        groups: _,
        suppressed: _,
        blocked: _,
        // Not changed by anybody, or along with what is.
        id: _,
        origins_since: _,
        audited: _,
        created_at: _,
        changed_at: _,
    } = after;
    let mut fields = named(&[
        ("name", before.name != *name),
        ("locale", before.locale != *locale),
        ("timezone", before.timezone != *timezone),
        ("allowed_origins", before.allowed_origins != *allowed_origins),
    ]);
    fields.extend(of_notifications(&before.notifications, notifications));
    let mut done = Vec::new();
    if !fields.is_empty() {
        done.push(Done::to_account(Act::AccountChanged).with(fields));
    }
    if before.plan != *plan {
        done.push(Done { plans: Some((before.plan, *plan)), ..Done::to_account(Act::PlanChanged) });
    }
    if before.widget_keys.first() != widget_keys.first() {
        done.push(Done::to_account(Act::WidgetKeyReplaced));
    }
    done
}

fn of_notifications(was: &NotificationSettings, is: &NotificationSettings) -> Vec<&'static str> {
    let NotificationSettings { offline, missed, cooldown, read_cancels, missed_recipients, include_text } = is;
    let of_kind = |was: &KindSettings, is: &KindSettings| {
        let KindSettings { enabled, delay } = is;
        [was.enabled != *enabled, was.delay != *delay]
    };
    let [offline_enabled, offline_delay] = of_kind(&was.offline, offline);
    let [missed_enabled, missed_delay] = of_kind(&was.missed, missed);
    named(&[
        ("notifications.offline.enabled", offline_enabled),
        ("notifications.offline.delay_s", offline_delay),
        ("notifications.missed.enabled", missed_enabled),
        ("notifications.missed.delay_s", missed_delay),
        ("notifications.cooldown_s", was.cooldown != *cooldown),
        ("notifications.read_cancels", was.read_cancels != *read_cancels),
        ("notifications.missed_recipients", was.missed_recipients != *missed_recipients),
        ("notifications.include_text", was.include_text != *include_text),
    ])
}

fn named<'a>(changed: &[(&'a str, bool)]) -> Vec<&'a str> {
    changed.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect()
}
