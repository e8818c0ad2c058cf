//! Requests at a fixed rate whatever the answers do (open loop), or as fast as they are answered (closed loop).

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

/// What came of a load.
#[derive(Default)]
pub(crate) struct Figures {
    /// Answered as wanted.
    pub(crate) accepted: u32,
    /// Answered otherwise, or not at all.
    pub(crate) failed: u32,
    /// From the first request to the last answer.
    pub(crate) lasted: Duration,
    /// What the first failure was.
    pub(crate) failure: Option<String>,
    times: Vec<Duration>,
}

impl Figures {
    /// Accepted a second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.accepted) / self.lasted.as_secs_f64().max(0.001)
    }

    /// The time within which so many of a hundred accepted requests were answered.
    pub(crate) fn within(&self, percent: usize) -> Duration {
        percentile(&self.times, percent)
    }

    /// Failures with the first one's cause.
    pub(crate) fn failures(&self) -> String {
        match &self.failure {
            Some(cause) => format!("{} (the first: {cause})", self.failed),
            None => "0".to_owned(),
        }
    }

    fn note(&mut self, time: Duration, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) => {
                self.accepted += 1;
                self.times.push(time);
            }
            Err(error) => {
                self.failed += 1;
                self.failure.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
}

/// The time within which so many of a hundred lie.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

/// Request number `n` is due at `n / rate` seconds, and its time runs from then: waiting for a free connection counts, so
/// that a slow answer is not hidden by the requests it held up.
pub(crate) async fn open(
    rate: u32,
    time: Duration,
    connections: u32,
    ask: impl AsyncFn(u32) -> anyhow::Result<()>,
) -> Figures {
    let total = u32::try_from(time.as_secs()).unwrap_or(u32::MAX).saturating_mul(rate);
    let (next, figures) = (Cell::new(0_u32), RefCell::new(Figures::default()));
    let started = Instant::now();
    let worker = async || {
        while next.get() < total {
            let number = next.replace(next.get() + 1);
            let due = started + Duration::from_secs(1) * number / rate;
            sleep_until(due).await;
            let outcome = ask(number).await;
            figures.borrow_mut().note(due.elapsed(), outcome);
        }
    };
    join_all((0..connections).map(|_| worker())).await;
    let mut figures = figures.take();
    figures.lasted = started.elapsed();
    figures
}

/// Each connection asks again as soon as it was answered, until the time is over.
pub(crate) async fn closed(
    time: Duration,
    connections: u32,
    ask: impl AsyncFn(u32) -> anyhow::Result<()>,
) -> Figures {
    let (next, figures) = (Cell::new(0_u32), RefCell::new(Figures::default()));
    let started = Instant::now();
    let worker = async || {
        while started.elapsed() < time {
            let number = next.replace(next.get() + 1);
            let asked = Instant::now();
            let outcome = ask(number).await;
            figures.borrow_mut().note(asked.elapsed(), outcome);
        }
    };
    join_all((0..connections).map(|_| worker())).await;
    let mut figures = figures.take();
    figures.lasted = started.elapsed();
    figures
}
