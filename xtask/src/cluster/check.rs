//! `cargo xtask cluster check`: the chart installed on the running cluster and used, by a program of the integration tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::home::Home;
use super::{Extras, NOT_RUNNING, load, prepare, stores};
use crate::stack::process;
use crate::up::commands::POSTCODES;
use crate::{chart, directory, image, paths, say, settings};

const PROGRAM: &str = "pods";
/// The profile that scales workers by lag.
const LARGE: &str = "large";

pub(super) fn check(home: &Home, words: &[&str]) -> anyhow::Result<()> {
    ensure!(home.runs("kubelet"), NOT_RUNNING);
    let programs = prepare(Extras::default())?;
    let admin = stores::start(home)?;
    load(home, &[])?;
    let binary = image::binary()?;
    let data = data(home, &binary)?;
    if words.contains(&LARGE) {
        // KEDA itself does not run, so that a worker keeps the number of pods that it starts with.
        say::step("define custom resources", |_| {
            chart::define(programs.kubectl(home), &home.log("definitions"))
        })?;
    }
    let program = build()?;
    let path = settings::var("PATH").unwrap_or_default();
    let mut check = Command::new(program);
    check
        .args(words)
        .current_dir(paths::root())
        .env("KUBECONFIG", home.kubeconfig("admin"))
        .env("PATH", format!("{}:{path}", programs.clients().display()))
        .env("DATABASE_URL", admin)
        .env("FOLKMOOT_CLUSTER", home.dir())
        .env("FOLKMOOT_CLUSTER_POLICIES", home.runs("kube-router").to_string())
        .env("FOLKMOOT_CLUSTER_DATA", data)
        .env("FOLKMOOT_TEST_BIN", binary);
    let status = check.status().context("failed to run the check")?;
    ensure!(status.success(), "the check failed; its namespace is left for a look");
    Ok(())
}

/// A folder with the directory of postcodes that pods may read.
fn data(home: &Home, binary: &std::path::Path) -> anyhow::Result<PathBuf> {
    let (folder, name) = (home.at("data"), "postcodes.bin");
    let whole = directory::ensure("FOLKMOOT_BENCH_POSTCODES", binary)?;
    fs::create_dir_all(&folder).context("failed to create the folder of data")?;
    fs::copy(&whole, folder.join(name)).with_context(|| format!("failed to copy {POSTCODES}"))?;
    for path in [folder.clone(), folder.join(name)] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
            .context("failed to open the data to pods")?;
    }
    Ok(folder)
}

fn build() -> anyhow::Result<PathBuf> {
    say::step(&format!("build {PROGRAM}"), |step| {
        let mut cargo = paths::cargo();
        cargo.args(["build", "--locked", "--package", "integration-tests", "--bin", PROGRAM]);
        process::run_shown(step, "cargo build", &mut cargo, &paths::target()?.join("pods.log"))
    })?;
    Ok(paths::target()?.join("debug").join(PROGRAM))
}
