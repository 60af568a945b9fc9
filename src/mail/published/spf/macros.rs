//! Macros in the domains of SPF records (RFC 7208, 7): `%{i}`, `%{d2}`, `%{ir}` and their like.

use std::net::IpAddr;

/// What macros stand for.
pub(super) struct Values<'a> {
    pub(super) sender: &'a str,
    pub(super) domain: &'a str,
    pub(super) address: IpAddr,
}

/// Whether every macro is one.
pub(super) fn check(text: &str) -> Result<(), String> {
    let values = Values { sender: "a@example.com", domain: "example.com", address: IpAddr::from([192, 0, 2, 1]) };
    expand(text, &values).map(drop)
}

/// The text with what its macros stand for.
pub(super) fn expand(text: &str, values: &Values<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.as_bytes().first() {
            Some(b'%') => out.push('%'),
            Some(b'_') => out.push(' '),
            Some(b'-') => out.push_str("%20"),
            Some(b'{') => {
                let end = rest.find('}').ok_or("a macro without an end")?;
                out.push_str(&value(&rest[1..end], values)?);
                rest = &rest[end + 1..];
                continue;
            }
            _ => return Err("a % that begins no macro".to_owned()),
        }
        rest = &rest[1..];
    }
    out.push_str(rest);
    // Labels are dropped from the left of a name that became too long for DNS.
    let mut name = out.as_str();
    while name.len() > 253 {
        name = name.split_once('.').map_or("", |(_, shorter)| shorter);
    }
    Ok(name.to_owned())
}

/// `d2r.-`: which letter, how many parts from the right, in which order, split where.
fn value(within: &str, values: &Values<'_>) -> Result<String, String> {
    let unknown = || format!("%{{{within}}} is no macro");
    let letter = within.chars().next().ok_or_else(unknown)?;
    let (local, domain) = values.sender.rsplit_once('@').unwrap_or(("postmaster", values.sender));
    let plain = match letter.to_ascii_lowercase() {
        's' => values.sender.to_owned(),
        'l' => local.to_owned(),
        'o' => domain.to_owned(),
        'd' | 'h' => values.domain.to_owned(),
        'i' => dotted(values.address),
        'p' => "unknown".to_owned(),
        'v' => if values.address.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        'c' | 'r' | 't' => return Err(format!("%{{{letter}}} is for explanations only")),
        _ => return Err(unknown()),
    };
    let rest = &within[letter.len_utf8()..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, rest) = rest.split_at(digits);
    let (reversed, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if !delimiters.chars().all(|c| ".-+,/_=".contains(c)) || count == "0" {
        return Err(unknown());
    }
    let split: &[char] = &delimiters.chars().collect::<Vec<_>>();
    let mut parts: Vec<&str> = plain.split(if split.is_empty() { &['.'] } else { split }).collect();
    if reversed {
        parts.reverse();
    }
    let keep = count.parse().unwrap_or(parts.len()).min(parts.len());
    Ok(parts[parts.len() - keep..].join("."))
}

/// An address with a dot between its parts: bytes of IPv4, nibbles of IPv6.
fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
            nibbles.map(|nibble| format!("{nibble:x}")).collect::<Vec<_>>().join(".")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7208, 7.4.
    #[test]
    fn the_examples_of_the_standard_come_out_as_there() {
        let of = |address: &str, text: &str| {
            let address = address.parse().unwrap();
            let values = Values { sender: "strong-bad@email.example.com", domain: "email.example.com", address };
            expand(text, &values)
        };
        for (text, expanded) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%%%_%-", "% %20"),
        ] {
            assert_eq!(of("192.0.2.3", text).as_deref(), Ok(expanded), "{text}");
        }
        let long = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com";
        assert_eq!(of("2001:db8::cb01", "%{ir}.%{v}._spf.%{d2}").as_deref(), Ok(long));
    }

    #[test]
    fn what_is_no_macro_is_said() {
        for broken in ["%{x}", "%{", "%{}", "50%", "%a", "%{d0}", "%{d!}", "%{c}"] {
            assert!(check(broken).is_err(), "{broken}");
        }
    }
}
