//! The door itself: a server on one port for HTTP and for sockets, and who is let through the upgrade.
//!
//! The raw door gets every WebSocket upgrade of the port, whatever its path: it answers all of them itself, moves the
//! connection into a task of its own and returns, so that the buffers of HTTP are freed.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_codec::Framed;
use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::h1::Codec;
use actix_http::{Extensions, HttpService, KeepAlive, Method, Protocol, Request, Response, ServiceConfig, Version};
use actix_server::Server;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service, map_config,
};
use actix_web::dev::AppConfig;
use actix_web::http::header::{self, HeaderMap};
use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::connection::{Connection, Watch, problem};
use super::ending::{Ending, farewell};
use super::lobby::{Hall, Lobby};
use super::outgoing::Outgoing;
use super::pace::Pace;
use super::reception::Newcomer;
use super::shortcut;
use super::{Doors, House, operator, visitor};
use crate::domain::time::Span;
use crate::edge::auth::{Credentials, PageOrigin, transport_security};
use crate::edge::limits::{Full, Handshake, Seat};
use crate::ports::figures;

/// The subprotocol of PROTOCOL.
const SUBPROTOCOL: &str = "doorbell.v1";
/// How many connections without an upgrade an address may hold beside as many as it may have sockets.
const PLAIN_CONNECTIONS: usize = 64;
/// How many times as long as a request may take to arrive an answer may take to be taken in, the next request included.
const PATIENCE: u32 = 3;

/// Opens both doors on a listener: sockets as `doors` say, everything else to the application. The server leaves signals
/// alone; end it with [`Doors::close_all`] and then its handle.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve<F, I, S, B>(listener: TcpListener, workers: usize, doors: &Doors, app: F) -> std::io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let house = Arc::clone(&doors.0);
    set_options(&listener, 2 * house.limits().write_deadline.to_duration());
    let server = Server::build().workers(workers).disable_signals().shutdown_timeout(5);
    let server = server.listen("doorbell", listener, move || {
        // Runs once on each worker's thread.
        let hall = Lobby::open(&house);
        let by_dispatcher = Rc::clone(&hall);
        let house = Arc::clone(&house);
        // Each worker takes in its share.
        let pace = Rc::new(Pace::new(house.limits().connects_per_second.div_ceil(workers as u32)));
        let handshake_deadline = house.limits().handshake_deadline.to_duration();
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let app = apply_fn_factory(map_config(app, |()| AppConfig::default()), answered);
        let deadline = house.limits().request_deadline.to_duration();
        let keep_alive = house.limits().keep_alive.to_duration();
        let http = HttpService::build()
            .client_request_timeout(handshake_deadline)
            .keep_alive(KeepAlive::Timeout(keep_alive))
            .on_connect_ext(move |io: &Connection, data: &mut Extensions| on_connect(&house, io, data))
            .upgrade(fn_service(move |(request, framed): (Request, Framed<Connection, Codec>)| {
                let parts = framed.into_parts();
                if let Some(handshake) = request.conn_data::<Handshake>() {
                    handshake.came();
                }
                let peer = request.peer_addr();
                admit(&by_dispatcher, &request, parts.io.into_stream(), peer, parts.read_buf.to_vec());
                std::future::ready(Ok::<(), Infallible>(()))
            }))
            .finish(app);
        let config = ServiceConfig::default();
        let connect = fn_service(move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            let wait = pace.take_turn(Instant::now());
            let (hall, config) = (Rc::clone(&hall), config.clone());
            async move {
                if !wait.is_zero() {
                    figures::limited("connects_per_second");
                    tokio::time::sleep(wait).await;
                }
                if let Some((request, head)) = shortcut::take(&io, &config) {
                    admit(&hall, &request, io, peer, head);
                    // It is no connection of HTTP any more.
                    return Err(DispatchError::Upgrade);
                }
                Ok((Connection::new(io, deadline * PATIENCE, keep_alive), Protocol::Http1, peer))
            }
        });
        connect.and_then(http)
    })?;
    Ok(server.run())
}

/// What holds for every connection: they have it from their listener, once for all.
fn set_options(listener: &TcpListener, user_timeout: Duration) {
    let listener = SockRef::from(listener);
    // Where that cannot be set, answers are later, not wrong.
    let _ = listener.set_tcp_nodelay(true);
    // On a system that does not have it the deadlines of the sockets themselves are all there is.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    let _ = listener.set_tcp_user_timeout(Some(user_timeout));
}

/// Has a request answered; its connection waits for nothing meanwhile.
fn answered<S: Service<Request>>(
    request: Request,
    app: &S,
) -> impl Future<Output = Result<S::Response, S::Error>> + use<S> {
    let under_way = request.conn_data::<Rc<Watch>>().cloned().map(Watch::begin);
    let answer = app.call(request);
    async move {
        let answer = answer.await;
        drop(under_way);
        answer
    }
}

