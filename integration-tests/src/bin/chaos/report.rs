//! What the run prints: each line with the seconds since its start.

use std::{sync::OnceLock, time::Instant};

use xtask::say;

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Prints a line.
pub(crate) fn line(text: &str) {
    let seconds = STARTED.get_or_init(Instant::now).elapsed().as_secs_f64();
    say::line(format!("{seconds:7.1}  {text}"));
}
