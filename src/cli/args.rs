//! What can be written on the command line.
//!
//! Ids are plain texts here: one that names nothing is a failure of the command (1), not of its usage (2).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::check::CheckArgs;
use super::mail::test::MailTestArgs;
use crate::domain::account::{Locale, Plan, Role};

/// Presence and notification server for live chat.
#[derive(Clone, Debug, Parser)]
#[command(name = "doorbell", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// The configuration; without one, the defaults and the environment count. `doorbell.example.toml` explains every key
    #[arg(long, value_name = "FILE", env = "DOORBELL_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Where the accounts live, instead of `store.url`: sqlite:FILE, memory:, redis://HOST:PORT/DATABASE or
    /// redis-sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE
    #[arg(long, value_name = "URL", global = true)]
    pub store: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The flags that stand for a key of the configuration: flag, key, value.
    pub fn flags(&self) -> Vec<(&'static str, &'static str, String)> {
        let bind = match &self.command {
            Command::Serve(args) => args.bind.clone(),
            _ => None,
        };
        let store = self.store.clone().map(|url| ("--store", "store.url", url));
        let bind = bind.map(|address| ("--bind", "server.bind", address));
        store.into_iter().chain(bind).collect()
    }
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Try it out: a server on a throw-away store with an account, three operators, a shop page and a mailbox
    Demo(DemoArgs),
    /// Make, list and change accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// List, add and change the operators of an account
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Say why somebody did, or did not, get an email about a conversation
    Explain(ExplainArgs),
    /// Set up and try out how mail leaves
    #[command(subcommand)]
    Mail(MailCommand),
    /// Move an installation into another store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look over the configuration, the store, the address, the relay and what the DNS says of the sender's domain
    Check(CheckArgs),
}

/// `doorbell serve`
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// The address to listen at, instead of `server.bind`: HOST:PORT
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<String>,
}

/// `doorbell demo`
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The address to listen at; without it a free port of this machine is taken
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<std::net::SocketAddr>,
}

/// `doorbell account …`
#[derive(Clone, Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account and its first admin
    Create(AccountCreateArgs),
    /// List the accounts
    List(ListArgs),
    /// Change an account's plan
    Set(AccountSetArgs),
}

