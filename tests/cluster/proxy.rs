//! A wire that can be harmed: a TCP proxy in the test's process, one for each way between two parties.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They arrive.
    Pass,
    /// They arrive later.
    Delay(Duration),
    /// Connections end, new ones too, at once.
    Cut,
    /// Half-open: connections stay and new ones are taken, but nothing arrives on either side until it is healed.
    Silent,
    /// What the client says arrives, what it is answered does not.
    Deaf,
    /// What the client says does not arrive.
    Mute,
}

#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

impl Mode {
    fn lets_through(self, way: Way) -> bool {
        match (self, way) {
            (Self::Pass | Self::Delay(_), _) | (Self::Deaf, Way::Up) | (Self::Mute, Way::Down) => true,
            (Self::Cut | Self::Silent, _) | (Self::Deaf, Way::Down) | (Self::Mute, Way::Up) => false,
        }
    }
}

/// The proxy. It ends with this value.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: watch::Sender<Mode>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// One that leads there.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, seen) = watch::channel(Mode::Pass);
        let server = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, seen.clone()));
            }
        });
        Self { address, mode, server }
    }

    /// From now on, for connections that there are and for new ones.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn carry(client: TcpStream, target: SocketAddr, mut mode: watch::Receiver<Mode>) {
    // A half-open network does not refuse: whoever asks is left waiting.
    let cut =
        mode.wait_for(|mode| mode.lets_through(Way::Up) || *mode == Mode::Cut).await.is_ok_and(|m| *m == Mode::Cut);
    let Some(server) = (if cut { None } else { TcpStream::connect(target).await.ok() }) else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // Who ends one way ends the other: there are no half-closed connections in this house.
    tokio::select! {
        () = pump(from_client, to_server, Way::Up, mode.clone()) => {}
        () = pump(from_server, to_client, Way::Down, mode.clone()) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Way, mut mode: watch::Receiver<Mode>) {
    let mut watched = mode.clone();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let len = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or(0),
            _ = watched.wait_for(|mode| *mode == Mode::Cut) => 0,
        };
        let Ok(now) = mode.wait_for(|mode| mode.lets_through(way) || *mode == Mode::Cut).await.map(|mode| *mode) else {
            return;
        };
        if len == 0 || now == Mode::Cut {
            return;
        }
        if let Mode::Delay(time) = now {
            tokio::time::sleep(time).await;
        }
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says back what it hears.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn what_is_held_back_arrives_once_it_is_healed_and_what_is_cut_ends() {
        let proxy = Proxy::to(echo().await).await;
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        let mut heard = [0; 3];
        stream.write_all(b"one").await.unwrap();
        stream.read_exact(&mut heard).await.unwrap();
        for held in [Mode::Silent, Mode::Deaf, Mode::Mute] {
            proxy.set(held);
            stream.write_all(b"two").await.unwrap();
            let early = tokio::time::timeout(Duration::from_millis(100), stream.read_exact(&mut heard)).await;
            assert!(early.is_err(), "{held:?}");
            proxy.set(Mode::Delay(Duration::from_millis(1)));
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"two");
        }
        proxy.set(Mode::Cut);
        assert_eq!(stream.read(&mut heard).await.unwrap_or(0), 0);
        let mut late = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(late.read(&mut heard).await.unwrap_or(0), 0);
    }
}
