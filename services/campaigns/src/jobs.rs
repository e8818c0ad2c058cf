//! Periodic work.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{
    actions::{ops, workflow::resolve},
    app::App,
    campaigns, departures,
};

/// A supporter's message waits for its constituency no longer than this once the postcodes service is available again.
const RESOLVE_EVERY: Duration = Duration::from_secs(15);
const END_GRACE_EVERY: Duration = Duration::from_mins(1);
const SWEEP_EVERY: Duration = Duration::from_mins(10);
const END_EVERY: Duration = Duration::from_mins(1);

pub(crate) fn all() -> Jobs<App> {
    Jobs::new()
        .every(RESOLVE_EVERY, "actions.resolve_places", resolve::run)
        .every(SWEEP_EVERY, "actions.sweep_unconfirmed", sweep_unconfirmed)
        .every(END_GRACE_EVERY, "campaigns.end_grace", campaigns::workflow::end_graces)
        .every(END_EVERY, "departures.end", departures::workflow::run)
}

/// Deletes actions that were not confirmed in time.
async fn sweep_unconfirmed(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    loop {
        let deleted =
            app.db.system_tx("actions.sweep", async |conn| ops::sweep(conn, now).await).await?;
        if deleted == 0 {
            return Ok(());
        }
    }
}