/// `doorbell account create`
#[derive(Clone, Debug, Args)]
pub struct AccountCreateArgs {
    /// The company's name
    #[arg(long)]
    pub name: String,
    /// What it pays for
    #[arg(long)]
    pub plan: PlanArg,
    /// The admin's address: the login, and where notifications go
    #[arg(long)]
    pub email: String,
    /// Read the admin's password from a line of stdin; without it one is made and printed
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell account list`
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell account set`
#[derive(Clone, Debug, Args)]
pub struct AccountSetArgs {
    /// The account's id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// What it pays for from now on
    #[arg(long)]
    pub plan: PlanArg,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell operator …`
#[derive(Clone, Debug, Subcommand)]
pub enum OperatorCommand {
    /// List the operators of an account
    List(OperatorListArgs),
    /// Add an operator to an account
    Add(OperatorAddArgs),
    /// Change an operator
    Set(OperatorSetArgs),
    /// Give an operator a new password; every session of theirs ends
    Password(OperatorPasswordArgs),
}

/// `doorbell operator list`
#[derive(Clone, Debug, Args)]
pub struct OperatorListArgs {
    /// The account's id
    #[arg(long)]
    pub account: String,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell operator add`
#[derive(Clone, Debug, Args)]
pub struct OperatorAddArgs {
    /// The account's id
    #[arg(long)]
    pub account: String,
    /// As colleagues and visitors see them
    #[arg(long)]
    pub name: String,
    /// The login, and where notifications go
    #[arg(long)]
    pub email: String,
    /// What they may do
    #[arg(long, default_value = "agent")]
    pub role: RoleArg,
    /// Read the password from a line of stdin; without it one is made and printed
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell operator set`
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true).args(["email", "name", "role", "active"]))]
pub struct OperatorSetArgs {
    /// The operator's id
    #[arg(value_name = "OPERATOR")]
    pub operator: String,
    /// A new address: the login and where mails go, at once
    #[arg(long)]
    pub email: Option<String>,
    /// A new name
    #[arg(long)]
    pub name: Option<String>,
    /// What they may do from now on
    #[arg(long)]
    pub role: Option<RoleArg>,
    /// `false` deactivates: their sockets are closed and no mail is sent to them
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    pub active: Option<bool>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell operator password`
#[derive(Clone, Debug, Args)]
pub struct OperatorPasswordArgs {
    /// The operator's id
    #[arg(value_name = "OPERATOR")]
    pub operator: String,
    /// Read the password from a line of stdin; without it one is made and printed
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell explain`
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The conversation's id
    #[arg(value_name = "CONVERSATION")]
    pub conversation: String,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `doorbell mail …`
#[derive(Clone, Debug, Subcommand)]
pub enum MailCommand {
    /// Make a key for DKIM signatures, or look at one, and print the DNS record by which receivers verify them
    Key(super::mail::key::KeyArgs),
    /// Send a test letter, and print the whole conversation with the server about it
    Test(MailTestArgs),
}

/// `doorbell store …`
#[derive(Clone, Debug, Subcommand)]
pub enum StoreCommand {
    /// Move everything into an empty store, while no server runs; afterwards both are read and compared
    Move(StoreMoveArgs),
}

/// `doorbell store move`
#[derive(Clone, Debug, Args)]
pub struct StoreMoveArgs {
    /// Where the accounts live now: sqlite:FILE, or a Redis as `--store` names it. It is left as it is
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// Where they will live: a file that is not there yet, or an empty database of a Redis
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// If a move into it was not finished: remove what that wrote, and start over
    #[arg(long)]
    pub restart: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// How a command prints what it found or made.
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Print JSON, for programs
    #[arg(long)]
    pub json: bool,
}

/// A plan by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanArg {
    /// Offline emails only
    Free,
    /// Missed emails too
    Standard,
    /// Groups too
    Pro,
}

impl From<PlanArg> for Plan {
    fn from(plan: PlanArg) -> Self {
        match plan {
            PlanArg::Free => Self::Free,
            PlanArg::Standard => Self::Standard,
            PlanArg::Pro => Self::Pro,
        }
    }
}

/// A language by its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LocaleArg {
    /// Czech
    Cs,
    /// English
    En,
}

impl From<LocaleArg> for Locale {
    fn from(locale: LocaleArg) -> Self {
        match locale {
            LocaleArg::Cs => Self::Cs,
            LocaleArg::En => Self::En,
        }
    }
}

/// A role by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Everything in the account
    Admin,
    /// Conversations, and the own profile
    Agent,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Admin => Self::Admin,
            RoleArg::Agent => Self::Agent,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_takes_a_configuration_and_a_store() {
        for command in [
            "serve",
            "demo",
            "account create --name N --plan pro --email a@b.test --password-stdin --json",
            "account list --json",
            "account set ID --plan free",
            "operator list --account ID --json",
            "operator add --account ID --name N --email a@b.test --role admin",
            "operator set ID --active false",
            "operator password ID --password-stdin",
            "explain ID --json",
            "mail key --domain example.com --selector bell --out dkim.pem --ed25519 --json",
            "mail key --show dkim.pem",
            "mail test a@b.test --locale cs --json",
            "store move --from sqlite:a --to redis://b --restart --json",
            "check --verbose --resolver 127.0.0.1:53 --sends-from 192.0.2.1 --json",
        ] {
            let cli = parse(&format!("doorbell {command} --config c.toml --store memory:")).unwrap();
            assert_eq!(cli.config.as_deref(), Some(std::path::Path::new("c.toml")), "{command}");
            assert_eq!(cli.flags(), [("--store", "store.url", "memory:".to_owned())], "{command}");
        }
    }

    #[test]
    fn the_address_of_serve_is_a_setting() {
        let cli = parse("doorbell serve --bind 127.0.0.1:1").unwrap();
        assert_eq!(cli.flags(), [("--bind", "server.bind", "127.0.0.1:1".to_owned())]);
    }

    #[test]
    fn a_wrong_usage_is_2() {
        for command in [
            "",
            "no-such-command",
            "serve --no-such-flag",
            "explain",
            "account create --name x",
            "account create --name x --plan gold --email a@b.test",
            "operator set ID",
            "operator set ID --active maybe",
            "mail",
            "mail key --domain example.com --selector bell",
            "mail key --domain example.com --selector bell --out a --show b",
            "mail key --domain example.com --selector bell --show b --ed25519",
            "mail key --domain exa_mple..com --selector bell --out a",
            "mail key --domain example.com --selector b/l --out a",
            "mail test",
            "store move --from sqlite:a",
            "check --resolver nowhere",
        ] {
            assert_eq!(parse(&format!("doorbell {command}")).unwrap_err().exit_code(), 2, "{command}");
        }
    }
}
