//! From which addresses letters come, as far as that can be known from here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::dns::Names;
use super::doors::is_loopback;
use crate::mail::published::domain;
use crate::mail::smtp::relay::{Destination, Relay};

/// Addresses, and how sure it is that letters come from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) how: How,
}

/// How the addresses are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Somebody said so.
    Said,
    /// The relay runs on this machine, and these are the machine's own.
    Ours,
    /// The relay listens there. It may send from elsewhere.
    Listens,
    /// They are not known; why.
    Unknown(String),
}

impl Origin {
    fn unknown(why: impl Into<String>) -> Self {
        Self { addresses: Vec::new(), how: How::Unknown(why.into()) }
    }
}

/// From where letters come.
pub(super) async fn find(said: &[IpAddr], destination: &Destination, names: &Names) -> Origin {
    if !said.is_empty() {
        return Origin { addresses: said.to_vec(), how: How::Said };
    }
    match destination {
        Destination::Directory(_) => Origin::unknown("letters are written into a folder"),
        Destination::Relay(relay) if is_loopback(&relay.host) => ours(),
        Destination::Relay(relay) => listens(relay, names).await,
    }
}

async fn listens(relay: &Relay, names: &Names) -> Origin {
    let found = match relay.host.parse() {
        Ok(address) => Ok(vec![address]),
        Err(_) => names.judge(|answers| domain::addresses(answers, &relay.host)).await,
    };
    match found {
        Err(why) => Origin::unknown(format!("the relay's address could not be looked up: {why}")),
        Ok(found) if found.is_empty() => Origin::unknown(format!("the relay's name {} has no address", relay.host)),
        Ok(mut found) => {
            found.retain(|address| is_public(*address));
            if found.is_empty() {
                Origin::unknown(
                    "the relay listens within a private network, and sends to the world from another address",
                )
            } else {
                Origin { addresses: found, how: How::Listens }
            }
        }
    }
}

/// The addresses by which this machine goes out.
fn ours() -> Origin {
    // Addresses of documentation: nothing is sent by connecting a UDP socket, only a way is chosen.
    let four = outgoing(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into());
    let six = outgoing(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into());
    let addresses: Vec<IpAddr> = [four, six].into_iter().flatten().filter(|address| is_public(*address)).collect();
    if addresses.is_empty() {
        Origin::unknown("this machine goes out by an address of a private network, or not at all")
    } else {
        Origin { addresses, how: How::Ours }
    }
}

fn outgoing(from: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((from, 0)).ok()?;
    socket.connect(SocketAddr::new(to, 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// Whether the world can see an address.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_does_not_see_what_is_private() {
        for address in
            ["10.0.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1", "169.254.1.1", "::1", "fe80::1", "fd00::1"]
        {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["198.51.100.1", "2001:db8::1", "::ffff:203.0.113.1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
