//! Periodic work: expire what is due, take up erasures that stopped half-way, and close those that are answered.

use std::time::Duration;

use kit::{db::Conn, job::Jobs};

use crate::{app::App, erasures, error::Error, schedules};

/// Name of the job that closes erasures; answers nudge it.
pub const SETTLE: &str = "erasures.settle";
/// Name of the job that takes up erasures.
pub const RESUME: &str = "erasures.resume";
/// Name of the job that expires actions.
pub const EXPIRE: &str = "schedules.expire";

/// A schedule is met to the minute.
const EXPIRE_EVERY: Duration = Duration::from_mins(1);
/// Well within the five minutes an erasure may take.
const RESUME_EVERY: Duration = Duration::from_secs(10);
/// An answer nudges the replica that took it in; when another holds the lease, this is the delay.
const SETTLE_EVERY: Duration = Duration::from_secs(2);
/// Batches of one run, so that a run ends well within its lease.
const MAX_BATCHES: usize = 20;

/// The jobs.
pub fn all() -> Jobs<App> {
    Jobs::new().every(EXPIRE_EVERY, EXPIRE, expire).every(RESUME_EVERY, RESUME, resume).every(
        SETTLE_EVERY,
        SETTLE,
        settle,
    )
}

async fn expire(app: &App) -> anyhow::Result<()> {
    for _ in 0..MAX_BATCHES {
        let more = app
            .db
            .system_tx("schedules.expire", async |conn: &mut Conn| {
                schedules::ops::expire(app, conn).await
            })
            .await?;
        app.kit.wake.wake();
        if !more {
            return Ok(());
        }
    }
    app.kit.nudge.nudge(EXPIRE);
    Ok(())
}

async fn resume(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let work = app
        .db
        .system_tx("erasures.unfinished", async |conn: &mut Conn| -> Result<_, Error> {
            let open = erasures::store::open_since(conn, now - erasures::domain::LATE).await?;
            metrics::gauge!("folkmoot_erasures_late").set(gauge(open));
            let stuck = erasures::store::stuck(conn, now - erasures::domain::GRACE).await?;
            Ok((stuck, erasures::store::unanswered(conn, now).await?))
        })
        .await?;
    for erasure in work.0 {
        erasures::steps::destroy_or_later(app, &erasure).await?;
    }
    for erasure in work.1 {
        erasures::steps::announce_again(app, &erasure).await?;
    }
    Ok(())
}

async fn settle(app: &App) -> anyhow::Result<()> {
    let ready = app
        .db
        .system_tx("erasures.answered", async |conn: &mut Conn| {
            erasures::store::answered(conn).await
        })
        .await?;
    for erasure in ready {
        erasures::steps::settle(app, &erasure).await?;
    }
    Ok(())
}

fn gauge(count: i64) -> f64 {
    i32::try_from(count).map_or(f64::MAX, f64::from)
}
