//! Looking after the files that the service was given.

use std::time::Duration;

use kit::job::Jobs;

use crate::app::App;

/// A new file serves at the latest after this.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Each replica has its own files.
pub fn all() -> Jobs<App> {
    // Reading blocks this thread, which is there for background work alone.
    Jobs::new().everywhere(LOOK_EVERY, "databases.reload", async |app: &App| {
        app.databases.reload();
        Ok(())
    })
}
