//! By what a request says who it is, and from which page it comes.

use actix_web::http::header::{self, HeaderMap};

/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "doorbell_session";

/// What a request shows to be let in.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A token that the client put into the `Authorization` header itself: no other page can make it do so.
    Bearer(String),
    /// A token that the browser added by itself: good only from the server's own pages.
    Cookie(String),
}

impl std::fmt::Debug for Credentials {
    /// Without the token: it opens doors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(…)",
            Self::Cookie(_) => "Cookie(…)",
        })
    }
}

impl Credentials {
    /// Those of a request. A header that is there counts, good or not: it is never made up for by a cookie.
    pub fn of(headers: &HeaderMap) -> Self {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|value| value.split_once(' '));
            return match token {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Self::Bearer(token.trim().to_owned()),
                _ => Self::Bearer(String::new()),
            };
        }
        let cookies = headers.get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let session = pairs.find(|(name, _)| *name == SESSION_COOKIE);
        session.map_or(Self::None, |(_, token)| Self::Cookie(token.to_owned()))
    }

    /// The token, wherever it stood.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Bearer(token) | Self::Cookie(token) => Some(token),
        }
    }
}

/// From which page a request comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOrigin {
    /// It does not say: not a browser, or a plain navigation.
    Unsaid,
    /// The server's own.
    Own,
    /// Another web site.
    Foreign(String),
}

impl PageOrigin {
    /// That of a request to the server at `public_url`.
    pub fn of(headers: &HeaderMap, public_url: &str) -> Self {
        match headers.get_all(header::ORIGIN).collect::<Vec<_>>()[..] {
            [] => Self::Unsaid,
            // No browser says it twice.
            [value] if value.as_bytes() == origin_of_url(public_url).as_bytes() => Self::Own,
            // What is not text is no origin that anybody allowed.
            [value, ..] => Self::Foreign(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        }
    }
}

/// The origin of a URL: its scheme and authority, without the path.
pub fn origin_of_url(url: &str) -> &str {
    let authority_at = url.find("://").map_or(0, |at| at + 3);
    let authority_len = url[authority_at..].find('/').unwrap_or(url.len() - authority_at);
    &url[..authority_at + authority_len]
}

/// What browsers are told where the world reaches the server by TLS: to remember for a year that it does so always
/// (RFC 6797); `None`: it comes by plain HTTP.
pub fn transport_security(public_url: &str) -> Option<&'static str> {
    public_url.starts_with("https://").then_some("max-age=31536000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(headers: &[(HeaderName, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn a_header_wins_over_a_cookie_even_if_it_is_none() {
        let cookie = (header::COOKIE, "a=b; doorbell_session=t1; c=d");
        assert_eq!(Credentials::of(&headers(&[])), Credentials::None);
        assert_eq!(Credentials::of(&headers(std::slice::from_ref(&cookie))), Credentials::Cookie("t1".into()));
        let bearer = (header::AUTHORIZATION, "bearer t2");
        assert_eq!(Credentials::of(&headers(&[cookie.clone(), bearer])), Credentials::Bearer("t2".into()));
        let basic = (header::AUTHORIZATION, "Basic eA==");
        assert_eq!(Credentials::of(&headers(&[cookie, basic])), Credentials::Bearer(String::new()));
    }

    #[test]
    fn an_origin_is_the_servers_own_only_if_it_is_the_same_text() {
        let of = |origin: &str| PageOrigin::of(&headers(&[(header::ORIGIN, origin)]), "https://chat.example/");
        assert_eq!(of("https://chat.example"), PageOrigin::Own);
        for foreign in ["http://chat.example", "https://chat.example:8443", "https://chat.example.evil.test", "null"] {
            assert_eq!(of(foreign), PageOrigin::Foreign(foreign.to_owned()));
        }
        let twice = headers(&[(header::ORIGIN, "https://chat.example"), (header::ORIGIN, "https://chat.example")]);
        assert_ne!(PageOrigin::of(&twice, "https://chat.example"), PageOrigin::Own);
        assert_eq!(PageOrigin::of(&headers(&[]), "https://chat.example"), PageOrigin::Unsaid);
    }
}
