//! `folkmoot` of another commit of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stack::process;
use crate::up::commands::BINARY;
use crate::{paths, say};

/// Builds the commit as releases are built, once, and returns its binary. Its dependencies stay in a target folder of their
/// own for the next commit.
pub(super) fn build(name: &str, results: &Path) -> anyhow::Result<PathBuf> {
    let log = results.join("revision.log");
    let commit = git(&["rev-parse", "--verify", "--short=12", &format!("{name}^{{commit}}")], &log)
        .with_context(|| format!("{name} is neither a binary nor a commit"))?;
    let commit = commit.trim();
    let binary = results.join(format!("{BINARY}-{commit}"));
    if binary.exists() {
        return Ok(binary);
    }
    let (clone, target) = (results.join("clone"), results.join("target"));
    let _ = fs::remove_dir_all(&clone);
    let path = clone.to_str().context("a path that is no text")?;
    git(&["worktree", "prune"], &log)?;
    git(&["worktree", "add", "--force", "--detach", path, commit], &log)?;
    let mut cargo = paths::cargo();
    cargo.current_dir(&clone).env("CARGO_TARGET_DIR", &target);
    cargo.args(["build", "--locked", "--release", "--package", BINARY]);
    say::step(&format!("build {commit} (release)"), |step| {
        process::run_shown(step, "cargo build", &mut cargo, &log)
    })?;
    fs::copy(target.join("release").join(BINARY), &binary).context("failed to keep the binary")?;
    git(&["worktree", "remove", "--force", path], &log)?;
    Ok(binary)
}

fn git(words: &[&str], log: &Path) -> anyhow::Result<String> {
    process::run_for_output("git", Command::new("git").args(words).current_dir(paths::root()), log)
}
