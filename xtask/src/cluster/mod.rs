//! `cargo xtask cluster`: a real Kubernetes of one or two nodes on this machine, for developers and CI. It listens on loopback and
//! on two bridges of its own, pods reach nothing beyond those, and `down` leaves the machine as it was.

mod autoscaling;
mod check;
mod config;
mod control_plane;
mod dns;
mod home;
mod ingress;
mod machine;
mod network;
mod node;
mod pki;
pub(crate) mod programs;
mod start;
mod stop;
mod stores;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};

use self::home::Home;
use self::network::SECOND;
use self::programs::Programs;
use crate::image;
use crate::stack::{host, packages};
use crate::{paths, say};

/// What the control plane and a node need of Debian.
const PACKAGES: [&str; 8] = [
    "buildah",
    "catatonit",
    "containerd",
    "containernetworking-plugins",
    "ipset",
    "iptables",
    "openssl",
    "runc",
];

const NOT_RUNNING: &str = "the cluster does not run; start it: cargo xtask cluster up";

/// What to do with the cluster.
#[derive(Clone, Debug, Subcommand)]
pub enum Task {
    /// Build and fetch the programs into the cache, once; `up` does it too.
    Build {
        /// Those that scale pods, too.
        #[arg(long)]
        autoscaling: bool,
        /// Traefik, too.
        #[arg(long)]
        ingress: bool,
    },
    /// Start the cluster, unless it runs, and print what a shell needs: `eval "$(cargo xtask cluster up)"`.
    Up(Extras),
    /// Start PostgreSQL, Redis, Kafka and a mail relay where pods reach them, and print PostgreSQL's administrator.
    Stores,
    /// Install the chart as a profile, act as a supporter, and replace every pod under load.
    Check {
        /// trial, small, standard or large
        #[arg(default_value = "small")]
        profile: String,
        /// `helm` is Helm 4, `helm3` Helm 3
        #[arg(long, default_value = "helm")]
        helm: String,
        /// Values of the chart over the check's own, as Helm takes them.
        #[arg(long)]
        set: Option<String>,
        /// Restart every pod so often under load, too.
        #[arg(long, default_value_t = 0)]
        restarts: u32,
        /// Instead: let workers be scaled for a backlog of so many events, and down again.
        #[arg(long, group = "instead")]
        lag: Option<u64>,
        /// Instead: let the gateway be scaled for the load, and down again.
        #[arg(long, group = "instead")]
        cpu: bool,
        /// Instead: drain nodes under load.
        #[arg(long, group = "instead")]
        drain: bool,
        /// Instead: reach the gateway through an Ingress and an `HTTPRoute`, and replace their certificates under load.
        #[arg(long, group = "instead")]
        ingress: bool,
    },
    /// Load image archives into the node: by default the one that `cargo xtask image` made.
    LoadImage {
        /// Docker or OCI archives
        archives: Vec<PathBuf>,
    },
    /// Stop the cluster, delete its data and undo its changes to the machine.
    Down,
}

/// What a cluster may have besides.
#[derive(Clone, Copy, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Extras {
    /// Enforce `NetworkPolicies`, by kube-router.
    #[arg(long)]
    network_policies: bool,
    /// Scale workers by the lag of their consumers, by KEDA, and others by processor use, by metrics-server.
    #[arg(long)]
    autoscaling: bool,
    /// A second node, in a network namespace.
    #[arg(long)]
    second_node: bool,
    /// Carry `Ingress` and `HTTPRoute` into the cluster, by Traefik.
    #[arg(long)]
    ingress: bool,
}

