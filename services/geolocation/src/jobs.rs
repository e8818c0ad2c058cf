//! Looking after the files that the service was given.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::app::App;

/// A new file serves at the latest after this.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Each replica has its own files. Reading blocks the thread of the jobs, which is there for background work alone.
pub fn all() -> Jobs<App> {
    Jobs::new()
        .everywhere(LOOK_EVERY, "databases.reload", async |app: &App| {
            app.databases.reload();
            Ok(())
        })
        .everywhere(LOOK_EVERY, "places.reload", async |app: &App| {
            app.places.reload();
            Ok(())
        })
}
