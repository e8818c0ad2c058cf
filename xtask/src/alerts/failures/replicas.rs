//! A replica of a service with a wrong setting.

use super::replica::{Replica, nobody};
use super::watch::{FIRE, Watch};
use crate::alerts::traffic::{self, Demo};
use crate::wait;

/// So many actions fail often enough in a few runs of their job.
const WAITING: u32 = 5;

pub(super) fn without_peers(watch: &Watch<'_>) -> anyhow::Result<()> {
    let nobody = nobody()?;
    let gateway = Replica::start(watch, "gateway", &[("FOLKMOOT_IDENTITY_URL", &nobody)])?;
    let campaigns = Replica::start(
        watch,
        "campaigns",
        &[("FOLKMOOT_KEYRING_URL", &nobody), ("FOLKMOOT_POSTCODES_URL", &nobody)],
    )?;
    watch.scrape(&[gateway.admin_port, campaigns.admin_port])?;
    watch.fires(&[
        "FolkmootIdentityUnavailable",
        "FolkmootCheckFailed",
        "FolkmootKeyringUnavailable",
        "FolkmootPostcodesUnavailable",
    ])
}

pub(super) fn without_geocoder(watch: &Watch<'_>) -> anyhow::Result<()> {
    let demo = Demo::read(&watch.run)?;
    let nobody = nobody()?;
    let settings = [
        ("FOLKMOOT_GEOLOCATION_PROVIDER", "nominatim"),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_URL", nobody.as_str()),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", "100"),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS", demo.text("tenant_id")?),
    ];
    let geolocation = Replica::start(watch, "geolocation", &settings)?;
    let settings = [("FOLKMOOT_GEOLOCATION_URL", geolocation.url.as_str())];
    let gateway = Replica::start(watch, "gateway", &settings)?;
    watch.scrape(&[geolocation.admin_port])?;
    for house in 1..=10 {
        let question = format!("{}/v1/geo/search?q={house}+Cowley+Road+Oxford", gateway.url);
        traffic::ask(&watch.run, &question, None)?;
    }
    watch.fires(&["FolkmootCheckDegraded"])
}

/// Actions wait for their constituency, since their replica did not reach postcodes; then the database refuses to note it.
pub(super) fn unresolved(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    let nobody = nobody()?;
    let campaigns = Replica::start(watch, "campaigns", &[("FOLKMOOT_POSTCODES_URL", &nobody)])?;
    let settings = [
        ("FOLKMOOT_CAMPAIGNS_URL", campaigns.url.as_str()),
        ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "10000"),
    ];
    let gateway = Replica::start(watch, "gateway", &settings)?;
    let acting = traffic::submit(&watch.run, &gateway.url)?;
    wait::until("actions that wait", FIRE, || {
        let waiting = postgres.sql("SELECT count(*) FROM campaigns.actions WHERE place_pending")?;
        Ok(waiting.trim().parse::<u32>()? >= WAITING)
    })?;
    postgres.sql("REVOKE UPDATE ON campaigns.actions FROM folkmoot_campaigns")?;
    let fired = watch.fires(&["FolkmootActionsUnresolved"]);
    drop(acting);
    postgres.sql("GRANT UPDATE ON campaigns.actions TO folkmoot_campaigns")?;
    fired
}
