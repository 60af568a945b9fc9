//! DMARC: what receivers shall do with letters whose `From` nothing vouches for (RFC 7489).
//!
//! The organisational domain is found by walking up the names and not by a list of public suffixes, as the standard's revision
//! does it: a list in a program grows old.

use super::domain::lies_under;
use super::tags::{tags, value};
use super::{Answers, Stop};

/// So many names above a domain are asked.
const STEPS_MAX: usize = 8;

/// What is found for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing, neither there nor above.
    Missing,
    /// More than one record, of which none counts.
    Several {
        /// The domain that has them.
        domain: String,
    },
    /// A record that cannot be read.
    Broken {
        /// The domain that has it.
        domain: String,
        /// What is wrong with it.
        why: String,
    },
    /// A record.
    Policy(Policy),
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The domain that has the record: the one that was asked for, or one above it.
    pub domain: String,
    /// The organisation that the domain belongs to: the highest domain that has a record.
    pub organisation: String,
    /// What is asked for letters of the domain that was asked for.
    pub wish: Wish,
    /// By which tag of the record: `p`, or `sp` for the domains below its own.
    pub tag: &'static str,
    /// Whether DKIM's domain must be that of `From` (`adkim=s`), or only belong to it.
    pub dkim: Alignment,
    /// The same of SPF's (`aspf=s`).
    pub spf: Alignment,
    /// Where reports go.
    pub reports: Option<String>,
    /// For how many of a hundred letters it counts.
    pub percent: u8,
}

/// What is asked for a letter that nothing vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    None,
    /// To put it with the spam.
    Quarantine,
    /// To refuse it.
    Reject,
}

impl Wish {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "quarantine" => Ok(Self::Quarantine),
            "reject" => Ok(Self::Reject),
            _ => Err(format!("{text:?} is no policy; right is none, quarantine or reject")),
        }
    }

    /// As the record has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

/// How near two domains must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Of one organisation.
    Relaxed,
    /// The same.
    Strict,
}

impl Policy {
    /// Whether a domain that vouches is near enough to that of `From`.
    pub fn is_aligned(&self, vouching: &str, from: &str, how: Alignment) -> bool {
        match how {
            Alignment::Strict => vouching.eq_ignore_ascii_case(from),
            // Without a record the two have nothing in common but one being above the other.
            Alignment::Relaxed => lies_under(vouching, &self.organisation) || lies_under(from, vouching),
        }
    }
}

/// The name under which a domain's record stands.
pub fn name(domain: &str) -> String {
    format!("_dmarc.{domain}")
}

/// Looks for what counts for letters from a domain.
///
/// # Errors
/// What must be known first.
pub fn judge(answers: &Answers, domain: &str) -> Result<Found, Stop> {
    let mut at = domain;
    for _ in 0..STEPS_MAX {
        match records(answers, at)?.as_slice() {
            [] => {}
            [only] => {
                let organisation = organisation(answers, at, only)?;
                return Ok(match read(only, at, domain, organisation) {
                    Ok(policy) => Found::Policy(policy),
                    Err(why) => Found::Broken { domain: at.to_owned(), why },
                });
            }
            _ => return Ok(Found::Several { domain: at.to_owned() }),
        }
        match above(at) {
            Some(above) => at = above,
            None => break,
        }
    }
    Ok(Found::Missing)
}

/// The name above one. What stands at the top is a registry's, which speaks for nobody's mail.
fn above(domain: &str) -> Option<&str> {
    domain.split_once('.').map(|(_, above)| above).filter(|above| above.contains('.'))
}

fn records<'a>(answers: &'a Answers, domain: &str) -> Result<Vec<&'a String>, Stop> {
    Ok(answers.texts(&name(domain))?.iter().filter(|text| is_dmarc(text)).collect())
}

/// The highest domain with a record, from one that has this text on; by `psd=` a record says that it is the highest itself, or
/// that it stands above all organisations.
fn organisation<'a>(answers: &Answers, domain: &'a str, text: &str) -> Result<&'a str, Stop> {
    let psd = |text: &str| tags(text).ok().and_then(|tags| value(&tags, "psd").map(str::to_ascii_lowercase));
    let (mut highest, mut at) = (domain, domain);
    if psd(text).as_deref() == Some("n") {
        return Ok(highest);
    }
    for _ in 0..STEPS_MAX {
        let Some(above) = above(at) else { break };
        at = above;
        if let [only] = records(answers, at)?.as_slice() {
            let psd = psd(only);
            if psd.as_deref() == Some("y") {
                break;
            }
            highest = at;
            if psd.as_deref() == Some("n") {
                break;
            }
        }
    }
    Ok(highest)
}

fn is_dmarc(text: &str) -> bool {
    let version = text.split(';').next().unwrap_or_default();
    version.split_once('=').is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
}

fn read(text: &str, at: &str, domain: &str, organisation: &str) -> Result<Policy, String> {
    let tags = tags(text)?;
    let reports = value(&tags, "rua").filter(|rua| !rua.is_empty()).map(str::to_owned);
    let wish = match value(&tags, "p") {
        Some(text) => Wish::parse(text),
        None => Err("it has no p=".to_owned()),
    };
    // A record without a policy that can be read still counts, as p=none, if it says where reports go (6.6.3).
    let wish = wish.or_else(|why| if reports.is_some() { Ok(Wish::None) } else { Err(why) })?;
    let below = value(&tags, "sp").map(Wish::parse).transpose()?;
    let (tag, wish) = match below {
        Some(below) if at != domain => ("sp", below),
        _ => ("p", wish),
    };
    let alignment = |name| match value(&tags, name).map(str::to_ascii_lowercase).as_deref() {
        None | Some("r") => Ok(Alignment::Relaxed),
        Some("s") => Ok(Alignment::Strict),
        Some(other) => Err(format!("{name}={other}: right is r or s")),
    };
    let percent = value(&tags, "pct").map_or(Ok(100), |text| {
        text.parse().ok().filter(|percent| *percent <= 100).ok_or_else(|| format!("pct={text} is no part of a hundred"))
    })?;
    if let Some(wrong) = reports.iter().flat_map(|rua| rua.split(',')).find(|uri| !uri.trim().contains(':')) {
        return Err(format!("rua={wrong}: right is mailto:ADDRESS"));
    }
    Ok(Policy {
        domain: at.to_owned(),
        organisation: organisation.to_owned(),
        wish,
        tag,
        dkim: alignment("adkim")?,
        spf: alignment("aspf")?,
        reports,
        percent,
    })
}

