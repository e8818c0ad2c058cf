//! The catcher's listener, with a session for each connection.

mod session;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, ensure};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use self::session::Session;
use super::file::Spool;

/// Most connections at once; further ones wait.
const MAX_CONNECTIONS: usize = 256;

/// A listening catcher.
pub struct Catcher {
    listener: TcpListener,
    spool: Arc<Spool>,
}

/// Receives email on `listen` and stores it in `dir` until `stop`.
pub async fn run(listen: SocketAddr, dir: PathBuf, stop: CancellationToken) -> anyhow::Result<()> {
    Catcher::bind(listen, dir).await?.run(stop).await
}

impl Catcher {
    /// Creates the folder and listens; `listen` must be a loopback address.
    pub async fn bind(listen: SocketAddr, dir: PathBuf) -> anyhow::Result<Self> {
        ensure!(listen.ip().is_loopback(), "the mail catcher listens on loopback only");
        let spool = Arc::new(Spool::open(dir)?);
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        Ok(Self { listener, spool })
    }

    /// The address it listens on.
    pub fn addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Receives email until `stop`.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let slot = slots.clone().acquire_owned().await?;
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => return Ok(()),
            };
            // Accepting fails when the client has already hung up; the next one is not affected.
            let Ok((stream, _)) = accepted else { continue };
            drop(stream.set_nodelay(true));
            let (spool, stop) = (self.spool.clone(), stop.clone());
            kit::tasks::spawn("catcher.session", async move {
                tokio::select! {
                    result = Session::new(stream, spool).run() => {
                        if let Err(error) = result {
                            tracing::debug!(%error, "SMTP session failed");
                        }
                    }
                    () = stop.cancelled() => {}
                }
                drop(slot);
            });
        }
    }
}
