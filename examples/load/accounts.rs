//! Accounts for the load, made beside a running server, without a password check for each.

use std::path::PathBuf;

use clap::Args;
use doorbell::app::{self, OpenMode};
use doorbell::domain::account::{Locale, Plan};
use doorbell::domain::ids::AccountId;
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::passwords::NewPassword;
use doorbell::office::sessions;
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::DocKey;
use doorbell::settings::Settings;

use crate::{Outcome, progress};

/// How many, and where.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The server's configuration
    #[arg(long)]
    config: PathBuf,
    /// How many
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    number: u32,
}

/// Makes them: a widget's key and an operator's token a line.
pub(crate) async fn run(arguments: Arguments) -> Outcome<String> {
    let settings = Settings::from_toml(&std::fs::read_to_string(&arguments.config)?, &arguments.config)?;
    let store = app::open_store(&settings, OpenMode::Beside)?.store;
    // Nobody logs in by it, so one does for all.
    let password = NewPassword::parse("password", "nobody logs in by this")?.hash(&[])?;
    let mut lines = Vec::new();
    let bar = progress(u64::from(arguments.number), "accounts");
    for number in 0..arguments.number {
        let new = NewAccount {
            name: Name::parse("name", &format!("Shop {number}"))?,
            plan: Plan::Pro,
            locale: Locale::En,
            timezone: Timezone::parse("timezone", "Europe/Prague")?,
            admin: Name::parse("name", "Jana")?,
            email: Email::parse("email", &format!("jana{number}@shop.test"))?,
            password: password.clone(),
        };
        let account = accounts::create(&store, new).await?;
        let token = log_in(&store, account.id, account.operators[0].id).await?;
        lines.push(format!("{} {token}", account.widget_keys[0].key));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(lines.join("\n"))
}

async fn log_in(
    store: &std::sync::Arc<dyn doorbell::ports::journal::Store>,
    account: AccountId,
    operator: doorbell::domain::ids::OperatorId,
) -> Outcome<String> {
    loop {
        let found = store.load(vec![DocKey::Settings(account)]).await?;
        let settings = found.into_iter().next().flatten().ok_or("an account that was made is there")?;
        if let Some((token, _)) = sessions::begin(store, account, operator, Some("load"), settings.token).await? {
            return Ok(token);
        }
    }
}
