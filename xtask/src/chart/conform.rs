//! Schemas of Kubernetes and of custom resources. Those of Kubernetes come in a Python package, and refer to each other by
//! addresses of a server that does not exist; those of custom resources are made from the definitions in the modules of
//! the operators. Both are kept in the cache outside the clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::helm::{Render, text};
use super::tools::Tools;
use crate::foreign::{self, Cache, NO_NETWORK};
use crate::paths;
use crate::stack::process;

/// The oldest Kubernetes that the chart supports, and the newest that has schemas.
const VERSIONS: [&str; 2] = ["1.30.0", "1.37.0"];
/// Strimzi publishes its definitions in no module.
const WITHOUT_SCHEMA: &str = "Kafka,KafkaNodePool,KafkaTopic,KafkaUser";
/// What the oldest does not have: image volumes came with 1.31.
const NEWER: &str = "custom";

/// Compares everything that is rendered with the schemas.
pub(super) fn check(tools: &Tools, renders: &[Render]) -> anyhow::Result<()> {
    let schemas = schemas()?;
    for version in VERSIONS {
        for render in renders.iter().filter(|it| version != "1.30.0" || it.set.name != NEWER) {
            let file = schemas.join(format!("{}.yaml", render.set.name));
            fs::write(&file, &render.yaml).context("failed to write into the cache")?;
            conform(tools, version, &schemas, &file)?;
        }
    }
    let overlay = schemas.join("overlay.yaml");
    fs::write(&overlay, kustomize(tools)?).context("failed to write into the cache")?;
    conform(tools, "1.37.0", &schemas, &overlay)
}

/// A whole installation as `k8s/overlays/standard` puts it together.
fn kustomize(tools: &Tools) -> anyhow::Result<Vec<u8>> {
    let folder = paths::root().join("k8s/overlays/standard");
    let output = tools.kubectl().arg("kustomize").arg(folder).output();
    let output = output.context("failed to start kubectl")?;
    ensure!(output.status.success(), "k8s/overlays/standard: {}", text(&output));
    Ok(output.stdout)
}

fn conform(tools: &Tools, version: &str, schemas: &Path, file: &Path) -> anyhow::Result<()> {
    let core =
        "{{.NormalizedKubernetesVersion}}-local-strict/{{.ResourceKind}}{{.KindSuffix}}.json";
    let custom = "crds/{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json";
    let mut kubeconform = tools.kubeconform();
    kubeconform.args(["-strict", "-summary", "-kubernetes-version", version]);
    kubeconform.args(["-skip", WITHOUT_SCHEMA]);
    for location in [core, custom] {
        kubeconform.arg("-schema-location").arg(schemas.join(location));
    }
    let output = kubeconform.arg(file).output().context("failed to start kubeconform")?;
    ensure!(output.status.success(), "Kubernetes {version}: {}", text(&output));
    Ok(())
}

/// The folder of the schemas, and of the definitions that they are made from.
pub(super) fn schemas() -> anyhow::Result<PathBuf> {
    let from = paths::root().join("xtask/chart");
    let lists = ["wheels.txt", "crds.txt", "schemas.py"].map(|name| from.join(name));
    let cache = Cache::lock("chart-schemas", &lists)?;
    if cache.is_current() {
        return Ok(cache.dir.clone());
    }
    let (python, [wheels, crds, script]) = (foreign::python()?, lists);
    let modules = cache.dir.join("modules");
    fs::create_dir_all(&modules).context("failed to create a folder in the cache")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&cache.dir)
        .arg("--requirement")
        .arg(&wheels);
    process::run("pip", &mut pip, &cache.log).context(format!("the schemas {NO_NETWORK}"))?;
    let mut make = Command::new(&python);
    make.arg(script).arg(crds).arg(&cache.dir);
    make.env("GOMODCACHE", &modules).env("GOFLAGS", "-modcacherw").env("GOTOOLCHAIN", "local");
    process::run("schemas.py", &mut make, &cache.log)
        .context(format!("the definitions of custom resources {NO_NETWORK}"))?;
    fs::remove_dir_all(&modules).context("failed to empty the cache of Go")?;
    cache.stamp()?;
    Ok(cache.dir.clone())
}
