//! What the gateway does by itself.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, keys};

/// Rotation is looked at this often; a step is due every few days.
const ROTATE_EVERY: Duration = Duration::from_mins(1);
/// A replica knows a new key this soon; it is published for much longer before it signs.
const RELOAD_EVERY: Duration = Duration::from_secs(30);

/// All jobs.
pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(ROTATE_EVERY, "keys.rotate", rotate).everywhere(
        RELOAD_EVERY,
        "keys.reload",
        reload,
    )
}

async fn rotate(app: &App) -> anyhow::Result<()> {
    let (next_id, now, wrap) = (app.kit.ids.next(), app.kit.clock.now(), app.wrap_key.data_key());
    let keys = app
        .db
        .system_tx("keys.rotate", async |conn| keys::ops::rotate(conn, &wrap, next_id, now).await)
        .await?;
    app.ring.reload(&keys, &wrap)
}

async fn reload(app: &App) -> anyhow::Result<()> {
    let keys = app.db.system_tx("keys.reload", keys::store::all).await?;
    app.ring.reload(&keys, &app.wrap_key.data_key())
}
