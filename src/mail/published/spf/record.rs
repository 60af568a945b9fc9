//! The text of an SPF record, read (RFC 7208, 4.6 and 12).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::macros;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Mechanisms in their order: the first that matches decides.
    pub directives: Vec<Directive>,
    /// Whose record decides where none matches.
    pub redirect: Option<String>,
    /// Names of modifiers that mean nothing: receivers pass over them in silence.
    pub unknown: Vec<String>,
}

/// A mechanism, and what a match of it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// What a match means.
    pub qualifier: Qualifier,
    /// What matches.
    pub mechanism: Mechanism,
}

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// `+` or nothing: may send.
    Pass,
    /// `-`: may not.
    Fail,
    /// `~`: probably may not.
    SoftFail,
    /// `?`: nothing is said.
    Neutral,
}

/// What matches. Domains are as they are written, macros in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Everybody.
    All,
    /// Whoever the record of another domain lets send.
    Include(String),
    /// The domain's addresses; lengths of the prefixes that count, of IPv4 and IPv6.
    A(Option<String>, Prefixes),
    /// The addresses of the domain's mail hosts.
    Mx(Option<String>, Prefixes),
    /// Whoever has a name under the domain (not to be used any more).
    Ptr(Option<String>),
    /// A network.
    Ip(IpAddr, u8),
    /// Everybody, if the name has an address.
    Exists(String),
}

/// How many bits of an address count: of IPv4, of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixes(pub u8, pub u8);

const WHOLE: Prefixes = Prefixes(32, 128);

impl Record {
    /// What an `all` in it says; `None`: it has none.
    pub fn all(&self) -> Option<Qualifier> {
        self.directives.iter().find(|one| one.mechanism == Mechanism::All).map(|one| one.qualifier)
    }
}

impl FromStr for Record {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut record = Self { directives: Vec::new(), redirect: None, unknown: Vec::new() };
        let mut explained = false;
        for word in text.split(' ').skip(1).filter(|word| !word.is_empty()) {
            let Some((name, value)) = modifier(word) else {
                record.directives.push(directive(word)?);
                continue;
            };
            macros::check(value).map_err(|why| format!("{word:?}: {why}"))?;
            match name.to_ascii_lowercase().as_str() {
                "redirect" if record.redirect.is_some() => return Err("redirect= stands there twice".to_owned()),
                "redirect" if value.is_empty() => return Err("redirect= names no domain".to_owned()),
                "redirect" => record.redirect = Some(value.to_owned()),
                "exp" if explained => return Err("exp= stands there twice".to_owned()),
                "exp" => explained = true,
                _ => record.unknown.push(name.to_owned()),
            }
        }
        Ok(record)
    }
}

/// `name=value`, where the first mark after the name is the equals sign.
fn modifier(word: &str) -> Option<(&str, &str)> {
    let at = word.find([':', '/', '='])?;
    let (name, value) = (word.get(..at)?, word.get(at..)?.strip_prefix('=')?);
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, value))
}

fn directive(word: &str) -> Result<Directive, String> {
    let (qualifier, rest) = match word.as_bytes().first() {
        Some(b'+') => (Qualifier::Pass, &word[1..]),
        Some(b'-') => (Qualifier::Fail, &word[1..]),
        Some(b'~') => (Qualifier::SoftFail, &word[1..]),
        Some(b'?') => (Qualifier::Neutral, &word[1..]),
        _ => (Qualifier::Pass, word),
    };
    let at = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(at);
    let wrong = |why: &str| format!("{word:?}: {why}");
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if argument.is_empty() => Mechanism::All,
        "all" => return Err(wrong("nothing can follow all")),
        "include" => Mechanism::Include(named(argument).map_err(|why| wrong(&why))?),
        "exists" => Mechanism::Exists(named(argument).map_err(|why| wrong(&why))?),
        "ptr" => Mechanism::Ptr(optional(argument).map_err(|why| wrong(&why))?),
        "a" | "mx" => {
            let (domain, prefixes) = prefixes(argument).map_err(|why| wrong(&why))?;
            let domain = optional(domain).map_err(|why| wrong(&why))?;
            if name.eq_ignore_ascii_case("a") {
                Mechanism::A(domain, prefixes)
            } else {
                Mechanism::Mx(domain, prefixes)
            }
        }
        "ip4" => network::<Ipv4Addr>(argument, 32).map_err(|why| wrong(&why))?,
        "ip6" => network::<Ipv6Addr>(argument, 128).map_err(|why| wrong(&why))?,
        _ => return Err(wrong("there is no such mechanism")),
    };
    Ok(Directive { qualifier, mechanism })
}

/// `:domain`, which must be there.
fn named(argument: &str) -> Result<String, String> {
    optional(argument)?.ok_or_else(|| "it names no domain".to_owned())
}

/// `:domain` or nothing.
fn optional(argument: &str) -> Result<Option<String>, String> {
    if argument.is_empty() {
        return Ok(None);
    }
    let domain = argument.strip_prefix(':').filter(|domain| !domain.is_empty());
    let domain = domain.ok_or_else(|| "it names no domain".to_owned())?;
    if domain.parse::<IpAddr>().is_ok() {
        return Err("an address stands where a name belongs; addresses are written ip4: and ip6:".to_owned());
    }
    macros::check(domain)?;
    let end = domain.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_name = domain.ends_with('}') || end.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_name && domain.contains('.') || domain.ends_with('}') {
        Ok(Some(domain.to_owned()))
    } else {
        Err(format!("{domain:?} is no name of a domain"))
    }
}

/// `:domain/24//64`: the argument without the lengths, and these. Slashes within macros are no lengths.
fn prefixes(argument: &str) -> Result<(&str, Prefixes), String> {
    let macros_end = argument.rfind('}').map_or(0, |at| at + 1);
    let Some(at) = argument[macros_end..].find('/').map(|at| at + macros_end) else { return Ok((argument, WHOLE)) };
    let (domain, lengths) = argument.split_at(at);
    let (four, six) = match lengths.split_once("//") {
        Some((four, six)) => (four.strip_prefix('/'), Some(six)),
        None => (lengths.strip_prefix('/'), None),
    };
    let four = four.map_or(Ok(32), |text| length(text, 32))?;
    let six = six.map_or(Ok(128), |text| length(text, 128))?;
    Ok((domain, Prefixes(four, six)))
}

fn network<A: FromStr + Into<IpAddr>>(argument: &str, bits: u8) -> Result<Mechanism, String> {
    let argument = argument.strip_prefix(':').ok_or("it names no address")?;
    let (address, len) = argument.split_once('/').map_or((argument, None), |(address, len)| (address, Some(len)));
    let parsed: A = address.parse().map_err(|_| format!("{address:?} is no address of its kind"))?;
    Ok(Mechanism::Ip(parsed.into(), len.map_or(Ok(bits), |text| length(text, bits))?))
}

fn length(text: &str, max: u8) -> Result<u8, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let length = text.parse().ok().filter(|length| plain && *length <= max);
    length.ok_or_else(|| format!("/{text} is no length of a network; right is a number up to {max}"))
}
