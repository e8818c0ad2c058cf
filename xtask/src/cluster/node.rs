//! The nodes: their networks, containerd, the kubelet, kube-proxy, and images.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::config;
use super::home::Home;
use super::network::{FIRST, NODE_ADDRESS, NODE_BRIDGE, Node, PODS, SECOND, SERVICES};
use super::programs::Programs;
use crate::stack::process;
use crate::wait;

/// How long containerd and the kubelet may take, each.
const READY: Duration = Duration::from_mins(1);

/// The bridge with the first node's address. Services are routed to it, so that an address that no Service has stays on the
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

/// The network of the second node: a namespace with a cable to the bridge.
pub(super) fn connect(home: &Home, node: &Node) -> anyhow::Result<()> {
    let Node { name, address, pods } = *node;
    let own = format!("{address}/32");
    let first = format!("{NODE_ADDRESS}/32");
    let by_first = ["via", NODE_ADDRESS, "dev", "eth0"];
    let inside = ["-netns", name];
    // `ip netns add` would mount the folder over itself, and hide the namespaces of pods that run already.
    let file = Path::new("/run/netns").join(name);
    fs::write(&file, "").with_context(|| format!("failed to create {}", file.display()))?;
    let mut unshare = Command::new("unshare");
    unshare.arg(format!("--net={}", file.display())).arg("true");
    process::run("unshare", &mut unshare, &home.log("ip"))?;
    for arguments in [
        vec!["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name],
        vec!["link", "set", name, "master", NODE_BRIDGE, "up"],
        vec!["route", "add", &own, "dev", NODE_BRIDGE],
        vec!["route", "add", pods, "via", address, "dev", NODE_BRIDGE],
        [&inside[..], &["link", "set", "lo", "up"]].concat(),
        [&inside[..], &["link", "set", "eth0", "up"]].concat(),
        [&inside[..], &["address", "add", &own, "dev", "eth0"]].concat(),
        [&inside[..], &["route", "add", &first, "dev", "eth0"]].concat(),
        [&inside[..], &["route", "add", PODS], &by_first].concat(),
        [&inside[..], &["route", "add", SERVICES], &by_first].concat(),
    ] {
        process::run("ip", Command::new("ip").args(arguments), &home.log("ip"))?;
    }
    make_groups(node)
}

/// The control group above those of the node's pods, in each hierarchy.
fn make_groups(node: &Node) -> anyhow::Result<()> {
    let hierarchies = fs::read_dir("/sys/fs/cgroup").context("no control groups")?.flatten();
    for hierarchy in hierarchies.filter(|entry| entry.path().is_dir()) {
        let group = hierarchy.path().join(node.name);
        fs::create_dir_all(&group)
            .with_context(|| format!("failed to create {}", group.display()))?;
    }
    Ok(())
}

/// The nodes that run.
pub(super) fn running(home: &Home) -> impl Iterator<Item = &'static Node> {
    let running = |node: &&Node| home.runs(&record("containerd", node));
    [&FIRST, &SECOND].into_iter().filter(running).collect::<Vec<_>>().into_iter()
}

/// The name of a program of a node.
pub(super) fn record(program: &str, node: &Node) -> String {
    if node.name == FIRST.name { program.to_owned() } else { format!("{program}-{}", node.name) }
}

/// Starts a program of a node, in its network.
fn spawn(home: &Home, node: &Node, program: &str, command: Command) -> anyhow::Result<()> {
    let name = record(program, node);
    if node.name == FIRST.name {
        let mut command = command;
        return home.spawn(&name, &mut command);
    }
    let mut inside = Command::new("nsenter");
    inside.arg(format!("--net=/run/netns/{}", node.name)).arg(command.get_program());
    home.spawn(&name, inside.args(command.get_args()))
}

/// The folder of a node.
fn folder(home: &Home, node: &Node) -> PathBuf {
    if node.name == FIRST.name { home.dir().to_owned() } else { home.at(node.name) }
}

fn write(home: &Home, node: &Node, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let folder = folder(home, node);
    let below = folder.strip_prefix(home.dir()).unwrap_or(&folder).join(name);
    home.write(&below.to_string_lossy(), text)
}

