//! Periodic work: send what is due, and forget what is old.

use std::time::Duration;

use kit::{db::Conn, jobs::Jobs};

use crate::{app::App, deliveries, sending};

/// Name of the job that sends; consumers nudge it.
pub const SEND: &str = "deliveries.send";

/// Deliveries that wait for their next attempt, and those of a replica that went, wait this long at most.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// Bodies go in the hour after their time.
const CLEAN_EVERY: Duration = Duration::from_hours(1);

/// The jobs. Every replica sends; a claimed delivery belongs to one of them.
pub fn all() -> Jobs<App> {
    Jobs::new().everywhere(SEND_EVERY, SEND, sending::run::run).every(
        CLEAN_EVERY,
        "deliveries.clean",
        clean,
    )
}

async fn clean(app: &App) -> anyhow::Result<()> {
    app.db
        .system_tx("deliveries.clean", async |conn: &mut Conn| {
            deliveries::ops::clean(app, conn).await
        })
        .await?;
    Ok(())
}
