//! Values that people type, checked once: whoever holds one of these types holds a good value.

use std::fmt;

use jiff::tz::TimeZone;
use lettre::Address;

use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Span;

/// The longest name of a person, a group or a company, in characters.
pub const NAME_LEN_MAX: usize = 120;
/// The longest address, in bytes (RFC 5321 allows 254 between angle brackets).
pub const EMAIL_LEN_MAX: usize = 254;
/// The longest origin, in bytes.
pub const ORIGIN_LEN_MAX: usize = 260;
/// The longest delay or pause that an account may choose.
pub const DELAY_MAX: Span = Span::from_secs(7 * 24 * 3_600);

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

text!(
    /// What somebody or something is called: one line of 1 to [`NAME_LEN_MAX`] characters.
    Name
);
text!(
    /// One plain address of at most [`EMAIL_LEN_MAX`] bytes: no name, no list, no quotes, no comment, ASCII only.
    Email
);
text!(
    /// An IANA time zone that is known here.
    Timezone
);
text!(
    /// A web site, as a browser's `Origin` header spells it: `scheme://host[:port]`.
    Origin
);

impl Name {
    /// Spaces around it do not count.
    ///
    /// # Errors
    /// `invalid` for an empty one or one with control characters, `too_long`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let name = text.trim();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Refusal::invalid(field, format!("`{field}` is one line of 1 to {NAME_LEN_MAX} characters")));
        }
        if name.chars().nth(NAME_LEN_MAX).is_some() {
            return Err(Refusal {
                field: Some(field),
                ..Refusal::new(RefusalCode::Invalid, format!("`{field}` is at most {NAME_LEN_MAX} characters long"))
            });
        }
        Ok(Self(name.to_owned()))
    }

    /// What somebody is called of whom only the address is known: its local part, with a capital.
    pub fn of_address(email: &Email) -> Self {
        let local = email.0.split('@').next().unwrap_or_default();
        let mut letters = local.chars().take(NAME_LEN_MAX);
        Self(letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default())
    }
}

impl Email {
    /// Spaces around it do not count.
    ///
    /// # Errors
    /// `invalid` for anything else than one plain address.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let plain = |c: char| c.is_ascii_graphic() && !"\"'`,;:<>()[]\\".contains(c);
        let is_plain = text.len() <= EMAIL_LEN_MAX && text.chars().all(plain) && text.parse::<Address>().is_ok();
        if is_plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::invalid(field, format!("`{field}` is one plain address, such as anna@example.com")))
        }
    }
}

impl Timezone {
    /// Prague: where doorbell comes from.
    pub const DEFAULT: &str = "Europe/Prague";

    /// By its IANA name.
    ///
    /// # Errors
    /// `invalid` for one that is not known.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let zone = TimeZone::get(text).ok();
        let name = zone.as_ref().and_then(|zone| zone.iana_name());
        let unknown = || Refusal::invalid(field, format!("`{field}` is an IANA time zone, such as Europe/Prague"));
        name.map(|name| Self(name.to_owned())).ok_or_else(unknown)
    }
}

impl Default for Timezone {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl Origin {
    /// Spelled as browsers do: small letters, and without the scheme's own port.
    ///
    /// # Errors
    /// `invalid` for anything with a path, a wildcard, another scheme.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let wrong = || {
            let what = format!("`{field}` holds origins, such as https://www.example.com: no path, no wildcard");
            Refusal::invalid(field, what)
        };
        (text.len() <= ORIGIN_LEN_MAX).then(|| spell(text)).flatten().map(Self).ok_or_else(wrong)
    }
}

fn spell(text: &str) -> Option<String> {
    let (scheme, authority) = text.split_once("://")?;
    let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    let own_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let host_len = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_len);
    let host_is_good = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    let digits = port.strip_prefix(':').unwrap_or_default();
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let port_is_good = port.is_empty() || (all_digits && digits.parse::<u16>().is_ok_and(|port| port > 0));
    let told = if port == own_port { host } else { authority.as_str() };
    (host_is_good && port_is_good).then(|| format!("{scheme}://{told}"))
}

