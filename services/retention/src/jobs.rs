//! Periodic work: expire what is due, take up erasures that stopped half-way, and close those that are answered.

use std::time::Duration;

use kit::{db::Conn, jobs::Jobs, keyring::KeyringError};

use crate::{
    app::App,
    erasures::{self, domain::Erasure},
    error::Error,
    schedules,
};

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
/// The announcement that settles an erasure is this late at most. An answer nudges the replica that took it in; when another holds the lease, this is the delay.
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
        if !goes_on(&erasure, erasures::steps::destroy_or_later(app, &erasure).await) {
            return Ok(());
        }
    }
    for erasure in work.1 {
        goes_on(&erasure, erasures::steps::announce_again(app, &erasure).await);
    }
    Ok(())
}

async fn settle(app: &App) -> anyhow::Result<()> {
    let (now, bound) = (app.clock.now(), app.settle + erasures::domain::SKEW);
    let (unsettled, ready) = app
        .db
        .system_tx("erasures.answered", async |conn: &mut Conn| -> Result<_, Error> {
            let unsettled = erasures::store::unsettled(conn, now, bound).await?;
            Ok((unsettled, erasures::store::answered(conn, app.settle).await?))
        })
        .await?;
    for erasure in unsettled {
        goes_on(&erasure, erasures::steps::announce_again(app, &erasure).await);
    }
    for erasure in ready {
        if !goes_on(&erasure, erasures::steps::settle(app, &erasure).await) {
            return Ok(());
        }
    }
    Ok(())
}

/// An erasure that fails must not keep the others waiting; the next run tries it again. False when the keyring is away,
/// which fails them all.
fn goes_on<T>(erasure: &Erasure, done: Result<T, Error>) -> bool {
    let Err(error) = done else { return true };
    let away = matches!(error, Error::Keyring(KeyringError::Unavailable(_)));
    tracing::error!(erasure = %erasure.id, error = %error, away, "erasure step failed; will retry");
    metrics::counter!("folkmoot_erasures_failed_total").increment(1);
    !away
}

fn gauge(count: i64) -> f64 {
    i32::try_from(count).map_or(f64::MAX, f64::from)
}
