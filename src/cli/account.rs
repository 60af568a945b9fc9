//! `doorbell account …`: the administrator's side. Plans are set only here.

use serde::Serialize;

use super::args::{AccountCommand, AccountCreateArgs, AccountSetArgs, ListArgs};
use super::{CliError, Password, Table, beside, print};
use crate::domain::account::{Account, Locale, Plan};
use crate::domain::ids::{AccountId, OperatorId};
use crate::office::accounts::{self, NewAccount};
use crate::office::values::{Email, Name, Timezone};
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

async fn create(args: AccountCreateArgs, settings: Settings) -> Result<(), CliError> {
    let password = Password::choose(args.password_stdin)?;
    let email = Email::parse("--email", &args.email)?;
    let new = NewAccount {
        name: Name::parse("--name", &args.name)?,
        plan: args.plan.into(),
        locale: Locale::default(),
        timezone: Timezone::default(),
        admin: Name::of_address(&email),
        password: password.hash(&[&args.name, &args.email])?,
        email,
    };
    let account = accounts::create(&beside::open(&settings)?, new).await?;
    let admin = account.operators.first().ok_or_else(|| CliError::failed("the account has no admin"))?;
    let made = AccountCreated {
        account: account.id,
        operator: admin.id,
        widget_key: widget_key(&account),
        password: password.to_print(),
    };
    print(&made, args.output)
}

async fn list(args: ListArgs, settings: Settings) -> Result<(), CliError> {
    let accounts = accounts::list(&beside::open(&settings)?).await?;
    print(&AccountList { items: accounts.iter().map(AccountListed::from).collect() }, args.output)
}

async fn set(args: AccountSetArgs, settings: Settings) -> Result<(), CliError> {
    let id = account_id(&args.account)?;
    let account = accounts::set_plan(&beside::open(&settings)?, id, args.plan.into()).await?;
    print(&AccountList { items: vec![AccountListed::from(&account)] }, args.output)
}

fn widget_key(account: &Account) -> String {
    account.widget_keys.first().map(|key| key.key.clone()).unwrap_or_default()
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

impl From<&Account> for AccountListed {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            plan: account.plan,
            operators: account.operators.iter().filter(|o| o.active).count(),
            widget_key: widget_key(account),
            name: account.name.clone(),
        }
    }
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
                account.plan.as_str().to_owned(),
                account.operators.to_string(),
                account.widget_key.clone(),
                account.name.clone(),
            ]);
        }
        table.fmt(f)
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
