//! `cargo xtask setup`: everything that the build and the tests need from outside, fetched once into the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stack::{jars, packages, process};
use crate::{fixtures, paths, say};

/// What [`setup`] found or fetched.
pub struct Setup {
    /// The folder of Apache Kafka's jars.
    pub jars: PathBuf,
    /// A Python that has the foreign verifiers.
    pub python: PathBuf,
    /// The folder of MaxMind's test databases.
    pub mmdb: PathBuf,
}

/// Makes sure that all is there.
pub fn setup() -> anyhow::Result<Setup> {
    say::step("check packages", |_| packages::ensure())?;
    let jars = say::step("check Apache Kafka's jars", |_| jars::ensure())?;
    let python = say::step("check the foreign verifiers", |_| verifiers())?;
    let mmdb = say::step("check MaxMind's test databases", |_| fixtures::maxmind(&python))?;
    Ok(Setup { jars, python, mmdb })
}

/// A virtual environment that holds exactly xtask/python/requirements.txt.
fn verifiers() -> anyhow::Result<PathBuf> {
    let requirements = paths::root().join("xtask/python/requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("failed to read {}", requirements.display()))?;
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
    let lock =
        fs::File::create(cache.join("python.lock")).context("failed to create a lock file")?;
    lock.lock().context("failed to lock the cache")?;
    let dir = cache.join("python");
    let (python, stamp) = (dir.join("bin/python"), dir.join("installed.txt"));
    // The Python behind the environment may have gone since.
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && runs(&python) {
        return Ok(python);
    }
    install(&dir, &python, &requirements, &cache.join("python.log"))?;
    fs::write(&stamp, wanted).with_context(|| format!("failed to write {}", stamp.display()))?;
    Ok(python)
}

fn runs(python: &Path) -> bool {
    let probe = "import dkim, cryptography, standardwebhooks";
    Command::new(python).args(["-c", probe]).status().is_ok_and(|status| status.success())
}

fn install(dir: &Path, python: &Path, requirements: &Path, log: &Path) -> anyhow::Result<()> {
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(dir);
    process::run("python3 -m venv", &mut venv, log)?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements);
    process::run("pip", &mut pip, log).context(
        "the foreign verifiers could not be fetched (is the network there?); running the command again resumes",
    )
}
