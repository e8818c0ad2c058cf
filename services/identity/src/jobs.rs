//! Periodic work.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, sessions, sign_ins};

/// The log is kept for days, so an hour late is in time.
const EVERY: Duration = Duration::from_hours(1);

pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(EVERY, "identity.sign_ins.expire", expire_sign_ins).every(
        EVERY,
        "identity.sessions.expire",
        expire_sessions,
    )
}

async fn expire_sign_ins(app: &App) -> anyhow::Result<()> {
    let before = app.kit.clock.now() - chrono::Duration::days(app.config.sign_in_days.into());
    let deleted = app
        .db
        .system_tx("sign_ins.expire", async |conn| sign_ins::store::expire(conn, before).await)
        .await?;
    tracing::debug!(deleted, "sign-in log expired");
    Ok(())
}

async fn expire_sessions(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    let deleted = app
        .db
        .system_tx("sessions.expire", async |conn| sessions::store::expire(conn, now).await)
        .await?;
    tracing::debug!(deleted, "sessions expired");
    Ok(())
}
