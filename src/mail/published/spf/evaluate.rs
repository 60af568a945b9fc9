//! What a domain's record says of an address (RFC 7208, 4 and 5).

use std::net::IpAddr;

use super::is_spf;
use super::macros::{self, Values};
use super::record::{Mechanism, Prefixes, Qualifier, Record};
use crate::mail::published::domain::{NAMES_MAX, confirmed_names, lies_under};
use crate::mail::published::{Answers, Stop};

/// So many look-ups a receiver makes; a record that needs more is an error (4.6.4).
pub const LOOKUPS_MAX: usize = 10;
/// So many look-ups may find nothing.
const VOID_MAX: usize = 2;
/// So many mail hosts of one domain are looked at.
const MX_MAX: usize = 10;
/// So far look-ups are counted in a record that needs too many.
const COUNTED_MAX: usize = 50;

/// What the record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is no record.
    None,
    /// It says nothing.
    Neutral,
    /// May send.
    Pass,
    /// May not send.
    Fail,
    /// Probably may not.
    SoftFail,
    /// The record is broken: for many receivers as good as a refusal. Why.
    Broken(String),
}

impl From<Qualifier> for Outcome {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Pass => Self::Pass,
            Qualifier::Fail => Self::Fail,
            Qualifier::SoftFail => Self::SoftFail,
            Qualifier::Neutral => Self::Neutral,
        }
    }
}

/// The record as a whole.
pub(super) struct Whole {
    pub(super) outcome: Outcome,
    pub(super) lookups: usize,
}

/// What becomes of an address that nothing names: every mechanism is gone through.
pub(super) fn whole(answers: &Answers, domain: &str, sender: &str) -> Result<Whole, Stop> {
    let mut check = Check { answers, sender, address: None, lookups: 0, voids: 0 };
    let outcome = check.domain(domain)?;
    Ok(Whole { outcome, lookups: check.lookups })
}

/// What becomes of an address.
pub(super) fn evaluate(answers: &Answers, domain: &str, sender: &str, address: IpAddr) -> Result<Outcome, Stop> {
    // What comes as IPv4 within IPv6 is judged as what it is.
    let address = address.to_canonical();
    Check { answers, sender, address: Some(address), lookups: 0, voids: 0 }.domain(domain)
}

struct Check<'a> {
    answers: &'a Answers,
    sender: &'a str,
    /// `None`: nobody, whom only `all` matches.
    address: Option<IpAddr>,
    lookups: usize,
    voids: usize,
}

/// Whether a mechanism matches, or why the whole check ends here.
type Matched = Result<bool, End>;

enum End {
    Broken(String),
    Stop(Stop),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl<'a> Check<'a> {
    fn domain(&mut self, domain: &str) -> Result<Outcome, Stop> {
        match self.walk(domain) {
            Ok(outcome) => Ok(outcome),
            Err(End::Broken(why)) => Ok(Outcome::Broken(why)),
            Err(End::Stop(stop)) => Err(stop),
        }
    }

    fn walk(&mut self, domain: &str) -> Result<Outcome, End> {
        let mut texts = self.answers.texts(domain)?.iter().filter(|text| is_spf(text));
        let Some(text) = texts.next() else { return Ok(Outcome::None) };
        if texts.next().is_some() {
            return Err(End::Broken(format!("{domain} has more than one SPF record")));
        }
        let record: Record = text.parse().map_err(|why| End::Broken(format!("{domain}: {why}")))?;
        for directive in &record.directives {
            if self.matches(&directive.mechanism, domain)? {
                return Ok(directive.qualifier.into());
            }
        }
        let Some(redirect) = &record.redirect else { return Ok(Outcome::Neutral) };
        self.count()?;
        if self.is_for_somebody(redirect) {
            return Ok(Outcome::SoftFail);
        }
        let to = self.expanded(redirect, domain)?;
        match self.walk(&to)? {
            Outcome::None => Err(End::Broken(format!("redirect={to} leads to a domain without SPF"))),
            outcome => Ok(outcome),
        }
    }

    fn matches(&mut self, mechanism: &Mechanism, domain: &str) -> Matched {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip(network, len) => Ok(self.address.is_some_and(|address| within(address, *network, *len))),
            Mechanism::Include(of) => {
                self.count()?;
                if self.is_for_somebody(of) {
                    return Ok(false);
                }
                let of = self.expanded(of, domain)?;
                match self.walk(&of)? {
                    Outcome::Pass => Ok(true),
                    Outcome::None => Err(End::Broken(format!("include:{of} leads to a domain without SPF"))),
                    _ => Ok(false),
                }
            }
            Mechanism::A(of, prefixes) => {
                self.count()?;
                let Some(address) = self.address else { return Ok(false) };
                let of = self.target(of.as_deref(), domain)?;
                let found = self.addresses(&of, address)?;
                self.note(found.is_empty())?;
                Ok(any_within(found, address, *prefixes))
            }
            Mechanism::Mx(of, prefixes) => self.mail_hosts(of.as_deref(), domain, *prefixes),
            Mechanism::Ptr(of) => {
                self.count()?;
                let Some(address) = self.address else { return Ok(false) };
                let of = self.target(of.as_deref(), domain)?;
                self.note(self.answers.names(address)?.is_empty())?;
                let names = confirmed_names(self.answers, address)?;
                Ok(names.iter().take(NAMES_MAX).any(|name| lies_under(name, &of)))
            }
            Mechanism::Exists(of) => {
                self.count()?;
                if self.address.is_none() {
                    return Ok(false);
                }
                let of = self.expanded(of, domain)?;
                // Whatever the family of the address, an IPv4 address is what must be there.
                let found = self.answers.addresses(&of, IpAddr::from([0, 0, 0, 0]))?;
                self.note(found.is_empty())?;
                Ok(!found.is_empty())
            }
        }
    }

