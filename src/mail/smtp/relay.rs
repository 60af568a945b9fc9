//! Which relay: what `smtp_url` says.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where letters go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To a relay: `smtp://…`, `smtps://…`.
    Relay(Relay),
    /// Into a directory: `file:DIR/`.
    Directory(PathBuf),
}

/// An SMTP relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How TLS begins.
    pub security: Security,
    /// The log-in.
    pub credentials: Option<Credentials>,
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// `smtps://`: with the first byte.
    Implicit,
    /// `smtp://`: by STARTTLS where the server offers it.
    WhereOffered,
}

/// A log-in. Its password is in no `Debug`, log or error.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("password", &"…").finish()
    }
}

impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What is wrong with a `smtp_url`, and what would be right. Holds nothing of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither a relay nor a directory.
    #[error("begins with none of smtp://, smtps:// and file:")]
    Scheme,
    /// No host.
    #[error("names no host; right is smtps://USER:PASSWORD@HOST or smtp://HOST:PORT")]
    Host,
    /// The port is none.
    #[error("has a port that is none; right is a number from 1 to 65535")]
    Port,
    /// A user without a password, or the other way round, or escapes that are none.
    #[error("has a log-in that is none; right is USER:PASSWORD@, with @ : / and % written as %40 %3A %2F and %25")]
    Login,
    /// Something after the host.
    #[error("goes on after host and port; nothing can stand there")]
    Trailing,
    /// No directory.
    #[error("names no directory; right is file:DIR/")]
    Directory,
}

impl FromStr for Destination {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
            return if path.is_empty() { Err(UrlError::Directory) } else { Ok(Self::Directory(path.into())) };
        }
        let (security, rest) = if let Some(rest) = url.strip_prefix("smtps://") {
            (Security::Implicit, rest)
        } else if let Some(rest) = url.strip_prefix("smtp://") {
            (Security::WhereOffered, rest)
        } else {
            return Err(UrlError::Scheme);
        };
        relay(security, rest).map(Self::Relay)
    }
}

fn relay(security: Security, rest: &str) -> Result<Relay, UrlError> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
    if place.contains(['/', '?', '#']) {
        return Err(UrlError::Trailing);
    }
    let credentials = login.map(credentials).transpose()?;
    let (host, port) = split_port(place)?;
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::Host);
    }
    let default_port = match (security, &credentials) {
        (Security::Implicit, _) => 465,
        (Security::WhereOffered, Some(_)) => 587,
        (Security::WhereOffered, None) => 25,
    };
    let port = match port {
        None => default_port,
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)?,
    };
    Ok(Relay { host: host.to_owned(), port, security, credentials })
}

/// `host:port`, `host`, `[v6]:port`, `[v6]`.
fn split_port(place: &str) -> Result<(&str, Option<&str>), UrlError> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(UrlError::Host)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(UrlError::Trailing),
        };
    }
    Ok(place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))))
}

fn credentials(login: &str) -> Result<Credentials, UrlError> {
    let (user, password) = login.split_once(':').ok_or(UrlError::Login)?;
    let (user, password) = (unescaped(user)?, unescaped(password)?);
    // A NUL would end the name within AUTH PLAIN.
    if user.is_empty() || password.is_empty() || user.contains('\0') || password.contains('\0') {
        return Err(UrlError::Login);
    }
    Ok(Credentials { user, password })
}

fn unescaped(text: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or(UrlError::Login);
        let value = digit()? * 16 + digit()?;
        bytes.push(value as u8);
    }
    String::from_utf8(bytes).map_err(|_| UrlError::Login)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(url: &str) -> Relay {
        match url.parse() {
            Ok(Destination::Relay(relay)) => relay,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn urls_name_a_relay() {
        let full = relay("smtps://us%40er:p%3Ass%25@mx.acme.test");
        assert_eq!((full.host.as_str(), full.port, full.security), ("mx.acme.test", 465, Security::Implicit));
        assert_eq!(full.credentials, Some(Credentials { user: "us@er".to_owned(), password: "p:ss%".to_owned() }));
        assert_eq!(relay("smtp://127.0.0.1:2525").port, 2525);
        assert_eq!(relay("smtp://mx.acme.test/").port, 25);
        assert_eq!(relay("smtp://u:p@mx.acme.test").port, 587);
        assert_eq!(relay("smtp://[::1]:26").to_string(), "[::1]:26");
    }

    #[test]
    fn urls_name_a_directory() {
        for (url, path) in [("file:outbox/", "outbox/"), ("file:/var/out", "/var/out"), ("file:///var/out", "/var/out")]
        {
            assert_eq!(url.parse(), Ok(Destination::Directory(path.into())));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (url, error) in [
            ("gopher://relay", UrlError::Scheme),
            ("", UrlError::Scheme),
            ("smtp://", UrlError::Host),
            ("smtp://u:p@:25", UrlError::Host),
            ("smtp://[::1", UrlError::Host),
            ("smtp://mx:0", UrlError::Port),
            ("smtp://mx:mail", UrlError::Port),
            ("smtp://mx:70000", UrlError::Port),
            ("smtp://user@mx", UrlError::Login),
            ("smtp://user:%zz@mx", UrlError::Login),
            ("smtp://mx/path", UrlError::Trailing),
            ("smtp://mx?tls=1", UrlError::Trailing),
            ("file:", UrlError::Directory),
        ] {
            assert_eq!(url.parse::<Destination>(), Err(error), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{0:?} {0:#?} {0}", relay("smtp://user:s3cret@mx"));
        assert!(!shown.contains("s3cret") && shown.contains("user"));
    }
}
