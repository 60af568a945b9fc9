//! Names of domains: which are of the public DNS, and which can take mail.

use std::net::{IpAddr, Ipv4Addr};

use super::{Answers, Stop};

/// Endings that the public DNS never holds (RFC 6761, 6762, 8375 and what everybody uses at home).
const PRIVATE: [&str; 9] =
    ["localhost", "test", "local", "localdomain", "invalid", "example", "internal", "lan", "home.arpa"];

/// Why nothing can be looked up about a domain; `None`: it can.
pub fn not_public(domain: &str) -> Option<String> {
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if literal.is_some() || domain.parse::<IpAddr>().is_ok() {
        return Some("an address and not a name".to_owned());
    }
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let private = PRIVATE.iter().find(|end| domain == **end || domain.ends_with(&format!(".{end}")));
    match private {
        Some(end) if *end == domain => Some("a name of this machine's own world".to_owned()),
        Some(end) => Some(format!("a name under .{end}, which the public DNS does not hold")),
        None if !domain.contains('.') => Some("a name without a dot, which the public DNS does not hold".to_owned()),
        None => None,
    }
}

/// Whether two domains belong together: one is the other, or lies under it.
pub(super) fn lies_under(domain: &str, above: &str) -> bool {
    let (domain, above) = (domain.to_ascii_lowercase(), above.to_ascii_lowercase());
    domain == above || domain.ends_with(&format!(".{above}"))
}

/// Where mail to a domain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbox {
    /// To these hosts (MX).
    Hosts(Vec<String>),
    /// To the domain's own address: there is no MX.
    Itself,
    /// Nowhere, as it says itself (RFC 7505).
    Refuses,
    /// Nowhere: there is neither MX nor address.
    Nowhere,
}

/// Where mail to a domain goes (RFC 5321, 5.1).
///
/// # Errors
/// What must be known first.
pub fn inbox(answers: &Answers, domain: &str) -> Result<Inbox, Stop> {
    let hosts = answers.mail_hosts(domain)?;
    match hosts {
        [only] if only.is_empty() => return Ok(Inbox::Refuses),
        [] => {}
        hosts => return Ok(Inbox::Hosts(hosts.to_vec())),
    }
    for like in families() {
        if !answers.addresses(domain, like)?.is_empty() {
            return Ok(Inbox::Itself);
        }
    }
    Ok(Inbox::Nowhere)
}

/// All addresses of a host.
///
/// # Errors
/// What must be known first.
pub fn addresses(answers: &Answers, host: &str) -> Result<Vec<IpAddr>, Stop> {
    let mut all = Vec::new();
    for like in families() {
        all.extend_from_slice(answers.addresses(host, like)?);
    }
    Ok(all)
}

/// The names of an address that lead back to it.
///
/// # Errors
/// What must be known first.
pub fn confirmed_names(answers: &Answers, address: IpAddr) -> Result<Vec<String>, Stop> {
    let mut confirmed = Vec::new();
    for name in answers.names(address)?.iter().take(NAMES_MAX) {
        if answers.addresses(name, address)?.contains(&address) {
            confirmed.push(name.clone());
        }
    }
    Ok(confirmed)
}

/// So many names of one address are looked at.
pub(super) const NAMES_MAX: usize = 10;

/// One of each family: what is asked of a name is asked for both.
fn families() -> [IpAddr; 2] {
    [Ipv4Addr::UNSPECIFIED.into(), std::net::Ipv6Addr::UNSPECIFIED.into()]
}

#[cfg(test)]
mod tests {
    use super::super::answers::world::World;
    use super::*;

    #[test]
    fn some_names_are_nobodys() {
        for name in ["localhost", "mail.shop.test", "a.local", "[127.0.0.1]", "127.0.0.1", "intranet", "X.TEST."] {
            assert!(not_public(name).is_some(), "{name}");
        }
        for name in ["example.com", "mail.latest.cz", "local.eu"] {
            assert_eq!(not_public(name), None, "{name}");
        }
    }

    #[test]
    fn mail_goes_to_the_hosts_or_to_the_domain_or_nowhere() {
        let world = World(vec![
            ("MX", "a.com", "mx1.a.com"),
            ("MX", "a.com", "mx2.a.com"),
            ("AAAA", "b.com", "2001:db8::1"),
            ("MX", "c.com", ""),
            ("A", "c.com", "192.0.2.1"),
            ("FAIL", "e.com", ""),
        ]);
        let inbox = |name| world.judge(|answers| inbox(answers, name));
        assert_eq!(inbox("a.com"), Ok(Inbox::Hosts(vec!["mx1.a.com".to_owned(), "mx2.a.com".to_owned()])));
        assert_eq!(inbox("b.com"), Ok(Inbox::Itself));
        assert_eq!(inbox("c.com"), Ok(Inbox::Refuses));
        assert_eq!(inbox("d.com"), Ok(Inbox::Nowhere));
        assert!(inbox("e.com").is_err(), "not known is not nothing");
    }

    #[test]
    fn a_name_counts_that_leads_back() {
        let world = World(vec![
            ("PTR", "1.2.0.192.in-addr.arpa", "liar.com"),
            ("PTR", "1.2.0.192.in-addr.arpa", "mx.a.com"),
            ("A", "mx.a.com", "192.0.2.1"),
        ]);
        let names = world.judge(|answers| confirmed_names(answers, "192.0.2.1".parse().unwrap()));
        assert_eq!(names, Ok(vec!["mx.a.com".to_owned()]));
    }
}
