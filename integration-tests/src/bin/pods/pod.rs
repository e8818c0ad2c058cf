//! The pods of an installation, with what their nodes know of them.

use std::path::Path;

use anyhow::ensure;

use crate::{
    command::{run, setting},
    release::Release,
};

pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) service: String,
    /// `FOLKMOOT_ROLE`
    pub(crate) role: String,
    /// The process of its main container, on this machine.
    pub(crate) pid: i32,
}

impl Pod {
    pub(crate) fn network(&self) -> String {
        format!("/proc/{}/ns/net", self.pid)
    }
}

/// Every pod of a service that runs, in the order of services and roles.
pub(crate) fn all(release: &Release) -> anyhow::Result<Vec<Pod>> {
    let fields = "jsonpath={range .items[*]}{.metadata.labels.app\\.kubernetes\\.io/component} \
        {.spec.containers[0].env[?(@.name==\"FOLKMOOT_ROLE\")].value} {.metadata.name} {.status.podIP} \
        {.status.containerStatuses[?(@.name==\"folkmoot\")].containerID}{'\\n'}{end}";
    let pods = release.kubectl(&["get", "pods", "--output", fields])?;
    let cluster = setting("FOLKMOOT_CLUSTER")?;
    let mut tasks = String::new();
    for socket in ["containerd.sock", "fm-node2/containerd.sock"] {
        let socket = format!("{cluster}/{socket}");
        if Path::new(&socket).exists() {
            let list = ["--address", &socket, "--namespace", "k8s.io", "tasks", "list"];
            tasks += &run("ctr", &list)?;
        }
    }
    let pid = |id: &str| {
        let line = tasks.lines().find(|line| line.starts_with(id) && line.contains("RUNNING"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let pods = pods.lines().filter_map(|line| {
        let mut words = line.split(' ').map(ToOwned::to_owned);
        let (service, role, name) = (words.next()?, words.next()?, words.next()?);
        let (address, id) = (words.next()?, words.next()?);
        let pid = pid(id.strip_prefix("containerd://")?)?;
        Some(Pod { name, address, service, role, pid })
    });
    let mut pods: Vec<Pod> = pods.collect();
    ensure!(!pods.is_empty(), "no pod runs");
    pods.sort_by(|one, other| (&one.service, &one.role).cmp(&(&other.service, &other.role)));
    Ok(pods)
}