pub(super) fn start_containerd(
    home: &Home,
    programs: &Programs,
    node: &Node,
) -> anyhow::Result<()> {
    let folder = folder(home, node);
    write(home, node, "cni/folkmoot.conflist", &config::pods(&folder, node))?;
    let file = write(home, node, "containerd.toml", &config::containerd(&folder))?;
    let mut containerd = Command::new("containerd");
    containerd.arg("--config").arg(file);
    spawn(home, node, "containerd", containerd)?;
    wait::until("containerd's first answer", READY, || {
        home.refuse_dead(&record("containerd", node))?;
        Ok(ctr(home, node).args(["images", "list"]).output().is_ok_and(|it| it.status.success()))
    })?;
    programs.images().iter().try_for_each(|archive| import(home, node, archive))
}

/// Loads an archive of images.
pub(super) fn import(home: &Home, node: &Node, archive: &Path) -> anyhow::Result<()> {
    let mut import = ctr(home, node);
    import.args(["images", "import"]).arg(archive);
    process::run("ctr images import", &mut import, &home.log("ctr"))
}

/// containerd's own client, in the kubelet's namespace.
pub(super) fn ctr(home: &Home, node: &Node) -> Command {
    let socket = folder(home, node).join("containerd.sock");
    let mut ctr = Command::new("ctr");
    ctr.arg("--address").arg(socket).args(["--namespace", "k8s.io"]);
    ctr
}

pub(super) fn start_kubelet(home: &Home, programs: &Programs, node: &Node) -> anyhow::Result<()> {
    write(home, node, "resolv.conf", "")?;
    let (name, folder) = (record("kubelet", node), folder(home, node));
    let config = config::kubelet(&folder, &home.at("pki/ca.crt"), node);
    let file = write(home, node, "kubelet.yaml", &config)?;
    let mut kubelet = programs.kubernetes("kubelet");
    kubelet
        .arg(format!("--config={}", file.display()))
        .arg(format!("--kubeconfig={}", home.kubeconfig(&name).display()))
        .arg(format!("--root-dir={}", folder.join("kubelet").display()))
        .arg(format!("--cert-dir={}", home.at("pki").join(name).display()))
        .arg(format!("--hostname-override={}", node.name))
        .arg(format!("--node-ip={}", node.address));
    spawn(home, node, "kubelet", kubelet)
}

pub(super) fn start_kube_proxy(
    home: &Home,
    programs: &Programs,
    node: &Node,
) -> anyhow::Result<()> {
    let config = config::kube_proxy(&home.kubeconfig("kube-proxy"), node);
    let file = write(home, node, "kube-proxy.yaml", &config)?;
    let mut proxy = programs.kubernetes("kube-proxy");
    proxy.arg(format!("--config={}", file.display()));
    spawn(home, node, "kube-proxy", proxy)
}

/// kube-router, which only enforces `NetworkPolicies`.
pub(super) fn start_kube_router(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let mut router = programs.kube_router()?;
    router
        .arg(format!("--kubeconfig={}", home.kubeconfig("admin").display()))
        .args(["--run-firewall=true", "--run-router=false", "--run-service-proxy=false"])
        .args(["--health-port=0", "--metrics-port=0"])
        .arg(format!("--hostname-override={}", FIRST.name))
        .arg(format!("--service-cluster-ip-range={SERVICES}"));
    home.spawn("kube-router", &mut router)
}

/// Waits until a node can run pods.
pub(super) fn await_ready(home: &Home, programs: &Programs, node: &Node) -> anyhow::Result<()> {
    let condition = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    wait::until("the node's readiness", READY, || {
        home.refuse_dead("kube-controller-manager")?;
        for program in ["containerd", "kubelet", "kube-proxy"] {
            home.refuse_dead(&record(program, node))?;
        }
        let mut kubectl = programs.kubectl(home);
        let output = kubectl.args(["get", "node", node.name, "--output", condition]).output();
        Ok(output.context("failed to run kubectl")?.stdout == b"True")
    })
}
