//! `pods PROFILE [HELM]`: installs the chart on the cluster that `KUBECONFIG` names, as docs/kubernetes.md says, and uses it as
//! a supporter does. Unless the profile is the trial, connections between pods are compared with the table of calls if the
//! cluster enforces `NetworkPolicies`, and every pod is replaced under load, by an upgrade and by a rollback.
//! `cargo xtask cluster check` builds it and sets what it reads from the environment.

mod command;
mod edges;
mod load;
mod release;
mod secrets;
mod story;

use std::{process::ExitCode, time::Instant};

use anyhow::Context as _;
use xtask::say;

use self::{release::Release, story::Story};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new();
    let result = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let profile = words.next().context("pods PROFILE [HELM]")?;
    let helm = words.next().unwrap_or_else(|| "helm".to_owned());
    let release = Release::prepare(&profile, &helm)?;
    let started = Instant::now();
    say::step(&format!("install {profile} by {helm}"), |_| release.install())?;
    let story = Story::begin(&release)?;
    story.act_and_confirm(&release).await?;
    let confirmed = started.elapsed().as_secs_f64();
    say::line(format!(
        "{profile}, {helm}: first action confirmed {confirmed:.1} s after the installation began"
    ));
    say::step("helm test", |_| release.test())?;
    if profile != "trial" {
        if command::setting("FOLKMOOT_CLUSTER_POLICIES")? == "true" {
            say::step("compare connections with the table of calls", |_| edges::check(&release))?;
        } else {
            say::problem("NetworkPolicies are not enforced here, so connections were not compared");
        }
        replace_under_load(&release, &story).await?;
    }
    release.remove()
}

/// A way to replace every pod.
type Replace = fn(&Release) -> anyhow::Result<()>;

async fn replace_under_load(release: &Release, story: &Story) -> anyhow::Result<()> {
    let steps: [(&'static str, Replace); 2] =
        [("upgrade", Release::upgrade), ("rollback", Release::roll_back)];
    for (what, replace) in steps {
        let load = load::start(story, what)?;
        let done = tokio::task::block_in_place(|| say::step(what, |_| replace(release)));
        let outcome = load.end().await?;
        done?;
        say::line(format!("{what}: {}", load::summary(&outcome)));
        load::refuse_losses(&outcome)?;
        story.confirm_all(&outcome.accepted).await?;
    }
    story.refuse_repeats()
}
