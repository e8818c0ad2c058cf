//! Periodic work: send what is due, delete what is old, and rewrap secrets.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, deliveries, endpoints, sending};

/// The job that sends; consumers nudge it.
pub(crate) const SEND: &str = "deliveries.send";

/// Deliveries that are due again, and those of a replica that crashed, wait this long at most.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// Bodies are deleted within an hour of their time.
const CLEAN_EVERY: Duration = Duration::from_hours(1);

/// Rewrapping starts soon after a new key is given, and costs nothing when there is none.
const REWRAP_EVERY: Duration = Duration::from_mins(1);

/// Every worker sends: a claimed delivery belongs to one of them.
pub(crate) fn all() -> Jobs<App> {
    Jobs::new()
        .every_worker(SEND_EVERY, SEND, sending::workflow::send_due)
        .every(CLEAN_EVERY, "deliveries.clean", clean)
        .every(REWRAP_EVERY, "endpoints.rewrap", endpoints::workflow::rewrap)
}

async fn clean(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    app.db
        .system_tx("deliveries.clean", async |conn| deliveries::ops::clean(conn, now).await)
        .await?;
    Ok(())
}
