//! `pods PROFILE`: installs the chart on the cluster that `KUBECONFIG` names, as docs/kubernetes.md says, and uses it as
//! a supporter does. Unless the profile is the trial, connections between pods are compared with the table of calls if the
//! cluster enforces `NetworkPolicies`, and every pod is replaced under load, by an upgrade, by a rollback and by restarts; or
//! pods are scaled, nodes are drained, or everything breaks under load instead.
//! `cargo xtask cluster check` builds it and sets what it reads from the environment.

mod chaos;
mod command;
mod database;
mod drain;
mod edges;
mod ingress;
mod load;
mod pod;
mod release;
mod scaling;
mod secrets;
mod slow;
mod story;

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use xtask::{interrupt, say};

use self::{release::Release, story::Story};

/// What is asked for.
#[derive(Parser)]
struct Asked {
    /// trial, small, standard or large
    profile: String,
    /// `helm` or `helm3`
    #[arg(long, default_value = "helm")]
    helm: String,
    /// Values of the chart over the check's own, as Helm takes them.
    #[arg(long)]
    set: Option<String>,
    /// Restarts of every pod under load, one after the other.
    #[arg(long, default_value_t = 0)]
    restarts: u32,
    /// Events of a backlog that workers are scaled for instead.
    #[arg(long, group = "instead")]
    lag: Option<i64>,
    /// Pods of the gateway by the use of processors instead.
    #[arg(long, group = "instead")]
    cpu: bool,
    /// Nodes that are drained under load instead.
    #[arg(long, group = "instead")]
    drain: bool,
    /// The gateway by an Ingress and an `HTTPRoute` whose certificates are replaced under load instead.
    #[arg(long, group = "instead")]
    ingress: bool,
    /// Minutes of failures instead.
    #[arg(long, group = "instead")]
    chaos: Option<u64>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// New supporters per second while things break.
    #[arg(long, default_value_t = 2)]
    rate: u32,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().map_err(Into::into);
    let result = runtime.and_then(|runtime| {
        interrupt::install()?;
        runtime.block_on(run(Asked::parse()))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(asked: Asked) -> anyhow::Result<()> {
    let Asked { profile, helm, set, restarts, lag, cpu, drain, ingress, chaos, seed, rate } = asked;
    let files: &[&str] = match () {
        () if lag.is_some() || cpu => &["autoscaled"],
        () if drain => &["drained"],
        () if ingress => &["ingress"],
        () => &[],
    };
    let release = Release::prepare(&profile, &helm, files, set)?;
    if ingress {
        ingress::prepare(&release)?;
    }
    let started = Instant::now();
    say::step(&format!("install {profile} by {helm}"), |_| release.install())?;
    let mut story = Story::begin(&release)?;
    if ingress {
        story.driver.http = ingress::client()?;
        ingress::await_open(&story).await?;
    }
    story.act_and_confirm(&release).await?;
    let confirmed = started.elapsed().as_secs_f64();
    say::line(format!(
        "{profile}, {helm}: first action confirmed {confirmed:.1} s after the installation began"
    ));
    if let Some(events) = lag {
        tokio::task::block_in_place(|| scaling::drain(&release, events))?;
        return release.remove();
    }
    if cpu {
        scaling::follow_load(&release, &story).await?;
        return release.remove();
    }
    if drain {
        drain::drain(&release, &story).await?;
        story.refuse_repeats()?;
        return release.remove();
    }
    if ingress {
        ingress::check(&release, &story).await?;
        story.refuse_repeats()?;
        return release.remove();
    }
    if let Some(minutes) = chaos {
        chaos::run_all(&release, &story, &chaos::Asked { minutes, seed, rate }).await?;
        return release.remove();
    }
    say::step("helm test", |_| release.test())?;
    if profile != "trial" {
        if command::setting("FOLKMOOT_CLUSTER_POLICIES")? == "true" {
            say::step("compare connections with the table of calls", |_| edges::check(&release))?;
        } else {
            say::problem("NetworkPolicies are not enforced here, so connections were not compared");
        }
        replace_under_load(&release, &story, restarts).await?;
    }
    release.remove()
}

/// A way to replace every pod.
type Replace = fn(&Release) -> anyhow::Result<()>;

async fn replace_under_load(release: &Release, story: &Story, restarts: u32) -> anyhow::Result<()> {
    let mut steps: Vec<(String, Replace)> =
        vec![("upgrade".to_owned(), Release::upgrade), ("rollback".to_owned(), Release::roll_back)];
    for number in 1..=restarts {
        steps.push((format!("restart-{number}"), Release::restart));
    }
    for (what, replace) in steps {
        load::under_load(release, story, &what, replace).await?;
    }
    story.refuse_repeats()
}
