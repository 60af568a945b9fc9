//! Whether letters can leave: the relay, or the folder that stands in for one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::CheckArgs;
use super::doors::is_loopback;
use super::finding::Finding;
use super::stored::can_write;
use crate::app;
use crate::cli::mail::test::Heard;
use crate::cli::mail::verdict::of_reply;
use crate::mail::smtp::relay::{Destination, Relay};
use crate::mail::smtp::{Options, Terms, Timeouts};
use crate::settings::Settings;

/// Each step's time; all of them together have [`PATIENCE`].
const STEP: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
const TIMEOUTS: Timeouts = Timeouts { connect: STEP, command: STEP, data: STEP, dot: STEP, reuse: STEP, idle: STEP };

pub(super) async fn look(settings: &Settings, args: &CheckArgs) -> Finding {
    match &settings.mail.smtp_url {
        Destination::Directory(path) => folder(path),
        Destination::Relay(relay) => {
            let heard = Heard::quiet();
            let listening = |options| Options { timeouts: TIMEOUTS, listener: Some(heard.listener()), ..options };
            let postman = match app::relay_postman(settings, relay, &listening) {
                Ok(postman) => postman,
                Err(why) => {
                    return Finding::wrong("relay", format!("{why}."))
                        .means("The server does not start.")
                        .todo("mail.ca_file must be a file with certificates (PEM); without one the public authorities count.");
                }
            };
            let mut finding = match tokio::time::timeout(PATIENCE, postman.check()).await {
                Ok(Ok(terms)) => reached(relay, &terms),
                Ok(Err(refusal)) => {
                    let verdict = of_reply(refusal.reply(), relay);
                    let finding = Finding::wrong("relay", verdict.happened).means("No letter leaves; all wait.");
                    verdict.todo.map_or(finding.clone(), |todo| finding.todo(todo))
                }
                Err(_) => Finding::wrong("relay", format!("{relay} has not answered everything after {PATIENCE:?}."))
                    .means("Letters may leave late or not at all.")
                    .todo("Check host and port in mail.smtp_url; --verbose shows how far it came."),
            };
            if args.verbose {
                finding.conversation = heard.take();
            }
            finding
        }
    }
}

fn reached(relay: &Relay, terms: &Terms) -> Finding {
    let user = terms.user.as_ref().map_or_else(String::new, |user| format!(", and took the log-in as {user}"));
    let server = &terms.server;
    match &terms.encryption {
        Some(encryption) => Finding::ok("relay", format!("{server} answers at {relay}{user}. {encryption}.")),
        None if is_loopback(&relay.host) => {
            Finding::ok("relay", format!("{server} answers at {relay}{user}; unencrypted, but within this machine."))
        }
        None => Finding::warning("relay", format!("{server} answers at {relay}{user}, but offers no encryption."))
            .means("Letters can be read on their way to it.")
            .todo(
                "Have STARTTLS switched on there, or write smtps:// in mail.smtp_url if it has a port for TLS (465).",
            ),
    }
}

fn folder(path: &Path) -> Finding {
    let shown = path.display();
    // What is not there yet is made by the first letter: then what counts is above it.
    let there = path.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
    let writable = match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(std::io::Error::other("it is no directory")),
        _ => can_write(there),
    };
    match writable {
        Ok(()) => Finding::warning("relay", format!("There is none: letters are written into {shown} as .eml files."))
            .means("They reach nobody.")
            .todo("For more than a trial: mail.smtp_url = \"smtps://USER:PASSWORD@HOST\"."),
        Err(why) => {
            Finding::wrong("relay", format!("There is none, and letters cannot be written into {shown}: {why}.")).todo(
                "Let doorbell's user write there, or name a relay: mail.smtp_url = \"smtps://USER:PASSWORD@HOST\".",
            )
        }
    }
}
