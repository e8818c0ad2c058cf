//! The mail catcher: a real SMTP receiver for one's own machine, which keeps each mail as a file and delivers nothing.
//!
//! It answers 250 only once the file is on the disk, so that "sent" in the ledger and a file in the folder are the same
//! thing, whoever is killed.

mod session;
mod spool;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, ensure};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use session::Session;
use spool::Spool;

/// Most connections at once; further ones wait.
const MAX_CONNECTIONS: usize = 256;

/// A catcher that listens.
pub struct Catcher {
    listener: TcpListener,
    spool: Arc<Spool>,
}

/// Catches on `listen` into `dir` until `stop`.
pub async fn run(listen: SocketAddr, dir: PathBuf, stop: CancellationToken) -> anyhow::Result<()> {
    Catcher::bind(listen, dir).await?.run(stop).await
}

impl Catcher {
    /// Makes the folder and listens; `listen` must be of this machine.
    pub async fn bind(listen: SocketAddr, dir: PathBuf) -> anyhow::Result<Self> {
        ensure!(listen.ip().is_loopback(), "the mail catcher listens on loopback only");
        let spool = Arc::new(Spool::open(dir)?);
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        Ok(Self { listener, spool })
    }

    /// Where it listens.
    pub fn addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Catches until `stop`.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let slot = slots.clone().acquire_owned().await?;
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => return Ok(()),
            };
            // A failed accept is the caller's trouble (it hung up) and passes.
            let Ok((stream, _)) = accepted else { continue };
            drop(stream.set_nodelay(true));
            let (spool, stop) = (self.spool.clone(), stop.clone());
            kit::tasks::spawn("catcher.session", async move {
                tokio::select! {
                    ended = Session::new(stream, spool).run() => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a mail session broke");
                        }
                    }
                    () = stop.cancelled() => {}
                }
                drop(slot);
            });
        }
    }
}
