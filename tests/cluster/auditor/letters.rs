//! What the relay has is what was decided: one email per (conversation, episode, operator), but for the one repeat that rule
//! E4 allows; none after an acknowledged cancel; and every message has its end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::truth::Truth;
use super::witness::Witness;
use crate::cluster::{Company, text};
use crate::house::told_ms;

/// A letter as the relay has it.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) to: String,
    pub(crate) message_id: String,
    /// Its plain text.
    pub(crate) words: String,
    pub(crate) raw: Vec<u8>,
}

/// Those of a company's people, out of everything that the relay took in: answered or not.
pub(crate) fn arrived(bodies: &[crate::sink::Mail], company: &Company) -> Vec<Arrived> {
    let ours = |mail: &&crate::sink::Mail| company.operators.iter().any(|operator| operator.email == mail.to);
    let read = |mail: &crate::sink::Mail| {
        let parsed = mail_parser::MessageParser::default().parse(&mail.raw);
        let message_id = parsed.as_ref().and_then(|parsed| parsed.message_id()).unwrap_or_default().to_owned();
        let words = parsed.as_ref().and_then(|parsed| parsed.body_text(0)).unwrap_or_default().into_owned();
        Arrived { to: mail.to.clone(), message_id, words, raw: mail.raw.clone() }
    };
    bodies.iter().filter(ours).map(read).collect()
}

/// Letters and outbox agree, and nobody is mailed twice. `lost_rows`: a fail-over may have lost rows of letters that were
/// sent; their letters are then looked at by themselves.
pub(crate) fn once(truth: &Truth, arrived: &[Arrived], may_lose_rows: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut copies = BTreeMap::<&str, Vec<&Arrived>>::new();
    for letter in arrived {
        copies.entry(&letter.message_id).or_default().push(letter);
    }
    let mut about = BTreeSet::new();
    for email in &truth.emails {
        let message_id = text(&email["message_id"]);
        let own = copies.remove(message_id.trim_matches(['<', '>'])).unwrap_or_default();
        found.extend(wrong_copies(email, &own));
        for seq in mailed_seqs(truth, email) {
            if !about.insert((text(&email["conversation"]), text(&email["operator"]), seq)) {
                found.push(format!("mailed twice about message {seq}: {email}"));
            }
        }
    }
    found.extend(told_twice(arrived));
    if !may_lose_rows {
        found.extend(copies.keys().map(|id| format!("a letter that nobody decided: {id}")));
    }
    found
}

/// Words that reached somebody in two different letters: seen at the relay, whatever the record says.
fn told_twice(arrived: &[Arrived]) -> Vec<String> {
    let mut letters = BTreeMap::<(&str, &str), BTreeSet<&str>>::new();
    for letter in arrived {
        for words in from_harness(&letter.words) {
            letters.entry((&letter.to, words)).or_default().insert(&letter.message_id);
        }
    }
    let twice = letters.iter().filter(|(_, ids)| ids.len() > 1);
    twice.map(|((to, words), ids)| format!("{to} was told {words:?} in {ids:?}")).collect()
}

/// What the harness wrote, out of a letter.
fn from_harness(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|words| {
        let number = words.strip_prefix("word").and_then(|rest| rest.strip_suffix("end"));
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    })
}

fn wrong_copies(email: &Value, copies: &[&Arrived]) -> Option<String> {
    let attempts = email["attempts"].as_array().map_or(0, Vec::len);
    let same = copies.windows(2).all(|pair| pair[0].raw == pair[1].raw);
    let is_right = same
        && match (email["state"].as_str().unwrap_or_default(), copies.len()) {
            ("sent", 1) | ("no_longer_needed" | "uncertain", 0 | 1) => true,
            // A repeat follows an attempt of unknown outcome, and is the last one.
            ("sent" | "uncertain", 2) => attempts >= 2,
            _ => false,
        };
    let words = || copies.iter().map(|copy| from_harness(&copy.words).collect::<Vec<_>>()).collect::<Vec<_>>();
    (!is_right).then(|| format!("{} copies (alike: {same}, about {:?}) of {email}", copies.len(), words()))
}

/// What an email of the outbox is about.
fn mailed_seqs(truth: &Truth, email: &Value) -> Vec<u64> {
    let explanation = truth.explanations.get(email["conversation"].as_str().unwrap_or_default());
    let decisions = explanation.and_then(|explanation| explanation["decisions"].as_array()).into_iter().flatten();
    let mut own =
        decisions.filter(|decision| decision["email"] == email["id"] && decision["operator"] == email["operator"]);
    let seqs = own.next().and_then(|decision| decision["seqs"].as_array()).into_iter().flatten();
    seqs.filter_map(Value::as_u64).collect()
}

/// Emails that were decided although somebody's acknowledged act had ended what they are about.
pub(crate) fn uncancelled(
    truth: &Truth,
    witnesses: &[Witness],
    spare_ms: i64,
    unheard: &[(usize, i64, i64)],
) -> Vec<String> {
    let mut found = Vec::new();
    let online: Vec<_> = witnesses
        .iter()
        .filter(|w| w.operator().is_some())
        .flat_map(|w| w.online_spans(spare_ms, unheard).into_iter().map(|span| (w.name.as_str(), span)))
        .collect();
    for email in &truth.emails {
        let Some(decided_ms) = told_ms(&email["created_at"]) else {
            found.push(format!("without a time: {email}"));
            continue;
        };
        let there = online.iter().find(|(_, (from, until))| (*from..*until).contains(&decided_ms));
        if let Some((name, (from, _))) = there.filter(|_| email["kind"] == "offline") {
            let for_ms = decided_ms - from;
            found.push(format!("{name} had been told to be online for {for_ms} ms: {email}"));
        }
        let seqs = mailed_seqs(truth, email);
        let replied = witnesses.iter().filter(|w| w.operator().is_some()).flat_map(Witness::said).find(|said| {
            said.conversation == email["conversation"].as_str().unwrap_or_default()
                && said.at.wall_ms < decided_ms
                && seqs.iter().any(|seq| *seq < said.seq)
        });
        if let Some(said) = replied {
            found.push(format!("{said:?} had been acknowledged {} ms before {email}", decided_ms - said.at.wall_ms));
        }
    }
    found
}

/// Every message of a visitor has, for every operator, a decision.
pub(crate) fn ends(truth: &Truth, company: &Company) -> Vec<String> {
    let mut found = Vec::new();
    for (id, thread) in &truth.messages {
        let Some(explanation) = truth.explanations.get(id) else { continue };
        let decisions = explanation["decisions"].as_array().cloned().unwrap_or_default();
        for (seq, _) in thread.iter().filter(|(_, (author, _))| author == "visitor") {
            for operator in &company.operators {
                let is_about = |decision: &&Value| {
                    decision["operator"] == *operator.id
                        && decision["seqs"].as_array().is_some_and(|seqs| seqs.iter().any(|s| s == seq))
                };
                if !decisions.iter().any(|decision| is_about(&decision)) {
                    found.push(format!("nothing is said about message {seq} of {id} to {}", operator.email));
                }
            }
        }
    }
    found
}
