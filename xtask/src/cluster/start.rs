//! Starts the cluster, each program as soon as what it needs is there.

use std::fs;

use anyhow::Context as _;

use super::home::Home;
use super::programs::Programs;
use super::{control_plane, dns, machine, node, pki};
use crate::say;

pub(super) fn start(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    fs::create_dir_all(home.dir())
        .with_context(|| format!("failed to create {}", home.dir().display()))?;
    machine::remember(home)?;
    say::step("make the cluster's credentials", |_| pki::make(home))?;
    node::make_bridge(home)?;
    say::step("start containerd", |_| node::start_containerd(home, programs))?;
    say::step("start etcd, the API server, controllers and scheduler", |_| {
        control_plane::start(home, programs)
    })?;
    say::step("start the node", |_| {
        node::start_kubelet(home, programs)?;
        node::start_kube_proxy(home, programs)?;
        dns::install(home, programs)?;
        node::await_ready(home, programs)
    })?;
    say::step("start the cluster's DNS", |_| dns::await_ready(home, programs))
}
