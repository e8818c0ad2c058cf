//! The programs that judge the chart, kept in the cache outside the clone: helm and kubectl from the cluster's wheels,
//! helm-unittest and kubeconform built by Go as `xtask/chart/go.mod` pins them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use super::folder;
use super::helm::Helm;
use crate::cluster::programs;
use crate::foreign::{Cache, NO_NETWORK};
use crate::generators::Go;
use crate::paths;
use crate::stack::process;

/// Where they are.
pub(super) struct Tools {
    pub(super) helm4: Helm,
    pub(super) helm3: Helm,
    kubectl: PathBuf,
    built: PathBuf,
}

impl Tools {
    /// Builds and fetches what is missing.
    pub(super) fn ensure() -> anyhow::Result<Self> {
        let clients = programs::clients()?;
        let program = |name: &str| clients.join(name);
        let (helm4, helm3) = (Helm(program("helm")), Helm(program("helm3")));
        Ok(Self { helm4, helm3, kubectl: program("kubectl"), built: built()? })
    }

    pub(super) fn kubectl(&self) -> Command {
        Command::new(&self.kubectl)
    }

    pub(super) fn kubeconform(&self) -> Command {
        Command::new(self.built.join("bin/kubeconform"))
    }

    /// Runs the chart's own tests.
    pub(super) fn unittest(&self) -> anyhow::Result<()> {
        let mut tests = Command::new(self.built.join("bin/helm-unittest"));
        tests.args(["--strict", "--file", "tests/*_test.yaml"]).arg(folder());
        process::run("helm-unittest", &mut tests, &paths::cache()?.join("chart-unittest.log"))
    }
}

/// Helm alone, which is enough to render.
pub(super) fn helm4() -> anyhow::Result<Helm> {
    Ok(Helm(programs::clients()?.join("helm")))
}

fn built() -> anyhow::Result<PathBuf> {
    let from = paths::root().join("xtask/chart");
    let cache = Cache::lock("chart", &[from.join("go.mod"), from.join("go.sum")])?;
    if cache.is_current() {
        return Ok(cache.dir.clone());
    }
    let mut install = Go(cache.dir.clone()).command();
    install.env("CGO_ENABLED", "0").args(["install", "-trimpath", "tool"]).current_dir(&from);
    process::run("go install", &mut install, &cache.log)
        .context(format!("helm-unittest and kubeconform {NO_NETWORK}"))
        .context("is Go 1.26 or newer installed?")?;
    cache.stamp()?;
    Ok(cache.dir.clone())
}