/// Counts connections by address; one too many is cut before it says anything. A trusted proxy has as many as it likes.
fn on_connect(house: &House, io: &Connection, data: &mut Extensions) {
    data.insert(io.watch());
    let Ok(peer) = io.peer_addr() else { return };
    let limits = house.limits();
    data.insert(Handshake::awaited(&house.config.store, limits));
    if limits.trusted_proxies.trusts(peer.ip()) {
        return;
    }
    let max = limits.connections_per_ip.saturating_mul(2).saturating_add(PLAIN_CONNECTIONS);
    if let Some(mark) = house.connected.enter(peer.ip().into(), max) {
        // Counted as long as the connection speaks HTTP; a socket has its seat.
        data.insert(mark);
    } else {
        figures::limited("connections_per_ip");
        let _ = SockRef::from(io.stream()).shutdown(std::net::Shutdown::Both);
    }
}

/// Which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Operator,
    Visitor,
}

impl Path {
    /// Who sits at its sockets.
    fn seated(self) -> figures::Seated {
        match self {
            Self::Operator => figures::Seated::Operator,
            Self::Visitor => figures::Seated::Visitor,
        }
    }
}

/// An upgrade that is not answered with 101.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turned {
    status: u16,
    title: &'static str,
    code: &'static str,
    detail: &'static str,
    /// One more header, with its line end.
    header: &'static str,
}

impl Turned {
    const fn new(status: u16, title: &'static str, code: &'static str, detail: &'static str) -> Self {
        Self { status, title, code, detail, header: "" }
    }

    /// As it goes over the wire. The guards of every other answer are its too; `public_url` says whether the world comes by TLS.
    fn response(self, public_url: &str) -> String {
        let transport = transport_security(public_url)
            .map(|value| format!("strict-transport-security: {value}\r\n"))
            .unwrap_or_default();
        let Self { status, title, code, detail, header } = self;
        let body = problem(status, title, code, detail);
        format!(
            "HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             connection: close\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
             content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n{transport}{header}\r\n{body}",
            body.len()
        )
    }
}

const NOT_FOUND: Turned = Turned::new(404, "Not Found", "not_found", "the sockets are at /ws/operator and /ws/visitor");
const WRONG_METHOD: Turned = Turned {
    header: "allow: GET\r\n",
    ..Turned::new(405, "Method Not Allowed", "method_not_allowed", "an upgrade is a GET")
};
const WRONG_VERSION: Turned = Turned {
    header: "sec-websocket-version: 13\r\nupgrade: websocket\r\n",
    ..Turned::new(426, "Upgrade Required", "upgrade_required", "the version of WebSocket is 13")
};
const NO_UPGRADE: Turned = Turned {
    header: "upgrade: websocket\r\n",
    ..Turned::new(426, "Upgrade Required", "upgrade_required", "an upgrade says `Connection: Upgrade`")
};
const OLD_HTTP: Turned = Turned::new(400, "Bad Request", "bad_request", "an upgrade is a request of HTTP/1.1");
const HAS_BODY: Turned = Turned::new(400, "Bad Request", "bad_request", "an upgrade has no body");
const BAD_KEY: Turned = Turned::new(400, "Bad Request", "bad_request", "Sec-WebSocket-Key is 16 bytes in base64");
const FOREIGN_ORIGIN: Turned =
    Turned::new(403, "Forbidden", "origin", "the cookie is good from the server's own pages only");
const HOUSE_FULL: Turned = Turned {
    header: "retry-after: 5\r\n",
    ..Turned::new(503, "Service Unavailable", "unavailable", "there is no room for one more connection now")
};
const ADDRESS_FULL: Turned = Turned {
    header: "retry-after: 5\r\n",
    ..Turned::new(429, "Too Many Requests", "rate_limited", "there are too many connections from this address")
};

/// What an upgrade came to.
struct Admitted {
    path: Path,
    /// The answer, with its empty line.
    response: String,
    credentials: Credentials,
    origin: PageOrigin,
    client: IpAddr,
    seat: Seat,
}

/// `head`: what came behind the request.
fn admit(hall: &Rc<Hall>, request: &Request, io: TcpStream, peer: Option<SocketAddr>, head: Vec<u8>) {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    match decide(&hall.house, request, peer) {
        Ok(admitted) => {
            actix_rt::spawn(let_in(Rc::clone(hall), io, head, admitted));
        }
        Err(turned) => {
            tracing::debug!(status = turned.status, code = turned.code, "an upgrade was refused");
            figures::refused(figures::Door::Upgrade, turned.code);
            let mut out = Outgoing::default();
            out.push(Bytes::from(turned.response(&hall.house.config.public_url)));
            actix_rt::spawn(farewell(io, out, Ending::TurnedAway));
        }
    }
}

