//! Which connections the cluster lets pods open, asked from inside their network namespaces, against the chart's table of calls.

use std::{collections::BTreeMap, fs, process::Command, thread};

use anyhow::{Context as _, anyhow, ensure};
use serde::Deserialize;
use xtask::say;

use crate::{
    pod::{self, Pod},
    release::Release,
};

const TABLE: &str = "helm/folkmoot/files/services.yaml";
/// Where the stores, the relay and the API server listen.
const NODE: &str = "10.250.0.1";
const ADMIN_OFFSET: u16 = 1000;

#[derive(Deserialize)]
struct Service {
    port: u16,
    database: Option<String>,
    #[serde(default)]
    events: bool,
    #[serde(default)]
    redis: bool,
    #[serde(default)]
    calls: Vec<String>,
}

/// A place that a pod may try to reach, and whether the pods of a service may.
struct Target {
    name: String,
    address: String,
    port: u16,
}

/// Compares every pair of a pod and a target with the table.
pub(crate) fn check(release: &Release) -> anyhow::Result<()> {
    let table = fs::read_to_string(TABLE).with_context(|| format!("failed to read {TABLE}"))?;
    let table: BTreeMap<String, Service> = serde_yaml_ng::from_str(&table)?;
    let (pods, targets) = (pod::all(release)?, targets(release, &table)?);
    let found = thread::scope(|scope| {
        let asked = pods.iter().map(|pod| scope.spawn(|| compare(&table, pod, &targets)));
        let asked: Vec<_> = asked.collect();
        asked
            .into_iter()
            .map(|it| it.join().map_err(|_panic| anyhow!("a thread panicked"))?)
            .collect()
    });
    let found: anyhow::Result<Vec<(u32, Vec<String>)>> = found;
    let found = found?;
    let open: u32 = found.iter().map(|(open, _)| open).sum();
    let wrong: Vec<String> = found.into_iter().flat_map(|(_, wrong)| wrong).collect();
    ensure!(wrong.is_empty(), "against the table of calls: {wrong:#?}");
    say::line(format!(
        "edges: {} pods, {} targets, {open} connections open as the table has them",
        pods.len(),
        targets.len()
    ));
    Ok(())
}

/// How many targets a pod reaches, and where that differs from the table.
fn compare(
    table: &BTreeMap<String, Service>,
    pod: &Pod,
    targets: &[Target],
) -> anyhow::Result<(u32, Vec<String>)> {
    let (mut open, mut wrong) = (0, Vec::new());
    let itself = [pod.service.clone(), format!("admin port of {}", pod.service)];
    for target in targets.iter().filter(|it| !itself.contains(&it.name)) {
        let connects = connects(pod, target)?;
        open += u32::from(connects);
        if connects != is_allowed(table, pod, &target.name)? {
            let does = if connects { "reaches" } else { "does not reach" };
            wrong.push(format!("{} ({}) {does} {}", pod.service, pod.role, target.name));
        }
    }
    Ok((open, wrong))
}

fn is_allowed(table: &BTreeMap<String, Service>, pod: &Pod, to: &str) -> anyhow::Result<bool> {
    let from = pod.service.as_str();
    let service = table.get(from).with_context(|| format!("the table has no {from}"))?;
    let has_background_work = pod.role != "api";
    Ok(match to {
        "postgres" => service.database.is_some(),
        "kafka" => service.events && has_background_work,
        "redis" => service.redis,
        "relay" => from == "messaging" && has_background_work,
        // Its key set.
        "gateway" => true,
        _ => service.calls.iter().any(|call| call == to),
    })
}

fn targets(release: &Release, table: &BTreeMap<String, Service>) -> anyhow::Result<Vec<Target>> {
    let stores = [
        ("postgres", 5432),
        ("kafka", 9092),
        ("redis", 6379),
        ("relay", 587),
        ("API server", 16443),
    ];
    let mut targets: Vec<Target> = stores
        .map(|(name, port)| Target { name: name.to_owned(), address: NODE.to_owned(), port })
        .into();
    for (name, service) in table {
        let address = release.kubectl(&[
            "get",
            "service",
            &format!("folkmoot-{name}"),
            "--output",
            "jsonpath={.spec.clusterIP}",
        ])?;
        targets.push(Target { name: name.clone(), address, port: service.port });
        let selector = format!("app.kubernetes.io/component={name}");
        let pods = release.kubectl(&[
            "get",
            "pods",
            "--selector",
            &selector,
            "--output",
            "jsonpath={.items[0].status.podIP}",
        ])?;
        targets.push(Target {
            name: format!("admin port of {name}"),
            address: pods,
            port: service.port + ADMIN_OFFSET,
        });
    }
    Ok(targets)
}

fn connects(pod: &Pod, target: &Target) -> anyhow::Result<bool> {
    let connect = format!("exec 3<>/dev/tcp/{}/{}", target.address, target.port);
    let namespace = format!("--net={}", pod.network());
    let arguments = ["2", "nsenter", &namespace, "bash", "-c", &connect];
    let output =
        Command::new("timeout").args(arguments).output().context("failed to run nsenter")?;
    Ok(output.status.success())
}
