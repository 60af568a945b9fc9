//! Who is there: nobody without a device, everybody with one; and nobody flickered who was back in time.

use std::collections::BTreeMap;

use super::truth::Truth;
use super::witness::Witness;
use crate::client::Event;

/// Operators who are taken for what they are not.
pub(crate) fn ghosts(truth: &Truth, witnesses: &[Witness]) -> Vec<String> {
    let mut found = Vec::new();
    let mut online: BTreeMap<&str, bool> = BTreeMap::new();
    for witness in witnesses {
        if let Some(operator) = witness.operator() {
            *online.entry(operator).or_default() |= witness.is_there && witness.wish == "online";
        }
    }
    for (operator, (status, since)) in &truth.people {
        let wanted = online.get(operator.as_str()).copied().unwrap_or(false);
        if wanted != (status == "online") {
            found.push(format!("{operator} is {status} since {since}, and has a device that is online: {wanted}"));
        }
    }
    if (truth.chat == "online") != online.values().any(|online| *online) {
        found.push(format!("the box is {}", truth.chat));
    }
    for witness in witnesses.iter().filter(|witness| witness.operator().is_none()) {
        let Some(conversation) = witness.view.own.as_ref().and_then(|own| truth.conversations.get(own)) else {
            continue;
        };
        if conversation["visitor"]["online"] != witness.is_there {
            found.push(format!(
                "{} is there: {}, and told as {}",
                witness.name, witness.is_there, conversation["visitor"]
            ));
        }
    }
    found
}

/// Absences by an operator's own will, or longer than `back_within_ms`: from, until (wall clock).
fn absences(devices: &[&Witness], back_within_ms: i64) -> Vec<(i64, i64)> {
    let mut absent = Vec::new();
    for witness in devices {
        let mut since = None::<(i64, bool)>;
        for (at, event) in &witness.journal {
            match event {
                Event::Ended { code, alive } => {
                    since.get_or_insert((alive.wall_ms, *code == Some(1_000)));
                }
                Event::Asked(asked) if asked["type"] == "presence" && asked["state"] != "online" => {
                    since = Some((since.map_or(at.wall_ms, |(from, _)| from), true));
                }
                Event::Welcomed { hello: said, .. } | Event::Answered { asked: said, .. }
                    if said["state"] == "online" =>
                {
                    let Some((from, is_willed)) = since.take() else { continue };
                    if is_willed || at.wall_ms - from > back_within_ms {
                        absent.push((from, at.wall_ms));
                    }
                }
                _ => {}
            }
        }
        absent.extend(since.map(|(from, _)| (from, i64::MAX)));
    }
    absent
}

/// Operators who were told as offline although they never were away for long. `told_within_ms`: as late as that an absence
/// may still be told.
pub(crate) fn flickers(witnesses: &[Witness], back_within_ms: i64, told_within_ms: i64) -> Vec<String> {
    let mut devices = BTreeMap::<&str, Vec<&Witness>>::new();
    for witness in witnesses {
        if let Some(operator) = witness.operator() {
            devices.entry(operator).or_default().push(witness);
        }
    }
    let mut found = Vec::new();
    for (operator, own) in devices {
        let absent = absences(&own, back_within_ms);
        for witness in witnesses {
            for (at, event) in &witness.journal {
                let Event::Told(frame) = event else { continue };
                let is_told =
                    frame["type"] == "presence" && frame["operator"] == *operator && frame["status"] == "offline";
                let is_so = absent
                    .iter()
                    .any(|(from, until)| *from <= at.wall_ms && at.wall_ms <= until.saturating_add(told_within_ms));
                if is_told && !is_so {
                    found.push(format!("{} was told that {operator} is offline, who was not: {frame}", witness.name));
                }
            }
        }
    }
    found
}

/// Who was told that the box is closed, by somebody's leave at least.
pub(crate) fn closed_boxes(witnesses: &[Witness]) -> Vec<String> {
    let mut found = Vec::new();
    for witness in witnesses {
        for (_, event) in &witness.journal {
            let Event::Told(frame) = event else { continue };
            let chat = match frame["type"].as_str() {
                Some("chat") => frame,
                Some("welcome") if witness.operator().is_none() => &frame["chat"],
                _ => continue,
            };
            if chat["status"] == "offline" {
                found.push(format!("{} was told of a closed box: {chat}", witness.name));
            }
        }
    }
    found
}