async fn let_in(hall: Rc<Hall>, io: TcpStream, head: Vec<u8>, admitted: Admitted) {
    let Admitted { path, response, credentials, origin, client, seat } = admitted;
    if answer(&io, response, hall.house.limits().write_deadline).await.is_err() {
        return;
    }
    let newcomer = Newcomer { io, head };
    let open = figures::Connection::opened(path.seated());
    match path {
        Path::Operator => {
            // A cookie that came from nowhere in particular proves nothing: the hello's token may.
            let credentials = match (&credentials, &origin) {
                (Credentials::Cookie(_), origin) if *origin != PageOrigin::Own => Credentials::None,
                _ => credentials,
            };
            Box::pin(operator::attend(hall, newcomer, credentials, seat)).await;
            drop(open);
        }
        Path::Visitor => {
            let origin = match origin {
                PageOrigin::Foreign(origin) => Some(origin),
                PageOrigin::Own | PageOrigin::Unsaid => None,
            };
            let arrival = visitor::Arrival { household: client.into(), seat, origin, open };
            visitor::attend(hall, newcomer, arrival).await;
        }
    }
}

/// Answers an upgrade. Nothing was written before, so the kernel takes it at once, or the peer is given until the deadline.
async fn answer(io: &TcpStream, response: String, deadline: Span) -> std::io::Result<()> {
    let mut out = Outgoing::default();
    if out.send(&Bytes::from(response), io)?.is_drained() {
        return Ok(());
    }
    let written = async {
        while !out.flush(io)?.is_drained() {
            io.writable().await?;
        }
        Ok(())
    };
    tokio::time::timeout(deadline.to_duration(), written).await?
}

fn decide(house: &House, request: &Request, peer: IpAddr) -> Result<Admitted, Turned> {
    let headers = request.head().headers();
    let path = match request.path() {
        "/ws/operator" => Path::Operator,
        "/ws/visitor" => Path::Visitor,
        _ => return Err(NOT_FOUND),
    };
    if request.method() != Method::GET {
        return Err(WRONG_METHOD);
    }
    if request.version() < Version::HTTP_11 {
        return Err(OLD_HTTP);
    }
    if !says_upgrade(headers) {
        return Err(NO_UPGRADE);
    }
    // What follows the head belongs to the socket: a proxy that takes it for a body would be talked past.
    if headers.get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0") {
        return Err(HAS_BODY);
    }
    if only(headers, &header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != b"13") {
        return Err(WRONG_VERSION);
    }
    let response = switching(headers).ok_or(BAD_KEY)?;
    let credentials = Credentials::of(headers);
    let origin = PageOrigin::of(headers, &house.config.public_url);
    if path == Path::Operator && matches!((&credentials, &origin), (Credentials::Cookie(_), PageOrigin::Foreign(_))) {
        return Err(FOREIGN_ORIGIN);
    }
    if house.is_closing() {
        return Err(HOUSE_FULL);
    }
    let client = house.limits().trusted_proxies.client(peer, headers);
    let seat = house.census.seat(client, house.limits()).map_err(|full| match full {
        Full::House => HOUSE_FULL,
        Full::Address => ADDRESS_FULL,
    })?;
    Ok(Admitted { path, response, credentials, origin, client, seat })
}

/// Whether `Connection` names the upgrade.
fn says_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONNECTION).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
}

/// A header that may be there once only.
fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name);
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

/// The answer that switches protocols; `None`: the key is none.
fn switching(headers: &HeaderMap) -> Option<String> {
    use base64::Engine as _;
    let key = only(headers, &header::SEC_WEBSOCKET_KEY)?;
    let nonce = base64::engine::general_purpose::STANDARD.decode(key).ok()?;
    if nonce.len() != 16 {
        return None;
    }
    let accept = actix_http::ws::hash_key(key);
    let accept = std::str::from_utf8(&accept).ok()?;
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    let chosen = if offered.flat_map(|value| value.split(',')).any(|name| name.trim() == SUBPROTOCOL) {
        format!("sec-websocket-protocol: {SUBPROTOCOL}\r\n")
    } else {
        String::new()
    };
    Some(format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {accept}\r\n{chosen}\r\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn connections_have_their_options_from_the_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        set_options(&listener, Duration::from_secs(20));
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert!(accepted.nodelay().unwrap());
        assert_eq!(SockRef::from(&accepted).tcp_user_timeout().unwrap(), Some(Duration::from_secs(20)));
    }
}
