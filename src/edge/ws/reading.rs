//! How sockets are read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

/// Reads what is there; 0: the peer will send no more.
///
/// It goes through the runtime, which knows that a read that did not fill the buffer took all there was: asking whether the
/// socket is readable, and then reading until it is not, is one call of the system more for each frame.
pub(super) fn poll_read(io: &mut TcpStream, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
    let mut read = ReadBuf::new(buffer);
    ready!(Pin::new(io).poll_read(cx, &mut read))?;
    Poll::Ready(Ok(read.filled().len()))
}
