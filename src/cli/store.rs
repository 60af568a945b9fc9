//! `doorbell store move`: takes an installation over into another store, while no server runs.

use std::fmt;
use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::args::{StoreCommand, StoreMoveArgs};
use super::{CliError, print};
use crate::app;
use crate::settings::{Settings, StoreUrl};
use crate::store::OpenMode;
use crate::store::moving::{self, Moved, Progress, Side, Stage, Sum};

/// Runs the command.
///
/// # Errors
/// The stores cannot be used, a server runs, or the move could not be finished; the error says what to do.
pub async fn run(command: StoreCommand, settings: Settings) -> Result<(), CliError> {
    let StoreCommand::Move(args) = command;
    let [from_name, to_name] = names(&args)?;
    let how = |mode| app::how(&settings, mode);
    let lease = settings.presence.node_lease.into();
    let from = Side::open(&args.from, how(OpenMode::MoveFrom)).map_err(CliError::failed)?;
    moving::look(&from, lease).await.map_err(CliError::failed)?;
    let to = Side::open(&args.to, how(OpenMode::MoveTo)).map_err(CliError::failed)?;
    let mut told = Told::new();
    let moved = moving::run(&from, &to, lease, args.restart, &mut |progress| told.tell(progress)).await;
    told.end();
    let Moved { source, target } = moved.map_err(CliError::failed)?;
    print(
        &Report { source: SideReport::new(from_name, &source), target: SideReport::new(to_name, &target) },
        args.output,
    )
}

/// What the two sides are called in reports: without passwords.
fn names(args: &StoreMoveArgs) -> Result<[String; 2], CliError> {
    let name = |flag: &str, url: &str| match url.parse::<StoreUrl>() {
        Ok(StoreUrl::Sqlite(path)) => Ok(format!("sqlite:{}", path.display())),
        Ok(StoreUrl::Redis(_)) => Ok(without_password(url)),
        Ok(StoreUrl::Memory) => Err(CliError::Usage(format!(
            "{flag}: memory: is gone with its server, so nothing can be moved there or from there"
        ))),
        Err(why) => Err(CliError::Usage(format!("{flag}: {why}"))),
    };
    let names = [name("--from", &args.from)?, name("--to", &args.to)?];
    if args.from == args.to || names[0] == names[1] {
        return Err(CliError::Usage("--from and --to name the same store".to_owned()));
    }
    Ok(names)
}

fn without_password(url: &str) -> String {
    // A socket's address bears it behind a question mark.
    let url = url.split_once('?').map_or(url, |(place, _)| place);
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}

/// What was moved.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where it came from.
    pub source: SideReport,
    /// Where it is now.
    pub target: SideReport,
}

/// What one side holds.
#[derive(Clone, Debug, Serialize)]
pub struct SideReport {
    /// What it is called.
    pub store: String,
    /// How much it holds of each part.
    pub counts: serde_json::Map<String, serde_json::Value>,
    /// SHA-256 over all of it, in an order that is the same in every store.
    pub sha256: String,
}

impl SideReport {
    fn new(store: String, sum: &Sum) -> Self {
        let counts = sum.counts.iter().map(|(part, count)| (part.as_str().to_owned(), (*count).into()));
        Self { store, counts: counts.collect(), sha256: sum.sha256.clone() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for side in [&self.source, &self.target] {
            writeln!(f, "{}", side.store)?;
            let counts: Vec<_> = side.counts.iter().map(|(part, count)| format!("{count} {part}")).collect();
            writeln!(f, "  {}", counts.join(", "))?;
            writeln!(f, "  sha256 {}", side.sha256)?;
        }
        writeln!(
            f,
            "Both sides were read after the move and are the same. Put the new one into store.url and start the server;"
        )?;
        writeln!(f, "keep the old one until you are content, and start no server on it any more.")
    }
}

/// Says on stderr how far a move has come: a bar on a terminal, else a line for each tenth.
struct Told {
    bar: Option<ProgressBar>,
    stage: Option<Stage>,
    tenths: u64,
}

impl Told {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{msg:20} {wide_bar} {human_pos}/{human_len} {eta:>5}");
        let bar = style.ok().filter(|_| stderr().is_terminal()).map(|style| ProgressBar::new(0).with_style(style));
        Self { bar, stage: None, tenths: 0 }
    }

    fn tell(&mut self, progress: Progress) {
        let Progress { stage, done, of } = progress;
        let is_new = self.stage.replace(stage) != Some(stage);
        if let Some(bar) = &self.bar {
            if is_new {
                bar.reset();
                bar.set_message(called(stage));
            }
            bar.set_length(of);
            bar.set_position(done);
            return;
        }
        let tenths = done * 10 / of.max(1);
        if is_new || tenths > self.tenths {
            use std::io::Write as _;
            // Nobody is left to be told that stderr is closed.
            let _ = writeln!(stderr(), "{}: {done} of about {of}", called(stage));
        }
        self.tenths = tenths;
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn called(stage: Stage) -> &'static str {
    match stage {
        Stage::Copying => "copying",
        Stage::CheckingSource => "reading the source",
        Stage::CheckingTarget => "reading the target",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Output;

    fn named(from: &str, to: &str) -> Result<[String; 2], CliError> {
        let (from, to) = (from.to_owned(), to.to_owned());
        names(&StoreMoveArgs { from, to, restart: false, output: Output { json: false } })
    }

    #[test]
    fn a_side_is_named_without_its_password() {
        let named = named("sqlite:doorbell.db", "redis://me:hunter2@cache.test/3").unwrap();
        assert_eq!(named, ["sqlite:doorbell.db", "redis://cache.test/3"]);
    }

    #[test]
    fn what_names_no_two_stores_is_a_wrong_usage() {
        for (from, to, wanted) in [
            ("sqlite:a", "sqlite:a", "the same store"),
            ("redis://a@host/0", "redis://b@host/0", "the same store"),
            ("memory:", "sqlite:a", "--from: memory:"),
            ("sqlite:a", "memory:", "--to: memory:"),
            ("mysql://host", "sqlite:a", "--from: write"),
            ("sqlite:a", "doorbell.db", "--to: write"),
        ] {
            let error = named(from, to).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{from} {to}");
            assert!(error.to_string().contains(wanted), "{error}");
        }
    }
}
