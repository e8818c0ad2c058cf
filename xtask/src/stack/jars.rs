//! Jars: fetched by Maven as a pom pins them, into the cache outside the clone, and used only when each equals its line in
//! the list of sums beside that pom.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::process;
use crate::{paths, settings};

/// Jars that belong together.
pub struct Jars {
    /// Their folder in the cache.
    name: &'static str,
    /// Where `pom.xml` and `jars.sha256` are, from the root of the clone.
    from: &'static str,
    /// The pinned list: `<sha256>  <file name>` a line.
    list: &'static str,
}

/// The broker.
pub const KAFKA: Jars =
    Jars { name: "kafka", from: "xtask/kafka", list: include_str!("../../kafka/jars.sha256") };
/// The generator of clients, one jar.
pub const OPENAPI_GENERATOR: Jars = Jars {
    name: "openapi-generator",
    from: "xtask/openapi-generator",
    list: include_str!("../../openapi-generator/jars.sha256"),
};
/// Dependencies of the documented verifier of access tokens.
pub const VERIFIER: Jars = Jars {
    name: "verify-token",
    from: "docs/verify-tokens/java",
    list: include_str!("../../../docs/verify-tokens/java/jars.sha256"),
};

/// The folder of Kafka's checked jars. `FOLKMOOT_KAFKA_CLASSPATH` names one that `cargo xtask test` has checked already.
pub fn ensure() -> anyhow::Result<PathBuf> {
    match settings::var("FOLKMOOT_KAFKA_CLASSPATH") {
        Some(dir) => Ok(PathBuf::from(dir)),
        None => KAFKA.ensure(),
    }
}

impl Jars {
    /// The folder of the checked jars, for `java -cp '<folder>/*'`; fetches what is missing.
    pub fn ensure(&self) -> anyhow::Result<PathBuf> {
        let cache = paths::cache()?;
        let dir = cache.join(self.name);
        fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
        // Two clones may ask at once; the second waits and finds the work done.
        let lock = File::create(cache.join(format!("{}.lock", self.name)))
            .context("failed to create a lock file")?;
        lock.lock().context("failed to lock the cache")?;
        let pinned = self.pinned();
        if !mismatches(&dir, &pinned)?.is_empty() {
            self.fetch(&dir, &cache.join("maven"))?;
            self.refuse_broken(&dir, &cache.join("maven"), &pinned)?;
        }
        remove_strangers(&dir, &pinned)?;
        Ok(dir)
    }

    /// Fetches the jars of the pom again and writes their sums as the pinned list.
    pub fn write_list(&self) -> anyhow::Result<PathBuf> {
        let cache = paths::cache()?;
        let dir = cache.join(format!("{}-lock", self.name));
        if dir.exists() {
            fs::remove_dir_all(&dir).context("failed to empty the cache")?;
        }
        fs::create_dir_all(&dir).context("failed to create the cache")?;
        self.fetch(&dir, &cache.join("maven"))?;
        let lines = sums(&dir)?.into_iter().map(|(name, sum)| format!("{sum}  {name}"));
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        let list = paths::root().join(self.from).join("jars.sha256");
        fs::write(&list, text).with_context(|| format!("failed to write {}", list.display()))?;
        Ok(list)
    }

    fn pinned(&self) -> BTreeMap<String, String> {
        self.list
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
            .collect()
    }

    fn refuse_broken(
        &self,
        dir: &Path,
        repository: &Path,
        pinned: &BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        let broken = mismatches(dir, pinned)?;
        for name in &broken {
            let _ = fs::remove_file(dir.join(name));
            remove_named(repository, name);
        }
        if broken.is_empty() {
            return Ok(());
        }
        bail!(
            "a download is broken: {} not what {}/jars.sha256 pins. It was removed; run the command again.",
            match broken.as_slice() {
                [one] => format!("{one} is"),
                many => format!("{} are", many.join(", ")),
            },
            self.from
        )
    }

    fn fetch(&self, dir: &Path, repository: &Path) -> anyhow::Result<()> {
        let log = dir.with_extension("log");
        let mut command = Command::new("mvn");
        command
            .args(["--batch-mode", "--strict-checksums", "--no-transfer-progress", "--file"])
            .arg(paths::root().join(self.from).join("pom.xml"))
            .arg(format!("-Dmaven.repo.local={}", repository.display()))
            .arg(format!("-DoutputDirectory={}", dir.display()))
            .args(["-DincludeScope=runtime", "dependency:copy-dependencies"]);
        process::run("mvn", &mut command, &log).with_context(|| {
            format!(
                "the jars of {} could not be fetched (is Maven installed, and the network there?); \
                 running the command again resumes where it stopped",
                self.from
            )
        })
    }
}

/// The pinned jars that are absent or differ.
fn mismatches(dir: &Path, pinned: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let present = sums(dir)?;
    Ok(pinned
        .iter()
        .filter(|(name, sum)| present.get(*name) != Some(sum))
        .map(|(name, _)| name.clone())
        .collect())
}

fn remove_named(dir: &Path, name: &str) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_named(&path, name);
        } else if entry.file_name() == name {
            let _ = fs::remove_file(path);
        }
    }
}

/// Jars of an older list would be on the class path too.
fn remove_strangers(dir: &Path, pinned: &BTreeMap<String, String>) -> anyhow::Result<()> {
    for name in names(dir)?.into_iter().filter(|name| !pinned.contains_key(name)) {
        fs::remove_file(dir.join(&name)).with_context(|| format!("failed to remove {name}"))?;
    }
    Ok(())
}

fn names(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(dir).with_context(|| format!("failed to list {}", dir.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jar"))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Name to SHA-256, by coreutils: a crate for it would be one more to compile on every fresh machine.
fn sums(dir: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let names = names(dir)?;
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let output = Command::new("sha256sum")
        .current_dir(dir)
        .arg("--")
        .args(&names)
        .output()
        .context("failed to run sha256sum")?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect())
}
