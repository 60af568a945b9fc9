//! `doorbell operator …`: people of an account, from the command line (a forgotten admin password).

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::account::account_id;
use super::args::{OperatorAddArgs, OperatorCommand, OperatorListArgs, OperatorPasswordArgs, OperatorSetArgs, Output};
use super::{CliError, Password, Table, beside, print};
use crate::domain::account::{Account, Operator, Role};
use crate::domain::ids::OperatorId;
use crate::office::operators::{self, NewOperator, OperatorChange};
use crate::office::values::{Email, Name};
use crate::office::{accounts, change, sessions};
use crate::ports::journal::Store;
use crate::settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// Where the account or the operator does not exist, a value is refused, or the store cannot be used.
pub async fn run(command: OperatorCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        OperatorCommand::List(args) => list(args, settings).await,
        OperatorCommand::Add(args) => add(args, settings).await,
        OperatorCommand::Set(args) => set(args, settings).await,
        OperatorCommand::Password(args) => password(args, settings).await,
    }
}

async fn list(args: OperatorListArgs, settings: Settings) -> Result<(), CliError> {
    let account = change::load(&beside::open(&settings)?, account_id(&args.account)?).await?;
    print(&OperatorList { items: account.operators.iter().map(OperatorListed::from).collect() }, args.output)
}

async fn add(args: OperatorAddArgs, settings: Settings) -> Result<(), CliError> {
    let account = account_id(&args.account)?;
    let password = Password::choose(args.password_stdin)?;
    let new = NewOperator {
        id: OperatorId(Uuid::now_v7()),
        name: Name::parse("--name", &args.name)?,
        email: Email::parse("--email", &args.email)?,
        role: args.role.into(),
        active: true,
        groups: Vec::new(),
        password: Some(password.hash(&[&args.name, &args.email])?),
    };
    let store = beside::open(&settings)?;
    let account = change::commit(&store, account, |account, now| operators::add(account, &new, now)).await?;
    told(&account, new.id, password.to_print(), args.output)
}

async fn set(args: OperatorSetArgs, settings: Settings) -> Result<(), CliError> {
    let id = operator_id(&args.operator)?;
    let wanted = OperatorChange {
        name: args.name.map(|name| Name::parse("--name", &name)).transpose()?,
        email: args.email.map(|email| Email::parse("--email", &email)).transpose()?,
        role: args.role.map(Role::from),
        active: args.active,
        ..OperatorChange::default()
    };
    let store = beside::open(&settings)?;
    let account = apply(&store, id, &wanted).await?;
    told(&account, id, None, args.output)
}

/// Every session ends: who forgot the password may have lost more than that.
async fn password(args: OperatorPasswordArgs, settings: Settings) -> Result<(), CliError> {
    let id = operator_id(&args.operator)?;
    let password = Password::choose(args.password_stdin)?;
    let store = beside::open(&settings)?;
    let account = accounts::of_operator(&store, id).await?;
    let about = account.operator(id).map(|o| [o.name.as_str(), o.email.as_str(), &account.name]).unwrap_or_default();
    let wanted = OperatorChange { password: Some(password.hash(&about)?), ..OperatorChange::default() };
    let account = apply(&store, id, &wanted).await?;
    told(&account, id, password.to_print(), args.output)
}

/// A new password, or a deactivation, ends every log-in (rule P9): in its own commit, and those that began meanwhile.
async fn apply(store: &Arc<dyn Store>, id: OperatorId, wanted: &OperatorChange) -> Result<Account, CliError> {
    let account = accounts::of_operator(store, id).await?.id;
    let ends = wanted.active == Some(false) || wanted.password.is_some();
    let endings = sessions::endings(store, id, |_| ends).await?;
    let changed = change::commit(store, account, |account, now| {
        let mut records = operators::change(account, id, wanted, now)?;
        records.extend(endings.records.iter().cloned());
        Ok(records)
    });
    let account = changed.await?;
    sessions::end(store, id, |_| ends).await?;
    Ok(account)
}

fn told(account: &Account, id: OperatorId, password: Option<String>, output: Output) -> Result<(), CliError> {
    let operator = account.operator(id).ok_or_else(|| CliError::Failed(format!("there is no operator {id}")))?;
    print(&OperatorTold(OperatorListed { password, ..OperatorListed::from(operator) }), output)
}

/// One operator: the object itself as JSON, a table of one row as text.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct OperatorTold(OperatorListed);

impl std::fmt::Display for OperatorTold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        OperatorList { items: vec![self.0.clone()] }.fmt(f)
    }
}

/// The id that was written. One that is none names no operator.
fn operator_id(text: &str) -> Result<OperatorId, CliError> {
    text.parse().map_err(|_| CliError::Failed(format!("there is no operator {text}")))
}

/// An operator as the commands tell one.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorListed {
    /// Who.
    pub id: OperatorId,
    /// What they may do.
    pub role: Role,
    /// `false`: deactivated.
    pub active: bool,
    /// The login, and where notifications go.
    pub email: String,
    /// As colleagues and visitors see them.
    pub name: String,
    /// Only where it was made here: one that came on stdin is not repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl From<&Operator> for OperatorListed {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id,
            role: operator.role,
            active: operator.active,
            email: operator.email.clone(),
            name: operator.name.clone(),
            password: None,
        }
    }
}

/// A list of operators: `{ "items": […] }` as JSON, a table as text.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorList {
    /// In the order of their creation.
    pub items: Vec<OperatorListed>,
}

impl std::fmt::Display for OperatorList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table = Table::new(["operator", "role", "active", "email", "name"]);
        for operator in &self.items {
            let role = match operator.role {
                Role::Admin => "admin",
                Role::Agent => "agent",
            };
            table.row([
                operator.id.to_string(),
                role.to_owned(),
                if operator.active { "yes" } else { "no" }.to_owned(),
                operator.email.clone(),
                operator.name.clone(),
            ]);
        }
        table.fmt(f)?;
        self.items.iter().filter_map(|o| o.password.as_ref()).try_for_each(|p| writeln!(f, "password  {p}"))
    }
}
