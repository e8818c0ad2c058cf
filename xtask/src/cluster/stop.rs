//! Stops the cluster: only its own processes, by their records, in the order in which none starts another again. It runs
//! after an interruption too, so nothing here waits on signals.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::Signal;

use super::home::Home;
use super::network::Node;
use super::{autoscaling, ingress, machine, node, stores};
use crate::{say, wait};

/// What would start or change pods again.
const FIRST: [&str; 7] = [
    "kube-controller-manager",
    "kube-scheduler",
    "kube-router",
    "kube-proxy",
    "kube-proxy-fm-node2",
    "kubelet",
    "kubelet-fm-node2",
];
/// What they need.
const LAST: [&str; 4] = ["containerd", "containerd-fm-node2", "kube-apiserver", "etcd"];
/// Nothing of the cluster is kept, so nothing is worth a longer wait.
const GRACE: Duration = Duration::from_secs(3);
/// How long containerd may take to clean up after killed containers.
const CONTAINERS: Duration = Duration::from_secs(20);

/// Does nothing, quickly, when all is stopped.
pub(super) fn stop(home: &Home) -> anyhow::Result<()> {
    if !home.dir().exists() {
        return Ok(());
    }
    for name in autoscaling::NAMES.into_iter().chain([ingress::NAME]).chain(FIRST) {
        end(home, name)?;
    }
    for node in node::running(home) {
        say::step(&format!("stop the containers of {}", node.name), |_| {
            kill_containers(home, node);
            Ok(())
        })?;
    }
    for name in LAST {
        end(home, name)?;
    }
    stores::stop(home)?;
    machine::restore(home)?;
    remove_data(home)
}

fn end(home: &Home, name: &str) -> anyhow::Result<()> {
    let Some(process) = home.process(name) else { return Ok(()) };
    say::step(&format!("stop {name}"), |_| process.stopped_by(Signal::TERM, GRACE).stop())
}

/// Kills every container; containerd removes what they leave.
fn kill_containers(home: &Home, node: &Node) {
    let running = || {
        let output = node::ctr(home, node).args(["tasks", "list", "--quiet"]).output();
        output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default()
    };
    for task in running().lines() {
        let _ = node::ctr(home, node).args(["tasks", "kill", "--signal", "KILL", task]).output();
    }
    wait::patiently(CONTAINERS, || running().trim().is_empty());
}

/// Everything but the logs.
fn remove_data(home: &Home) -> anyhow::Result<()> {
    let mounts = machine::mounts(home);
    ensure!(mounts.is_empty(), "still mounted, and may be somebody's data: {}", mounts.join(", "));
    for entry in fs::read_dir(home.dir()).context("failed to list the cluster's folder")?.flatten()
    {
        let path = entry.path();
        if entry.file_name() == "log" {
            continue;
        }
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("failed to remove {}", path.display()))?;
    }
    Ok(())
}
