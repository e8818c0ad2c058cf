//! Periodic work.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, index_keys, keys};

/// Rewrapping starts soon after a new key-encryption key is given, and costs nothing when there is none.
const REWRAP_EVERY: Duration = Duration::from_mins(1);

pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(REWRAP_EVERY, "rewrap", rewrap)
}

/// Index keys and data keys alike: another key-encryption key may go only when nothing needs it. As long as there is
/// another one, each run is logged: a run after the last replica got the current key is the one that an operator waits for.
async fn rewrap(app: &App) -> anyhow::Result<()> {
    let wrapper = &app.wrapper;
    let mut count = app
        .db
        .system_tx("index_keys.rewrap", async |conn| index_keys::ops::rewrap(conn, wrapper).await)
        .await?;
    let rewrap =
        || app.db.system_tx("keys.rewrap", async |conn| keys::ops::rewrap(conn, wrapper).await);
    loop {
        match rewrap().await? {
            0 => break,
            some => count += some,
        }
    }
    if wrapper.has_others() {
        tracing::info!(keys = count, "keys rewrapped");
    }
    Ok(())
}
