//! Callers from outside who act and look up without a pause, while something behind the gateway is replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use reqwest::{Client, ClientBuilder};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::driver::{Answer, Driver};

/// How much is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Callers at once; every second one keeps its connections.
    pub clients: usize,
    /// From one look-up of a client to its next.
    pub pace: Duration,
    /// Look-ups of a client for each of its actions.
    pub look_ups: usize,
}

/// Clients that act and look up, each in turn, until the load ends.
pub struct Load {
    ends: Arc<AtomicBool>,
    clients: JoinSet<Outcome>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Addresses of the supporters whose actions were accepted.
    pub accepted: Vec<String>,
    /// Look-ups that were answered.
    pub looked_up: usize,
    /// Requests that were answered otherwise or not at all, in words.
    pub lost: Vec<String>,
}

impl Load {
    /// Starts it. `address` makes the address of a supporter from the number of the client and that of its request.
    pub fn start(
        driver: &Driver,
        rate: Rate,
        address: impl Fn(usize, usize) -> String + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        Self::start_as(driver, rate, address, |_, builder| Ok(builder))
    }

    /// The same; `outside` says how the client of each number connects.
    pub fn start_as(
        driver: &Driver,
        rate: Rate,
        address: impl Fn(usize, usize) -> String + Clone + Send + 'static,
        outside: impl Fn(usize, ClientBuilder) -> anyhow::Result<ClientBuilder>,
    ) -> anyhow::Result<Self> {
        let (ends, mut clients) = (Arc::<AtomicBool>::default(), JoinSet::new());
        for client in 0..rate.clients {
            let mut driver = driver.clone();
            driver.http = outside(client, outsider(client % 2 == 0))?.build()?;
            let address = address.clone();
            clients.spawn(run(driver, rate, move |number| address(client, number), ends.clone()));
        }
        Ok(Self { ends, clients })
    }

    /// Ends it and gathers what came of it.
    pub async fn end(mut self) -> anyhow::Result<Outcome> {
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

/// A client that is not of our own making; some keep their connections.
#[expect(
    clippy::disallowed_methods,
    reason = "a caller from outside, without our clients' retries"
)]
pub fn outsider(keeps: bool) -> ClientBuilder {
    let builder = Client::builder().no_proxy().timeout(Duration::from_secs(30));
    if keeps { builder } else { builder.pool_max_idle_per_host(0) }
}

async fn run(
    driver: Driver,
    rate: Rate,
    address: impl Fn(usize) -> String,
    ends: Arc<AtomicBool>,
) -> Outcome {
    let (mut outcome, mut pace) = (Outcome::default(), interval(rate.pace));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let refused = |what: &str, answer: anyhow::Result<Answer>| format!("{what}: {answer:?}");
    for number in 0.. {
        if ends.load(Relaxed) {
            break;
        }
        pace.tick().await;
        if number % rate.look_ups == 0 {
            let email = address(number);
            match driver.act(&Driver::action(&email, "Rita Restart")).await {
                Ok(answer) if answer.status == 202 => outcome.accepted.push(email),
                other => outcome.lost.push(refused("action", other)),
            }
        }
        match driver.get("/v1/geo/postcodes/OX4%201AA").await {
            Ok(answer) if answer.status == 200 => outcome.looked_up += 1,
            other => outcome.lost.push(refused("look-up", other)),
        }
    }
    outcome
}
