//! Supporters who act, confirm and look up until the load ends; and the proof that nothing they did was lost or done
//! twice.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use integration_tests::{
    driver::Driver,
    load::{self, Load, Rate},
    mailbox::Mail,
    suite::Suite,
};
use tokio::{runtime::Handle, task::JoinHandle};

const RATE: Rate = Rate { clients: 6, pace: Duration::from_millis(100), look_ups: 4 };

/// The running supporters.
pub(crate) struct Traffic {
    load: Load,
    ends: Arc<AtomicBool>,
    confirmed: Arc<AtomicUsize>,
    people: JoinHandle<anyhow::Result<Vec<String>>>,
}

/// What came of their requests.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Of those who only act.
    load: load::Outcome,
    /// Addresses of those who also confirmed.
    pub(crate) confirmed: Vec<String>,
}

impl Traffic {
    /// Starts supporters whose addresses begin with the name.
    pub(crate) fn start(driver: &Driver, name: &'static str) -> anyhow::Result<Self> {
        let (ends, confirmed) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let address = move |client, number| format!("{name}-{client}-{number}@example.org");
        let load = Load::start(driver, RATE, address)?;
        let (driver, until, count) = (driver.clone(), ends.clone(), confirmed.clone());
        // The compiler does not see that its future may move between threads.
        let people = tokio::task::spawn_blocking(move || {
            Handle::current().block_on(confirm(driver, name, &until, &count))
        });
        Ok(Self { load, ends, confirmed, people })
    }

    /// Waits until so many more people have confirmed.
    pub(crate) async fn await_confirmed(&self, driver: &Driver, more: usize) -> anyhow::Result<()> {
        let wanted = self.confirmed.load(Relaxed) + more;
        let reached = async || Ok((self.confirmed.load(Relaxed) >= wanted).then_some(()));
        driver.eventually("confirmations", reached).await
    }

    pub(crate) async fn end(self) -> anyhow::Result<Outcome> {
        self.ends.store(true, Relaxed);
        let confirmed = self.people.await??;
        Ok(Outcome { load: self.load.end().await?, confirmed })
    }
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Self) {
        self.load.accepted.extend(other.load.accepted);
        self.load.looked_up += other.load.looked_up;
        self.load.lost.extend(other.load.lost);
        self.confirmed.extend(other.confirmed);
    }

    /// Every request was answered and every action is stored once; everybody was asked once to confirm, and those who did are
    /// counted, and their representatives have one message from each.
    pub(crate) async fn check(&self, suite: &Suite, driver: &Driver) -> anyhow::Result<()> {
        let Self { load: load::Outcome { accepted, looked_up, lost }, confirmed } = self;
        let sent = accepted.len() + looked_up;
        ensure!(lost.is_empty(), "{} lost, {sent} answered: {lost:#?}", lost.len());
        ensure!(sent > 500 && confirmed.len() > 5, "{sent}, {} confirmed", confirmed.len());
        let accepted: Vec<&String> = accepted.iter().chain(confirmed).collect();
        let stored = suite.stack.postgres.sql("SELECT count(*) FROM campaigns.actions")?;
        ensure!(stored.trim() == accepted.len().to_string(), "{} accepted", accepted.len());
        one_each(driver, "confirmation", &accepted, |email| {
            email.link().is_some().then(|| email.to.clone())
        })
        .await?;
        let confirmed: Vec<&String> = confirmed.iter().collect();
        one_each(driver, "message", &confirmed, |email| email.reply_to.clone()).await?;
        let total = i64::try_from(confirmed.len())?;
        let counted = async || Ok((driver.counter().await? >= total).then_some(()));
        driver.eventually("the counter", counted).await?;
        ensure!(driver.counter().await? == total, "a confirmation counted twice");
        Ok(())
    }
}

/// Waits for the emails of a kind, each named by its supporter, and compares them with the supporters.
async fn one_each(
    driver: &Driver,
    what: &str,
    supporters: &[&String],
    supporter: impl Fn(&Mail) -> Option<String>,
) -> anyhow::Result<()> {
    let emails = driver
        .eventually(what, async || {
            let emails: Vec<String> =
                driver.emails()?.iter().filter_map(|email| supporter(email)).collect();
            Ok((emails.len() >= supporters.len()).then_some(emails))
        })
        .await?;
    let received: BTreeSet<&String> = emails.iter().collect();
    let wanted: BTreeSet<&String> = supporters.iter().copied().collect();
    ensure!(received == wanted, "{what}: {:?}", received.symmetric_difference(&wanted));
    ensure!(emails.len() == wanted.len(), "{what}: {} for {}", emails.len(), wanted.len());
    Ok(())
}

/// The main job, one person after the other.
async fn confirm(
    driver: Driver,
    name: &str,
    ends: &AtomicBool,
    count: &AtomicUsize,
) -> anyhow::Result<Vec<String>> {
    let mut confirmed = Vec::new();
    while !ends.load(Relaxed) {
        let email = format!("{name}-confirmed-{}@example.org", confirmed.len());
        let answer = driver.act(&Driver::action(&email, "Rita Restart")).await?;
        ensure!(answer.status == 202, "{answer:?}");
        let link = driver.confirmation(&email).await?.link().context("no link")?;
        let answer = driver.confirm(&link).await?;
        ensure!(answer.status == 200, "{answer:?}");
        confirmed.push(email);
        count.fetch_add(1, Relaxed);
    }
    Ok(confirmed)
}
