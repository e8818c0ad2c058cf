//! Periodic work of the keyring.

use std::time::Duration;

use kit::job::Jobs;

use crate::{app::App, keys};

/// Rewrapping starts soon after a new key-encryption key is given, and costs nothing when there is none.
const REWRAP: Duration = Duration::from_secs(60);

/// The jobs.
pub fn all() -> Jobs<App> {
    Jobs::new().every(REWRAP, "rewrap", async |app: &App| Ok(keys::ops::rewrap(app).await?))
}
