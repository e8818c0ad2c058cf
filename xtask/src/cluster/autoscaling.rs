//! What scales pods: KEDA by the lag of consumers, and the server of pods' metrics, from which autoscalers read the use of
//! processors. They run beside the API server, which passes their part of its API on to them.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::home::Home;
use super::network::{METRICS_PORTS, NODE_ADDRESS};
use super::pki;
use super::programs::Programs;
use crate::stack::process;
use crate::{chart, wait};

/// The processes, in the order in which they stop.
pub(super) const NAMES: [&str; 3] = ["keda-operator", "keda-adapter", "metrics-server"];
const MANIFEST: &str = include_str!("../../cluster/autoscaling.yaml");
/// The folder of certificates, as KEDA wants it.
const CERTIFICATES: &str = "pki/keda";
const READY: Duration = Duration::from_mins(2);

/// Starts what does not run.
pub(super) fn start(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let apply = |what: &mut Command| process::run("kubectl apply", what, &home.log("kubectl"));
    chart::define(programs.kubectl(home), &home.log("definitions"))?;
    certificates(home)?;
    let file = home.write("autoscaling.yaml", MANIFEST)?;
    apply(programs.kubectl(home).args(["apply", "--server-side", "--filename"]).arg(file))?;
    for (name, make) in NAMES.into_iter().zip([operator, adapter, metrics_server]) {
        if !home.runs(name) {
            let mut command = programs.autoscaling(name)?;
            make(home, &mut command);
            home.spawn(name, &mut command)?;
        }
    }
    wait::until("the APIs of metrics", READY, || {
        NAMES.iter().try_for_each(|name| home.refuse_dead(name))?;
        let paths = ["/apis/external.metrics.k8s.io/v1beta1", "/apis/metrics.k8s.io/v1beta1/nodes"];
        let answers = |path: &str| {
            let output = programs.kubectl(home).args(["get", "--raw", path]).output();
            output.is_ok_and(|output| output.status.success())
        };
        Ok(paths.into_iter().all(answers))
    })
}

/// The operator and the adapter identify themselves to each other by the same certificate.
fn certificates(home: &Home) -> anyhow::Result<()> {
    pki::server(home, "keda", NODE_ADDRESS)?;
    let (from, to) = (home.at("pki"), home.at(CERTIFICATES));
    fs::create_dir_all(&to).context("failed to create a folder of credentials")?;
    for (own, wanted) in [("ca.crt", "ca.crt"), ("keda.crt", "tls.crt"), ("keda.key", "tls.key")] {
        fs::copy(from.join(own), to.join(wanted)).context("failed to copy a certificate")?;
    }
    Ok(())
}

fn operator(home: &Home, command: &mut Command) {
    as_admin(home, command);
    command
        .arg(format!("--cert-dir={}", home.at(CERTIFICATES).display()))
        .arg(format!("--metrics-service-bind-address={}", operator_address()))
        .args(["--metrics-bind-address=0", "--health-probe-bind-address=0"])
        .args(["--zap-log-level=info", "--zap-encoder=console"]);
}

fn adapter(home: &Home, command: &mut Command) {
    as_admin(home, command);
    as_server(home, command, METRICS_PORTS.adapter);
    let kubeconfig = home.kubeconfig("admin");
    command
        .arg(format!("--lister-kubeconfig={}", kubeconfig.display()))
        .arg(format!("--cert-dir={}", home.at(CERTIFICATES).display()))
        .arg(format!("--metrics-service-address={}", operator_address()))
        .arg(format!("--port={}", METRICS_PORTS.adapter_figures));
}

fn metrics_server(home: &Home, command: &mut Command) {
    as_admin(home, command);
    as_server(home, command, METRICS_PORTS.pods);
    command
        .args(["--kubelet-insecure-tls", "--kubelet-use-node-status-port"])
        .args(["--kubelet-preferred-address-types=InternalIP", "--metric-resolution=10s"])
        .arg("--kubelet-request-timeout=5s");
}

fn as_admin(home: &Home, command: &mut Command) {
    command.arg(format!("--kubeconfig={}", home.kubeconfig("admin").display()));
    // It runs in no namespace, and watches all.
    let namespaces = ["POD_NAMESPACE", "KEDA_CLUSTER_OBJECT_NAMESPACE"];
    command.envs(namespaces.map(|name| (name, "kube-system"))).env("WATCH_NAMESPACE", "");
}

/// A server that the API server passes requests on to.
fn as_server(home: &Home, command: &mut Command, port: u16) {
    let (kubeconfig, certificates) = (home.kubeconfig("admin"), home.at(CERTIFICATES));
    command
        .arg(format!("--authentication-kubeconfig={}", kubeconfig.display()))
        .arg(format!("--authorization-kubeconfig={}", kubeconfig.display()))
        .arg(format!("--tls-cert-file={}", certificates.join("tls.crt").display()))
        .arg(format!("--tls-private-key-file={}", certificates.join("tls.key").display()))
        .arg(format!("--bind-address={NODE_ADDRESS}"))
        .arg(format!("--secure-port={port}"));
}

fn operator_address() -> String {
    format!("{NODE_ADDRESS}:{}", METRICS_PORTS.operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_the_addresses_where_the_servers_listen() {
        for port in [METRICS_PORTS.adapter, METRICS_PORTS.pods] {
            assert!(MANIFEST.contains(&format!("port: 443, targetPort: {port}")));
            assert!(MANIFEST.contains(&format!("ports: [{{name: https, port: {port}}}]")));
        }
        assert!(MANIFEST.contains(&format!("addresses: [{NODE_ADDRESS}]")));
    }
}
