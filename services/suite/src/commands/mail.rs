//! The mail catcher as a process of its own, so that it outlives a killed suite.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

/// Receives mail until the process is ended.
pub(crate) async fn catch(listen: SocketAddr, dir: PathBuf) -> anyhow::Result<()> {
    anyhow::ensure!(listen.ip().is_loopback(), "the catcher listens on loopback only");
    tokio::fs::create_dir_all(&dir).await?;
    messaging::catcher::run(listen, dir, CancellationToken::new()).await
}

/// Prints the messages in a catcher's folder. Their names are in the order of their arrival.
pub(crate) fn print_caught(dir: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("failed to list {}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "eml"));
    files.sort();
    for file in files {
        let message =
            fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        super::print(&String::from_utf8_lossy(&message));
    }
    Ok(())
}
