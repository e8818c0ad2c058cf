//! Events that cannot be handled, or not be published.

use super::database::Locked;
use super::watch::Watch;

const TOPIC: &str = "campaigns.actions.v1";
/// Offsets of consumers are smaller, sealed events are not.
const SMALL: &str = "message.max.bytes=700\n";
/// As docs/runbooks/events.md has it for what is parked.
const PUT_BACK: &str = "WITH parked AS (DELETE FROM campaigns.outbox_parked RETURNING *)
INSERT INTO campaigns.outbox (id, tenant_id, topic, key, type, payload, traceparent, created_at)
SELECT id, tenant_id, topic, key, type, payload, traceparent, created_at FROM parked";

/// A handler's transaction reaches its timeout five times.
pub(super) fn dead_letters(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    let locked = Locked::hold(watch, &postgres, "messaging.inbox")?;
    let acting = watch.act()?;
    let fired = watch.fires(&["FolkmootDeadLetters"]);
    drop(acting);
    locked.end()?;
    fired?;
    let replay = ["dead", "replay", "--topic", TOPIC, "--service", "messaging"];
    watch.suite.run("alerts", replay.map(str::to_owned).to_vec())?;
    watch.calms("FolkmootDeadLetters")
}

pub(super) fn parked(watch: &Watch<'_>) -> anyhow::Result<()> {
    let (mut kafka, postgres) = (watch.kafka()?, watch.postgres()?);
    kafka.restart_with(SMALL)?;
    let acting = watch.act()?;
    let fired = watch.fires(&["FolkmootEventsParked"]);
    drop(acting);
    kafka.restart()?;
    kafka.detach();
    postgres.sql(PUT_BACK)?;
    fired?;
    watch.calms("FolkmootEventsParked")
}
