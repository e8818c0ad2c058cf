//! Every service on the way of a request is restarted under load, as a rolling restart does it: a new replica, then SIGTERM
//! for the old one. Callers notice nothing, and nothing is lost or done twice.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use integration_tests::{
    driver::Driver,
    load::{Load, Outcome, Rate},
    places,
    suite::{Mode, Suite},
};
use testkit::balancer::Balancer;
use tokio::task::block_in_place;

/// A supporter's action goes through the first three, a look-up through the first and the last.
const RESTARTED: [&str; 4] = ["gateway", "campaigns", "keyring", "postcodes"];
/// Longer than our clients keep idle connections.
const DRAIN_SECONDS: &str = "6";
const RATE: Rate = Rate { clients: 6, pace: Duration::from_millis(100), look_ups: 4 };

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
    let address = |client, number| format!("restart-{client}-{number}@example.org");
    let load = Load::start(&driver, RATE, address)?;
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
