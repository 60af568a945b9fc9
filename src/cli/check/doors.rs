//! The address that the server listens at, and the one that the world calls it by.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use super::finding::Finding;
use super::http::{self, Place};
use crate::settings::Server;

/// The address to listen at: free, or a server of ours answers there.
pub(super) async fn address(server: &Server) -> Finding {
    let bind = server.bind;
    if bind.port() == 0 {
        return Finding::ok("address", format!("{bind}: any port that is free when the server starts."));
    }
    match TcpListener::bind(bind).map(drop) {
        Ok(()) => Finding::ok("address", format!("{bind} is free: a server can listen there, none does.")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(bind).await,
        Err(error) => Finding::wrong("address", format!("{bind} cannot be listened at: {error}."))
            .means("The server does not start.")
            .todo("server.bind must be an address of this machine; ports below 1024 want a right of their own."),
    }
}

async fn taken(bind: SocketAddr) -> Finding {
    let host = match bind.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let host = host.to_string();
    let place = Place { encrypted: false, host: &host, port: bind.port() };
    match http::get(&place, "/healthz").await {
        Ok(answer) if answer.status == 200 && answer.body.starts_with("ok") => {}
        answered => {
            let what = answered.map_or_else(|why| why.to_string(), |answer| format!("it answers {}", answer.status));
            return Finding::wrong("address", format!("Something else listens at {bind} ({what})."))
                .means("The server does not start.")
                .todo("Stop what listens there, or choose another server.bind.");
        }
    }
    match http::get(&place, "/readyz").await {
        Ok(answer) if answer.status == 200 => {
            Finding::ok("address", format!("A server answers at {bind}, and is ready."))
        }
        Ok(answer) => {
            Finding::wrong("address", format!("A server answers at {bind}, but it is not ready: {}", answer.body))
                .todo("Its log says since when and why.")
        }
        Err(why) => {
            Finding::wrong("address", format!("A server answers at {bind}, but not whether it is ready: {why}."))
        }
    }
}

/// The address that links and cookies bear. Whether it can be reached is a warning only: from here it may look otherwise.
pub(super) async fn public_url(server: &Server) -> Finding {
    let url = &server.public_url;
    let Some(place) = place(url) else {
        return Finding::wrong("public_url", format!("{url} is no address of a web site.")).todo("Write https://HOST.");
    };
    if is_loopback(place.host) {
        return Finding::warning("public_url", format!("{url} is this machine itself."))
            .means("The links in letters work for nobody elsewhere.")
            .todo("For more than a trial: server.public_url = \"https://HOST\", the address at which a proxy with TLS stands.");
    }
    if !place.encrypted {
        return Finding::warning("public_url", format!("{url} is not encrypted."))
            .means("Passwords and messages can be read on their way.")
            .todo("Put a proxy with TLS in front, and write https:// in server.public_url.");
    }
    match http::get(&place, "/healthz").await {
        Ok(answer) if answer.status == 200 && answer.body.starts_with("ok") => {
            Finding::ok("public_url", format!("{url} is encrypted and leads to a doorbell."))
        }
        Ok(answer) => {
            Finding::warning("public_url", format!("{url} answers, but not as doorbell does ({}).", answer.status))
                .means("Links in letters may lead astray.")
                .todo("Let the proxy pass all paths on to server.bind.")
        }
        Err(why) => Finding::warning("public_url", format!("{url} cannot be reached from here: {why}."))
            .means("If that is so for others too, links in letters lead nowhere.")
            .todo("Check that the server and the proxy run, and that the name leads to the proxy."),
    }
}

/// Scheme, host and port of an origin.
fn place(url: &str) -> Option<Place<'_>> {
    let (scheme, authority) = url.split_once("://")?;
    let encrypted = scheme == "https";
    let own = if encrypted { 443 } else { 80 };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(own), |port| port.parse().ok())?;
    Some(Place { encrypted, host, port })
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_host_and_a_port() {
        let of = |url| place(url).map(|place| (place.encrypted, place.host.to_owned(), place.port));
        assert_eq!(of("https://chat.example.com"), Some((true, "chat.example.com".to_owned(), 443)));
        assert_eq!(of("http://[::1]:8080"), Some((false, "::1".to_owned(), 8080)));
        assert!(is_loopback("127.0.0.2") && is_loopback("::1") && is_loopback("Localhost") && !is_loopback("10.0.0.1"));
    }
}
