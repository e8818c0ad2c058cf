//! A part is away: what was accepted survives and flows when it returns.

use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_actions_survive_an_outage_of_kafka_redis_and_smtp() -> anyhow::Result<()> {
    let mut suite = tokio::task::block_in_place(|| Suite::start("outages", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    tokio::task::block_in_place(|| {
        suite.stack.kafka.kill9()?;
        suite.stack.redis.kill9()?;
        suite.kill_catcher()
    })?;
    let emails: Vec<String> = (0..10).map(|n| format!("outage-{n}@example.org")).collect();
    for email in &emails {
        let answer = driver.act(&Driver::action(email, "Olive Outage")).await?;
        assert_eq!(answer.status, 202, "accepted while the parts are away: {}", answer.text);
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
    tokio::task::block_in_place(|| suite.stack.postgres.restart())?;
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
    let away = ["postcodes", "messaging", "retention", "webhooks", "geolocation"];
    tokio::task::block_in_place(|| suite.kill_some(&away))?;
    let action = Driver::action("early@example.org", "Edna Early");
    let answer = driver.act(&action).await?;
    assert_eq!(answer.status, 202, "{}", answer.text);
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
