//! The main job once, as a supporter does it: act, open the mail, confirm, and the representative has the message.

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;
use kit::{client, id::Ids};
use mail_parser::MessageParser;
use serde_json::json;

use super::demo::{self, State};

const LIMIT: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(100);

/// Runs it on the demo campaign; mails are looked for in `mails`.
pub(crate) async fn run(state: &Path, mails: &Path) -> anyhow::Result<()> {
    let state = demo::read(state).context("there is no demo yet: run `folkmoot demo` first")?;
    let email = format!(
        "supporter-{}@example.org",
        Ids.token::<6>().to_lowercase().replace(['-', '_'], "x")
    );
    act(&state, &email).await?;
    let link = wait_for("the confirmation mail", || {
        find(mails, "To", &email).and_then(|mail| link_in(&mail))
    })
    .await?;
    confirm(&link).await?;
    wait_for("the representative's mail", || find(mails, "Reply-To", &email)).await?;
    super::tell("a supporter's message reached its representative's mailbox");
    Ok(())
}

async fn act(state: &State, email: &str) -> anyhow::Result<()> {
    let http = client::plain::build(LIMIT)?;
    let action = json!({
        "name": "Sam Supporter", "email": email, "postcode": "OX4 1AA", "address": "1 Cowley Road, Oxford",
        "own_words": "I walk here every day.", "consents": [{"id": "process", "given": true}],
    });
    let url = format!("{}/v1/campaigns/{}/actions", state.gateway, state.campaign_id);
    demo::call(&http, http.post(url).json(&action), &state.publishable_key).await.context("act")?;
    Ok(())
}

async fn confirm(link: &str) -> anyhow::Result<()> {
    let http = client::plain::build(LIMIT)?;
    let page = http.get(link).send().await?.error_for_status()?.text().await?;
    anyhow::ensure!(page.contains("Sam Supporter"), "the page does not show what will be sent");
    http.post(link)
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

/// The text of the mail whose header holds `address`.
fn find(mails: &Path, header: &str, address: &str) -> Option<String> {
    let files = fs::read_dir(mails).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let mut mails = files.filter(|path| path.extension().is_some_and(|e| e == "eml"));
    mails.find_map(|path| {
        let raw = fs::read(path).ok()?;
        let mail = MessageParser::default().parse(&raw)?;
        let found = mail.header_raw(header)?.contains(address);
        found.then(|| mail.body_text(0).unwrap_or_default().into_owned())
    })
}

fn link_in(text: &str) -> Option<String> {
    let word = text.split_whitespace().find(|word| word.contains("/confirm/"))?;
    Some(word.trim_matches(|c: char| "<>().,".contains(c)).to_owned())
}

async fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> anyhow::Result<T> {
    let started = tokio::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        anyhow::ensure!(started.elapsed() < LIMIT, "{what} did not come within {LIMIT:?}");
        tokio::time::sleep(STEP).await;
    }
}
