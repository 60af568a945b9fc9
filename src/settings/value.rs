//! Values as they are given, and how each kind of key reads one. A reader's error says what would be right.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use toml::de::DeValue;

use super::duration::parse_duration;
use super::origin;
use super::secret::Secret;
use super::sections::LogFormat;
use crate::edge::network::Network;
use crate::mail::envelope_id::ENVELOPE_ID_LEN;
use crate::mail::harmless::plain_address;

/// A value before anybody has said what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// A string of the file.
    Text(String),
    /// A whole number of the file.
    Integer(i128),
    /// A boolean of the file.
    Boolean(bool),
    /// A list of the file.
    List(Vec<Raw>),
    /// Anything else of the file: no key takes it. Its TOML name.
    Other(&'static str),
    /// From the environment or a flag, where everything is text.
    Untyped(String),
}

impl Raw {
    pub(super) fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(digits) => match i128::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(number) => Self::Integer(number),
                Err(_) => Self::Other("number beyond all bounds"),
            },
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::from_toml(item.get_ref())).collect()),
            other => Self::Other(other.type_str()),
        }
    }

    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for a reader that wants something else.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "text",
            Self::Integer(_) => "a bare number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(name) => name,
        }
    }
}

/// A text that parses; the parser's error says what would be right. The text is not repeated: it may hold a secret.
pub(super) fn parsed<T>(raw: &Raw) -> Result<T, String>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text = raw.as_text().ok_or_else(|| format!("is {}: write it as text in quotes", raw.kind()))?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A text that is not empty.
pub(super) fn text(raw: &Raw) -> Result<String, String> {
    match raw.as_text() {
        Some("") => Err("must not be empty".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("is {}: write it as text in quotes", raw.kind())),
    }
}

/// A path that is not empty.
pub(super) fn path(raw: &Raw) -> Result<PathBuf, String> {
    text(raw).map(PathBuf::from)
}

/// `true` or `false`.
pub(super) fn boolean(raw: &Raw) -> Result<bool, String> {
    match raw {
        Raw::Boolean(value) => Ok(*value),
        Raw::Untyped(text) if text == "true" => Ok(true),
        Raw::Untyped(text) if text == "false" => Ok(false),
        _ => Err("write `true` or `false`".to_owned()),
    }
}

/// A whole number within bounds.
pub(super) fn number<T>(bounds: RangeInclusive<i128>) -> impl Fn(&Raw) -> Result<T, String>
where
    T: TryFrom<i128>,
{
    move |raw| {
        let number = match raw {
            Raw::Integer(number) => Some(*number),
            Raw::Untyped(text) => text.parse().ok(),
            _ => None,
        };
        (number.filter(|n| bounds.contains(n)))
            .and_then(|n| T::try_from(n).ok())
            .ok_or_else(|| format!("write a whole number from {} to {}", bounds.start(), bounds.end()))
    }
}

/// A rate or a number of things: at least one, or nothing would ever be let through.
pub(super) fn count<T: TryFrom<i128>>(raw: &Raw) -> Result<T, String> {
    number(1..=1_000_000_000)(raw)
}

/// A duration; none at all is a duration.
pub(super) fn duration(raw: &Raw) -> Result<Duration, String> {
    let shown = match raw {
        Raw::Text(text) | Raw::Untyped(text) => match parse_duration(text) {
            Ok(duration) => return Ok(duration),
            Err(error) => return Err(format!("`{text}` is not a duration: {error}")),
        },
        Raw::Integer(_) => "a number without its unit",
        other => other.kind(),
    };
    Err(format!("is {shown}: write a duration such as \"500ms\", \"25s\", \"2m\" or \"24h\""))
}

/// A duration of at least a millisecond.
pub(super) fn positive_duration(raw: &Raw) -> Result<Duration, String> {
    match duration(raw)? {
        Duration::ZERO => Err("must be at least `1ms`".to_owned()),
        duration => Ok(duration),
    }
}

/// A wait that is measured coarsely: a shorter one could be over before it began.
pub(super) fn whole_second_at_least(raw: &Raw) -> Result<Duration, String> {
    let least = Duration::from_secs(1);
    let duration = duration(raw)?;
    if duration < least { Err("must be at least `1s`".to_owned()) } else { Ok(duration) }
}

