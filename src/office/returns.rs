//! What comes back after a letter was taken: found, counted once, and taken for what a refusal would have been (rule D5).

use std::sync::Arc;

use super::change::settle;
use super::operators::same_address;
use crate::domain::account::Account;
use crate::domain::ids::{AccountId, ConversationId, LetterId, NoteId};
use crate::domain::notice::class::{Class, classify};
use crate::domain::notice::letter::{Attempt, Letter, LetterState, Pauses};
use crate::domain::notice::refusals::{Via, domain_of};
use crate::domain::notice::reply::{Enhanced, Reply};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::{DocKey, Store};
use crate::ports::returns::{Action, EnvelopeId, Proof, Report, Returns};
use crate::ports::{notes, outbox, record};

/// So many reports about one letter are counted.
const REPORTS_MAX: usize = 20;
/// How often a lost race is run again.
const RACES_MAX: usize = 20;

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is about a letter of the outbox.
    Letter {
        /// Whose.
        account: AccountId,
        /// Which.
        id: LetterId,
        /// What is known of the letter now.
        state: LetterState,
        /// What the report means.
        class: Option<Class>,
        /// Whether it was counted, or had been before.
        is_new: bool,
    },
    /// It is about a letter about an account.
    Note {
        /// In whose share of the limits that counts.
        account: AccountId,
        /// What the report means.
        class: Option<Class>,
    },
    /// It says nothing that changes anything: that the letter was delivered, or passed on.
    Nothing,
    /// It is about no letter that was sent from here.
    Unknown,
}

/// Takes a report. Those about a letter that is just being handed over have to come again: its own answer is written first.
///
/// # Errors
/// `unavailable` when the store does not answer, or the letter is under way.
pub async fn take(
    store: &Arc<dyn Store>,
    returns: &dyn Returns,
    report: &Report,
    pauses: &Pauses,
) -> Result<Taken, Refusal> {
    for id in &report.about {
        if id.episode == 0 {
            let note = NoteId(id.id);
            if let (Some(proof), Action::Failed) = (returns.is_of_note(id, note), report.action) {
                return about_note(store, note, report, proof).await;
            }
        } else if let Some((account, letter, proof)) = letter_of(store, returns, id).await? {
            if report.action == Action::Other {
                return Ok(Taken::Nothing);
            }
            return about_letter(store, (account, letter), report, proof, pauses).await;
        }
    }
    Ok(Taken::Unknown)
}

/// The letter that was sent under a name: its operator is the one for whom the signature holds.
async fn letter_of(
    store: &Arc<dyn Store>,
    returns: &dyn Returns,
    id: &EnvelopeId,
) -> Result<Option<(AccountId, LetterId, Proof)>, Refusal> {
    let conversation = ConversationId(id.id);
    let Some(account) = store.account_of(conversation).await? else { return Ok(None) };
    let Some(stored) = store.load(vec![DocKey::Settings(account)]).await?.pop().flatten() else { return Ok(None) };
    let settings: Account = record::decode(&stored.state)?;
    let of = |operator| LetterId { conversation, episode: id.episode, operator };
    let mut letters = settings.operators.iter().map(|operator| of(operator.id));
    Ok(letters.find_map(|letter| Some((account, letter, returns.is_of_letter(id, account, letter)?))))
}

async fn about_letter(
    store: &Arc<dyn Store>,
    (account, id): (AccountId, LetterId),
    report: &Report,
    proof: Proof,
    pauses: &Pauses,
) -> Result<Taken, Refusal> {
    let key = DocKey::Letter(account, id);
    for _ in 0..RACES_MAX {
        let Some(stored) = store.load(vec![key]).await?.pop().flatten() else { return Ok(Taken::Unknown) };
        let letter: Letter = record::decode(&stored.state)?;
        let attempt = attempt_of(report, &letter.to, store.now());
        let class = attempt.class;
        if letter.bounces.contains(&report.key) || letter.bounces.len() >= REPORTS_MAX {
            return Ok(Taken::Letter { account, id, state: letter.state, class, is_new: false });
        }
        if letter.state == LetterState::Sending {
            return Err(Refusal::unavailable("the email is just being handed over: send this again in a moment"));
        }
        let after = counted(&letter, report, proof, attempt.clone(), store.now(), pauses);
        let (mut commit, _) = outbox::put(account, &after, stored.token, vec![(key, Some(stored.token))]);
        let learn = |settings: &mut Account| learn(settings, report, proof, &attempt, &letter.to);
        outbox::add_settings(&**store, &mut commit, account, learn).await?;
        if settle(store, commit).await? {
            return Ok(Taken::Letter { account, id, state: after.state, class, is_new: true });
        }
    }
    Err(Refusal::unavailable("the email is being worked on"))
}

