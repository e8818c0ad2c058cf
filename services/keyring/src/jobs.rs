//! Periodic work of the keyring.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, keys, subjects};

/// Rewrapping starts soon after a new key-encryption key is given, and costs nothing when there is none.
const REWRAP: Duration = Duration::from_mins(1);

/// The jobs.
pub fn all() -> Jobs<App> {
    Jobs::new().every(REWRAP, "rewrap", rewrap)
}

/// Index keys and data keys alike: the older key-encryption key may go only when nothing needs it.
async fn rewrap(app: &App) -> anyhow::Result<()> {
    app.db
        .system_tx("keyring.rewrap_index", async |conn| {
            subjects::index::rewrap(&app.wrapper, conn).await
        })
        .await?;
    while app
        .db
        .system_tx("keyring.rewrap", async |conn| keys::ops::rewrap(app, conn).await)
        .await?
        > 0
    {}
    Ok(())
}
