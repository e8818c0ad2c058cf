//! Waits for addresses to answer: what curl does in scripts, for an image that has none.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use kit::client::plain;
use tokio::time::{Instant, sleep};

/// How long one answer may take: a readiness check waits up to two seconds for its database.
const ANSWER: Duration = Duration::from_secs(5);
/// Wait between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// Returns once each address has answered with a success; fails with the last problem of the first that has not in time.
pub(crate) async fn wait(urls: &[String], limit: Duration) -> anyhow::Result<()> {
    let (client, end) = (plain::build(ANSWER)?, Instant::now() + limit);
    for url in urls {
        while let Err(problem) = ask(&client, url).await {
            if Instant::now() >= end {
                return Err(problem.context(format!("{url} is not ready")));
            }
            sleep(PAUSE).await;
        }
        super::print(&format!("{url}: ready"));
    }
    Ok(())
}

async fn ask(client: &reqwest::Client, url: &str) -> anyhow::Result<()> {
    let response = client.get(url).send().await.context("no answer")?;
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    ensure!(status.is_success(), "{status}: {body}");
    Ok(())
}
