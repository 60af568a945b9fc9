//! Where mails go: an SMTP relay, or a folder.

use std::path::PathBuf;
use std::str::FromStr;

use super::secret::Secret;

/// How mails leave, as `mail.smtp_url` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relay {
    /// Through an SMTP server.
    Smtp {
        /// How the connection is secured.
        tls: Tls,
        /// Its name or address; an IPv6 address without brackets.
        host: String,
        /// Its port.
        port: u16,
        /// How to log in, if at all.
        credentials: Option<Credentials>,
    },
    /// Written as `.eml` files into a folder; relative to the working directory.
    Folder(PathBuf),
}

/// How the connection to a relay is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// `smtps:` encrypted from the first byte.
    Implicit,
    /// `smtp:` plain until the relay offers STARTTLS.
    StartTls,
}

impl Tls {
    fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::StartTls => 587,
        }
    }
}

/// A log-in at the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Who.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// The text names no relay. Does not repeat the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRelay {
    /// Not one of the schemes.
    #[error("write `smtps://USER:PASSWORD@HOST`, `smtp://HOST:PORT` or `file:FOLDER`")]
    Scheme,
    /// No host, a bad port, or more than those behind the scheme.
    #[error("behind the scheme write `HOST`, `HOST:PORT` or `USER:PASSWORD@HOST:PORT`, without a path")]
    Authority,
    /// User and password are not written as a URL needs them.
    #[error(
        "user and password stand before the `@` as `USER:PASSWORD`; write other characters than letters, digits and `-._~` as `%` and two hexadecimal digits"
    )]
    Credentials,
}

impl FromStr for Relay {
    type Err = BadRelay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(BadRelay::Scheme)?;
        let tls = match scheme {
            "file" if !rest.is_empty() => return Ok(Self::Folder(rest.strip_prefix("//").unwrap_or(rest).into())),
            "smtps" => Tls::Implicit,
            "smtp" => Tls::StartTls,
            _ => return Err(BadRelay::Scheme),
        };
        let authority = rest.strip_prefix("//").ok_or(BadRelay::Authority)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (credentials, place) = match authority.rsplit_once('@') {
            Some((credentials, place)) => (Some(parse_credentials(credentials)?), place),
            None => (None, authority),
        };
        let (host, port) = parse_place(place).ok_or(BadRelay::Authority)?;
        Ok(Self::Smtp { tls, host, port: port.unwrap_or(tls.default_port()), credentials })
    }
}

fn parse_credentials(text: &str) -> Result<Credentials, BadRelay> {
    let (user, password) = text.split_once(':').ok_or(BadRelay::Credentials)?;
    let user = percent_decode(user).filter(|user| !user.is_empty()).ok_or(BadRelay::Credentials)?;
    let password = percent_decode(password).ok_or(BadRelay::Credentials)?;
    Ok(Credentials { user, password: Secret::new(password) })
}

/// Host and, if it is there, port.
fn parse_place(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = if let Some(inner) = text.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        (address, port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let belongs = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        (!host.is_empty() && host.bytes().all(belongs)).then_some((host, port))?
    };
    let port = match port {
        "" => None,
        port => Some(port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0)?),
    };
    Some((host.to_owned(), port))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(tls: Tls, host: &str, port: u16, credentials: Option<(&str, &str)>) -> Relay {
        let credentials =
            credentials.map(|(user, password)| Credentials { user: user.to_owned(), password: Secret::new(password) });
        Relay::Smtp { tls, host: host.to_owned(), port, credentials }
    }

    #[test]
    fn a_relay_is_named_by_its_url() {
        for (text, relay) in [
            ("smtp://127.0.0.1:2525", smtp(Tls::StartTls, "127.0.0.1", 2525, None)),
            ("smtp://relay.example.com", smtp(Tls::StartTls, "relay.example.com", 587, None)),
            ("smtps://u:p@relay/", smtp(Tls::Implicit, "relay", 465, Some(("u", "p")))),
            (
                "smtps://me%40example.com:a%3Ab@relay:1",
                smtp(Tls::Implicit, "relay", 1, Some(("me@example.com", "a:b"))),
            ),
            ("smtp://[::1]:25", smtp(Tls::StartTls, "::1", 25, None)),
            ("file:outbox/", Relay::Folder("outbox/".into())),
            ("file:///var/mail/outbox", Relay::Folder("/var/mail/outbox".into())),
        ] {
            assert_eq!(text.parse(), Ok(relay), "{text}");
        }
    }

    #[test]
    fn what_is_no_relay_is_refused() {
        for (text, error) in [
            ("", BadRelay::Scheme),
            ("gopher://relay", BadRelay::Scheme),
            ("file:", BadRelay::Scheme),
            ("smtp:relay", BadRelay::Authority),
            ("smtp://", BadRelay::Authority),
            ("smtp://relay/path", BadRelay::Authority),
            ("smtp://relay:0", BadRelay::Authority),
            ("smtp://relay:many", BadRelay::Authority),
            ("smtp://user@relay", BadRelay::Credentials),
            ("smtp://:p@relay", BadRelay::Credentials),
            ("smtp://u:%zz@relay", BadRelay::Credentials),
        ] {
            assert_eq!(text.parse::<Relay>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let relay: Relay = "smtps://user:hunter2@relay".parse().unwrap();
        assert!(!format!("{relay:?}").contains("hunter2"));
    }
}
