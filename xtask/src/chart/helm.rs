//! Helm itself, and what it renders from each set of values in `helm/folkmoot/ci`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};

use super::folder;
use super::object::Object;

/// Name of the rendered release, and its namespace.
pub(super) const RELEASE: &str = "fm";

/// A program `helm`.
pub(super) struct Helm(pub(super) PathBuf);

/// A set of values.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// Such as `small`.
    pub(super) name: String,
    file: PathBuf,
}

/// What a set renders.
pub(super) struct Render {
    pub(super) set: Set,
    pub(super) yaml: String,
    pub(super) objects: Vec<Object>,
    /// The same with another image and another fixed number of pods.
    pub(super) changed: Vec<Object>,
}

impl Helm {
    /// Runs a command on the chart with a set of values.
    pub(super) fn run(&self, command: &[&str], more: &[&str], set: &Set) -> anyhow::Result<Output> {
        let mut helm = Command::new(&self.0);
        let named: &[&str] = if command == ["template"] { &[RELEASE] } else { &[] };
        helm.args(command).args(named).arg(folder());
        helm.args([OsStr::new("--namespace"), OsStr::new(RELEASE), OsStr::new("--values")]);
        helm.arg(&set.file).args(more);
        helm.output().with_context(|| format!("failed to start {}", self.0.display()))
    }

    /// The chart as an overlay of `k8s` installs it.
    pub(super) fn overlay(&self, values: &Path) -> anyhow::Result<String> {
        let mut helm = Command::new(&self.0);
        helm.args(["template", "folkmoot", "--namespace", "folkmoot", "--skip-tests", "--values"]);
        let output = helm.arg(values).arg(folder()).output().context("failed to start helm")?;
        ensure!(output.status.success(), "{}: {}", values.display(), text(&output));
        let yaml = String::from_utf8(output.stdout).context("helm rendered what is not UTF-8")?;
        let lines = yaml.lines().filter(|line| !line.trim().is_empty());
        let head = "# Made by `cargo xtask chart --write` from the chart and values.yaml.";
        Ok([head].into_iter().chain(lines).flat_map(|line| [line, "\n"]).collect())
    }

    /// The rendered objects as YAML.
    fn template(&self, set: &Set, more: &[&str]) -> anyhow::Result<String> {
        let output = self.run(&["template"], more, set)?;
        ensure!(output.status.success(), "{}: {}", set.name, text(&output));
        String::from_utf8(output.stdout).context("helm rendered what is not UTF-8")
    }
}

#[cfg(test)]
impl Render {
    /// Objects as if a set of values had rendered them.
    pub(super) fn of(objects: Vec<Object>, changed: Vec<Object>) -> Self {
        let set = Set { name: "a test".to_owned(), file: PathBuf::new() };
        Self { set, yaml: String::new(), objects, changed }
    }
}

/// Every set of values.
pub(super) fn sets() -> anyhow::Result<Vec<Set>> {
    let folder = folder().join("ci");
    let files = fs::read_dir(&folder).context("failed to list helm/folkmoot/ci")?;
    let mut sets = Vec::new();
    for file in files {
        let file = file?.path();
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
        if let Some(name) = name.strip_suffix("-values.yaml") {
            sets.push(Set { name: name.to_owned(), file });
        }
    }
    sets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sets)
}

/// Renders every set with Helm 4, and holds Helm 3 to the same objects.
pub(super) fn render_all(helm4: &Helm, helm3: &Helm) -> anyhow::Result<Vec<Render>> {
    let mut renders = Vec::new();
    for set in sets()? {
        let yaml = helm4.template(&set, &[])?;
        let objects = Object::parse(&yaml).with_context(|| set.name.clone())?;
        let other = Object::parse(&helm3.template(&set, &[])?)?;
        ensure!(objects == other, "{}: Helm 3 and 4 render different objects", set.name);
        let change = ["--set", "image.tag=changed,global.api.replicas=5"];
        let changed = Object::parse(&helm4.template(&set, &change)?)?;
        renders.push(Render { set, yaml, objects, changed });
    }
    Ok(renders)
}

/// What a program said, on one line if it is short.
pub(super) fn text(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    both.join("\n").trim().to_owned()
}
