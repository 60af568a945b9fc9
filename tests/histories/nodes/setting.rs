//! The account of these histories. Its delays are short, so that a history is.

use doorbell::domain::account::{Account, Delays, Locale, NotificationSettings, Operator, Plan, Role, Switch};
use doorbell::domain::ids::{AccountId, ConversationId, OperatorId};
use doorbell::domain::time::{Span, Timestamp};
use uuid::Uuid;

pub(super) const OPERATORS: usize = 3;
pub(super) const VISITORS: usize = 2;
pub(super) const DELAYS: Delays = Delays {
    offline: Span::from_secs(40),
    missed: Span::from_secs(40),
    cooldown: Span::from_secs(120),
    flap_cap: Span::from_secs(120),
};

pub(super) fn operator(place: usize) -> OperatorId {
    OperatorId(Uuid::from_u128(10 + place as u128))
}

pub(super) fn conversation(place: usize) -> ConversationId {
    ConversationId(Uuid::from_u128(50 + place as u128))
}

pub(super) fn account() -> Account {
    let created_at = Timestamp(1_740_000_000_000);
    let person = |place: usize| Operator {
        id: operator(place),
        name: format!("Operator {place}"),
        email: format!("operator{place}@flowers.test"),
        role: Role::Agent,
        active: true,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at: created_at + Span(place as i64),
    };
    Account {
        id: AccountId(Uuid::from_u128(1)),
        name: "Flowers".to_owned(),
        plan: Plan::Standard,
        locale: Locale::En,
        timezone: "Europe/Prague".to_owned(),
        notifications: NotificationSettings::default(),
        allowed_origins: Vec::new(),
        origins_since: None,
        widget_keys: Vec::new(),
        operators: (0..OPERATORS).map(person).collect(),
        groups: Vec::new(),
        suppressed: Vec::new(),
        blocked: Vec::new(),
        audited: 0,
        created_at,
        changed_at: created_at,
    }
}
