//! The main job: a supporter's message reaches their representative.

use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use serde_json::json;

const EMAIL: &str = "sam@example.org";
/// Emails whose time comes later are sent now.
const DUE_NOW: &str = "UPDATE messaging.deliveries SET next_attempt_at = now() WHERE state = 'queued' AND next_attempt_at > now()";

async fn story(suite: &Suite, driver: &Driver) -> anyhow::Result<()> {
    let answer = driver.act(&Driver::action(EMAIL, "Sam Supporter")).await?;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let mail = driver.confirmation(EMAIL).await?;
    assert!(
        !mail.text.contains("walk here"),
        "the confirmation carries none of the supporter's text"
    );
    let link = mail.link().unwrap();
    for _ in 0..3 {
        let page = driver.open(&link).await?;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("walk here every day"), "the page shows what will be sent");
    }
    assert_eq!(driver.counter().await?, 0, "a GET changes nothing");
    assert_eq!(driver.confirm(&link).await?.status, 200);
    let message = driver.message_from(EMAIL).await?;
    assert_eq!(message.to, "office@oxford-east.example.invalid");
    assert_eq!(message.from_name, "Sam Supporter");
    assert!(
        message.text.contains("1 Cowley Road") && message.text.contains("I walk here every day.")
    );
    assert!(message.header("DKIM-Signature").is_some());
    assert!(message.header("Sender").is_none());
    driver
        .eventually("the counter", async || Ok((driver.counter().await? == 1).then_some(())))
        .await?;
    counted_once(suite, driver, &link).await
}

/// A second press and a second entry by the same person change nothing and send nothing.
async fn counted_once(suite: &Suite, driver: &Driver, link: &str) -> anyhow::Result<()> {
    assert_eq!(driver.confirm(link).await?.status, 200);
    let again = driver.act(&Driver::action(EMAIL, "Sam Supporter")).await?;
    assert_eq!(again.status, 202);
    let second = driver
        .eventually("the second confirmation mail", async || {
            // It is due five minutes after the first.
            suite.stack.postgres.sql(DUE_NOW)?;
            let emails = driver.emails()?;
            Ok(emails.iter().filter_map(|m| m.link()).find(|found| found != link))
        })
        .await?;
    let page = driver.confirm(&second).await?;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("is neither counted nor sent"), "{}", page.text);
    let other = Driver::action("ann@example.org", "Ann Other");
    assert_eq!(driver.act(&other).await?.status, 202);
    let link = driver.confirmation("ann@example.org").await?.link().unwrap();
    assert_eq!(driver.confirm(&link).await?.status, 200);
    driver.message_from("ann@example.org").await?;
    driver
        .eventually("the counter", async || Ok((driver.counter().await? == 2).then_some(())))
        .await?;
    let to_office =
        driver.emails()?.iter().filter(|m| m.reply_to.as_deref() == Some(EMAIL)).count();
    assert_eq!(to_office, 1, "one message to the representative");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_its_representative_with_the_suite_in_one_process() -> anyhow::Result<()>
{
    let suite = tokio::task::block_in_place(|| Suite::start("sign-one", Mode::OneProcess))?;
    story(&suite, &Driver::of(&suite)?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_its_representative_with_a_process_for_each_service() -> anyhow::Result<()>
{
    let suite = tokio::task::block_in_place(|| Suite::start("sign-each", Mode::ProcessEach))?;
    let driver = Driver::of(&suite)?;
    story(&suite, &driver).await?;
    bad_input_is_reported_by_field(&driver).await
}

async fn bad_input_is_reported_by_field(driver: &Driver) -> anyhow::Result<()> {
    let mut bad = Driver::action("nobody", "Eve\r\nBcc: all@example.org");
    bad["postcode"] = json!("NOT A POSTCODE");
    let answer = driver.act(&bad).await?;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for pointer in ["/email", "/name", "/postcode"] {
        assert!(answer.text.contains(pointer), "{pointer} in {}", answer.text);
    }
    let huge = "x".repeat(10 * 1024 * 1024);
    let mut action = Driver::action("big@example.org", "Big");
    action["own_words"] = json!(huge);
    assert_eq!(driver.act(&action).await?.status, 413);
    Ok(())
}
