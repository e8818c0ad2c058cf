//! Where things lie: the clone, `.run/` in it, the cache outside it, cargo's target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::settings;

/// The root of the clone.
pub fn root() -> PathBuf {
    let own = settings::var("CARGO_MANIFEST_DIR")
        .filter(|dir| dir.ends_with("/xtask"))
        .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&own).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder of everything that runs from this clone; ignored by git.
pub fn run() -> PathBuf {
    root().join(".run")
}

/// The folder of downloads, shared by all clones: `FOLKMOOT_CACHE`, else `folkmoot` under the user's cache.
pub fn cache() -> anyhow::Result<PathBuf> {
    if let Some(dir) = settings::var("FOLKMOOT_CACHE") {
        return Ok(PathBuf::from(dir));
    }
    settings::var("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| settings::var("HOME").map(|home| Path::new(&home).join(".cache")))
        .map(|dir| dir.join("folkmoot"))
        .context("set FOLKMOOT_CACHE: neither it nor XDG_CACHE_HOME nor HOME is set")
}

/// Cargo's target directory, however it is configured.
pub fn target() -> anyhow::Result<PathBuf> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("failed to run cargo metadata")?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("failed to read cargo metadata")?;
    metadata
        .get("target_directory")
        .and_then(serde_json::Value::as_str)
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}

/// The cargo that runs us, in the clone.
pub fn cargo() -> Command {
    let mut command = Command::new(settings::var("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.current_dir(root());
    // Ours, not the child's: a build script that saw them would think itself part of xtask.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}
