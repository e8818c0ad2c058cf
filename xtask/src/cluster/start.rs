//! Starts the cluster, each program as soon as what it needs is there.

use std::fs;

use anyhow::Context as _;

use super::home::Home;
use super::network::{FIRST, SECOND};
use super::programs::Programs;
use super::{control_plane, dns, machine, node, pki};
use crate::say;

pub(super) fn start(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    fs::create_dir_all(home.dir())
        .with_context(|| format!("failed to create {}", home.dir().display()))?;
    machine::remember(home)?;
    say::step("make the cluster's credentials", |_| pki::make(home))?;
    node::make_bridge(home)?;
    say::step("start containerd", |_| node::start_containerd(home, programs, &FIRST))?;
    say::step("start etcd, the API server, controllers and scheduler", |_| {
        control_plane::start(home, programs)
    })?;
    say::step("start the node", |_| {
        node::start_kubelet(home, programs, &FIRST)?;
        node::start_kube_proxy(home, programs, &FIRST)?;
        dns::install(home, programs)?;
        node::await_ready(home, programs, &FIRST)
    })?;
    say::step("start the cluster's DNS", |_| dns::await_ready(home, programs))
}

/// Starts another node beside it.
pub(super) fn start_second_node(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    node::connect(home, &SECOND)?;
    node::start_containerd(home, programs, &SECOND)?;
    node::start_kubelet(home, programs, &SECOND)?;
    node::start_kube_proxy(home, programs, &SECOND)?;
    node::await_ready(home, programs, &SECOND)
}
