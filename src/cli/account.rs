//! `doorbell account …`: the administrator's side. Plans are set only here.

use serde::Serialize;

use super::args::{AccountCommand, AccountCreateArgs, AccountSetArgs, ListArgs};
use super::{CliError, Password, Table};
use crate::domain::account::Plan;
use crate::domain::ids::{AccountId, OperatorId};
use crate::settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// Where the account does not exist, a value is refused, or the store cannot be used.
pub async fn run(command: AccountCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        AccountCommand::Create(args) => create(args, settings).await,
        AccountCommand::List(args) => list(args, settings).await,
        AccountCommand::Set(args) => set(args, settings).await,
    }
}

async fn create(args: AccountCreateArgs, _settings: Settings) -> Result<(), CliError> {
    let _password = Password::choose(args.password_stdin)?;
    Err(CliError::Failed("not built yet".to_owned()))
}

async fn list(_args: ListArgs, _settings: Settings) -> Result<(), CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}

async fn set(args: AccountSetArgs, _settings: Settings) -> Result<(), CliError> {
    let _id = account_id(&args.account)?;
    Err(CliError::Failed("not built yet".to_owned()))
}

/// The id that was written. One that is none names no account.
pub(super) fn account_id(text: &str) -> Result<AccountId, CliError> {
    text.parse().map_err(|_| CliError::Failed(format!("there is no account {text}")))
}

/// What `account create` made.
#[derive(Clone, Debug, Serialize)]
pub struct AccountCreated {
    /// The account.
    pub account: AccountId,
    /// Its first admin.
    pub operator: OperatorId,
    /// What its web site's widget names it by.
    pub widget_key: String,
    /// Only where it was made here: one that came on stdin is not repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl std::fmt::Display for AccountCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "account     {}", self.account)?;
        writeln!(f, "operator    {}", self.operator)?;
        writeln!(f, "widget key  {}", self.widget_key)?;
        match &self.password {
            Some(password) => writeln!(f, "password    {password}"),
            None => Ok(()),
        }
    }
}

/// An account as `account list` and `account set` tell it.
#[derive(Clone, Debug, Serialize)]
pub struct AccountListed {
    /// Which.
    pub id: AccountId,
    /// Its plan.
    pub plan: Plan,
    /// How many of its operators are active.
    pub operators: usize,
    /// What its web site's widget names it by.
    pub widget_key: String,
    /// Its name.
    pub name: String,
}

/// A list of accounts: `{ "items": […] }` as JSON, a table as text.
#[derive(Clone, Debug, Serialize)]
pub struct AccountList {
    /// In the order of their ids.
    pub items: Vec<AccountListed>,
}

impl std::fmt::Display for AccountList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table = Table::new(["account", "plan", "operators", "widget key", "name"]);
        for account in &self.items {
            table.row([
                account.id.to_string(),
                plan_name(account.plan).to_owned(),
                account.operators.to_string(),
                account.widget_key.clone(),
                account.name.clone(),
            ]);
        }
        table.fmt(f)
    }
}

fn plan_name(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "free",
        Plan::Standard => "standard",
        Plan::Pro => "pro",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_was_given_is_not_repeated() {
        let id = uuid::Uuid::nil();
        let mut made = AccountCreated {
            account: AccountId(id),
            operator: OperatorId(id),
            widget_key: "key".to_owned(),
            password: None,
        };
        assert!(serde_json::to_value(&made).unwrap().get("password").is_none());
        assert!(!made.to_string().contains("password"));
        made.password = Some("made here".to_owned());
        assert_eq!(serde_json::to_value(&made).unwrap()["password"], "made here");
        assert!(made.to_string().contains("made here"));
    }

    #[test]
    fn an_account_and_its_plan_stand_on_one_line() {
        let id = AccountId(uuid::Uuid::nil());
        let name = "Hračky s.r.o.".to_owned();
        let account = AccountListed { id, plan: Plan::Pro, operators: 3, widget_key: "key".to_owned(), name };
        let text = AccountList { items: vec![account] }.to_string();
        let line = text.lines().find(|line| line.contains(&id.to_string())).unwrap();
        assert!(line.contains("pro") && line.contains("Hračky"), "{line}");
    }
}
