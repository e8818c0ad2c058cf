//! Periodic work: files that were replaced are loaded.

use std::time::Duration;

use datafile::watched::Watched;
use kit::jobs::Jobs;

use crate::app::App;

/// The longest time until a new file is loaded.
const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// Each process has its own files. Reading blocks the thread of the jobs, which is only for background work.
pub(crate) fn all() -> Jobs<App> {
    Jobs::new()
        .every_replica(REFRESH_EVERY, "databases.reload", async |app: &App| {
            app.databases.refresh();
            Ok(())
        })
        .every_replica(REFRESH_EVERY, "places.reload", async |app: &App| {
            app.places.as_ref().map(Watched::refresh);
            Ok(())
        })
}
