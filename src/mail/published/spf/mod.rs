//! SPF: which addresses may send mail of a domain (RFC 7208).

mod evaluate;
mod macros;
mod record;

use std::net::IpAddr;

pub use self::evaluate::{LOOKUPS_MAX, Outcome};
use self::evaluate::{Whole, whole};
pub use self::record::{Directive, Mechanism, Qualifier, Record};
use super::{Answers, Stop};

/// What is published, and what it says of the addresses that letters come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The texts at the domain that are SPF; exactly one is right.
    pub texts: Vec<String>,
    /// The record, if there is exactly one that can be read; or what is wrong with it.
    pub record: Result<Record, String>,
    /// What becomes of an address that nothing in the record names, and how many look-ups it takes to find that out.
    pub nobody: Outcome,
    /// The look-ups that a receiver has to make at most; more than [`LOOKUPS_MAX`] are an error.
    pub lookups: usize,
    /// What becomes of each of the addresses.
    pub addresses: Vec<(IpAddr, Outcome)>,
}

impl Report {
    /// Whether every address is one that the record lets send.
    pub fn covers_all(&self) -> bool {
        !self.addresses.is_empty() && self.addresses.iter().all(|(_, outcome)| *outcome == Outcome::Pass)
    }

    /// The addresses that it does not let send.
    pub fn uncovered(&self) -> Vec<IpAddr> {
        let uncovered = self.addresses.iter().filter(|(_, outcome)| *outcome != Outcome::Pass);
        uncovered.map(|(address, _)| *address).collect()
    }
}

/// Judges a domain's SPF for the addresses that letters from `sender` (an address of it) come from.
///
/// # Errors
/// What must be known first.
pub fn judge(answers: &Answers, domain: &str, sender: &str, addresses: &[IpAddr]) -> Result<Report, Stop> {
    let texts: Vec<String> = answers.texts(domain)?.iter().filter(|text| is_spf(text)).cloned().collect();
    let record = match texts.as_slice() {
        [] => Err("there is none".to_owned()),
        [only] => only.parse(),
        several => Err(format!("there are {} records, and only one may be", several.len())),
    };
    let Whole { outcome: nobody, lookups } = whole(answers, domain, sender)?;
    let mut judged = Vec::new();
    for address in addresses {
        judged.push((*address, evaluate::evaluate(answers, domain, sender, *address)?));
    }
    Ok(Report { texts, record, nobody, lookups, addresses: judged })
}

/// Whether a text is an SPF record: by its first word (RFC 7208, 4.5).
fn is_spf(text: &str) -> bool {
    text.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case("v=spf1"))
}

/// The record with more in it: before `all` or a redirect, so that it counts.
pub fn with_added(text: &str, more: &[String]) -> String {
    let ends = |word: &str| {
        let word = word.trim_start_matches(['+', '-', '~', '?']);
        word.eq_ignore_ascii_case("all") || word.to_ascii_lowercase().starts_with("redirect=")
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| ends(word)).unwrap_or(words.len());
    let (before, after) = words.split_at(at);
    let more = more.iter().map(String::as_str);
    before.iter().copied().chain(more).chain(after.iter().copied()).collect::<Vec<_>>().join(" ")
}

/// One record that says what several say: all they name, and `~all`. A redirect becomes an include: beside `all` it would be
/// passed over.
pub fn merged(texts: &[String]) -> String {
    let mut words = vec!["v=spf1".to_owned()];
    for word in texts.iter().flat_map(|text| text.split_whitespace().skip(1)) {
        let is_all = word.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all");
        let word = match word.split_once('=') {
            Some((name, domain)) if name.eq_ignore_ascii_case("redirect") => format!("include:{domain}"),
            _ => word.to_owned(),
        };
        if !is_all && !words.contains(&word) {
            words.push(word);
        }
    }
    words.push("~all".to_owned());
    words.join(" ")
}

/// An address as a record names it.
pub fn term(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("ip4:{address}"),
        IpAddr::V6(address) => format!("ip6:{address}"),
    }
}

#[cfg(test)]
mod tests;