#[cfg(test)]
mod tests {
    use super::super::answers::world::World;
    use super::*;

    fn found(domain: &str, records: &[(&'static str, &'static str)]) -> Found {
        let world = World(records.iter().map(|(name, text)| ("TXT", *name, *text)).collect());
        world.judge(|answers| judge(answers, domain)).unwrap()
    }

    fn policy(domain: &str, records: &[(&'static str, &'static str)]) -> Policy {
        match found(domain, records) {
            Found::Policy(policy) => policy,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_is_read_with_its_defaults() {
        // The examples of RFC 7489, appendix B.2.
        let monitor =
            policy("example.com", &[("_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com")]);
        assert_eq!((monitor.wish, monitor.dkim, monitor.spf), (Wish::None, Alignment::Relaxed, Alignment::Relaxed));
        assert_eq!(monitor.reports.as_deref(), Some("mailto:dmarc-feedback@example.com"));
        let strict = policy(
            "example.com",
            &[(
                "_dmarc.example.com",
                "v=DMARC1 ; p=Quarantine;rua=mailto:a@b.com,mailto:c@d.com!10m; pct=25; adkim=s; aspf=S",
            )],
        );
        assert_eq!((strict.wish, strict.percent), (Wish::Quarantine, 25));
        assert_eq!((strict.dkim, strict.spf), (Alignment::Strict, Alignment::Strict));
    }

    #[test]
    fn a_domain_without_one_has_that_of_the_organisation() {
        let above = [("_dmarc.example.com", "v=DMARC1; p=reject; sp=none")];
        let below = policy("mail.shop.example.com", &above);
        assert_eq!((below.domain.as_str(), below.wish, below.tag), ("example.com", Wish::None, "sp"));
        let itself = policy("example.com", &above);
        assert_eq!((itself.wish, itself.tag), (Wish::Reject, "p"));
        let registry = [("_dmarc.com", "v=DMARC1; p=reject")];
        assert_eq!(found("example.com", &registry), Found::Missing);
    }

    #[test]
    fn what_does_not_count_says_why() {
        let at = "_dmarc.example.com";
        assert_eq!(found("example.com", &[]), Found::Missing);
        assert_eq!(found("example.com", &[(at, "v=spf1 -all"), (at, "v=DMARC2; p=none")]), Found::Missing);
        let twice = [(at, "v=DMARC1; p=none"), (at, "v=DMARC1; p=reject")];
        assert!(matches!(found("example.com", &twice), Found::Several { .. }));
        for broken in [
            "v=DMARC1",
            "v=DMARC1; p=nothing",
            "v=DMARC1; p=none; sp=no",
            "v=DMARC1; p=none; adkim=x",
            "v=DMARC1; p=none; pct=101",
            "v=DMARC1; p=none; rua=a@example.com",
            "v=DMARC1; p=none p=reject",
        ] {
            assert!(matches!(found("example.com", &[(at, broken)]), Found::Broken { .. }), "{broken}");
        }
        let reports_only = "v=DMARC1; rua=mailto:a@example.com";
        assert_eq!(policy("example.com", &[(at, reports_only)]).wish, Wish::None);
    }

    #[test]
    fn a_record_of_its_own_does_not_part_a_domain_from_its_organisation() {
        let own = ("_dmarc.chat.example.com", "v=DMARC1; p=reject");
        for (above, aligned) in [
            ("v=DMARC1; p=none", true),
            ("v=DMARC1; p=none; psd=n", true),
            ("v=DMARC1; p=none; psd=y", false),
            ("v=spf1 -all", false),
        ] {
            let policy = policy("chat.example.com", &[own, ("_dmarc.example.com", above)]);
            assert_eq!((policy.domain.as_str(), policy.wish), ("chat.example.com", Wish::Reject));
            assert_eq!(
                policy.is_aligned("news.example.com", "chat.example.com", Alignment::Relaxed),
                aligned,
                "{above}"
            );
        }
        let apart = ("_dmarc.chat.example.com", "v=DMARC1; p=reject; psd=n");
        let policy = policy("chat.example.com", &[apart, ("_dmarc.example.com", "v=DMARC1; p=none")]);
        assert!(!policy.is_aligned("news.example.com", "chat.example.com", Alignment::Relaxed));
    }

    #[test]
    fn domains_of_one_organisation_are_aligned() {
        let of = policy("mail.example.com", &[("_dmarc.example.com", "v=DMARC1; p=reject")]);
        for (vouching, from, relaxed, strict) in [
            ("mail.example.com", "mail.example.com", true, true),
            ("example.com", "mail.example.com", true, false),
            ("other.example.com", "mail.example.com", true, false),
            ("relay.com", "mail.example.com", false, false),
            ("badexample.com", "example.com", false, false),
        ] {
            assert_eq!(of.is_aligned(vouching, from, Alignment::Relaxed), relaxed, "{vouching}");
            assert_eq!(of.is_aligned(vouching, from, Alignment::Strict), strict, "{vouching}");
        }
    }
}
