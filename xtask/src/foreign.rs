//! Programs that are somebody else's and that tests hold our answers against, installed as the files of `xtask/python` and
//! `xtask/node` pin them by their sums, in the cache outside the clone. Never committed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::paths;
use crate::stack::process;

pub(crate) const NO_NETWORK: &str =
    "could not be fetched (is the network there?); running the command again resumes";

/// The Python of a virtual environment that holds exactly `requirements.txt` and `source.txt`.
pub fn python() -> anyhow::Result<PathBuf> {
    let from = paths::root().join("xtask/python");
    let lists = [from.join("requirements.txt"), from.join("source.txt")];
    let cache = Cache::lock("python", &lists)?;
    let python = cache.dir.join("bin/python");
    // The Python behind the environment may have gone since.
    if cache.is_current() && runs(&python) {
        return Ok(python);
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&cache.dir);
    process::run("python3 -m venv", &mut venv, &cache.log)?;
    let [built, source] = lists;
    install(&python, &["--only-binary=:all:"], &built, &cache.log)?;
    // Built by what the first list brought; pip would fetch the newest build tool.
    install(&python, &["--no-build-isolation"], &source, &cache.log)?;
    cache.stamp()?;
    Ok(python)
}

fn install(python: &Path, how: &[&str], list: &Path, log: &Path) -> anyhow::Result<()> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(how)
        .args(["--require-hashes", "--requirement"])
        .arg(list);
    process::run("pip", &mut pip, log)
        .context(format!("the foreign programs in Python {NO_NETWORK}"))
}

fn runs(python: &Path) -> bool {
    let probe = "import cryptography, dkim, joserfc, postcodes_io, postcodes_io_api, schemathesis, standardwebhooks";
    Command::new(python).args(["-c", probe]).status().is_ok_and(|status| status.success())
}

/// A folder `node_modules` that holds exactly `package-lock.json`. No package runs a script when it is installed.
pub fn node() -> anyhow::Result<PathBuf> {
    let from = paths::root().join("xtask/node");
    let lists = [from.join("package.json"), from.join("package-lock.json")];
    let cache = Cache::lock("node", &lists)?;
    let modules = cache.dir.join("node_modules");
    if cache.is_current() && modules.is_dir() {
        return Ok(modules);
    }
    fs::create_dir_all(&cache.dir).context("failed to create a folder in the cache")?;
    for list in lists.iter().filter_map(|list| Some((list, list.file_name()?))) {
        fs::copy(list.0, cache.dir.join(list.1)).context("failed to copy a list of packages")?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&cache.dir);
    process::run("npm", &mut npm, &cache.log)
        .context(format!("the foreign programs in JavaScript {NO_NETWORK}"))?;
    cache.stamp()?;
    Ok(modules)
}

/// The verifier of access tokens in Go that docs/verify-tokens shows, built from what its `go.sum` pins.
pub fn go() -> anyhow::Result<PathBuf> {
    let from = paths::root().join("docs/verify-tokens/go");
    let sources = ["go.mod", "go.sum", "main.go"].map(|name| from.join(name));
    let cache = Cache::lock("verify-token-go", &sources)?;
    let program = cache.dir.join("verify-token");
    if cache.is_current() && program.is_file() {
        return Ok(program);
    }
    fs::create_dir_all(&cache.dir).context("failed to create a folder in the cache")?;
    let mut go = Command::new("go");
    go.args(["build", "-mod=readonly", "-trimpath", "-o"]).arg(&program).arg(".");
    process::run("go build", go.current_dir(&from), &cache.log)
        .context(format!("the verifier in Go {NO_NETWORK}"))?;
    cache.stamp()?;
    Ok(program)
}

/// A folder of the cache, locked as long as this lives. A stamp says which lists it was filled from.
pub(crate) struct Cache {
    pub(crate) dir: PathBuf,
    pub(crate) log: PathBuf,
    wanted: String,
    _lock: File,
}

impl Cache {
    pub(crate) fn lock(name: &str, lists: &[PathBuf]) -> anyhow::Result<Self> {
        let read = |list: &PathBuf| {
            fs::read_to_string(list).with_context(|| format!("failed to read {}", list.display()))
        };
        let wanted = lists.iter().map(read).collect::<anyhow::Result<String>>()?;
        let cache = paths::cache()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("failed to create {}", cache.display()))?;
        let lock = File::create(cache.join(format!("{name}.lock")))
            .context("failed to create a lock file")?;
        lock.lock().context("failed to lock the cache")?;
        let log = cache.join(format!("{name}.log"));
        Ok(Self { dir: cache.join(name), log, wanted, _lock: lock })
    }

    pub(crate) fn is_current(&self) -> bool {
        let stamp = fs::read_to_string(self.dir.join("installed.txt"));
        stamp.is_ok_and(|installed| installed == self.wanted)
    }

    pub(crate) fn stamp(&self) -> anyhow::Result<()> {
        let stamp = self.dir.join("installed.txt");
        fs::write(&stamp, &self.wanted)
            .with_context(|| format!("failed to write {}", stamp.display()))
    }
}
