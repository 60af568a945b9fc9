//! The origin under which the world sees the server: scheme, host and port, as a browser spells it.

/// Parses `http://HOST[:PORT]` or `https://…` and spells it as a browser's `Origin` header does: lower case, without the
/// scheme's own port, without a slash at the end. `None` where it is anything else.
pub(super) fn parse(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
    let (host, port) = split_port(&authority)?;
    let authority = if port == own_port { host } else { &authority };
    Some(format!("{scheme}://{authority}"))
}

/// Host and port, the port with its colon or empty. `None` where either is malformed.
fn split_port(authority: &str) -> Option<(&str, &str)> {
    let host_len = match authority.strip_prefix('[') {
        Some(inner) => {
            let address = &inner[..inner.find(']')?];
            address.parse::<std::net::Ipv6Addr>().ok()?;
            address.len() + 2
        }
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_len);
    let host_is_good = host.starts_with('[')
        || (!host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')));
    let port_is_good = port.is_empty() || port.strip_prefix(':')?.parse::<u16>().is_ok_and(|p| p > 0);
    (host_is_good && port_is_good).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_origin_is_spelled_as_browsers_do() {
        for (text, origin) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("HTTPS://Chat.Example.COM/", "https://chat.example.com"),
            ("https://chat.example.com:443", "https://chat.example.com"),
            ("http://chat.example.com:443", "http://chat.example.com:443"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(origin));
        }
    }

    #[test]
    fn what_has_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "chat.example.com",
            "ftp://x",
            "http://",
            "http:///",
            "http://a/b",
            "http://a?b",
            "http://u@a",
            "http://a:b",
            "http://a:0",
            "http://[::1",
            "http://[x]",
            "http://a b",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
