//! Metrics of a running suite: what operators watch is there from the start, and shows what goes wrong.

use std::collections::BTreeMap;

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    suite::{self, Mode, Suite},
};
use tokio_postgres::{Client, NoTls};

const EMAIL: &str = "metrics@example.org";
const ACTIONS: &str = r#"{service="messaging",topic="campaigns.actions.v1"}"#;

/// The samples of one scrape, by name and labels as they are written.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    fn of(suite: &Suite) -> anyhow::Result<Self> {
        let text = suite::fetch(suite.admin("messaging"), "/metrics")?;
        let samples = text.lines().filter_map(|line| line.rsplit_once(' '));
        Ok(Self(
            samples
                .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
                .collect(),
        ))
    }

    fn value(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// The samples whose name starts with this.
    fn all(&self, start: &str) -> impl Iterator<Item = f64> {
        self.0.iter().filter(move |(name, _)| name.starts_with(start)).map(|(_, value)| *value)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_show_what_waits_what_is_dead_and_how_old_keys_and_data_are() -> anyhow::Result<()>
{
    let suite = tokio::task::block_in_place(|| Suite::start("metrics", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    what_is_there_from_the_start(&suite)?;
    a_consumer_that_is_held_up_is_behind_until_it_goes_on(&suite, &driver).await?;
    dead_and_parked_events_wait(&suite, &driver).await
}

fn what_is_there_from_the_start(suite: &Suite) -> anyhow::Result<()> {
    let scrape = Scrape::of(suite)?;
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed()?.as_secs_f64();
    for name in [
        "folkmoot_gateway_signing_key_active_timestamp_seconds",
        "folkmoot_keyring_kek_first_used_timestamp_seconds",
        r#"folkmoot_data_timestamp_seconds{service="postcodes",data="directory",file="postcodes.bin"}"#,
        "process_start_time_seconds",
    ] {
        let age = now - scrape.value(name).with_context(|| format!("no {name}"))?;
        assert!((-1.0..600.0).contains(&age), "{name}: {age}");
    }
    assert!(scrape.value("process_resident_memory_bytes") > Some(1e6));
    assert!(scrape.value("process_open_fds") > Some(10.0));
    let build = format!(r#"folkmoot_build_info{{version="{}","#, env!("CARGO_PKG_VERSION"));
    assert_eq!(scrape.all(&build).collect::<Vec<_>>(), [1.0]);
    for service in ["identity", "campaigns", "messaging", "retention", "webhooks"] {
        let leader = format!(r#"folkmoot_outbox_relay_leader{{service="{service}"}}"#);
        assert_eq!(scrape.value(&leader), Some(1.0), "{service}");
    }
    let max = r#"folkmoot_pool_connections_max{service="campaigns"}"#;
    assert_eq!(scrape.value(max), Some(10.0));
    let waits = r#"folkmoot_pool_wait_seconds_count{service="campaigns"}"#;
    assert!(scrape.value(waits) > Some(0.0));
    Ok(())
}

async fn a_consumer_that_is_held_up_is_behind_until_it_goes_on(
    suite: &Suite,
    driver: &Driver,
) -> anyhow::Result<()> {
    let (records, seconds) = (
        format!("folkmoot_consumer_lag_records{ACTIONS}"),
        format!("folkmoot_consumer_lag_seconds{ACTIONS}"),
    );
    let lock = lock_inbox(suite).await?;
    assert_eq!(driver.act(&Driver::action(EMAIL, "Minnie Metric")).await?.status, 202);
    let behind = async || {
        let scrape = Scrape::of(suite)?;
        let is_behind = scrape.value(&records) >= Some(1.0) && scrape.value(&seconds) > Some(0.0);
        Ok(is_behind.then_some(()))
    };
    driver.eventually("lag", behind).await?;
    lock.batch_execute("ROLLBACK").await?;
    driver.confirmation(EMAIL).await?;
    let caught_up = async || {
        let scrape = Scrape::of(suite)?;
        let values = (scrape.value(&records), scrape.value(&seconds));
        Ok((values == (Some(0.0), Some(0.0))).then_some(()))
    };
    driver.eventually("no lag", caught_up).await
}

/// Keeps messaging from handling events until the transaction ends.
async fn lock_inbox(suite: &Suite) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(&suite.stack.postgres.url(), NoTls).await?;
    drop(kit::tasks::spawn("lock", async move {
        let _ = connection.await;
    }));
    client.batch_execute("BEGIN; LOCK TABLE messaging.inbox").await?;
    Ok(client)
}

async fn dead_and_parked_events_wait(suite: &Suite, driver: &Driver) -> anyhow::Result<()> {
    let postgres = &suite.stack.postgres;
    postgres.sql(
        "INSERT INTO campaigns.outbox (id, tenant_id, topic, key, type, payload)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'campaigns.actions.v1', gen_random_uuid(), 'campaigns.action.submitted.v1', '{}')",
    )?;
    postgres.sql(
        "INSERT INTO campaigns.outbox_parked (seq, id, tenant_id, topic, key, type, payload, created_at, reason)
         VALUES (0, gen_random_uuid(), gen_random_uuid(), 'campaigns.actions.v1', gen_random_uuid(), 'x', '{}', now(), 'test')",
    )?;
    let dead = format!("folkmoot_dead_letters_waiting{ACTIONS}");
    let parked = r#"folkmoot_outbox_parked_rows{service="campaigns"}"#;
    let waiting = async || {
        let scrape = Scrape::of(suite)?;
        let values = (scrape.value(&dead), scrape.value(parked));
        Ok((values == (Some(1.0), Some(1.0))).then_some(()))
    };
    driver.eventually("a dead letter and a parked event", waiting).await
}