/// Runs the task.
pub fn run(task: &Task) -> anyhow::Result<()> {
    let home = Home::new(paths::run().join("cluster"));
    match task {
        Task::Build { autoscaling, ingress } => prepare(Extras {
            network_policies: true,
            autoscaling: *autoscaling,
            ingress: *ingress,
            ..Extras::default()
        })
        .map(drop),
        Task::Up(extras) => up(&home, *extras),
        Task::Stores => {
            ensure!(home.runs("kube-apiserver"), NOT_RUNNING);
            say::line(format!("export DATABASE_URL='{}'", stores::start(&home)?));
            Ok(())
        }
        Task::Check { profile, helm, set, restarts, lag, cpu, drain, ingress } => {
            let (restarts, lag) = (restarts.to_string(), lag.map(|it| it.to_string()));
            let mut words = vec![profile.as_str(), "--helm", helm, "--restarts", &restarts];
            words.extend(set.iter().flat_map(|set| ["--set", set]));
            words.extend(lag.iter().flat_map(|lag| ["--lag", lag]));
            words.extend(cpu.then_some("--cpu"));
            words.extend(drain.then_some("--drain"));
            words.extend(ingress.then_some("--ingress"));
            ensure!(
                !drain || home.runs(&node::record("kubelet", &SECOND)),
                "there is no second node; add it: cargo xtask cluster up --second-node"
            );
            ensure!(
                (lag.is_none() && !cpu) || home.runs("keda-operator"),
                "nothing scales pods here; start what does: cargo xtask cluster up --autoscaling"
            );
            ensure!(
                !ingress || home.runs(ingress::NAME),
                "nothing carries an Ingress here; start what does: cargo xtask cluster up --ingress"
            );
            check::check(&home, &words)
        }
        Task::LoadImage { archives } => load(&home, archives),
        Task::Down => {
            refuse_others()?;
            stop::stop(&home)?;
            say::line("the cluster is stopped, and the machine as it was before");
            Ok(())
        }
    }
}

/// Breaks the pods of a profile under load, and what they depend on (`cargo xtask chaos --cluster`).
pub fn chaos(profile: &str, minutes: u64, seed: u64, rate: u32) -> anyhow::Result<()> {
    let [minutes, seed, rate] = [minutes, seed, u64::from(rate)].map(|it| it.to_string());
    let words = [profile, "--chaos", &minutes, "--seed", &seed, "--rate", &rate];
    check::check(&Home::new(paths::run().join("cluster")), &words)
}

fn up(home: &Home, extras: Extras) -> anyhow::Result<()> {
    refuse_others()?;
    let programs = prepare(extras)?;
    if home.runs("kubelet") && programs.answers(home) {
        say::problem("the cluster runs already");
    } else {
        // What an earlier `up` left that was killed.
        stop::stop(home)?;
        if let Err(error) = start::start(home, &programs) {
            say::problem("starting failed; stopping what was started");
            stop::stop(home)?;
            return Err(error);
        }
    }
    if extras.network_policies && !home.runs("kube-router") {
        node::start_kube_router(home, &programs)?;
    }
    if extras.second_node && !home.runs(&node::record("kubelet", &SECOND)) {
        say::step("start the second node", |_| start::start_second_node(home, &programs))?;
    }
    if extras.autoscaling {
        say::step("start KEDA and metrics-server", |_| autoscaling::start(home, &programs))?;
    }
    if extras.ingress && !home.runs(ingress::NAME) {
        say::step("start Traefik", |_| ingress::start(home, &programs))?;
    }
    say::line(format!("export KUBECONFIG={}", home.kubeconfig("admin").display()));
    say::line(format!("export PATH={}:\"$PATH\"", programs.clients().display()));
    Ok(())
}

fn prepare(extras: Extras) -> anyhow::Result<Programs> {
    say::step("check the cluster's packages", |_| packages::require(&PACKAGES))?;
    Programs::ensure(extras)
}

fn load(home: &Home, archives: &[PathBuf]) -> anyhow::Result<()> {
    ensure!(home.runs("containerd"), NOT_RUNNING);
    let own = [image::archive()?];
    for archive in if archives.is_empty() { own.as_slice() } else { archives } {
        let archive = std::fs::canonicalize(archive)
            .with_context(|| format!("no {}; `cargo xtask image` makes it", archive.display()))?;
        say::step(&format!("load {}", archive.display()), |_| {
            node::running(home).try_for_each(|node| node::import(home, node, &archive))
        })?;
    }
    Ok(())
}

fn refuse_others() -> anyhow::Result<()> {
    ensure!(
        host::root(),
        "a node needs root: containers, bridges and firewall rules; run it as root, in a virtual machine if in doubt"
    );
    Ok(())
}
