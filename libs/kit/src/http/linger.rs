//! Closes connections gracefully. Closing a socket while the peer is still sending makes the kernel reset the connection,
//! and the peer may never see the response that was sent before. So a connection is closed in two steps (RFC 9112 §9.6):
//! our side is shut down, then what still arrives is read and discarded until the peer closes too.
//!
//! Actix does this itself for request bodies that nobody read, but not after a request that it could not parse.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    time::timeout,
};

/// A peer that has not closed by then is cut off.
const MAX_TIME: Duration = Duration::from_secs(5);
/// A peer that sends more than this after our last response is cut off.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A connection that outlives the HTTP dispatcher, which drops its half when it is done.
#[derive(Clone)]
pub(super) struct Connection(Rc<RefCell<TcpStream>>);

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(Rc::new(RefCell::new(stream)))
    }

    /// Closes the connection once the peer has read our last response, or a limit is reached.
    pub(super) async fn close(self) {
        if let Some(stream) = Rc::into_inner(self.0) {
            let _ = timeout(MAX_TIME, discard(stream.into_inner())).await;
        }
    }
}

async fn discard(mut stream: TcpStream) {
    let (mut buffer, mut total) = ([0; 4096], 0);
    if stream.shutdown().await.is_err() {
        return;
    }
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        total += length;
        if total > MAX_BYTES {
            return;
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_shutdown(cx)
    }
}
