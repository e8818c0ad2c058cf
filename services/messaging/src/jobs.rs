//! Periodic work.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{
    app::App,
    deliveries::{ops, workflow::dispatch},
};

/// The job that sends; consumers wake it.
pub(crate) const SEND: &str = "deliveries.send";
const SEND_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_hours(1);

pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every_worker(SEND_EVERY, SEND, dispatch::send_due).every(
        SWEEP_EVERY,
        "deliveries.sweep",
        sweep,
    )
}

async fn sweep(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    Ok(app.db.system_tx("deliveries.sweep", async |conn| ops::sweep(conn, now).await).await?)
}
