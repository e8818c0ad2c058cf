//! Two hundred requests a second, half of them on kept connections: look-ups, and now and then an action.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::ensure;
use integration_tests::driver::{Answer, Driver};
use reqwest::Client;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::story::Story;

const CLIENTS: usize = 20;
/// Of each client.
const PACE: Duration = Duration::from_millis(100);
/// Look-ups of a client for each of its actions.
const LOOK_UPS: usize = 60;

pub(crate) struct Load {
    ends: Arc<AtomicBool>,
    clients: JoinSet<Outcome>,
}

#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) accepted: Vec<String>,
    looked_up: usize,
    lost: Vec<String>,
}

impl Load {
    pub(crate) fn start(story: &Story, name: &str) -> anyhow::Result<Self> {
        let (ends, mut clients) = (Arc::<AtomicBool>::default(), JoinSet::new());
        for number in 0..CLIENTS {
            let mut driver = story.driver.clone();
            driver.http = client(number % 2 == 0)?;
            let email = story.address(&format!("{name}-{number}"));
            clients.spawn(run(driver, email, ends.clone()));
        }
        Ok(Self { ends, clients })
    }

    pub(crate) async fn end(mut self) -> anyhow::Result<Outcome> {
        self.ends.store(true, Relaxed);
        let mut all = Outcome::default();
        while let Some(client) = self.clients.join_next().await {
            let client = client?;
            all.accepted.extend(client.accepted);
            all.looked_up += client.looked_up;
            all.lost.extend(client.lost);
        }
        Ok(all)
    }
}

impl Outcome {
    pub(crate) fn summary(&self) -> String {
        let Self { accepted, looked_up, lost } = self;
        format!("{} actions and {looked_up} look-ups answered, {} lost", accepted.len(), lost.len())
    }

    pub(crate) fn refuse_losses(&self) -> anyhow::Result<()> {
        let first: Vec<_> = self.lost.iter().take(5).collect();
        ensure!(first.is_empty(), "{} lost, the first: {first:#?}", self.lost.len());
        ensure!(self.looked_up > 500, "there was hardly any load");
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a caller from outside, without our clients' retries"
)]
fn client(keeps: bool) -> anyhow::Result<Client> {
    let builder = Client::builder().no_proxy().timeout(Duration::from_secs(30));
    Ok(if keeps { builder } else { builder.pool_max_idle_per_host(0) }.build()?)
}

async fn run(driver: Driver, address: String, ends: Arc<AtomicBool>) -> Outcome {
    let (mut outcome, mut pace) = (Outcome::default(), interval(PACE));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let refused = |what: &str, answer: anyhow::Result<Answer>| format!("{what}: {answer:?}");
    for number in 0.. {
        if ends.load(Relaxed) {
            break;
        }
        pace.tick().await;
        if number % LOOK_UPS == 0 {
            let email = format!("{number}.{address}");
            match driver.act(&Driver::action(&email, "Rita Restart")).await {
                Ok(answer) if answer.status == 202 => outcome.accepted.push(email),
                other => outcome.lost.push(refused("action", other)),
            }
        } else {
            match driver.get("/v1/geo/postcodes/OX4%201AA").await {
                Ok(answer) if answer.status == 200 => outcome.looked_up += 1,
                other => outcome.lost.push(refused("look-up", other)),
            }
        }
    }
    outcome
}
