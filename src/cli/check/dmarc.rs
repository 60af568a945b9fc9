//! DMARC in sentences.

use super::domain::Looked;
use super::finding::Finding;
use super::origin::How;
use crate::mail::published::dkim::Key;
use crate::mail::published::dmarc::{Alignment, Found, Policy, Wish, name};

pub(super) fn finding(looked: &Looked<'_>) -> Finding {
    let domain = looked.domain;
    match &looked.dmarc {
        Err(why) => Finding::unknown("DMARC", why),
        Ok(Found::Missing) => Finding::warning(
            "DMARC",
            format!("Neither {domain} nor a domain above it has a DMARC record."),
        )
        .means(
            "Large providers want one from whoever sends them much, and nobody tells you who else sends in your name.",
        )
        .todo("Begin with one that asks for reports only; the address takes them:")
        .txt(name(domain), format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}")),
        Ok(Found::Several { domain }) => {
            Finding::wrong("DMARC", format!("{} has more than one DMARC record.", name(domain)))
                .means("Then none of them counts.")
                .todo("Leave one.")
        }
        Ok(Found::Broken { domain, why }) => {
            Finding::wrong("DMARC", format!("The record at {} cannot be read: {why}.", name(domain)))
                .means("Receivers pass over it.")
                .todo("Correct it; the least is:")
                .txt(name(domain), format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}"))
        }
        Ok(Found::Policy(policy)) => of_policy(looked, policy),
    }
}

/// What vouches for letters in the eyes of the policy; `None`: that is not known.
fn vouching(looked: &Looked<'_>, policy: &Policy) -> (Option<bool>, Option<bool>) {
    // SPF speaks of the domain in the return path.
    let aligned = policy.is_aligned(looked.envelope, looked.domain, policy.spf);
    let spf = match (&looked.spf, &looked.origin.how) {
        (Ok(report), How::Said | How::Ours) => Some(aligned && report.covers_all()),
        (Ok(report), How::Listens) if report.covers_all() => Some(aligned),
        _ => None,
    };
    let dkim = match &looked.key {
        Some((dkim, _)) if !policy.is_aligned(&dkim.domain, looked.domain, policy.dkim) => Some(false),
        Some((_, Ok(Key::Ours { .. }))) => Some(true),
        None | Some((_, Ok(Key::Uncompared) | Err(_))) => None,
        Some((_, Ok(_))) => Some(false),
    };
    (spf, dkim)
}

fn of_policy(looked: &Looked<'_>, policy: &Policy) -> Finding {
    let (domain, at) = (looked.domain, name(&policy.domain));
    let asked = match policy.wish {
        Wish::None => "asks receivers for reports only",
        Wish::Quarantine => "asks receivers to put with the spam what nothing vouches for",
        Wish::Reject => "asks receivers to refuse what nothing vouches for",
    };
    let part = if policy.percent < 100 { format!(", {} of a hundred times", policy.percent) } else { String::new() };
    let found = format!("{at} {asked} ({}={}{part}).", policy.tag, policy.wish.as_str());
    if let Some((dkim, _)) = &looked.key
        && !policy.is_aligned(&dkim.domain, domain, policy.dkim)
    {
        let why = if policy.dkim == Alignment::Strict { " (adkim=s: it must be the same)" } else { "" };
        return Finding::warning("DMARC", found)
            .means(format!("Signatures of {} do not count for letters from {domain}{why}.", dkim.domain))
            .todo(format!("Sign for the sender's own domain: mail.dkim.domain = \"{domain}\"."));
    }
    match vouching(looked, policy) {
        (Some(false), Some(false)) if policy.wish != Wish::None => Finding::wrong("DMARC", found)
            .means("Nothing vouches for your letters: neither SPF nor DKIM, as said above.")
            .todo("Set one of the two right, better both."),
        (Some(false), None) if looked.key.is_none() && policy.wish != Wish::None => Finding::wrong("DMARC", found)
            .means("SPF does not vouch for your letters, and they are not signed here.")
            .todo("Set SPF right, and sign (DKIM)."),
        (spf, dkim) => {
            let told = |vouches, yes: &'static str, no: &'static str, unknown: &'static str| match vouches {
                Some(true) => yes,
                Some(false) => no,
                None => unknown,
            };
            let spf = told(
                spf,
                "SPF vouches for your letters",
                "SPF does not vouch for your letters",
                "Whether SPF vouches for your letters is not known",
            );
            let dkim = told(dkim, "DKIM does", "DKIM does not", "of DKIM it is not known");
            let reports = if policy.reports.is_some() { "" } else { " No reports are asked for (rua=)." };
            Finding::ok("DMARC", found).means(format!("{spf}; {dkim}.{reports}"))
        }
    }
}