    fn mail_hosts(&mut self, of: Option<&str>, domain: &str, prefixes: Prefixes) -> Matched {
        self.count()?;
        let Some(address) = self.address else { return Ok(false) };
        let of = self.target(of, domain)?;
        let hosts = self.answers.mail_hosts(&of)?;
        self.note(hosts.is_empty())?;
        if hosts.len() > MX_MAX {
            return Err(End::Broken(format!("{of} has more than {MX_MAX} mail hosts")));
        }
        for host in hosts {
            if any_within(self.addresses(host, address)?, address, prefixes) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn addresses(&self, name: &str, like: IpAddr) -> Result<&'a [IpAddr], Stop> {
        self.answers.addresses(name, like)
    }

    /// The domain of a mechanism: its own, or the record's.
    fn target(&self, own: Option<&str>, domain: &str) -> Result<String, End> {
        own.map_or_else(|| Ok(domain.to_owned()), |own| self.expanded(own, domain))
    }

    fn expanded(&self, text: &str, domain: &str) -> Result<String, End> {
        let address = self.address.unwrap_or_else(|| IpAddr::from([0, 0, 0, 0]));
        macros::expand(text, &Values { sender: self.sender, domain, address }).map_err(End::Broken)
    }

    /// Whether a name depends on who sends, and nobody does: then there is nothing to look up, and nothing wrong.
    fn is_for_somebody(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        self.address.is_none() && ["%{i", "%{v", "%{p"].iter().any(|begin| text.contains(begin))
    }

    fn count(&mut self) -> Result<(), End> {
        self.lookups += 1;
        let max = if self.address.is_some() { LOOKUPS_MAX } else { COUNTED_MAX };
        if self.lookups > max {
            return Err(End::Broken(format!("it takes more than {max} look-ups")));
        }
        Ok(())
    }

    fn note(&mut self, nothing: bool) -> Result<(), End> {
        self.voids += usize::from(nothing);
        if self.voids > VOID_MAX {
            return Err(End::Broken(format!("more than {VOID_MAX} of the names in it do not exist")));
        }
        Ok(())
    }
}

fn any_within(networks: &[IpAddr], address: IpAddr, Prefixes(four, six): Prefixes) -> bool {
    networks.iter().any(|network| within(address, *network, if network.is_ipv4() { four } else { six }))
}

/// Whether the first `len` bits are the same, of addresses of one family.
fn within(address: IpAddr, network: IpAddr, len: u8) -> bool {
    let same = |a: u128, b: u128, bits: u32| {
        let shift = bits.saturating_sub(u32::from(len));
        a.checked_shr(shift).unwrap_or(0) == b.checked_shr(shift).unwrap_or(0)
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}