/// How long somebody is believed to live who says so each second: with less, one that came late would be missed, or nobody ever.
pub(super) fn three_seconds_at_least(raw: &Raw) -> Result<Duration, String> {
    let duration = duration(raw)?;
    if duration < Duration::from_secs(3) {
        return Err("must be at least `3s`: a server renews its lease each second".to_owned());
    }
    Ok(duration)
}

/// An address to listen at.
pub(super) fn socket_address(raw: &Raw) -> Result<SocketAddr, String> {
    let text = text(raw)?;
    let wrong =
        |_| format!("`{text}` is not an address with a port: write `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`");
    text.parse().map_err(wrong)
}

/// An origin, spelled as browsers do.
pub(super) fn web_origin(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    origin::parse(&text).ok_or_else(|| {
        format!("`{text}` must be `http://HOST[:PORT]` or `https://HOST[:PORT]`, with nothing behind it")
    })
}

/// A list of networks; as bare text, with commas between.
pub(super) fn networks(raw: &Raw) -> Result<Vec<Network>, String> {
    let words: Vec<&str> = match raw {
        Raw::List(items) => items.iter().map(|item| item.as_text().unwrap_or_default()).collect(),
        Raw::Untyped(text) => text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect(),
        _ => return Err("write a list, such as `[\"10.0.0.0/8\", \"::1\"]`".to_owned()),
    };
    words.into_iter().map(|word| word.parse().map_err(|error| format!("`{word}`: {error}"))).collect()
}

/// The sender of mails.
pub(super) fn mailbox(raw: &Raw) -> Result<Mailbox, String> {
    let text = text(raw)?;
    let wrong = |_| {
        format!(
            "`{text}` is not a sender: write `chat@example.com` or `Chat <chat@example.com>`; a name with a comma stands in \
             quotes, `\"Chat, Inc.\" <chat@example.com>`"
        )
    };
    let mailbox: Mailbox = text.parse().map_err(wrong)?;
    // What is not ASCII no relay need take, and SMTPUTF8 is not spoken.
    if !mailbox.email.to_string().is_ascii() {
        return Err(format!(
            "`{text}` is not a sender: its address must be ASCII (an international domain is written as `xn--…`)"
        ));
    }
    Ok(mailbox)
}

/// Where reports come back to: an address with room for a letter's name behind a `+`.
pub(super) fn bounce_address(raw: &Raw) -> Result<Address, String> {
    const LOCAL_LEN_MAX: usize = 64 - 1 - ENVELOPE_ID_LEN;
    let text = text(raw)?;
    let address =
        plain_address(&text).ok_or_else(|| format!("`{text}` is not an address: write `bounces@example.com`"))?;
    if address.user().len() > LOCAL_LEN_MAX || address.user().contains('+') {
        return Err(format!(
            "`{text}`: before its @ it has at most {LOCAL_LEN_MAX} characters, without a +; right is `bounces@example.com`"
        ));
    }
    Ok(address)
}

/// A secret that cannot be guessed.
pub(super) fn long_secret(raw: &Raw) -> Result<Secret, String> {
    const LEN_MIN: usize = 16;
    let text = text(raw)?;
    if text.len() < LEN_MIN || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(format!(
            "is no secret: {LEN_MIN} characters or more, letters, digits and signs; `openssl rand -hex 24` makes one"
        ));
    }
    Ok(Secret::new(text))
}

/// The name of a domain or of a label in it.
pub(super) fn dns_name(raw: &Raw) -> Result<String, String> {
    parse_dns_name(&text(raw)?)
}

/// A name in the DNS, as `mail.dkim.domain` and `mail.dkim.selector` are.
///
/// # Errors
/// It is none.
pub fn parse_dns_name(text: &str) -> Result<String, String> {
    let label_is_good = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if text.len() <= 253 && text.split('.').all(label_is_good) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a name in the DNS (an international one is written as `xn--…`)"))
    }
}

/// How the log is written.
pub(super) fn log_format(raw: &Raw) -> Result<LogFormat, String> {
    match raw.as_text() {
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        _ => Err("write `text` or `json`".to_owned()),
    }
}

/// What is logged.
pub(super) fn log_filter(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    match tracing_subscriber::EnvFilter::try_new(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("`{text}`: {error}; write `info`, `debug` or `info,doorbell::mail=debug`")),
    }
}
