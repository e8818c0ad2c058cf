//! The mail catcher as a process of its own, so that it outlives a killed suite.

use std::{net::SocketAddr, path::PathBuf};

use tokio_util::sync::CancellationToken;

/// Receives mail until the process is ended.
pub(crate) async fn catch(listen: SocketAddr, dir: PathBuf) -> anyhow::Result<()> {
    anyhow::ensure!(listen.ip().is_loopback(), "the catcher listens on loopback only");
    tokio::fs::create_dir_all(&dir).await?;
    messaging::catcher::run(listen, dir, CancellationToken::new()).await
}
