//! Periodic work: expire actions, resume erasures that stopped half-way, and settle those that are acknowledged.

use std::time::Duration;

use kit::jobs::Jobs;

use crate::{app::App, erasures, schedules};

/// The job that settles erasures; acknowledgements nudge it.
pub(crate) const SETTLE: &str = "erasures.settle";
const RESUME: &str = "erasures.resume";
const EXPIRE: &str = "schedules.expire";

/// Actions expire within a minute of their time.
const EXPIRE_EVERY: Duration = Duration::from_mins(1);
/// Well within the five minutes that an erasure may take.
const RESUME_EVERY: Duration = Duration::from_secs(10);
/// At most so late is the announcement that settles an erasure. An acknowledgement nudges the replica that received it; when
/// another holds the lease, this is the delay.
const SETTLE_EVERY: Duration = Duration::from_secs(2);
/// Batches of one run, so that a run ends well within its lease.
const MAX_BATCHES: usize = 20;

pub(crate) fn all() -> Jobs<App> {
    Jobs::new()
        .every(EXPIRE_EVERY, EXPIRE, expire)
        .every(RESUME_EVERY, RESUME, erasures::workflow::resume_all)
        .every(SETTLE_EVERY, SETTLE, erasures::workflow::settle_all)
}

async fn expire(app: &App) -> anyhow::Result<()> {
    for _ in 0..MAX_BATCHES {
        let has_more = app
            .db
            .system_tx("schedules.expire", async |conn| {
                schedules::ops::expire(conn, app.kit.ids, app.kit.clock.now()).await
            })
            .await?;
        app.kit.relay.wake();
        if !has_more {
            return Ok(());
        }
    }
    app.kit.jobs.wake(EXPIRE);
    Ok(())
}
