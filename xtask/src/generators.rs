//! Generators that make clients of our OpenAPI document, for the tests that compile and use them: the one in Go is built
//! from the modules that `integration-tests/clients/go` pins, the one in Java is the jar that `xtask/openapi-generator`
//! pins. Both are kept in the cache outside the clone.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::foreign::{Cache, NO_NETWORK};
use crate::paths;
use crate::stack::{jars, process};

/// Folders of Go: what it installs, and the caches that it works from without the network.
pub struct Go(pub PathBuf);

impl Go {
    /// A `go` that takes nothing from the network but what is pinned, and keeps it here.
    pub fn command(&self) -> Command {
        let mut generator = Command::new("go");
        generator
            .env("GOBIN", self.0.join("bin"))
            .env("GOMODCACHE", self.0.join("modules"))
            .env("GOCACHE", self.0.join("build"))
            .env("GOTOOLCHAIN", "local")
            // Files of the cache can be deleted like any others.
            .env("GOFLAGS", "-mod=readonly -modcacherw");
        generator
    }
}

/// oapi-codegen, and the modules that its clients import.
pub fn go() -> anyhow::Result<Go> {
    let from = paths::root().join("integration-tests/clients/go");
    let cache = Cache::lock("go", &[from.join("go.mod"), from.join("go.sum")])?;
    let generator = Go(cache.dir.clone());
    if cache.is_current() && generator.0.join("bin/oapi-codegen").exists() {
        return Ok(generator);
    }
    for (name, arguments) in
        [("go mod download", ["mod", "download"]), ("go install", ["install", "tool"])]
    {
        let mut command = generator.command();
        command.args(arguments).current_dir(&from);
        process::run(name, &mut command, &cache.log)
            .context(format!("the generator in Go {NO_NETWORK}"))
            .context("is Go 1.26 or newer installed?")?;
    }
    cache.stamp()?;
    Ok(generator)
}

/// The jar of openapi-generator, which Java runs.
pub fn openapi_generator() -> anyhow::Result<PathBuf> {
    let dir = jars::OPENAPI_GENERATOR.ensure()?;
    let files =
        std::fs::read_dir(&dir).with_context(|| format!("failed to list {}", dir.display()))?;
    let mut files = files.flatten().map(|entry| entry.path());
    files.next().context("xtask/openapi-generator pins no jar")
}
