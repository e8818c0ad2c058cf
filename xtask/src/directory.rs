//! The whole directory of UK postcodes for tests and benchmarks: made once, by the binary at hand, and kept in the cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stack::process;
use crate::up::commands::POSTCODES;
use crate::{paths, say, settings};

/// The dataset file: the one that the variable names, else the one in the cache.
pub fn ensure(variable: &str, binary: &Path) -> anyhow::Result<PathBuf> {
    if let Some(file) = settings::var(variable) {
        return Ok(PathBuf::from(file));
    }
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
    let lock = File::create(cache.join(format!("{POSTCODES}.lock")))
        .context("failed to create a lock file")?;
    lock.lock().context("failed to lock the cache")?;
    let file = cache.join(format!("{POSTCODES}.bin"));
    if !file.exists() {
        let mut import = import(binary, &file)?;
        say::step("import the directory of postcodes", |step| {
            process::run_shown(step, "import", &mut import, &cache.join("postcodes.log"))
        })?;
    }
    Ok(file)
}

/// The command by which a binary imports the directory into a file of its own format.
pub fn import(binary: &Path, file: &Path) -> anyhow::Result<Command> {
    let mut import = Command::new(binary);
    import.args(["data", "import", "postcodes", "--default", "--out"]).arg(file);
    import.arg("--cache").arg(paths::cache()?);
    Ok(import)
}