/// The letter after the report. Only one that counted as taken, or as lost from sight, is in another state by it.
fn counted(
    letter: &Letter,
    report: &Report,
    proof: Proof,
    attempt: Attempt,
    now: Timestamp,
    pauses: &Pauses,
) -> Letter {
    let was_taken = matches!(letter.state, LetterState::Sent | LetterState::Uncertain);
    let mut after = match proof {
        // Whether it is not too old to be sent again is decided before it is (rule E4).
        Proof::ReturnPath if was_taken && report.action == Action::Failed => {
            letter.refused(attempt, true, true, now, pauses)
        }
        // Nobody makes another copy go out by what whoever was answered can make up.
        Proof::MessageId if was_taken && report.action == Action::Failed => {
            letter.moved(LetterState::Failed, None, Some(attempt))
        }
        _ => {
            let mut same = letter.clone();
            same.attempts.push(attempt);
            same
        }
    };
    after.bounces.push(report.key.clone());
    after
}

async fn about_note(store: &Arc<dyn Store>, id: NoteId, report: &Report, proof: Proof) -> Result<Taken, Refusal> {
    let Some(account) = notes::account_of(&**store, id).await? else { return Ok(Taken::Unknown) };
    for _ in 0..RACES_MAX {
        let Some(kept) = notes::find(&**store, account, id).await? else { return Ok(Taken::Unknown) };
        let note = &kept.note;
        if note.state == LetterState::Sending {
            return Err(Refusal::unavailable("the email is just being handed over: send this again in a moment"));
        }
        let (to, attempt) = (note.to.clone(), attempt_of(report, &note.to, store.now()));
        let class = attempt.class;
        if !matches!(note.state, LetterState::Sent | LetterState::Uncertain) {
            return Ok(Taken::Note { account, class });
        }
        // It is not sent again: its token may be gone, and who wants another letter asks for one.
        let after = note.clone().moved(LetterState::Failed, store.now(), Some(attempt.clone()));
        let (mut commit, _) = notes::put(&kept, after);
        let learn = |settings: &mut Account| learn(settings, report, proof, &attempt, &to);
        outbox::add_settings(&**store, &mut commit, account, learn).await?;
        if settle(store, commit).await? {
            return Ok(Taken::Note { account, class });
        }
    }
    Err(Refusal::unavailable("the email is being worked on"))
}

/// What the report says, as one more entry among the tries.
fn attempt_of(report: &Report, to: &str, now: Timestamp) -> Attempt {
    let is_for_now = report.reply.code.is_some_and(|code| code < 500);
    let class = classify(&report.reply).map(|class| match class {
        // It was given up because a name could not be looked up, or the next server could not: that may be the DNS of the day.
        Class::WrongAddress if is_for_now => Class::Other,
        // Nor is it wrong where what leads nowhere is the relay's own next server: that is said of every address alike.
        Class::WrongAddress if is_without_a_route(&report.reply) && !names_the_domain_of(&report.reply, to) => {
            Class::Other
        }
        // Our relay had let us in: it is another server that does not take mail for this address.
        Class::RelayAuth => Class::Other,
        class => class,
    });
    Attempt { at: now, server: report.reply.server.clone(), reply: report.reply.text.clone(), class }
}

fn is_without_a_route(reply: &Reply) -> bool {
    matches!(reply.enhanced(), Some(Enhanced(_, 4, 4)))
}

fn names_the_domain_of(reply: &Reply, address: &str) -> bool {
    reply.text.to_lowercase().contains(&domain_of(address).to_lowercase())
}

/// What is learnt of the operator's address; nothing where it is about another one, to which theirs is forwarded.
fn learn(settings: &mut Account, report: &Report, proof: Proof, attempt: &Attempt, to: &str) {
    let is_about_it = report.recipient.as_deref().is_none_or(|recipient| same_address(recipient, to));
    if report.action == Action::Failed && proof == Proof::ReturnPath && is_about_it {
        settings.on_refused(to, attempt, Via::Bounce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice::reply::Phase;

    #[test]
    fn d5_an_address_is_not_wrong_where_the_relay_could_look_nothing_up() {
        for (code, text, class) in [
            (
                450,
                "4.4.3 Host or domain name not found. Name service error for name=shop.test type=MX: Host not found, try again",
                Class::Other,
            ),
            (450, "450 4.1.2 <jana@shop.test>: Recipient address rejected: Domain not found", Class::Other),
            (452, "452 4.2.2 over quota", Class::MailboxFull),
            (
                550,
                "5.4.4 Host or domain name not found. Name service error for name=shop.test type=A: Host not found",
                Class::WrongAddress,
            ),
            (
                550,
                "5.4.4 Host or domain name not found. Name service error for name=relay.typo.test type=A: Host not found",
                Class::Other,
            ),
        ] {
            let reply = Reply { code: Some(code), text: text.to_owned(), server: None, phase: Phase::Body };
            let report =
                Report { key: String::new(), about: Vec::new(), action: Action::Failed, recipient: None, reply };
            assert_eq!(attempt_of(&report, "jana@Shop.test", Timestamp(0)).class, Some(class), "{text}");
        }
    }
}
