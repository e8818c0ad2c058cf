//! Keeps the keys in memory equal to those in the database.

use super::{ops, store};
use crate::app::App;

/// Makes and drops the keys that are due, and loads those that are published then.
pub(crate) async fn rotate(app: &App) -> anyhow::Result<()> {
    let (id, now, wrap_key) = (app.kit.ids.next(), app.kit.clock.now(), &app.wrap_key);
    let keys = app
        .db
        .system_tx("keys.rotate", async |conn| ops::rotate(conn, wrap_key, id, now).await)
        .await?;
    app.signing_keys.load(&keys, wrap_key)
}

/// Loads what another replica published.
pub(crate) async fn reload(app: &App) -> anyhow::Result<()> {
    let keys = app.db.system_tx("keys.reload", store::all).await?;
    app.signing_keys.load(&keys, &app.wrap_key)
}
