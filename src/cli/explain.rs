//! `doorbell explain`: why somebody did, or did not, get an email about a conversation (rules W1–W3).
//!
//! Told from the record that the deciding code wrote (rule W4), so it works beside a server and without one. What a running
//! server has just learnt and not yet written down is not in it.

use std::fmt::{self, Display};

use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::ExplainArgs;
use super::{CliError, beside, print};
use crate::domain::account::{Account, Kind};
use crate::domain::conversation::outcome::Outcome;
use crate::domain::conversation::thread::Conversation;
use crate::domain::ids::{AccountId, ConversationId, OperatorId};
use crate::domain::news::TimerState;
use crate::domain::notice::explain::{Explanation, TimerTold};
use crate::domain::notice::letter::Letter;
use crate::domain::notice::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::locale;
use crate::office::{change, letters};
use crate::ports::journal::{DocKey, Store, Stream};
use crate::ports::record::decode;
use crate::settings::Settings;
use crate::wire::explained::ExplanationObject;

/// How many entries of the record are told: the newest.
const ENTRIES_MAX: usize = 1_000;

/// Prints the explanation: as text, or as `GET /api/v1/conversations/{id}/notifications` answers it.
///
/// # Errors
/// Where there is no such conversation, or the store cannot be read.
pub async fn run(args: ExplainArgs, settings: Settings) -> Result<(), CliError> {
    let nobodys = || CliError::Failed(format!("there is no conversation {}", args.conversation));
    let id: ConversationId = args.conversation.parse().map_err(|_| nobodys())?;
    let store = beside::open(&settings)?;
    let account = store.account_of(id).await.map_err(Refusal::from)?.ok_or_else(nobodys)?;
    let explanation = explanation(&*store, account, id).await?.ok_or_else(nobodys)?;
    let mailed: Vec<_> = explanation.decisions.iter().filter_map(|decision| decision.letter).collect();
    let letters = letters::load(&store, account, &mailed).await?;
    let account = change::load(&store, account).await?;
    let zone = locale::zone(&account.timezone);
    print(&Told { id, explanation, letters, account, zone }, args.output)
}

/// The record and what happened since, folded as the conversation itself does.
async fn explanation(
    store: &dyn Store,
    account: AccountId,
    id: ConversationId,
) -> Result<Option<Explanation>, CliError> {
    let found = store.load(vec![DocKey::Conversation(account, id)]).await.map_err(Refusal::from)?.pop().flatten();
    let Some(stored) = found else { return Ok(None) };
    let doc: Conversation = decode(&stored.state).map_err(Refusal::from)?;
    let stream = Stream::Entries(account, id);
    let entries = store.read_back(stream, doc.entries + 1, ENTRIES_MAX).await.map_err(Refusal::from)?;
    let record: Result<Vec<Outcome>, _> = entries.iter().map(|(_, entry)| decode(entry)).collect();
    let (record, present) = (record.map_err(Refusal::from)?, doc.present());
    Ok(Some(Explanation::of(record.iter().chain(&present.outcomes), &present.state)))
}

/// The explanation, for people and for programs.
struct Told {
    id: ConversationId,
    explanation: Explanation,
    letters: Vec<Letter>,
    account: Account,
    zone: TimeZone,
}

impl Told {
    fn sentence(&self, reason: &Reason, kind: Kind, about: Option<OperatorId>) -> String {
        locale::sentence(reason, kind, about, &self.account, self.account.locale, &self.zone)
    }

    fn timer(&self, timer: &TimerTold) -> String {
        let state = match (timer.state, &timer.reason) {
            (TimerState::Cancelled, Some(reason)) => locale::TimerState::Cancelled { reason },
            (TimerState::Running | TimerState::Cancelled, _) => locale::TimerState::Running { due_at: timer.due_at },
            (TimerState::Fired, _) => locale::TimerState::Fired { at: timer.ended_at.unwrap_or(timer.due_at) },
        };
        locale::timer(state, timer.kind, &self.account, self.account.locale, &self.zone)
    }
}

impl Serialize for Told {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sentence = |reason: &Reason, kind, about| self.sentence(reason, kind, about);
        ExplanationObject::new(&self.explanation, &sentence).serialize(serializer)
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Offline => "offline",
        Kind::Missed => "missed",
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = locale::language(self.account.locale);
        writeln!(f, "conversation {}", self.id)?;
        for timer in &self.explanation.timers {
            let started = language.moment(timer.started_at, &self.zone);
            writeln!(f, "\n{} timer, {started}: {}", kind_name(timer.kind), self.timer(timer))?;
        }
        for decision in &self.explanation.decisions {
            let at = language.moment(decision.at, &self.zone);
            let operator = decision.operator.and_then(|id| self.account.operator(id));
            let who = operator.map_or_else(|| "-".to_owned(), |o| format!("{} <{}>", o.name, o.email));
            writeln!(f, "\n{at}  {}  {}  {who}", kind_name(decision.kind), decision.code().as_str())?;
            for reason in &decision.reasons {
                let text = self.sentence(reason, decision.kind, decision.operator);
                writeln!(f, "  {} [{}]", text.replace(char::is_control, "\u{fffd}"), reason.code.rule())?;
            }
            for letter in self.letters.iter().filter(|letter| Some(letter.id) == decision.letter) {
                let text = locale::outbox(letter, self.account.locale, &self.zone);
                writeln!(f, "  {}", text.replace(char::is_control, "\u{fffd}"))?;
            }
        }
        if self.explanation.timers.is_empty() && self.explanation.decisions.is_empty() {
            writeln!(f, "nothing was decided about it yet")?;
        }
        Ok(())
    }
}
