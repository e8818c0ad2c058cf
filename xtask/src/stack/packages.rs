//! The Debian packages that the suite and its parts need. Installing PostgreSQL must neither make nor start the
//! machine's own cluster, and Redis must not start as a service.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::{host, process};
use crate::paths;

/// Parts first, then what the examples use, then what the build of librdkafka, OpenSSL and aws-lc needs.
const PACKAGES: [&str; 10] = [
    "postgresql",
    "redis-server",
    "curl",
    "cmake",
    "g++",
    "make",
    "pkg-config",
    "libssl-dev",
    "zlib1g-dev",
    "ca-certificates",
];
const CLUSTER_FILE: &str = "/etc/postgresql-common/createcluster.conf";
const POLICY_FILE: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing; does nothing, quickly, when all is there.
pub fn ensure() -> anyhow::Result<()> {
    if !host::has("dpkg-query", "--version") {
        return by_programs();
    }
    let mut missing: Vec<&str> = PACKAGES.into_iter().filter(|name| !installed(name)).collect();
    if host::has("python3", "--version") && !host::has_python_venv() {
        missing.push("python3-venv");
    }
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Installs those of `packages` that are missing; on other systems than Debian, whoever runs them will miss them.
pub fn require(packages: &[&str]) -> anyhow::Result<()> {
    if !host::has("dpkg-query", "--version") {
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Installs a package that is useful but not needed; returns whether it is there.
pub fn wish(package: &str) -> bool {
    host::has("dpkg-query", "--version") && (installed(package) || install(&[package]).is_ok())
}

fn installed(package: &str) -> bool {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}\n", package])
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).lines().any(|status| status == "installed")
    })
}

fn by_programs() -> anyhow::Result<()> {
    let absent: Vec<&str> = ["redis-server", "cmake", "g++", "make", "bash", "curl", "python3"]
        .into_iter()
        .filter(|it| !host::has(it, "--version"))
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    bail!("this is not Debian; please install by hand: PostgreSQL, {}", absent.join(", "))
}

fn install(missing: &[&str]) -> anyhow::Result<()> {
    if !host::root() && !host::has("sudo", "-nv") {
        bail!(
            "packages are missing, and neither root nor sudo without a password is at hand; please run: \
             apt-get install -y --no-install-recommends {}",
            missing.join(" ")
        );
    }
    let log = paths::cache()?.join("packages.log");
    let quiet = Quiet::begin()?;
    let done = apt(&["update"], &[], &log)
        .and_then(|()| apt(&["install", "-y", "--no-install-recommends"], missing, &log))
        .with_context(|| format!("failed to install {}", missing.join(" ")));
    drop(quiet);
    done
}

fn apt(verb: &[&str], packages: &[&str], log: &Path) -> anyhow::Result<()> {
    let mut command = privileged("env");
    // A lock held by somebody else's apt is waited for.
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1", "apt-get"])
        .args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"])
        .args(verb)
        .args(packages);
    process::run("apt-get", &mut command, log)
}

fn privileged(program: &str) -> Command {
    if host::root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// While it lives, packages start no services and PostgreSQL makes no cluster of the machine's own.
struct Quiet {
    policy: bool,
    cluster: bool,
}

impl Quiet {
    fn begin() -> anyhow::Result<Self> {
        let fresh = !Path::new("/etc/postgresql-common").exists();
        let cluster = fresh && !Path::new(CLUSTER_FILE).exists();
        if cluster {
            place(CLUSTER_FILE, "create_main_cluster = false\n", "644")?;
        }
        let policy = !Path::new(POLICY_FILE).exists();
        if policy {
            place(POLICY_FILE, "#!/bin/sh\nexit 101\n", "755")?;
        }
        Ok(Self { policy, cluster })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        for (ours, file) in [(self.policy, POLICY_FILE), (self.cluster, CLUSTER_FILE)] {
            if ours {
                let _ = privileged("rm").args(["-f", file]).status();
            }
        }
    }
}

/// Writes a system file by way of our own, since we may need sudo for it.
fn place(target: &str, text: &str, mode: &str) -> anyhow::Result<()> {
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
    let draft = cache.join("draft");
    fs::write(&draft, text).with_context(|| format!("failed to write {}", draft.display()))?;
    let status = privileged("install")
        .args(["-D", "-m", mode])
        .arg(&draft)
        .arg(target)
        .status()
        .context("failed to run install")?;
    if status.success() { Ok(()) } else { bail!("failed to write {target}") }
}
