//! What the cluster changes on the machine outside its own folder, and how that is undone: kernel settings, chains of the
//! firewall, bridges, network namespaces, mounts, control groups. Undoing goes as far as it can, whatever fails.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::home::Home;
use super::network::{NODE_BRIDGE, POD_BRIDGE, SECOND};

/// What the kubelet, kube-proxy and the bridge's plugin set.
const SYSCTLS: [&str; 5] = [
    "vm/overcommit_memory",
    "kernel/panic",
    "kernel/panic_on_oops",
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/route_localnet",
];
/// How the names of Kubernetes' chains and sets begin, and those of the network plugins.
const CHAINS: [&str; 2] = ["KUBE-", "CNI-"];
const RECORD: &str = "sysctl";

/// Writes down the kernel's settings, unless an earlier start did that has not been undone.
pub(super) fn remember(home: &Home) -> anyhow::Result<()> {
    if home.at(RECORD).exists() {
        return Ok(());
    }
    let lines = SYSCTLS.iter().filter_map(|name| {
        let value = fs::read_to_string(Path::new("/proc/sys").join(name)).ok()?;
        Some(format!("{name} {}\n", value.trim()))
    });
    home.write(RECORD, &lines.collect::<String>())?;
    Ok(())
}

/// Undoes everything, once no process of the cluster runs.
pub(super) fn restore(home: &Home) -> anyhow::Result<()> {
    for family in ["iptables", "ip6tables"] {
        restore_firewall(family);
    }
    remove_sets();
    for namespace in [pod_namespaces(&["-netns", SECOND.name]), pod_namespaces(&[])].concat() {
        quiet("ip", &["netns", "delete", &namespace]);
    }
    quiet("ip", &["netns", "delete", SECOND.name]);
    for bridge in [POD_BRIDGE, NODE_BRIDGE] {
        quiet("ip", &["link", "delete", bridge]);
    }
    for mount in mounts(home) {
        quiet("umount", &["--lazy", &mount]);
    }
    for root in control_groups() {
        remove_groups(&root);
    }
    restore_sysctls(home)
}

fn restore_firewall(family: &str) {
    let saved = Command::new(format!("{family}-save")).arg("--counters").output();
    let Ok(saved) = saved else { return };
    let saved = String::from_utf8_lossy(&saved.stdout);
    let kept = without_ours(&saved);
    if kept.len() == saved.len() {
        return;
    }
    let mut restore = Command::new(format!("{family}-restore"));
    let child = restore.arg("--counters").stdin(Stdio::piped()).spawn();
    if let Ok(mut child) = child {
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(kept.as_bytes()));
        let _ = child.wait();
    }
}

/// What is left of the text of `iptables-save` without our chains and the rules that name them.
fn without_ours(saved: &str) -> String {
    let is_ours =
        |word: &str| CHAINS.iter().any(|chain| word.trim_start_matches(':').starts_with(chain));
    let kept = saved.lines().filter(|line| !line.split(' ').any(is_ours));
    kept.flat_map(|line| [line, "\n"]).collect()
}

fn remove_sets() {
    let Ok(sets) = Command::new("ipset").args(["list", "-name"]).output() else { return };
    for set in String::from_utf8_lossy(&sets.stdout).lines() {
        if set.trim_start_matches("inet6:").starts_with("KUBE-") {
            quiet("ipset", &["destroy", set]);
        }
    }
}

/// The network namespaces on the other side of a bridge's ports.
fn pod_namespaces(place: &[&str]) -> Vec<String> {
    let ports = Command::new("ip")
        .args(place)
        .args(["-oneline", "link", "show", "master", POD_BRIDGE])
        .output();
    let ports = ports.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let ports = ports.unwrap_or_default();
    let names = ports.lines().filter_map(|line| line.split_once("link-netns "));
    names.filter_map(|(_, rest)| rest.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

/// What is mounted in the cluster's folder, innermost first.
pub(super) fn mounts(home: &Home) -> Vec<String> {
    let dir = fs::canonicalize(home.dir()).unwrap_or_else(|_| home.dir().to_owned());
    mounts_below(&dir, &fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
}

fn mounts_below(dir: &Path, mountinfo: &str) -> Vec<String> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    let mut points: Vec<String> = points
        .map(|point| point.replace("\\040", " "))
        .filter(|point| Path::new(point).starts_with(dir))
        .collect();
    points.reverse();
    points
}

/// The kubelets' groups, in each hierarchy of version 1 or in the one of version 2.
fn control_groups() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let hierarchies = hierarchies.chain([root.to_owned()]);
    let roots = hierarchies.flat_map(|dir| ["kubepods", SECOND.name].map(|name| dir.join(name)));
    roots.filter(|dir| dir.is_dir()).collect()
}

/// The kernel removes a group only when it has no groups and no processes in it.
fn remove_groups(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
        }
    }
    let _ = fs::remove_dir(dir);
}

fn restore_sysctls(home: &Home) -> anyhow::Result<()> {
    let Ok(lines) = fs::read_to_string(home.at(RECORD)) else { return Ok(()) };
    for (name, value) in lines.lines().filter_map(|line| line.split_once(' ')) {
        fs::write(Path::new("/proc/sys").join(name), value)
            .with_context(|| format!("failed to set {name} back to {value}"))?;
    }
    fs::remove_file(home.at(RECORD)).context("failed to forget the kernel's settings")
}

/// Runs a command whose failure changes nothing: what it removes may be gone already.
fn quiet(program: &str, arguments: &[&str]) {
    let _ =
        Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_others_stay() {
        let saved = "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:DOCKER - [0:0]\n\
            [1:60] -A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n\
            [0:0] -A KUBE-SERVICES -j RETURN\n[2:9] -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE\nCOMMIT\n";
        let kept = "*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n\
            [2:9] -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE\nCOMMIT\n";
        assert_eq!(without_ours(saved), kept);
        assert_eq!(without_ours(kept), kept);
    }

    #[test]
    fn only_mounts_of_the_cluster_are_undone() {
        let mountinfo = "1 0 254:0 / / rw - ext4\n2 1 0:5 / /run/it/a rw - tmpfs\n\
            3 2 0:6 / /run/it/a/b\\040c rw - tmpfs\n4 1 0:7 / /run/item rw - tmpfs\n";
        assert_eq!(mounts_below(Path::new("/run/it"), mountinfo), ["/run/it/a/b c", "/run/it/a"]);
    }
}
