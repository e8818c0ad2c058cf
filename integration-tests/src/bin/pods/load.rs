//! Two hundred requests a second, half of them on kept connections: look-ups, and now and then an action.

use std::time::Duration;

use anyhow::ensure;
use integration_tests::load::{Load, Outcome, Rate};
use tokio::task::block_in_place;
use xtask::say;

use crate::{release::Release, story::Story};

pub(crate) const RATE: Rate = Rate { clients: 20, pace: Duration::from_millis(100), look_ups: 60 };

pub(crate) fn start(story: &Story, name: &str) -> anyhow::Result<Load> {
    let (name, domain) = (name.to_owned(), story.domain.clone());
    let address = move |client, number| format!("{number}.{name}-{client}@{domain}");
    Load::start(&story.driver, RATE, address)
}

/// Does something under load. Nothing may be lost, and each accepted action is confirmed.
pub(crate) async fn under_load(
    release: &Release,
    story: &Story,
    what: &str,
    change: impl FnOnce(&Release) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let load = start(story, what)?;
    let done = block_in_place(|| say::step(what, |_| change(release)));
    let outcome = load.end().await?;
    done?;
    say::line(format!("{what}: {}", summary(&outcome)));
    refuse_losses(&outcome)?;
    story.confirm_all(&outcome.accepted).await
}

pub(crate) fn summary(Outcome { accepted, looked_up, lost }: &Outcome) -> String {
    format!("{} actions and {looked_up} look-ups answered, {} lost", accepted.len(), lost.len())
}

pub(crate) fn refuse_losses(outcome: &Outcome) -> anyhow::Result<()> {
    let first: Vec<_> = outcome.lost.iter().take(5).collect();
    ensure!(first.is_empty(), "{} lost, the first: {first:#?}", outcome.lost.len());
    ensure!(outcome.looked_up > 500, "there was hardly any load");
    Ok(())
}
