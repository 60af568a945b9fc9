//! What was acknowledged is there, once, under its number; and every client knows what there is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::truth::Truth;
use super::witness::{Said, Witness};

/// Every acknowledged message is in its conversation, once. `lost`: those that the scenario gave up (a fail-over).
pub(crate) fn kept(truth: &Truth, witnesses: &[Witness], is_given_up: impl Fn(&Said) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for said in witnesses.iter().flat_map(Witness::said).filter(|said| !is_given_up(said)) {
        let Some(thread) = truth.messages.get(&said.conversation) else {
            found.push(format!("an acknowledged conversation is lost: {said:?}"));
            continue;
        };
        let places: Vec<_> = thread.iter().filter(|(_, (_, text))| *text == said.text).map(|(seq, _)| *seq).collect();
        if places != [said.seq] {
            found.push(format!("acknowledged as {}, there at {places:?}: {said:?}", said.seq));
        }
    }
    for (conversation, thread) in &truth.messages {
        let mut texts = BTreeMap::<&str, Vec<u64>>::new();
        for (seq, (author, text)) in thread.iter().filter(|(_, (author, _))| author != "system") {
            assert!(!author.is_empty(), "an author has a kind");
            texts.entry(text).or_default().push(*seq);
        }
        let twice = texts.iter().filter(|(_, seqs)| seqs.len() > 1);
        found.extend(twice.map(|(text, seqs)| format!("{text} is there {seqs:?} in {conversation}")));
        let gap = thread.keys().zip(1..).find(|(seq, wanted)| *seq != wanted);
        found.extend(gap.map(|(seq, wanted)| format!("message {seq} stands where {wanted} should, in {conversation}")));
    }
    found
}

/// What was told in two ways.
pub(crate) fn told_alike(witnesses: &[Witness]) -> Vec<String> {
    let of = |witness: &Witness| {
        witness.view.findings.iter().map(|what| format!("{}: {what}", witness.name)).collect::<Vec<_>>()
    };
    witnesses.iter().flat_map(of).collect()
}

/// Where what a client knows is not what is so. Those who are not there know nothing.
pub(crate) fn views(truth: &Truth, witnesses: &[Witness]) -> Vec<String> {
    let of = |witness: &Witness| {
        let mut found = Vec::new();
        view(truth, witness, &mut found);
        found.into_iter().map(|what| format!("{}: {what}", witness.name)).collect::<Vec<_>>()
    };
    witnesses.iter().filter(|witness| witness.is_there).flat_map(of).collect()
}

fn view(truth: &Truth, witness: &Witness, found: &mut Vec<String>) {
    let view = &witness.view;
    if view.chat != truth.chat || view.is_stale {
        found.push(format!("its box is {:?} (stale: {}), and {:?} is so", view.chat, view.is_stale, truth.chat));
    }
    let empty = BTreeMap::new();
    let threads = match &view.own {
        Some(own) => vec![own],
        None if witness.operator().is_some() => truth.messages.keys().collect(),
        None => Vec::new(),
    };
    for id in threads {
        let wanted: BTreeMap<_, _> =
            truth.messages.get(id).unwrap_or(&empty).iter().map(|(seq, (_, text))| (*seq, text)).collect();
        let known: BTreeMap<_, _> = view
            .threads
            .get(id)
            .map(|thread| thread.messages.iter().map(|(seq, text)| (*seq, text)).collect())
            .unwrap_or_default();
        // A closed conversation that was never told on this connection is not on the desk.
        let is_on_desk = witness.operator().is_none() || view.conversations.contains_key(id);
        if is_on_desk && known.keys().ne(wanted.keys()) {
            found.push(format!("it knows {:?} of {:?} in {id}", known.keys(), wanted.keys()));
        }
    }
    if let Some(operator) = witness.operator() {
        desk(truth, operator, view, found);
    }
}

/// What a conversation says of its letters is what the outbox says.
pub(crate) fn summaries(truth: &Truth) -> Vec<String> {
    let of = |(id, conversation): (&String, &Value)| {
        let mut own = truth.emails.iter().filter(|email| email["conversation"] == **id).map(|email| &email["state"]);
        let told = &conversation["email"]["state"];
        let is_right = told.is_null() || own.any(|state| state == told);
        (!is_right).then(|| format!("{id} tells its letter as {told}, and none of its letters is"))
    };
    truth.conversations.iter().filter_map(of).collect()
}

/// What of a conversation every desk must agree on.
fn summary(conversation: &Value) -> Value {
    json!({
        "status": conversation["status"], "operators": conversation["operators"], "unread": conversation["unread"],
        "last": conversation["last_message"]["seq"], "visitor": conversation["visitor"]["online"],
        "timer": conversation["timer"]["kind"], "email": conversation["email"],
    })
}

fn desk(truth: &Truth, operator: &str, view: &crate::view::View, found: &mut Vec<String>) {
    if truth.counts.get(operator) != Some(&view.counts) {
        found.push(format!("it counts {}, and {:?} is so", view.counts, truth.counts.get(operator)));
    }
    for (id, (status, _)) in &truth.people {
        if view.people.get(id) != Some(status) {
            found.push(format!("it takes {id} for {:?}, who is {status}", view.people.get(id)));
        }
    }
    for (id, conversation) in &truth.conversations {
        let Some(known) = view.conversations.get(id) else {
            if conversation["status"] != "closed" {
                found.push(format!("it does not know {id}"));
            }
            continue;
        };
        if summary(known) != summary(conversation) {
            found.push(format!("it takes {id} for {}, and it is {}", summary(known), summary(conversation)));
        }
    }
}
