//! The cluster's DNS server, in a pod as clusters have it.

use super::home::Home;
use super::programs::Programs;
use crate::stack::process;

const MANIFEST: &str = include_str!("../../cluster/coredns.yaml");

/// Installs it.
pub(super) fn install(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let file = home.write("coredns.yaml", MANIFEST)?;
    let mut apply = programs.kubectl(home);
    apply.args(["apply", "--server-side", "--filename"]).arg(file);
    process::run("kubectl apply", &mut apply, &home.log("kubectl"))
}

/// Waits until it answers.
pub(super) fn await_ready(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let mut status = programs.kubectl(home);
    status.args(["rollout", "status", "--namespace", "kube-system", "deployment/coredns"]);
    status.args(["--timeout", "60s"]);
    process::run("the start of coredns", &mut status, &home.log("kubectl"))
}
