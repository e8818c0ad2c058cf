//! What identity does by itself.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, error::Error, sessions, sign_ins};

/// The log is kept for days, so an hour late is in time.
const EVERY: Duration = Duration::from_hours(1);

/// Every job.
pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(EVERY, "identity.sign_ins.expire", expire_sign_ins).every(
        EVERY,
        "identity.sessions.expire",
        expire_sessions,
    )
}

async fn expire_sign_ins(app: &App) -> anyhow::Result<()> {
    let before = app.kit.clock.now() - app.sign_in_life;
    let deleted = app
        .db
        .system_tx("identity.sign_ins.expire", async |conn| -> Result<_, Error> {
            Ok(sign_ins::store::expire(conn, before).await?)
        })
        .await?;
    tracing::debug!(deleted, "sign-in log expired");
    Ok(())
}

async fn expire_sessions(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    let deleted = app
        .db
        .system_tx("identity.sessions.expire", async |conn| -> Result<_, Error> {
            Ok(sessions::store::expire(conn, now).await?)
        })
        .await?;
    tracing::debug!(deleted, "sessions expired");
    Ok(())
}
