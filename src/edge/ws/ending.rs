//! How a socket ends: what its peer is told, and what its account.

use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::frame::{self, Violation};
use super::outgoing::Outgoing;
use crate::actors::api::Ended;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::ports::figures;
use crate::ports::journal::Store;

/// How long a peer has to take its last frames and to close its side.
const FAREWELL: Duration = Duration::from_secs(2);
/// How much of what a peer still sends is read and thrown away, in bytes: unread bytes would make the kernel reset the
/// connection before the close frame is read.
const DRAINED_LEN_MAX: usize = 1 << 20;

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client said `bye`.
    Bye,
    /// The peer sent a close frame, with this code.
    PeerClosed(Option<u16>),
    /// The connection broke, or fell silent, or its peer takes nothing.
    Vanished,
    /// The server closes it with this code of PROTOCOL, and says why.
    Closed(u16, &'static str),
    /// It never became a socket: its upgrade was refused, and the answer says why.
    TurnedAway,
    /// The session was revoked: like a log-out, it counts at once.
    Revoked,
    /// The server is going away. Where there is no other node, its account is not told: for it the socket lives as long as the
    /// process, and lingers after the next start (rule N10).
    ServerEnds,
}

impl Ending {
    /// No hello in time, or another first frame, or a hello that proves nothing.
    pub(super) const fn unauthenticated(why: &'static str) -> Self {
        Self::Closed(4001, why)
    }

    /// Not from this web site, or not in this role.
    pub(super) const fn forbidden() -> Self {
        Self::Closed(4003, "not from this web site")
    }

    /// There is no such widget.
    pub(super) const fn unknown_widget() -> Self {
        Self::Closed(4004, "unknown widget")
    }

    /// The peer reads too slowly.
    pub(super) const fn too_slow() -> Self {
        Self::Closed(4008, "too slow a reader")
    }

    /// The peer says too much.
    pub(super) const fn too_many_frames() -> Self {
        Self::Closed(4029, "too many frames")
    }

    /// There is no room, or the store is away.
    pub(super) const fn full() -> Self {
        Self::Closed(1013, "try again later")
    }

    /// What becomes of a socket whose hello was refused.
    pub(super) fn of_refused_hello(refusal: &Refusal) -> Self {
        match refusal.code {
            RefusalCode::Unauthorized | RefusalCode::BadFrame => Self::unauthenticated("not authenticated"),
            RefusalCode::Forbidden | RefusalCode::Plan => Self::forbidden(),
            RefusalCode::NotFound => Self::unknown_widget(),
            _ => Self::full(),
        }
    }

    /// The last frame to the peer.
    fn close_frame(self) -> Option<Bytes> {
        match self {
            Self::Bye => Some(frame::close(1000, "")),
            Self::PeerClosed(code) => Some(frame::close(code.unwrap_or(1000), "")),
            Self::Vanished | Self::TurnedAway => None,
            Self::Closed(code, reason) => Some(frame::close(code, reason)),
            Self::Revoked => Some(frame::close(4001, "the session has ended")),
            Self::ServerEnds => Some(frame::close(1012, "the server restarts")),
        }
    }

    /// Counts it. A code that the peer chose is no label.
    fn figure(self) {
        match self {
            Self::Bye => figures::closed("bye".to_owned()),
            Self::PeerClosed(_) => figures::closed("peer".to_owned()),
            Self::Vanished => figures::closed("vanished".to_owned()),
            Self::Closed(code, _) => figures::closed(code.to_string()),
            Self::Revoked => figures::closed("revoked".to_owned()),
            Self::ServerEnds => figures::closed("1012".to_owned()),
            Self::TurnedAway => {}
        }
        if matches!(self, Self::Closed(1009, _)) {
            figures::limited("frame_bytes");
        }
    }

    /// What the account is told (rule P4); `last_sign`: the last frame's time.
    pub(super) fn told(self, last_sign: Timestamp, store: &dyn Store) -> Option<Ended> {
        match self {
            Self::Bye | Self::Revoked => Some(Ended::Bye),
            Self::PeerClosed(_) | Self::Vanished | Self::Closed(..) => Some(Ended::Broken { last_sign }),
            // Whoever goes to another node lingers there from now on.
            Self::ServerEnds if store.is_shared() => Some(Ended::Broken { last_sign: store.now() }),
            Self::ServerEnds | Self::TurnedAway => None,
        }
    }
}

impl From<Violation> for Ending {
    fn from(violation: Violation) -> Self {
        Self::Closed(violation.close_code(), violation.reason())
    }
}

/// Sends what is left and the close frame, as far as the peer takes it in time, and closes the connection.
pub(super) async fn farewell(io: TcpStream, mut out: Outgoing, ending: Ending) {
    ending.figure();
    if ending == Ending::too_slow() {
        out.keep_begun();
    }
    if let Some(close) = ending.close_frame() {
        out.push(close);
    }
    let parted = ending != Ending::Vanished
        && tokio::time::timeout(FAREWELL, part(&io, &mut out)).await.is_ok_and(|parted| parted.is_ok());
    if !parted {
        cut(&io);
    }
}

/// The same of a peer that is gone: there is nobody to wait for.
pub(super) fn vanished(io: &TcpStream) {
    Ending::Vanished.figure();
    cut(io);
}

/// The kernel is not to keep for minutes what nobody will read.
fn cut(io: &TcpStream) {
    let _ = SockRef::from(io).set_linger(Some(Duration::ZERO));
}

async fn part(io: &TcpStream, out: &mut Outgoing) -> std::io::Result<()> {
    while !out.flush(io)?.is_drained() {
        io.writable().await?;
    }
    SockRef::from(io).shutdown(std::net::Shutdown::Write)?;
    let mut drained = 0;
    let mut buffer = [0; 1_024];
    while drained < DRAINED_LEN_MAX {
        io.readable().await?;
        match io.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => drained += len,
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
