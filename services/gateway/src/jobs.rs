//! Periodic work.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, keys::workflow};

/// How often rotation checks whether a step is due, which it is every few days.
const ROTATE_EVERY: Duration = Duration::from_mins(1);
/// A replica knows a new key this soon; the key is published for much longer before it signs.
const RELOAD_EVERY: Duration = Duration::from_secs(30);

/// All jobs.
pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(ROTATE_EVERY, "keys.rotate", workflow::rotate).every_replica(
        RELOAD_EVERY,
        "keys.reload",
        workflow::reload,
    )
}
