//! Who lives in the demo.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use crate::domain::account::{Account, Locale, Plan, Role};
use crate::domain::ids::{GroupId, OperatorId};
use crate::domain::refusal::Refusal;
use crate::office::accounts::{self, NewAccount};
use crate::office::change;
use crate::office::groups;
use crate::office::operators::{self, NewOperator};
use crate::office::passwords::NewPassword;
use crate::office::values::{Email, Name, Timezone};
use crate::ports::journal::Store;
use crate::settings::Settings;

/// Two minutes take so long here.
pub const DELAY: Duration = Duration::from_secs(10);
/// Everybody's password: nothing here is worth a better one.
const PASSWORD: &str = "ring-the-bell";

/// The demo, as its pages are told.
#[derive(Clone, Debug, Serialize)]
pub struct World {
    /// The account's id.
    pub account: String,
    /// The key of the shop's widget.
    pub widget_key: String,
    /// The groups.
    pub groups: Vec<GroupTold>,
    /// The operators, with their passwords.
    pub operators: Vec<OperatorTold>,
    /// The delays.
    pub delays: DelaysTold,
}

/// A group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupTold {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// An operator, and how to log in as them.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorTold {
    /// Their id.
    pub id: OperatorId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// The names of their groups.
    pub groups: Vec<String>,
}

/// The delays, in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DelaysTold {
    /// Of offline mails.
    pub offline_s: u64,
    /// Of missed mails.
    pub missed_s: u64,
}

/// The demo's configuration: everything is shorter, nothing outlives it.
pub fn hurry(settings: &mut Settings) {
    settings.notifications.offline_delay = DELAY;
    settings.notifications.missed_delay = DELAY;
    settings.notifications.cooldown = DELAY * 3;
    settings.notifications.flap_cap = DELAY * 3;
    settings.presence.heartbeat = Duration::from_secs(3);
    settings.presence.visitor_heartbeat = Duration::from_secs(3);
    settings.presence.grace = Duration::from_secs(3);
}

/// Makes the people. Petr and Jana sell, Tomáš mends, and each group answers for its own page of the shop.
///
/// # Errors
/// The store does not answer.
pub async fn populate(store: &Arc<dyn Store>) -> Result<World, Refusal> {
    let hashed = NewPassword::parse("password", PASSWORD)?.hash(&[])?;
    let new = NewAccount {
        name: Name::parse("name", "Toys and Tea")?,
        plan: Plan::Pro,
        locale: Locale::En,
        timezone: timezone(),
        admin: Name::parse("name", "Jana")?,
        email: Email::parse("email", "jana@demo.test")?,
        password: hashed.clone(),
    };
    let account = accounts::create(store, new).await?;
    let jana = account.operators[0].id;
    let (petr, tomas) = (OperatorId(Uuid::now_v7()), OperatorId(Uuid::now_v7()));
    let (sales, service) = (GroupId(Uuid::now_v7()), GroupId(Uuid::now_v7()));
    let agent = |id, name, email| -> Result<NewOperator, Refusal> {
        Ok(NewOperator {
            id,
            name: Name::parse("name", name)?,
            email: Email::parse("email", email)?,
            role: Role::Agent,
            active: true,
            groups: Vec::new(),
            password: Some(hashed.clone()),
        })
    };
    let agents = [agent(petr, "Petr", "petr@demo.test")?, agent(tomas, "Tomáš", "tomas@demo.test")?];
    let names = (Name::parse("name", "Sales")?, Name::parse("name", "Service")?);
    let account = change::commit(store, account.id, move |account, now| {
        let mut records = Vec::new();
        for new in &agents {
            records.extend(operators::add(account, new, now)?);
        }
        records.extend(groups::create(account, sales, &names.0, &[jana, petr])?);
        records.extend(groups::create(account, service, &names.1, &[tomas])?);
        Ok(records)
    })
    .await?;
    Ok(told(&account))
}

/// That of this machine: whoever tries the demo sits at it, and reads the same times everywhere.
fn timezone() -> Timezone {
    let zone = jiff::tz::TimeZone::try_system().ok();
    let name = zone.as_ref().and_then(|zone| zone.iana_name());
    name.and_then(|name| Timezone::parse("timezone", name).ok()).unwrap_or_default()
}

fn told(account: &Account) -> World {
    let groups_of = |id| account.groups.iter().filter(move |g| g.operators.contains(&id)).map(|g| g.name.clone());
    let operator = |o: &crate::domain::account::Operator| OperatorTold {
        id: o.id,
        name: o.name.clone(),
        email: o.email.clone(),
        password: PASSWORD.to_owned(),
        groups: groups_of(o.id).collect(),
    };
    World {
        account: account.id.to_string(),
        widget_key: account.widget_keys[0].key.clone(),
        groups: account.groups.iter().map(|g| GroupTold { id: g.id, name: g.name.clone() }).collect(),
        operators: account.operators.iter().map(operator).collect(),
        delays: DelaysTold { offline_s: DELAY.as_secs(), missed_s: DELAY.as_secs() },
    }
}