/// A delay or pause in seconds, with a fraction if need be, from one millisecond to [`DELAY_MAX`].
///
/// # Errors
/// `invalid` for anything else.
pub fn delay(field: &'static str, seconds: f64) -> Result<Span, Refusal> {
    span(field, seconds, 1)
}

/// The same, where nothing at all is a value too.
///
/// # Errors
/// `invalid` for anything else.
pub fn pause(field: &'static str, seconds: f64) -> Result<Span, Refusal> {
    span(field, seconds, 0)
}

fn span(field: &'static str, seconds: f64, least_ms: i64) -> Result<Span, Refusal> {
    let ms = (seconds * 1_000.0).round();
    if ms.is_finite() && (least_ms as f64..=DELAY_MAX.0 as f64).contains(&ms) {
        return Ok(Span(ms as i64));
    }
    let (least, most) = (least_ms as f64 / 1_000.0, DELAY_MAX.0 / 1_000);
    Err(Refusal::invalid(field, format!("`{field}` is a number of seconds from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(Name::parse("name", "  Žofie Řeháčková ").unwrap().as_str(), "Žofie Řeháčková");
        assert!(Name::parse("name", &"ž".repeat(NAME_LEN_MAX)).is_ok());
        for wrong in ["", "   ", "Evil\r\nBcc: victim@evil.test", "a\0b", &"x".repeat(NAME_LEN_MAX + 1)] {
            assert_eq!(Name::parse("name", wrong).unwrap_err().field, Some("name"), "{wrong:?}");
        }
        let email = Email::parse("email", "op0@shop.test").unwrap();
        assert_eq!(Name::of_address(&email).as_str(), "Op0");
    }

    #[test]
    fn an_address_is_one_plain_one() {
        for good in ["a@b.test", " anna+x@example.com ", "o_o@127.test"] {
            assert_eq!(Email::parse("email", good).unwrap().as_str(), good.trim());
        }
        let long = format!("{}@b.test", "a".repeat(260));
        for wrong in
            ["", "no-at", "a@", "@b.test", "a@b.test, c@d.test", "A <a@b.test>", "a@b.test\r\nBcc: x@y.z", &long]
        {
            assert_eq!(Email::parse("email", wrong).unwrap_err().code, RefusalCode::Invalid, "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_has_no_more_and_no_less() {
        for (text, origin) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example:443", "https://shop.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Origin::parse("allowed_origins", text).unwrap().as_str(), origin);
        }
        for wrong in [
            "",
            "*",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://a/b",
            "https://*.a",
            "ftp://a",
            "null",
            "https://u@a",
            "https://a:",
            "https://a:0",
            "https://a:+1",
            "https://a b",
            "https://[::1",
            "https://[x]",
        ] {
            assert!(Origin::parse("allowed_origins", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_zone_is_known_and_a_delay_is_bounded() {
        assert_eq!(Timezone::parse("timezone", "Europe/Prague").unwrap().as_str(), "Europe/Prague");
        assert!(Timezone::parse("timezone", "UTC").is_ok());
        for wrong in ["Mars/Olympus", "", "+01:00", "CEST"] {
            assert!(Timezone::parse("timezone", wrong).is_err(), "{wrong}");
        }
        assert_eq!(delay("delay_s", 0.6), Ok(Span(600)));
        assert_eq!(delay("delay_s", 604_800.0), Ok(DELAY_MAX));
        assert_eq!(pause("cooldown_s", 0.0), Ok(Span(0)));
        for wrong in [-5.0, 0.0, 604_801.0, 1e300, f64::NAN, f64::INFINITY] {
            assert!(delay("delay_s", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_default_zone_is_one() {
        assert!(Timezone::parse("timezone", Timezone::DEFAULT).is_ok());
    }
}
