//! Another organisation, whose rows PostgreSQL refuses. Its supporters share every batch with those of the first.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    ledger::{Database as _, lock, supporters::Ledger},
};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use crate::world::World;

/// From one supporter of it to the next.
const EVERY: Duration = Duration::from_millis(500);

/// Creates it.
pub(crate) fn create(world: &World) -> anyhow::Result<Driver> {
    let suite = lock(&world.suite);
    let state = suite.path("refused.json");
    let demo = serde_json::from_str::<Value>(&suite.run("demo", &["demo", "--state", &state])?)?;
    let driver = Driver::of_demo(&suite, &demo)?;
    drop(suite);
    let tenant = demo.get("tenant_id").and_then(Value::as_str).context("tenant_id")?;
    world.rows(&format!("ALTER TABLE campaigns.actions ADD CONSTRAINT refused CHECK (tenant_id <> '{tenant}') NOT VALID"))?;
    Ok(driver)
}

/// Its supporters sign until the load is over; returns those whose signatures were accepted.
pub(crate) async fn run(driver: Driver, ledger: Arc<Ledger>) -> Vec<String> {
    let (mut accepted, mut pace) = (Vec::new(), interval(EVERY));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        pace.tick().await;
        if ledger.is_over.load(Relaxed) {
            break;
        }
        let email = format!("refused-{number}@example.org");
        let answer = driver.act(&Driver::action(&email, "Rita Refused")).await;
        if answer.is_ok_and(|answer| answer.status == 202) {
            accepted.push(email);
        }
    }
    accepted
}
