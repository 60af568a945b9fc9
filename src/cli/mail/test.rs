//! `doorbell mail test`: one real letter, and the whole conversation about it (rule E3). Touches no store.

use std::fmt::{self, Display};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use super::verdict::{Verdict, of_delivery};
use crate::app;
use crate::cli::args::{LocaleArg, Output};
use crate::cli::{CliError, print};
use crate::mail::file::Directory;
use crate::mail::harmless::plain_address;
use crate::mail::smtp::relay::Destination;
use crate::mail::smtp::{Listener, Options, Said, Timeouts, Who};
use crate::mail::trial::Trial;
use crate::ports::postman::{Delivery, Envelope, Postman};
use crate::settings::Settings;
use crate::store::clock::StoreClock;

/// Somebody waits in front of a terminal: shorter than for letters. A letter that is lost here is repeated by a person.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(15),
    command: Duration::from_secs(30),
    data: Duration::from_secs(30),
    dot: Duration::from_mins(2),
    reuse: Duration::from_secs(5),
    idle: Duration::from_secs(5),
};

/// `doorbell mail test`
#[derive(Clone, Debug, Args)]
pub struct MailTestArgs {
    /// To whom the letter goes
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// The language of the letter
    #[arg(long, default_value = "en")]
    pub locale: LocaleArg,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// Sends the letter, printing what is said as it is said, and then what it means.
///
/// # Errors
/// The address is none, or the letter was not taken.
pub async fn run(args: MailTestArgs, settings: Settings) -> Result<(), CliError> {
    let to = plain_address(&args.address)
        .ok_or_else(|| CliError::Usage(format!("{:?} is not an address that mail can be sent to", args.address)))?;
    let heard = if args.output.json { Heard::quiet() } else { Heard::aloud() };
    let (postman, through): (Arc<dyn Postman>, String) = match &settings.mail.smtp_url {
        Destination::Directory(path) => (Arc::new(Directory::new(path.clone())), path.display().to_string()),
        Destination::Relay(relay) => {
            let listening = |options| Options { timeouts: TIMEOUTS, listener: Some(heard.listener()), ..options };
            let postman = app::relay_postman(&settings, relay, &listening).map_err(CliError::failed)?;
            (Arc::new(postman), relay.to_string())
        }
    };
    let at = StoreClock::start(None).now();
    let trial = Trial { to, locale: args.locale.into(), through, at, id: Uuid::now_v7() };
    let signer = app::signer(&settings).map_err(CliError::failed)?;
    // No unsubscribe link stands in a test letter, so nothing is signed with the secret.
    let written = app::scribe(&settings, [0; 32], signer).write_trial(&trial).map_err(CliError::Failed)?;
    let delivery = send(&*postman, written.envelope, written.raw.into_bytes().into()).await;
    let accepted = matches!(delivery, Delivery::Accepted(_));
    let verdict = of_delivery(&delivery, &settings.mail.smtp_url);
    let told = Told { to: args.address, accepted, conversation: heard.take(), verdict };
    if args.output.json || accepted {
        print(&told, args.output)?;
    }
    if accepted { Ok(()) } else { Err(CliError::Failed(told.verdict.to_string())) }
}

async fn send(postman: &dyn Postman, envelope: Envelope, raw: Arc<[u8]>) -> Delivery {
    match postman.open(envelope).await {
        Ok(ready) => ready.send(raw).await,
        Err(refusal) => refusal.into(),
    }
}

/// A line of the conversation.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    who: &'static str,
    line: String,
}

impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.who {
            "client" => "C:",
            "server" => "S:",
            _ => "--",
        };
        write!(f, "{mark} {}", self.line)
    }
}

impl From<Said<'_>> for Line {
    fn from(said: Said<'_>) -> Self {
        let who = match said.who {
            Who::Client => "client",
            Who::Server => "server",
            Who::Connection => "connection",
        };
        // What a server says could repaint a terminal.
        Self { who, line: said.line.replace(char::is_control, "\u{fffd}") }
    }
}

/// Keeps what is said.
pub struct Heard {
    lines: Arc<Mutex<Vec<Line>>>,
    aloud: bool,
}

impl Heard {
    /// Prints each line, too, as it is said.
    pub fn aloud() -> Self {
        Self { lines: Arc::default(), aloud: true }
    }

    /// Prints nothing.
    pub fn quiet() -> Self {
        Self { lines: Arc::default(), aloud: false }
    }

    /// Ears for a postman.
    pub fn listener(&self) -> Listener {
        let (lines, aloud) = (Arc::clone(&self.lines), self.aloud);
        Arc::new(move |said| {
            let line = Line::from(said);
            if aloud {
                // That nobody reads it must not end the conversation.
                let _ = writeln!(std::io::stdout(), "{line}");
            }
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        })
    }

    /// What was heard.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What came of it.
#[derive(Serialize)]
struct Told {
    to: String,
    accepted: bool,
    conversation: Vec<Line>,
    verdict: Verdict,
}

/// The conversation was printed as it happened.
impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.conversation.is_empty() {
            writeln!(f)?;
        }
        writeln!(f, "{}", self.verdict)
    }
}
