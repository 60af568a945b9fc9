//! The short way in. Nearly every connection is an upgrade whose head has arrived whole by the time it is accepted: it is read here,
//! by the library's own decoder, and goes to the raw door without a dispatcher of HTTP. Everything else takes the long way, and nothing
//! was taken of it: another request, half a head, nothing yet.

use actix_codec::Decoder as _;
use actix_http::h1::{Codec, Message, MessageType};
use actix_http::{Request, ServiceConfig};
use bytes::BytesMut;
use rustix::net::{RecvFlags, recv};
use tokio::net::TcpStream;

/// So much is read at once; a longer head takes the long way.
const HEAD_LEN_MAX: usize = 2_048;

/// An upgrade, and what came behind it.
pub(super) type Upgrade = (Request, Vec<u8>);

/// Looks at what has come, and takes it if it is an upgrade. Waits for nothing.
pub(super) fn take(io: &TcpStream, config: &ServiceConfig) -> Option<Upgrade> {
    let mut buffer = [0; HEAD_LEN_MAX];
    // Whatever is wrong with the connection shows again on the long way.
    let len = recv(io, &mut buffer[..], RecvFlags::PEEK).ok()?.0;
    let upgrade = upgrade(&buffer[..len], config)?;
    // It is still there, and nobody else reads.
    recv(io, &mut buffer[..len], RecvFlags::empty()).ok().filter(|(taken, _)| *taken == len)?;
    Some(upgrade)
}

fn upgrade(said: &[u8], config: &ServiceConfig) -> Option<Upgrade> {
    if !said.starts_with(b"GET /ws/") || !said.windows(4).any(|end| end == b"\r\n\r\n") {
        return None;
    }
    let (mut codec, mut rest) = (Codec::new(config.clone()), BytesMut::from(said));
    match codec.decode(&mut rest) {
        Ok(Some(Message::Item(request))) if codec.message_type() == MessageType::Stream => {
            Some((request, rest.to_vec()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /ws/visitor HTTP/1.1\r\nhost: a.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";

    #[actix_rt::test]
    async fn a_whole_upgrade_takes_the_short_way_with_what_came_behind_it() {
        let said = format!("{HEAD}frames");
        let (request, rest) = upgrade(said.as_bytes(), &ServiceConfig::default()).unwrap();
        assert_eq!((request.path(), &rest[..]), ("/ws/visitor", &b"frames"[..]));
    }

    #[actix_rt::test]
    async fn everything_else_takes_the_long_way() {
        let other_path = HEAD.replace("/ws/visitor", "/api/v1/ready");
        let no_upgrade = HEAD.replace("connection: Upgrade\r\nupgrade: websocket\r\n", "");
        let config = ServiceConfig::default();
        let malformed = HEAD.replace("host: a.test", "host a.test");
        for said in [&HEAD[..HEAD.len() - 1], &other_path, &no_upgrade, &malformed, "", "\u{16}\u{3}\u{1}"] {
            assert!(upgrade(said.as_bytes(), &config).is_none(), "{said}");
        }
    }
}
