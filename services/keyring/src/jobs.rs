//! Periodic work of the keyring.

use std::time::Duration;

use kit::job::Jobs;

use crate::{app::App, keys};

/// Rewrapping starts soon after a new key-encryption key is given, and costs nothing when there is none.
const REWRAP: Duration = Duration::from_mins(1);

/// The jobs.
pub fn all() -> Jobs<App> {
    Jobs::new().every(REWRAP, "rewrap", rewrap)
}

async fn rewrap(app: &App) -> anyhow::Result<()> {
    while app
        .db
        .system_tx("keyring.rewrap", async |conn| keys::ops::rewrap(app, conn).await)
        .await?
        > 0
    {}
    Ok(())
}
