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

const DATABASE: &str = "folkmoot_keyring";

/// The role may not connect: events with sealed fields wait, and with them what comes behind.
pub(super) fn refused_role(watch: &Watch<'_>) -> anyhow::Result<()> {
    let (mut kafka, postgres) = (watch.kafka()?, watch.postgres()?);
    // An event that waits while Kafka is away meets a keyring that is away.
    kafka.stop()?;
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
        .fires(&["FolkmootConsumerLags"])
        .and_then(|()| watch.fires_within(STOPPED, "FolkmootConsumerStopped"));
    postgres.sql("ALTER ROLE folkmoot_keyring LOGIN")?;
    fired?;
    watch.calms("FolkmootConsumerLags")
}

/// The database refuses to destroy keys: an erasure fails at its first step.
pub(super) fn kept_keys(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    traffic::submit_as(&watch.run, GATEWAY, SUPPORTER)?;
    postgres.sql_in(
        DATABASE,
        "CREATE FUNCTION keyring.refuse() RETURNS trigger LANGUAGE plpgsql AS \
           'BEGIN RAISE EXCEPTION ''refused''; END'; \
         CREATE TRIGGER refuse BEFORE UPDATE ON keyring.subjects EXECUTE FUNCTION keyring.refuse()",
    )?;
    let erasure = format!(r#"{{"email": "{SUPPORTER}"}}"#);
    let asked = traffic::ask(&watch.run, &format!("{GATEWAY}/v1/erasures"), Some(&erasure));
    let fired = asked
        .and_then(|_accepted| watch.fires_within(LATE, "FolkmootErasureFails"))
        .and_then(|()| watch.fires_within(LATE, "FolkmootErasureLate"));
    postgres.sql_in(DATABASE, "DROP FUNCTION keyring.refuse() CASCADE")?;
    fired?;
    watch.calms("FolkmootErasureLate")
}
