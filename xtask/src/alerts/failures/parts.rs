//! A part that the suite runs on stops, or a file of data is not what it should be.

use std::fs;

use anyhow::Context as _;

use super::watch::Watch;
use crate::alerts::traffic;
use crate::stack::Redis;
use crate::up::commands::{GATEWAY, POSTCODES};

/// Callers at once.
const CALLERS: u32 = 8;

pub(super) fn without_redis(watch: &Watch<'_>) -> anyhow::Result<()> {
    let mut redis = Redis::start(&watch.run.at("redis"), watch.ports.parts.redis)?;
    redis.stop()?;
    let fired = watch.fires(&["FolkmootLimitsDegraded"]);
    redis.restart()?;
    redis.detach();
    fired
}

pub(super) fn without_kafka(watch: &Watch<'_>) -> anyhow::Result<()> {
    let mut kafka = watch.kafka()?;
    kafka.stop()?;
    let acting = watch.act()?;
    let fired = watch.fires(&["FolkmootKafkaUnavailable", "FolkmootEventsDelayed"]);
    drop(acting);
    kafka.restart()?;
    kafka.detach();
    fired?;
    watch.calms("FolkmootEventsDelayed")
}

pub(super) fn without_postgres(watch: &Watch<'_>) -> anyhow::Result<()> {
    let mut postgres = watch.postgres()?;
    postgres.stop()?;
    let calling = traffic::call(&watch.run, GATEWAY, CALLERS)?;
    let fired = watch.fires(&[
        "FolkmootDatabaseUnavailable",
        "FolkmootJobFails",
        "FolkmootRouteFails",
        "FolkmootBudgetBurnsFast",
        "FolkmootBudgetBurns",
        "FolkmootBudgetShrinks",
    ]);
    drop(calling);
    postgres.restart()?;
    postgres.detach();
    fired?;
    watch.calms("FolkmootDatabaseUnavailable")
}

/// The packaged postcodes of `cargo xtask up` are old indeed; a file of something else is refused.
pub(super) fn wrong_postcodes(watch: &Watch<'_>) -> anyhow::Result<()> {
    watch.fires(&["FolkmootDataOld"])?;
    let file = watch.run.at(&format!("data/{POSTCODES}.bin"));
    let (kept, wrong) = (file.with_extension("kept"), file.with_extension("wrong"));
    fs::hard_link(&file, &kept).context("failed to keep the postcodes")?;
    let replaced = fs::write(&wrong, "no postcodes").and_then(|()| fs::rename(&wrong, &file));
    let fired = replaced
        .context("failed to replace the postcodes")
        .and_then(|()| watch.fires(&["FolkmootDataRefused"]));
    fs::rename(&kept, &file).context("failed to put the postcodes back")?;
    fired?;
    watch.calms("FolkmootDataRefused")
}
