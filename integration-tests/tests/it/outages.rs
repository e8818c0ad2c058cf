//! A part is unavailable: what was accepted survives and flows when it returns, and readiness distinguishes delay from outage.

use std::collections::BTreeSet;

use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite, fetch, wait},
};

/// Services that publish or consume events.
const WITH_EVENTS: [&str; 5] = ["identity", "campaigns", "messaging", "retention", "webhooks"];

/// Waits until these services, and no others, report a dependency as degraded; all stay ready.
fn wait_for_degraded(suite: &Suite, check: &str, services: &[&str]) -> anyhow::Result<()> {
    let wanted: BTreeSet<&str> = services.iter().copied().collect();
    wait(&format!("{check} degraded in {services:?}"), || {
        let reports = contracts::services::names().filter_map(|service| {
            let (status, body) = suite.readiness(service).ok()?;
            assert_eq!(status, 200, "{service}: {body}");
            let degraded = body["degraded"].as_array()?.iter().any(|name| name == check);
            degraded.then_some(service)
        });
        reports.collect::<BTreeSet<_>>() == wanted
    })
}

/// Whether the process of a service lives, the service is ready.
fn states(suite: &Suite, service: &str) -> (bool, bool) {
    let live = fetch(suite.admin(service), "/livez");
    (
        live.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")),
        suite.readiness(service).is_ok_and(|(status, _)| status == 200),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_actions_survive_an_outage_of_kafka_redis_and_smtp() -> anyhow::Result<()> {
    let mut suite = tokio::task::block_in_place(|| Suite::start("outages", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    tokio::task::block_in_place(|| {
        suite.stack.kafka.kill9()?;
        suite.stack.redis.kill9()?;
        suite.kill_catcher()?;
        wait_for_degraded(&suite, "kafka", &WITH_EVENTS)?;
        wait_for_degraded(&suite, "redis", &["gateway"])
    })?;
    let emails: Vec<String> = (0..10).map(|n| format!("outage-{n}@example.org")).collect();
    for email in &emails {
        let answer = driver.act(&Driver::action(email, "Olive Outage")).await?;
        assert_eq!(answer.status, 202, "accepted while the parts are unavailable: {}", answer.text);
    }
    tokio::task::block_in_place(|| {
        suite.stack.redis.restart()?;
        suite.stack.kafka.restart()
    })?;
    tokio::task::block_in_place(|| suite.start_catcher())?;
    for email in &emails {
        let link = driver.confirmation(email).await?.link().unwrap();
        assert_eq!(driver.confirm(&link).await?.status, 200);
    }
    for email in &emails {
        driver.message_from(email).await?;
    }
    tokio::task::block_in_place(|| {
        for check in ["kafka", "redis", "mail_relay"] {
            wait_for_degraded(&suite, check, &[])?;
        }
        anyhow::Ok(())
    })?;
    driver
        .eventually("the counter", async || Ok((driver.counter().await? == 10).then_some(())))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_an_action_is_refused_for_now_and_nothing_is_half_done()
-> anyhow::Result<()> {
    let mut suite = tokio::task::block_in_place(|| Suite::start("no-database", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    tokio::task::block_in_place(|| suite.stack.postgres.kill9())?;
    let action = Driver::action("later@example.org", "Lara Later");
    let answer = driver.act(&action).await?;
    assert_eq!(answer.status, 503, "{}", answer.text);
    tokio::task::block_in_place(|| {
        wait("campaigns to be unready", || states(&suite, "campaigns") == (true, false))?;
        // It signs with the keys in memory, so nothing else could respond in its place.
        let (status, gateway) = suite.readiness("gateway")?;
        assert_eq!((status, &gateway["degraded"]), (200, &serde_json::json!(["postgres"])));
        // Started without the database, all services live, and wait.
        suite.kill_services()?;
        suite.start_one("all")?;
        for service in contracts::services::names() {
            wait(service, || states(&suite, service).0)?;
        }
        assert_eq!(states(&suite, "campaigns"), (true, false));
        suite.stack.postgres.restart()?;
        suite.start_some(&[])
    })?;
    driver
        .eventually("the return", async || {
            Ok((driver.act(&action).await?.status == 202).then_some(()))
        })
        .await?;
    let link = driver.confirmation("later@example.org").await?.link().unwrap();
    assert_eq!(driver.confirm(&link).await?.status, 200);
    driver.message_from("later@example.org").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_are_away_lose_nothing_and_a_keyring_that_is_away_lets_nothing_in()
-> anyhow::Result<()> {
    let mut suite = tokio::task::block_in_place(|| Suite::start("services", Mode::ProcessEach))?;
    let driver = Driver::of(&suite)?;
    let killed = ["postcodes", "messaging", "retention", "webhooks", "geolocation"];
    tokio::task::block_in_place(|| suite.kill_some(&killed))?;
    let action = Driver::action("early@example.org", "Edna Early");
    let answer = driver.act(&action).await?;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let (status, campaigns) = suite.readiness("campaigns")?;
    assert_eq!((status, &campaigns["degraded"]), (200, &serde_json::json!(["postcodes"])));
    suite.start_one("messaging")?;
    let link = driver.confirmation("early@example.org").await?.link().unwrap();
    assert_eq!(driver.confirm(&link).await?.status, 200, "confirmed before its place is known");
    let rest = ["postcodes", "retention", "webhooks", "geolocation"];
    tokio::task::block_in_place(|| suite.start_some(&rest))?;
    let message = driver.message_from("early@example.org").await?;
    assert_eq!(message.to, "office@oxford-east.example.invalid", "the place was found later");

    tokio::task::block_in_place(|| suite.kill_some(&["keyring"]))?;
    let refused = driver.act(&Driver::action("never@example.org", "Nora Never")).await?;
    assert_eq!(refused.status, 503, "plaintext never reaches a disk: {}", refused.text);
    tokio::task::block_in_place(|| {
        let wanted = ["identity", "campaigns", "messaging", "retention"];
        wait_for_degraded(&suite, "keyring", &wanted)
    })?;
    let stored = "SELECT count(*) FROM campaigns.actions WHERE state = 'submitted'";
    assert_eq!(suite.stack.postgres.sql(stored)?.trim(), "0", "nothing was stored");
    tokio::task::block_in_place(|| suite.start_some(&["keyring"]))?;
    driver
        .eventually("the return of the keyring", async || {
            let answer = driver.act(&Driver::action("later@example.org", "Lara Later")).await?;
            Ok((answer.status == 202).then_some(()))
        })
        .await
}
