//! Waiting on a state with a deadline: the only place of this crate that sleeps.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::interrupt;

/// How often a state is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Looks at `ready` until it is true. Fails when it fails, after `limit`, or when interrupted.
pub fn until(
    what: &str,
    limit: Duration,
    mut ready: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + limit;
    while !ready()? {
        interrupt::check()?;
        if Instant::now() >= deadline {
            bail!("{what} did not happen within {} s", limit.as_secs());
        }
        pause();
    }
    Ok(())
}

/// Polls `done` until it returns true or `limit` has passed, and returns which. A signal does not end it early, since it is used while stopping.
pub fn patiently(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        pause();
    }
}

/// One poll interval.
#[expect(clippy::disallowed_methods, reason = "processes outside offer no state to block on")]
pub fn pause() {
    std::thread::sleep(POLL);
}
