//! Test data that is somebody else's: fetched by pip as `xtask/python/maxminddb.txt` pins it by its sum, kept in the cache
//! outside the clone, never committed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stack::process;
use crate::{paths, settings};

/// Where the databases lie in the source distribution.
const INSIDE: &str = "tests/data";

/// The folder of MaxMind's test databases (`test-data`, `source-data`, `bad-data`); fetches it when it is not there.
/// `FOLKMOOT_TEST_MMDB` names a folder that was made before.
pub fn maxmind(python: &Path) -> anyhow::Result<PathBuf> {
    if let Some(dir) = settings::var("FOLKMOOT_TEST_MMDB") {
        return Ok(PathBuf::from(dir));
    }
    let requirement = paths::root().join("xtask/python/maxminddb.txt");
    let wanted = fs::read_to_string(&requirement)
        .with_context(|| format!("failed to read {}", requirement.display()))?;
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
    let lock =
        File::create(cache.join("maxminddb.lock")).context("failed to create a lock file")?;
    lock.lock().context("failed to lock the cache")?;
    let dir = cache.join("maxminddb");
    let (data, stamp) = (dir.join(INSIDE), dir.join("fetched.txt"));
    if fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == wanted) && data.is_dir() {
        return Ok(data);
    }
    if dir.exists() {
        fs::remove_dir_all(&dir).context("failed to empty the cache")?;
    }
    fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
    fetch(python, &requirement, &dir, &cache.join("maxminddb.log"))?;
    fs::write(&stamp, wanted).with_context(|| format!("failed to write {}", stamp.display()))?;
    Ok(data)
}

fn fetch(python: &Path, requirement: &Path, dir: &Path, log: &Path) -> anyhow::Result<()> {
    let mut pip = Command::new(python);
    // The build backend is the environment's own, which is pinned; pip would fetch the newest.
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--no-binary=:all:", "--no-build-isolation", "--require-hashes", "--dest"])
        .arg(dir)
        .arg("--requirement")
        .arg(requirement);
    process::run("pip", &mut pip, log).context(
        "MaxMind's test databases could not be fetched (is the network there?); running the command again resumes",
    )?;
    let archive = fs::read_dir(dir)
        .context("failed to list the cache")?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .context("pip downloaded no source distribution")?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--gzip", "--strip-components=1", "--wildcards", "--file"])
        .arg(&archive)
        .arg("--directory")
        .arg(dir)
        .arg(format!("*/{INSIDE}"));
    process::run("tar", &mut tar, log)
}
