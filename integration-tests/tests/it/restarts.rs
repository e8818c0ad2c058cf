//! Every service on the way of a request is restarted under load, as a rolling restart does it: a new replica, then SIGTERM
//! for the old one. Callers notice nothing, and nothing is lost or done twice.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use integration_tests::{
    driver::{Answer, Driver},
    places,
    suite::{Mode, Suite},
};
use reqwest::Client;
use testkit::balancer::Balancer;
use tokio::{
    task::{JoinSet, block_in_place},
    time::{MissedTickBehavior, interval},
};

/// A supporter's action goes through the first three, a look-up through the first and the last.
const RESTARTED: [&str; 4] = ["gateway", "campaigns", "keyring", "postcodes"];
/// Longer than our clients keep idle connections.
const DRAIN_SECONDS: &str = "6";
const CLIENTS: usize = 6;
const PACE: Duration = Duration::from_millis(100);
/// Look-ups of a client for each of its actions.
const LOOK_UPS: usize = 4;

/// A service behind a balancer.
struct Front {
    service: &'static str,
    balancer: Balancer,
    replica: SocketAddr,
}

/// A setting's name and value.
type Setting = (String, String);

/// Settings of a replica's own: its addresses.
fn addresses(service: &str) -> anyhow::Result<([Setting; 2], SocketAddr, SocketAddr)> {
    let upper = service.to_uppercase();
    let [own, admin] = [places::port()?, places::port()?].map(|port| ([127, 0, 0, 1], port).into());
    let setting =
        |name: &str, addr: SocketAddr| (format!("FOLKMOOT_{upper}_{name}"), addr.to_string());
    Ok(([setting("LISTEN", own), setting("ADMIN_LISTEN", admin)], own, admin))
}

impl Front {
    /// Starts the balancer; gives the settings with which the suite starts the service behind it.
    async fn start(service: &'static str) -> anyhow::Result<(Self, Vec<Setting>)> {
        let balancer = Balancer::start().await;
        let (own, replica, admin) = addresses(service)?;
        balancer.add(replica, admin);
        let url = format!("http://{}", balancer.addr);
        let mut settings = own.to_vec();
        settings.push((format!("FOLKMOOT_{}_URL", service.to_uppercase()), url.clone()));
        if service == "gateway" {
            settings.push(("FOLKMOOT_PUBLIC_URL".to_owned(), url));
        }
        Ok((Self { service, balancer, replica }, settings))
    }

    /// Replaces the replica by a new one.
    async fn restart(&self, suite: &mut Suite) -> anyhow::Result<xtask::stack::process::Process> {
        let (own, replica, admin) = addresses(self.service)?;
        let own = own.each_ref().map(|(name, value)| (name.as_str(), value.clone()));
        let process = block_in_place(|| suite.start_beside(self.service, &own))?;
        self.balancer.add(replica, admin);
        self.balancer.ready(replica).await;
        block_in_place(|| suite.stop_one(self.service))?;
        self.balancer.remove(self.replica);
        Ok(process)
    }
}

/// Clients that act and look up, each in turn, until the load ends.
struct Load {
    ends: Arc<AtomicBool>,
    clients: JoinSet<Outcome>,
}

#[derive(Default)]
struct Outcome {
    accepted: Vec<String>,
    looked_up: usize,
    lost: Vec<String>,
}

impl Load {
    /// Half of the clients keep their connections.
    fn start(driver: &Driver) -> anyhow::Result<Self> {
        let (ends, mut clients) = (Arc::<AtomicBool>::default(), JoinSet::new());
        for number in 0..CLIENTS {
            let mut driver = driver.clone();
            driver.http = client(number % 2 == 0)?;
            clients.spawn(run(driver, number, ends.clone()));
        }
        Ok(Self { ends, clients })
    }

    async fn end(mut self) -> anyhow::Result<Outcome> {
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

#[expect(
    clippy::disallowed_methods,
    reason = "a caller from outside, without our clients' retries"
)]
fn client(keeps: bool) -> anyhow::Result<Client> {
    let builder = Client::builder().no_proxy().timeout(Duration::from_secs(30));
    Ok(if keeps { builder } else { builder.pool_max_idle_per_host(0) }.build()?)
}

async fn run(driver: Driver, client: usize, ends: Arc<AtomicBool>) -> Outcome {
    let (mut outcome, mut pace) = (Outcome::default(), interval(PACE));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let refused = |what: &str, answer: anyhow::Result<Answer>| format!("{what}: {answer:?}");
    for number in 0.. {
        if ends.load(Relaxed) {
            break;
        }
        pace.tick().await;
        if number % LOOK_UPS == 0 {
            let email = format!("restart-{client}-{number}@example.org");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarting_each_service_under_load_loses_nothing_and_does_nothing_twice()
-> anyhow::Result<()> {
    let mut settings = vec![("FOLKMOOT_DRAIN_SECONDS".to_owned(), DRAIN_SECONDS.to_owned())];
    let mut fronts = Vec::new();
    for service in RESTARTED {
        let (front, own) = Front::start(service).await?;
        settings.extend(own);
        fronts.push(front);
    }
    let settings: Vec<_> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut suite = block_in_place(|| Suite::start_with("restarts", Mode::ProcessEach, &settings))?;
    let driver = Driver::of(&suite)?;
    let load = Load::start(&driver)?;
    let mut replicas = Vec::new();
    for front in &fronts {
        replicas.push(front.restart(&mut suite).await?);
    }
    let Outcome { accepted, looked_up, lost } = load.end().await?;
    let sent = accepted.len() + looked_up;
    assert!(lost.is_empty(), "{} lost, {sent} answered: {lost:#?}", lost.len());
    assert!(sent > 500, "{sent}");
    let stored = suite.stack.postgres.sql("SELECT count(*) FROM campaigns.actions")?;
    assert_eq!(stored.trim(), accepted.len().to_string());
    // One confirmation each.
    let wanted: BTreeSet<&str> = accepted.iter().map(String::as_str).collect();
    let emails = driver
        .eventually("the emails", async || {
            let emails = driver.emails()?;
            Ok((emails.len() >= wanted.len()).then_some(emails))
        })
        .await?;
    assert_eq!(emails.iter().map(|mail| mail.to.as_str()).collect::<BTreeSet<_>>(), wanted);
    assert_eq!(emails.len(), wanted.len());
    Ok(())
}
