//! What messaging does by itself.

use std::time::Duration;

use kit::{db::DbError, jobs::Jobs};

use crate::{
    app::App,
    deliveries::{dispatch, ops},
};

/// The job that sends; consumers wake it.
pub(crate) const SEND: &str = "deliveries.send";

/// The table.
pub(crate) fn jobs() -> Jobs<App> {
    Jobs::new().everywhere(Duration::from_secs(1), SEND, send).every(
        Duration::from_hours(1),
        "deliveries.sweep",
        sweep,
    )
}

async fn send(app: &App) -> anyhow::Result<()> {
    if dispatch::run(app).await? {
        app.nudge.nudge(SEND);
    }
    Ok(())
}

async fn sweep(app: &App) -> anyhow::Result<()> {
    app.db
        .system_tx("deliveries.sweep", async |conn| -> Result<(), DbError> {
            ops::sweep(app, conn).await
        })
        .await?;
    Ok(())
}
