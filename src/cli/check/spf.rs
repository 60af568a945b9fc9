//! SPF in sentences.

use super::domain::Looked;
use super::finding::Finding;
use super::origin::{How, Origin};
use crate::mail::published::spf::{
    LOOKUPS_MAX, Mechanism, Outcome, Qualifier, Record, Report, merged, term, with_added,
};

/// What stands for the relay's address where nobody knows it.
const PLACEHOLDER: &str = "ip4:ADDRESS";
/// That a relay may not send from where it listens.
const ELSEWHERE: &str = "A relay may send from other addresses than it listens at: if yours does, name them here with \
                         --sends-from, and take what its documentation says (usually include:…).";

pub(super) fn finding(looked: &Looked<'_>) -> Finding {
    let domain = looked.envelope;
    let report = match &looked.spf {
        Ok(report) => report,
        Err(why) => return Finding::unknown("SPF", why),
    };
    let terms = terms(&looked.origin, looked.relay);
    match (&report.record, report.texts.as_slice()) {
        (_, []) => Finding::wrong("SPF", format!("{domain} has no SPF record."))
            .means("No receiver can know that your letters may come from where they come from; many put them with the spam.")
            .todo(format!("Publish one that names everybody who sends mail of {domain}. {}", hint(&looked.origin)))
            .txt(domain, format!("v=spf1 {} ~all", terms.join(" "))),
        (_, several @ [_, _, ..]) => {
            Finding::wrong("SPF", format!("{domain} has {} SPF records, and only one may be.", several.len()))
                .means("Receivers take that for an error: none of them counts.")
                .todo("Put one in place of all:")
                .txt(domain, merged(several))
        }
        (Err(why), [text]) => Finding::wrong("SPF", format!("The record {text:?} cannot be read: {why}."))
            .means("Receivers take that for an error: nothing in it counts.")
            .todo(format!("Correct it at {domain}.")),
        (Ok(record), [text]) => of_record(looked, report, record, text, &terms),
    }
}

/// One record that can be read.
fn of_record(looked: &Looked<'_>, report: &Report, record: &Record, text: &str, terms: &[String]) -> Finding {
    let domain = looked.envelope;
    if report.lookups > LOOKUPS_MAX {
        let many = report.lookups;
        return Finding::wrong("SPF", format!("{text:?} takes {many} look-ups, and receivers make at most {LOOKUPS_MAX}."))
            .means("They take that for an error: nothing in it counts.")
            .todo("Leave out whom you do not send through any more, and write the addresses (ip4:, ip6:) in place of a: and mx.");
    }
    let broken = report.addresses.iter().map(|(_, outcome)| outcome).chain([&report.nobody]);
    if let Some(why) = broken.into_iter().find_map(|outcome| match outcome {
        Outcome::Broken(why) => Some(why),
        _ => None,
    }) {
        return Finding::wrong("SPF", format!("{text:?} leads into an error: {why}."))
            .means("Nothing in it counts.")
            .todo(format!("Correct it at {domain}."));
    }
    if report.nobody == Outcome::Pass {
        let finding = Finding::wrong("SPF", format!("{text:?} lets everybody send."))
            .means("Whoever likes can send in your name, and the record vouches for nobody.");
        return if record.all() == Some(Qualifier::Pass) {
            finding.todo("End it with ~all:").txt(domain, merged(&[text.to_owned()]))
        } else {
            finding
                .todo("A domain that it names (include:, redirect=) has a record that does so: leave that domain out.")
        };
    }
    uncovered(looked, report, record, text, terms).unwrap_or_else(|| covered(looked, report, record, text))
}

/// That the record does not name from where letters come, or that this is not known.
fn uncovered(looked: &Looked<'_>, report: &Report, record: &Record, text: &str, terms: &[String]) -> Option<Finding> {
    let uncovered = report.uncovered();
    let shown = uncovered.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let added = with_added(text, terms);
    let refused = "Receivers hold such letters for forged: they refuse them or put them with the spam.";
    match &looked.origin.how {
        How::Unknown(why) => {
            let found = format!("{text:?} can be read; whether it covers your letters is not known: {why}.");
            let weak = weak(looked, report, record, text, &found);
            Some(weak.unwrap_or_else(|| {
                Finding::warning("SPF", found).todo("Name the addresses that letters come from: --sends-from IP.")
            }))
        }
        _ if uncovered.is_empty() => None,
        How::Listens => Some(
            Finding::warning("SPF", format!("{text:?} does not cover {shown}, where the relay listens."))
                .means(format!("If letters come from there: {}. {ELSEWHERE}", lower(refused)))
                .todo("If they do, publish:")
                .txt(looked.envelope, added),
        ),
        How::Said | How::Ours => Some(
            Finding::wrong("SPF", format!("{text:?} does not cover {shown}, from where letters come."))
                .means(refused)
                .todo("Publish:")
                .txt(looked.envelope, added),
        ),
    }
}

fn covered(looked: &Looked<'_>, report: &Report, record: &Record, text: &str) -> Finding {
    let shown = looked.origin.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let found = format!("{text:?} covers {shown} and takes {} of {LOOKUPS_MAX} look-ups.", report.lookups);
    weak(looked, report, record, text, &found).unwrap_or_else(|| {
        let finding = Finding::ok("SPF", found);
        if looked.origin.how == How::Listens { finding.means(ELSEWHERE) } else { finding }
    })
}

/// What to better in a record that can be read, told beside what was found of it; `None`: nothing.
fn weak(looked: &Looked<'_>, report: &Report, record: &Record, text: &str, found: &str) -> Option<Finding> {
    let finding = Finding::warning("SPF", found);
    if matches!(report.nobody, Outcome::Neutral) {
        return Some(
            finding
                .means("But it says nothing of all others: anybody may send in your name without standing out.")
                .todo("End it with ~all, later with -all:")
                .txt(looked.envelope, merged(&[text.to_owned()])),
        );
    }
    if let Some(name) = record.unknown.iter().find(|name| ["include", "a", "mx", "ip4", "ip6"].contains(&name.as_str()))
    {
        return Some(
            finding
                .means(format!("But {name}= means nothing, and is passed over in silence."))
                .todo(format!("It is written {name}: with a colon.")),
        );
    }
    if record.directives.iter().any(|one| matches!(one.mechanism, Mechanism::Ptr(_))) {
        return Some(
            finding
                .means("But ptr shall not be used any more: it is slow, and some receivers pass over it.")
                .todo("Write the addresses (ip4:, ip6:) in its place."),
        );
    }
    None
}

/// What a record must hold so that letters are covered.
fn terms(origin: &Origin, relay: Option<&str>) -> Vec<String> {
    let named = relay.filter(|host| host.parse::<std::net::IpAddr>().is_err());
    match (&origin.how, named) {
        (How::Unknown(_), _) => vec![PLACEHOLDER.to_owned()],
        (How::Listens, Some(host)) => vec![format!("a:{host}")],
        _ => origin.addresses.iter().map(|address| term(*address)).collect(),
    }
}

fn hint(origin: &Origin) -> &'static str {
    match origin.how {
        How::Unknown(_) => "ADDRESS stands for the address that the relay sends from.",
        How::Listens => ELSEWHERE,
        How::Said | How::Ours => "",
    }
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
