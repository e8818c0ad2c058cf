//! Services of a suite that run as several replicas, each service behind a balancer.

use std::{net::SocketAddr, thread};

use anyhow::Context as _;
use integration_tests::{
    places,
    suite::{self, Suite},
};
use testkit::balancer::Balancer;
use tokio::task::block_in_place;
use xtask::stack::process::Process;

/// A setting's name and value.
pub(crate) type Setting = (String, String);

/// A service behind a balancer. The suite starts version 0 of its settings.
pub(crate) struct Front {
    service: &'static str,
    balancer: Balancer,
    /// The oldest first.
    replicas: Vec<Replica>,
}

struct Replica {
    version: usize,
    addr: SocketAddr,
    admin: SocketAddr,
    /// None of one that the suite is to start.
    process: Option<Process>,
}

/// Starts the balancers of these services, and adds the settings with which the suite starts the service behind each.
pub(crate) async fn fronts(
    services: &[&'static str],
    settings: &mut Vec<Setting>,
) -> anyhow::Result<Vec<Front>> {
    let mut fronts = Vec::new();
    for &service in services {
        let balancer = Balancer::start().await;
        let (own, addr, admin) = addresses(service)?;
        balancer.add(addr, admin);
        let url = format!("http://{}", balancer.addr);
        settings.extend(own);
        settings.push((format!("FOLKMOOT_{}_URL", service.to_uppercase()), url.clone()));
        if service == "gateway" {
            settings.push(("FOLKMOOT_PUBLIC_URL".to_owned(), url));
        }
        let replicas = vec![Replica { version: 0, addr, admin, process: None }];
        fronts.push(Front { service, balancer, replicas });
    }
    Ok(fronts)
}

/// Takes the processes that the suite started.
pub(crate) fn adopt(fronts: &mut [Front], suite: &mut Suite) {
    for front in fronts {
        for replica in &mut front.replicas {
            replica.process = suite.take_one(front.service);
        }
    }
}

/// Starts one more replica of each, and returns when all are ready.
pub(crate) async fn add(
    fronts: &mut [Front],
    suite: &Suite,
    version: usize,
    settings: &[Setting],
) -> anyhow::Result<()> {
    for front in &mut *fronts {
        let (own, addr, admin) = addresses(front.service)?;
        let own: Vec<_> = settings.iter().chain(&own).collect();
        let own: Vec<_> =
            own.into_iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let process = block_in_place(|| suite.start_beside(front.service, &own))?;
        front.balancer.add(addr, admin);
        front.replicas.push(Replica { version, addr, admin, process: Some(process) });
    }
    for Front { service, balancer, replicas } in fronts {
        let Some(Replica { addr, admin, process: Some(process), .. }) = replicas.last_mut() else {
            continue;
        };
        let mut is_up = || suite::ready(&admin.to_string()) || !process.alive();
        block_in_place(|| suite::wait(service, &mut is_up))?;
        anyhow::ensure!(process.alive(), "a replica of {service} ended: {}", suite.tail());
        balancer.ready(*addr).await;
    }
    Ok(())
}

/// Asks replicas of each that are older than a version to end, `most` at most, and waits until they have.
pub(crate) fn stop_older(fronts: &mut [Front], version: usize, most: usize) -> anyhow::Result<()> {
    let mut stopped = Vec::new();
    for Front { balancer, replicas, .. } in fronts {
        let older = replicas.extract_if(.., |replica| replica.version < version);
        // Only those that are taken from the iterator leave the list.
        stopped.extend(older.take(most).map(|replica| (&*balancer, replica)));
    }
    block_in_place(|| {
        thread::scope(|scope| {
            let threads: Vec<_> = stopped
                .into_iter()
                .map(|(balancer, replica)| {
                    scope.spawn(move || {
                        let Replica { addr, process, .. } = replica;
                        process.context("not started")?.stop()?;
                        balancer.remove(addr);
                        anyhow::Ok(())
                    })
                })
                .collect();
            threads.into_iter().try_for_each(|thread| {
                thread.join().map_err(|_panic| anyhow::anyhow!("a thread panicked"))?
            })
        })
    })
}

/// Settings of a replica's own, and what they say: its address and that of its admin port.
fn addresses(service: &str) -> anyhow::Result<([Setting; 2], SocketAddr, SocketAddr)> {
    let upper = service.to_uppercase();
    let [own, admin] = [places::port()?, places::port()?].map(|port| ([127, 0, 0, 1], port).into());
    let setting =
        |name: &str, addr: SocketAddr| (format!("FOLKMOOT_{upper}_{name}"), addr.to_string());
    Ok(([setting("LISTEN", own), setting("ADMIN_LISTEN", admin)], own, admin))
}
