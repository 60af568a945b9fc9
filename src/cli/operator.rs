//! `doorbell operator …`: people of an account, from the command line (a forgotten admin password).

use serde::Serialize;

use super::account::account_id;
use super::args::{OperatorAddArgs, OperatorCommand, OperatorListArgs, OperatorPasswordArgs, OperatorSetArgs};
use super::{CliError, Password, Table};
use crate::domain::account::{Operator, Role};
use crate::domain::ids::OperatorId;
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

async fn list(args: OperatorListArgs, _settings: Settings) -> Result<(), CliError> {
    let _account = account_id(&args.account)?;
    Err(CliError::Failed("not built yet".to_owned()))
}

async fn add(args: OperatorAddArgs, _settings: Settings) -> Result<(), CliError> {
    let _account = account_id(&args.account)?;
    let _password = Password::choose(args.password_stdin)?;
    Err(CliError::Failed("not built yet".to_owned()))
}

async fn set(args: OperatorSetArgs, _settings: Settings) -> Result<(), CliError> {
    let _operator = operator_id(&args.operator)?;
    Err(CliError::Failed("not built yet".to_owned()))
}

async fn password(args: OperatorPasswordArgs, _settings: Settings) -> Result<(), CliError> {
    let _operator = operator_id(&args.operator)?;
    let _password = Password::choose(args.password_stdin)?;
    Err(CliError::Failed("not built yet".to_owned()))
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
