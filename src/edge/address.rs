//! Where a request comes from: the peer's address, or what a trusted proxy says about it.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap};

use super::network::Network;

/// Proxies that may say for whom they speak (`trusted_proxies`); by default nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    /// Whether what stands at this address may say for whom it speaks.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who asks: the peer, or, as long as each in turn is trusted, the one for whom it says that it speaks
    /// (`X-Forwarded-For`, else `Forwarded`; the last entry is the nearest).
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for said in forwarded_for(headers).into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            // What cannot be read ends the chain: the proxy itself answers for it.
            let Some(said) = said else { break };
            client = said;
        }
        client
    }
}

/// What the headers say, in the order in which it was said.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    // What is not text stays in its place as what cannot be read: a client's bytes must not hide what the proxy added.
    let values =
        |name| headers.get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>();
    let entries = |values: &[Cow<'_, str>]| {
        values.iter().flat_map(|value| value.split(',')).map(|entry| entry.trim().to_owned()).collect::<Vec<_>>()
    };
    let simple = entries(&values(header::X_FORWARDED_FOR));
    if !simple.is_empty() {
        return simple.iter().map(|entry| node(entry)).collect();
    }
    let for_of = |entry: &str| {
        let pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).find_map(|(_, value)| node(value))
    };
    entries(&values(header::FORWARDED)).iter().map(|entry| for_of(entry)).collect()
}

/// An address with or without a port, quotes and brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn client(proxies: &[&str], peer: &str, headers: &[(&str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let proxies = TrustedProxies(proxies.iter().map(|text| text.parse().unwrap()).collect());
        proxies.client(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn nobody_speaks_for_others_unless_trusted() {
        let said = [("x-forwarded-for", "1.2.3.4")];
        assert_eq!(client(&[], "10.0.0.1", &said), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "11.0.0.1", &said), "11.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &said), "1.2.3.4");
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.1", &said), "1.2.3.4");
    }

    #[test]
    fn what_a_client_made_up_is_before_what_the_proxy_saw() {
        let said = [("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &said), "1.2.3.4");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[("x-forwarded-for", "nonsense")]), "10.0.0.1");
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing() {
        let mut map = HeaderMap::new();
        map.append(header::X_FORWARDED_FOR, HeaderValue::from_bytes(b"\xff\xfe, 1.2.3.4").unwrap());
        let proxies = TrustedProxies(vec!["10.0.0.1".parse().unwrap()]);
        assert_eq!(proxies.client([10, 0, 0, 1].into(), &map), IpAddr::from([1, 2, 3, 4]));
    }

    #[test]
    fn forwarded_is_understood_too() {
        let said = [("forwarded", r#"for=6.6.6.6;proto=http, For="[2001:db8::1]:4711";by=10.0.0.1"#)];
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &said), "2001:db8::1");
    }

    #[test]
    fn networks_are_checked() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Network>(), Err(crate::edge::network::BadNetwork), "{wrong}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains([1, 2, 3, 4].into()));
        assert!(!"0.0.0.0/0".parse::<Network>().unwrap().contains("2001:db8::1".parse().unwrap()));
    }
}
