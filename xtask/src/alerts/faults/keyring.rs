//! The keyring without its database: nothing that holds personal data can be read, and erasures wait.

use std::time::Duration;

use super::watch::{FIRE, Watch};
use crate::alerts::traffic;
use crate::up::commands::GATEWAY;
use crate::wait;

/// An erasure is late after five minutes.
const LATE: Duration = Duration::from_mins(7);
/// A consumer that has been behind for a quarter of an hour has stopped.
const STOPPED: Duration = Duration::from_mins(17);
const SUPPORTER: &str = "carol@example.org";

pub(super) fn refused_role(watch: &Watch<'_>) -> anyhow::Result<()> {
    let (mut kafka, postgres) = (watch.kafka()?, watch.postgres()?);
    traffic::submit_as(&watch.run, GATEWAY, SUPPORTER)?;
    // Events that wait while Kafka is away meet a keyring that is away.
    kafka.stop()?;
    let erasure = format!(r#"{{"email": "{SUPPORTER}"}}"#);
    traffic::ask(&watch.run, &format!("{GATEWAY}/v1/erasures"), Some(&erasure))?;
    let acting = watch.act()?;
    wait::until("an event that waits", FIRE, || {
        let waiting = postgres.sql("SELECT count(*) FROM campaigns.outbox")?;
        Ok(waiting.trim() != "0")
    })?;
    drop(acting);
    postgres.sql(
        "ALTER ROLE folkmoot_keyring NOLOGIN; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'folkmoot_keyring'",
    )?;
    kafka.restart()?;
    kafka.detach();
    let fired = watch
        .fires(&["FolkmootConsumerLags", "FolkmootErasureFails"])
        .and_then(|()| watch.fires_within(LATE, "FolkmootErasureLate"))
        .and_then(|()| watch.fires_within(STOPPED, "FolkmootConsumerStopped"));
    postgres.sql("ALTER ROLE folkmoot_keyring LOGIN")?;
    fired?;
    watch.calms("FolkmootConsumerLags")?;
    watch.calms("FolkmootErasureLate")
}
