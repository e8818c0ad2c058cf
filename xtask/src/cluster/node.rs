//! The node: its bridge, containerd, the kubelet, kube-proxy, and images.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::config;
use super::home::Home;
use super::network::{NODE, NODE_ADDRESS, NODE_BRIDGE, SERVICES};
use super::programs::Programs;
use crate::stack::process;
use crate::wait;

/// How long containerd and the kubelet may take, each.
const READY: Duration = Duration::from_mins(1);

/// The bridge with the node's address. Services are routed to it, so that an address that no Service has stays on the
/// machine.
pub(super) fn make_bridge(home: &Home) -> anyhow::Result<()> {
    let address = format!("{NODE_ADDRESS}/32");
    for arguments in [
        ["link", "add", NODE_BRIDGE, "type", "bridge"].as_slice(),
        ["address", "add", &address, "dev", NODE_BRIDGE].as_slice(),
        ["link", "set", NODE_BRIDGE, "up"].as_slice(),
        ["route", "add", SERVICES, "dev", NODE_BRIDGE].as_slice(),
    ] {
        process::run("ip", Command::new("ip").args(arguments), &home.log("ip"))?;
    }
    Ok(())
}

pub(super) fn start_containerd(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    home.write("cni/folkmoot.conflist", &config::pods(home))?;
    let file = home.write("containerd.toml", &config::containerd(home))?;
    home.spawn("containerd", Command::new("containerd").arg("--config").arg(file))?;
    wait::until("containerd's first answer", READY, || {
        home.refuse_dead("containerd")?;
        Ok(ctr(home).args(["images", "list"]).output().is_ok_and(|it| it.status.success()))
    })?;
    programs.images().iter().try_for_each(|archive| import(home, archive))
}

/// Loads an archive of images.
pub(super) fn import(home: &Home, archive: &Path) -> anyhow::Result<()> {
    let mut import = ctr(home);
    import.args(["images", "import"]).arg(archive);
    process::run("ctr images import", &mut import, &home.log("ctr"))
}

/// containerd's own client, in the kubelet's namespace.
pub(super) fn ctr(home: &Home) -> Command {
    let mut ctr = Command::new("ctr");
    ctr.arg("--address").arg(home.containerd_socket()).args(["--namespace", "k8s.io"]);
    ctr
}

pub(super) fn start_kubelet(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    home.write("resolv.conf", "")?;
    let file = home.write("kubelet.yaml", &config::kubelet(home))?;
    let mut kubelet = programs.kubernetes("kubelet");
    kubelet
        .arg(format!("--config={}", file.display()))
        .arg(format!("--kubeconfig={}", home.kubeconfig("kubelet").display()))
        .arg(format!("--root-dir={}", home.at("kubelet").display()))
        .arg(format!("--cert-dir={}", home.at("pki/kubelet").display()))
        .arg(format!("--hostname-override={NODE}"))
        .arg(format!("--node-ip={NODE_ADDRESS}"));
    home.spawn("kubelet", &mut kubelet)
}

pub(super) fn start_kube_proxy(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let file = home.write("kube-proxy.yaml", &config::kube_proxy(home))?;
    let mut proxy = programs.kubernetes("kube-proxy");
    home.spawn("kube-proxy", proxy.arg(format!("--config={}", file.display())))
}

/// kube-router, which only enforces `NetworkPolicies`.
pub(super) fn start_kube_router(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let mut router = programs.kube_router()?;
    router
        .arg(format!("--kubeconfig={}", home.kubeconfig("admin").display()))
        .args(["--run-firewall=true", "--run-router=false", "--run-service-proxy=false"])
        .args(["--health-port=0", "--metrics-port=0"])
        .arg(format!("--hostname-override={NODE}"))
        .arg(format!("--service-cluster-ip-range={SERVICES}"));
    home.spawn("kube-router", &mut router)
}

/// Waits until the node can run pods.
pub(super) fn await_ready(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let condition = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    wait::until("the node's readiness", READY, || {
        for name in ["containerd", "kubelet", "kube-proxy", "kube-controller-manager"] {
            home.refuse_dead(name)?;
        }
        let mut kubectl = programs.kubectl(home);
        let output = kubectl.args(["get", "node", NODE, "--output", condition]).output();
        Ok(output.context("failed to run kubectl")?.stdout == b"True")
    })
}
